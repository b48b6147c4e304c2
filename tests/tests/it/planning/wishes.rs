//! Wishes about a plan and what becomes of them: people pinned to places, places that people lose in a supposition, places that
//! are gone when a plan is put into effect.

use entity::{challenge, peer, season_plan};
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::{Value, json};
use support::{TestDb, on_both};

use super::{COMPARE, Desk, decided, key, newcomers};

/// Everybody who has a place in a plan.
fn everybody(plan: &Value) -> Vec<Value> {
    let all = plan["result"]["challenges"].as_array().unwrap().iter();
    let places = all.flat_map(|one| one["places"].as_array().unwrap());
    places.map(|place| place["peer"]["id"].clone()).collect()
}

/// A place of a challenge in a plan.
fn place(plan: &Value, challenge: &Value, slot: &Value) -> Option<Value> {
    let one = decided(plan, challenge);
    let mut places = one["places"].as_array().unwrap().iter();
    places.find(|place| place["slot"]["id"] == *slot).cloned()
}

fn number(plan: &Value, field: &str) -> i64 {
    plan["result"][field].as_i64().unwrap()
}

on_both! {
    async fn whoever_is_pinned_is_nominated_with_the_plan_or_taken_out_by_hand(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let (_, first) = desk.made(json!({})).await?;
        let (challenge, slot, peer) = newcomers(&first)[0].clone();
        let window = decided(&first, &challenge)["window"]["id"].clone();
        let (id, pinned) = desk.made(json!({ "pins": [{ "slotId": slot, "peerId": peer, "windowId": window }] })).await?;
        let there = place(&pinned, &challenge, &slot).unwrap();
        assert_eq!((&there["peer"]["id"], &there["isSettled"], &there["isPinned"]), (&peer, &json!(false), &json!(true)));
        assert_eq!(pinned["result"]["objectiveBefore"], first["result"]["objectiveBefore"], "nobody holds a pinned place yet");
        let compared = desk.ask(COMPARE, json!({ "plan": id })).await?["compareSeasonPlans"].clone();
        assert_eq!(compared["filled"], json!(newcomers(&pinned).len()), "they are new beside the teams of today");

        // Taken out by hand, the pin is gone and the others stay; what it was pinned in stays its window.
        let emptied = desk.edit(&id, json!([{ "challengeId": challenge, "slotId": slot, "peerId": null }])).await?;
        assert_eq!(emptied["userErrors"], json!([]), "{emptied:#}");
        let without = desk.read(&emptied["plan"]["id"]).await?;
        assert_eq!(place(&without, &challenge, &slot), None);
        assert_eq!(newcomers(&without).len() + 1, newcomers(&pinned).len());
        assert_eq!(number(&without, "slotGap"), number(&pinned, "slotGap") + 1);
        let back = json!([{ "challengeId": challenge, "slotId": slot, "peerId": peer }]);
        let back = desk.edit(&emptied["plan"]["id"], back).await?;
        assert_eq!(back["plan"]["result"]["filled"], pinned["result"]["filled"], "{back:#}");
        assert_eq!(place(&desk.read(&back["plan"]["id"]).await?, &challenge, &slot).unwrap()["isPinned"], false);

        // With nobody else newly on its team, the challenge still gets its window and whoever is pinned.
        let others = newcomers(&pinned).into_iter().filter(|(there, other, _)| *there == challenge && *other != slot);
        let moves: Vec<Value> = others
            .map(|(there, other, _)| json!({ "challengeId": there, "slotId": other, "peerId": null }))
            .collect();
        let alone = desk.edit(&id, json!(moves)).await?;
        assert_eq!(alone["userErrors"], json!([]), "{alone:#}");
        let before = desk.live().await?;
        let plan = desk.read(&alone["plan"]["id"]).await?;
        let applied = desk.apply(&alone["plan"]["id"], &plan["version"]).await?;
        assert_eq!(applied["userErrors"], json!([]), "{applied:#}");
        assert_eq!(desk.live().await?, before + newcomers(&plan).len() as u64);
        assert_eq!(desk.holder(&slot).await?.unwrap().peer_id, key(&peer));
        let row = challenge::Entity::find_by_id(key(&challenge)).one(desk.app.database.reader()).await?.unwrap();
        assert_eq!(row.window_id, Some(key(&window)));
        desk.app.stop().await
    }
}

