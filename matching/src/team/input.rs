//! Everything that [`propose`] is given, as one value that can be written down and read back.
//!
//! The decision record keeps it, so that a team can be made again from the record alone: the same input gives the same
//! answer. Fields are written in the order of their declaration and nothing is left out, so that equal input is equal
//! text. People are named by their ids only, positions refer to the lists of the input itself.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Options, Proposal, propose};
use crate::eligibility::ChallengeError;
use crate::{Challenge, Council, DeliveryBody, Engagement, Peer, Policy, World, WorldError};

/// The format's name and version. A field more, or another meaning of one, makes another version.
pub const FORMAT: &str = "peer-challenge/team-input/1";

/// What a team is proposed from.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Input<'a> {
    /// [`FORMAT`].
    pub format: Cow<'a, str>,
    /// Councils.
    pub councils: Cow<'a, [Council]>,
    /// Delivery bodies.
    pub bodies: Cow<'a, [DeliveryBody]>,
    /// The pool.
    pub peers: Cow<'a, [Peer]>,
    /// Past and planned engagements.
    pub engagements: Cow<'a, [Engagement]>,
    /// The policy.
    pub policy: Cow<'a, Policy>,
    /// The challenge.
    pub challenge: Cow<'a, Challenge>,
    /// How to search, the seed included.
    pub options: Cow<'a, Options>,
}

/// Why a team could not be made from an input.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InputError {
    /// It was written by another version.
    #[error("format: expected {FORMAT}, found {0}")]
    Format(String),
    /// Its facts contradict each other.
    #[error(transparent)]
    World(#[from] WorldError),
    /// Its challenge does not fit its facts.
    #[error(transparent)]
    Challenge(#[from] ChallengeError),
}

impl<'a> Input<'a> {
    /// The input of a call of [`propose`].
    pub fn of(world: &'a World, policy: &'a Policy, challenge: &'a Challenge, options: &'a Options) -> Self {
        Self {
            format: Cow::Borrowed(FORMAT),
            councils: Cow::Borrowed(world.councils()),
            bodies: Cow::Borrowed(world.bodies()),
            peers: Cow::Borrowed(world.peers()),
            engagements: Cow::Borrowed(world.engagements()),
            policy: Cow::Borrowed(policy),
            challenge: Cow::Borrowed(challenge),
            options: Cow::Borrowed(options),
        }
    }

    /// Makes the team again.
    pub fn propose(self) -> Result<Proposal, InputError> {
        if self.format != FORMAT {
            return Err(InputError::Format(self.format.into_owned()));
        }
        let world = World::new(
            self.councils.into_owned(),
            self.bodies.into_owned(),
            self.peers.into_owned(),
            self.engagements.into_owned(),
        )?;
        Ok(propose(&world, &self.policy, &self.challenge, &self.options)?)
    }
}
