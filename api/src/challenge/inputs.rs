//! Inputs of the challenge mutations, and what they mean to the services.
//!
//! Keys are decoded here; all that do not fit are reported together, each with its path.

use async_graphql::{ID, InputObject};
use entity::enums;
use uuid::Uuid;

use super::{
    enums::{DeliveryMode, SideReason, SupportStrand, TriageDecision},
    priority::Intelligence,
    rules::{Line, Slot, ThemeWeight, Window},
    service::{Decision, NewDeadline, NewRequest, NewScope, NewSignOff, NewTriage, SideMove, Sponsor, UpdatedRequest},
};
use crate::{
    graphql::{
        errors::{Outcome, UserError},
        ids::{self, Keys, Kind},
        scalars::Date,
    },
    peer::objects::PeerRole,
    programme::policy_objects::Milestone,
};

/// A period in which fieldwork is possible.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ChallengeWindowInput {
    /// First day on site: today or later, inside the season.
    starts_on: Date,
    /// Last day on site. The length must fit the programme's days on site.
    ends_on: Date,
    /// How much the host prefers it, 0 (possible) to 100 (best).
    #[graphql(default = 50)]
    preference: i32,
}

/// A theme and how much it matters.
#[derive(Clone, Debug, InputObject)]
pub struct ChallengeThemeInput {
    /// The theme.
    theme_id: ID,
    /// How much it matters, 1–100: the points that a proposed team gains when somebody in it knows the theme. For scale, by the
    /// shipped policy: the most alike sister council is worth up to 40 points, another home region 15, 100 km of travel −10.
    #[graphql(default = 30)]
    weight: i32,
}

/// The person at the host who answers for the challenge.
#[derive(Clone, Debug, InputObject)]
pub struct ChallengeSponsorInput {
    /// Name (1–200 characters).
    name: String,
    /// Post (1–200 characters).
    role: Option<String>,
}

impl From<ChallengeSponsorInput> for Sponsor {
    fn from(input: ChallengeSponsorInput) -> Self {
        Self {
            name: input.name,
            role: input.role,
        }
    }
}

fn windows(inputs: &[ChallengeWindowInput]) -> Vec<Window> {
    let window = |input: &ChallengeWindowInput| Window {
        starts_on: input.starts_on.0,
        ends_on: input.ends_on.0,
        preference: input.preference,
    };
    inputs.iter().map(window).collect()
}

fn themes(inputs: &[ChallengeThemeInput], ids: &mut Keys) -> Vec<ThemeWeight> {
    let mut theme = |(index, input): (usize, &ChallengeThemeInput)| ThemeWeight {
        theme: ids.key(Kind::Theme, &input.theme_id, &format!("themes.{index}.themeId")),
        weight: input.weight,
    };
    inputs.iter().enumerate().map(&mut theme).collect()
}

/// A council's request.
#[derive(Clone, Debug, InputObject)]
pub struct RequestChallengeInput {
    /// The council that is to be visited.
    host_id: ID,
    /// The programme that is asked for; it must be active.
    programme_id: ID,
    /// The season that it counts towards; its days hold all windows.
    season_id: ID,
    /// The kind of support asked for.
    strand: SupportStrand,
    /// Why (1–4,000 characters).
    reason: String,
    /// What it is about, each theme once; at least one to submit, at most the policy's `themesMax`.
    #[graphql(default)]
    themes: Vec<ChallengeThemeInput>,
    /// When fieldwork is possible; no two overlap; at least one to submit, at most the policy's `windowsMax`.
    #[graphql(default)]
    windows: Vec<ChallengeWindowInput>,
    /// Who answers for it at the host.
    sponsor: Option<ChallengeSponsorInput>,
    /// For a progress review: the challenge of the same host whose progress is reviewed.
    first_challenge_id: Option<ID>,
    /// Hand it in at once; otherwise it stays a draft until `submitChallenge`.
    #[graphql(default = false)]
    pub(super) submit: bool,
}

