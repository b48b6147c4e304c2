//! Who is asked next: the first reserve of the slot whom every rule still lets serve beside those who are on the team now.

use entity::{
    challenge,
    enums::{AssignmentStatus, DecisionCause, NoticeKind, Stage},
    reserve,
};
use matching::{Status, WindowIx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{answer_by, propose, send};
use crate::{
    db::Tx,
    graphql::{context::Act, errors::Outcome},
    notice::{Notice, Reader, tell},
    team::{
        late,
        service::nominate::{Place, insert},
        world::{self, Facts, Whom},
    },
};

/// Offers a slot that became free to the next reserve; tells the programme when there is none.
///
/// Nobody is offered against a rule, whatever the order in which answers come: each offer is judged on the facts of its
/// moment, under the queue that all changes of teams go through.
///
/// # Errors
/// The database's.
pub(crate) async fn next(tx: &Tx, act: &Act, row: &challenge::Model, slot: Uuid) -> Outcome<()> {
    // Who said no is nothing that the next one learns.
    let act = &act.as_service();
    if row.stage != Stage::TeamBuilding {
        return Ok(());
    }
    let reserves = reserve::Entity::find()
        .filter(reserve::Column::SlotId.eq(slot))
        .order_by_asc(reserve::Column::Rank)
        .all(tx)
        .await?;
    if !reserves.is_empty() && ask(tx, act, row, slot, reserves).await? {
        return Ok(());
    }
    let notice = Notice::new(
        NoticeKind::TeamChanged,
        format!("vacant:{slot}:{}", act.at.timestamp_micros()),
        format!("{}: a slot is vacant and no reserve can take it.", row.reference),
    );
    tell(tx, act, &[Reader::Programme], &notice.of_challenge(row.id)).await?;
    Ok(())
}

/// Nominates and invites the first of the reserves who may serve; says whether anybody could.
async fn ask(tx: &Tx, act: &Act, row: &challenge::Model, slot: Uuid, reserves: Vec<reserve::Model>) -> Outcome<bool> {
    let people: Vec<Uuid> = reserves.iter().map(|reserve| reserve.peer_id).collect();
    let facts = world::load(row.clone(), Whom::Only(&people), act.today, tx).await?;
    // A policy that does not say how long an invitation may take leaves this to the programme.
    let by = answer_by(act, &facts.policy_body).ok();
    let place = facts.slot(slot).zip(row.window_id.and_then(|id| facts.window(id)));
    if let (Some((at, window)), Some(by)) = (place, by)
        && facts.challenge.holder(at).is_none()
    {
        for reserve in reserves {
            let Some(peer) = eligible(&facts, at, window, reserve.peer_id)? else {
                continue;
            };
            reserve::Entity::delete_by_id(reserve.id).exec(tx).await?;
            let seat = Place { slot: at, peer, window };
            let nominated = insert(tx, act, &facts, seat, AssignmentStatus::Nominated).await?;
            let (place, who) = (nominated.id, nominated.peer_id);
            let invited = send(tx, act, row, nominated, by).await?;
            propose(tx, act, row, &facts.policy_body, invited.id).await?;
            late::recheck_peer(tx, act, who, DecisionCause::Assignment, Some(place)).await?;
            late::recheck_challenge(tx, act, row.id, DecisionCause::Assignment, Some(place)).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

fn eligible(facts: &Facts, slot: matching::SlotIx, window: WindowIx, peer: Uuid) -> Outcome<Option<matching::PeerIx>> {
    let Some(peer) = facts.peer(peer) else { return Ok(None) };
    let verdict = facts.assess(Some(slot), window, peer)?;
    let home = facts.home(peer, facts.span(window));
    Ok((verdict.status == Status::Eligible && home.is_some()).then_some(peer))
}
