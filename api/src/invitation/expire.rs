//! Ends invitations that were not answered in time, each in a transaction of its own.

use entity::{enums::InvitationState, invitation};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::service::answer;
use crate::{
    db::Queue,
    jobs::{Handler, JobError, Work},
};

/// Ends what nobody answered.
pub struct ExpireInvitations;

#[async_trait::async_trait]
impl Handler for ExpireInvitations {
    async fn run(&self, work: &Work) -> Result<(), JobError> {
        let over = invitation::Entity::find()
            .filter(invitation::Column::State.eq(InvitationState::Sent))
            .filter(invitation::Column::AnswerBy.lt(work.act.today))
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

async fn end(work: &Work, id: Uuid) -> Result<(), JobError> {
    let tx = work.database.begin().await?;
    tx.enter(Queue::Teams).await?;
    // It may have been answered meanwhile.
    let row = invitation::Entity::find_by_id(id)
        .filter(invitation::Column::State.eq(InvitationState::Sent))
        .one(&tx)
        .await?;
    if let Some(row) = row {
        answer::expire(&tx, &work.act, row).await?;
    }
    work.hold(&tx).await?;
    tx.commit().await?;
    Ok(())
}
