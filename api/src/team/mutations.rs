//! Mutations on teams. Thin: they decode ids, run a service in one transaction and show what it left behind.

use async_graphql::{Context, Object, SimpleObject};

use super::{
    inputs::{
        ApplyTeamProposalInput, ChooseWindowInput, ConfirmTeamInput, ConflictResolution, DecideConflictInput,
        DecideObjectionInput, LeaveSlotOpenInput, NominatePeerInput, ObjectToPeerInput, ObjectionRuling,
        ProposeTeamInput, ReleaseNominationInput, ReplaceNominationInput, RevokeWaiverInput, WaiveFindingInput,
        WithdrawObjectionInput,
    },
    objects::{Assignment, ConflictDecision, ConflictWaiver, HostObjection, TeamProposal},
    service::{
        confirm::{self, Confirmation},
        decide::{self, Resolution},
        nominate::{self, NewNomination, Replacement},
        object::{self, NewObjection},
        open, propose,
        waive::{self, NewWaiver},
    },
};
use crate::{
    challenge::objects::PeerChallenge,
    graphql::{
        change::{change, done_before},
        context::ContextExt,
        errors::{UserError, UserErrorCode, settle},
        ids::{self, Kind},
        payload::payloads,
    },
};

payloads! {
    ProposeTeamPayload {
        /// The proposal, kept as a record; null when refused.
        proposal: TeamProposal,
        "proposeTeam"
    }
    ApplyTeamProposalPayload {
        /// The challenge with its new team; null when refused.
        challenge: PeerChallenge,
        "applyTeamProposal"
    }
    NominatePeerPayload {
        /// The new place; null when refused.
        assignment: Assignment,
        "nominatePeer"
    }
    ReleaseNominationPayload {
        /// The place that ended; null when refused.
        assignment: Assignment,
        "releaseNomination"
    }
    LeaveSlotOpenPayload {
        /// The challenge; null when refused.
        challenge: PeerChallenge,
        "leaveSlotOpen"
    }
    ChooseWindowPayload {
        /// The challenge with its window; null when refused.
        challenge: PeerChallenge,
        "chooseWindow"
    }
    ConfirmTeamPayload {
        /// The challenge, now TEAM_CONFIRMED; null when refused.
        challenge: PeerChallenge,
        "confirmTeam"
    }
    WaiveFindingPayload {
        /// The waiver; null when refused.
        waiver: ConflictWaiver,
        "waiveFinding"
    }
    RevokeWaiverPayload {
        /// The waiver, revoked; null when refused.
        waiver: ConflictWaiver,
        "revokeWaiver"
    }
    ObjectToPeerPayload {
        /// The objection, open; null when refused.
        objection: HostObjection,
        "objectToPeer"
    }
    WithdrawObjectionPayload {
        /// The objection, withdrawn; null when refused.
        objection: HostObjection,
        "withdrawObjection"
    }
    DecideObjectionPayload {
        /// The objection, decided; null when refused.
        objection: HostObjection,
        "decideObjection"
    }
    DecideConflictPayload {
        /// The decision, decided; null when refused.
        decision: ConflictDecision,
        "decideConflict"
    }
}

/// Outcome of `replaceNomination`.
#[derive(SimpleObject)]
pub struct ReplaceNominationPayload {
    /// The place that ended; null when refused.
    replaced: Option<Assignment>,
    /// The place of the newcomer; null when refused.
    assignment: Option<Assignment>,
    /// Why it was refused, all reasons at once; empty on success.
    user_errors: Vec<UserError>,
}

/// Runs a service as one change.
macro_rules! run {
    ($ctx:ident, |$tx:ident, $act:ident| $work:expr) => {
        settle(change!($ctx, |$tx, $act| $work))?
    };
}

/// Mutations on teams.
#[derive(Default)]
pub struct TeamMutation;

