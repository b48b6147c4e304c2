//! The part of the schema that these tests are about, over a small pool: two regions, three councils, a trust that serves
//! two of them, and six people.

use std::sync::Arc;

use async_graphql::{EmptySubscription, MergedObject, Request, Schema, Variables};
use chrono::NaiveDate;
use entity::enums::{AffiliationKind, AssignmentStatus, PeerRole};
use entity::{affiliation, delivery_body, delivery_body_council, peer, peer_role, region};
use peer_challenge::{
    audit::queries::AuditQuery,
    auth::{Viewer, ViewerRole},
    clock::{Clock, ManualClock},
    graphql::{
        context::Act,
        ids::{self, Kind},
        loader::loaders,
    },
    ids::{IdGenerator, SeededIds},
    peer::{mutations::PeerMutation, queries::PeerQuery},
    programme::seed,
    viewer::ViewerQuery,
};
use serde_json::{Value, json};
use support::TestDb;
use uuid::Uuid;

use crate::database::world::{World, council, insert, instant, key, peer};

/// Region of [`NORTH`] hubs; holds the world's host and home.
pub(crate) const NORTH: &str = "E12000001";
/// Another region.
pub(crate) const SOUTH: &str = "E12000008";

/// In Middlesbrough (north), on the team at Hartlepool.
pub(crate) const ANN: Uuid = key(30);
/// At the trust, which serves Middlesbrough (north) and Kent (south); nowhere else.
pub(crate) const BEN: Uuid = key(31);
/// In Kent (south), on the team at Hartlepool.
pub(crate) const CAT: Uuid = key(32);
/// In Kent (south), not on any team; once applied for a job in Middlesbrough.
pub(crate) const DAN: Uuid = key(33);
/// Kent, council of the south.
pub(crate) const KENT: Uuid = key(22);
/// The trust.
pub(crate) const TRUST: Uuid = key(25);

#[derive(Default, MergedObject)]
struct Query(PeerQuery, AuditQuery, ViewerQuery);

/// The service's desk for these tests.
pub(crate) struct Desk<'a> {
    schema: Schema<Query, PeerMutation, EmptySubscription>,
    pub(crate) db: &'a TestDb,
    pub(crate) world: World,
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn id(kind: Kind, key: Uuid) -> String {
    ids::encode(kind, key).0
}

pub(crate) fn programme() -> Viewer {
    viewer("manager", ViewerRole::Programme)
}

pub(crate) fn hub(region: &str) -> Viewer {
    viewer(
        "hub",
        ViewerRole::Hub {
            regions: vec![region.to_owned()],
        },
    )
}

pub(crate) fn at_council(code: &str) -> Viewer {
    viewer(
        "host",
        ViewerRole::Council {
            council: code.to_owned(),
        },
    )
}

pub(crate) fn person(peer: Uuid) -> Viewer {
    viewer("somebody", ViewerRole::Peer { peer })
}

pub(crate) fn analyst() -> Viewer {
    viewer("analyst", ViewerRole::Analyst)
}

fn viewer(subject: &str, role: ViewerRole) -> Viewer {
    Viewer::new(subject, role)
}

fn tie(number: u128, peer: Uuid, kind: AffiliationKind, council: Option<Uuid>) -> affiliation::Model {
    affiliation::Model {
        id: key(number),
        peer_id: peer,
        kind,
        council_id: council,
        delivery_body_id: council.is_none().then_some(TRUST),
        post: None,
        is_primary: true,
        starts_on: Some(day("2020-01-01")),
        ends_on: None,
        reference: None,
        version: 1,
        created_at: instant(),
        updated_at: instant(),
    }
}

impl<'a> Desk<'a> {
    pub(crate) async fn open(db: &'a TestDb) -> anyhow::Result<Self> {
        let conn = db.conn();
        let world = World::plant(conn).await?;
        insert(
            conn,
            region::Model {
                id: key(2),
                gss_code: SOUTH.to_owned(),
                name: "South East".to_owned(),
            },
        )
        .await?;
        let mut kent = council(KENT, "E10000016", "Kent");
        kent.region_id = key(2);
        insert(conn, kent).await?;
        let trust = delivery_body::Model {
            id: TRUST,
            name: "The Trust".to_owned(),
            kind: entity::enums::DeliveryBodyKind::Trust,
            starts_on: None,
            ends_on: None,
            version: 1,
            created_at: instant(),
            updated_at: instant(),
        };
        insert(conn, trust).await?;
        for council_id in [world.home, KENT] {
            let service = delivery_body_council::Model {
                body_id: TRUST,
                council_id,
                starts_on: None,
                ends_on: None,
            };
            insert(conn, service).await?;
        }
        for (id, reference) in [(CAT, "P-3"), (DAN, "P-4")] {
            insert(conn, peer(id, reference)).await?;
        }
        for (id, role) in [
            (ANN, PeerRole::Section151Officer),
            (BEN, PeerRole::CaseAuditor),
            (CAT, PeerRole::MemberPeer),
        ] {
            insert(conn, peer_role::Model { peer_id: id, role }).await?;
        }
        insert(conn, tie(100, ANN, AffiliationKind::Employment, Some(world.home))).await?;
        insert(conn, tie(101, BEN, AffiliationKind::Employment, None)).await?;
        insert(conn, tie(102, CAT, AffiliationKind::ElectedOffice, Some(KENT))).await?;
        insert(conn, tie(103, DAN, AffiliationKind::Employment, Some(KENT))).await?;
        insert(conn, tie(104, DAN, AffiliationKind::JobApplication, Some(world.home))).await?;
        insert(conn, world.assignment(60, 12, 15, AssignmentStatus::Confirmed)).await?;
        let cat = entity::assignment::Model {
            peer_id: CAT,
            slot_id: world.other_slot,
            ..world.assignment(61, 12, 15, AssignmentStatus::Nominated)
        };
        insert(conn, cat).await?;

        let clock: Arc<dyn Clock> = Arc::new(ManualClock::on(day("2026-11-22")));
        let made: Arc<dyn IdGenerator> = Arc::new(SeededIds::new(Arc::clone(&clock), 7));
        let schema = Schema::build(Query::default(), PeerMutation, EmptySubscription)
            .data(db.database().clone())
            .data(clock)
            .data(made)
            .finish();
        Ok(Self { schema, db, world })
    }

