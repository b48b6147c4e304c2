//! A challenge at Hartlepool in team building over the real councils, a pool of a few people, and shorthands.
//!
//! The slots are lead (director), member and manager; the windows are in June and July 2027. Of the people only what the
//! tests are about differs: each is declared, trained, free all summer and at home far from Hartlepool unless said.

use std::sync::Arc;

use anyhow::Context as _;
use async_graphql::{EmptySubscription, MergedObject, Request, Schema, Variables};
use chrono::NaiveDate;
use entity::{
    affiliation, assignment, availability_window, challenge, challenge_theme, challenge_window, council,
    enums::{AffiliationKind, AssignmentStatus, InterestKind, PeerRole, PoliticalControl, Stage},
    past_engagement, peer, peer_role, programme, programme_policy, team_slot, theme,
};
use peer_challenge::{
    auth::{Viewer, ViewerRole},
    challenge::{mutations::ChallengeMutation, queries::ChallengeQuery},
    clock::{Clock, ManualClock},
    graphql::{
        context::Act,
        ids::{Kind, encode},
        loader::loaders,
    },
    ids::{IdGenerator, SeededIds},
    import::reference,
    peer::{mutations::PeerMutation, queries::PeerQuery},
    planning::season::{mutations::SeasonPlanMutation, queries::SeasonPlanQuery},
    programme::{mutations::ProgrammeMutation, queries::ProgrammeQuery, seed},
    season::service::{NewSeason, create},
    team::{mutations::TeamMutation, queries::TeamQuery},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Set};
use serde_json::{Value, json};
use support::TestDb;
use uuid::Uuid;

use crate::database::world::{insert, instant, key};

#[derive(Default, MergedObject)]
pub(super) struct Query(TeamQuery, ChallengeQuery, PeerQuery, ProgrammeQuery, SeasonPlanQuery);

#[derive(Default, MergedObject)]
pub(super) struct Mutation(
    TeamMutation,
    PeerMutation,
    ProgrammeMutation,
    ChallengeMutation,
    SeasonPlanMutation,
);

pub(super) const HARTLEPOOL: &str = "E06000001";
pub(super) const STOCKTON: &str = "E06000004";
pub(super) const DEVON: &str = "E10000008";
pub(super) const KENT: &str = "E10000016";
pub(super) const NORFOLK: &str = "E10000020";
pub(super) const SUFFOLK: &str = "E10000029";
pub(super) const SURREY: &str = "E10000030";

pub(super) const CHALLENGE: Uuid = key(40);
pub(super) const LEAD_SLOT: Uuid = key(50);
pub(super) const MEMBER_SLOT: Uuid = key(51);
pub(super) const MANAGER_SLOT: Uuid = key(52);
pub(super) const JUNE: Uuid = key(60);
pub(super) const JULY: Uuid = key(61);

/// Director in Kent, served before.
pub(super) const LEAD: Uuid = key(100);
/// Labour member in Devon.
pub(super) const MEMBER: Uuid = key(101);
/// Manager in Norfolk.
pub(super) const MANAGER: Uuid = key(102);
/// Manager at the host itself.
pub(super) const OWN: Uuid = key(103);
/// Manager at a neighbour of the host.
pub(super) const NEXT_DOOR: Uuid = key(104);
/// Manager in Suffolk with a declared interest in the host.
pub(super) const INTERESTED: Uuid = key(105);
/// Manager in Surrey.
pub(super) const SPARE: Uuid = key(106);

pub(super) struct Desk<'a> {
    pub(super) db: &'a TestDb,
    pub(super) clock: Arc<ManualClock>,
    pub(super) ids: Arc<dyn IdGenerator>,
    schema: Schema<Query, Mutation, EmptySubscription>,
}

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn viewer(role: ViewerRole) -> Viewer {
    Viewer::new(format!("{}@test", role.code().to_lowercase()), role)
}

pub(super) fn national() -> Viewer {
    viewer(ViewerRole::Programme)
}

pub(super) fn host() -> Viewer {
    viewer(ViewerRole::Council {
        council: HARTLEPOOL.to_owned(),
    })
}

