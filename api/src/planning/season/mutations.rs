//! Mutations on season plans.

use async_graphql::{Context, Object};

use super::{
    apply, edit,
    inputs::{
        ApplySeasonPlanInput, CancelSeasonPlanInput, EditSeasonPlanInput, PlanSeasonInput, RepairTeamInput, moves,
    },
    objects::SeasonPlan,
    repair, service,
};
use crate::{
    challenge::objects::PeerChallenge,
    graphql::{
        change::{change, done_before},
        context::ContextExt,
        errors::settle,
        ids::{self, Kind},
        payload::payloads,
    },
};

payloads! {
    PlanSeasonPayload {
        /// The plan to be, QUEUED; null when refused.
        plan: SeasonPlan,
        "planSeason"
    }
    CancelSeasonPlanPayload {
        /// The plan; it is CANCELLED at once or as soon as its worker hears of it. Null when refused.
        plan: SeasonPlan,
        "cancelSeasonPlan"
    }
    EditSeasonPlanPayload {
        /// The changed plan; null when refused.
        plan: SeasonPlan,
        "editSeasonPlan"
    }
    ApplySeasonPlanPayload {
        /// The plan, in effect; null when refused.
        plan: SeasonPlan,
        "applySeasonPlan"
    }
    RepairTeamPayload {
        /// The challenge with its team; null when refused.
        challenge: PeerChallenge,
        "repairTeam"
    }
}

/// Mutations on season plans.
#[derive(Default)]
pub struct SeasonPlanMutation;

#[Object]
impl SeasonPlanMutation {
    /// Asks for a plan of all challenges of a programme's season at once: a window and a team for each, under every rule, with a
    /// bound on what any plan could be worth. It is made in the background; follow it with `seasonPlanProgress`. One run of
    /// a season at a time. Places that are held stay. Nobody is nominated. National programme only.
    async fn plan_season(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to plan and how.")] input: PlanSeasonInput,
    ) -> async_graphql::Result<PlanSeasonPayload> {
        let (row, user_errors) = settle(change!(ctx, |tx, act| {
            let (of, settings) = input.understood()?;
            service::ask(tx, act, of, settings).await
        }))?;
        Ok(PlanSeasonPayload {
            plan: row.map(SeasonPlan::read).transpose()?,
            user_errors,
        })
    }

    /// Ends the run of a plan. National programme only.
    async fn cancel_season_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: CancelSeasonPlanInput,
    ) -> async_graphql::Result<CancelSeasonPlanPayload> {
        let (row, user_errors) = settle(change!(ctx, |tx, act| {
            let plan = ids::expect(Kind::SeasonPlan, &input.plan_id, "planId")?;
            service::cancel(tx, act, plan, input.expected_version).await
        }))?;
        Ok(CancelSeasonPlanPayload {
            plan: row.map(SeasonPlan::read).transpose()?,
            user_errors,
        })
    }

    /// Changes a plan by hand: fills, empties and moves places, and moves challenges to other windows. The changed plan is a new
    /// one, counted again at once; it is refused with every rule that it would break. `compareSeasonPlans` says what it
    /// costs. National programme only.
    async fn edit_season_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The plan and what changes.")] input: EditSeasonPlanInput,
    ) -> async_graphql::Result<EditSeasonPlanPayload> {
        let act = ctx.act()?;
        let outcome = async {
            if let Some(earlier) = done_before(ctx).await? {
                return Ok(earlier);
            }
            let plan = ids::expect(Kind::SeasonPlan, &input.plan_id, "planId")?;
            let moves = moves(input.moves)?;
            // Counting runs outside the transaction; only its result is a change.
            let edited = edit::edit(ctx.database(), &act, plan, moves).await?;
            change!(ctx, |tx, act| edit::keep(tx, act, edited).await)
        }
        .await;
        let (row, user_errors) = settle(outcome)?;
        Ok(EditSeasonPlanPayload {
            plan: row.map(SeasonPlan::read).transpose()?,
            user_errors,
        })
    }

    /// Fills the vacant slots of a team as `teamRepair` showed, all or nothing. It is worked out again on the facts of this moment
    /// and refused with CONFLICT when it comes out differently. National programme only.
    async fn repair_team(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge and the repair.")] input: RepairTeamInput,
    ) -> async_graphql::Result<RepairTeamPayload> {
        let (row, user_errors) = settle(change!(ctx, |tx, act| {
            let challenge = ids::expect(Kind::PeerChallenge, &input.challenge_id, "challengeId")?;
            repair::put_into_effect(tx, act, challenge, &input.receipt).await
        }))?;
        Ok(RepairTeamPayload {
            challenge: row.map(PeerChallenge),
            user_errors,
        })
    }

    /// Puts a plan into effect: nominates everybody whom it newly puts on a team, chooses the windows, and takes signed scopes
    /// into team building; all or nothing. Places and windows that the plan counts on as settled must still be so, every rule is
    /// asked again on the facts of this moment, and every difference is told. Applying a plan again changes nothing. National programme only.
    async fn apply_season_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ApplySeasonPlanInput,
    ) -> async_graphql::Result<ApplySeasonPlanPayload> {
        let (row, user_errors) = settle(change!(ctx, |tx, act| {
            let plan = ids::expect(Kind::SeasonPlan, &input.plan_id, "planId")?;
            apply::apply(tx, act, plan, input.expected_version).await
        }))?;
        Ok(ApplySeasonPlanPayload {
            plan: row.map(SeasonPlan::read).transpose()?,
            user_errors,
        })
    }
}
