//! Season plans over the API, on the demonstration's two thousand people: asked for, made, compared, changed by hand, put into
//! effect; refused when the world has changed; made again from their record.

mod fairness;
mod record;
mod reserves;
mod runs;
mod wishes;

use std::io::Read as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use entity::{assignment, blackout_period, challenge, enums::Stage};
use flate2::read::GzDecoder;
use matching::season::{Certificate, Options, PlanFile, Problem, Season, ToTheEnd, plan, proven_bound, worth};
use peer_challenge::{
    auth::ViewerRole,
    clock::{Clock as _, SystemClock},
    demo::fill,
    graphql::ids::{Kind, decode, encode},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use serde_json::{Value, json};
use support::{App, TestDb, app::programme, on_both};
use uuid::Uuid;

const ASK: &str = "mutation($input: PlanSeasonInput!) { planSeason(input: $input) {
    plan { id state kind version } userErrors { code message field } } }";
const READ: &str = "query($id: ID!) { node(id: $id) { ... on SeasonPlan {
    state kind error version seed appliedAt progress { value bound gap filled slots }
    input { format hash length gzip } certificate { format gzip }
    result { objective bound gap softGap slotGap proven cutShort objectiveBefore filled slots scheduled considered waiverPoints
        contributions { criterion points } setAside { noPlace noHome homeChanges severalRegions }
        fairness { busiest qualified asked neverAsked worstServed { filled slots challenge { reference } }
            councils(first: 3) { given received givenIn24Months receivedIn24Months council { id } }
            people(first: 5) { peer { id } challenges days daysIn24Months } }
        bottlenecks { week role wanted free }
        challenges(first: 100) { challenge { id reference } window { id } startsOn endsOn
            places { slot { id } peer { id name } isSettled isPinned contributions { criterion points } }
            vacancies { slots { id } holders core byReason { reason people alone } byRule { rule people } waysOut { give rules people points peer { id } } } } } } } }";
const APPLY: &str = "mutation($input: ApplySeasonPlanInput!) { applySeasonPlan(input: $input) {
    plan { id version appliedAt } userErrors { code message } } }";
const EDIT: &str = "mutation($input: EditSeasonPlanInput!) { editSeasonPlan(input: $input) {
    plan { id kind version editedFrom { id } result { objective filled } } userErrors { code message field } } }";
const COMPARE: &str = "query($plan: ID!, $with: ID) { compareSeasonPlans(planId: $plan, withPlanId: $with) {
    filled points movedCount changedCount contributions { criterion points }
    challenges(first: 100) { challenge { id } joined { id } left { id } points windowBefore { id } windowAfter { id } } } }";

/// The demonstration with its service.
struct Desk {
    app: App,
    programme: Value,
    season: Value,
    main: Uuid,
}

impl Desk {
    async fn open(db: &TestDb) -> anyhow::Result<Self> {
        Self::filled(App::bare(db).await?).await
    }

    /// By the real clock, for commands that go on with it.
    async fn open_now(db: &TestDb) -> anyhow::Result<Self> {
        let app = App::bare(db).await?;
        app.clock.set(SystemClock.now());
        Self::filled(app).await
    }

    async fn filled(app: App) -> anyhow::Result<Self> {
        let act = app.act();
        let tx = app.database.begin().await?;
        let Ok(filled) = fill::fill(&tx, &act, &*app.clock, &*app.ids, 1).await else {
            anyhow::bail!("the demonstration cannot be filled")
        };
        tx.commit().await?;
        let id = encode(Kind::PeerChallenge, filled.main_challenge);
        let query = "query($id: ID!) { node(id: $id) { ... on PeerChallenge { programme { id } season { id } } } }";
        let found = app.post(Some(programme()), query, json!({ "id": id })).await?.body;
        let node = &found["data"]["node"];
        Ok(Self {
            programme: node["programme"]["id"].clone(),
            season: node["season"]["id"].clone(),
            main: filled.main_challenge,
            app,
        })
    }

    async fn ask(&self, query: &str, variables: Value) -> anyhow::Result<Value> {
        let answer = self.app.post(Some(programme()), query, variables).await?.body;
        anyhow::ensure!(answer["errors"].is_null(), "{answer:#}");
        Ok(answer["data"].clone())
    }

