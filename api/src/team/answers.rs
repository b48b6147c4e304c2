//! Asking the engine on behalf of a viewer: one person, a list, the whole pool, or the best for a slot.
//!
//! Invariant: every verdict passes through `redact` before it leaves this file, and people whom the viewer may not see are
//! left out as if they were not there. Nothing here writes.

use std::collections::HashSet;

use async_graphql::Context;
use entity::{challenge, peer};
use matching::{PeerIx, SlotIx, Verdict, WindowIx, candidates, identity};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{
    eligibility::{Eligibility, PoolCounts, RuleCount},
    proposal_objects::Candidate,
    redact::{self, Shown, ShownStatus, Sight, sight},
    world::{self, Facts, Whom},
};
use crate::{
    auth::ViewerRole,
    challenge::repo::find_visible,
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result},
    },
    peer::scope::{Clearance, people, visible_to},
};

/// Which place is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The challenge.
    pub challenge: Uuid,
    /// The slot; without one the rules that depend on the slot are left out.
    pub slot: Option<Uuid>,
    /// The window; may be left out when one is chosen or there is only one.
    pub window: Option<Uuid>,
}

/// The facts for a question, with its slot and window.
struct Asked {
    facts: Facts,
    slot: Option<SlotIx>,
    window: WindowIx,
}

async fn visible(ctx: &Context<'_>, challenge: Uuid) -> Result<Option<challenge::Model>> {
    let viewer = ctx.viewer()?;
    if viewer.role == ViewerRole::Analyst {
        return Ok(None);
    }
    Ok(find_visible(ctx.database().reader(), viewer, challenge).await?)
}

async fn asked(ctx: &Context<'_>, place: Place, row: challenge::Model, whom: Whom<'_>) -> Result<Asked> {
    let facts = world::load(row, whom, ctx.today(), None, ctx.database().reader()).await?;
    let slot = match place.slot {
        Some(id) => Some(
            facts
                .slot(id)
                .ok_or_else(|| bad("`slotId` is no slot of this challenge."))?,
        ),
        None => None,
    };
    let only = || match facts.challenge.windows.as_slice() {
        [window] => Some(window.id),
        _ => None,
    };
    let window = place.window.or(facts.row.window_id).or_else(only);
    let window = window.ok_or_else(|| bad("`windowId` is needed until a window is chosen."))?;
    let window = facts
        .window(window)
        .ok_or_else(|| bad("`windowId` is no window of this challenge."))?;
    Ok(Asked { facts, slot, window })
}

fn bad(message: &str) -> ApiError {
    ApiError::BadInput(message.to_owned())
}

/// Those of `ids` (or of everybody) whom the viewer may see. One statement, and none for the programme.
async fn seen(ctx: &Context<'_>, ids: Option<&[Uuid]>) -> Result<Option<HashSet<Uuid>>> {
    let viewer = ctx.viewer()?;
    if viewer.is_programme() {
        return Ok(None);
    }
    let mut query = peer::Entity::find()
        .select_only()
        .column(peer::Column::Id)
        .filter(visible_to(viewer, ctx.today()));
    if let Some(ids) = ids {
        query = query.filter(peer::Column::Id.is_in(ids.iter().copied()));
    }
    let rows: Vec<Uuid> = query.into_tuple().all(ctx.database().reader()).await?;
    Ok(Some(rows.into_iter().collect()))
}

/// Those who have one of these e-mail addresses and whose address the viewer may read; `None` for everybody.
async fn readable_addresses(ctx: &Context<'_>, emails: &HashSet<String>) -> Result<Option<HashSet<Uuid>>> {
    let viewer = ctx.viewer()?;
    if viewer.is_programme() || emails.is_empty() {
        return Ok(None);
    }
    let rows: Vec<Uuid> = peer::Entity::find()
        .select_only()
        .column(peer::Column::Id)
        .filter(people(viewer, Clearance::Keeping, ctx.today()).hold(peer::Column::Id))
        .filter(peer::Column::EmailKey.is_in(emails.iter().map(String::as_str)))
        .into_tuple()
        .all(ctx.database().reader())
        .await?;
    Ok(Some(rows.into_iter().collect()))
}

fn sees(seen: Option<&HashSet<Uuid>>, id: Uuid) -> bool {
    seen.is_none_or(|seen| seen.contains(&id))
}

impl Asked {
    fn shown(&self, verdict: &Verdict, sight: Sight) -> Option<Shown> {
        let labels = self.facts.labels(verdict.peer, &verdict.findings);
        redact::verdict(verdict, sight, &labels, |one| self.facts.is_own(verdict.peer, one))
    }