pub(super) fn person(peer: Uuid) -> Viewer {
    viewer(ViewerRole::Peer { peer })
}

pub(super) fn id(kind: Kind, key: Uuid) -> String {
    encode(kind, key).0
}

impl<'a> Desk<'a> {
    pub(super) async fn open(db: &'a TestDb) -> anyhow::Result<Self> {
        let clock = Arc::new(ManualClock::on(day("2026-11-22")));
        let ids: Arc<dyn IdGenerator> = Arc::new(SeededIds::new(clock.clone(), 7));
        let tx = db.database().begin().await?;
        reference::load(&tx, &*clock, &*ids).await?;
        let act = Act::new(national(), &*clock, ids.clone());
        anyhow::ensure!(seed::load(&tx, &act, day("2020-01-01")).await.is_ok(), "programmes");
        let new = NewSeason {
            name: "2026/27".to_owned(),
            starts_on: day("2026-04-01"),
            ends_on: day("2027-09-30"),
        };
        let Ok(season) = create(&tx, &act, new).await else {
            anyhow::bail!("season")
        };
        tx.commit().await?;
        let schema = Schema::build(Query::default(), Mutation::default(), EmptySubscription)
            .data(db.database().clone())
            .data(clock.clone() as Arc<dyn Clock>)
            .data(ids.clone())
            .finish();
        let desk = Self { db, clock, ids, schema };
        desk.plant_challenge(season.id).await?;
        desk.person(LEAD, "Lead", PeerRole::DirectorOfChildrensServices, KENT)
            .await?;
        desk.person(MEMBER, "Member", PeerRole::MemberPeer, DEVON).await?;
        desk.person(MANAGER, "Manager", PeerRole::OperationalManager, NORFOLK)
            .await?;
        desk.person(OWN, "Own", PeerRole::OperationalManager, HARTLEPOOL)
            .await?;
        desk.person(NEXT_DOOR, "Next Door", PeerRole::OperationalManager, STOCKTON)
            .await?;
        desk.person(INTERESTED, "Interested", PeerRole::OperationalManager, SUFFOLK)
            .await?;
        desk.person(SPARE, "Spare", PeerRole::OperationalManager, SURREY)
            .await?;
        insert(
            db.conn(),
            entity::declared_interest::Model {
                id: key(300),
                peer_id: INTERESTED,
                kind: InterestKind::Other,
                council_id: desk.council(HARTLEPOOL).await?,
                note: "A cousin once worked there.".to_owned(),
                starts_on: None,
                ends_on: None,
                withdrawn_at: None,
                reference: None,
                version: 1,
                created_at: instant(),
                updated_at: instant(),
            },
        )
        .await?;
        let served = past_engagement::Model {
            id: key(301),
            peer_id: LEAD,
            home_council_id: desk.council(KENT).await?,
            host_council_id: desk.council(DEVON).await?,
            programme_id: None,
            season_id: None,
            role: None,
            starts_on: day("2024-03-04"),
            ends_on: day("2024-03-07"),
            reference: None,
        };
        insert(db.conn(), served).await?;
        Ok(desk)
    }

