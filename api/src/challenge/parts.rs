//! What belongs to a peer challenge, as the API shows it: request, themes, windows, slots, lines of enquiry, priority, sign-off,
//! deadlines, and the entries of the schedule.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    challenge_request, challenge_theme, challenge_window, line_of_enquiry, open_slot, priority_assessment, sign_off,
    team_slot,
};

use super::{
    enums::{PriorityComponentKind, SupportStrand},
    loader::{OpenSlotOf, SlotThemesOf},
    objects::{PeerChallenge, challenge},
    priority::{self, Assessment},
    timeline::{self, Line},
};
use crate::{
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result},
        ids::{Kind, encode},
        scalars::Date,
    },
    peer::objects::PeerRole,
    programme::policy_objects::{Anchor, Milestone},
    team::{
        fields,
        objects::{Assignment, Reserve},
    },
    theme::{Theme, ThemeKey},
};

async fn theme(ctx: &Context<'_>, id: uuid::Uuid) -> Result<Theme> {
    let row = ctx.loader().load_one(ThemeKey(id)).await?;
    row.map(Theme)
        .ok_or_else(|| ApiError::internal(format_args!("theme {id} is referred to but missing")))
}

async fn owner(ctx: &Context<'_>, id: uuid::Uuid) -> Result<PeerChallenge> {
    challenge(ctx, id)
        .await?
        .ok_or_else(|| ApiError::NotFound("There is no such challenge.".to_owned()))
}

/// What a host asked for.
#[derive(SimpleObject)]
pub struct ChallengeRequest {
    /// The kind of support asked for.
    strand: SupportStrand,
    /// Why the host asks.
    reason: String,
    /// The person at the host who answers for the challenge; null until named.
    sponsor: Option<ChallengeSponsor>,
    /// Who asked: a name, or the subject of the token that was used.
    requested_by: String,
    /// When it was handed in; null while it is a draft.
    submitted_at: Option<DateTime<Utc>>,
}

/// The person at the host who answers for a challenge.
#[derive(SimpleObject)]
pub struct ChallengeSponsor {
    /// Name.
    name: String,
    /// Post, such as "Director of children's services".
    role: Option<String>,
}

impl From<challenge_request::Model> for ChallengeRequest {
    fn from(row: challenge_request::Model) -> Self {
        Self {
            strand: row.strand.into(),
            reason: row.reason,
            sponsor: row.sponsor_name.map(|name| ChallengeSponsor {
                name,
                role: row.sponsor_role,
            }),
            requested_by: row.requested_by,
            submitted_at: row.submitted_at,
        }
    }
}

/// A theme of a challenge and how much it matters.
pub struct ChallengeTheme(pub challenge_theme::Model);

/// A theme of a challenge and how much it matters.
#[Object]
impl ChallengeTheme {
    /// The theme.
    async fn theme(&self, ctx: &Context<'_>) -> async_graphql::Result<Theme> {
        Ok(theme(ctx, self.0.theme_id).await?)
    }

    /// How much it matters, 1–100, relative to the challenge's other themes.
    async fn weight(&self) -> i32 {
        self.0.weight
    }
}

/// A period in which fieldwork is possible.
pub struct ChallengeWindow(pub challenge_window::Model);

/// A period in which fieldwork is possible.
#[Object]
impl ChallengeWindow {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::ChallengeWindow, self.0.id)
    }

    /// The challenge that it belongs to.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(owner(ctx, self.0.challenge_id).await?)
    }

    /// First day on site.
    async fn starts_on(&self) -> Date {
        Date(self.0.starts_on)
    }

    /// Last day on site.
    async fn ends_on(&self) -> Date {
        Date(self.0.ends_on)
    }

    /// How much the host prefers it, 0 (possible) to 100 (best).
    async fn preference(&self) -> i32 {
        self.0.preference
    }
}

/// The decision to leave a slot open, for the programme.
async fn left_open(ctx: &Context<'_>, slot: uuid::Uuid) -> Result<Option<open_slot::Model>> {
    if !ctx.viewer()?.is_programme() {
        return Ok(None);
    }
    Ok(ctx.loader().load_one(OpenSlotOf(slot)).await?)
}

/// A place on the team of a challenge.
pub struct TeamSlot(pub team_slot::Model);

