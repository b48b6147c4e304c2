//! Who sees whom, and how much.

use entity::{availability_window, blackout_period, past_engagement, peer_theme, theme};
use peer_challenge::graphql::ids::Kind;
use serde_json::{Value, json};
use support::{TestDb, on_both};
use uuid::Uuid;

use super::desk::{ANN, BEN, CAT, DAN, Desk, KENT, NORTH, SOUTH, analyst, at_council, day, hub, id, person, programme};
use crate::database::world::{insert, key};

on_both!(
    async fn everybody_sees_the_people_that_concern_them(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let all = async |viewer| desk.peers(&viewer, Value::Null).await;
        assert_eq!(all(programme()).await, ["P-1", "P-2", "P-3", "P-4"]);
        // The north keeps Ann and, through the trust, Ben; Cat comes to its host; Dan's job application shows nothing.
        assert_eq!(all(hub(NORTH)).await, ["P-1", "P-2", "P-3"]);
        assert_eq!(all(hub(SOUTH)).await, ["P-2", "P-3", "P-4"]);
        // The host has only its team, the home only its people.
        assert_eq!(all(at_council("E06000001")).await, ["P-1", "P-3"]);
        assert_eq!(all(at_council("E06000002")).await, ["P-1", "P-2"]);
        assert_eq!(all(at_council("E99999999")).await, Vec::<String>::new());
        assert_eq!(all(person(ANN)).await, ["P-1", "P-3"]);
        assert_eq!(all(person(DAN)).await, ["P-4"]);
        assert_eq!(all(analyst()).await, Vec::<String>::new());
        Ok(())
    }
);

