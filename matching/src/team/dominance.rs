//! People who cannot matter, set aside before the search, with proof.
//!
//! **Claim.** Let k be the number of open slots. For a slot s and a person p eligible for it, let Q be people eligible
//! for s, each at least as good as p: no fewer points, every required theme that p knows, the same region, a tolerance
//! for that region no smaller than p's, and, where the group rule looks at s, the same group and no less of a waiver;
//! and each before p in the order (points, number of themes, position). Let no two people of Q share a home council.
//! If Q has more people than any rest of a team can *block*, some best team does not put p into s.
//!
//! **Blocking.** Take a valid team with p in s and let T be the others who joined. Replacing p by q of Q keeps the team
//! valid unless q is in T, or somebody in T shares a home council with q. For: the region's count is unchanged and q
//! tolerates what p did; at q's home councils (and their weeks) nobody who joined counts, so q finds them as they were
//! when q was found eligible, and nobody else who joined has a limit there; leaving, p only lowers counts; group and
//! waiver are as before. Points do not drop: q's own are no fewer, themes no less, regions the same. People with several
//! homes need no special case: a t in T blocks at most one q for each home that t shares with people of the region
//! (the homes of Q are disjoint), and itself if it is in Q, which those same homes account for; without any home only
//! itself.
//!
//! **How many can be blocked.** T has at most k − 1 people, of whom at most cap − present − 1 come from p's region (p
//! took a place). So the sum of the largest of those numbers under these two limits bounds what T blocks.
//!
//! **All at once.** Of all best teams take one that comes first by the sum of its people's ranks in the order above. If
//! it put a set-aside p into s, replacing p by an unblocked q would give a team no worse and earlier: a contradiction. So
//! pairs may be set aside together, however they depend on each other.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::model::{Model, Person};
use crate::CouncilIx;

/// For each open slot, the people who may matter, best first.
pub(super) fn essential(model: &Model<'_>) -> Vec<Vec<usize>> {
    let used = (0..model.lists.len()).filter(|&open| model.fillable(open)).count();
    let mut blocked = vec![None; model.regions.len() + 1];
    let mut blockable = |region: Option<usize>| {
        let at = region.unwrap_or(model.regions.len());
        *blocked[at].get_or_insert_with(|| most_blocked(model, region, used))
    };
    model
        .lists
        .iter()
        .zip(&model.grouped)
        .enumerate()
        .map(|(open, (list, &grouped))| {
            if !model.fillable(open) {
                return Vec::new();
            }
            let mut order = list.clone();
            order.sort_by_key(|&i| {
                let person = &model.people[i];
                (Reverse(person.points), Reverse(person.themes.count_ones()), i)
            });
            let mut kept: Vec<usize> = Vec::new();
            let mut homes: BTreeSet<CouncilIx> = BTreeSet::new();
            for &i in &order {
                let person = &model.people[i];
                let enough = blockable(person.region);
                let mut count = 0;
                homes.clear();
                for &j in &kept {
                    let other = &model.people[j];
                    if at_least_as_good(other, person, grouped) && other.homes.iter().all(|home| !homes.contains(home))
                    {
                        homes.extend(&other.homes);
                        count += 1;
                        if count > enough {
                            break;
                        }
                    }
                }
                if count <= enough {
                    kept.push(i);
                }
            }
            kept
        })
        .collect()
}

/// Whether `other`, who comes before `person` in the order, can stand in for them as far as the two alone decide.
fn at_least_as_good(other: &Person, person: &Person, grouped: bool) -> bool {
    other.points >= person.points
        && person.themes & !other.themes == 0
        && other.region == person.region
        && other.region_limit >= person.region_limit
        && (!grouped || (other.group == person.group && other.group_waived >= person.group_waived))
}

/// The most people of `region`, no two of one home council, that the rest of a team with one of that region can block.
fn most_blocked(model: &Model<'_>, region: Option<usize>, open: usize) -> usize {
    let group = || model.people.iter().filter(|person| person.region == region);
    let homes: BTreeSet<CouncilIx> = group().flat_map(|person| &person.homes).copied().collect();
    let mut inside = Vec::new();
    let mut outside = Vec::new();
    for person in &model.people {
        let shared = person.homes.iter().filter(|home| homes.contains(home)).count();
        if person.region == region {
            inside.push(shared.max(1));
        } else if shared > 0 {
            outside.push(shared);
        }
    }
    let rest = open.saturating_sub(1);
    let room = match region {
        Some(at) if model.regions_capped => model
            .region_cap(at)
            .saturating_sub(model.region_counts[at])
            .saturating_sub(1) as usize,
        _ => rest,
    };
    inside.sort_unstable_by_key(|&shared| Reverse(shared));
    inside.truncate(room.min(rest));
    outside.append(&mut inside);
    outside.sort_unstable_by_key(|&shared| Reverse(shared));
    outside.truncate(rest);
    outside.iter().sum()
}
