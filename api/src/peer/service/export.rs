//! Everything that is held on a person, table by table, for the person and the national programme.
//!
//! Tables, columns and classes come from `classes`; a column without a class fails the export rather than slip through. What
//! the person may not read (what others said in confidence, names of staff) is marked as withheld; where even its existence
//! is confidential the whole section says so. Every export is in the audit record.

use chrono::{DateTime, Utc};
use entity::{audit_event, peer, peer_duplicate};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IdenStatic, Iterable, ModelTrait, PrimaryKeyToColumn, QueryFilter, QueryOrder,
    QuerySelect, Value,
};
use uuid::Uuid;

use super::{Hand, entries, hand, permit};
use crate::{
    audit::{self, Event},
    db::Tx,
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, Result, ServiceError, UserError, UserErrorCode},
        ids::Kind,
    },
    peer::{
        classes::{Class, Holding, PLANS, PROPOSALS, holding},
        scope::Clearance,
    },
    planning::season::traces as plans,
    team::traces,
};

/// Most records of one table; more than anybody can have.
const MOST_RECORDS: u64 = 10_000;

/// Everything held on a person.
pub struct Export {
    /// The person's entry.
    pub peer: peer::Model,
    /// When it was taken.
    pub at: DateTime<Utc>,
    /// One section per table.
    pub sections: Vec<Section>,
}

/// What one table holds.
pub struct Section {
    /// The table.
    pub holding: &'static Holding,
    /// Whether it is kept from this viewer as a whole.
    pub withheld: bool,
    /// Its records, oldest first where keys tell.
    pub records: Vec<Vec<Held>>,
}

/// One value.
pub struct Held {
    /// The column.
    pub name: &'static str,
    /// What kind of data it is.
    pub class: Class,
    /// The value as text; `None` for none, and where it is withheld.
    pub value: Option<String>,
    /// Whether the viewer may not read it.
    pub withheld: bool,
}

/// Takes everything held on a person, with every entry that was joined to theirs.
///
/// # Errors
/// Refused for anybody but the person and the programme, and for more records than an export can hold.
pub async fn export(tx: &Tx, act: &Act, key: Uuid) -> Outcome<Export> {
    let row = peer::Entity::find_by_id(key).one(tx).await?;
    let (Some(row), Some(hand)) = (row, hand(tx, act, key).await?) else {
        return Err(UserError::not_found("peerId", "peer").into());
    };
    permit(hand, &[Hand::Programme, Hand::Own])?;
    let taking = Taking {
        tx,
        people: entries::of_person(key, tx).await?,
        programme: hand == Hand::Programme,
    };
    let sections = taking.sections(act).await?;
    let records: usize = sections.iter().map(|section| section.records.len()).sum();
    let event = Event::new("PERSONAL_DATA_EXPORTED", Kind::Peer, key)
        .of_peer(key)
        .with(serde_json::json!({ "records": records }));
    audit::record(tx, act, event).await?;
    Ok(Export {
        peer: row,
        at: act.at,
        sections,
    })
}

struct Taking<'a> {
    tx: &'a Tx,
    people: Vec<Uuid>,
    programme: bool,
}

