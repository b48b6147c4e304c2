//! Events of subscriptions as the API shows them.

use std::sync::Arc;

use async_graphql::{ID, InputObject, Object};
use chrono::{DateTime, Utc};

use super::Bulletin;
use crate::{
    audit::objects::AuditEntityKind,
    challenge::{objects::PeerChallenge, parts::ScheduleEntry},
    graphql::{
        errors::Result,
        ids::{Kind, encode},
        page::argument_ids,
    },
};

/// Narrows what a subscription tells. All given conditions must hold; within a list one of its values must.
#[derive(Debug, Default, InputObject)]
#[expect(clippy::struct_field_names, reason = "the names are the schema's")]
pub struct ChangeFilter {
    /// Hosted by one of these councils (at most 100).
    #[graphql(validator(max_items = 100))]
    host_ids: Option<Vec<ID>>,
    /// Hosted in one of these regions (at most 9).
    #[graphql(validator(max_items = 9))]
    region_ids: Option<Vec<ID>>,
    /// Of one of these programmes (at most 50).
    #[graphql(validator(max_items = 50))]
    programme_ids: Option<Vec<ID>>,
    /// Counting towards one of these seasons (at most 50).
    #[graphql(validator(max_items = 50))]
    season_ids: Option<Vec<ID>>,
}

/// The filter, understood.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) challenge: Option<uuid::Uuid>,
    hosts: Vec<uuid::Uuid>,
    regions: Vec<uuid::Uuid>,
    programmes: Vec<uuid::Uuid>,
    seasons: Vec<uuid::Uuid>,
}

impl ChangeFilter {
    pub(super) fn understood(self) -> Result<Wanted> {
        Ok(Wanted {
            challenge: None,
            hosts: argument_ids(Kind::Council, self.host_ids, "filter.hostIds")?,
            regions: argument_ids(Kind::Region, self.region_ids, "filter.regionIds")?,
            programmes: argument_ids(Kind::Programme, self.programme_ids, "filter.programmeIds")?,
            seasons: argument_ids(Kind::Season, self.season_ids, "filter.seasonIds")?,
        })
    }
}

impl Wanted {
    pub(super) fn takes(&self, bulletin: &Bulletin) -> bool {
        let row = &bulletin.challenge;
        let within = |list: &[uuid::Uuid], id| list.is_empty() || list.contains(&id);
        self.challenge.is_none_or(|id| id == row.id)
            && within(&self.hosts, row.host_id)
            && within(&self.regions, bulletin.host.region)
            && within(&self.programmes, row.programme_id)
            && within(&self.seasons, row.season_id)
    }
}

/// Something happened to a challenge that the viewer may see.
pub struct ChallengeChange(pub Arc<Bulletin>);

/// Something happened to a challenge that the viewer may see.
#[Object]
impl ChallengeChange {
    /// Id of the event in the audit record, the same on every server; drop what you have had. `node` gives the event to those
    /// who may read it.
    async fn id(&self) -> ID {
        encode(Kind::AuditEvent, self.0.change.audit_event)
    }

    /// When it happened, in UTC.
    async fn at(&self) -> DateTime<Utc> {
        self.0.change.at
    }

    /// What was done, such as `CHALLENGE_SUBMITTED` or `PEER_NOMINATED`; the words of `AuditEvent.action`, an open list.
    async fn action(&self) -> &str {
        &self.0.change.action
    }

    /// Id of the thing that it was done to: the challenge, or something of it; `node` gives it, if the viewer may see it.
    async fn entity_id(&self) -> Option<ID> {
        self.0.kind().map(|kind| encode(kind, self.0.change.entity))
    }

    /// What kind of thing that is.
    async fn entity_kind(&self) -> Option<AuditEntityKind> {
        self.0.kind().map(Into::into)
    }

    /// The challenge as it is when the event is told: after this change, perhaps after later ones.
    async fn challenge(&self) -> PeerChallenge {
        PeerChallenge(self.0.challenge.clone())
    }
}

/// A challenge may stand differently in the schedule.
pub struct ScheduleChange(pub Arc<Bulletin>);

/// A challenge may stand differently in the schedule.
#[Object]
impl ScheduleChange {
    /// Id of the event in the audit record, the same on every server; drop what you have had.
    async fn id(&self) -> ID {
        encode(Kind::AuditEvent, self.0.change.audit_event)
    }

    /// When it happened, in UTC.
    async fn at(&self) -> DateTime<Utc> {
        self.0.change.at
    }

    /// What was done, such as `WINDOW_CHOSEN` or `CHALLENGE_POSTPONED`; the words of `AuditEvent.action`, an open list.
    async fn action(&self) -> &str {
        &self.0.change.action
    }

    /// The challenge as it is when the event is told.
    async fn challenge(&self) -> PeerChallenge {
        PeerChallenge(self.0.challenge.clone())
    }

    /// What `schedule` lists of the challenge now, by first day (at most `policy.rules.limits.windowsMax`): put these in the
    /// place of all entries of the challenge. Empty when it is off the schedule.
    async fn entries(&self) -> Vec<ScheduleEntry> {
        self.0.entries().into_iter().map(ScheduleEntry).collect()
    }
}