    /// Adds the shipped programmes with their policies; the id of one of them.
    pub(crate) async fn shipped_programme(&self) -> anyhow::Result<String> {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::on(day("2026-04-01")));
        let made: Arc<dyn IdGenerator> = Arc::new(SeededIds::new(Arc::clone(&clock), 8));
        let act = Act::new(programme(), clock.as_ref(), made);
        let loaded = seed::load(self.db.conn(), &act, day("2026-04-01")).await;
        anyhow::ensure!(loaded.is_ok(), "the shipped programmes load");
        let row = peer_challenge::programme::repo::by_code("CPC", self.db.conn()).await?;
        Ok(id(Kind::Programme, row.map(|row| row.id).unwrap_or_default()))
    }

    /// Data and error codes of a request.
    pub(crate) async fn ask(&self, viewer: &Viewer, document: &str, variables: Value) -> (Value, Vec<String>) {
        let request = Request::new(document)
            .variables(Variables::from_json(variables))
            .data(viewer.clone())
            .data(loaders(self.db.database().clone(), Some(viewer.clone())));
        let response = serde_json::to_value(self.schema.execute(request).await).unwrap();
        let errors = response["errors"].as_array().cloned().unwrap_or_default();
        let codes = errors.iter().map(|error| {
            error["extensions"]["code"]
                .as_str()
                .map_or_else(|| error["message"].to_string(), str::to_owned)
        });
        (response["data"].clone(), codes.collect())
    }

    /// The data of a request that must not fail.
    pub(crate) async fn read(&self, viewer: &Viewer, document: &str, variables: Value) -> Value {
        let (data, errors) = self.ask(viewer, document, variables).await;
        assert_eq!(errors, Vec::<String>::new(), "{document}");
        data
    }

    /// The payload of the mutation `name` with an input, as `fields` select it, and the codes and paths of its refusals.
    pub(crate) async fn change(
        &self,
        viewer: &Viewer,
        name: &str,
        input: Value,
        fields: &str,
    ) -> (Value, Vec<(String, String)>) {
        let type_name = match name {
            "offerAvailability" | "withdrawAvailability" => "AvailabilityInput".to_owned(),
            other => format!("{}{}Input", other[..1].to_uppercase(), &other[1..]),
        };
        let document = format!(
            "mutation($input: {type_name}!) {{ {name}(input: $input) {{ {fields} userErrors {{ code field }} }} }}"
        );
        let data = self.read(viewer, &document, json!({ "input": input })).await;
        let payload = data[name].clone();
        let errors = payload["userErrors"].as_array().unwrap().iter().map(|error| {
            let path = error["field"].as_array().map_or_else(Vec::new, Clone::clone);
            let path: Vec<_> = path.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            (error["code"].as_str().unwrap().to_owned(), path.join("."))
        });
        let errors = errors.collect();
        (payload, errors)
    }

    /// References of the peers in a list, in its order.
    pub(crate) async fn peers(&self, viewer: &Viewer, filter: Value) -> Vec<String> {
        let document = "query($filter: PeerFilter) { peers(filter: $filter, orderBy: REFERENCE_ASC) {
            totalCount nodes { reference } } }";
        let data = self.read(viewer, document, json!({ "filter": filter })).await;
        let nodes = data["peers"]["nodes"].as_array().unwrap().clone();
        assert_eq!(data["peers"]["totalCount"], json!(nodes.len()));
        nodes
            .iter()
            .map(|node| node["reference"].as_str().unwrap().to_owned())
            .collect()
    }

    /// A peer as a row.
    pub(crate) async fn row(&self, key: Uuid) -> anyhow::Result<peer::Model> {
        use sea_orm::EntityTrait as _;
        peer::Entity::find_by_id(key)
            .one(self.db.conn())
            .await?
            .ok_or_else(|| anyhow::anyhow!("no peer {key}"))
    }
}