impl RequestChallengeInput {
    pub(super) fn understood(self) -> Outcome<NewRequest> {
        let mut ids = Keys::default();
        let new = NewRequest {
            host: ids.key(Kind::Council, &self.host_id, "hostId"),
            programme: ids.key(Kind::Programme, &self.programme_id, "programmeId"),
            season: ids.key(Kind::Season, &self.season_id, "seasonId"),
            strand: self.strand.into(),
            reason: self.reason,
            themes: themes(&self.themes, &mut ids),
            windows: windows(&self.windows),
            sponsor: self.sponsor.map(Into::into),
            requested_by: None,
            first_challenge: self
                .first_challenge_id
                .map(|id| ids.key(Kind::PeerChallenge, &id, "firstChallengeId")),
        };
        ids.done(new)
    }
}

/// A draft as it is to be: what is left out is emptied.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateChallengeRequestInput {
    /// The challenge; it must be a draft.
    challenge_id: ID,
    /// Its version as read.
    expected_version: i32,
    /// The season that it counts towards.
    season_id: ID,
    /// The kind of support asked for.
    strand: SupportStrand,
    /// Why (1–4,000 characters).
    reason: String,
    /// What it is about, each theme once.
    #[graphql(default)]
    themes: Vec<ChallengeThemeInput>,
    /// When fieldwork is possible; no two overlap.
    #[graphql(default)]
    windows: Vec<ChallengeWindowInput>,
    /// Who answers for it at the host.
    sponsor: Option<ChallengeSponsorInput>,
}

impl UpdateChallengeRequestInput {
    pub(super) fn understood(self) -> Outcome<UpdatedRequest> {
        let mut ids = Keys::default();
        let update = UpdatedRequest {
            challenge: ids.key(Kind::PeerChallenge, &self.challenge_id, "challengeId"),
            version: self.expected_version,
            season: ids.key(Kind::Season, &self.season_id, "seasonId"),
            strand: self.strand.into(),
            reason: self.reason,
            themes: themes(&self.themes, &mut ids),
            windows: windows(&self.windows),
            sponsor: self.sponsor.map(Into::into),
        };
        ids.done(update)
    }
}

/// A challenge that is to make its next step.
#[derive(Clone, Debug, InputObject)]
pub struct ChallengeStepInput {
    /// The challenge.
    challenge_id: ID,
    /// Its version as read.
    expected_version: i32,
}

impl ChallengeStepInput {
    pub(crate) fn understood(self) -> Outcome<(Uuid, i32)> {
        Ok((
            ids::expect(Kind::PeerChallenge, &self.challenge_id, "challengeId")?,
            self.expected_version,
        ))
    }
}

/// A challenge that is to leave the main path, and why.
#[derive(Clone, Debug, InputObject)]
pub struct ChallengeSideMoveInput {
    /// The challenge.
    challenge_id: ID,
    /// Its version as read.
    expected_version: i32,
    /// Why; which codes fit depends on the mutation, a wrong one is refused with those that do.
    reason: SideReason,
    /// More about why (1–4,000 characters); needed with OTHER.
    note: Option<String>,
}

impl ChallengeSideMoveInput {
    pub(super) fn understood(self) -> Outcome<SideMove> {
        Ok(SideMove {
            challenge: ids::expect(Kind::PeerChallenge, &self.challenge_id, "challengeId")?,
            version: self.expected_version,
            reason: self.reason.into(),
            note: self.note,
        })
    }
}

/// Points for what people know beyond the records.
#[derive(Clone, Debug, InputObject)]
pub struct IntelligenceInput {
    /// Points, 0 to the policy's `intelligenceMax`.
    points: u32,
    /// Who answers for them (1–200 characters).
    author: String,
    /// Last day on which they count: today or later.
    expires_on: Date,
}

