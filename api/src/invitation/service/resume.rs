//! What goes on with a challenge that is taken up again: open invitations get the time back for which it stood still, and slots
//! whose people said no meanwhile go to their reserves.

use std::collections::BTreeSet;

use entity::{
    assignment, challenge,
    enums::{AssignmentStatus, InvitationState, Stage},
    invitation,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Unchanged, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use uuid::Uuid;

use super::{cascade, please_answer};
use crate::{
    audit::{self, Event},
    challenge::pauses::given_back,
    clock::civil_date,
    db::Tx,
    graphql::{context::Act, errors::Outcome, ids::Kind},
    notice::{Reader, tell},
};

/// Lets invitations and their answers of a challenge go on: `before` is the challenge while it was suspended, `row` as it is
/// now.
///
/// # Errors
/// The database's.
pub(crate) async fn go_on(tx: &Tx, act: &Act, before: &challenge::Model, row: &challenge::Model) -> Outcome<()> {
    extend(tx, act, before, row).await?;
    if row.stage != Stage::TeamBuilding {
        return Ok(());
    }
    let places = assignment::Entity::find()
        .filter(assignment::Column::ChallengeId.eq(row.id))
        .order_by_asc(assignment::Column::Id)
        .all(tx)
        .await?;
    let held: BTreeSet<Uuid> = places
        .iter()
        .filter(|place| place.status.is_live())
        .map(|place| place.slot_id)
        .collect();
    let declined = |place: &&assignment::Model| {
        place.status == AssignmentStatus::Declined && place.updated_at >= before.stage_changed_at
    };
    let vacant: BTreeSet<Uuid> = places
        .iter()
        .filter(declined)
        .map(|place| place.slot_id)
        .filter(|slot| !held.contains(slot))
        .collect();
    for slot in vacant {
        cascade::next(tx, act, row, slot).await?;
    }
    Ok(())
}

/// Gives whoever has not answered the days back for which the challenge stood still.
async fn extend(tx: &Tx, act: &Act, before: &challenge::Model, row: &challenge::Model) -> Outcome<()> {
    let pause = [civil_date(before.stage_changed_at), act.today];
    let open = invitation::Entity::find()
        .filter(invitation::Column::ChallengeId.eq(row.id))
        .filter(invitation::Column::State.eq(InvitationState::Sent))
        .order_by_asc(invitation::Column::Id)
        .all(tx)
        .await?;
    for one in open {
        let answer_by = given_back(civil_date(one.sent_at), one.answer_by, &[pause]);
        if answer_by == one.answer_by {
            continue;
        }
        let extended = invitation::ActiveModel {
            id: Unchanged(one.id),
            answer_by: Set(answer_by),
            version: Set(one.version + 1),
            updated_at: Set(act.at),
            ..Default::default()
        };
        let one = extended.update(tx).await?;
        let event = Event::new("INVITATION_EXTENDED", Kind::Invitation, one.id)
            .of_challenge(row.id)
            .of_peer(one.peer_id)
            .with(serde_json::json!({ "answerBy": answer_by }));
        audit::record(tx, act, event).await?;
        let notice = please_answer(row, &one, "your invitation stands");
        tell(tx, act, &[Reader::Peer(one.peer_id)], &notice).await?;
    }
    Ok(())
}
