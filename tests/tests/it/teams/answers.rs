//! Eligibility of one, of a list and of the pool, candidates, and pasted lists.

use entity::enums::PeerRole;
use peer_challenge::{
    graphql::ids::Kind,
    team::world::{self, Whom},
};
use serde_json::{Value, json};
use support::{TestDb, on_both};
use uuid::Uuid;

use super::desk::{
    CHALLENGE, Desk, INTERESTED, JUNE, KENT, LEAD, LEAD_SLOT, MANAGER, MANAGER_SLOT, NEXT_DOOR, OWN, SPARE, day, id,
    national,
};
use crate::database::world::key;

const LIST: &str = "query($c: ID!, $p: [ID!]!, $s: ID, $w: ID) {
    eligibility(challengeId: $c, peerIds: $p, slotId: $s, windowId: $w) {
        peer { id } status policy { number }
        findings { rule severity sentence waivableBy lapsesOn assumed evidence { kind id } } } }";

const POOL: &str = "query($c: ID!, $s: ID, $w: ID, $f: EligibilityFilter, $a: String) {
    eligibilityPool(challengeId: $c, slotId: $s, windowId: $w, filter: $f, first: 3, after: $a) {
        totalCount poolCount eligible notEligible needsWaiver ineligible byRule { rule people alone }
        edges { cursor node { peer { name } status } } pageInfo { hasNextPage endCursor } } }";

fn place(peers: &[Uuid]) -> Value {
    let peers: Vec<String> = peers.iter().map(|&peer| id(Kind::Peer, peer)).collect();
    json!({
        "c": id(Kind::PeerChallenge, CHALLENGE), "p": peers,
        "s": id(Kind::TeamSlot, MANAGER_SLOT), "w": id(Kind::ChallengeWindow, JUNE),
    })
}

on_both! {
    async fn a_list_is_answered_with_every_rule_its_evidence_and_words(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let data = desk.read(&national(), LIST, place(&[SPARE, OWN, NEXT_DOOR, INTERESTED, LEAD])).await;
        let rows = data["eligibility"].as_array().unwrap();
        let statuses: Vec<&Value> = rows.iter().map(|row| &row["status"]).collect();
        assert_eq!(statuses, ["ELIGIBLE", "INELIGIBLE", "INELIGIBLE", "NEEDS_WAIVER", "INELIGIBLE"]);
        let own = &rows[1]["findings"][0];
        assert_eq!((&own["rule"], &own["severity"], &own["waivableBy"]), (&json!("OWN_COUNCIL"), &json!("BLOCK"), &json!("NOBODY")));
        assert_eq!(own["assumed"], true);
        assert!(own["sentence"].as_str().unwrap().contains("employment at Hartlepool"), "{own}");
        assert_eq!(own["evidence"][0]["kind"], "AFFILIATION");
        assert_eq!(rows[2]["findings"][0]["rule"], "NEIGHBOUR");
        let declared = &rows[3]["findings"][0];
        assert_eq!((&declared["rule"], &declared["waivableBy"]), (&json!("DECLARED"), &json!("PROGRAMME")));
        assert_eq!(declared["evidence"][0]["id"], json!(id(Kind::DeclaredInterest, key(300))));
        assert!(rows[4]["findings"].as_array().unwrap().iter().any(|finding| finding["rule"] == "ROLE_NOT_HELD"));
        Ok(())
    }
}