    async fn plant_challenge(&self, season: Uuid) -> anyhow::Result<()> {
        let conn = self.db.conn();
        let host = council::Entity::find()
            .filter(council::Column::GssCode.eq(HARTLEPOOL))
            .one(conn)
            .await?;
        let host = host.context("host")?;
        let host_id = host.id;
        let mut labour = host.into_active_model();
        labour.political_control = Set(Some(PoliticalControl::Labour));
        labour.update(conn).await?;
        let programme = programme::Entity::find()
            .filter(programme::Column::Code.eq("CSPC"))
            .one(conn)
            .await?;
        let programme = programme.context("programme")?.id;
        let policy = programme_policy::Entity::find()
            .filter(programme_policy::Column::ProgrammeId.eq(programme))
            .one(conn)
            .await?;
        let row = challenge::Model {
            id: CHALLENGE,
            reference: "CSPC-1".to_owned(),
            programme_id: programme,
            season_id: season,
            host_id,
            stage: Stage::TeamBuilding,
            stage_changed_at: instant(),
            side_reason: None,
            side_note: None,
            resumes_to: None,
            policy_id: policy.context("policy")?.id,
            window_id: None,
            starts_on: None,
            ends_on: None,
            delivery_mode: None,
            organiser: None,
            adviser: None,
            manager: None,
            first_challenge_id: None,
            version: 1,
            created_at: instant(),
            updated_at: instant(),
        };
        insert(conn, row).await?;
        for (id, from, until, preference) in [
            (JUNE, "2027-06-07", "2027-06-10", 100),
            (JULY, "2027-07-05", "2027-07-08", 50),
        ] {
            let window = challenge_window::Model {
                id,
                challenge_id: CHALLENGE,
                starts_on: day(from),
                ends_on: day(until),
                preference,
            };
            insert(conn, window).await?;
        }
        let theme = theme::Entity::find()
            .order_by_asc(theme::Column::Code)
            .one(conn)
            .await?
            .context("theme")?
            .id;
        insert(
            conn,
            challenge_theme::Model {
                challenge_id: CHALLENGE,
                theme_id: theme,
                weight: 3,
            },
        )
        .await?;
        for (id, position, role, is_lead) in [
            (LEAD_SLOT, 1, PeerRole::DirectorOfChildrensServices, true),
            (MEMBER_SLOT, 2, PeerRole::MemberPeer, false),
            (MANAGER_SLOT, 3, PeerRole::OperationalManager, false),
        ] {
            insert(
                conn,
                team_slot::Model {
                    id,
                    challenge_id: CHALLENGE,
                    position,
                    role,
                    is_lead,
                },
            )
            .await?;
        }
        Ok(())
    }

    pub(super) async fn council(&self, code: &str) -> anyhow::Result<Uuid> {
        let row = council::Entity::find()
            .filter(council::Column::GssCode.eq(code))
            .one(self.db.conn())
            .await?;
        Ok(row.context("council")?.id)
    }

    /// Lets everybody who holds a place say that they come. By-passes the service.
    pub(super) async fn agreed(&self) -> anyhow::Result<()> {
        assignment::Entity::update_many()
            .set(assignment::ActiveModel {
                status: Set(AssignmentStatus::Accepted),
                ..Default::default()
            })
            .filter(assignment::Column::Status.is_in(AssignmentStatus::UNCERTAIN))
            .exec(self.db.conn())
            .await?;
        Ok(())
    }

    /// Adds somebody to the pool, employed by this council since 2019.
    pub(super) async fn person(&self, id: Uuid, name: &str, role: PeerRole, home: &str) -> anyhow::Result<()> {
        let conn = self.db.conn();
        let row = peer::Model {
            id,
            reference: format!("P-{name}"),
            name: format!("Test {name}"),
            search_name: format!("test {}", name.to_lowercase()),
            post: None,
            email: Some(format!("{}@example.org", name.to_lowercase().replace(' ', "."))),
            email_key: Some(format!("{}@example.org", name.to_lowercase().replace(' ', "."))),
            name_key: format!("test {}", name.to_lowercase()),
            party: (role == PeerRole::MemberPeer).then_some(entity::enums::Party::Labour),
            status: entity::enums::PeerStatus::Active,
            trained_on: Some(day("2026-01-15")),
            declared_on: Some(day("2026-09-01")),
            retired_on: None,
            capacity: None,
            version: 1,
            created_at: instant(),
            updated_at: instant(),
            erased_at: None,
        };
        insert(conn, row).await?;
        insert(conn, peer_role::Model { peer_id: id, role }).await?;
        let offered = availability_window::Model {
            id: self.ids.next_id(),
            peer_id: id,
            starts_on: day("2027-05-01"),
            ends_on: day("2027-08-31"),
            created_at: instant(),
        };
        insert(conn, offered).await?;
        self.tie(id, home).await.map(drop)
    }

