//! Mutations on challenges, one for each verb of the lifecycle that needs no data of its own. Thin: decode, call the service, settle.

use async_graphql::{Context, Enum, Object, SimpleObject};
use entity::{challenge, enums::Stage};

use super::{
    inputs::{
        ChallengeSideMoveInput, ChallengeStepInput, ReportInspectionNoticeInput, RequestChallengeInput,
        SetDeadlineInput, SetScopeInput, SignOffScopeInput, TriageChallengeInput, UpdateChallengeRequestInput,
    },
    objects::{ChallengeWarning, PeerChallenge},
    service::{Warning, deadline, request, scope, stage, suspend, triage},
};
use crate::{
    graphql::{
        change::{change, replay_values},
        errors::{Outcome, UserError, settle},
        payload::payloads,
    },
    notice::Reader,
};

/// Payloads that carry the challenge as it is after the mutation.
macro_rules! challenge_payloads {
    ($($name:ident, $mutation:literal;)+) => {
        payloads! {$(
            $name {
                /// The challenge as it is now; null when refused.
                challenge: PeerChallenge = challenge::Model,
                $mutation
            }
        )+}
    };
}

challenge_payloads! {
    RequestChallengePayload, "requestChallenge";
    UpdateChallengeRequestPayload, "updateChallengeRequest";
    SubmitChallengePayload, "submitChallenge";
    WithdrawChallengePayload, "withdrawChallenge";
    TriageChallengePayload, "triageChallenge";
    CompleteScopePayload, "completeScope";
    SignOffScopePayload, "signOffScope";
    StartTeamBuildingPayload, "startTeamBuilding";
    PostponeChallengePayload, "postponeChallenge";
    CancelChallengePayload, "cancelChallenge";
    StartPreparationPayload, "startPreparation";
    StartFieldworkPayload, "startFieldwork";
    PauseChallengePayload, "pauseChallenge";
    CloseChallengePayload, "closeChallenge";
    SetDeadlinePayload, "setDeadline";
}

/// Payloads that may warn besides.
macro_rules! warning_payloads {
    ($($name:ident, $mutation:literal;)+) => {$(
        #[doc = concat!("Outcome of `", $mutation, "`.")]
        #[derive(SimpleObject)]
        pub struct $name {
            /// The challenge as it is now; null when refused.
            challenge: Option<PeerChallenge>,
            /// What should be known although it was done (at most 2).
            warnings: Vec<ChallengeWarning>,
            /// Why it was refused, all reasons at once; empty on success.
            user_errors: Vec<UserError>,
        }

        impl $name {
            fn settled(outcome: Outcome<(challenge::Model, Vec<Warning>)>) -> async_graphql::Result<Self> {
                let (done, user_errors) = settle(outcome)?;
                let (challenge, warnings) = done.unzip();
                let warnings = warnings.unwrap_or_default().into_iter().map(Into::into).collect();
                Ok(Self { challenge: challenge.map(PeerChallenge), warnings, user_errors })
            }
        }
    )+};
}

warning_payloads! {
    StartScopingPayload, "startScoping";
    SetScopePayload, "setScope";
    ResumeChallengePayload, "resumeChallenge";
}

/// Outcome of `reportInspectionNotice`.
#[derive(SimpleObject)]
pub struct ReportInspectionNoticePayload {
    /// The challenge as it is now; null when refused.
    challenge: Option<PeerChallenge>,
    /// Who was told at once.
    told: Vec<NotificationAudience>,
    /// Why it was refused, all reasons at once; empty on success.
    user_errors: Vec<UserError>,
}

/// To whom notifications of one kind went.
#[derive(SimpleObject)]
pub struct NotificationAudience {
    /// The programme, the host, the hub of its region, or people of the team.
    audience: NoticeAudience,
    /// How many.
    count: usize,
}

/// To whom a notification goes.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "NotificationReader", remote = "entity::enums::NoticeAudience")]
pub enum NoticeAudience {
    /// The national programme.
    Programme,
    /// The host council.
    Host,
    /// The hub of the host's region.
    Hub,
    /// People of the pool.
    Peer,
}

/// How many of each audience were told.
fn audiences(told: &[Reader]) -> Vec<NotificationAudience> {
    let kinds = entity::enums::NoticeAudience::ALL.iter().copied();
    let count = |kind: entity::enums::NoticeAudience| told.iter().filter(|reader| reader.audience() == kind).count();
    let all = kinds.map(|kind| NotificationAudience {
        audience: kind.into(),
        count: count(kind),
    });
    all.filter(|one| one.count > 0).collect()
}

replay_values!(Vec<Warning>, Vec<Reader>);

