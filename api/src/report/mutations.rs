//! Mutations on reports and what follows them. Thin: decode, run a service as one change, show what it left behind.

use async_graphql::{Context, Object, SimpleObject};
use entity::{accuracy_edit, challenge, plan_action, recommendation};

use super::{
    inputs::{
        AddActionInput, AddRecommendationInput, ChangeRecommendationInput, CompleteProgressReviewInput,
        DecideAccuracyEditInput, DraftReportInput, GiveEvaluationInput, GiveFeedbackInput, ProposeAccuracyEditInput,
        PublishActionPlanInput, PublishReportInput, RemoveRecommendationInput, UpdateActionInput, findings, step,
    },
    plan_objects::{AccuracyEdit, PlanAction, Recommendation},
    service::{corrections, evaluations, plan, recommendations, stages},
};
use crate::{
    challenge::{inputs::ChallengeStepInput, objects::PeerChallenge},
    graphql::{
        change::change,
        errors::{UserError, settle},
        ids::{self, Kind},
        payload::payloads,
    },
};

payloads! {
    GiveFeedbackPayload {
        /// The challenge as it is now; null when refused.
        challenge: PeerChallenge = challenge::Model, "giveFeedback"
    }
    AddRecommendationPayload {
        /// The recommendation; null when refused.
        recommendation: Recommendation = recommendation::Model, "addRecommendation"
    }
    ChangeRecommendationPayload {
        /// The recommendation; null when refused.
        recommendation: Recommendation = recommendation::Model, "changeRecommendation"
    }
    RemoveRecommendationPayload {
        /// The challenge without it; null when refused.
        challenge: PeerChallenge = challenge::Model, "removeRecommendation"
    }
    DraftReportPayload {
        /// The challenge as it is now; null when refused.
        challenge: PeerChallenge = challenge::Model, "draftReport"
    }
    ProposeAccuracyEditPayload {
        /// The correction; null when refused.
        edit: AccuracyEdit = accuracy_edit::Model, "proposeAccuracyEdit"
    }
    DecideAccuracyEditPayload {
        /// The correction; null when refused.
        edit: AccuracyEdit = accuracy_edit::Model, "decideAccuracyEdit"
    }
    ConfirmFactsPayload {
        /// The challenge; null when refused.
        challenge: PeerChallenge = challenge::Model, "confirmFacts"
    }
    FinaliseReportPayload {
        /// The challenge as it is now; null when refused.
        challenge: PeerChallenge = challenge::Model, "finaliseReport"
    }
    AgreeToPublicationPayload {
        /// The challenge; null when refused.
        challenge: PeerChallenge = challenge::Model, "agreeToPublication"
    }
    PublishReportPayload {
        /// The challenge as it is now; null when refused.
        challenge: PeerChallenge = challenge::Model, "publishReport"
    }
    AddActionPayload {
        /// The action; null when refused.
        action: PlanAction = plan_action::Model, "addAction"
    }
    UpdateActionPayload {
        /// The action; null when refused.
        action: PlanAction = plan_action::Model, "updateAction"
    }
    PublishActionPlanPayload {
        /// The challenge as it is now; null when refused.
        challenge: PeerChallenge = challenge::Model, "publishActionPlan"
    }
    CompleteProgressReviewPayload {
        /// The challenge as it is now; null when refused.
        challenge: PeerChallenge = challenge::Model, "completeProgressReview"
    }
}

/// Outcome of `giveEvaluation`. What was said is not repeated: feedback on a peer is for the national programme alone.
#[derive(SimpleObject)]
pub struct GiveEvaluationPayload {
    /// That it was recorded; null when refused.
    recorded: Option<bool>,
    /// Why it was refused, all reasons at once; empty on success.
    user_errors: Vec<UserError>,
}

/// Mutations on reports and what follows them.
#[derive(Default)]
pub struct ReportMutation;

