//! Inputs of the mutations on reports and what follows them.

use async_graphql::{ID, InputObject};
use uuid::Uuid;

use super::{
    objects::EvaluationKind,
    plan_objects::ActionStatus,
    service::{
        corrections::NewEdit,
        evaluations::NewEvaluation,
        plan::{NewAction, Progress},
        stages::Step,
    },
};
use crate::graphql::{
    errors::{Outcome, UserError},
    ids::{self, Keys, Kind},
    scalars::Date,
};

pub(super) fn step(challenge: &ID, version: i32) -> Result<Step, UserError> {
    Ok((ids::expect(Kind::PeerChallenge, challenge, "challengeId")?, version))
}

/// That the host has heard the findings.
#[derive(InputObject)]
pub struct GiveFeedbackInput {
    /// The challenge, ON_SITE.
    pub challenge_id: ID,
    /// Its version as read.
    pub expected_version: i32,
    /// Day of the presentation: during the visit, not in the future.
    pub feedback_on: Date,
    /// The presentation (https).
    pub presentation_url: Option<String>,
}

/// A recommendation.
#[derive(InputObject)]
pub struct AddRecommendationInput {
    /// The challenge, FEEDBACK_GIVEN.
    pub challenge_id: ID,
    /// What is recommended (1–4,000 characters).
    pub text: String,
    /// The findings that it rests on, each once (1–50).
    pub finding_ids: Vec<ID>,
}

/// A recommendation as it is to be.
#[derive(InputObject)]
pub struct ChangeRecommendationInput {
    /// The recommendation.
    pub recommendation_id: ID,
    /// Its version as read.
    pub expected_version: i32,
    /// What is recommended (1–4,000 characters).
    pub text: String,
    /// The findings that it rests on, each once (1–50).
    pub finding_ids: Vec<ID>,
}

/// Takes a recommendation out of the report.
#[derive(InputObject)]
pub struct RemoveRecommendationInput {
    /// The recommendation.
    pub recommendation_id: ID,
    /// Its version as read.
    pub expected_version: i32,
}

pub(super) fn findings(all: &[ID]) -> Outcome<Vec<Uuid>> {
    let mut keys = Keys::default();
    let found = keys.all(Kind::Finding, all, "findingIds");
    keys.done(found)
}

/// The draft of a report.
#[derive(InputObject)]
pub struct DraftReportInput {
    /// The challenge, FEEDBACK_GIVEN.
    pub challenge_id: ID,
    /// Its version as read.
    pub expected_version: i32,
    /// What the report says in short (1–4,000 characters).
    pub summary: String,
}

/// A correction of fact.
#[derive(InputObject)]
pub struct ProposeAccuracyEditInput {
    /// The challenge, REPORT_DRAFTED.
    pub challenge_id: ID,
    /// The recommendation that it is about; the summary unless given.
    pub recommendation_id: Option<ID>,
    /// The text as it should be (1–4,000 characters).
    pub proposed: String,
    /// Why (1–4,000 characters).
    pub reason: String,
}

impl ProposeAccuracyEditInput {
    pub(super) fn understood(self) -> Outcome<NewEdit> {
        let about = self.recommendation_id.as_ref();
        let about = about.map(|id| ids::expect(Kind::Recommendation, id, "recommendationId"));
        Ok(NewEdit {
            challenge: ids::expect(Kind::PeerChallenge, &self.challenge_id, "challengeId")?,
            recommendation: about.transpose()?,
            proposed: self.proposed,
            reason: self.reason,
        })
    }
}

/// A decision on a correction of fact.
#[derive(InputObject)]
pub struct DecideAccuracyEditInput {
    /// The correction.
    pub accuracy_edit_id: ID,
    /// Its version as read.
    pub expected_version: i32,
    /// Whether the text changes.
    pub accept: bool,
    /// What is said about it (1–4,000 characters).
    pub note: Option<String>,
}

/// The publication of a report.
#[derive(InputObject)]
pub struct PublishReportInput {
    /// The challenge, REPORT_FINAL.
    pub challenge_id: ID,
    /// Its version as read.
    pub expected_version: i32,
    /// Day of publication: after the visit, not in the future.
    pub published_on: Date,
    /// The published report (https).
    pub url: String,
}

/// An action of the host.
#[derive(InputObject)]
pub struct AddActionInput {
    /// The recommendation that it answers.
    pub recommendation_id: ID,
    /// What will be done (1–4,000 characters).
    pub text: String,
    /// Who answers for it, by post or name (1–200 characters).
    pub owner: String,
    /// By when: today or later.
    pub due_on: Date,
}

impl AddActionInput {
    pub(super) fn understood(self) -> Outcome<NewAction> {
        Ok(NewAction {
            recommendation: ids::expect(Kind::Recommendation, &self.recommendation_id, "recommendationId")?,
            text: self.text,
            owner: self.owner,
            due_on: self.due_on.0,
        })
    }
}

/// How an action goes.
#[derive(InputObject)]
pub struct UpdateActionInput {
    /// The action.
    pub action_id: ID,
    /// Its version as read.
    pub expected_version: i32,
    /// Where it stands.
    pub status: ActionStatus,
    /// What is said about it (1–4,000 characters); needed when it is dropped.
    pub note: Option<String>,
    /// Another owner (1–200 characters).
    pub owner: Option<String>,
    /// Another day.
    pub due_on: Option<Date>,
}

impl UpdateActionInput {
    pub(super) fn understood(self) -> Outcome<Progress> {
        Ok(Progress {
            action: ids::expect(Kind::PlanAction, &self.action_id, "actionId")?,
            version: self.expected_version,
            status: self.status.into(),
            note: self.note,
            owner: self.owner,
            due_on: self.due_on.map(|day| day.0),
        })
    }
}

/// The publication of an action plan.
#[derive(InputObject)]
pub struct PublishActionPlanInput {
    /// The challenge, PUBLISHED.
    pub challenge_id: ID,
    /// Its version as read.
    pub expected_version: i32,
    /// The published plan (https).
    pub url: Option<String>,
}

/// The end of a progress review.
#[derive(InputObject)]
pub struct CompleteProgressReviewInput {
    /// The challenge, ACTION_PLANNED.
    pub challenge_id: ID,
    /// Its version as read.
    pub expected_version: i32,
    /// Day of the review: after the visit, not in the future.
    pub reviewed_on: Date,
    /// What the review says in short (1–4,000 characters).
    pub note: String,
}

/// What somebody thinks of a visit.
#[derive(InputObject)]
pub struct GiveEvaluationInput {
    /// The challenge, its feedback given.
    pub challenge_id: ID,
    /// Who is asked about whom.
    pub kind: EvaluationKind,
    /// For feedback on a peer: who.
    pub about_peer_id: Option<ID>,
    /// From 1 (poor) to 5 (excellent).
    pub score: i32,
    /// What they say (1–4,000 characters).
    pub comment: Option<String>,
}

impl GiveEvaluationInput {
    pub(super) fn understood(self) -> Outcome<NewEvaluation> {
        let about = self.about_peer_id.as_ref();
        let about = about.map(|id| ids::expect(Kind::Peer, id, "aboutPeerId"));
        Ok(NewEvaluation {
            challenge: ids::expect(Kind::PeerChallenge, &self.challenge_id, "challengeId")?,
            kind: self.kind.into(),
            about: about.transpose()?,
            score: self.score,
            comment: self.comment,
        })
    }
}
