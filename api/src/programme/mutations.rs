//! Mutations on programmes.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{
    objects::ProgrammePolicy,
    policy_objects::PolicyRules,
    service::{self, NewPolicy},
};
use crate::graphql::{
    change::change,
    errors::{UserError, settle},
    ids::{self, Kind},
    scalars::Date,
};

/// A new version of a programme's policy.
#[derive(InputObject)]
pub struct CreatePolicyVersionInput {
    /// The programme.
    programme_id: ID,
    /// Number of the version that this one was made from; refused as CONFLICT when another came in between.
    based_on_number: i32,
    /// First day on which it applies: today or later.
    effective_from: Date,
    /// Everything that it says. Read the version in force, change what should change, send all of it.
    rules: PolicyRules,
    /// Why (1–2,000 characters).
    note: String,
}

/// Outcome of `createPolicyVersion`.
#[derive(SimpleObject)]
pub struct CreatePolicyVersionPayload {
    /// The new version; null when refused.
    policy: Option<ProgrammePolicy>,
    /// Why it was refused; empty on success.
    user_errors: Vec<UserError>,
}

/// Mutations on programmes.
#[derive(Default)]
pub struct ProgrammeMutation;

#[Object]
impl ProgrammeMutation {
    /// Adds a version to a programme's policy. National programme only. Live assignments of the programme's challenges are
    /// checked against it at once when it is effective, and decisions are opened where it makes a conflict.
    async fn create_policy_version(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new version.")] input: CreatePolicyVersionInput,
    ) -> async_graphql::Result<CreatePolicyVersionPayload> {
        let outcome = change!(ctx, |tx, act| {
            let new = NewPolicy {
                programme: ids::expect(Kind::Programme, &input.programme_id, "programmeId")?,
                based_on: input.based_on_number,
                effective_from: input.effective_from.0,
                body: input.rules.into(),
                note: input.note,
            };
            service::create_policy(tx, act, new).await
        });
        let (policy, user_errors) = settle(outcome)?;
        Ok(CreatePolicyVersionPayload {
            policy: policy.map(ProgrammePolicy),
            user_errors,
        })
    }
}