    fn answer(&self, peer: PeerIx, shown: &Shown) -> Eligibility {
        let id = self.facts.peer_id(peer);
        Eligibility::new(id, shown, self.facts.policy.id, |id| self.facts.is_assignment(id))
    }
}

/// Verdicts on these people, in their order; whoever the viewer may not see is left out.
pub async fn list(ctx: &Context<'_>, place: Place, peers: &[Uuid]) -> Result<Vec<Eligibility>> {
    let Some(row) = visible(ctx, place.challenge).await? else {
        return Ok(Vec::new());
    };
    let role = &ctx.viewer()?.role;
    let seen = seen(ctx, Some(peers)).await?;
    let asked = asked(ctx, place, row, Whom::Only(peers)).await?;
    let case = asked.facts.case(asked.window)?;
    let mut answers = Vec::with_capacity(peers.len());
    for &id in peers {
        let Some(peer) = asked.facts.peer(id).filter(|_| sees(seen.as_ref(), id)) else {
            continue;
        };
        let verdict = case.assess(asked.slot, peer)?;
        if let Some(shown) = asked.shown(&verdict, sight(role, id, true)) {
            answers.push(asked.answer(peer, &shown));
        }
    }
    Ok(answers)
}

/// What a pool is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct PoolFilter {
    /// People of one of these statuses.
    pub statuses: Vec<ShownStatus>,
    /// People against whom this rule speaks, unwaived.
    pub rule: Option<matching::RuleCode>,
}

/// Rows of a pool from a place on, with counts over all of it.
pub struct PoolPage {
    /// Each row with the id that its cursor is made of.
    pub rows: Vec<(Uuid, Eligibility)>,
    /// Whether there are rows after these.
    pub more: bool,
    /// Whether there are rows before these.
    pub earlier: bool,
    /// Counts.
    pub counts: PoolCounts,
}

/// Everybody's verdict, by name. `None` when the viewer may not see the challenge or anybody's verdict on it.
pub async fn pool(
    ctx: &Context<'_>,
    place: Place,
    filter: &PoolFilter,
    first: usize,
    after: Option<Uuid>,
) -> Result<Option<PoolPage>> {
    let Some(row) = visible(ctx, place.challenge).await? else {
        return Ok(None);
    };
    let role = ctx.viewer()?.role.clone();
    if filter.rule.is_some() && role != ViewerRole::Programme {
        return Err(ApiError::Forbidden(
            "Only the national programme may filter by rule.".to_owned(),
        ));
    }
    let seen = seen(ctx, None).await?;
    let asked = asked(ctx, place, row, Whom::Everybody).await?;
    let verdicts = {
        let case = asked.facts.case(asked.window)?;
        case.pool(asked.slot)?
    };
    let mut shown: Vec<(PeerIx, Shown, bool)> = Vec::new();
    for verdict in &verdicts.verdicts {
        let id = asked.facts.peer_id(verdict.peer);
        if asked.facts.peer(id).is_none() || !sees(seen.as_ref(), id) {
            continue;
        }
        let hit = filter.rule.is_none_or(|rule| {
            verdict
                .findings
                .iter()
                .any(|finding| finding.rule == rule && finding.waived_by.is_none())
        });
        // Words are made for the rows of the page only.
        if let Some(one) = redact::status(verdict, sight(&role, id, true)) {
            shown.push((verdict.peer, one, hit));
        }
    }
    let full = role == ViewerRole::Programme;
    let count = |status: ShownStatus| shown.iter().filter(|row| row.1.status() == status).count();
    let mut counts = PoolCounts {
        rows: 0,
        total: shown.len(),
        eligible: count(ShownStatus::Eligible),
        needs_waiver: full.then(|| count(ShownStatus::NeedsWaiver)),
        ineligible: full.then(|| count(ShownStatus::Ineligible)),
        by_rule: Vec::new(),
        policy: asked.facts.policy.id,
    };
    if full {
        let tally = |one: &matching::eligibility::RuleCount| RuleCount {
            rule: one.rule.into(),
            people: one.people,
            alone: one.alone,
        };
        counts.by_rule = verdicts.by_rule.iter().map(tally).collect();
    }
    shown.retain(|(_, one, hit)| *hit && (filter.statuses.is_empty() || filter.statuses.contains(&one.status())));
    counts.rows = shown.len();
    shown.sort_by(|one, other| {
        let key = |peer: PeerIx| (asked.facts.peer_name(peer), asked.facts.peer_id(peer));
        key(one.0).cmp(&key(other.0))
    });
    let start = match after {
        None => 0,
        Some(id) => {
            let at = shown.iter().position(|row| asked.facts.peer_id(row.0) == id);
            at.ok_or_else(|| bad("`after` is not a cursor of this list under this filter."))? + 1
        }
    };
    let mut rows = Vec::with_capacity(first);
    for (peer, ..) in shown.iter().skip(start).take(first) {
        let id = asked.facts.peer_id(*peer);
        let verdict = &verdicts.verdicts[peer.index()];
        if let Some(shown) = asked.shown(verdict, sight(&role, id, true)) {
            rows.push((id, asked.answer(*peer, &shown)));
        }
    }
    Ok(Some(PoolPage {
        more: start + rows.len() < shown.len(),
        earlier: start > 0,
        rows,
        counts,
    }))
}

