//! Doing without reminders by e-mail: whose address it is, and writing down what its owner wants.

use entity::{contact, council, enums::ContactDuty, mail_opt_out, peer, region};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, Set, sea_query::OnConflict};
use uuid::Uuid;

use super::{mail::address_hash, repo};
use crate::{
    audit::{self, Event},
    auth::{Viewer, ViewerRole},
    council::repo::ids_by_code,
    db::Tx,
    graphql::{
        context::Act,
        errors::{Outcome, Result},
        ids::Kind,
    },
};

/// An address at which somebody hears of things.
pub struct Mailbox {
    /// What it belongs to: a peer or a contact.
    pub kind: Kind,
    /// Which.
    pub id: Uuid,
    /// The address.
    pub address: String,
}

impl Mailbox {
    /// A peer's, who has one only with an address.
    pub fn of_peer(id: Uuid, email: Option<String>) -> Option<Self> {
        Some(Self {
            kind: Kind::Peer,
            id,
            address: email?,
        })
    }

    /// A contact's.
    pub fn of_contact(row: contact::Model) -> Self {
        Self {
            kind: Kind::NotificationContact,
            id: row.id,
            address: row.email,
        }
    }

    /// Whether reminders go there.
    ///
    /// # Errors
    /// The database's.
    pub async fn wants_reminders(&self, db: &impl ConnectionTrait) -> Result<bool> {
        let without = mail_opt_out::Entity::find_by_id(address_hash(&self.address));
        Ok(without.one(db).await?.is_none())
    }

    /// Writes down whether reminders go there.
    ///
    /// # Errors
    /// The database's.
    pub async fn want_reminders(&self, tx: &Tx, act: &Act, wanted: bool) -> Outcome<bool> {
        let hash = address_hash(&self.address);
        if wanted {
            mail_opt_out::Entity::delete_by_id(hash).exec(tx).await?;
        } else {
            let row = mail_opt_out::ActiveModel {
                address_hash: Set(hash),
                at: Set(act.at),
            };
            mail_opt_out::Entity::insert(row)
                .on_conflict(
                    OnConflict::column(mail_opt_out::Column::AddressHash)
                        .do_nothing()
                        .to_owned(),
                )
                .exec_without_returning(tx)
                .await?;
        }
        let mut event =
            Event::new("REMINDER_MAIL_SET", self.kind, self.id).with(serde_json::json!({ "wanted": wanted }));
        if self.kind == Kind::Peer {
            event = event.of_peer(self.id);
        }
        audit::record(tx, act, event).await?;
        Ok(wanted)
    }
}

/// The viewer's own; a hub has one for each of its regions, and none of its own.
///
/// # Errors
/// The database's.
pub async fn of_viewer(db: &impl ConnectionTrait, viewer: &Viewer) -> Result<Option<Mailbox>> {
    let owner = match &viewer.role {
        ViewerRole::Peer { peer } => {
            let found = peer::Entity::find_by_id(*peer).one(db).await?;
            return Ok(found.and_then(|row| Mailbox::of_peer(row.id, row.email)));
        }
        ViewerRole::Council { council } => {
            Condition::all().add(contact::Column::CouncilId.in_subquery(ids_by_code(council)))
        }
        ViewerRole::Programme => repo::of_programme(),
        ViewerRole::Hub { .. } | ViewerRole::Analyst => return Ok(None),
    };
    let general = contact::Column::Duty.eq(ContactDuty::General);
    let found = contact::Entity::find().filter(owner).filter(general).one(db).await?;
    Ok(found.map(Mailbox::of_contact))
}

/// That of a peer or contact, and the role in which its owner acts.
///
/// # Errors
/// The database's.
pub async fn of_owner(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<(Mailbox, ViewerRole)>> {
    if let Some(row) = peer::Entity::find_by_id(id).one(db).await? {
        return Ok(Mailbox::of_peer(row.id, row.email).map(|mailbox| (mailbox, ViewerRole::Peer { peer: id })));
    }
    let Some(row) = contact::Entity::find_by_id(id).one(db).await? else {
        return Ok(None);
    };
    let role = if let Some(key) = row.council_id {
        let found = council::Entity::find_by_id(key).one(db).await?;
        found.map(|council| ViewerRole::Council {
            council: council.gss_code,
        })
    } else if let Some(key) = row.region_id {
        let found = region::Entity::find_by_id(key).one(db).await?;
        found.map(|region| ViewerRole::Hub {
            regions: vec![region.gss_code],
        })
    } else {
        Some(ViewerRole::Programme)
    };
    Ok(role.map(|role| (Mailbox::of_contact(row), role)))
}