#[Object]
impl ReportMutation {
    /// Says that the host has heard the findings: ON_SITE → FEEDBACK_GIVEN. Every key line of enquiry has a finding. By the lead peer and
    /// the national programme.
    async fn give_feedback(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The feedback.")] input: GiveFeedbackInput,
    ) -> async_graphql::Result<GiveFeedbackPayload> {
        let outcome = change!(ctx, |tx, act| {
            let step = step(&input.challenge_id, input.expected_version)?;
            stages::give_feedback(tx, act, step, input.feedback_on.0, input.presentation_url).await
        });
        GiveFeedbackPayload::settled(outcome, PeerChallenge)
    }

    /// Adds a recommendation, which rests on findings, to the report. By the team and the national programme.
    async fn add_recommendation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The recommendation.")] input: AddRecommendationInput,
    ) -> async_graphql::Result<AddRecommendationPayload> {
        let outcome = change!(ctx, |tx, act| {
            let challenge = ids::expect(Kind::PeerChallenge, &input.challenge_id, "challengeId")?;
            recommendations::add(tx, act, challenge, &input.text, &findings(&input.finding_ids)?).await
        });
        AddRecommendationPayload::settled(outcome, Recommendation)
    }

    /// Replaces what a recommendation says and rests on. By the team and the national programme.
    async fn change_recommendation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The recommendation as it is to be.")] input: ChangeRecommendationInput,
    ) -> async_graphql::Result<ChangeRecommendationPayload> {
        let outcome = change!(ctx, |tx, act| {
            let id = ids::expect(Kind::Recommendation, &input.recommendation_id, "recommendationId")?;
            let on = findings(&input.finding_ids)?;
            recommendations::change(tx, act, (id, input.expected_version), &input.text, &on).await
        });
        ChangeRecommendationPayload::settled(outcome, Recommendation)
    }

    /// Takes a recommendation out of the report while it is written. By the team and the national programme.
    async fn remove_recommendation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The recommendation.")] input: RemoveRecommendationInput,
    ) -> async_graphql::Result<RemoveRecommendationPayload> {
        let outcome = change!(ctx, |tx, act| {
            let id = ids::expect(Kind::Recommendation, &input.recommendation_id, "recommendationId")?;
            recommendations::remove(tx, act, id, input.expected_version).await
        });
        RemoveRecommendationPayload::settled(outcome, PeerChallenge)
    }

    /// Gives the draft to the host, who checks the facts: FEEDBACK_GIVEN → REPORT_DRAFTED. By the lead peer and the national programme.
    async fn draft_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The draft.")] input: DraftReportInput,
    ) -> async_graphql::Result<DraftReportPayload> {
        let outcome = change!(ctx, |tx, act| {
            let step = step(&input.challenge_id, input.expected_version)?;
            stages::draft(tx, act, step, &input.summary).await
        });
        DraftReportPayload::settled(outcome, PeerChallenge)
    }

    /// Asks for a correction of fact in the draft; the original stays beside it. By the host and the national programme.
    async fn propose_accuracy_edit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The correction.")] input: ProposeAccuracyEditInput,
    ) -> async_graphql::Result<ProposeAccuracyEditPayload> {
        let outcome = change!(ctx, |tx, act| {
            corrections::propose(tx, act, input.understood()?).await
        });
        ProposeAccuracyEditPayload::settled(outcome, AccuracyEdit)
    }

    /// Decides on a correction of fact; accepted, it changes the text. By the lead peer and the national programme.
    async fn decide_accuracy_edit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision.")] input: DecideAccuracyEditInput,
    ) -> async_graphql::Result<DecideAccuracyEditPayload> {
        let outcome = change!(ctx, |tx, act| {
            let id = ids::expect(Kind::AccuracyEdit, &input.accuracy_edit_id, "accuracyEditId")?;
            corrections::decide(tx, act, (id, input.expected_version), input.accept, input.note).await
        });
        DecideAccuracyEditPayload::settled(outcome, AccuracyEdit)
    }

    /// Says that the host has checked the facts of the draft and asks for no more corrections; lead peer and programme are told. By
    /// the host, and the national programme on its behalf.
    async fn confirm_facts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge.")] input: ChallengeStepInput,
    ) -> async_graphql::Result<ConfirmFactsPayload> {
        let outcome = change!(ctx, |tx, act| stages::confirm_facts(tx, act, input.understood()?).await);
        ConfirmFactsPayload::settled(outcome, PeerChallenge)
    }

    /// Makes the report final once the host has checked the facts (or its time for it is over) and every correction is decided:
    /// REPORT_DRAFTED → REPORT_FINAL. By the lead peer and the national programme.
    async fn finalise_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge.")] input: ChallengeStepInput,
    ) -> async_graphql::Result<FinaliseReportPayload> {
        let outcome = change!(ctx, |tx, act| stages::finalise(tx, act, input.understood()?).await);
        FinaliseReportPayload::settled(outcome, PeerChallenge)
    }

    /// Agrees to the publication of a final report: the host for itself, the national programme for itself.
    async fn agree_to_publication(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge.")] input: ChallengeStepInput,
    ) -> async_graphql::Result<AgreeToPublicationPayload> {
        let outcome = change!(ctx, |tx, act| stages::agree(tx, act, input.understood()?).await);
        AgreeToPublicationPayload::settled(outcome, PeerChallenge)
    }

    /// Publishes a report that both sides agreed to: REPORT_FINAL → PUBLISHED. National programme only.
    async fn publish_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The publication.")] input: PublishReportInput,
    ) -> async_graphql::Result<PublishReportPayload> {
        let outcome = change!(ctx, |tx, act| {
            let step = step(&input.challenge_id, input.expected_version)?;
            stages::publish(tx, act, step, input.published_on.0, &input.url).await
        });
        PublishReportPayload::settled(outcome, PeerChallenge)
    }

    /// Adds an action that answers a recommendation. By the host and the national programme.
    async fn add_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The action.")] input: AddActionInput,
    ) -> async_graphql::Result<AddActionPayload> {
        let outcome = change!(ctx, |tx, act| plan::add(tx, act, input.understood()?).await);
        AddActionPayload::settled(outcome, PlanAction)
    }

    /// Writes down how an action goes. By the host and the national programme; also by the lead peer of a progress review that has begun,
    /// who was on the first team and leaves owner and day as they are.
    async fn update_action(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How it goes.")] input: UpdateActionInput,
    ) -> async_graphql::Result<UpdateActionPayload> {
        let outcome = change!(ctx, |tx, act| plan::report(tx, act, input.understood()?).await);
        UpdateActionPayload::settled(outcome, PlanAction)
    }

    /// Publishes the action plan once every recommendation is answered: PUBLISHED → ACTION_PLANNED. By the host and the national
    /// programme.
    async fn publish_action_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The publication.")] input: PublishActionPlanInput,
    ) -> async_graphql::Result<PublishActionPlanPayload> {
        let outcome = change!(ctx, |tx, act| {
            let step = step(&input.challenge_id, input.expected_version)?;
            stages::publish_plan(tx, act, step, input.url).await
        });
        PublishActionPlanPayload::settled(outcome, PeerChallenge)
    }

    /// Ends the progress review, a small challenge of its own that names this one as its first: ACTION_PLANNED → PROGRESS_REVIEWED.
    /// National programme only.
    async fn complete_progress_review(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The review.")] input: CompleteProgressReviewInput,
    ) -> async_graphql::Result<CompleteProgressReviewPayload> {
        let outcome = change!(ctx, |tx, act| {
            let step = step(&input.challenge_id, input.expected_version)?;
            stages::complete_review(tx, act, step, input.reviewed_on.0, &input.note).await
        });
        CompleteProgressReviewPayload::settled(outcome, PeerChallenge)
    }

    /// Says what the viewer thinks of a visit, once for each matter: the host of the team, a peer of host and programme, both of a
    /// peer. By the host and the team.
    async fn give_evaluation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The evaluation.")] input: GiveEvaluationInput,
    ) -> async_graphql::Result<GiveEvaluationPayload> {
        let outcome = change!(ctx, |tx, act| evaluations::give(tx, act, input.understood()?).await);
        let (given, user_errors) = settle(outcome)?;
        Ok(GiveEvaluationPayload {
            recorded: given.map(|_| true),
            user_errors,
        })
    }
}
