//! Batch loaders of reports and what follows them, under the viewer's scope.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use entity::{
    accuracy_edit, action_update, evaluation, finding, plan_action, recommendation, recommendation_finding, report,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::repo;
use crate::{
    graphql::{
        errors::Shared,
        loader::{Batch, children, keys},
    },
    visit::repo::visible_findings,
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

children!(
    RecommendationsOf,
    recommendation,
    ChallengeId challenge_id,
    [order_by_asc Position, order_by_asc Id],
    repo::visible_recommendations
);
children!(
    EditsOf,
    accuracy_edit,
    ChallengeId challenge_id,
    [order_by_asc ProposedAt, order_by_asc Id],
    repo::visible_edits
);
children!(ActionsOf, plan_action, ChallengeId challenge_id, [order_by_asc Id], repo::visible_actions);
children!(
    AnswersOf,
    plan_action,
    RecommendationId recommendation_id,
    [order_by_asc Id],
    repo::visible_actions
);
children!(UpdatesOf, action_update, ActionId action_id, [order_by_asc SaidAt, order_by_asc Id]);
children!(
    EvaluationsOf,
    evaluation,
    ChallengeId challenge_id,
    [order_by_asc GivenAt, order_by_asc Id],
    repo::visible_evaluations
);

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