    async fn plan(&self, more: Value) -> anyhow::Result<Value> {
        let mut input =
            json!({ "programmeId": self.programme, "seasonId": self.season, "rounds": 20, "timeLimitSeconds": 600 });
        if let (Some(input), Some(more)) = (input.as_object_mut(), more.as_object()) {
            input.extend(more.clone());
        }
        Ok(self.ask(ASK, json!({ "input": input })).await?["planSeason"].clone())
    }

    /// A plan that has been made.
    async fn made(&self, more: Value) -> anyhow::Result<(Value, Value)> {
        let asked = self.plan(more).await?;
        anyhow::ensure!(asked["userErrors"] == json!([]), "{asked:#}");
        self.app.worker.drain().await?;
        let id = asked["plan"]["id"].clone();
        let read = self.read(&id).await?;
        anyhow::ensure!(read["state"] == "DONE", "{read:#}");
        Ok((id, read))
    }

    async fn read(&self, id: &Value) -> anyhow::Result<Value> {
        Ok(self.ask(READ, json!({ "id": id })).await?["node"].clone())
    }

    async fn apply(&self, id: &Value, version: &Value) -> anyhow::Result<Value> {
        let input = json!({ "planId": id, "expectedVersion": version });
        Ok(self.ask(APPLY, json!({ "input": input })).await?["applySeasonPlan"].clone())
    }

    async fn edit(&self, id: &Value, moves: Value) -> anyhow::Result<Value> {
        let input = json!({ "planId": id, "moves": moves });
        Ok(self.ask(EDIT, json!({ "input": input })).await?["editSeasonPlan"].clone())
    }

    /// Whoever has a slot now.
    async fn holder(&self, slot: &Value) -> anyhow::Result<Option<assignment::Model>> {
        let live = entity::enums::AssignmentStatus::LIVE;
        Ok(assignment::Entity::find()
            .filter(assignment::Column::SlotId.eq(key(slot)))
            .filter(assignment::Column::Status.is_in(live))
            .one(self.app.database.reader())
            .await?)
    }

    /// Ends the nomination for a slot.
    async fn release(&self, slot: &Value) -> anyhow::Result<()> {
        let place = self.holder(slot).await?.unwrap();
        let release =
            "mutation($input: ReleaseNominationInput!) { releaseNomination(input: $input) { userErrors { code } } }";
        let input = json!({ "assignmentId": encode(Kind::Assignment, place.id), "expectedVersion": place.version, "reason": "Ill." });
        let released = self.ask(release, json!({ "input": input })).await?;
        anyhow::ensure!(released["releaseNomination"]["userErrors"] == json!([]), "{released:#}");
        Ok(())
    }

    async fn live(&self) -> anyhow::Result<u64> {
        let live = entity::enums::AssignmentStatus::LIVE;
        Ok(assignment::Entity::find()
            .filter(assignment::Column::Status.is_in(live))
            .count(self.app.database.reader())
            .await?)
    }
}

fn key(id: &Value) -> Uuid {
    decode(&async_graphql::ID(id.as_str().unwrap().to_owned())).unwrap().1
}

/// Challenge, slot, person of everybody whom a plan newly brings.
fn newcomers(plan: &Value) -> Vec<(Value, Value, Value)> {
    let mut all = Vec::new();
    for one in plan["result"]["challenges"].as_array().unwrap() {
        for place in one["places"].as_array().unwrap() {
            if place["isSettled"] == false {
                all.push((
                    one["challenge"]["id"].clone(),
                    place["slot"]["id"].clone(),
                    place["peer"]["id"].clone(),
                ));
            }
        }
    }
    all
}

/// The plan of a challenge: window and people.
fn decided(plan: &Value, challenge: &Value) -> Value {
    let all = plan["result"]["challenges"].as_array().unwrap();
    all.iter()
        .find(|one| one["challenge"]["id"] == *challenge)
        .unwrap()
        .clone()
}

fn unpacked(file: &Value) -> String {
    let packed = STANDARD.decode(file["gzip"].as_str().unwrap()).unwrap();
    let mut text = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
    text
}

