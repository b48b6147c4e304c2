//! What time alone brings about: a policy version that was made for a later day comes into force.
//!
//! An hourly background job. Neighbours: `late` (the check itself), `chores` (when it runs), `jobs` (that it runs once
//! among all replicas).

use entity::programme;
use sea_orm::{EntityTrait, QueryOrder};

use super::late;
use crate::jobs::{Handler, JobError, Work};

/// Takes the challenges of every programme to the policy version in force today and re-checks their live places; one
/// transaction for each programme. Programmes that are at that version already are left as they are.
pub struct AdoptPolicies;

#[async_trait::async_trait]
impl Handler for AdoptPolicies {
    async fn run(&self, work: &Work) -> Result<(), JobError> {
        let programmes = programme::Entity::find()
            .order_by_asc(programme::Column::Code)
            .all(work.database.reader())
            .await?;
        for programme in programmes {
            let transaction = work.database.begin().await?;
            late::recheck_programme(&transaction, &work.act, programme.id).await?;
            work.hold(&transaction).await?;
            transaction.commit().await?;
        }
        Ok(())
    }
}
