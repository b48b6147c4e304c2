//! Batch loaders of reports and what follows them, under the viewer's scope.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use entity::{
    accuracy_edit, action_update, evaluation, finding, plan_action, recommendation, recommendation_finding, report,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::repo;
use crate::{
    council::loader::gather,
    graphql::{
        errors::Shared,
        loader::{Batch, keys},
    },
    visit::{loader::parts, repo::visible_findings},
};

keys! {
    /// The report of a challenge.
    ReportOf,
    /// Recommendations of a challenge, in order.
    RecommendationsOf,
    /// Findings that a recommendation rests on.
    GroundsOf,
    /// Corrections of fact of a challenge, oldest first.
    EditsOf,
    /// Actions of a challenge, oldest first.
    ActionsOf,
    /// Actions that answer a recommendation, oldest first.
    AnswersOf,
    /// How an action went, oldest first.
    UpdatesOf,
    /// Evaluations of a challenge, oldest first.
    EvaluationsOf,
}

parts!(
    RecommendationsOf,
    recommendation,
    repo::visible_recommendations,
    [Position, Id]
);
parts!(EditsOf, accuracy_edit, repo::visible_edits, [ProposedAt, Id]);
parts!(ActionsOf, plan_action, repo::visible_actions, [Id]);
parts!(EvaluationsOf, evaluation, repo::visible_evaluations, [GivenAt, Id]);

impl Loader<ReportOf> for Batch {
    type Value = report::Model;
    type Error = Shared;

    async fn load(&self, keys: &[ReportOf]) -> Result<HashMap<ReportOf, Self::Value>, Shared> {
        let Some(viewer) = &self.viewer else {
            return Ok(HashMap::new());
        };
        let rows = report::Entity::find()
            .filter(report::Column::ChallengeId.is_in(keys.iter().map(|key| key.0)))
            .filter(repo::visible_reports(viewer))
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(|row| (ReportOf(row.challenge_id), row)).collect())
    }
}

impl Loader<GroundsOf> for Batch {
    type Value = Vec<finding::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[GroundsOf]) -> Result<HashMap<GroundsOf, Self::Value>, Shared> {
        let Some(viewer) = &self.viewer else {
            return Ok(HashMap::new());
        };
        let rows = recommendation_finding::Entity::find()
            .find_also_related(finding::Entity)
            .filter(recommendation_finding::Column::RecommendationId.is_in(keys.iter().map(|key| key.0)))
            .filter(visible_findings(viewer))
            .order_by_asc(finding::Column::RecordedAt)
            .order_by_asc(finding::Column::Id)
            .all(self.database.reader())
            .await?;
        let mut grounds: HashMap<GroundsOf, Vec<finding::Model>> = HashMap::new();
        for (link, row) in rows {
            grounds
                .entry(GroundsOf(link.recommendation_id))
                .or_default()
                .extend(row);
        }
        Ok(grounds)
    }
}

impl Loader<AnswersOf> for Batch {
    type Value = Vec<plan_action::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[AnswersOf]) -> Result<HashMap<AnswersOf, Self::Value>, Shared> {
        let Some(viewer) = &self.viewer else {
            return Ok(HashMap::new());
        };
        let rows = plan_action::Entity::find()
            .filter(plan_action::Column::RecommendationId.is_in(keys.iter().map(|key| key.0)))
            .filter(repo::visible_actions(viewer))
            .order_by_asc(plan_action::Column::Id)
            .all(self.database.reader())
            .await?;
        Ok(gather(rows, |row| AnswersOf(row.recommendation_id)))
    }
}

impl Loader<UpdatesOf> for Batch {
    type Value = Vec<action_update::Model>;
    type Error = Shared;

    async fn load(&self, keys: &[UpdatesOf]) -> Result<HashMap<UpdatesOf, Self::Value>, Shared> {
        let rows = action_update::Entity::find()
            .filter(action_update::Column::ActionId.is_in(keys.iter().map(|key| key.0)))
            .order_by_asc(action_update::Column::SaidAt)
            .order_by_asc(action_update::Column::Id)
            .all(self.database.reader())
            .await?;
        Ok(gather(rows, |row| UpdatesOf(row.action_id)))
    }
}
