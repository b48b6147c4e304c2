//! What time alone brings about: a policy version that was made for a later day comes into force.
//!
//! A running service looks once an hour. Several replicas may look at once: they queue, and the later ones find nothing to
//! do. Neighbours: `late` (the check itself), `cli::serve` (starts the watch).

use std::{sync::Arc, time::Duration};

use entity::programme;
use sea_orm::{EntityTrait, QueryOrder};
use tokio::task::JoinHandle;

use super::late;
use crate::{
    auth::Viewer,
    clock::Clock,
    db::Database,
    graphql::{
        context::{Act, finish},
        errors::{ApiError, Outcome},
    },
    ids::IdGenerator,
};

/// How often a running service looks. Policies come into force by the day, so an hour is soon enough.
pub const PERIOD: Duration = Duration::from_hours(1);

/// Takes the challenges of every programme to the policy version in force on `act.today` and re-checks their live places;
/// one transaction for each programme. Gives the number of decisions that are open about these places afterwards.
///
/// # Errors
/// The database's; programmes before the failing one are done.
pub async fn adopt_policies(database: &Database, act: &Act) -> Outcome<usize> {
    let programmes = programme::Entity::find()
        .order_by_asc(programme::Column::Code)
        .all(database.reader())
        .await?;
    let mut open = 0;
    for programme in programmes {
        let transaction = database.begin().await.map_err(ApiError::from)?;
        let outcome = late::recheck_programme(&transaction, act, programme.id).await;
        open += finish(transaction, outcome).await?;
    }
    Ok(open)
}

/// Looks now and then once in each `period`, until the handle is aborted or the runtime ends. A look that fails is logged;
/// the next one follows all the same.
pub fn start(database: Database, clock: Arc<dyn Clock>, ids: Arc<dyn IdGenerator>, period: Duration) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut looks = tokio::time::interval(period);
        loop {
            looks.tick().await;
            let act = Act::new(Viewer::service(), &*clock, Arc::clone(&ids));
            if let Err(error) = adopt_policies(&database, &act).await {
                tracing::error!(
                    cause = error.for_log(),
                    "policies that came into force could not be applied; the next look tries again"
                );
            }
        }
    })
}