#[Object]
impl TeamMutation {
    /// Proposes the best team for a challenge in team building, all slots together, in the best window, with reserves,
    /// runners-up and what was traded off. Keeps the proposal as a record; nobody is nominated. National programme only.
    async fn propose_team(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For which challenge.")] input: ProposeTeamInput,
    ) -> async_graphql::Result<ProposeTeamPayload> {
        let act = ctx.act()?;
        let outcome = async {
            if let Some(earlier) = done_before(ctx).await? {
                return Ok(earlier);
            }
            let challenge = ids::expect(Kind::PeerChallenge, &input.challenge_id, "challengeId")?;
            let window = match &input.window_id {
                Some(id) => Some(ids::expect(Kind::ChallengeWindow, id, "windowId")?),
                None => None,
            };
            let how = propose::How {
                window,
                seed: input.seed,
            };
            // The search runs outside the transaction; only its result is a change.
            let proposed = propose::propose(ctx.database(), &act, challenge, how).await?;
            change!(ctx, |tx, act| propose::keep(tx, act, proposed).await)
        }
        .await;
        let (row, user_errors) = settle(outcome)?;
        Ok(ProposeTeamPayload {
            proposal: row.map(TeamProposal::read).transpose()?,
            user_errors,
        })
    }

    /// Nominates everybody whom a proposal puts on the team, chooses its window and takes over its reserves, all or
    /// nothing. Every rule is checked again on the facts of this moment. National programme only.
    async fn apply_team_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal.")] input: ApplyTeamProposalInput,
    ) -> async_graphql::Result<ApplyTeamProposalPayload> {
        let (row, user_errors) = run!(ctx, |tx, act| {
            let proposal = ids::expect(Kind::TeamProposal, &input.proposal_id, "proposalId")?;
            propose::apply(tx, act, proposal, input.expected_version).await
        });
        Ok(ApplyTeamProposalPayload {
            challenge: row.map(PeerChallenge),
            user_errors,
        })
    }

    /// Nominates a person for a vacant slot of a challenge in team building. Refused with NOT_ELIGIBLE or NEEDS_WAIVER and
    /// the rules when anything speaks against it. National programme only.
    async fn nominate_peer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who for which slot.")] input: NominatePeerInput,
    ) -> async_graphql::Result<NominatePeerPayload> {
        let (row, user_errors) = run!(ctx, |tx, act| {
            let new = NewNomination {
                slot: ids::expect(Kind::TeamSlot, &input.slot_id, "slotId")?,
                peer: ids::expect(Kind::Peer, &input.peer_id, "peerId")?,
                window: match &input.window_id {
                    Some(id) => Some(ids::expect(Kind::ChallengeWindow, id, "windowId")?),
                    None => None,
                },
            };
            nominate::nominate(tx, act, new).await
        });
        Ok(NominatePeerPayload {
            assignment: row.map(Assignment),
            user_errors,
        })
    }

    /// Puts somebody else in a holder's place, in the same window; in a confirmed team the newcomer is confirmed at once.
    /// National programme only.
    async fn replace_nomination(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who goes and who comes.")] input: ReplaceNominationInput,
    ) -> async_graphql::Result<ReplaceNominationPayload> {
        let (rows, user_errors) = run!(ctx, |tx, act| {
            let change = Replacement {
                assignment: ids::expect(Kind::Assignment, &input.assignment_id, "assignmentId")?,
                version: input.expected_version,
                with: ids::expect(Kind::Peer, &input.with_peer_id, "withPeerId")?,
                reason: input.reason,
            };
            nominate::replace(tx, act, change).await
        });
        let (old, new) = rows.unzip();
        Ok(ReplaceNominationPayload {
            replaced: old.map(Assignment),
            assignment: new.map(Assignment),
            user_errors,
        })
    }

    /// Ends a nomination and leaves its slot vacant, while the team is being built. National programme only.
    async fn release_nomination(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose place, and why.")] input: ReleaseNominationInput,
    ) -> async_graphql::Result<ReleaseNominationPayload> {
        let (row, user_errors) = run!(ctx, |tx, act| {
            let id = ids::expect(Kind::Assignment, &input.assignment_id, "assignmentId")?;
            nominate::release(tx, act, id, input.expected_version, &input.reason).await
        });
        Ok(ReleaseNominationPayload {
            assignment: row.map(Assignment),
            user_errors,
        })
    }

    /// Leaves a vacant slot open, while the team is being built: the team can be confirmed without it. Whoever is nominated for it later
    /// takes that back. National programme only.
    async fn leave_slot_open(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which slot, and why.")] input: LeaveSlotOpenInput,
    ) -> async_graphql::Result<LeaveSlotOpenPayload> {
        let (row, user_errors) = run!(ctx, |tx, act| {
            let id = ids::expect(Kind::TeamSlot, &input.slot_id, "slotId")?;
            open::leave(tx, act, id, input.expected_version, &input.reason).await
        });
        Ok(LeaveSlotOpenPayload {
            challenge: row.map(PeerChallenge),
            user_errors,
        })
    }

    /// Chooses the window of a challenge in team building. Whoever is on the team moves with it, if all of them may.
    /// National programme only.
    async fn choose_window(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which window.")] input: ChooseWindowInput,
    ) -> async_graphql::Result<ChooseWindowPayload> {
        let (row, user_errors) = run!(ctx, |tx, act| {
            let challenge = ids::expect(Kind::PeerChallenge, &input.challenge_id, "challengeId")?;
            let window = ids::expect(Kind::ChallengeWindow, &input.window_id, "windowId")?;
            nominate::choose_window(tx, act, challenge, input.expected_version, window).await
        });
        Ok(ChooseWindowPayload {
            challenge: row.map(PeerChallenge),
            user_errors,
        })
    }

    /// Confirms a team: every slot held, by somebody who has said that they come (`inviteTeam`), every rule kept at this moment, no
    /// objection and no decision open. The challenge becomes TEAM_CONFIRMED. National programme only.
    async fn confirm_team(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose team.")] input: ConfirmTeamInput,
    ) -> async_graphql::Result<ConfirmTeamPayload> {
        let (row, user_errors) = run!(ctx, |tx, act| {
            let wanted = Confirmation {
                challenge: ids::expect(Kind::PeerChallenge, &input.challenge_id, "challengeId")?,
                version: input.expected_version,
                without_first_team: input.without_first_team.clone(),
            };
            confirm::confirm(tx, act, wanted).await
        });
        Ok(ConfirmTeamPayload {
            challenge: row.map(PeerChallenge),
            user_errors,
        })
    }

    /// Waives a rule of severity WARN for a person on a challenge (or a BLOCK, for the continuity of a progress review),
    /// with a reason and an expiry. National programme only.
    async fn waive_finding(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is waived for whom.")] input: WaiveFindingInput,
    ) -> async_graphql::Result<WaiveFindingPayload> {
        let (row, user_errors) = run!(ctx, |tx, act| {
            let new = NewWaiver {
                challenge: ids::expect(Kind::PeerChallenge, &input.challenge_id, "challengeId")?,
                peer: ids::expect(Kind::Peer, &input.peer_id, "peerId")?,
                rule: input.rule.into(),
                reason: input.reason,
                expires_on: input.expires_on.0,
            };
            waive::waive(tx, act, new).await
        });
        Ok(WaiveFindingPayload {
            waiver: row.map(ConflictWaiver),
            user_errors,
        })
    }

    /// Takes a waiver back. A live place that rested on it gets a decision. National programme only.
    async fn revoke_waiver(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which waiver.")] input: RevokeWaiverInput,
    ) -> async_graphql::Result<RevokeWaiverPayload> {
        let (row, user_errors) = run!(ctx, |tx, act| {
            let id = ids::expect(Kind::ConflictWaiver, &input.waiver_id, "waiverId")?;
            waive::revoke(tx, act, id, input.expected_version).await
        });
        Ok(RevokeWaiverPayload {
            waiver: row.map(ConflictWaiver),
            user_errors,
        })
    }

    /// Objects to somebody on the team of one's own challenge, with a reason. The team cannot be confirmed until the
    /// programme has decided. For the host and the national programme.
    async fn object_to_peer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To whom, and why.")] input: ObjectToPeerInput,
    ) -> async_graphql::Result<ObjectToPeerPayload> {
        let (row, user_errors) = run!(ctx, |tx, act| {
            let new = NewObjection {
                assignment: ids::expect(Kind::Assignment, &input.assignment_id, "assignmentId")?,
                reason_code: input.reason_code.into(),
                reason: input.reason,
            };
            object::object(tx, act, new).await
        });
        Ok(ObjectToPeerPayload {
            objection: row.map(HostObjection),
            user_errors,
        })
    }

    /// Takes an open objection back. For the host that raised it and the national programme.
    async fn withdraw_objection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which objection.")] input: WithdrawObjectionInput,
    ) -> async_graphql::Result<WithdrawObjectionPayload> {
        let (row, user_errors) = run!(ctx, |tx, act| {
            let id = ids::expect(Kind::HostObjection, &input.objection_id, "objectionId")?;
            object::withdraw(tx, act, id, input.expected_version).await
        });
        Ok(WithdrawObjectionPayload {
            objection: row.map(HostObjection),
            user_errors,
        })
    }

    /// Decides on an open objection. Upheld, it speaks against the person like any other conflict, and a decision about
    /// the place is opened. National programme only.
    async fn decide_objection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ruling, and why.")] input: DecideObjectionInput,
    ) -> async_graphql::Result<DecideObjectionPayload> {
        let (row, user_errors) = run!(ctx, |tx, act| {
            let id = ids::expect(Kind::HostObjection, &input.objection_id, "objectionId")?;
            let uphold = input.ruling == ObjectionRuling::Uphold;
            object::decide(tx, act, id, input.expected_version, uphold, &input.reason).await
        });
        Ok(DecideObjectionPayload {
            objection: row.map(HostObjection),
            user_errors,
        })
    }

    /// Decides about a late conflict: waive every reason, put somebody else in the place, or end it. National programme
    /// only.
    async fn decide_conflict(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is done, and why.")] input: DecideConflictInput,
    ) -> async_graphql::Result<DecideConflictPayload> {
        let (row, user_errors) = run!(ctx, |tx, act| {
            let id = ids::expect(Kind::ConflictDecision, &input.decision_id, "decisionId")?;
            let resolution = resolution(&input)?;
            decide::decide(tx, act, id, input.expected_version, resolution, &input.reason).await
        });
        Ok(DecideConflictPayload {
            decision: row.map(ConflictDecision),
            user_errors,
        })
    }
}

