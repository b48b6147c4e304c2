//! Every team there is, tried one after the other: what the search is held against. It knows nothing of the search.

use matching::{
    Challenge, Member, PeerIx, Policy, SlotIx, Span, Status, WindowIx, World, eligibility, kilometres, team::Value,
};

/// The objective of season-format.md, written down again.
pub(crate) fn objective(world: &World, policy: &Policy, challenge: &Challenge, window: WindowIx) -> i64 {
    let weights = policy.weights;
    let chosen = &challenge.windows[window.index()];
    let host = &world.councils()[challenge.host.index()];
    let mut total = weights.preference * i64::from(chosen.preference);
    let mut regions = std::collections::BTreeSet::new();
    for member in &challenge.members {
        total += weights.seat * i64::from(challenge.priority);
        if let Some(home) = world.homes(member.peer, chosen.span).primary {
            let council = &world.councils()[home.index()];
            regions.insert(council.region);
            let mut likeness = host
                .sisters
                .iter()
                .filter(|(sister, _)| *sister == home)
                .map(|(_, points)| i64::from(*points));
            total += weights.affinity * likeness.next().unwrap_or(0) / 100;
            total -= kilometres(council.position, host.position) / weights.km_per_point;
        }
        let load = world
            .engagements_of(member.peer)
            .filter(|engagement| engagement.season == Some(challenge.season))
            .filter(|engagement| engagement.challenge != Some(challenge.id))
            .count() as i64;
        total -= weights.load * ((load + 1) * load - load * (load - 1));
    }
    for (themes, weight) in &challenge.themes {
        let known = |member: &Member| world.peers()[member.peer.index()].themes.0 & themes.0 == themes.0;
        if challenge.members.iter().any(known) {
            total += weights.theme * i64::from(*weight);
        }
    }
    total + weights.spread * regions.len() as i64
}

pub(crate) fn valid(world: &World, policy: &Policy, challenge: &Challenge, span: Span, joined: &[Member]) -> bool {
    joined.iter().all(|member| {
        let verdict = eligibility::assess(world, policy, challenge, Some(member.slot), span, member.peer).unwrap();
        verdict.status == Status::Eligible
    })
}

pub(crate) fn brute_force(world: &World, policy: &Policy, challenge: &Challenge) -> Value {
    let mut best = None;
    for (i, window) in challenge.windows.iter().enumerate() {
        let open: Vec<SlotIx> = challenge
            .slot_positions()
            .filter(|slot| challenge.holder(*slot).is_none())
            .collect();
        let lists: Vec<Vec<PeerIx>> = open
            .iter()
            .map(|&slot| {
                let eligible = |peer: &PeerIx| {
                    // Necessary in any team, but for the group rule that looks at the whole: so try everybody who is
                    // eligible when the other slots are vacant.
                    let verdict =
                        eligibility::assess(world, policy, challenge, Some(slot), window.span, *peer).unwrap();
                    verdict.status == Status::Eligible && challenge.members.iter().all(|member| member.peer != *peer)
                };
                world.everybody().filter(eligible).collect()
            })
            .collect();
        let mut trial = challenge.clone();
        let mut joined = Vec::new();
        every_team(
            world,
            policy,
            &mut trial,
            WindowIx(i as u32),
            &open,
            &lists,
            &mut joined,
            &mut best,
        );
    }
    best.unwrap()
}

#[allow(clippy::too_many_arguments)]
fn every_team(
    world: &World,
    policy: &Policy,
    challenge: &mut Challenge,
    window: WindowIx,
    open: &[SlotIx],
    lists: &[Vec<PeerIx>],
    joined: &mut Vec<Member>,
    best: &mut Option<Value>,
) {
    let Some((&slot, rest)) = open.split_first() else {
        let value = Value {
            filled: challenge.members.len() as u32,
            points: objective(world, policy, challenge, window),
        };
        let span = challenge.windows[window.index()].span;
        if best.is_none_or(|best| value > best) && valid(world, policy, challenge, span, joined) {
            *best = Some(value);
        }
        return;
    };
    for &peer in &lists[0] {
        if joined.iter().any(|member| member.peer == peer) {
            continue;
        }
        let member = Member { slot, peer };
        challenge.members.push(member);
        joined.push(member);
        every_team(world, policy, challenge, window, rest, &lists[1..], joined, best);
        joined.pop();
        challenge.members.pop();
    }
    every_team(world, policy, challenge, window, rest, &lists[1..], joined, best);
}
