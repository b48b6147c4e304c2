//! The content of a token, and its translation into a [`ViewerRole`].
//!
//! A role must come with exactly its own scope claim: a council token without `council` would have no scope, one
//! with an additional `regions` claim was minted by somebody who meant something else. Both are refused, the same
//! way for tokens that arrive and for tokens that are minted here.
//!
//! | `role` | scope claim |
//! |---|---|
//! | `NATIONAL_PROGRAMME` | none |
//! | `REGIONAL_HUB` | `regions`: GSS codes of regions |
//! | `COUNCIL` | `council`: GSS code of a council |
//! | `PEER` | `peer`: UUID |
//! | `ANALYST` | none |

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::viewer::ViewerRole;

/// The claims that say what the bearer acts as.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleClaims {
    /// Code of the role, for example `REGIONAL_HUB`.
    pub role: String,
    /// GSS codes of a hub's regions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<Vec<String>>,
    /// GSS code of a council.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub council: Option<String>,
    /// Key of a peer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<Uuid>,
}

/// Everything that this service reads from a token. `iss` and `aud` are checked before this is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// Who the bearer is, for the audit trail.
    pub sub: String,
    /// Issuer.
    pub iss: String,
    /// End of validity, seconds since 1970 (UTC).
    pub exp: i64,
    /// Start of validity, seconds since 1970 (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// When it was issued, seconds since 1970 (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// What the bearer acts as.
    #[serde(flatten)]
    pub role: RoleClaims,
}

/// Why claims do not describe a viewer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// The role is not one of the five.
    #[error("the role \"{0}\" is unknown")]
    UnknownRole(String),
    /// The role's scope is missing.
    #[error("the role {role} needs the claim \"{claim}\"")]
    Missing {
        /// The role.
        role: &'static str,
        /// The claim that is missing.
        claim: &'static str,
    },
    /// A scope that belongs to another role.
    #[error("the role {role} must not carry the claim \"{claim}\"")]
    Foreign {
        /// The role.
        role: &'static str,
        /// The claim that does not belong there.
        claim: &'static str,
    },
    /// A code that is no GSS code of the right kind.
    #[error("\"{code}\" in the claim \"{claim}\" is not a GSS code of a {claim}")]
    Code {
        /// The claim.
        claim: &'static str,
        /// The value.
        code: String,
    },
    /// The subject is empty or longer than 255 characters.
    #[error("the subject must have 1 to 255 characters")]
    Subject,
    /// The subject looks like the key of a machine in the audit record.
    #[error(
        "subjects that begin with \"{}\" are kept for the keys of machines",
        super::machine::ACTOR
    )]
    Reserved,
}

impl RoleClaims {
    /// The claims that carry a role.
    pub fn of(role: &ViewerRole) -> Self {
        let mut claims = Self {
            role: role.code().to_owned(),
            ..Self::default()
        };
        match role {
            ViewerRole::Hub { regions } => claims.regions = Some(regions.clone()),
            ViewerRole::Council { council } => claims.council = Some(council.clone()),
            ViewerRole::Peer { peer } => claims.peer = Some(*peer),
            ViewerRole::Programme | ViewerRole::Analyst => {}
        }
        claims
    }

    /// The role these claims describe, when they are exactly right for it.
    pub fn into_role(self) -> Result<ViewerRole, ClaimError> {
        let Self {
            role,
            regions,
            council,
            peer,
        } = self;
        let code = match role.as_str() {
            "NATIONAL_PROGRAMME" => "NATIONAL_PROGRAMME",
            "REGIONAL_HUB" => "REGIONAL_HUB",
            "COUNCIL" => "COUNCIL",
            "PEER" => "PEER",
            "ANALYST" => "ANALYST",
            _ => return Err(ClaimError::UnknownRole(role)),
        };
        let own = match code {
            "REGIONAL_HUB" => "regions",
            "COUNCIL" => "council",
            "PEER" => "peer",
            _ => "",
        };
        let present = [
            ("regions", regions.is_some()),
            ("council", council.is_some()),
            ("peer", peer.is_some()),
        ];
        if let Some((claim, _)) = present.into_iter().find(|(claim, there)| *there && *claim != own) {
            return Err(ClaimError::Foreign { role: code, claim });
        }
        let missing = ClaimError::Missing { role: code, claim: own };
        Ok(match code {
            "NATIONAL_PROGRAMME" => ViewerRole::Programme,
            "ANALYST" => ViewerRole::Analyst,
            "PEER" => ViewerRole::Peer {
                peer: peer.ok_or(missing)?,
            },
            "COUNCIL" => {
                let council = council.ok_or(missing)?;
                // E06 to E10 are the council types; regions are E12.
                if !is_gss(&council) || council.starts_with("E12") {
                    return Err(ClaimError::Code {
                        claim: "council",
                        code: council,
                    });
                }
                ViewerRole::Council { council }
            }
            _ => {
                let mut regions = regions.filter(|regions| !regions.is_empty()).ok_or(missing)?;
                if let Some(code) = regions.iter().find(|code| !is_gss(code) || !code.starts_with("E12")) {
                    return Err(ClaimError::Code {
                        claim: "regions",
                        code: code.clone(),
                    });
                }
                regions.sort();
                regions.dedup();
                ViewerRole::Hub { regions }
            }
        })
    }
}