/// Priority and decision on a request. Published outcomes, changes of control and leadership and the host's last challenge are
/// taken from the records; this adds what only people know.
#[derive(Clone, Debug, InputObject)]
pub struct TriageChallengeInput {
    /// The challenge; it must be submitted.
    challenge_id: ID,
    /// Its version as read.
    expected_version: i32,
    /// Accept or decline.
    decision: TriageDecision,
    /// Why it is declined; needed then, and only then.
    reason: Option<SideReason>,
    /// Whether the funding is agreed.
    funding_agreed: bool,
    /// Points for what people know beyond the records.
    intelligence: Option<IntelligenceInput>,
    /// Politics are unstable, or a recent change of chief executive, director or lead member is not on record.
    #[graphql(default = false)]
    leadership_instability: bool,
    /// There is court action against the council.
    #[graphql(default = false)]
    court_action: bool,
    /// The government has intervened by statute: the request is urgent.
    #[graphql(default = false)]
    statutory_intervention: bool,
    /// More about it (1–4,000 characters).
    note: Option<String>,
}

impl TriageChallengeInput {
    pub(super) fn understood(self) -> Outcome<NewTriage> {
        use crate::graphql::errors::UserErrorCode;
        let challenge = ids::expect(Kind::PeerChallenge, &self.challenge_id, "challengeId")?;
        if self.decision == TriageDecision::Accept && self.reason.is_some() {
            let message = "A reason belongs to declining only.";
            return Err(UserError::at(UserErrorCode::Invalid, "reason", message).into());
        }
        Ok(NewTriage {
            challenge,
            version: self.expected_version,
            decision: match self.decision {
                TriageDecision::Accept => Some(Decision::Accept),
                TriageDecision::Decline => self.reason.map(|reason| Decision::Decline(reason.into())),
            },
            funding_agreed: self.funding_agreed,
            intelligence: self.intelligence.map(|known| Intelligence {
                points: known.points,
                author: known.author.trim().to_owned(),
                expires_on: known.expires_on.0,
            }),
            leadership_instability: self.leadership_instability,
            court_action: self.court_action,
            statutory_intervention: self.statutory_intervention,
            note: self.note,
        })
    }
}

/// A question that the team is to look into.
#[derive(Clone, Debug, InputObject)]
pub struct LineOfEnquiryInput {
    /// The question (1–4,000 characters).
    question: String,
    /// The theme that it belongs to.
    theme_id: Option<ID>,
}

/// A place on the team.
#[derive(Clone, Debug, InputObject)]
pub struct TeamSlotInput {
    /// What its holder serves as.
    role: PeerRole,
    /// Whether its holder leads the team; one slot does.
    #[graphql(default = false)]
    is_lead: bool,
    /// Themes that its holder must know, each once.
    #[graphql(default)]
    theme_ids: Vec<ID>,
}

/// The whole scope as it is to be: what is left out is emptied.
#[derive(Clone, Debug, InputObject)]
pub struct SetScopeInput {
    /// The challenge; it must be in SCOPING.
    challenge_id: ID,
    /// Its version as read.
    expected_version: i32,
    /// What the challenge is about, each theme once.
    themes: Vec<ChallengeThemeInput>,
    /// Key lines of enquiry, in order.
    lines_of_enquiry: Vec<LineOfEnquiryInput>,
    /// Places on the team, in order. A slot keeps its id as long as it keeps its place.
    slots: Vec<TeamSlotInput>,
    /// Windows for the fieldwork; no two overlap. A window keeps its id as long as it keeps its first day.
    windows: Vec<ChallengeWindowInput>,
    /// Where the fieldwork takes place.
    delivery_mode: Option<DeliveryMode>,
    /// Who organises it at the host (1–200 characters).
    organiser: Option<String>,
    /// The improvement adviser (1–200 characters).
    adviser: Option<String>,
    /// The peer challenge manager (1–200 characters).
    manager: Option<String>,
}