    /// Records that somebody works for this council, and gives the record's id. By-passes the service.
    pub(super) async fn tie(&self, peer: Uuid, council: &str) -> anyhow::Result<Uuid> {
        let id = self.ids.next_id();
        let tie = affiliation::Model {
            id,
            peer_id: peer,
            kind: AffiliationKind::Employment,
            council_id: Some(self.council(council).await?),
            delivery_body_id: None,
            post: None,
            is_primary: true,
            starts_on: Some(day("2019-01-01")),
            ends_on: None,
            reference: None,
            version: 1,
            created_at: instant(),
            updated_at: instant(),
        };
        insert(self.db.conn(), tie).await?;
        Ok(id)
    }

    /// The service's view of who acts.
    pub(super) fn act(&self, viewer: Viewer) -> Act {
        Act::new(viewer, &*self.clock, self.ids.clone())
    }

    /// Data and error codes of a request.
    pub(super) async fn ask(&self, viewer: &Viewer, document: &str, variables: Value) -> (Value, Vec<String>) {
        let request = Request::new(document)
            .variables(Variables::from_json(variables))
            .data(viewer.clone())
            .data(loaders(self.db.database().clone(), Some(viewer.clone())));
        let response = serde_json::to_value(self.schema.execute(request).await).unwrap();
        let errors = response["errors"].as_array().cloned().unwrap_or_default();
        let code = |error: &Value| match error["extensions"]["code"].as_str() {
            Some(code) => code.to_owned(),
            None => error["message"].to_string(),
        };
        (response["data"].clone(), errors.iter().map(code).collect())
    }

    /// The data of a request that must not fail.
    pub(super) async fn read(&self, viewer: &Viewer, document: &str, variables: Value) -> Value {
        let (data, errors) = self.ask(viewer, document, variables).await;
        assert_eq!(errors, Vec::<String>::new(), "{document}");
        data
    }

    /// The payload of a mutation; `shows` selects the entity.
    pub(super) async fn tell(&self, viewer: &Viewer, mutation: &str, shows: &str, input: Value) -> Value {
        let mut kind = mutation[..1].to_uppercase();
        kind.push_str(&mutation[1..]);
        kind.push_str("Input");
        self.tell_with(viewer, mutation, &kind, shows, input).await
    }

    /// The same for a mutation that shares its kind of input with others.
    pub(super) async fn tell_with(
        &self,
        viewer: &Viewer,
        mutation: &str,
        kind: &str,
        shows: &str,
        input: Value,
    ) -> Value {
        let document = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {shows} userErrors {{ code message field }} }} }}"
        );
        self.read(viewer, &document, json!({ "input": input })).await[mutation].take()
    }

    /// The codes of a mutation's refusals.
    pub(super) async fn refused(&self, viewer: &Viewer, mutation: &str, shows: &str, input: Value) -> Vec<String> {
        let payload = self.tell(viewer, mutation, shows, input).await;
        let errors = payload["userErrors"].as_array().unwrap();
        errors
            .iter()
            .map(|error| error["code"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Nominates somebody; the payload.
    pub(super) async fn nominate(&self, slot: Uuid, peer: Uuid) -> Value {
        let input = json!({
            "slotId": id(Kind::TeamSlot, slot), "peerId": id(Kind::Peer, peer),
            "windowId": id(Kind::ChallengeWindow, JUNE),
        });
        self.tell(
            &national(),
            "nominatePeer",
            "assignment { id status version startsOn }",
            input,
        )
        .await
    }

    /// Nominates somebody who must be accepted; the assignment.
    pub(super) async fn nominated(&self, slot: Uuid, peer: Uuid) -> Value {
        let mut payload = self.nominate(slot, peer).await;
        assert_eq!(payload["userErrors"], json!([]));
        payload["assignment"].take()
    }

    /// The challenge's stage and version.
    pub(super) async fn challenge(&self) -> (Stage, i32) {
        let row = challenge::Entity::find_by_id(CHALLENGE)
            .one(self.db.conn())
            .await
            .unwrap()
            .unwrap();
        (row.stage, row.version)
    }
}