/// Checks a subject: it goes into the audit trail, so it must say something and stay short.
pub fn check_subject(subject: &str) -> Result<(), ClaimError> {
    let length = subject.chars().count();
    if subject.trim().is_empty() || length > 255 || subject.chars().any(char::is_control) {
        return Err(ClaimError::Subject);
    }
    if subject.starts_with(super::machine::ACTOR) {
        return Err(ClaimError::Reserved);
    }
    Ok(())
}

/// `E` and eight digits.
fn is_gss(code: &str) -> bool {
    code.len() == 9
        && code
            .strip_prefix('E')
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(json: serde_json::Value) -> Result<ViewerRole, ClaimError> {
        serde_json::from_value::<RoleClaims>(json).unwrap().into_role()
    }

    #[test]
    fn each_role_takes_its_own_scope_and_gives_it_back() {
        let peer = "0198c0de-0000-7000-8000-000000000001";
        for json in [
            serde_json::json!({"role": "NATIONAL_PROGRAMME"}),
            serde_json::json!({"role": "ANALYST"}),
            serde_json::json!({"role": "REGIONAL_HUB", "regions": ["E12000001", "E12000009"]}),
            serde_json::json!({"role": "COUNCIL", "council": "E06000001"}),
            serde_json::json!({"role": "PEER", "peer": peer}),
        ] {
            let role = claims(json.clone()).unwrap();
            assert_eq!(serde_json::to_value(RoleClaims::of(&role)).unwrap(), json);
        }
    }

    #[test]
    fn a_missing_foreign_or_senseless_scope_is_refused() {
        use serde_json::json;
        let missing = |role, claim| Err(ClaimError::Missing { role, claim });
        let foreign = |role, claim| Err(ClaimError::Foreign { role, claim });
        assert_eq!(claims(json!({"role": "COUNCIL"})), missing("COUNCIL", "council"));
        assert_eq!(claims(json!({"role": "PEER"})), missing("PEER", "peer"));
        assert_eq!(
            claims(json!({"role": "REGIONAL_HUB"})),
            missing("REGIONAL_HUB", "regions")
        );
        assert_eq!(
            claims(json!({"role": "REGIONAL_HUB", "regions": []})),
            missing("REGIONAL_HUB", "regions")
        );
        assert_eq!(
            claims(json!({"role": "NATIONAL_PROGRAMME", "council": "E06000001"})),
            foreign("NATIONAL_PROGRAMME", "council")
        );
        assert_eq!(
            claims(json!({"role": "COUNCIL", "council": "E06000001", "regions": ["E12000001"]})),
            foreign("COUNCIL", "regions")
        );
        assert!(matches!(
            claims(json!({"role": "COUNCIL", "council": "E12000001"})),
            Err(ClaimError::Code { .. })
        ));
        assert!(matches!(
            claims(json!({"role": "COUNCIL", "council": "Leeds"})),
            Err(ClaimError::Code { .. })
        ));
        assert!(matches!(
            claims(json!({"role": "REGIONAL_HUB", "regions": ["E06000001"]})),
            Err(ClaimError::Code { .. })
        ));
        assert_eq!(
            claims(json!({"role": "ADMIN"})),
            Err(ClaimError::UnknownRole("ADMIN".to_owned()))
        );
    }

    #[test]
    fn a_subject_says_something_short() {
        assert!(check_subject("programme@example.org").is_ok());
        for bad in ["", "  ", "line\nbreak", &"x".repeat(256)] {
            assert_eq!(check_subject(bad), Err(ClaimError::Subject));
        }
        assert_eq!(check_subject("key:abcdefghijkl"), Err(ClaimError::Reserved));
    }
}