on_both! {
    async fn a_season_is_planned_compared_and_put_into_effect(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let asked = desk.plan(json!({})).await?;
        assert_eq!((&asked["plan"]["state"], &asked["plan"]["kind"]), (&json!("QUEUED"), &json!("PLANNED")));
        let second = desk.plan(json!({})).await?;
        assert_eq!(second["userErrors"][0]["code"], "CONFLICT", "one run of a season at a time: {second:#}");

        desk.app.worker.drain().await?;
        let id = asked["plan"]["id"].clone();
        let read = desk.read(&id).await?;
        assert_eq!(read["state"], "DONE", "{read:#}");
        let result = &read["result"];
        assert!(result["considered"].as_u64().unwrap() > 500, "{result:#}");
        assert!(result["filled"].as_u64().unwrap() > 0 && result["filled"].as_u64() <= result["slots"].as_u64());
        assert!(result["objective"].as_i64().unwrap() <= result["bound"].as_i64().unwrap());
        assert!(result["objective"].as_i64().unwrap() > result["objectiveBefore"].as_i64().unwrap());
        assert_eq!(read["progress"]["value"], result["objective"]);
        let by_criterion: i64 = result["contributions"].as_array().unwrap().iter().map(|one| one["points"].as_i64().unwrap()).sum();
        assert_eq!(by_criterion + result["waiverPoints"].as_i64().unwrap(), result["objective"].as_i64().unwrap());
        let vacant: u64 = result["challenges"].as_array().unwrap().iter()
            .flat_map(|one| one["vacancies"].as_array().unwrap()).map(|one| one["slots"].as_array().unwrap().len() as u64).sum();
        assert_eq!(vacant, result["slots"].as_u64().unwrap() - result["filled"].as_u64().unwrap());

        // For nobody but the programme is there anything.
        for role in [ViewerRole::Analyst, ViewerRole::Council { council: fill::MAIN_HOST.to_owned() }] {
            let answer = desk.app.post(Some(role), READ, json!({ "id": id })).await?.body;
            assert_eq!(answer["data"]["node"], Value::Null);
        }

        let brought = newcomers(&read);
        let compared = desk.ask(COMPARE, json!({ "plan": id })).await?["compareSeasonPlans"].clone();
        assert_eq!(compared["filled"], json!(brought.len()));
        let joined: usize = compared["challenges"].as_array().unwrap().iter().map(|one| one["joined"].as_array().unwrap().len()).sum();
        assert_eq!(joined, brought.len(), "everybody is new");
        assert_eq!(
            compared["points"].as_i64().unwrap(),
            result["objective"].as_i64().unwrap() - result["objectiveBefore"].as_i64().unwrap()
        );

        let before = desk.live().await?;
        let applied = desk.apply(&id, &read["version"]).await?;
        assert_eq!(applied["userErrors"], json!([]), "{applied:#}");
        assert_eq!(desk.live().await?, before + brought.len() as u64);
        let again = desk.apply(&id, &json!(1)).await?;
        assert_eq!(again["userErrors"], json!([]), "applying twice is harmless");
        assert_eq!(again["plan"]["appliedAt"], applied["plan"]["appliedAt"]);
        assert_eq!(desk.live().await?, before + brought.len() as u64);
        // Everybody is where the plan says, and nothing speaks against anybody.
        for (challenge, slot, peer) in &brought {
            let row = assignment::Entity::find()
                .filter(assignment::Column::SlotId.eq(key(slot)))
                .filter(assignment::Column::PeerId.eq(key(peer)))
                .one(desk.app.database.reader())
                .await?;
            assert_eq!(row.unwrap().challenge_id, key(challenge));
        }
        let open = desk.ask("{ conflictDecisions(filter: { statuses: [OPEN] }, first: 1) { totalCount } }", json!({})).await?;
        assert_eq!(open["conflictDecisions"]["totalCount"], 0, "{open:#}");
        let compared = desk.ask(COMPARE, json!({ "plan": id })).await?["compareSeasonPlans"].clone();
        assert_eq!((&compared["filled"], &compared["movedCount"], &compared["points"]), (&json!(0), &json!(0), &json!(0)), "{compared:#}");

        // What is settled is pinned: the next plan has it all.
        let (_, next) = desk.made(json!({ "seed": 7 })).await?;
        for (challenge, slot, peer) in &brought {
            let kept = next["result"]["challenges"].as_array().unwrap().iter()
                .filter(|one| one["challenge"]["id"] == *challenge)
                .flat_map(|one| one["places"].as_array().unwrap())
                .any(|place| place["slot"]["id"] == *slot && place["peer"]["id"] == *peer && place["isSettled"] == true);
            assert!(kept, "{challenge} {slot} {peer}");
        }
        desk.app.stop().await
    }
}

