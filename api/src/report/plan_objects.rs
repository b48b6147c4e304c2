//! Recommendations, corrections of fact and actions as the API shows them.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{accuracy_edit, enums, plan_action, recommendation};
use uuid::Uuid;

use super::loader::{ActionsOf, AnswersOf, EditsOf, GroundsOf, RecommendationsOf, UpdatesOf};
use crate::{
    challenge::objects::PeerChallenge,
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result},
        ids::{Kind, encode},
        scalars::Date,
        visible::visible,
    },
    team::objects::challenge,
    visit::objects::Finding,
};

/// Where a correction of fact stands.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "AccuracyEditStatus", remote = "enums::EditStatus")]
pub enum EditStatus {
    /// Not decided.
    Open,
    /// The text was changed.
    Accepted,
    /// The text stays.
    Rejected,
}

/// Where an action stands.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::ActionStatus")]
pub enum ActionStatus {
    /// Nothing was done yet.
    NotStarted,
    /// Work goes on.
    UnderWay,
    /// It is done.
    Done,
    /// It will not be done; the note says why.
    Dropped,
}

/// Something that the team recommends to the host.
pub struct Recommendation(pub recommendation::Model);

/// Something that the team recommends to the host.
#[Object]
impl Recommendation {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::Recommendation, self.0.id)
    }

    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.0.challenge_id).await?)
    }

    /// Place in the report, from 1; a removed one leaves a gap.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// What is recommended.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// The findings that it rests on, as far as the viewer may see them (at most 50).
    async fn findings(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Finding>> {
        let rows = ctx
            .loader()
            .load_one(GroundsOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(rows.unwrap_or_default().into_iter().map(Finding).collect())
    }

    /// The host's actions that answer it, as far as the viewer may see them (at most 200).
    async fn actions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<PlanAction>> {
        let rows = ctx
            .loader()
            .load_one(AnswersOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(rows.unwrap_or_default().into_iter().map(PlanAction).collect())
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// A correction of fact that the host asked for, beside the original.
pub struct AccuracyEdit(pub accuracy_edit::Model);

/// A correction of fact that the host asked for, beside the original.
#[Object]
impl AccuracyEdit {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::AccuracyEdit, self.0.id)
    }

    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.0.challenge_id).await?)
    }

    /// The recommendation that it is about; null for the summary, and when the viewer may not see it.
    async fn recommendation(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Recommendation>> {
        Ok(match self.0.recommendation_id {
            Some(id) => visible::<recommendation::Entity>(ctx, id).await?.map(Recommendation),
            None => None,
        })
    }

    /// The text as it was.
    async fn original(&self) -> &str {
        &self.0.original
    }

    /// The text as the host wants it.
    async fn proposed(&self) -> &str {
        &self.0.proposed
    }

    /// Why.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Where it stands.
    async fn status(&self) -> EditStatus {
        self.0.status.into()
    }

    /// When it was asked for.
    async fn proposed_at(&self) -> DateTime<Utc> {
        self.0.proposed_at
    }

    /// When it was decided; null while it is open.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// What was said about it.
    async fn decision_note(&self) -> Option<&str> {
        self.0.decision_note.as_deref()
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// How an action went at some time.
#[derive(SimpleObject)]
pub struct ActionUpdate {
    /// Where it stood from then on.
    status: ActionStatus,
    /// What was said about it.
    note: Option<String>,
    /// Who said so (subject of the token).
    said_by: String,
    /// When.
    said_at: DateTime<Utc>,
}

/// An action of the host, in answer to a recommendation.
pub struct PlanAction(pub plan_action::Model);

/// An action of the host, in answer to a recommendation.
#[Object]
impl PlanAction {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::PlanAction, self.0.id)
    }

    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.0.challenge_id).await?)
    }

    /// The recommendation that it answers; null when the viewer may not see it.
    async fn recommendation(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Recommendation>> {
        let row = visible::<recommendation::Entity>(ctx, self.0.recommendation_id).await?;
        Ok(row.map(Recommendation))
    }

    /// What will be done.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// Who answers for it.
    async fn owner(&self) -> &str {
        &self.0.owner
    }

    /// By when.
    async fn due_on(&self) -> Date {
        Date(self.0.due_on)
    }

    /// Where it stands.
    async fn status(&self) -> ActionStatus {
        self.0.status.into()
    }

    /// Whether it should be done and is not.
    async fn is_overdue(&self, ctx: &Context<'_>) -> bool {
        let open = matches!(
            self.0.status,
            enums::ActionStatus::NotStarted | enums::ActionStatus::UnderWay
        );
        open && self.0.due_on < ctx.today()
    }

    /// How it went, oldest first.
    async fn history(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ActionUpdate>> {
        let rows = ctx
            .loader()
            .load_one(UpdatesOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        let update = |row: entity::action_update::Model| ActionUpdate {
            status: row.status.into(),
            note: row.note,
            said_by: row.said_by,
            said_at: row.said_at,
        };
        Ok(rows.unwrap_or_default().into_iter().map(update).collect())
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Recommendations of a challenge that the viewer may see, in order.
pub(crate) async fn recommendations(ctx: &Context<'_>, challenge: Uuid) -> Result<Vec<Recommendation>> {
    let rows = ctx
        .loader()
        .load_one(RecommendationsOf(challenge))
        .await?
        .unwrap_or_default();
    Ok(rows.into_iter().map(Recommendation).collect())
}

/// Corrections of fact of a challenge that the viewer may see, oldest first.
pub(crate) async fn edits(ctx: &Context<'_>, challenge: Uuid) -> Result<Vec<AccuracyEdit>> {
    let rows = ctx.loader().load_one(EditsOf(challenge)).await?.unwrap_or_default();
    Ok(rows.into_iter().map(AccuracyEdit).collect())
}

/// Actions of a challenge that the viewer may see, oldest first.
pub(crate) async fn actions(ctx: &Context<'_>, challenge: Uuid) -> Result<Vec<PlanAction>> {
    let rows = ctx.loader().load_one(ActionsOf(challenge)).await?.unwrap_or_default();
    Ok(rows.into_iter().map(PlanAction).collect())
}