on_both! {
    async fn a_plan_is_refused_when_places_that_it_counts_on_are_gone(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let (id, first) = desk.made(json!({})).await?;
        assert_eq!(desk.apply(&id, &first["version"]).await?["userErrors"], json!([]));
        let brought = newcomers(&first);
        let (challenge, slot, _) = brought[0].clone();
        desk.release(&slot).await?;
        let (id, second) = desk.made(json!({})).await?;
        assert!(newcomers(&second).len() < brought.len(), "all but the vacant places are settled");

        // One more goes in the same challenge, one elsewhere.
        let same = brought.iter().find(|(there, other, _)| *there == challenge && *other != slot).unwrap();
        let elsewhere = brought.iter().find(|(there, ..)| *there != challenge).unwrap();
        for (_, slot, _) in [same, elsewhere] {
            desk.release(slot).await?;
        }
        let before = desk.live().await?;
        let refused = desk.apply(&id, &second["version"]).await?;
        let errors = refused["userErrors"].as_array().unwrap();
        assert_eq!(errors.len(), 2, "{refused:#}");
        for (there, slot, _) in [same, elsewhere] {
            let reference = decided(&second, there)["challenge"]["reference"].as_str().unwrap().to_owned();
            let gone = place(&second, there, slot).unwrap();
            let told = format!("{reference}: the slot that {} held is vacant now.", gone["peer"]["name"].as_str().unwrap());
            assert!(errors.iter().any(|error| error["code"] == "CONFLICT" && error["message"] == told), "{told} {refused:#}");
        }
        assert_eq!(desk.live().await?, before, "nothing was written");
        assert!(desk.read(&id).await?["appliedAt"].is_null());

        // A plan of which nothing is new is refused just so.
        let (id, third) = desk.made(json!({})).await?;
        assert_eq!(desk.apply(&id, &third["version"]).await?["userErrors"], json!([]));
        let (id, settled) = desk.made(json!({})).await?;
        assert_eq!(newcomers(&settled), []);
        desk.release(&elsewhere.1).await?;
        let refused = desk.apply(&id, &settled["version"]).await?;
        assert_eq!(refused["userErrors"].as_array().unwrap().len(), 1, "{refused:#}");
        desk.app.stop().await
    }
}

on_both! {
    async fn whoever_is_supposed_away_loses_their_places_and_wishes_may_not_contradict_each_other(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let (id, first) = desk.made(json!({})).await?;
        assert_eq!(desk.apply(&id, &first["version"]).await?["userErrors"], json!([]));
        let (challenge, slot, peer) = newcomers(&first)[0].clone();
        let window = decided(&first, &challenge)["window"]["id"].clone();
        let before = desk.live().await?;

        let (id, without) = desk.made(json!({ "whatIf": { "withoutPeerIds": [peer] } })).await?;
        assert!(!everybody(&without).contains(&peer), "whoever is away holds nothing");
        let instead = place(&without, &challenge, &slot);
        assert!(instead.is_none_or(|place| place["isSettled"] == false), "their place is vacant or somebody else's");
        let compared = desk.ask(COMPARE, json!({ "plan": id })).await?["compareSeasonPlans"].clone();
        let left: Vec<&Value> = compared["challenges"].as_array().unwrap().iter()
            .flat_map(|one| one["left"].as_array().unwrap()).map(|one| &one["id"]).collect();
        assert_eq!(left.iter().filter(|one| ***one == peer).count(), newcomers(&first).iter().filter(|one| one.2 == peer).count());
        let kept_from = json!([{ "challengeId": challenge, "peerId": peer }]);
        let (_, supposed) = desk.made(json!({ "forbidden": kept_from, "whatIf": {} })).await?;
        let people = decided(&supposed, &challenge);
        assert!(people["places"].as_array().unwrap().iter().all(|place| place["peer"]["id"] != peer), "{people:#}");
        assert_eq!(desk.live().await?, before, "nothing of it is so");

        let refused = async |more: Value| -> anyhow::Result<(Value, Value)> {
            let refused = desk.plan(more).await?;
            assert_eq!(refused["plan"], Value::Null);
            Ok((refused["userErrors"][0]["code"].clone(), refused["userErrors"][0]["field"].clone()))
        };
        let conflict = |path: [&str; 3]| (json!("CONFLICT"), json!(path));
        assert_eq!(refused(json!({ "forbidden": kept_from })).await?, conflict(["forbidden", "0", "peerId"]));
        let pins = json!([{ "slotId": slot, "peerId": peer, "windowId": window }]);
        let away = json!({ "pins": pins, "whatIf": { "withoutPeerIds": [peer] } });
        assert_eq!(refused(away).await?, conflict(["pins", "0", "peerId"]));
        let both = json!({ "pins": pins, "forbidden": kept_from, "whatIf": {} });
        assert_eq!(refused(both).await?, conflict(["forbidden", "0", "peerId"]));
        desk.app.stop().await
    }
}

