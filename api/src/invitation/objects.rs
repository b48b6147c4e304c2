//! Invitations as the API shows them.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::{assignment, enums, invitation};
use uuid::Uuid;

use super::loader::InvitationsOf;
use crate::{
    challenge::objects::PeerChallenge,
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result},
        ids::{Kind, encode},
        scalars::Date,
        visible::visible,
    },
    links::{Links, Purpose},
    peer::objects::{Peer, peer},
    team::objects::{Assignment, challenge},
};

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::InvitationState")]
pub enum InvitationState {
    /// Not answered.
    Sent,
    /// Said yes.
    Accepted,
    /// Said no.
    Declined,
    /// Not answered in time.
    Expired,
    /// Taken back before it was answered: the place ended.
    Withdrawn,
}

/// Why somebody declines.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::DeclineReason")]
pub enum DeclineReason {
    /// Not in these weeks: the days of the visit are closed in their diary.
    BusyNow,
    /// A conflict that the programme did not know: it is declared as an interest in the host.
    Conflict,
    /// Never at this host: a personal tie is declared, which keeps them from it.
    NeverThisHost,
    /// Something else; the note says what.
    Other,
}

/// An invitation to a team. For the national programme and the person.
pub struct Invitation(pub invitation::Model);

/// An invitation to a team. For the national programme and the person.
#[Object]
impl Invitation {
    /// Opaque id.
    pub async fn id(&self) -> ID {
        encode(Kind::Invitation, self.0.id)
    }

    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> async_graphql::Result<PeerChallenge> {
        Ok(challenge(ctx, self.0.challenge_id).await?)
    }

    /// The place, if the viewer may see it.
    async fn assignment(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Assignment>> {
        let row = visible::<assignment::Entity>(ctx, self.0.assignment_id).await?;
        Ok(row.map(Assignment))
    }

    /// Who is invited.
    async fn peer(&self, ctx: &Context<'_>) -> async_graphql::Result<Peer> {
        Ok(peer(ctx, self.0.peer_id).await?)
    }

    /// Where it stands.
    async fn state(&self) -> InvitationState {
        self.0.state.into()
    }

    /// Last day for an answer.
    async fn answer_by(&self) -> Date {
        Date(self.0.answer_by)
    }

    /// When it was sent.
    async fn sent_at(&self) -> DateTime<Utc> {
        self.0.sent_at
    }

    /// When it was answered, expired or was taken back.
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.0.answered_at
    }

    /// Why they declined.
    async fn decline_reason(&self) -> Option<DeclineReason> {
        self.0.decline_reason.map(Into::into)
    }

    /// What they said.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// The link through which it can be answered without an account, once. For the national programme, while it waits; null
    /// where the service has no secret for links.
    async fn link(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        if !ctx.viewer()?.is_programme() || self.0.state != enums::InvitationState::Sent {
            return Ok(None);
        }
        let links = ctx.data_opt::<Links>();
        Ok(links
            .map(|links| links.link(Purpose::Invitation, self.0.id))
            .transpose()
            .map_err(ApiError::internal)?)
    }

    /// For optimistic locking: send back what you read.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// Invitations of a challenge that the viewer may see, oldest first.
pub(crate) async fn invitations(ctx: &Context<'_>, challenge: Uuid) -> Result<Vec<Invitation>> {
    let rows = ctx
        .loader()
        .load_one(InvitationsOf(challenge))
        .await?
        .unwrap_or_default();
    Ok(rows.into_iter().map(Invitation).collect())
}