/// Decodes the input and runs one service on it, as one change.
macro_rules! run {
    ($ctx:ident, $input:ident, |$tx:ident, $act:ident, $new:ident| $call:expr) => {{
        change!($ctx, |$tx, $act| {
            let $new = $input.understood()?;
            $call.await
        })
    }};
}

/// Mutations on challenges.
#[derive(Default)]
pub struct ChallengeMutation;

#[Object]
impl ChallengeMutation {
    /// Writes down a council's request, as a draft or handed in at once. By the host, the hub of its region or the national
    /// programme.
    async fn request_challenge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request.")] input: RequestChallengeInput,
    ) -> async_graphql::Result<RequestChallengePayload> {
        let submit = input.submit;
        RequestChallengePayload::settled(
            run!(ctx, input, |tx, act, new| request::request(tx, act, new, submit)),
            PeerChallenge,
        )
    }

    /// Replaces what a draft says. By the host, the hub of its region or the national programme.
    async fn update_challenge_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The draft as it is to be.")] input: UpdateChallengeRequestInput,
    ) -> async_graphql::Result<UpdateChallengeRequestPayload> {
        UpdateChallengeRequestPayload::settled(
            run!(ctx, input, |tx, act, new| request::update(tx, act, new)),
            PeerChallenge,
        )
    }

    /// Hands a draft in: DRAFT → SUBMITTED. It is judged again, and the policy version in force today is pinned. By the host, the
    /// hub of its region or the national programme.
    async fn submit_challenge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The draft.")] input: ChallengeStepInput,
    ) -> async_graphql::Result<SubmitChallengePayload> {
        SubmitChallengePayload::settled(
            run!(ctx, input, |tx, act, new| request::submit(tx, act, new.0, new.1)),
            PeerChallenge,
        )
    }

    /// Takes a request back, until team building begins: → WITHDRAWN. By the host, the hub of its region or the national
    /// programme.
    async fn withdraw_challenge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge and why.")] input: ChallengeSideMoveInput,
    ) -> async_graphql::Result<WithdrawChallengePayload> {
        WithdrawChallengePayload::settled(
            run!(ctx, input, |tx, act, new| suspend::withdraw(tx, act, new)),
            PeerChallenge,
        )
    }

    /// Records a request's priority with its components and accepts (SUBMITTED → TRIAGED) or declines it (→ DECLINED). National
    /// programme only.
    async fn triage_challenge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The triage.")] input: TriageChallengeInput,
    ) -> async_graphql::Result<TriageChallengePayload> {
        TriageChallengePayload::settled(
            run!(ctx, input, |tx, act, new| triage::triage(tx, act, new)),
            PeerChallenge,
        )
    }

    /// Begins scoping: TRIAGED → SCOPING, or SCOPED → SCOPING to work on a complete scope again, whose sign-off then falls. Pins
    /// the policy in force today; a scope without slots gets the policy's usual team. Warns when it is late for a window.
    /// National programme only.
    async fn start_scoping(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge.")] input: ChallengeStepInput,
    ) -> async_graphql::Result<StartScopingPayload> {
        StartScopingPayload::settled(run!(ctx, input, |tx, act, new| scope::start(tx, act, new.0, new.1)))
    }

    /// Replaces the whole scope while in SCOPING: themes, lines of enquiry, slots, windows, delivery mode, people. Warns of windows
    /// that scoping began too late for. National programme only.
    async fn set_scope(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The scope as it is to be.")] input: SetScopeInput,
    ) -> async_graphql::Result<SetScopePayload> {
        SetScopePayload::settled(run!(ctx, input, |tx, act, new| scope::set(tx, act, new)))
    }

    /// Closes scoping: SCOPING → SCOPED, if nothing is missing. National programme only.
    async fn complete_scope(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge.")] input: ChallengeStepInput,
    ) -> async_graphql::Result<CompleteScopePayload> {
        CompleteScopePayload::settled(
            run!(ctx, input, |tx, act, new| scope::complete(tx, act, new.0, new.1)),
            PeerChallenge,
        )
    }

    /// Records that the host's lead member and chief executive endorse the complete scope. By the host or the national programme.
    async fn sign_off_scope(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The endorsement.")] input: SignOffScopeInput,
    ) -> async_graphql::Result<SignOffScopePayload> {
        SignOffScopePayload::settled(
            run!(ctx, input, |tx, act, new| scope::sign(tx, act, new)),
            PeerChallenge,
        )
    }

    /// Takes a signed scope into team building: SCOPED → TEAM_BUILDING. Also takes a confirmed team back there
    /// (TEAM_CONFIRMED or PREPARING → TEAM_BUILDING), so that it can be changed and confirmed anew. National programme only.
    async fn start_team_building(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge.")] input: ChallengeStepInput,
    ) -> async_graphql::Result<StartTeamBuildingPayload> {
        StartTeamBuildingPayload::settled(
            run!(ctx, input, |tx, act, new| {
                scope::start_team_building(tx, act, new.0, new.1)
            }),
            PeerChallenge,
        )
    }

    /// Puts a challenge off before fieldwork: → POSTPONED. It remembers where it stood, and its team stays. National programme
    /// only.
    async fn postpone_challenge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge and why.")] input: ChallengeSideMoveInput,
    ) -> async_graphql::Result<PostponeChallengePayload> {
        PostponeChallengePayload::settled(
            run!(ctx, input, |tx, act, new| suspend::postpone(tx, act, new)),
            PeerChallenge,
        )
    }

    /// Takes a postponed or paused challenge up where it stood. After a postponement beyond the policy's limit, or when no window is
    /// left to come, it goes back to SCOPING at most, without sign-off and team, and warns of it. National programme only.
    async fn resume_challenge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge.")] input: ChallengeStepInput,
    ) -> async_graphql::Result<ResumeChallengePayload> {
        ResumeChallengePayload::settled(run!(ctx, input, |tx, act, new| suspend::resume(tx, act, new.0, new.1)))
    }

    /// Begins to prepare a visit: TEAM_CONFIRMED → PREPARING. National programme only.
    async fn start_preparation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge.")] input: ChallengeStepInput,
    ) -> async_graphql::Result<StartPreparationPayload> {
        StartPreparationPayload::settled(
            run!(ctx, input, |tx, act, new| {
                stage::step(tx, act, new.0, new.1, Stage::Preparing)
            }),
            PeerChallenge,
        )
    }

    /// The team is at the host: PREPARING → ON_SITE. From the first day of fieldwork on, once position statement and timetable
    /// are there. National programme only.
    async fn start_fieldwork(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge.")] input: ChallengeStepInput,
    ) -> async_graphql::Result<StartFieldworkPayload> {
        StartFieldworkPayload::settled(
            run!(ctx, input, |tx, act, new| {
                stage::step(tx, act, new.0, new.1, Stage::OnSite)
            }),
            PeerChallenge,
        )
    }

    /// Suspends a challenge at once because the regulator gave notice: → POSTPONED before fieldwork, → PAUSED after it began. The
    /// programme, the host, the hub and the team are told. By the host, the hub of its region and the national programme.
    async fn report_inspection_notice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The notice.")] input: ReportInspectionNoticeInput,
    ) -> async_graphql::Result<ReportInspectionNoticePayload> {
        let outcome = run!(ctx, input, |tx, act, new| {
            suspend::inspection_notice(tx, act, (new.0, new.1), new.2, new.3)
        });
        let (done, user_errors) = settle(outcome)?;
        let (challenge, told) = done.unzip();
        Ok(ReportInspectionNoticePayload {
            challenge: challenge.map(PeerChallenge),
            told: audiences(&told.unwrap_or_default()),
            user_errors,
        })
    }

    /// Interrupts a challenge after fieldwork began: → PAUSED. It remembers where it stood. National programme only.
    async fn pause_challenge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge and why.")] input: ChallengeSideMoveInput,
    ) -> async_graphql::Result<PauseChallengePayload> {
        PauseChallengePayload::settled(
            run!(ctx, input, |tx, act, new| suspend::pause(tx, act, new)),
            PeerChallenge,
        )
    }

    /// Closes a challenge: PROGRESS_REVIEWED → CLOSED; a progress review closes once it is published. National programme only.
    async fn close_challenge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge.")] input: ChallengeStepInput,
    ) -> async_graphql::Result<CloseChallengePayload> {
        CloseChallengePayload::settled(
            run!(ctx, input, |tx, act, new| {
                stage::step(tx, act, new.0, new.1, Stage::Closed)
            }),
            PeerChallenge,
        )
    }

    /// Sets a deadline of a challenge by hand, or gives it back to the policy. A day set by hand stays when dates move. National
    /// programme only.
    async fn set_deadline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The deadline.")] input: SetDeadlineInput,
    ) -> async_graphql::Result<SetDeadlinePayload> {
        SetDeadlinePayload::settled(
            run!(ctx, input, |tx, act, new| deadline::set(tx, act, new)),
            PeerChallenge,
        )
    }

    /// Gives a challenge up: → CANCELLED. Its team is released. National programme only.
    async fn cancel_challenge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge and why.")] input: ChallengeSideMoveInput,
    ) -> async_graphql::Result<CancelChallengePayload> {
        CancelChallengePayload::settled(
            run!(ctx, input, |tx, act, new| suspend::cancel(tx, act, new)),
            PeerChallenge,
        )
    }
}