on_both! {
    async fn where_only_a_waiver_is_missing_the_plan_says_of_which_rule_and_for_whom(db: &TestDb) {
        let desk = Desk::open(db).await?;
        // Nobody's declaration of interests is of these years, which a waiver can make good.
        peer::Entity::update_many()
            .col_expr(peer::Column::DeclaredOn, Expr::value("2001-01-01".parse::<chrono::NaiveDate>()?))
            .exec(desk.app.database.writer())
            .await?;
        let (_, read) = desk.made(json!({})).await?;
        assert_eq!(newcomers(&read), [], "nobody can be planned without");
        let vacancies: Vec<&Value> = read["result"]["challenges"].as_array().unwrap().iter()
            .flat_map(|one| one["vacancies"].as_array().unwrap()).collect();
        let mut offered = 0;
        for vacancy in &vacancies {
            let holders = vacancy["holders"].as_u64().unwrap();
            assert!(holders > 0, "whoever lacks a waiver holds the role all the same: {vacancy:#}");
            let stale = vacancy["byRule"].as_array().unwrap().iter().find(|one| one["rule"] == "STALE_DECLARATION").unwrap();
            let free = vacancy["byReason"].as_array().unwrap().iter().find(|one| one["reason"] == "WAIVER").unwrap();
            assert!(stale["people"].as_u64() > Some(0) && stale["people"].as_u64() <= Some(holders));
            assert!(free["people"].as_u64() >= stale["people"].as_u64(), "{vacancy:#}");
            let mut ways = vacancy["waysOut"].as_array().unwrap().iter();
            if let Some(way) = ways.find(|way| way["give"] == "WAIVER") {
                assert!(way["rules"].as_array().unwrap().contains(&json!("STALE_DECLARATION")), "{vacancy:#}");
                assert!(way["points"].as_i64() > Some(0));
                offered += 1;
            }
        }
        assert!(offered > 0, "{read:#}");
        let (_, waived) = desk.made(json!({ "waiverPoints": 25 })).await?;
        assert!(newcomers(&waived).len() >= offered, "with points for it they are planned");
        desk.app.stop().await
    }
}

on_both! {
    async fn what_was_wished_for_somebody_goes_when_they_are_erased(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let (_, first) = desk.made(json!({})).await?;
        let (challenge, slot, peer) = newcomers(&first)[0].clone();
        let (other, ..) = newcomers(&first).into_iter().find(|one| one.0 != challenge).unwrap();
        let window = decided(&first, &challenge)["window"]["id"].clone();
        let (id, _) = desk.made(json!({
            "pins": [{ "slotId": slot, "peerId": peer, "windowId": window }],
            "forbidden": [{ "challengeId": other, "peerId": peer }],
        })).await?;
        let someone = key(&peer).to_string();
        let stored = async || -> anyhow::Result<(season_plan::Model, usize)> {
            let row = season_plan::Entity::find_by_id(key(&id)).one(db.conn()).await?.unwrap();
            let named = row.result.as_deref().unwrap().matches(&someone).count();
            Ok((row, named))
        };
        let (before, named) = stored().await?;
        assert_eq!(before.settings.to_string().matches(&someone).count(), 2, "pinned and forbidden");

        let erase = "mutation($input: ErasePeerInput!) { erasePeer(input: $input) { peer { erasedAt } userErrors { code message } } }";
        let version = desk.ask("query($id: ID!) { node(id: $id) { ... on Peer { version } } }", json!({ "id": peer })).await?;
        let input = json!({ "peerId": peer, "expectedVersion": version["node"]["version"] });
        let erased = desk.ask(erase, json!({ "input": input })).await?["erasePeer"].clone();
        assert_eq!(erased["userErrors"], json!([]), "{erased:#}");
        let (after, left) = stored().await?;
        assert!(!after.settings.to_string().contains(&someone), "{}", after.settings);
        assert_eq!((named > left, left), (true, 1), "the mark of the pin goes; the place stays, somebody's");
        let read = desk.read(&id).await?;
        let there = place(&read, &challenge, &slot).unwrap();
        assert_eq!((&there["isPinned"], &read["input"]), (&json!(false), &Value::Null), "{there:#}");
        desk.app.stop().await
    }
}
