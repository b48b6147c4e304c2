//! Opaque, typed ids of the public API: base64url of `Type:uuid`. A client stores and sends them back, nothing else.
//!
//! Decoding checks the type, so that the id of a peer can never be used as that of a challenge.

use async_graphql::ID;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use super::errors::{Outcome, UserError, UserErrorCode, refuse_if_any};

macro_rules! kinds {
    ($($kind:ident),+ $(,)?) => {
        /// The types that have an id.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum Kind { $(#[doc = concat!("A `", stringify!($kind), "`.")] $kind),+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// The GraphQL type's name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => stringify!($kind)),+ }
            }
        }
    };
}

kinds!(
    AccuracyEdit,
    Affiliation,
    ApiKey,
    Assignment,
    AuditEvent,
    AvailabilityWindow,
    BlackoutPeriod,
    ChallengeDocument,
    ChallengeWindow,
    ConflictDecision,
    ConflictWaiver,
    Council,
    DeclaredInterest,
    DeliveryBody,
    Evaluation,
    FieldworkSession,
    Finding,
    HostObjection,
    ImmediateRisk,
    Invitation,
    Kpi,
    Notification,
    NotificationContact,
    PastEngagement,
    Peer,
    PeerChallenge,
    PlanAction,
    Programme,
    ProgrammePolicy,
    Recommendation,
    Region,
    Season,
    SeasonPlan,
    TeamProposal,
    TeamSlot,
    Theme,
);

/// The public id of a thing.
pub fn encode(kind: Kind, id: Uuid) -> ID {
    ID(URL_SAFE_NO_PAD.encode(format!("{}:{id}", kind.name())))
}

/// The kind and key behind a public id; `None` when it was not made by [`encode`].
pub fn decode(id: &ID) -> Option<(Kind, Uuid)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id.as_str()).ok()?).ok()?;
    let (name, key) = text.split_once(':')?;
    let kind = *Kind::ALL.iter().find(|kind| kind.name() == name)?;
    let key = Uuid::try_parse(key).ok()?;
    (encode(kind, key) == *id).then_some((kind, key))
}

/// The key behind an id that must be of `kind`; `path` names the input field for the refusal.
pub fn expect(kind: Kind, id: &ID, path: &str) -> Result<Uuid, UserError> {
    match decode(id) {
        Some((found, key)) if found == kind => Ok(key),
        Some((found, _)) => Err(UserError::at(
            UserErrorCode::Invalid,
            path,
            format!(
                "This is the id of a {}; the id of a {} is needed.",
                found.name(),
                kind.name()
            ),
        )),
        None => Err(UserError::at(
            UserErrorCode::Invalid,
            path,
            format!(
                "This is not an id of this service; the id of a {} is needed.",
                kind.name()
            ),
        )),
    }
}

/// Decodes the ids of one input and keeps every refusal.
#[derive(Default)]
pub(crate) struct Keys(Vec<UserError>);

impl Keys {
    /// The key behind `id`. A wrong one is noted and answered with the nil key, which never leaves: [`Self::done`] refuses first.
    pub(crate) fn key(&mut self, kind: Kind, id: &ID, path: &str) -> Uuid {
        expect(kind, id, path).unwrap_or_else(|error| {
            self.0.push(error);
            Uuid::nil()
        })
    }

    /// The key behind an id that may be left out.
    pub(crate) fn maybe(&mut self, kind: Kind, id: Option<&ID>, path: &str) -> Option<Uuid> {
        id.map(|id| self.key(kind, id, path))
    }

    /// The keys behind a list of ids.
    pub(crate) fn all(&mut self, kind: Kind, ids: &[ID], path: &str) -> Vec<Uuid> {
        ids.iter()
            .enumerate()
            .map(|(i, id)| self.key(kind, id, &format!("{path}.{i}")))
            .collect()
    }

    /// Notes another refusal.
    pub(crate) fn refuse(&mut self, error: UserError) {
        self.0.push(error);
    }

    /// What was understood, unless something was refused.
    ///
    /// # Errors
    /// All refusals at once.
    pub(crate) fn done<T>(self, value: T) -> Outcome<T> {
        refuse_if_any(self.0).map(|()| value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ids_survive_the_round_trip_and_keep_their_type(key: u128, index in 0..Kind::ALL.len()) {
            let (kind, key) = (Kind::ALL[index], Uuid::from_u128(key));
            prop_assert_eq!(decode(&encode(kind, key)), Some((kind, key)));
        }

        #[test]
        fn foreign_text_is_never_an_id(text in ".{0,60}") {
            if let Some((kind, key)) = decode(&ID(text.clone())) {
                prop_assert_eq!(encode(kind, key).0, text);
            }
        }
    }

    #[test]
    fn an_id_of_another_type_is_refused_with_both_names() {
        let error = expect(Kind::Peer, &encode(Kind::Council, Uuid::from_u128(7)), "peerId").unwrap_err();
        assert!(
            error.message.contains("Council") && error.message.contains("Peer"),
            "{}",
            error.message
        );
        assert_eq!(error.field, Some(vec!["peerId".to_owned()]));
    }
}
