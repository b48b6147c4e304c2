//! The smallest set of rows that the invariants are about, written through the entities.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use entity::enums::{AssignmentStatus, CouncilKind, PeerRole, PeerStatus, ProgrammeKind, Reach, Stage};
use entity::{assignment, challenge, council, peer, programme, programme_policy, region, season, team_slot};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel};
use uuid::Uuid;

/// Keys of what [`World::plant`] wrote.
pub(crate) struct World {
    pub(crate) programme: Uuid,
    pub(crate) policy: Uuid,
    pub(crate) season: Uuid,
    /// The host of [`World::challenge`].
    pub(crate) host: Uuid,
    /// Where the peers come from.
    pub(crate) home: Uuid,
    pub(crate) peer: Uuid,
    pub(crate) other_peer: Uuid,
    /// Live (team building).
    pub(crate) challenge: Uuid,
    pub(crate) slot: Uuid,
    pub(crate) other_slot: Uuid,
}

/// Distinct keys whose text says what they are, in tests only.
pub(crate) const fn key(number: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number)
}

/// A day of October 2026.
pub(crate) fn october(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 10, day).unwrap()
}

/// An instant of 22 November 2026.
pub(crate) fn instant() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_348_800, 0).unwrap()
}

/// Writes a whole row.
pub(crate) async fn insert<A>(db: &impl ConnectionTrait, row: impl IntoActiveModel<A>) -> Result<(), DbErr>
where
    A: ActiveModelTrait + Send + Sync,
{
    A::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(db)
        .await
        .map(|_| ())
}

pub(crate) fn region() -> region::Model {
    region::Model {
        id: key(1),
        gss_code: "E12000001".to_owned(),
        name: "North East".to_owned(),
    }
}

pub(crate) fn council(id: Uuid, code: &str, name: &str) -> council::Model {
    council::Model {
        id,
        gss_code: code.to_owned(),
        name: name.to_owned(),
        official_name: format!("{name} Borough Council"),
        short_code: None,
        dfe_la_code: Some("805".to_owned()),
        region_id: key(1),
        kind: CouncilKind::Unitary,
        upper_tier_id: None,
        provides_childrens_services: true,
        latitude: Some(54.676_25),
        longitude: Some(-1.27),
        population: Some(92_300),
        population_year: Some(2021),
        population_0_17: None,
        political_control: None,
        control_changed_on: None,
        starts_on: None,
        ends_on: None,
        search_name: name.to_lowercase(),
        version: 1,
        created_at: instant(),
        updated_at: instant(),
    }
}

pub(crate) fn peer(id: Uuid, reference: &str) -> peer::Model {
    peer::Model {
        id,
        reference: reference.to_owned(),
        name: format!("Test Peer {reference}"),
        search_name: format!("test peer {reference}").to_lowercase(),
        post: None,
        email: None,
        email_key: None,
        name_key: format!("peer test {reference}"),
        party: None,
        status: PeerStatus::Active,
        trained_on: Some(october(1)),
        declared_on: None,
        retired_on: None,
        capacity: Some(2),
        version: 1,
        created_at: instant(),
        updated_at: instant(),
        erased_at: None,
    }
}

impl World {
    pub(crate) async fn plant(db: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let world = Self {
            programme: key(10),
            policy: key(11),
            season: key(12),
            host: key(20),
            home: key(21),
            peer: key(30),
            other_peer: key(31),
            challenge: key(40),
            slot: key(50),
            other_slot: key(51),
        };
        insert(db, region()).await?;
        insert(db, council(world.host, "E06000001", "Hartlepool")).await?;
        insert(db, council(world.home, "E06000002", "Middlesbrough")).await?;
        insert(
            db,
            programme::Model {
                id: world.programme,
                code: "CSPC".to_owned(),
                name: "Children's services peer challenge".to_owned(),
                kind: ProgrammeKind::ChildrensServices,
                reach: Reach::National,
                days_on_site_min: 3,
                days_on_site_max: 4,
                active: true,
                version: 1,
                created_at: instant(),
                updated_at: instant(),
            },
        )
        .await?;
        insert(db, world.policy_version(world.policy, 1)).await?;
        insert(
            db,
            season::Model {
                id: world.season,
                name: "2026/27".to_owned(),
                starts_on: NaiveDate::from_ymd_opt(2026, 4, 1).unwrap(),
                ends_on: NaiveDate::from_ymd_opt(2027, 3, 31).unwrap(),
                version: 1,
                created_at: instant(),
                updated_at: instant(),
            },
        )
        .await?;
        insert(db, peer(world.peer, "P-1")).await?;
        insert(db, peer(world.other_peer, "P-2")).await?;
        insert(db, world.another_challenge(world.challenge, Stage::TeamBuilding)).await?;
        for (id, position) in [(world.slot, 1), (world.other_slot, 2)] {
            insert(db, world.a_slot(id, position)).await?;
        }
        Ok(world)
    }

    pub(crate) fn policy_version(&self, id: Uuid, number: i32) -> programme_policy::Model {
        programme_policy::Model {
            id,
            programme_id: self.programme,
            number,
            effective_from: october(1),
            body: serde_json::json!({ "rest_days": 7, "nested": [1, null, "ü"] }),
            note: String::new(),
            created_by: "programme".to_owned(),
            created_at: instant(),
        }
    }

    /// A challenge of the same programme, host and season.
    pub(crate) fn another_challenge(&self, id: Uuid, stage: Stage) -> challenge::Model {
        challenge::Model {
            id,
            reference: format!("PC-{id}"),
            programme_id: self.programme,
            season_id: self.season,
            host_id: self.host,
            stage,
            stage_changed_at: instant(),
            side_reason: None,
            side_note: None,
            resumes_to: None,
            policy_id: self.policy,
            window_id: None,
            starts_on: Some(october(12)),
            ends_on: Some(october(15)),
            delivery_mode: None,
            organiser: None,
            adviser: None,
            manager: None,
            first_challenge_id: None,
            version: 1,
            created_at: instant(),
            updated_at: instant(),
        }
    }

    pub(crate) fn a_slot(&self, id: Uuid, position: i32) -> team_slot::Model {
        team_slot::Model {
            id,
            challenge_id: self.challenge,
            position,
            role: PeerRole::Section151Officer,
            is_lead: position == 1,
        }
    }

    /// An assignment of [`World::peer`] to [`World::slot`] on days of October 2026.
    pub(crate) fn assignment(&self, id: u128, from: u32, to: u32, status: AssignmentStatus) -> assignment::Model {
        assert_eq!(october(from).month(), 10);
        assignment::Model {
            id: key(id),
            challenge_id: self.challenge,
            slot_id: self.slot,
            peer_id: self.peer,
            home_council_id: self.home,
            starts_on: october(from),
            ends_on: october(to),
            status,
            policy_id: self.policy,
            nominated_by: "manager".to_owned(),
            status_reason: None,
            version: 1,
            created_at: instant(),
            updated_at: instant(),
        }
    }
}