on_both! {
    async fn the_record_of_a_plan_makes_it_again_and_proves_its_bound(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let (_, read) = desk.made(json!({ "seed": 3 })).await?;
        assert_eq!(read["input"]["format"], "peer-season/1");
        let text = unpacked(&read["input"]);
        assert_eq!(json!(text.len()), read["input"]["length"]);
        let season: Season = serde_json::from_str(&text)?;
        season.check()?;
        let problem = Problem::of(&season, 3);
        let planned = plan(&problem, Options { seed: 3, rounds: 20, ..Options::default() }, &ToTheEnd);
        let again = PlanFile::of(&season, &problem, &planned, 3)?;
        let result = &read["result"];
        assert_eq!((json!(again.objective), json!(again.bound)), (result["objective"].clone(), result["bound"].clone()));
        assert_eq!(result["cutShort"], false);
        for (one, told) in again.assignments.iter().zip(result["challenges"].as_array().unwrap().iter().filter(|one| !one["window"].is_null())) {
            assert_eq!(season.challenges[one.challenge].reference, key(&told["challenge"]["id"]).to_string());
            let mut people: Vec<String> = one.team.iter().map(|seat| season.peers[seat.peer].reference.clone()).collect();
            let mut same: Vec<String> = told["places"].as_array().unwrap().iter().map(|place| key(&place["peer"]["id"]).to_string()).collect();
            people.sort();
            same.sort();
            assert_eq!(people, same, "the same people on the same challenge");
        }
        let certificate: Certificate = serde_json::from_str(&unpacked(&read["certificate"]))?;
        assert!(proven_bound(&season, &certificate)? <= again.bound);
        assert!(proven_bound(&season, &certificate)? >= again.objective);
        assert_eq!(worth(&season, &again.assignments).map_err(|broken| anyhow::anyhow!("{broken:?}"))?.objective, again.objective);
        desk.app.stop().await
    }
}

on_both! {
    async fn a_plan_is_refused_with_what_changed_since(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let (id, read) = desk.made(json!({})).await?;
        let one = &read["result"]["challenges"].as_array().unwrap().iter().find(|one| {
            one["places"].as_array().unwrap().iter().any(|place| place["isSettled"] == false)
        }).unwrap().clone();
        let place = one["places"].as_array().unwrap().iter().find(|place| place["isSettled"] == false).unwrap();
        let closed = blackout_period::ActiveModel {
            id: Set(desk.app.act().id()),
            peer_id: Set(Some(key(&place["peer"]["id"]))),
            council_id: Set(None),
            starts_on: Set(one["startsOn"].as_str().unwrap().parse()?),
            ends_on: Set(one["startsOn"].as_str().unwrap().parse()?),
            reason: Set("A funeral".to_owned()),
        };
        closed.insert(desk.app.database.writer()).await?;
        let before = desk.live().await?;
        let refused = desk.apply(&id, &read["version"]).await?;
        let errors = refused["userErrors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{refused:#}");
        assert_eq!(errors[0]["code"], "NOT_ELIGIBLE");
        let message = errors[0]["message"].as_str().unwrap();
        assert!(message.contains("BLACKOUT") && message.contains(place["peer"]["name"].as_str().unwrap()), "{message}");
        assert!(message.contains(one["challenge"]["reference"].as_str().unwrap()), "{message}");
        assert_eq!(desk.live().await?, before, "nothing was written");

        // A challenge that is no longer planned is told of, too.
        let gone = challenge::ActiveModel {
            id: Set(key(&one["challenge"]["id"])),
            stage: Set(Stage::Cancelled),
            ..Default::default()
        };
        gone.update(desk.app.database.writer()).await?;
        let refused = desk.apply(&id, &read["version"]).await?;
        assert_eq!(refused["userErrors"][0]["code"], "CONFLICT");
        assert!(refused["userErrors"][0]["message"].as_str().unwrap().contains("is in CANCELLED now"), "{refused:#}");
        desk.app.stop().await
    }
}

