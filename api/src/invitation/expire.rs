//! Ends invitations that were not answered in time, each in a transaction of its own. While a challenge is suspended none of its
//! invitations ends: the time is given back when it is taken up again.

use chrono::NaiveDate;
use entity::{challenge, enums::InvitationState, invitation};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select};
use uuid::Uuid;

use super::service::answer;
use crate::{
    challenge::lifecycle::suspended,
    db::Queue,
    jobs::{Handler, JobError, Work},
};

/// Ends what nobody answered.
pub struct ExpireInvitations;

#[async_trait::async_trait]
impl Handler for ExpireInvitations {
    async fn run(&self, work: &Work) -> Result<(), JobError> {
        let over = over(work.act.today)
            .order_by_asc(invitation::Column::Id)
            .all(work.database.reader())
            .await?;
        let mut failed = None;
        for row in over {
            // One that cannot be ended keeps none of the others waiting.
            if let Err(error) = end(work, row.id).await {
                tracing::error!(invitation = %row.id, ?error, "an invitation cannot be ended");
                failed = failed.or(Some(error));
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

/// Invitations whose time is over.
fn over(today: NaiveDate) -> Select<invitation::Entity> {
    invitation::Entity::find()
        .inner_join(challenge::Entity)
        .filter(invitation::Column::State.eq(InvitationState::Sent))
        .filter(invitation::Column::AnswerBy.lt(today))
        .filter(challenge::Column::Stage.is_not_in(suspended()))
}

async fn end(work: &Work, id: Uuid) -> Result<(), JobError> {
    let tx = work.database.begin().await?;
    tx.enter(Queue::Teams).await?;
    // It may have been answered meanwhile, or the challenge put off.
    let row = over(work.act.today)
        .filter(invitation::Column::Id.eq(id))
        .one(&tx)
        .await?;
    if let Some(row) = row {
        answer::expire(&tx, &work.act, row).await?;
    }
    work.hold(&tx).await?;
    tx.commit().await?;
    Ok(())
}
