//! Who may serve: every rule, dated and exhaustive, for one person or the whole pool.
//!
//! [`assess`] answers for one person with *all* findings; [`pool`] for everybody, with counts per rule. Both, and the
//! team search, run the same rules ([`Case::examine`]) through a [`ledger::Ledger`]: one collects all findings, the
//! other stops at the first that nobody has waived. So no two answers can disagree.
//!
//! Rules are evaluated for the days of a window. Look-backs and validity are measured on its first day; a post, an
//! interest or a delivery body's service is current if it touches the window, and an open end means still current
//! (`assumed`). A look-back of n months from a day E speaks against windows that start before n months after E.
//! Something valid for n months speaks against windows that start later than n months after it was obtained.
//!
//! Rules about the team look at the *others* of [`Challenge::members`]: not the person, and not the present holder of
//! the slot in question, whom they would replace. Files: `case` prepares a challenge and days, `conflicts`, `load`,
//! `person` and `team_rules` hold the rules, `ledger` takes down what they find, `pool` counts, `refusal` checks the question.

mod case;
mod conflicts;
mod ledger;
mod load;
mod person;
mod pool;
mod refusal;
mod team_rules;
mod waivers;

pub use case::Case;
pub use pool::{Pool, RuleCount, pool};
pub use refusal::ChallengeError;

use crate::{Challenge, PeerIx, Policy, SlotIx, Span, Verdict, World};

/// Everything that speaks against `peer` serving on `challenge` during `window`, in `slot` or, without one, as far as
/// it does not depend on the slot.
///
/// For many people of one challenge build one [`Case`] and call [`Case::assess`].
pub fn assess(
    world: &World,
    policy: &Policy,
    challenge: &Challenge,
    slot: Option<SlotIx>,
    window: Span,
    peer: PeerIx,
) -> Result<Verdict, ChallengeError> {
    Case::new(world, policy, challenge, window)?.assess(slot, peer)
}
