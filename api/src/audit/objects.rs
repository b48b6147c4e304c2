//! Audit events as the API shows them.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::audit_event;
use serde_json::Value;

use super::{IMPORT_KIND, JOB_KIND, repo::may_read_actor};
use crate::graphql::{
    context::ContextExt,
    errors::{ApiError, Result},
    ids::{Kind, encode},
};

macro_rules! entity_kinds {
    ($($(#[$doc:meta])+ $kind:ident),+ $(,)?) => {
        /// What kind of thing an event is about; the type that `node` gives for its id.
        #[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
        pub enum AuditEntityKind { $($(#[$doc])+ $kind),+ }

        impl From<Kind> for AuditEntityKind {
            fn from(kind: Kind) -> Self {
                match kind { $(Kind::$kind => Self::$kind),+ }
            }
        }
    };
}

entity_kinds!(
    /// A correction of fact.
    AccuracyEdit,
    /// A dated tie of a person.
    Affiliation,
    /// A key with which a machine signs in.
    ApiKey,
    /// A person on a place of a team.
    Assignment,
    /// An event of this record.
    AuditEvent,
    /// Days that a person offered.
    AvailabilityWindow,
    /// Days that are closed.
    BlackoutPeriod,
    /// A link to a document.
    ChallengeDocument,
    /// A possible period of fieldwork.
    ChallengeWindow,
    /// A decision about a late conflict.
    ConflictDecision,
    /// A waiver of a finding.
    ConflictWaiver,
    /// A council.
    Council,
    /// An interest that a person declared.
    DeclaredInterest,
    /// A body that runs services for councils.
    DeliveryBody,
    /// What somebody thinks of a visit.
    Evaluation,
    /// A session of a visit.
    FieldworkSession,
    /// Something that a team found.
    Finding,
    /// A host's objection to a person.
    HostObjection,
    /// An immediate risk to children.
    ImmediateRisk,
    /// An invitation to a team.
    Invitation,
    /// A key figure.
    Kpi,
    /// A notification.
    Notification,
    /// An address for notifications.
    NotificationContact,
    /// Service at a host before or outside this system.
    PastEngagement,
    /// A person of the pool.
    Peer,
    /// A peer challenge, from its request on.
    PeerChallenge,
    /// A host's action.
    PlanAction,
    /// A programme.
    Programme,
    /// A version of a programme's policy.
    ProgrammePolicy,
    /// Something that a team recommends.
    Recommendation,
    /// A region.
    Region,
    /// A season.
    Season,
    /// A plan of a season.
    SeasonPlan,
    /// A proposed team.
    TeamProposal,
    /// A place on a team.
    TeamSlot,
    /// A theme.
    Theme,
);

/// Role in which somebody acted.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
pub enum ActorRole {
    /// The national programme.
    NationalProgramme,
    /// A regional hub.
    RegionalHub,
    /// A council.
    Council,
    /// A peer.
    Peer,
    /// A read-only analyst; never changes anything.
    Analyst,
}

impl ActorRole {
    fn read(code: &str) -> Result<Self> {
        Ok(match code {
            "NATIONAL_PROGRAMME" => Self::NationalProgramme,
            "REGIONAL_HUB" => Self::RegionalHub,
            "COUNCIL" => Self::Council,
            "PEER" => Self::Peer,
            "ANALYST" => Self::Analyst,
            other => {
                return Err(ApiError::internal(format_args!(
                    "an audit event has the unknown role {other:?}"
                )));
            }
        })
    }
}

/// One change of state: who did what to what, and when. Never changed, never deleted.
pub struct AuditEvent(pub audit_event::Model);

impl AuditEvent {
    /// `None` for events that are not about one thing of the API.
    fn kind(&self) -> Result<Option<Kind>> {
        let name = &self.0.entity_kind;
        if [IMPORT_KIND, JOB_KIND].contains(&name.as_str()) {
            return Ok(None);
        }
        let kind = Kind::ALL.iter().copied().find(|kind| kind.name() == name);
        kind.map(Some)
            .ok_or_else(|| ApiError::internal(format_args!("an audit event has the unknown kind {name:?}")))
    }
}

/// One change of state: who did what to what, and when. Never changed, never deleted.
#[Object]
impl AuditEvent {
    /// Opaque id. Later events have greater ids.
    pub async fn id(&self) -> ID {
        encode(Kind::AuditEvent, self.0.id)
    }

    /// When, in UTC.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// Who: the subject of the token. Null for hubs and councils where a peer acted for themselves.
    async fn actor(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<&str>> {
        Ok(may_read_actor(ctx.viewer()?, &self.0.actor_role).then_some(self.0.actor.as_str()))
    }

    /// The role in which they acted.
    async fn role(&self) -> async_graphql::Result<ActorRole> {
        Ok(ActorRole::read(&self.0.actor_role)?)
    }

    /// What was done, such as `PEER_REGISTERED`; an open list of words.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// Id of the thing that it was done to; `node` gives the thing, if it is still there and visible. Null for events that are
    /// about many things at once, such as an import, or about a background job.
    async fn entity_id(&self) -> async_graphql::Result<Option<ID>> {
        Ok(self.kind()?.map(|kind| encode(kind, self.0.entity_id)))
    }

    /// What kind of thing that is; null for events that are about many things at once or about a background job.
    async fn entity_kind(&self) -> async_graphql::Result<Option<AuditEntityKind>> {
        Ok(self.kind()?.map(Into::into))
    }

    /// Facts worth keeping (stages, dates, figures; never personal reasons), by key; usually fewer than ten. Null for
    /// everybody but the national programme.
    async fn details(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Vec<AuditDetail>>> {
        Ok(ctx.viewer()?.is_programme().then(|| details(&self.0.details)))
    }
}

/// A fact kept with an event.
#[derive(Debug, Eq, PartialEq, SimpleObject)]
pub struct AuditDetail {
    /// Its name; dots lead into parts, such as `endsOn.from`.
    key: String,
    /// Its value as text: dates in ISO form, `null` for none.
    value: String,
}

/// The leaves of a JSON value with their paths.
fn details(value: &Value) -> Vec<AuditDetail> {
    fn walk(path: &str, value: &Value, found: &mut Vec<AuditDetail>) {
        let below = |key: &str| {
            if path.is_empty() {
                key.to_owned()
            } else {
                format!("{path}.{key}")
            }
        };
        match value {
            Value::Object(entries) => entries.iter().for_each(|(key, value)| walk(&below(key), value, found)),
            Value::Array(items) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(i, value)| walk(&below(&i.to_string()), value, found));
            }
            Value::String(text) => found.push(AuditDetail {
                key: path.to_owned(),
                value: text.clone(),
            }),
            leaf => found.push(AuditDetail {
                key: path.to_owned(),
                value: leaf.to_string(),
            }),
        }
    }
    let mut found = Vec::new();
    walk("", value, &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_become_keys_and_values() {
        let value = serde_json::json!({ "a": { "from": null, "to": "2026-11-22" }, "days": 3, "list": ["x", true] });
        let found: Vec<_> = details(&value)
            .into_iter()
            .map(|detail| (detail.key, detail.value))
            .collect();
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let expected = [
            pair("a.from", "null"),
            pair("a.to", "2026-11-22"),
            pair("days", "3"),
            pair("list.0", "x"),
            pair("list.1", "true"),
        ];
        assert_eq!(found, expected);
        assert_eq!(details(&serde_json::json!({})), []);
    }

    #[test]
    fn every_role_that_can_act_is_understood() {
        use crate::auth::ViewerRole;
        let roles = [
            ViewerRole::Programme,
            ViewerRole::Hub { regions: Vec::new() },
            ViewerRole::Council { council: String::new() },
            ViewerRole::Peer {
                peer: uuid::Uuid::nil(),
            },
            ViewerRole::Analyst,
        ];
        assert!(roles.iter().all(|role| ActorRole::read(role.code()).is_ok()));
        assert!(ActorRole::read("ROOT").is_err());
    }
}
