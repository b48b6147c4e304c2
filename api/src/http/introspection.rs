//! Who may read the schema through the API.
//!
//! Looked at before execution, on the weight of the operation: `__schema` and `__type` count there wherever they stand,
//! under an alias, in a fragment, beside other fields. `__typename` is data and always allowed.
//!
//! "Did you mean …" in validation errors tells the schema word by word, so it is for the same viewers. The library makes these
//! words for everybody; `errors::finish` takes them out for whoever may not read the schema.

use actix_web::http::StatusCode;
use clap::ValueEnum;

use super::{
    budget::{self, Weight},
    errors::{ErrorCode, Refusal},
    hints::Hints,
};
use crate::auth::{Viewer, ViewerRole};

/// Who may read the schema through the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Introspection {
    /// Everybody, without a token too.
    All,
    /// Everybody with a valid token.
    Authenticated,
    /// The national programme only.
    Programme,
    /// Nobody.
    Off,
}

impl Introspection {
    fn is_for(self, viewer: Option<&Viewer>) -> bool {
        match self {
            Self::All => true,
            Self::Authenticated => viewer.is_some(),
            Self::Programme => viewer.is_some_and(|viewer| viewer.role == ViewerRole::Programme),
            Self::Off => false,
        }
    }

    /// Whether a viewer's errors may name what else the schema has.
    pub(super) fn hints(self, viewer: Option<&Viewer>) -> Hints {
        if self.is_for(viewer) {
            Hints::Kept
        } else {
            Hints::TakenOut
        }
    }

    /// Refuses an operation that reads the schema although its viewer may not.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` (401) when a token would help, `FORBIDDEN` when none or another one would be needed.
    pub(super) fn permit(self, viewer: Option<&Viewer>, weight: &Weight) -> Result<(), Refusal> {
        if weight.introspection == 0 || self.is_for(viewer) {
            return Ok(());
        }
        budget::count("introspection_role");
        if self != Self::Off && viewer.is_none() {
            return Err(Refusal::http(
                StatusCode::UNAUTHORIZED,
                ErrorCode::Unauthenticated,
                "Reading the schema (__schema, __type) needs a valid bearer token.",
            ));
        }
        Err(Refusal::document(
            ErrorCode::Forbidden,
            match self {
                Self::Off => "Reading the schema (__schema, __type) is switched off here.",
                _ => "Reading the schema (__schema, __type) is for the national programme.",
            },
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(policy: Introspection, viewer: Option<ViewerRole>) -> Option<(u16, ErrorCode)> {
        let viewer = viewer.map(|role| Viewer::new("somebody", role));
        let permit = |introspection| {
            policy.permit(
                viewer.as_ref(),
                &Weight {
                    complexity: 1,
                    introspection,
                },
            )
        };
        assert!(permit(0).is_ok(), "data is not introspection");
        permit(1)
            .err()
            .map(|refusal| (refusal.status().as_u16(), refusal.code()))
    }

    #[test]
    fn each_setting_has_its_readers() {
        let (nobody, analyst, programme) = (None, Some(ViewerRole::Analyst), Some(ViewerRole::Programme));
        let login = Some((401, ErrorCode::Unauthenticated));
        let never = Some((403, ErrorCode::Forbidden));
        for (policy, expected) in [
            (Introspection::All, [None, None, None]),
            (Introspection::Authenticated, [login, None, None]),
            (Introspection::Programme, [login, never, None]),
            (Introspection::Off, [never, never, never]),
        ] {
            let viewers = [nobody.clone(), analyst.clone(), programme.clone()];
            for (viewer, refused) in viewers.iter().zip(expected) {
                let viewer = viewer.clone().map(|role| Viewer::new("somebody", role));
                let kept = policy.hints(viewer.as_ref()) == Hints::Kept;
                assert_eq!(kept, refused.is_none(), "{policy:?} {viewer:?}");
            }
            assert_eq!(viewers.map(|viewer| answer(policy, viewer)), expected, "{policy:?}");
        }
    }
}