on_both! {
    async fn a_plan_is_changed_by_hand_and_counted_at_once(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let (id, read) = desk.made(json!({})).await?;
        let brought = newcomers(&read);
        let (challenge, slot, peer) = brought[0].clone();
        let emptied = desk.edit(&id, json!([{ "challengeId": challenge, "slotId": slot, "peerId": null }])).await?;
        assert_eq!(emptied["userErrors"], json!([]), "{emptied:#}");
        assert_eq!((&emptied["plan"]["kind"], &emptied["plan"]["editedFrom"]["id"]), (&json!("EDITED"), &id));
        assert_eq!(emptied["plan"]["result"]["filled"].as_u64().unwrap() + 1, read["result"]["filled"].as_u64().unwrap());
        let changed = emptied["plan"]["id"].clone();
        let slot_gap = |plan: &Value| plan["result"]["slotGap"].as_i64().unwrap();
        assert_eq!(slot_gap(&desk.read(&changed).await?), slot_gap(&read) + 1, "one more slot could be filled now");
        let compared = desk.ask(COMPARE, json!({ "plan": changed, "with": id })).await?["compareSeasonPlans"].clone();
        assert_eq!((&compared["filled"], &compared["movedCount"], &compared["changedCount"]), (&json!(-1), &json!(1), &json!(1)));
        assert_eq!(compared["challenges"][0]["left"][0]["id"], peer);
        assert_eq!(
            compared["points"].as_i64().unwrap(),
            emptied["plan"]["result"]["objective"].as_i64().unwrap() - read["result"]["objective"].as_i64().unwrap()
        );

        // Put back, the plan is worth what it was.
        let back = desk.edit(&changed, json!([{ "challengeId": challenge, "slotId": slot, "peerId": peer }])).await?;
        assert_eq!(back["plan"]["result"]["objective"], read["result"]["objective"], "{back:#}");
        assert_eq!(slot_gap(&desk.read(&back["plan"]["id"]).await?), slot_gap(&read));

        // Somebody in two slots of one team is refused with the rule.
        let other = brought.iter().find(|(there, other, _)| *there == challenge && *other != slot).unwrap();
        let twice = desk.edit(&id, json!([{ "challengeId": challenge, "slotId": other.1, "peerId": peer }])).await?;
        assert!(twice["plan"].is_null());
        assert_eq!(twice["userErrors"][0]["code"], "TEAM_RULE");
        assert!(twice["userErrors"].to_string().contains("fills two slots"), "{twice:#}");
        assert!(!twice["userErrors"].to_string().contains("days between"), "with themselves: {twice:#}");
        let nowhere = desk.edit(&id, json!([{ "challengeId": challenge, "peerId": peer }])).await?;
        assert_eq!(nowhere["userErrors"][0]["field"], json!(["moves", "0", "slotId"]));
        desk.app.stop().await
    }
}

on_both! {
    async fn suppositions_and_pins_are_kept_and_runs_can_be_ended(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let (_, first) = desk.made(json!({})).await?;
        let (challenge, slot, peer) = newcomers(&first)[0].clone();

        // Without these people: nobody of them is planned, and the plan cannot be applied.
        let people: Vec<Value> = newcomers(&first).into_iter().map(|(_, _, peer)| peer).collect();
        let (id, supposed) = desk.made(json!({ "whatIf": { "withoutPeerIds": people } })).await?;
        assert_eq!(supposed["kind"], "WHAT_IF");
        assert!(newcomers(&supposed).iter().all(|(_, _, peer)| !people.contains(peer)));
        assert!(supposed["result"]["objective"].as_i64().unwrap() <= first["result"]["bound"].as_i64().unwrap());
        let refused = desk.apply(&id, &supposed["version"]).await?;
        assert_eq!(refused["userErrors"][0]["code"], "INVALID", "{refused:#}");

        // Forbidden here, somebody else comes or nobody.
        let (_, other) = desk.made(json!({ "forbidden": [{ "challengeId": challenge, "peerId": peer }] })).await?;
        assert!(!newcomers(&other).iter().any(|(there, _, who)| *there == challenge && *who == peer));

        // Pinned to the place that the first plan gave them, they are there.
        let window = first["result"]["challenges"].as_array().unwrap().iter()
            .find(|one| one["challenge"]["id"] == challenge).unwrap()["window"]["id"].clone();
        let (_, pinned) = desk.made(json!({ "pins": [{ "slotId": slot, "peerId": peer, "windowId": window }] })).await?;
        let kept = pinned["result"]["challenges"].as_array().unwrap().iter()
            .filter(|one| one["challenge"]["id"] == challenge)
            .flat_map(|one| one["places"].as_array().unwrap())
            .any(|place| place["slot"]["id"] == slot && place["peer"]["id"] == peer);
        assert!(kept, "{pinned:#}");

        let cancel = "mutation($input: CancelSeasonPlanInput!) { cancelSeasonPlan(input: $input) {
            plan { state } userErrors { code } } }";
        let asked = desk.plan(json!({})).await?;
        let input = json!({ "planId": asked["plan"]["id"], "expectedVersion": asked["plan"]["version"] });
        let ended = desk.ask(cancel, json!({ "input": input })).await?["cancelSeasonPlan"].clone();
        assert_eq!((&ended["plan"]["state"], &ended["userErrors"]), (&json!("CANCELLED"), &json!([])));
        desk.app.worker.drain().await?;
        assert_eq!(desk.read(&asked["plan"]["id"]).await?["state"], "CANCELLED", "its job finds nothing to do");

        let silly = desk.plan(json!({ "timeLimitSeconds": 0, "rounds": 2_000_000 })).await?;
        let fields: Vec<&Value> = silly["userErrors"].as_array().unwrap().iter().map(|error| &error["field"][0]).collect();
        assert_eq!(fields, ["timeLimitSeconds", "rounds"]);
        desk.app.stop().await
    }
}

