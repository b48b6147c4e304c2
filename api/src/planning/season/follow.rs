//! Following the run of a season plan.

use std::time::Duration;

use async_graphql::{Context, ID, Subscription};
use futures::{StreamExt, stream::BoxStream};
use uuid::Uuid;

use super::{
    objects::{Mark, SeasonPlan},
    repo,
};
use crate::{
    auth::Viewer,
    db::Database,
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result},
        ids::Kind,
        page::argument_id,
    },
    http::Pulse,
};

/// How often a follower looks. Runs write down how far they are as often; whichever replica does, all can be asked.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Following season plans.
#[derive(Default)]
pub struct SeasonPlanSubscription;

#[Subscription]
impl SeasonPlanSubscription {
    /// A season plan whenever its run has come further, at once and then at most twice a second; ends with the run. For the
    /// national programme only.
    async fn season_plan_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The plan.")] id: ID,
    ) -> async_graphql::Result<BoxStream<'static, async_graphql::Result<SeasonPlan>>> {
        let key = argument_id(Kind::SeasonPlan, &id, "id")?;
        let viewer = ctx.viewer()?.clone();
        // Nested fields of each event show what is so then.
        ctx.loader().keep_nothing();
        let follower = Follower {
            database: ctx.database().beside(),
            pulse: ctx.data_unchecked::<Pulse>().clone(),
            viewer,
            key,
            told: None,
        };
        follower.look().await?;
        Ok(futures::stream::unfold(Some(follower), |follower| async move { follower?.next().await }).boxed())
    }
}

/// Looks at a plan until its run has ended.
struct Follower {
    database: Database,
    pulse: Pulse,
    viewer: Viewer,
    key: Uuid,
    told: Option<Mark>,
}

impl Follower {
    async fn look(&self) -> Result<SeasonPlan> {
        let row = repo::find(self.database.reader(), &self.viewer, self.key).await?;
        SeasonPlan::read(row.ok_or_else(|| ApiError::NotFound("There is no such season plan.".to_owned()))?)
    }

    async fn next(mut self) -> Option<(async_graphql::Result<SeasonPlan>, Option<Self>)> {
        loop {
            if self.told.is_some() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            let plan = match self.look().await {
                Ok(plan) => plan,
                Err(error) => return Some((Err(error.into()), None)),
            };
            let (mark, open) = (plan.mark(), plan.is_open());
            if self.told != Some(mark) {
                self.told = Some(mark);
                self.pulse.beat();
                return Some((Ok(plan), open.then_some(self)));
            }
            if !open {
                return None;
            }
        }
    }
}