/// A place on the team of a challenge.
#[Object]
impl TeamSlot {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::TeamSlot, self.0.id)
    }

    /// The challenge that it belongs to.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(owner(ctx, self.0.challenge_id).await?)
    }

    /// Its place in the list, from 1.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// What its holder serves as.
    async fn role(&self) -> PeerRole {
        self.0.role.into()
    }

    /// Whether its holder leads the team.
    async fn is_lead(&self) -> bool {
        self.0.is_lead
    }

    /// Themes that its holder must know (at most 12).
    async fn themes(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Theme>> {
        let rows = ctx
            .loader()
            .load_one(SlotThemesOf(self.0.id))
            .await
            .map_err(ApiError::from)?;
        let ids: Vec<ThemeKey> = rows
            .unwrap_or_default()
            .into_iter()
            .map(|row| ThemeKey(row.theme_id))
            .collect();
        let mut themes = ctx
            .loader()
            .load_many(ids.iter().copied())
            .await
            .map_err(ApiError::from)?;
        Ok(ids.iter().filter_map(|id| themes.remove(id)).map(Theme).collect())
    }

    /// Who holds it; null while it is vacant, and for viewers who may not know.
    async fn assignment(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Assignment>> {
        Ok(fields::holder(ctx, self.0.id).await?)
    }

    /// Whether the programme left it open: the team goes without. National programme only; false for others.
    async fn is_left_open(&self, ctx: &Context<'_>) -> async_graphql::Result<bool> {
        Ok(left_open(ctx, self.0.id).await?.is_some())
    }

    /// Why it was left open. National programme only.
    async fn left_open_reason(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        Ok(left_open(ctx, self.0.id).await?.map(|row| row.reason))
    }

    /// Who could step in, in the order in which they would be asked (at most 10). National programme only; empty for others.
    async fn reserves(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Reserve>> {
        Ok(fields::reserves(ctx, self.0.id).await?)
    }
}

/// A question that the team looks into.
pub struct LineOfEnquiry(pub line_of_enquiry::Model);

/// A question that the team looks into.
#[Object]
impl LineOfEnquiry {
    /// Its place in the list, from 1.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// The question.
    async fn question(&self) -> &str {
        &self.0.question
    }

    /// The theme that it belongs to, if any.
    async fn theme(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Theme>> {
        Ok(match self.0.theme_id {
            Some(id) => Some(theme(ctx, id).await?),
            None => None,
        })
    }
}

/// One component of a priority.
#[derive(SimpleObject)]
pub struct PriorityComponent {
    /// What it is about.
    kind: PriorityComponentKind,
    /// Its points at triage; 0 when nothing was found.
    points: u32,
    /// Day of the fact behind it, where there is one.
    fact_on: Option<Date>,
    /// Who answers for it (intelligence only).
    author: Option<String>,
    /// Last day on which it counts (intelligence only).
    expires_on: Option<Date>,
}

/// How urgent a request is: points whose components are all shown. The weights are the policy's.
#[derive(SimpleObject)]
pub struct PriorityAssessment {
    /// Sum of the components at triage; the order of the queue.
    points: u32,
    /// The sum without what has expired by today.
    current_points: u32,
    /// Statutory intervention: goes before everything that is not urgent.
    is_urgent: bool,
    /// Whole months since the host's last challenge, the tie-breaker; null when it never had one (which goes first).
    wait_months: Option<u32>,
    /// Every component, also those with 0 points (6).
    components: Vec<PriorityComponent>,
    /// Whether the funding was agreed at triage.
    funding_agreed: bool,
    /// What triage noted.
    note: Option<String>,
    /// Who assessed (subject of the token).
    assessed_by: String,
    /// When.
    assessed_at: DateTime<Utc>,
}

impl From<priority::Component> for PriorityComponent {
    fn from(component: priority::Component) -> Self {
        Self {
            kind: component.kind.into(),
            points: component.points,
            fact_on: component.fact_on.map(Date),
            author: component.author,
            expires_on: component.expires_on.map(Date),
        }
    }
}

impl PriorityAssessment {
    /// The stored assessment as shown on `today`.
    pub(super) fn read(row: &priority_assessment::Model, today: NaiveDate) -> Result<Self> {
        let stored: Assessment = serde_json::from_value(row.components.clone())?;
        Ok(Self {
            points: stored.points,
            current_points: stored.points_on(today),
            is_urgent: stored.urgent,
            wait_months: (stored.wait_months != priority::NEVER).then_some(stored.wait_months),
            components: stored.components.into_iter().map(Into::into).collect(),
            funding_agreed: row.funding_agreed,
            note: row.note.clone(),
            assessed_by: row.assessed_by.clone(),
            assessed_at: row.assessed_at,
        })
    }
}

/// The endorsement of a scope by the host's lead member and chief executive.
#[derive(SimpleObject)]
pub struct SignOff {
    /// The lead member who endorsed.
    lead_member_name: String,
    /// The chief executive who endorsed.
    chief_executive_name: String,
    /// Day of the endorsement.
    signed_on: Date,
    /// Who recorded it (subject of the token).
    recorded_by: String,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// When it ceased to hold, because the scope is worked out anew; null while it holds.
    voided_at: Option<DateTime<Utc>>,
}

impl From<sign_off::Model> for SignOff {
    fn from(row: sign_off::Model) -> Self {
        Self {
            lead_member_name: row.lead_member_name,
            chief_executive_name: row.chief_executive_name,
            signed_on: Date(row.signed_on),
            recorded_by: row.recorded_by,
            recorded_at: row.recorded_at,
            voided_at: row.voided_at,
        }
    }
}

/// Something that is due, or possible from a day on. Either `dueOn` or `notBefore` is set.
#[derive(SimpleObject)]
pub struct ChallengeDeadline {
    /// What is due.
    milestone: Milestone,
    /// Last day for it.
    due_on: Option<Date>,
    /// First day for it.
    not_before: Option<Date>,
    /// What it is counted from.
    anchor: Anchor,
    /// The anchor's day.
    anchored_on: Date,
    /// Whether it is counted from a proposed window only and may still move.
    is_provisional: bool,
    /// Whether somebody has set the day by hand; it then stays when dates move.
    is_set_by_hand: bool,
    /// The day on which it was done; null while it was not.
    met_on: Option<Date>,
    /// Where it stands today.
    standing: DeadlineStanding,
    /// Who has to act.
    waiting_on: DeadlineParty,
}

/// Where a deadline stands.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "timeline::Standing")]
pub enum DeadlineStanding {
    /// A first day, not a last one.
    NotBefore,
    /// Done in time.
    Met,
    /// Done, but late.
    MetLate,
    /// It should have been done.
    Overdue,
    /// It is due today or soon (the policy's `limits.reminderDaysBefore`).
    DueSoon,
    /// It is due later, or the challenge is put off.
    Open,
    /// The challenge ended without it.
    Lapsed,
}

/// Who has to act.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "timeline::Waiting")]
pub enum DeadlineParty {
    /// The national programme.
    Programme,
    /// The host.
    Host,
    /// The lead peer.
    Lead,
}

impl From<Line> for ChallengeDeadline {
    fn from(line: Line) -> Self {
        let due = line.due;
        Self {
            is_set_by_hand: line.by_hand,
            met_on: line.met_on.map(Date),
            standing: line.standing.into(),
            waiting_on: line.waiting_on.into(),
            milestone: due.milestone.into(),
            due_on: (!due.earliest).then_some(Date(due.on)),
            not_before: due.earliest.then_some(Date(due.on)),
            anchor: due.anchor.into(),
            anchored_on: Date(due.anchored_on),
            is_provisional: due.provisional,
        }
    }
}

/// A period of the schedule: the chosen fieldwork of a challenge, or one of its proposed windows while none is chosen.
pub struct ScheduleEntry(pub challenge_window::Model);

/// A period of the schedule: the chosen fieldwork of a challenge, or one of its proposed windows while none is chosen.
#[Object]
impl ScheduleEntry {
    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(owner(ctx, self.0.challenge_id).await?)
    }

    /// First day on site.
    async fn starts_on(&self) -> Date {
        Date(self.0.starts_on)
    }

    /// Last day on site.
    async fn ends_on(&self) -> Date {
        Date(self.0.ends_on)
    }

    /// Whether this window is chosen; false for each proposed one.
    async fn is_confirmed(&self, ctx: &Context<'_>) -> async_graphql::Result<bool> {
        Ok(owner(ctx, self.0.challenge_id).await?.0.window_id == Some(self.0.id))
    }
}
