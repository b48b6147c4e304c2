//! People for tests, written straight into the tables: eligible for everything unless a test says otherwise.

use anyhow::Context as _;
use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::{
    affiliation, availability_window, council,
    enums::{AffiliationKind, PeerRole, PeerStatus},
    past_engagement, peer, peer_role, peer_theme, theme,
};
use peer_challenge::{clock::Clock as _, db::Database};
use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};
use uuid::Uuid;

use crate::app::App;

/// Somebody to be.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// Reference and name.
    pub reference: &'static str,
    /// GSS code of the home council.
    pub home: &'static str,
    /// What they can serve as.
    pub role: PeerRole,
    /// Codes of the themes that they know.
    pub themes: &'static [&'static str],
    /// Whether they have served before.
    pub served: bool,
}

impl Person {
    /// Somebody with no themes who never served.
    pub const fn new(reference: &'static str, home: &'static str, role: PeerRole) -> Self {
        Self {
            reference,
            home,
            role,
            themes: &[],
            served: false,
        }
    }
}

fn days(today: NaiveDate, ago: u64) -> anyhow::Result<NaiveDate> {
    today.checked_sub_days(Days::new(ago)).context("a date")
}

/// Key of the council with this GSS code.
pub async fn council_key(database: &Database, gss_code: &str) -> anyhow::Result<Uuid> {
    let row = council::Entity::find()
        .filter(council::Column::GssCode.eq(gss_code))
        .one(database.reader())
        .await?;
    Ok(row.with_context(|| format!("no council {gss_code}"))?.id)
}

impl App {
    /// Adds somebody: trained and declared lately, free for a year from today.
    pub async fn person(&self, person: Person) -> anyhow::Result<Uuid> {
        let (today, at): (NaiveDate, DateTime<Utc>) = (self.clock.today(), self.clock.now());
        let home = council_key(&self.database, person.home).await?;
        let tx = self.database.begin().await?;
        let id = self.ids.next_id();
        let lower = person.reference.to_lowercase();
        peer::Model {
            id,
            reference: person.reference.to_owned(),
            name: person.reference.to_owned(),
            search_name: lower.clone(),
            post: Some("Post".to_owned()),
            email: Some(format!("{lower}@example.org")),
            email_key: Some(format!("{lower}@example.org")),
            name_key: lower,
            party: None,
            status: PeerStatus::Active,
            trained_on: Some(days(today, 100)?),
            declared_on: Some(days(today, 30)?),
            retired_on: None,
            capacity: None,
            version: 1,
            created_at: at,
            updated_at: at,
            erased_at: None,
        }
        .into_active_model()
        .insert(&tx)
        .await?;
        peer_role::Model {
            peer_id: id,
            role: person.role,
        }
        .into_active_model()
        .insert(&tx)
        .await?;
        for code in person.themes {
            let theme = theme::Entity::find()
                .filter(theme::Column::Code.eq(*code))
                .one(&tx)
                .await?;
            let theme_id = theme.with_context(|| format!("no theme {code}"))?.id;
            peer_theme::Model { peer_id: id, theme_id }
                .into_active_model()
                .insert(&tx)
                .await?;
        }
        affiliation::Model {
            id: self.ids.next_id(),
            peer_id: id,
            kind: if person.role == PeerRole::MemberPeer {
                AffiliationKind::ElectedOffice
            } else {
                AffiliationKind::Employment
            },
            council_id: Some(home),
            delivery_body_id: None,
            post: None,
            is_primary: true,
            starts_on: Some(days(today, 1_000)?),
            ends_on: None,
            reference: None,
            version: 1,
            created_at: at,
            updated_at: at,
        }
        .into_active_model()
        .insert(&tx)
        .await?;
        availability_window::Model {
            id: self.ids.next_id(),
            peer_id: id,
            starts_on: today,
            ends_on: today.checked_add_days(Days::new(365)).context("a date")?,
            created_at: at,
        }
        .into_active_model()
        .insert(&tx)
        .await?;
        if person.served {
            // Long ago and far away, so that it speaks for experience and against nothing.
            past_engagement::Model {
                id: self.ids.next_id(),
                peer_id: id,
                home_council_id: home,
                host_council_id: council_key(&self.database, "E06000053").await?,
                programme_id: None,
                season_id: None,
                role: Some(person.role),
                starts_on: days(today, 2_000)?,
                ends_on: days(today, 1_997)?,
                reference: None,
            }
            .into_active_model()
            .insert(&tx)
            .await?;
        }
        tx.commit().await?;
        Ok(id)
    }
}