/// The resolution with what it needs, and nothing that it does not.
fn resolution(input: &DecideConflictInput) -> Result<Resolution, UserError> {
    let needed = |path: &str, what: &str| UserError::at(UserErrorCode::Required, path, what);
    let stray = |path: &str| {
        let message = "This belongs to another resolution.";
        Err(UserError::at(UserErrorCode::Invalid, path, message))
    };
    match (input.resolution, input.expires_on, &input.with_peer_id) {
        (ConflictResolution::Waive, Some(expires_on), None) => Ok(Resolution::Waive {
            expires_on: expires_on.0,
        }),
        (ConflictResolution::Waive, None, None) => Err(needed("expiresOn", "A waiver needs its last day.")),
        (ConflictResolution::Replace, None, Some(with)) => Ok(Resolution::Replace {
            with: ids::expect(Kind::Peer, with, "withPeerId")?,
        }),
        (ConflictResolution::Replace, None, None) => Err(needed("withPeerId", "Say who comes.")),
        (ConflictResolution::Stop, None, None) => Ok(Resolution::Stop),
        (ConflictResolution::Waive | ConflictResolution::Stop, _, Some(_)) => stray("withPeerId"),
        (ConflictResolution::Replace | ConflictResolution::Stop, Some(_), _) => stray("expiresOn"),
    }
}
