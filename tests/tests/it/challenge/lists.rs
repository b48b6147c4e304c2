//! The lists of challenges: orders, filters, pages, the schedule, and how many statements a page costs.

use peer_challenge::challenge::service::choose_window;
use peer_challenge::graphql::context::Act;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use support::{TestDb, on_both};

use super::desk::{BRISTOL, Desk, HARTLEPOOL, accept, day, key, national};

/// Manchester, Leeds and Sheffield.
const THREE: [&str; 3] = ["E08000003", "E08000035", "E08000039"];

async fn submitted(desk: &Desk<'_>, host: &str) -> anyhow::Result<Value> {
    let mut input = desk.request(host).await?;
    input["submit"] = json!(true);
    desk.done(&national(), "requestChallenge", input).await
}

/// References in the order of the list, fetched one at a time.
async fn walk(desk: &Desk<'_>, arguments: &str) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut after = Value::Null;
    loop {
        let document = format!(
            "query($after: String) {{ challenges(first: 1, after: $after, {arguments}) {{
                pageInfo {{ hasNextPage endCursor }} edges {{ node {{ reference }} }} }} }}"
        );
        let mut page = desk.ask(&national(), &document, json!({ "after": after })).await?["challenges"].take();
        found.extend(page["edges"][0]["node"]["reference"].as_str().map(str::to_owned));
        if page["pageInfo"]["hasNextPage"] != true {
            return Ok(found);
        }
        after = page["pageInfo"]["endCursor"].take();
    }
}

on_both! {
    async fn orders_hold_across_pages(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let mut rows = Vec::new();
        for host in [HARTLEPOOL, BRISTOL].into_iter().chain(THREE) {
            desk.clock.advance(chrono::Duration::minutes(1));
            rows.push(submitted(&desk, host).await?);
        }
        let all = ["CSPC-2026-0001", "CSPC-2026-0002", "CSPC-2026-0003", "CSPC-2026-0004", "CSPC-2026-0005"];
        let reversed: Vec<&str> = all.iter().rev().copied().collect();
        assert_eq!(walk(&desk, "orderBy: REFERENCE_ASC").await?, all);
        assert_eq!(walk(&desk, "orderBy: CREATED_DESC").await?, reversed);
        assert_eq!(walk(&desk, "orderBy: SUBMITTED_DESC").await?, reversed);
        assert_eq!(walk(&desk, "orderBy: FIELDWORK_ASC").await?.len(), 5);
        assert_eq!(walk(&desk, "orderBy: PRIORITY_DESC").await?, Vec::<String>::new());

        // The same points three times, and one urgent; the wait decides among equals: 0004 waited 30 months, 0003 never had one.
        for (row, urgent, court) in [(0, true, false), (1, false, true), (2, false, false), (3, false, false)] {
            let mut triage = accept(&rows[row]);
            triage["statutoryIntervention"] = json!(urgent);
            triage["courtAction"] = json!(court);
            desk.done(&national(), "triageChallenge", triage).await?;
        }
        let order = walk(&desk, "orderBy: PRIORITY_DESC").await?;
        let shown = desk.ask(&national(), "{ challenges(orderBy: PRIORITY_DESC) { totalCount edges { node {
            reference priority { points isUrgent waitMonths } } } } }", json!({})).await?;
        let ranks: Vec<(bool, i64)> = shown["challenges"]["edges"].as_array().unwrap().iter().map(|edge| {
            let priority = &edge["node"]["priority"];
            (priority["isUrgent"].as_bool().unwrap(), priority["points"].as_i64().unwrap())
        }).collect();
        assert_eq!((order.len(), &shown["challenges"]["totalCount"]), (4, &json!(4)));
        assert_eq!(order[0], "CSPC-2026-0001");
        assert!(ranks.windows(2).all(|pair| pair[0] >= pair[1]), "{ranks:?}");

        let filtered = walk(&desk, "filter: { stages: [SUBMITTED] }").await?;
        assert_eq!(filtered, ["CSPC-2026-0005"]);
        let host = desk.council(BRISTOL).await?;
        assert_eq!(walk(&desk, &format!("filter: {{ hostIds: [\"{host}\"], liveOnly: true }}")).await?, ["CSPC-2026-0002"]);
        let theme = &desk.themes[5];
        assert_eq!(walk(&desk, &format!("filter: {{ themeIds: [\"{theme}\"] }}")).await?, Vec::<String>::new());
        let reversed = desk.response(&national(), "{ challenges(filter: { fieldworkFrom: \"2027-02-01\", fieldworkTo: \"2027-01-01\" })
            { totalCount } }", json!({})).await;
        assert!(reversed.errors[0].message.contains("fieldworkTo"), "{:?}", reversed.errors);
        Ok(())
    }
}

