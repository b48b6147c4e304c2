//! Queries on teams: who may serve, who would serve best.

use async_graphql::{
    Context, ID, InputObject, Object, SimpleObject,
    connection::{Connection, Edge},
};
use uuid::Uuid;

use super::{
    answers::{self, Place, PoolFilter},
    codes::RuleCode,
    eligibility::{Eligibility, EligibilityStatus, PoolCounts},
    proposal_objects::Candidate,
    record::{self, TeamProposalInput},
};
use crate::{
    auth::ViewerRole,
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result},
        ids::{Kind, decode, encode},
        page::{DEFAULT_PAGE, MAX_PAGE, argument_id, argument_ids},
    },
    peer::objects::{Peer, peer},
};

/// Most people, or lines of a list, in one question.
const MAX_ASKED: usize = 200;
/// Most people shown for an ambiguous line of a list.
const MAX_MEANT: usize = 10;

/// Narrows a pool. All given conditions must hold.
#[derive(Debug, InputObject)]
pub struct EligibilityFilter {
    /// People of one of these statuses.
    #[graphql(validator(max_items = 4))]
    statuses: Option<Vec<EligibilityStatus>>,
    /// People against whom this rule speaks, unwaived, alone or with others. National programme only.
    rule: Option<RuleCode>,
}

/// What became of a line of a pasted list.
#[derive(Clone, Copy, Debug, async_graphql::Enum, Eq, PartialEq)]
pub enum ListMatch {
    /// It means one person.
    Matched,
    /// It may mean several.
    Ambiguous,
    /// It means nobody in the pool, or nobody whom the viewer may see.
    Unknown,
}

/// A line of a pasted list.
#[derive(SimpleObject)]
pub struct CheckedEntry {
    /// The line as given.
    entry: String,
    /// What became of it.
    #[graphql(name = "match")]
    matched: ListMatch,
    /// The people whom it may mean, by name (at most 10).
    peers: Vec<Peer>,
    /// Whether the person may serve; null unless the line means one person.
    eligibility: Option<Eligibility>,
}

fn place(challenge: &ID, slot: Option<&ID>, window: Option<&ID>) -> Result<Place> {
    Ok(Place {
        challenge: argument_id(Kind::PeerChallenge, challenge, "challengeId")?,
        slot: slot.map(|id| argument_id(Kind::TeamSlot, id, "slotId")).transpose()?,
        window: window
            .map(|id| argument_id(Kind::ChallengeWindow, id, "windowId"))
            .transpose()?,
    })
}

pub(crate) fn size(first: Option<i32>) -> Result<usize> {
    let Some(first) = first else { return Ok(DEFAULT_PAGE) };
    match usize::try_from(first) {
        Ok(first @ 1..=MAX_PAGE) => Ok(first),
        _ => Err(ApiError::BadInput(format!(
            "`first` must lie between 1 and {MAX_PAGE}, not {first}."
        ))),
    }
}

fn at_most(given: usize, what: &str) -> Result<()> {
    if given <= MAX_ASKED {
        Ok(())
    } else {
        Err(ApiError::BadInput(format!(
            "`{what}` holds {given}; at most {MAX_ASKED} are answered at once."
        )))
    }
}

/// Queries on teams.
#[derive(Default)]
pub struct TeamQuery;

#[Object]
impl TeamQuery {
    /// Whether these people may serve on a challenge, and everything that speaks against each, in the order of the ids.
    /// Whoever the viewer may not see is left out. Nobody is invited, nothing is changed.
    async fn eligibility(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge.")] challenge_id: ID,
        #[graphql(desc = "The people (1–200).")] peer_ids: Vec<ID>,
        #[graphql(desc = "The slot; without one the rules that depend on the slot are left out.")] slot_id: Option<ID>,
        #[graphql(desc = "The window; the chosen one, or the only one, unless given.")] window_id: Option<ID>,
    ) -> async_graphql::Result<Vec<Eligibility>> {
        ctx.viewer()?;
        at_most(peer_ids.len(), "peerIds")?;
        let place = place(&challenge_id, slot_id.as_ref(), window_id.as_ref())?;
        let peers = argument_ids(Kind::Peer, Some(peer_ids), "peerIds")?;
        Ok(answers::list(ctx, place, &peers).await?)
    }