on_both! {
    async fn a_drop_out_is_repaired_without_moving_anybody(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let (id, read) = desk.made(json!({})).await?;
        let applied = desk.apply(&id, &read["version"]).await?;
        assert_eq!(applied["userErrors"], json!([]), "{applied:#}");
        let brought = newcomers(&read);
        let (challenge, slot, peer) = brought[0].clone();
        let ask = "query($id: ID!) { teamRepair(challengeId: $id) { receipt vacant points costOfPeace proven
            comes { slot { id } peer { id name } challenge { id } } leaves { peer { id } }
            peopleToTell { id } hostsToTell { name } } }";
        let whole = desk.app.post(Some(programme()), ask, json!({ "id": challenge })).await?.body;
        let vacant_before = read["result"]["challenges"].as_array().unwrap().iter()
            .find(|one| one["challenge"]["id"] == challenge).unwrap()["vacancies"].as_array().unwrap().len();
        if vacant_before == 0 {
            assert_eq!(whole["data"]["teamRepair"]["comes"], json!([]), "nothing is vacant: {whole:#}");
        }
        // Somebody falls ill: the nomination ends, and they are not there any more.
        desk.release(&slot).await?;
        let suspended = entity::peer::ActiveModel {
            id: Set(key(&peer)),
            status: Set(entity::enums::PeerStatus::Suspended),
            ..Default::default()
        };
        suspended.update(desk.app.database.writer()).await?;

        let repair = desk.ask(ask, json!({ "id": challenge })).await?["teamRepair"].clone();
        assert_eq!((&repair["leaves"], &repair["proven"]), (&json!([]), &json!(true)), "{repair:#}");
        assert_eq!(repair["vacant"], json!(vacant_before));
        let comes = repair["comes"].as_array().unwrap();
        assert_eq!(comes.len(), 1);
        assert!(comes[0]["slot"]["id"] == slot && comes[0]["peer"]["id"] != peer);
        assert_eq!(repair["peopleToTell"].as_array().unwrap().len(), 1);
        assert_eq!(repair["hostsToTell"].as_array().unwrap().len(), 1);

        let put = "mutation($input: RepairTeamInput!) { repairTeam(input: $input) { challenge { id } userErrors { code message } } }";
        let wrong = json!({ "challengeId": challenge, "receipt": "another" });
        assert_eq!(desk.ask(put, json!({ "input": wrong })).await?["repairTeam"]["userErrors"][0]["code"], "CONFLICT");
        let input = json!({ "challengeId": challenge, "receipt": repair["receipt"] });
        let done = desk.ask(put, json!({ "input": input })).await?["repairTeam"].clone();
        assert_eq!(done["userErrors"], json!([]), "{done:#}");
        let holder = desk.holder(&slot).await?.unwrap();
        assert_eq!(holder.peer_id, key(&comes[0]["peer"]["id"]));
        let nobody = desk.app.post(Some(ViewerRole::Analyst), ask, json!({ "id": challenge })).await?.body;
        assert_eq!(nobody["data"]["teamRepair"], Value::Null);
        desk.app.stop().await
    }
}
