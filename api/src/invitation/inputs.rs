//! Inputs of the mutations on invitations.

use async_graphql::{ID, InputObject};
use entity::enums::InterestKind;
use uuid::Uuid;

use super::{
    objects::DeclineReason,
    service::answer::{Answer, Told},
};
use crate::{
    graphql::{
        errors::{Outcome, UserError, UserErrorCode},
        ids::{self, Kind},
    },
    peer::objects::InterestKind as ShownInterest,
};

/// The team that is to be invited.
#[derive(InputObject)]
pub struct InviteTeamInput {
    /// The challenge, in team building, its window chosen.
    pub challenge_id: ID,
    /// Its version as read.
    pub expected_version: i32,
}

/// An interest in the host that is declared with the answer.
#[derive(InputObject)]
pub struct HostInterestInput {
    /// Kind.
    pub kind: ShownInterest,
    /// What it is (1–2,000 characters).
    pub note: String,
}

/// The answer to an invitation.
#[derive(InputObject)]
pub struct AnswerInvitationInput {
    /// The invitation.
    pub invitation_id: ID,
    /// Its version as read.
    pub expected_version: i32,
    /// Whether they come.
    pub accept: bool,
    /// With yes: that nothing but what is declared ties them to the host, these interests included.
    #[graphql(default = false)]
    pub declaration_is_complete: bool,
    /// With yes: interests in the host that were not declared before (at most 5). They are checked at once.
    #[graphql(default, validator(max_items = 5))]
    pub interests: Vec<HostInterestInput>,
    /// With no: why.
    pub decline_reason: Option<DeclineReason>,
    /// What they say (1–2,000 characters); needed with OTHER and CONFLICT.
    pub note: Option<String>,
}

impl AnswerInvitationInput {
    pub(super) fn understood(self) -> Outcome<(Uuid, i32, Answer)> {
        let id = ids::expect(Kind::Invitation, &self.invitation_id, "invitationId")?;
        let interests = self.interests.into_iter().map(|one| Told {
            kind: InterestKind::from(one.kind),
            note: one.note,
        });
        let answer = match (self.accept, self.decline_reason) {
            (true, Some(_)) => {
                let message = "Whoever comes does not decline.";
                return Err(UserError::at(UserErrorCode::Invalid, "declineReason", message).into());
            }
            (true, None) => Answer::Yes {
                complete: self.declaration_is_complete,
                interests: interests.collect(),
                note: self.note,
            },
            (false, None) => {
                let message = "Say why.";
                return Err(UserError::at(UserErrorCode::Required, "declineReason", message).into());
            }
            (false, Some(reason)) => Answer::No {
                reason: reason.into(),
                note: self.note,
            },
        };
        Ok((id, self.expected_version, answer))
    }
}