on_both! {
    async fn ties_in_priority_go_to_the_longest_wait(db: &TestDb) {
        use entity::past_engagement;
        use sea_orm::{ActiveModelTrait, Set};
        let desk = Desk::open(db).await?;
        // 30, 40 and 20 months ago: no points for waiting yet, but the order is theirs.

        let writer = db.database().writer();
        let at = peer_challenge::clock::Clock::now(&*desk.clock);
        let person = entity::peer::ActiveModel {
            id: Set(desk.ids.next_id()), reference: Set("P-1".to_owned()), name: Set("Test Peer".to_owned()),
            search_name: Set("test peer".to_owned()), name_key: Set("peer test".to_owned()),
            post: Set(None), email: Set(None), email_key: Set(None), party: Set(None), trained_on: Set(None),
            declared_on: Set(None), retired_on: Set(None), capacity: Set(None),
            status: Set(entity::enums::PeerStatus::Active), version: Set(1), created_at: Set(at), updated_at: Set(at), erased_at: Set(None),
        }.insert(writer).await?;
        for (host, last) in THREE.into_iter().zip(["2024-05-22", "2023-07-22", "2025-03-22"]) {
            let council = entity::council::Entity::find()
                .filter(entity::council::Column::GssCode.eq(host)).one(writer).await?.unwrap();
            past_engagement::ActiveModel {
                id: Set(desk.ids.next_id()), peer_id: Set(person.id), home_council_id: Set(council.id), host_council_id: Set(council.id),
                programme_id: Set(None), season_id: Set(None), role: Set(None), starts_on: Set(day(last)), ends_on: Set(day(last)),
                reference: Set(None),
            }.insert(writer).await?;
            let row = submitted(&desk, host).await?;
            desk.done(&national(), "triageChallenge", accept(&row)).await?;
        }
        let shown = desk.ask(&national(), "{ challenges(orderBy: PRIORITY_DESC) { edges { node { priority {
            points waitMonths components { kind points } } } } } }", json!({})).await?;
        let found: Vec<(i64, i64)> = shown["challenges"]["edges"].as_array().unwrap().iter().map(|edge| {
            let priority = &edge["node"]["priority"];
            (priority["points"].as_i64().unwrap(), priority["waitMonths"].as_i64().unwrap())
        }).collect();
        assert!(found.windows(2).all(|pair| pair[0] >= pair[1]), "{found:?}");
        let mut waits: Vec<i64> = found.iter().map(|pair| pair.1).collect();
        waits.sort_unstable();
        assert_eq!(waits, [20, 30, 40]);
        Ok(())
    }
}

on_both! {
    async fn the_schedule_shows_the_chosen_window_or_all_proposed_ones(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let row = submitted(&desk, HARTLEPOOL).await?;
        submitted(&desk, BRISTOL).await?;
        desk.done(&national(), "requestChallenge", desk.request(THREE[0]).await?).await?;
        let document = "query($from: Date!, $to: Date!) { schedule(from: $from, to: $to) { totalCount
            edges { node { startsOn endsOn isConfirmed challenge { reference } } } } }";
        let summer = json!({ "from": "2027-06-10", "to": "2027-07-05" });
        let open = desk.ask(&national(), document, summer.clone()).await?;
        assert_eq!(open["schedule"]["totalCount"], 4, "two windows each, drafts none: {open}");
        // The team aggregate chooses the July window of the first.
        let reader = db.database().reader();
        let window = entity::challenge_window::Entity::find_by_id(key(&row["windows"][1])).one(reader).await?.unwrap();
        let challenge = entity::challenge::Entity::find_by_id(key(&row)).one(reader).await?.unwrap();
        let tx = db.database().begin().await?;
        let act = Act::new(national(), &*desk.clock, desk.ids.clone());
        let chosen = choose_window(&tx, &act, &challenge, Some(&window)).await;
        anyhow::ensure!(chosen.is_ok(), "{chosen:?}");
        tx.commit().await?;
        let chosen = desk.ask(&national(), document, summer).await?;
        let entries: Vec<(&str, bool)> = chosen["schedule"]["edges"].as_array().unwrap().iter().map(|edge| {
            (edge["node"]["startsOn"].as_str().unwrap(), edge["node"]["isConfirmed"].as_bool().unwrap())
        }).collect();
        assert_eq!(entries.len(), 3);
        assert_eq!(entries[0], ("2027-06-07", false));
        assert_eq!(entries.iter().filter(|entry| entry.1).count(), 1);
        let tenth = json!({ "from": "2027-06-10", "to": "2027-06-10" });
        assert_eq!(desk.ask(&national(), document, tenth).await?["schedule"]["totalCount"], 1);
        let listed = desk.ask(&national(), "{ challenges(orderBy: FIELDWORK_ASC, filter: { fieldworkFrom: \"2027-07-07\" })
            { edges { node { startsOn chosenWindow { startsOn } } } } }", json!({})).await?;
        assert_eq!(listed["challenges"]["edges"][0]["node"]["chosenWindow"]["startsOn"], "2027-07-05");
        Ok(())
    }
}

on_both! {
    async fn a_page_costs_the_same_statements_for_one_row_and_for_many(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let document = "query($first: Int!) { challenges(first: $first, orderBy: REFERENCE_ASC) { totalCount edges { node {
            id reference stage host { name region { name } } programme { code } season { name } policy { number }
            request { reason } themes { weight } windows { startsOn } slots { role themes { name } }
            linesOfEnquiry { question } priority { points } signOff { signedOn } deadlines { milestone }
        } } } }";
        for host in [HARTLEPOOL, BRISTOL].into_iter().chain(THREE) {
            desk.scoped(host).await?;
        }
        // Each kind of row is reached by one path only: the same kind at two depths may or may not share a statement.
        let ask = async |first: usize| {
            let page = desk.ask(&national(), document, json!({ "first": first })).await?;
            assert_eq!(page["challenges"]["edges"].as_array().map(Vec::len), Some(first));
            anyhow::Ok(())
        };
        let one = db.cost(0, async || ask(1).await).await?;
        // Eight of them for the deadlines: policies, requests, windows, stages, statements, calls, reports and days set by hand.
        assert!(one <= 28, "{one}");
        db.costs_at_most(one, async || ask(5).await).await?;
        Ok(())
    }
}