/// The best people for a slot, best first. Only the eligible are ranked: a conflicted person is never shown as a candidate.
pub async fn ranked(ctx: &Context<'_>, place: Place, first: usize) -> Result<Vec<Candidate>> {
    let Some(row) = visible(ctx, place.challenge).await? else {
        return Ok(Vec::new());
    };
    let role = &ctx.viewer()?.role;
    let seen = seen(ctx, None).await?;
    let asked = asked(ctx, place, row, Whom::Everybody).await?;
    let slot = asked.slot.ok_or_else(|| bad("`slotId` is needed."))?;
    let facts = &asked.facts;
    let ranking = candidates::rank(
        &facts.world,
        &facts.policy,
        &facts.challenge,
        slot,
        asked.window,
        facts.seed().into(),
    )?;
    let mine = ranking.into_iter().filter_map(|one| {
        let id = facts.peer_id(one.peer);
        let sight = if sees(seen.as_ref(), id) {
            sight(role, id, true)
        } else {
            Sight::Nothing
        };
        (sight != Sight::Nothing).then_some((id, one, sight == Sight::Full))
    });
    let candidate = |(rank, (peer, one, full)): (usize, (Uuid, candidates::Candidate, bool))| Candidate {
        peer,
        rank,
        points: full.then_some((one.points, one.contributions)),
        ahead: one.ahead.filter(|_| full).map(|ahead| (ahead.points, ahead.decided_by)),
    };
    Ok((1..).zip(mine).take(first).map(candidate).collect())
}

/// What a line of a pasted list turned out to be.
pub struct Matched {
    /// The line.
    pub entry: String,
    /// The people whom it may mean, by name.
    pub peers: Vec<Uuid>,
}

/// People whom lines of a pasted list (names, e-mail addresses, references) may mean, among those whom the viewer sees. An
/// address counts only where the viewer may read it, because a match would confirm it. One statement, two for a hub.
pub async fn matched(ctx: &Context<'_>, entries: Vec<String>) -> Result<Vec<Matched>> {
    let emails: HashSet<String> = entries
        .iter()
        .filter(|entry| entry.contains('@'))
        .filter_map(|entry| identity::email_key(entry))
        .collect();
    let names: HashSet<String> = entries
        .iter()
        .map(|entry| identity::name_key(entry))
        .filter(|name| !name.is_empty())
        .collect();
    let references: HashSet<String> = entries.iter().map(|entry| entry.trim().to_owned()).collect();
    let readable = readable_addresses(ctx, &emails).await?;
    let mut rows: Vec<(Uuid, Option<String>, String, String)> = peer::Entity::find()
        .select_only()
        .columns([
            peer::Column::Id,
            peer::Column::EmailKey,
            peer::Column::NameKey,
            peer::Column::Reference,
        ])
        .filter(visible_to(ctx.viewer()?, ctx.today()))
        .filter(
            sea_orm::Condition::any()
                .add(peer::Column::EmailKey.is_in(emails))
                .add(peer::Column::NameKey.is_in(names))
                .add(peer::Column::Reference.is_in(references)),
        )
        .order_by_asc(peer::Column::Name)
        .order_by_asc(peer::Column::Id)
        .into_tuple()
        .all(ctx.database().reader())
        .await?;
    for row in &mut rows {
        if !sees(readable.as_ref(), row.0) {
            row.1 = None;
        }
    }
    let found = |entry: String| {
        let (email, name) = (identity::email_key(&entry), identity::name_key(&entry));
        let means = |row: &&(Uuid, Option<String>, String, String)| {
            row.3 == entry.trim() || (email.is_some() && row.1 == email) || (!name.is_empty() && row.2 == name)
        };
        let exact = rows.iter().find(|row| row.3 == entry.trim());
        let peers = match exact {
            Some(row) => vec![row.0],
            None => rows.iter().filter(means).map(|row| row.0).collect(),
        };
        Matched { entry, peers }
    };
    Ok(entries.into_iter().map(found).collect())
}