impl Taking<'_> {
    async fn sections(&self, act: &Act) -> Outcome<Vec<Section>> {
        let mut sections = Vec::new();
        macro_rules! take {
            ($($table:ident by $($column:ident)or+;)+) => {$(
                let mine = Condition::any()$(.add(entity::$table::Column::$column.is_in(self.people.iter().copied())))+;
                sections.push(self.section(stringify!($table), entity::$table::Entity::find().filter(mine)).await?);
            )+};
        }
        take! {
            peer by Id;
            peer_role by PeerId;
            peer_theme by PeerId;
            affiliation by PeerId;
            declared_interest by PeerId;
            availability_window by PeerId;
            blackout_period by PeerId;
            past_engagement by PeerId;
        }
        let decided = Condition::any()
            .add(peer_duplicate::Column::PeerAId.is_in(self.people.iter().copied()))
            .add(peer_duplicate::Column::PeerBId.is_in(self.people.iter().copied()));
        let decided = peer_duplicate::Entity::find().filter(decided);
        sections.push(self.section("peer_duplicate", decided).await?);
        take! {
            assignment by PeerId;
            reserve by PeerId;
            conflict_waiver by PeerId;
            conflict_decision by PeerId;
            host_objection by PeerId;
            invitation by PeerId;
            session_peer by PeerId;
            finding by RecordedByPeerId;
            evaluation by AboutPeerId or ByPeerId;
            notification by PeerId;
        }
        sections.push(self.record(act).await?);
        sections.push(self.proposals().await?);
        sections.push(self.plans().await?);
        Ok(sections)
    }

    async fn section<E>(&self, table: &'static str, select: sea_orm::Select<E>) -> Outcome<Section>
    where
        E: EntityTrait,
        E::Model: ModelTrait<Entity = E>,
    {
        let holding = holding(table).ok_or_else(|| ApiError::internal(format_args!("{table} has no classes")))?;
        if holding.confidential && !self.programme {
            return Ok(withheld(holding));
        }
        let ordered = E::PrimaryKey::iter().fold(select, |select, key| select.order_by_asc(key.into_column()));
        let rows = ordered.limit(MOST_RECORDS + 1).all(self.tx).await?;
        few_enough(holding, rows.len())?;
        let records = rows
            .iter()
            .map(|row| self.held::<E>(holding, row))
            .collect::<Result<_>>()?;
        Ok(Section {
            holding,
            withheld: false,
            records,
        })
    }

    fn held<E>(&self, holding: &Holding, row: &E::Model) -> Result<Vec<Held>>
    where
        E: EntityTrait,
        E::Model: ModelTrait<Entity = E>,
    {
        E::Column::iter()
            .map(|column| {
                let name = column.as_str();
                let class = holding
                    .class(name)
                    .ok_or_else(|| ApiError::internal(format_args!("{}.{name} has no class", holding.table)))?;
                Ok(self.value(name, class, text(&row.get(column))?))
            })
            .collect()
    }

    fn value(&self, name: &'static str, class: Class, value: Option<String>) -> Held {
        let open = class.is_open_to(Clearance::Everything, self.programme);
        Held {
            name,
            class,
            value: value.filter(|_| open),
            withheld: !open,
        }
    }

    /// The audit record: events about the person, and what they did. What was kept with an event about somebody else is that
    /// somebody's.
    async fn record(&self, act: &Act) -> Outcome<Section> {
        use audit_event::Column;
        let mine = Condition::any()
            .add(Column::PeerId.is_in(self.people.iter().copied()))
            .add(Column::ActorPeerId.is_in(self.people.iter().copied()));
        let select = audit_event::Entity::find()
            .filter(mine)
            .filter(audit::repo::visible_to(&act.viewer));
        let mut section = self.section("audit_event", select).await?;
        for record in &mut section.records {
            let theirs = |column: &str, record: &[Held]| {
                let held = record.iter().find(|held| held.name == column);
                let key = held.and_then(|held| held.value.as_deref());
                key.is_some_and(|key| self.people.iter().any(|peer| peer.to_string() == key))
            };
            let (about, by) = (theirs("peer_id", record), theirs("actor_peer_id", record));
            for held in record {
                // Who of the staff did it is theirs to say, not the person's to read.
                if (held.name == "details" && !about) || (held.name == "actor" && !by && !self.programme) {
                    (held.value, held.withheld) = (None, true);
                }
            }
        }
        Ok(section)
    }

    async fn proposals(&self) -> Outcome<Section> {
        if !self.programme {
            return Ok(withheld(&PROPOSALS));
        }
        let traces = traces::find(&self.people, MOST_RECORDS + 1, self.tx).await?;
        few_enough(&PROPOSALS, traces.len())?;
        let record = |trace: traces::Trace| {
            vec![
                self.value("proposal_id", Class::Record, Some(trace.proposal.to_string())),
                self.value("challenge_id", Class::Confidence, Some(trace.challenge.to_string())),
                self.value("named_as", Class::Confidence, Some(trace.named_as.code().to_owned())),
                self.value("rule", Class::Confidence, trace.rule),
                self.value("created_at", Class::Record, Some(trace.created_at.to_rfc3339())),
            ]
        };
        Ok(Section {
            holding: &PROPOSALS,
            withheld: false,
            records: traces.into_iter().map(record).collect(),
        })
    }

    async fn plans(&self) -> Outcome<Section> {
        if !self.programme {
            return Ok(withheld(&PLANS));
        }
        let traces = plans::find(&self.people, MOST_RECORDS + 1, self.tx).await?;
        few_enough(&PLANS, traces.len())?;
        let record = |trace: plans::Trace| {
            let challenge = trace.challenge.map(|challenge| challenge.to_string());
            vec![
                self.value("plan_id", Class::Record, Some(trace.plan.to_string())),
                self.value("challenge_id", Class::Confidence, challenge),
                self.value("named_as", Class::Confidence, Some(trace.named_as.to_owned())),
                self.value("created_at", Class::Record, Some(trace.created_at.to_rfc3339())),
            ]
        };
        Ok(Section {
            holding: &PLANS,
            withheld: false,
            records: traces.into_iter().map(record).collect(),
        })
    }
}

fn withheld(holding: &'static Holding) -> Section {
    Section {
        holding,
        withheld: true,
        records: Vec::new(),
    }
}

fn few_enough(holding: &Holding, records: usize) -> Result<(), ServiceError> {
    if u64::try_from(records).is_ok_and(|records| records <= MOST_RECORDS) {
        return Ok(());
    }
    let message = format!("{} holds more than {MOST_RECORDS} records about them.", holding.table);
    Err(UserError::at(UserErrorCode::TooMany, "peerId", message).into())
}

/// A value as text; `None` for none.
fn text(value: &Value) -> Result<Option<String>> {
    Ok(match value {
        Value::Bool(value) => value.map(|value| value.to_string()),
        Value::Int(value) => value.map(|value| value.to_string()),
        Value::BigInt(value) => value.map(|value| value.to_string()),
        Value::String(value) => value.as_ref().map(ToString::to_string),
        Value::Uuid(value) => value.as_ref().map(ToString::to_string),
        Value::ChronoDate(value) => value.as_ref().map(ToString::to_string),
        Value::ChronoDateTimeUtc(value) => value.as_ref().map(chrono::DateTime::to_rfc3339),
        Value::Json(value) => value.as_ref().map(ToString::to_string),
        other => {
            return Err(ApiError::internal(format_args!(
                "a value of an unexpected kind: {other:?}"
            )));
        }
    })
}