impl SetScopeInput {
    pub(super) fn understood(self) -> Outcome<NewScope> {
        let mut ids = Keys::default();
        let challenge = ids.key(Kind::PeerChallenge, &self.challenge_id, "challengeId");
        let themes = themes(&self.themes, &mut ids);
        let mut lines = Vec::with_capacity(self.lines_of_enquiry.len());
        for (index, line) in self.lines_of_enquiry.into_iter().enumerate() {
            let path = format!("linesOfEnquiry.{index}.themeId");
            let theme = line.theme_id.map(|id| ids.key(Kind::Theme, &id, &path));
            lines.push(Line {
                question: line.question,
                theme,
            });
        }
        let mut slots = Vec::with_capacity(self.slots.len());
        for (index, slot) in self.slots.iter().enumerate() {
            let mut wanted = Vec::with_capacity(slot.theme_ids.len());
            for (place, id) in slot.theme_ids.iter().enumerate() {
                wanted.push(ids.key(Kind::Theme, id, &format!("slots.{index}.themeIds.{place}")));
            }
            slots.push(Slot {
                role: enums::PeerRole::from(slot.role),
                is_lead: slot.is_lead,
                themes: wanted,
            });
        }
        ids.done(NewScope {
            challenge,
            version: self.expected_version,
            themes,
            lines,
            slots,
            windows: windows(&self.windows),
            delivery_mode: self.delivery_mode.map(Into::into),
            organiser: self.organiser,
            adviser: self.adviser,
            manager: self.manager,
        })
    }
}

/// A notice of inspection.
#[derive(Clone, Debug, InputObject)]
pub struct ReportInspectionNoticeInput {
    /// The challenge.
    challenge_id: ID,
    /// Its version as read.
    expected_version: i32,
    /// Day on which the host got the notice; not in the future.
    noticed_on: Date,
    /// More about it (1–4,000 characters).
    note: Option<String>,
}

impl ReportInspectionNoticeInput {
    pub(super) fn understood(self) -> Outcome<(Uuid, i32, chrono::NaiveDate, Option<String>)> {
        let id = ids::expect(Kind::PeerChallenge, &self.challenge_id, "challengeId")?;
        Ok((id, self.expected_version, self.noticed_on.0, self.note))
    }
}

/// A deadline set by hand.
#[derive(Clone, Debug, InputObject)]
pub struct SetDeadlineInput {
    /// The challenge.
    challenge_id: ID,
    /// Its version as read.
    expected_version: i32,
    /// What is due: a milestone of the challenge's policy that is counted for the challenge, not for single people (INVITATION_ANSWER,
    /// HOST_OBJECTION).
    milestone: Milestone,
    /// By when, between the request and two years after the visit; what precedes the visit on its last day at the latest, what
    /// follows it on its first day at the earliest. Null gives it back to the policy.
    due_on: Option<Date>,
    /// Why (1–4,000 characters).
    note: String,
}

impl SetDeadlineInput {
    pub(super) fn understood(self) -> Outcome<NewDeadline> {
        Ok(NewDeadline {
            challenge: ids::expect(Kind::PeerChallenge, &self.challenge_id, "challengeId")?,
            version: self.expected_version,
            milestone: self.milestone.into(),
            due_on: self.due_on.map(|day| day.0),
            note: self.note,
        })
    }
}

/// The endorsement of a scope.
#[derive(Clone, Debug, InputObject)]
pub struct SignOffScopeInput {
    /// The challenge; its scope must be complete (SCOPED).
    challenge_id: ID,
    /// Its version as read.
    expected_version: i32,
    /// The lead member who endorses (1–200 characters).
    lead_member_name: String,
    /// The chief executive who endorses (1–200 characters).
    chief_executive_name: String,
    /// Day of the endorsement: not before the scope was complete, not in the future.
    signed_on: Date,
}

impl SignOffScopeInput {
    pub(super) fn understood(self) -> Outcome<NewSignOff> {
        Ok(NewSignOff {
            challenge: ids::expect(Kind::PeerChallenge, &self.challenge_id, "challengeId")?,
            version: self.expected_version,
            lead_member: self.lead_member_name,
            chief_executive: self.chief_executive_name,
            signed_on: self.signed_on.0,
        })
    }
}