    /// Everybody in the pool with whether they may serve on a challenge, by name, and counts over all of it. Nobody is
    /// hidden from the national programme; hubs and councils see the people whom they may see, with the status only. Null
    /// when the challenge is not there for the viewer.
    #[expect(clippy::too_many_arguments, reason = "the place asked about and the page")]
    async fn eligibility_pool(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge.")] challenge_id: ID,
        #[graphql(desc = "The slot; without one the rules that depend on the slot are left out.")] slot_id: Option<ID>,
        #[graphql(desc = "The window; the chosen one, or the only one, unless given.")] window_id: Option<ID>,
        #[graphql(desc = "Narrows the list; the counts stay those of the whole pool.")] filter: Option<
            EligibilityFilter,
        >,
        #[graphql(desc = "Rows, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<Option<Connection<String, Eligibility, PoolCounts>>> {
        ctx.viewer()?;
        let place = place(&challenge_id, slot_id.as_ref(), window_id.as_ref())?;
        let filter = filter.map_or_else(PoolFilter::default, |filter| PoolFilter {
            statuses: filter
                .statuses
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            rule: filter.rule.map(Into::into),
        });
        let after = match after {
            None => None,
            Some(cursor) => match decode(&ID(cursor)) {
                Some((Kind::Peer, id)) => Some(id),
                _ => return Err(ApiError::BadInput("`after` is not a cursor of this list.".to_owned()).into()),
            },
        };
        let Some(page) = answers::pool(ctx, place, &filter, size(first)?, after).await? else {
            return Ok(None);
        };
        let mut list = Connection::with_additional_fields(page.earlier, page.more, page.counts);
        list.edges.extend(
            page.rows
                .into_iter()
                .map(|(id, row)| Edge::new(encode(Kind::Peer, id).0, row)),
        );
        Ok(Some(list))
    }

    /// The best people for a slot, given the team as it stands, best first. Only the eligible are ranked. Points and what
    /// decided are for the national programme; others see the people whom they may see, in order.
    async fn candidates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge.")] challenge_id: ID,
        #[graphql(desc = "The slot.")] slot_id: ID,
        #[graphql(desc = "The window; the chosen one, or the only one, unless given.")] window_id: Option<ID>,
        #[graphql(desc = "How many, 1–100 (20 unless given).")] first: Option<i32>,
    ) -> async_graphql::Result<Vec<Candidate>> {
        ctx.viewer()?;
        let place = place(&challenge_id, Some(&slot_id), window_id.as_ref())?;
        Ok(answers::ranked(ctx, place, size(first)?).await?)
    }

    /// Everything that the engine was given for a proposed team, to make it again and compare: megabytes for a large pool.
    /// Null for proposals made before inputs were kept. National programme only.
    async fn team_proposal_input(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal.")] proposal_id: ID,
    ) -> async_graphql::Result<Option<TeamProposalInput>> {
        let viewer = ctx.viewer()?;
        let id = argument_id(Kind::TeamProposal, &proposal_id, "proposalId")?;
        Ok(record::read(ctx.database().reader(), viewer, id).await?)
    }

    /// Checks a pasted list of names, e-mail addresses or references (1–200 lines) for a challenge: whom each line means
    /// and whether they may serve. Nobody is invited, nothing is changed. For the national programme and regional hubs.
    async fn check_list(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge.")] challenge_id: ID,
        #[graphql(desc = "The lines (1–200), each a name, an e-mail address or a reference.")] entries: Vec<String>,
        #[graphql(desc = "The slot; without one the rules that depend on the slot are left out.")] slot_id: Option<ID>,
        #[graphql(desc = "The window; the chosen one, or the only one, unless given.")] window_id: Option<ID>,
    ) -> async_graphql::Result<Vec<CheckedEntry>> {
        // E-mail addresses are not for councils, and a match would confirm one.
        if !matches!(ctx.viewer()?.role, ViewerRole::Programme | ViewerRole::Hub { .. }) {
            return Err(ApiError::Forbidden("Lists are for the national programme and hubs.".to_owned()).into());
        }
        at_most(entries.len(), "entries")?;
        let place = place(&challenge_id, slot_id.as_ref(), window_id.as_ref())?;
        let matched = answers::matched(ctx, entries).await?;
        let mut single: Vec<Uuid> = matched
            .iter()
            .filter(|one| one.peers.len() == 1)
            .map(|one| one.peers[0])
            .collect();
        single.sort_unstable();
        single.dedup();
        let verdicts = answers::list(ctx, place, &single).await?;
        let mut checked = Vec::with_capacity(matched.len());
        for one in matched {
            let eligibility = match one.peers.as_slice() {
                [id] => verdicts.iter().find(|verdict| verdict.is_about(*id)).cloned(),
                _ => None,
            };
            let mut peers = Vec::new();
            for id in one.peers.iter().take(MAX_MEANT) {
                peers.push(peer(ctx, *id).await?);
            }
            let matched = match one.peers.len() {
                0 => ListMatch::Unknown,
                1 => ListMatch::Matched,
                _ => ListMatch::Ambiguous,
            };
            checked.push(CheckedEntry {
                entry: one.entry,
                matched,
                peers,
                eligibility,
            });
        }
        Ok(checked)
    }
}
