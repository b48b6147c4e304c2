//! A peer challenge as the API shows it. What belongs to it is in `parts`.
//!
//! Whoever sees a challenge sees its parts, except the priority, which peers do not see.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{challenge, challenge_window, sign_off};

pub use super::parts::{
    ChallengeDeadline, ChallengeRequest, ChallengeTheme, ChallengeWindow, LineOfEnquiry, PriorityAssessment, SignOff,
    TeamSlot,
};
use super::{
    enums::{ChallengeWarningCode, DeliveryMode, SideReason, Stage},
    lifecycle,
    loader::{LinesOf, PriorityOf, RequestOf, SignOffsOf, SlotsOf, ThemesOf, WindowsOf},
    service::Warning,
    timeline::TimelineOf,
    transitions::{self, ChallengeTransition},
};
use crate::{
    auth::ViewerRole,
    council::objects::{Council, council},
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result},
        ids::{Kind, encode},
        page::{List, PageArgs},
        scalars::Date,
        visible::visible,
    },
    invitation::objects::{Invitation, invitations},
    programme::{
        loader::PolicyKey,
        objects::{Programme, ProgrammePolicy, programme},
    },
    report::{
        objects::{self as report, ChallengeReport, Evaluation},
        plan_objects::{self as plan, AccuracyEdit, PlanAction, Recommendation},
    },
    season::objects::{Season, season},
    team::{
        fields,
        objects::{Assignment, ConflictDecision, ConflictWaiver, HostObjection, TeamProposal},
    },
    visit::objects::{self as visit, ChallengeDocument, FieldworkSession, Finding, ImmediateRisk},
};

/// A visit of peers to a host council, from its request to the end of its follow-up.
pub struct PeerChallenge(pub challenge::Model);

/// Loads the challenge that a row refers to, if the viewer may see it.
pub async fn challenge(ctx: &Context<'_>, id: uuid::Uuid) -> Result<Option<PeerChallenge>> {
    Ok(visible::<challenge::Entity>(ctx, id).await?.map(PeerChallenge))
}

/// Why a challenge stands outside the main path.
#[derive(SimpleObject)]
pub struct ChallengeSideState {
    /// The reason code; null only where an older record gives none.
    reason: Option<SideReason>,
    /// What was said about it.
    note: Option<String>,
    /// Where it goes on after POSTPONED or PAUSED (or back to SCOPING, if its scope is void by then); null where it ends.
    resumes_to: Option<Stage>,
}