on_both! {
    async fn nobody_of_the_pool_is_hidden_and_the_counts_add_up(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let mut variables = place(&[]);
        let mut names = Vec::new();
        loop {
            let data = desk.read(&national(), POOL, variables.clone()).await;
            let pool = &data["eligibilityPool"];
            let count = |field: &str| pool[field].as_u64().unwrap();
            assert_eq!(count("poolCount"), 7);
            assert_eq!(count("eligible") + count("needsWaiver") + count("ineligible"), 7);
            assert_eq!((count("eligible"), count("needsWaiver")), (2, 1));
            let rule = |code: &str| pool["byRule"].as_array().unwrap().iter().find(|one| one["rule"] == code).unwrap().clone();
            assert_eq!(rule("ROLE_NOT_HELD")["people"], 2);
            assert_eq!(rule("OWN_COUNCIL")["alone"], 1);
            names.extend(pool["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["peer"]["name"].clone()));
            if pool["pageInfo"]["hasNextPage"] == false {
                break;
            }
            variables["a"] = pool["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(names.len(), 7);
        assert!(names.windows(2).all(|pair| pair[0].as_str() < pair[1].as_str()), "{names:?}");
        let mut narrowed = place(&[]);
        narrowed["f"] = json!({ "rule": "NEIGHBOUR" });
        let data = desk.read(&national(), POOL, narrowed).await;
        assert_eq!((&data["eligibilityPool"]["totalCount"], &data["eligibilityPool"]["poolCount"]), (&json!(1), &json!(7)));
        assert_eq!(data["eligibilityPool"]["edges"][0]["node"]["peer"]["name"], "Test Next Door");
        Ok(())
    }
}

on_both! {
    async fn only_the_eligible_are_ranked_with_what_they_bring(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let document = "query($c: ID!, $s: ID!, $w: ID) { candidates(challengeId: $c, slotId: $s, windowId: $w) {
            peer { id } rank points contributions { criterion points } aheadOfNext decidedBy } }";
        let data = desk.read(&national(), document, place(&[])).await;
        let rows = data["candidates"].as_array().unwrap();
        let mut people: Vec<&Value> = rows.iter().map(|row| &row["peer"]["id"]).collect();
        people.sort_by_key(ToString::to_string);
        let mut expected = [json!(id(Kind::Peer, MANAGER)), json!(id(Kind::Peer, SPARE))];
        expected.sort_by_key(Value::to_string);
        assert_eq!(people, expected.iter().collect::<Vec<_>>());
        for row in rows {
            let parts: i64 = row["contributions"].as_array().unwrap().iter().map(|one| one["points"].as_i64().unwrap()).sum();
            assert_eq!(row["points"], parts);
        }
        let lead = rows[0]["points"].as_i64().unwrap() - rows[1]["points"].as_i64().unwrap();
        assert_eq!((&rows[0]["aheadOfNext"], &rows[1]["aheadOfNext"]), (&json!(lead), &Value::Null));
        Ok(())
    }
}

on_both! {
    async fn a_pasted_list_is_matched_without_changing_anything(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let document = "query($c: ID!, $e: [String!]!, $w: ID) { checkList(challengeId: $c, entries: $e, windowId: $w) {
            entry match peers { name } eligibility { status } } }";
        let entries = json!(["Test  Manager", "OWN@example.org", "P-Interested", "Nobody Known"]);
        let before = audit_events(&desk).await;
        let data = desk.read(&national(), document, json!({
            "c": id(Kind::PeerChallenge, CHALLENGE), "w": id(Kind::ChallengeWindow, JUNE), "e": entries,
        })).await;
        let rows = data["checkList"].as_array().unwrap();
        let told: Vec<(&Value, &Value)> = rows.iter().map(|row| (&row["match"], &row["eligibility"]["status"])).collect();
        assert_eq!(told, [
            (&json!("MATCHED"), &json!("ELIGIBLE")), (&json!("MATCHED"), &json!("INELIGIBLE")),
            (&json!("MATCHED"), &json!("NEEDS_WAIVER")), (&json!("UNKNOWN"), &Value::Null),
        ]);
        assert_eq!(audit_events(&desk).await, before);
        Ok(())
    }
}

async fn audit_events(desk: &Desk<'_>) -> u64 {
    use sea_orm::{EntityTrait, PaginatorTrait};
    entity::audit_event::Entity::find().count(desk.db.conn()).await.unwrap()
}

on_both! {
    async fn asking_about_fifty_costs_as_many_statements_as_asking_about_one(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let mut people = vec![SPARE];
        for number in 0..49 {
            let peer = key(500 + number);
            desk.person(peer, &format!("Extra {number}"), PeerRole::OperationalManager, KENT).await?;
            people.push(peer);
        }
        let ask = async |asked: &[Uuid]| {
            let data = desk.read(&national(), LIST, place(asked)).await;
            assert_eq!(data["eligibility"].as_array().unwrap().len(), asked.len());
            anyhow::Ok(())
        };
        let one = db.cost(0, async || ask(&people[..1]).await).await?;
        db.costs_at_most(one, async || ask(&people).await).await?;
        Ok(())
    }
}

on_both! {
    async fn facts_about_one_person_leave_the_pool_alone(db: &TestDb) {
        Desk::open(db).await?;
        let reader = db.database().reader();
        let row = world::challenge_row(CHALLENGE, reader).await.unwrap().unwrap();
        let facts = world::load(row.clone(), Whom::Only(&[LEAD]), day("2026-11-22"), reader).await.unwrap();
        assert_eq!(facts.world.peers().len(), 1);
        assert!(facts.peer(MANAGER).is_none());
        let everybody = world::load(row, Whom::Everybody, day("2026-11-22"), reader).await.unwrap();
        assert_eq!(everybody.world.peers().len(), 7);
        let june = everybody.window(JUNE).unwrap();
        // The same answer, whether asked alone or with all.
        for slot in [LEAD_SLOT, MANAGER_SLOT] {
            let alone = facts.assess(facts.slot(slot), june, facts.peer(LEAD).unwrap()).unwrap();
            let among = everybody.assess(everybody.slot(slot), june, everybody.peer(LEAD).unwrap()).unwrap();
            assert_eq!((alone.status, alone.findings), (among.status, among.findings));
        }
        // Hartlepool has statistical neighbours and borders, or likeness and NEIGHBOUR would mean nothing.
        let host = &everybody.world.councils()[everybody.challenge.host.index()];
        assert!(host.sisters.len() >= 10 && !host.neighbours.is_empty());
        Ok(())
    }
}
