//! Notifications and tasks as the API shows them.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{contact, enums, notification};

use crate::{
    challenge::{
        deadlines,
        objects::{PeerChallenge, challenge},
    },
    graphql::{
        ids::{Kind, encode},
        scalars::Date,
    },
    notice::tasks::{self, Job},
    programme::policy_objects::Milestone,
};

/// What a notification is about.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "NotificationKind", remote = "enums::NoticeKind")]
pub enum NoticeKind {
    /// Something is due soon.
    DueSoon,
    /// Something is due today.
    DueToday,
    /// Something should have been done.
    Overdue,
    /// Somebody is invited to a team.
    Invited,
    /// Somebody answered an invitation, or did not in time.
    InvitationAnswered,
    /// The host may look at its team.
    TeamProposed,
    /// A challenge is put off or interrupted.
    Suspended,
    /// A challenge goes on.
    Resumed,
    /// A risk to children was seen.
    ImmediateRisk,
    /// Somebody left or joined a team.
    TeamChanged,
    /// A challenge came to another stage of its way: accepted, declined, scoped, confirmed, drafted, published …
    StageReached,
    /// The scope of a challenge does not hold any more: it is worked out anew, and its team is asked anew.
    ScopeVoid,
    /// A host objects to somebody, or its objection is decided.
    Objection,
    /// The host has checked the facts of a draft report.
    FactsChecked,
}

/// Something that its reader should know.
pub struct Notification(pub notification::Model);

/// Something that its reader should know.
#[Object]
impl Notification {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::Notification, self.0.id)
    }

    /// What it is about.
    async fn kind(&self) -> NoticeKind {
        self.0.kind.into()
    }

    /// What it says.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// The challenge that it is about, if the viewer may see it.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<PeerChallenge>> {
        Ok(match self.0.challenge_id {
            Some(id) => challenge(ctx, id).await?,
            None => None,
        })
    }

    /// For reminders: what is due, where the policy names it.
    async fn milestone(&self) -> Option<Milestone> {
        deadlines::milestone(self.0.milestone.as_deref()?).map(Into::into)
    }

    /// By when.
    async fn due_on(&self) -> Option<Date> {
        self.0.due_on.map(Date)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was marked as read; null while it is not.
    async fn read_at(&self) -> Option<DateTime<Utc>> {
        self.0.read_at
    }
}

/// What a task asks for.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "TaskKind", remote = "tasks::Kind")]
pub enum TaskKind {
    /// A deadline of a challenge; `milestone` says which.
    Deadline,
    /// An invitation waits for the viewer's answer.
    AnswerInvitation,
    /// A host's objection waits for a decision.
    DecideObjection,
    /// A late conflict waits for a decision.
    DecideConflict,
    /// A correction of fact waits for a decision.
    DecideAccuracyEdit,
    /// The host's director has not been told of an immediate risk, as far as is written down.
    TellRisk,
    /// A final report waits for this side's agreement to its publication.
    AgreeToPublication,
    /// A complete scope waits for the endorsement of the host's lead member and chief executive (`signOffScope`).
    SignScope,
    /// A draft report waits for the host's check of its facts (`proposeAccuracyEdit`, `confirmFacts`).
    CheckFacts,
    /// Actions of a published plan are not done yet; one task for each day on which some are due.
    DoAction,
}

/// Something that waits for the viewer.
pub struct Task(pub Job);

/// Something that waits for the viewer.
#[Object]
impl Task {
    /// What it asks for.
    async fn kind(&self) -> TaskKind {
        self.0.kind.into()
    }

    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<PeerChallenge>> {
        Ok(challenge(ctx, self.0.challenge).await?)
    }

    /// What is due, where the policy names it.
    async fn milestone(&self) -> Option<Milestone> {
        self.0.milestone.map(Into::into)
    }

    /// By when; null where no day is set.
    async fn due_on(&self) -> Option<Date> {
        self.0.due_on.map(Date)
    }

    /// Whether it should have been done.
    async fn is_overdue(&self) -> bool {
        self.0.overdue
    }

    /// How many things of this kind wait on the challenge.
    async fn count(&self) -> usize {
        self.0.count
    }

    /// What to do, in a sentence.
    async fn text(&self) -> &str {
        &self.0.text
    }
}

/// What waits for the viewer.
#[derive(SimpleObject)]
pub struct Tasks {
    /// The most pressing first: overdue, then by day (as many as asked for).
    pub tasks: Vec<Task>,
    /// How many there are.
    pub total_count: usize,
    /// How many of them are overdue.
    pub overdue_count: usize,
}

/// What an address is for.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "NotificationContactDuty", remote = "enums::ContactDuty")]
pub enum ContactDuty {
    /// Everything that has no address of its own.
    General,
    /// A council's director of children's services, for immediate risks to children; without it they go to the general address.
    ChildrensServices,
}

/// Where notifications for a council, a region or the national programme go by e-mail.
pub struct NotificationContact(pub contact::Model);

/// Where notifications for a council, a region or the national programme go by e-mail.
#[Object]
impl NotificationContact {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::NotificationContact, self.0.id)
    }

    /// What it is for.
    async fn duty(&self) -> ContactDuty {
        self.0.duty.into()
    }

    /// The address.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// Counts its changes; `setNotificationContact` wants it.
    async fn version(&self) -> i32 {
        self.0.version
    }
}