/// A visit of peers to a host council, from its request to the end of its follow-up.
#[Object]
impl PeerChallenge {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::PeerChallenge, self.0.id)
    }

    /// Reference for people, such as `CSPC-2026-0007`.
    async fn reference(&self) -> &str {
        &self.0.reference
    }

    /// The programme that it belongs to.
    async fn programme(&self, ctx: &Context<'_>) -> async_graphql::Result<Programme> {
        Ok(programme(ctx, self.0.programme_id).await?)
    }

    /// The policy version that it is judged by: pinned when it was submitted, and anew when scoping began.
    async fn policy(&self, ctx: &Context<'_>) -> async_graphql::Result<ProgrammePolicy> {
        Ok(ProgrammePolicy(self.pinned(ctx).await?))
    }

    /// The season that it counts towards.
    async fn season(&self, ctx: &Context<'_>) -> async_graphql::Result<Season> {
        Ok(season(ctx, self.0.season_id).await?)
    }

    /// The council that is visited.
    async fn host(&self, ctx: &Context<'_>) -> async_graphql::Result<Council> {
        Ok(council(ctx, self.0.host_id).await?)
    }

    /// Where it stands.
    async fn stage(&self) -> Stage {
        self.0.stage.into()
    }

    /// Since when it stands there.
    async fn stage_changed_at(&self) -> DateTime<Utc> {
        self.0.stage_changed_at
    }

    /// The stages that it can be moved to from here (at most 5; none where it ends). Who may do so is another question.
    async fn next_stages(&self) -> Vec<Stage> {
        lifecycle::next_stages(self.0.stage, self.0.resumes_to)
            .into_iter()
            .map(Into::into)
            .collect()
    }

    /// The moves that it can make from here, with whether the viewer may make each and what is missing for it (at most 7).
    async fn available_transitions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ChallengeTransition>> {
        Ok(transitions::of(ctx, &self.0).await?)
    }

    /// Whether it counts as live: a host has at most one live challenge of a programme in a season.
    async fn is_live(&self) -> bool {
        self.0.stage.is_live()
    }

    /// Why it stands outside the main path; null on it.
    async fn side_state(&self) -> Option<ChallengeSideState> {
        lifecycle::progress(self.0.stage).is_none().then(|| ChallengeSideState {
            reason: self.0.side_reason.map(Into::into),
            note: self.0.side_note.clone(),
            resumes_to: self.0.resumes_to.map(Into::into),
        })
    }

    /// What the host asked for.
    async fn request(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ChallengeRequest>> {
        let row = ctx
            .loader()
            .load_one(RequestOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(row.map(Into::into))
    }

    /// What it is about, heaviest theme first (at most `policy.rules.limits.themesMax`).
    async fn themes(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ChallengeTheme>> {
        let rows = ctx
            .loader()
            .load_one(ThemesOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(rows.unwrap_or_default().into_iter().map(ChallengeTheme).collect())
    }

    /// The periods in which fieldwork is possible, earliest first (at most `policy.rules.limits.windowsMax`).
    async fn windows(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ChallengeWindow>> {
        let rows = ctx
            .loader()
            .load_one(WindowsOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(rows.unwrap_or_default().into_iter().map(ChallengeWindow).collect())
    }

    /// The window in which fieldwork takes place; null until one is chosen with the team.
    async fn chosen_window(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ChallengeWindow>> {
        let Some(id) = self.0.window_id else { return Ok(None) };
        Ok(visible::<challenge_window::Entity>(ctx, id).await?.map(ChallengeWindow))
    }

    /// First day of fieldwork; null until a window is chosen.
    async fn starts_on(&self) -> Option<Date> {
        self.0.starts_on.map(Date)
    }

    /// Last day of fieldwork; null until a window is chosen.
    async fn ends_on(&self) -> Option<Date> {
        self.0.ends_on.map(Date)
    }

    /// The places on the team, in order (at most 12).
    async fn slots(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<TeamSlot>> {
        let rows = ctx
            .loader()
            .load_one(SlotsOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(rows.unwrap_or_default().into_iter().map(TeamSlot).collect())
    }

    /// The key lines of enquiry, in order (at most `policy.rules.limits.linesOfEnquiryMax`).
    async fn lines_of_enquiry(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<LineOfEnquiry>> {
        let rows = ctx
            .loader()
            .load_one(LinesOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(rows.unwrap_or_default().into_iter().map(LineOfEnquiry).collect())
    }

    /// Its priority as assessed at triage, with every component; null before triage and for peers.
    async fn priority(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<PriorityAssessment>> {
        if matches!(ctx.viewer()?.role, ViewerRole::Peer { .. }) {
            return Ok(None);
        }
        let row = ctx
            .loader()
            .load_one(PriorityOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        Ok(row.map(|row| PriorityAssessment::read(&row, ctx.today())).transpose()?)
    }

    /// The endorsement of the scope by lead member and chief executive; null until it is given.
    async fn sign_off(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<SignOff>> {
        let all = ctx
            .loader()
            .load_one(SignOffsOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        let holds = |row: &sign_off::Model| row.voided_at.is_none();
        Ok(all.unwrap_or_default().into_iter().find(holds).map(Into::into))
    }

    /// Endorsements that do not hold any more, because the scope was worked out anew after them, latest first (at most 20).
    async fn void_sign_offs(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<SignOff>> {
        let all = ctx
            .loader()
            .load_one(SignOffsOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        let void = all
            .unwrap_or_default()
            .into_iter()
            .filter(|row| row.voided_at.is_some());
        Ok(void.take(20).map(Into::into).collect())
    }

    /// Where fieldwork takes place; null until the scope says so.
    async fn delivery_mode(&self) -> Option<DeliveryMode> {
        self.0.delivery_mode.map(Into::into)
    }

    /// Who organises it at the host.
    async fn organiser(&self) -> Option<&str> {
        self.0.organiser.as_deref()
    }

    /// The improvement adviser who accompanies the host.
    async fn adviser(&self) -> Option<&str> {
        self.0.adviser.as_deref()
    }

    /// The peer challenge manager who builds the team.
    async fn manager(&self) -> Option<&str> {
        self.0.manager.as_deref()
    }

    /// What is due when by the pinned policy, by day, as far as the anchor dates are known (at most 20). Until a window is
    /// chosen, what hangs on fieldwork is counted from the earliest proposed window and marked as provisional.
    async fn deadlines(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ChallengeDeadline>> {
        let key = TimelineOf(self.0.id, ctx.today());
        let lines = ctx.loader().load_one(key).await.map_err(ApiError::from)?;
        Ok(lines.unwrap_or_default().into_iter().map(Into::into).collect())
    }

    /// The challenge whose progress this one reviews; null for all others, and when the viewer may not see it.
    async fn first_challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Self>> {
        Ok(match self.0.first_challenge_id {
            Some(id) => challenge(ctx, id).await?,
            None => None,
        })
    }

    /// Invitations to its team, oldest first: for the programme all, for a peer their own.
    async fn invitations(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Invitation>> {
        Ok(invitations(ctx, self.0.id).await?)
    }

    /// Links to its documents that the viewer may see, oldest first (at most 60).
    async fn documents(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ChallengeDocument>> {
        Ok(visit::documents(ctx, self.0.id).await?)
    }

    /// Its timetable: sessions and calls of the team, earliest first (at most 100). For the host, the team, the hub and the national
    /// programme.
    async fn sessions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<FieldworkSession>> {
        Ok(visit::sessions(ctx, self.0.id).await?)
    }

    /// What the team found, in the order in which it was recorded (at most 200). For the team and the programme; for the host and
    /// the hub once the feedback is given.
    async fn findings(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Finding>> {
        Ok(visit::findings(ctx, self.0.id).await?)
    }

    /// Immediate risks to children that were seen, oldest first. For the host, the team and the programme.
    async fn immediate_risks(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ImmediateRisk>> {
        Ok(visit::risks(ctx, self.0.id).await?)
    }

    /// What the visit led to; null before the feedback. For the host and the team from then on, for the hub once the report is
    /// final, for analysts once it is published.
    async fn report(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ChallengeReport>> {
        Ok(report::report_of(ctx, self.0.id).await?)
    }

    /// Recommendations that the viewer may see, in order (at most 50).
    async fn recommendations(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Recommendation>> {
        Ok(plan::recommendations(ctx, self.0.id).await?)
    }

    /// Corrections of fact, oldest first (at most 200). For the host, the team and the programme.
    async fn accuracy_edits(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<AccuracyEdit>> {
        Ok(plan::edits(ctx, self.0.id).await?)
    }

    /// The host's actions, oldest first (at most 200). For analysts once the plan is published.
    async fn actions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<PlanAction>> {
        Ok(plan::actions(ctx, self.0.id).await?)
    }

    /// What people think of it, oldest first: for the programme all, for others what they said themselves, without what is about a
    /// peer.
    async fn evaluations(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Evaluation>> {
        Ok(report::evaluations(ctx, self.0.id).await?)
    }

    /// When it was drafted.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Places on its team, newest first: for the programme all, for hubs, the host and the team the held ones, for analysts
    /// none.
    async fn assignments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only places that are held.", default = false)] live: bool,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<Assignment>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        Ok(fields::assignments(ctx, self.0.id, live, args).await?)
    }

    /// Proposed teams, newest first. National programme only.
    async fn proposals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<TeamProposal>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        Ok(fields::proposals(ctx, self.0.id, args).await?)
    }

    /// Waivers, newest first: for the programme all, for a peer those about themselves.
    async fn waivers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<ConflictWaiver>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        Ok(fields::waivers(ctx, self.0.id, args).await?)
    }

    /// Objections of the host, newest first: for the programme and the host.
    async fn objections(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<HostObjection>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        Ok(fields::objections(ctx, self.0.id, args).await?)
    }

    /// Decisions about late conflicts, newest first: for the programme all, for a peer those about themselves.
    async fn decisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<ConflictDecision>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        Ok(fields::decisions(ctx, self.0.id, args).await?)
    }
}

impl PeerChallenge {
    async fn pinned(&self, ctx: &Context<'_>) -> Result<entity::programme_policy::Model> {
        let row = ctx.loader().load_one(PolicyKey(self.0.policy_id)).await?;
        row.ok_or_else(|| ApiError::internal("a challenge's policy version is missing"))
    }
}

/// Something that the caller should know although the change was made.
#[derive(SimpleObject)]
pub struct ChallengeWarning {
    /// The kind, for programs.
    code: ChallengeWarningCode,
    /// What it means, in a sentence.
    message: String,
}

impl From<Warning> for ChallengeWarning {
    fn from(warning: Warning) -> Self {
        match warning {
            Warning::LateScoping { windows, due_on } => {
                let windows = windows.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                Self {
                    code: ChallengeWarningCode::LateScoping,
                    message: format!(
                        "Scoping begins late for fieldwork from {windows}: the policy wants it begun by {due_on} at the latest."
                    ),
                }
            }
            Warning::ScopeVoid { because } => {
                let because = because.words();
                Self {
                    code: ChallengeWarningCode::ScopeVoid,
                    message: format!(
                        "The scope is worked out anew because {because}; sign-off and consent of the team are void."
                    ),
                }
            }
        }
    }
}
