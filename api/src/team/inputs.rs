//! What the mutations on teams take.

use async_graphql::{Enum, ID, InputObject};

use super::{codes::RuleCode, objects::ObjectionReason};
use crate::graphql::scalars::Date;

/// Asks for a proposed team.
#[derive(InputObject)]
pub struct ProposeTeamInput {
    /// The challenge, in team building.
    pub challenge_id: ID,
    /// Only this window; all windows unless given or chosen already.
    pub window_id: Option<ID>,
    /// Decides between people who are worth the same (0–2147483647). Unless given it follows from the challenge: asking
    /// again gives the same team, and other challenges draw other lots.
    #[graphql(validator(maximum = 2_147_483_647))]
    pub seed: Option<u32>,
}

/// Applies a proposed team.
#[derive(InputObject)]
pub struct ApplyTeamProposalInput {
    /// The proposal.
    pub proposal_id: ID,
    /// Version of the challenge that you read.
    pub expected_version: i32,
}

/// Nominates a person for a slot.
#[derive(InputObject)]
pub struct NominatePeerInput {
    /// The slot, vacant.
    pub slot_id: ID,
    /// The person.
    pub peer_id: ID,
    /// The window; needed until one is chosen, and then chosen by this.
    pub window_id: Option<ID>,
}

/// Puts somebody else in a holder's place.
#[derive(InputObject)]
pub struct ReplaceNominationInput {
    /// The place.
    pub assignment_id: ID,
    /// Version of the assignment that you read.
    pub expected_version: i32,
    /// Who comes.
    pub with_peer_id: ID,
    /// Why (1–2,000 characters).
    pub reason: String,
}

/// Ends a nomination.
#[derive(InputObject)]
pub struct ReleaseNominationInput {
    /// The place.
    pub assignment_id: ID,
    /// Version of the assignment that you read.
    pub expected_version: i32,
    /// Why (1–2,000 characters).
    pub reason: String,
}

/// Leaves a slot open.
#[derive(InputObject)]
pub struct LeaveSlotOpenInput {
    /// The slot, vacant and not the lead's.
    pub slot_id: ID,
    /// Version of the challenge that you read.
    pub expected_version: i32,
    /// Why (1–2,000 characters).
    pub reason: String,
}

/// Chooses the window of fieldwork.
#[derive(InputObject)]
pub struct ChooseWindowInput {
    /// The challenge, in team building.
    pub challenge_id: ID,
    /// Version of the challenge that you read.
    pub expected_version: i32,
    /// One of its windows.
    pub window_id: ID,
}

/// Confirms a team.
#[derive(InputObject)]
pub struct ConfirmTeamInput {
    /// The challenge, in team building, every slot held by somebody who has said that they come.
    pub challenge_id: ID,
    /// Version of the challenge that you read.
    pub expected_version: i32,
    /// Why a progress review goes ahead with nobody of the first team (1–4,000 characters); needed only then, and kept in the audit
    /// record.
    pub without_first_team: Option<String>,
}

/// Waives a rule for a person on a challenge.
#[derive(InputObject)]
pub struct WaiveFindingInput {
    /// The challenge.
    pub challenge_id: ID,
    /// The person.
    pub peer_id: ID,
    /// The rule; it must speak against the person and be waivable.
    pub rule: RuleCode,
    /// Why it is accepted (1–2,000 characters).
    pub reason: String,
    /// Last day on which it holds: not before the last day of fieldwork, not beyond the policy's limit.
    pub expires_on: Date,
}

/// Takes a waiver back.
#[derive(InputObject)]
pub struct RevokeWaiverInput {
    /// The waiver.
    pub waiver_id: ID,
    /// Version of the waiver that you read.
    pub expected_version: i32,
}

/// Objects to somebody on the host's team.
#[derive(InputObject)]
pub struct ObjectToPeerInput {
    /// The place of the person.
    pub assignment_id: ID,
    /// Kind of reason.
    pub reason_code: ObjectionReason,
    /// The reason (1–2,000 characters).
    pub reason: String,
}

/// Takes an objection back.
#[derive(InputObject)]
pub struct WithdrawObjectionInput {
    /// The objection, open.
    pub objection_id: ID,
    /// Version of the objection that you read.
    pub expected_version: i32,
}

/// What the programme says to an objection.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
pub enum ObjectionRuling {
    /// The host is right: the person is conflicted, and a decision about the place is opened.
    Uphold,
    /// The person stays.
    Reject,
}

/// Decides on an objection.
#[derive(InputObject)]
pub struct DecideObjectionInput {
    /// The objection, open.
    pub objection_id: ID,
    /// Version of the objection that you read.
    pub expected_version: i32,
    /// The decision.
    pub ruling: ObjectionRuling,
    /// Why (1–2,000 characters).
    pub reason: String,
}

/// What is done about a late conflict.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
pub enum ConflictResolution {
    /// Accept every reason; `expiresOn` is needed.
    Waive,
    /// Put somebody else in the place; `withPeerId` is needed.
    Replace,
    /// End the place and leave it vacant.
    Stop,
}

/// Decides about a late conflict.
#[derive(InputObject)]
pub struct DecideConflictInput {
    /// The decision, open.
    pub decision_id: ID,
    /// Version of the decision that you read.
    pub expected_version: i32,
    /// What is done.
    pub resolution: ConflictResolution,
    /// Why (1–2,000 characters).
    pub reason: String,
    /// Last day of the waivers; for WAIVE only.
    pub expires_on: Option<Date>,
    /// Who comes; for REPLACE only.
    pub with_peer_id: Option<ID>,
}
