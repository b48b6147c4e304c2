//! What people should know: notifications in the API and by e-mail, reminders of deadlines, and the tasks of each viewer.
//!
//! A notification is written in the transaction of what it tells, once for each reader: its key says what it is about, and the
//! database refuses a second one. What it says names no person and no reason (but an inspection, which is of the council); the
//! reader sees more through the API. Who hears of a move of a challenge stands beside its verb (`challenge::lifecycle`).
//!
//! Files: `repo` (who may read which), `remind` (deadlines, as a chore), `dated` (what else has a day), `mail` (by SMTP, as a chore), `opt_out` (doing without reminders), `page` (what the link for that opens), `tasks` (what waits for
//! a viewer), `objects`, `queries`, `mutations`.

pub mod dated;
pub mod mail;
pub mod mutations;
pub mod objects;
pub mod opt_out;
pub mod page;
pub mod queries;
pub mod remind;
pub mod repo;
pub mod tasks;

use chrono::NaiveDate;
use entity::{
    challenge, council,
    enums::{AssignmentStatus, MailState, NoticeAudience, NoticeKind},
    notification,
};
use sea_orm::{ConnectionTrait, EntityTrait, Set, sea_query::OnConflict};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    challenge::lifecycle::Ear,
    graphql::{context::Act, errors::Result},
    team::repo::{leads_of, members},
};

/// Most rows of one statement.
const ROWS: usize = 200;

/// To whom a notification goes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Reader {
    /// The national programme.
    Programme,
    /// A council, as host.
    Host(Uuid),
    /// The hub of a region.
    Hub(Uuid),
    /// A person of the pool.
    Peer(Uuid),
}

impl Reader {
    /// Of which kind it is.
    pub const fn audience(self) -> NoticeAudience {
        match self {
            Self::Programme => NoticeAudience::Programme,
            Self::Host(_) => NoticeAudience::Host,
            Self::Hub(_) => NoticeAudience::Hub,
            Self::Peer(_) => NoticeAudience::Peer,
        }
    }

    fn key(self) -> String {
        match self {
            Self::Programme => "programme".to_owned(),
            Self::Host(id) => format!("host:{id}"),
            Self::Hub(id) => format!("hub:{id}"),
            Self::Peer(id) => format!("peer:{id}"),
        }
    }
}

/// Something to tell.
#[derive(Clone, Debug)]
pub struct Notice {
    kind: NoticeKind,
    key: String,
    text: String,
    challenge: Option<Uuid>,
    milestone: Option<String>,
    due_on: Option<NaiveDate>,
}

impl Notice {
    /// A notice that is told once for each reader and `key`.
    pub fn new(kind: NoticeKind, key: String, text: String) -> Self {
        Self {
            kind,
            key,
            text,
            challenge: None,
            milestone: None,
            due_on: None,
        }
    }

    /// What makes the notice of this key for this reader one, as it is stored.
    pub fn key_for(key: &str, reader: Reader) -> String {
        format!("{key}|{}", reader.key())
    }

    /// Of a challenge; whoever sees it may follow the link.
    #[must_use]
    pub fn of_challenge(self, challenge: Uuid) -> Self {
        Self {
            challenge: Some(challenge),
            ..self
        }
    }

    /// By when something is to be done.
    #[must_use]
    pub fn due(self, on: NaiveDate) -> Self {
        Self {
            due_on: Some(on),
            ..self
        }
    }

    /// What is due, by its name in the policy.
    #[must_use]
    pub fn of_milestone(self, milestone: String) -> Self {
        Self {
            milestone: Some(milestone),
            ..self
        }
    }

    fn row(&self, act: &Act, reader: Reader) -> notification::ActiveModel {
        let (peer, council, region) = match reader {
            Reader::Programme => (None, None, None),
            Reader::Host(id) => (None, Some(id), None),
            Reader::Hub(id) => (None, None, Some(id)),
            Reader::Peer(id) => (Some(id), None, None),
        };
        notification::ActiveModel {
            id: Set(act.id()),
            dedupe_key: Set(Self::key_for(&self.key, reader)),
            kind: Set(self.kind),
            audience: Set(reader.audience()),
            peer_id: Set(peer),
            council_id: Set(council),
            region_id: Set(region),
            challenge_id: Set(self.challenge),
            milestone: Set(self.milestone.clone()),
            due_on: Set(self.due_on),
            text: Set(self.text.clone()),
            created_at: Set(act.at),
            read_at: Set(None),
            mail_state: Set(MailState::Waiting),
            mailed_at: Set(None),
        }
    }
}

/// Tells each reader once, in the transaction of what is told.
///
/// # Errors
/// The database's.
pub async fn tell(tx: &impl ConnectionTrait, act: &Act, readers: &[Reader], notice: &Notice) -> Result<u64> {
    let all: Vec<(Reader, &Notice)> = readers.iter().map(|reader| (*reader, notice)).collect();
    tell_all(tx, act, &all).await
}

/// Tells several notices; gives how many were new.
///
/// # Errors
/// The database's.
pub async fn tell_all(tx: &impl ConnectionTrait, act: &Act, all: &[(Reader, &Notice)]) -> Result<u64> {
    let mut new = 0;
    for some in all.chunks(ROWS) {
        let rows = some.iter().map(|(reader, notice)| notice.row(act, *reader));
        let told = notification::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::column(notification::Column::DedupeKey)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(tx)
            .await?;
        new += told;
    }
    Ok(new)
}

/// Who that is on a challenge; of the team those who were asked.
///
/// # Errors
/// The database's.
pub async fn readers(tx: &impl ConnectionTrait, row: &challenge::Model, ears: &[Ear]) -> Result<Vec<Reader>> {
    let mut readers = Vec::new();
    for ear in ears {
        match ear {
            Ear::Programme => readers.push(Reader::Programme),
            Ear::Host => readers.push(Reader::Host(row.host_id)),
            Ear::Hub => {
                let host = council::Entity::find_by_id(row.host_id).one(tx).await?;
                readers.extend(host.map(|host| Reader::Hub(host.region_id)));
            }
            Ear::Lead => {
                let leads = leads_of(&[row.id], tx).await?;
                readers.extend(leads.into_values().map(Reader::Peer));
            }
            Ear::Team => {
                let asked = members(row.id, &AssignmentStatus::KNOWING, tx).await?;
                readers.extend(asked.into_iter().map(Reader::Peer));
            }
        }
    }
    Ok(readers)
}
