//! Mutations on invitations. Thin: decode, run a service as one change, show what it left behind.

use async_graphql::{Context, Object, SimpleObject};
use entity::invitation;

use super::{
    inputs::{AnswerInvitationInput, InviteTeamInput},
    objects::Invitation,
    service::{answer, invite},
};
use crate::{
    challenge::objects::PeerChallenge,
    graphql::{
        change::change,
        errors::{UserError, settle},
        ids::{self, Kind},
        payload::payloads,
    },
};

payloads! {
    AnswerInvitationPayload {
        /// The invitation; null when refused.
        invitation: Invitation = invitation::Model, "answerInvitation"
    }
}

/// Outcome of `inviteTeam`.
#[derive(SimpleObject)]
pub struct InviteTeamPayload {
    /// The challenge; null when refused.
    challenge: Option<PeerChallenge>,
    /// The invitations that were sent (at most 12).
    invitations: Vec<Invitation>,
    /// Why it was refused, all reasons at once; empty on success.
    user_errors: Vec<UserError>,
}

/// Mutations on invitations.
#[derive(Default)]
pub struct InvitationMutation;

#[Object]
impl InvitationMutation {
    /// Invites everybody who is nominated to the team of a challenge; the host hears of the proposed team and by when it may
    /// object. National programme only.
    async fn invite_team(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The team.")] input: InviteTeamInput,
    ) -> async_graphql::Result<InviteTeamPayload> {
        let outcome = change!(ctx, |tx, act| {
            let id = ids::expect(Kind::PeerChallenge, &input.challenge_id, "challengeId")?;
            invite::invite_team(tx, act, id, input.expected_version).await
        });
        let (done, user_errors) = settle(outcome)?;
        let (challenge, sent) = done.unzip();
        Ok(InviteTeamPayload {
            challenge: challenge.map(PeerChallenge),
            invitations: sent.unwrap_or_default().into_iter().map(Invitation).collect(),
            user_errors,
        })
    }

    /// Answers an invitation. Yes comes with a declaration of interests, which is checked at once; no says why, and the place goes
    /// to the next reserve who can take it. By the person and the national programme.
    async fn answer_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The answer.")] input: AnswerInvitationInput,
    ) -> async_graphql::Result<AnswerInvitationPayload> {
        let outcome = change!(ctx, |tx, act| {
            let (id, version, said) = input.understood()?;
            answer::answer(tx, act, id, Some(version), said).await
        });
        AnswerInvitationPayload::settled(outcome, Invitation)
    }
}