const EVERYTHING: &str = "{ peers(orderBy: REFERENCE_ASC) { nodes { reference name status roles homeCouncils { name }
    email trainedOn declaredOn retiredOn capacity
    affiliations { kind council { name } deliveryBody { name } peer { reference } }
    availability(between: { startsOn: \"2026-01-01\", endsOn: \"2026-12-31\" }) { startsOn endsOn }
    blackoutPeriods(between: { startsOn: \"2026-01-01\", endsOn: \"2026-12-31\" }) { startsOn reason }
    declaredInterests { kind note }
    pastEngagements { nodes { host { name } } }
    possibleDuplicates { because peer { reference } } } } }";

async fn seen(desk: &Desk<'_>, viewer: &peer_challenge::auth::Viewer, reference: &str) -> Value {
    let data = desk.read(viewer, EVERYTHING, json!({})).await;
    let nodes = data["peers"]["nodes"].as_array().unwrap().clone();
    nodes
        .into_iter()
        .find(|node| node["reference"] == reference)
        .unwrap_or(Value::Null)
}

async fn fill_diary(desk: &Desk<'_>, peer: Uuid) -> anyhow::Result<()> {
    let conn = desk.db.conn();
    let window = availability_window::Model {
        id: key(200),
        peer_id: peer,
        starts_on: day("2026-11-01"),
        ends_on: day("2026-12-10"),
        created_at: crate::database::world::instant(),
    };
    insert(conn, window).await?;
    let closed = blackout_period::Model {
        id: key(201),
        peer_id: Some(peer),
        council_id: None,
        starts_on: day("2026-12-01"),
        ends_on: day("2026-12-03"),
        reason: "an operation".to_owned(),
    };
    insert(conn, closed).await?;
    let served = past_engagement::Model {
        id: key(202),
        peer_id: peer,
        home_council_id: desk.world.home,
        host_council_id: KENT,
        programme_id: None,
        season_id: None,
        role: None,
        starts_on: day("2024-05-01"),
        ends_on: day("2024-05-03"),
        reference: None,
    };
    Ok(insert(conn, served).await?)
}

on_both!(
    async fn restricted_fields_are_null_for_those_who_may_not_read_them(db: &TestDb) {
        let desk = Desk::open(db).await?;
        fill_diary(&desk, ANN).await?;
        let restricted = [
            "trainedOn",
            "capacity",
            "affiliations",
            "availability",
            "blackoutPeriods",
        ];
        let secret = ["declaredInterests", "pastEngagements", "possibleDuplicates"];
        let nulls = |node: &Value, fields: &[&str]| fields.iter().all(|field| node[*field].is_null());
        let filled = |node: &Value, fields: &[&str]| fields.iter().all(|field| !node[*field].is_null());
        for viewer in [programme(), person(ANN)] {
            let node = seen(&desk, &viewer, "P-1").await;
            assert!(filled(&node, &restricted) && filled(&node, &secret), "{node}");
            assert_eq!(node["blackoutPeriods"][0]["reason"], "an operation");
            assert_eq!(node["pastEngagements"]["nodes"][0]["host"]["name"], "Kent");
        }
        let kept = seen(&desk, &hub(NORTH), "P-1").await;
        assert!(filled(&kept, &restricted) && nulls(&kept, &secret), "{kept}");
        assert_eq!(
            kept["blackoutPeriods"][0],
            json!({ "startsOn": "2026-12-01", "reason": null })
        );
        // A hub sees a member of its hosts' teams from elsewhere, but not their diary.
        for (viewer, reference) in [
            (hub(NORTH), "P-3"),
            (at_council("E06000001"), "P-1"),
            (at_council("E06000002"), "P-1"),
            (person(CAT), "P-1"),
        ] {
            let node = seen(&desk, &viewer, reference).await;
            assert_eq!(node["reference"], reference);
            assert!(nulls(&node, &restricted) && nulls(&node, &secret), "{viewer:?} {node}");
        }
        let ben = seen(&desk, &programme(), "P-2").await;
        assert_eq!(
            ben["homeCouncils"],
            json!([{ "name": "Middlesbrough" }, { "name": "Kent" }])
        );
        assert_eq!(ben["affiliations"][0]["deliveryBody"]["name"], "The Trust");
        Ok(())
    }
);

on_both!(
    async fn filters_narrow_and_tell_nothing_that_may_not_be_read(db: &TestDb) {
        let desk = Desk::open(db).await?;
        fill_diary(&desk, ANN).await?;
        let (front_door, care) = (key(300), key(301));
        for (theme_id, code) in [(front_door, "FRONT_DOOR"), (care, "CARE")] {
            let row = theme::Model {
                id: theme_id,
                code: code.to_owned(),
                name: code.to_owned(),
            };
            insert(db.conn(), row).await?;
            insert(db.conn(), peer_theme::Model { peer_id: ANN, theme_id }).await?;
        }
        insert(
            db.conn(),
            peer_theme::Model {
                peer_id: BEN,
                theme_id: care,
            },
        )
        .await?;
        let found = async |filter| desk.peers(&programme(), filter).await;
        assert_eq!(
            found(json!({ "roles": ["SECTION_151_OFFICER", "CASE_AUDITOR"] })).await,
            ["P-1", "P-2"]
        );
        let themes =
            |keys: &[Uuid]| json!({ "themeIds": keys.iter().map(|key| id(Kind::Theme, *key)).collect::<Vec<_>>() });
        assert_eq!(found(themes(&[care])).await, ["P-1", "P-2"]);
        assert_eq!(found(themes(&[care, front_door])).await, ["P-1"]);
        assert_eq!(
            found(json!({ "regionIds": [id(Kind::Region, key(1))] })).await,
            ["P-1", "P-2"]
        );
        assert_eq!(
            found(json!({ "councilIds": [id(Kind::Council, KENT)] })).await,
            ["P-2", "P-3", "P-4"]
        );
        assert_eq!(found(json!({ "nameContains": "PEER p-3" })).await, ["P-3"]);
        assert_eq!(found(json!({ "nameContains": "%" })).await, Vec::<String>::new());
        assert_eq!(found(json!({ "statuses": ["SUSPENDED"] })).await, Vec::<String>::new());
        let free = |from, until| json!({ "availableBetween": { "startsOn": from, "endsOn": until } });
        assert_eq!(found(free("2026-11-01", "2026-11-30")).await, ["P-1"]);
        assert_eq!(found(free("2026-10-31", "2026-11-30")).await, Vec::<String>::new());
        assert_eq!(
            found(free("2026-11-30", "2026-12-01")).await,
            Vec::<String>::new(),
            "a blackout touches it"
        );
        // Whoever may not read the diary learns nothing from the filter either.
        assert_eq!(desk.peers(&hub(NORTH), free("2026-11-01", "2026-11-30")).await, ["P-1"]);
        for viewer in [hub(SOUTH), at_council("E06000001"), person(CAT)] {
            assert_eq!(
                desk.peers(&viewer, free("2026-11-01", "2026-11-30")).await,
                Vec::<String>::new()
            );
        }
        // Trained on 1 October 2026, valid for 36 months.
        let programme_id = desk.shipped_programme().await?;
        let stale = |what: &str, on: &str| {
            let mut filter = json!({});
            filter[what] = json!({ "on": on, "programmeId": programme_id });
            filter
        };
        assert_eq!(found(stale("trainingStale", "2029-10-01")).await, Vec::<String>::new());
        assert_eq!(found(stale("trainingStale", "2029-10-02")).await.len(), 4);
        assert_eq!(
            found(stale("declarationStale", "2026-11-22")).await.len(),
            4,
            "nobody has declared yet"
        );
        assert_eq!(
            desk.peers(&at_council("E06000001"), stale("declarationStale", "2026-11-22"))
                .await
                .len(),
            0
        );
        let reversed = json!({ "filter": free("2026-12-01", "2026-11-30") });
        let document = "query($filter: PeerFilter) { peers(filter: $filter) { totalCount } }";
        assert_eq!(desk.ask(&programme(), document, reversed).await.1, ["BAD_USER_INPUT"]);
        let foreign = json!({ "filter": { "councilIds": [id(Kind::Region, key(1))] } });
        assert_eq!(desk.ask(&programme(), document, foreign).await.1, ["BAD_USER_INPUT"]);
        Ok(())
    }
);

on_both!(
    async fn a_page_of_fifty_costs_as_many_statements_as_a_page_of_four(db: &TestDb) {
        let desk = Desk::open(db).await?;
        for number in 0..50 {
            let row = crate::database::world::peer(key(1000 + number), &format!("Q-{number:02}"));
            insert(db.conn(), row).await?;
        }
        let document = "query($first: Int!) { peers(first: $first, orderBy: REFERENCE_ASC) { totalCount nodes {
            reference roles themes { code } homeCouncils { name region { name } } email affiliations { council { name } }
            availability(between: { startsOn: \"2026-01-01\", endsOn: \"2026-12-31\" }) { startsOn }
            declaredInterests { kind } possibleDuplicates { because } } } }";
        for viewer in [programme(), hub(NORTH)] {
            let ask = async |first: usize| {
                let data = desk.read(&viewer, document, json!({ "first": first })).await;
                assert!(!data["peers"]["nodes"].as_array().unwrap().is_empty());
                anyhow::Ok(())
            };
            let four = db.cost(0, async || ask(4).await).await?;
            assert!((8..=16).contains(&four), "{viewer:?} {four}");
            db.costs_at_most(four + 1, async || ask(50).await).await?;
        }
        Ok(())
    }
);

on_both!(
    async fn the_viewer_is_who_the_token_says(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let document = "{ viewer { subject role regions { name } council { name } peer { reference email } } }";
        let of = async |viewer| desk.read(&viewer, document, json!({})).await["viewer"].clone();
        let hub = of(hub(SOUTH)).await;
        assert_eq!(
            (&hub["role"], &hub["regions"]),
            (&json!("REGIONAL_HUB"), &json!([{ "name": "South East" }]))
        );
        assert_eq!(of(at_council("E10000016")).await["council"]["name"], "Kent");
        assert_eq!(of(person(BEN)).await["peer"]["reference"], "P-2");
        assert_eq!(of(person(key(999))).await["peer"], Value::Null);
        assert_eq!(of(programme()).await["subject"], "manager");
        Ok(())
    }
);
