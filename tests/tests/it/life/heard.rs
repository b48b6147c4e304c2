//! Who hears of what: each move to those whom it concerns, a place that ends, an objection, a void scope, an answer that waits, a
//! risk that nobody has passed on, a draft whose facts are to be checked.

use anyhow::Context as _;
use serde_json::{Value, json};
use support::{
    App, TestDb,
    app::{council, hub, peer, programme},
    on_both,
};

use super::{Life, refused, yes};
use crate::journey::{HARTLEPOOL, Journey, people, world};

/// How many of these texts hold some words.
fn count(heard: &[String], words: &str) -> usize {
    heard.iter().filter(|text| text.contains(words)).count()
}

/// A challenge with a confirmed team, whose members were asked.
async fn confirmed(db: &TestDb) -> anyhow::Result<Life> {
    let mut life = Life::begin(db).await?;
    life.invite().await?;
    for who in [0, 2, 5] {
        let came = life.answer(life.keys[who], yes()).await?;
        assert_eq!(came["userErrors"], json!([]), "{came:#}");
    }
    life.read_version().await?;
    life.journey.confirm(&life.app).await?;
    Ok(life)
}

/// The same, with the team at the host.
async fn on_site(mut life: Life) -> anyhow::Result<Life> {
    life.step(
        programme(),
        "startPreparation",
        "ChallengeStepInput",
        json!({}),
        "PREPARING",
    )
    .await?;
    let document = json!({ "challengeId": life.journey.id, "kind": "POSITION_STATEMENT", "title": "Where we stand",
        "url": "https://hartlepool.example/statement", "purpose": "To read before.", "expiresOn": "2027-06-30" });
    let host = council(HARTLEPOOL);
    life.done(
        host.clone(),
        "addDocument",
        "AddDocumentInput",
        "document { id }",
        document,
    )
    .await?;
    let session = json!({ "challengeId": life.journey.id, "session": { "title": "Front door",
        "startsAt": "2027-03-01T09:00:00Z", "endsAt": "2027-03-01T10:00:00Z" } });
    life.done(
        host,
        "scheduleSession",
        "ScheduleSessionInput",
        "session { id }",
        session,
    )
    .await?;
    life.on("2027-03-01");
    life.step(
        programme(),
        "startFieldwork",
        "ChallengeStepInput",
        json!({}),
        "ON_SITE",
    )
    .await?;
    Ok(life)
}

on_both! {
    async fn a_host_hears_of_every_step_and_is_asked_to_endorse_its_scope(db: &TestDb) {
        let app = App::start(db).await?;
        let keys = people(&app).await?;
        let world = world(&app).await?;
        let host = || council(HARTLEPOOL);
        let mut first = Journey::request(&app, &world, host()).await?;
        let decline = json!({ "decision": "DECLINE", "reason": "NOT_A_PRIORITY", "fundingAgreed": false });
        first.step(&app, programme(), "triageChallenge", "TriageChallengeInput", decline, "DECLINED").await?;
        let mut journey = Journey::request(&app, &world, host()).await?;
        journey.until_scoped(&app, &world).await?;
        let mut life = Life { app, world, journey, keys };
        let heard = life.heard(host()).await?;
        for (words, times) in [("is submitted", 2), ("is declined", 1), ("is accepted", 1), ("asked to endorse", 1)] {
            assert_eq!(count(&heard, words), times, "{words}: {heard:?}");
        }
        assert_eq!(count(&heard, "PRIORITY"), 0, "reasons are in the API alone");
        assert_eq!(count(&life.heard(programme()).await?, "is submitted"), 2);
        assert_eq!(count(&life.heard(hub("E12000001")).await?, "is declined"), 1);
        assert_eq!(life.heard(council("E06000043")).await?, Vec::<String>::new());
        assert!(life.tasks(host()).await?.contains(&"SIGN_SCOPE".to_owned()));
        let sign = json!({ "leadMemberName": "Cllr Lee Member", "chiefExecutiveName": "Chris Executive", "signedOn": "2026-11-22" });
        life.step(host(), "signOffScope", "SignOffScopeInput", sign, "SCOPED").await?;
        assert!(!life.tasks(host()).await?.contains(&"SIGN_SCOPE".to_owned()));
        assert_eq!(count(&life.heard(programme()).await?, "the scope is endorsed"), 1);
        life.app.stop().await
    }
}

on_both! {
    async fn whoever_loses_a_place_and_the_host_are_told_and_the_programme_of_objections(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        let [lead, _, member, _, _, manager] = life.keys[..] else { anyhow::bail!("six people") };
        let host = || council(HARTLEPOOL);
        let seen = life.see(programme(), "slots { assignment { id version } }").await?;
        let release = |place: &Value| json!({ "assignmentId": place["id"], "expectedVersion": place["version"], "reason": "A private reason." });
        // Who was only nominated knew of nothing.
        life.done(programme(), "releaseNomination", "ReleaseNominationInput", "assignment { id }", release(&seen["slots"][2]["assignment"])).await?;
        assert_eq!(life.heard(peer(manager)).await?, Vec::<String>::new());
        life.read_version().await?;
        life.invite().await?;
        assert_eq!(life.answer(member, yes()).await?["userErrors"], json!([]));
        let seen = life.see(programme(), "slots { assignment { id version } }").await?;
        life.done(programme(), "releaseNomination", "ReleaseNominationInput", "assignment { id }", release(&seen["slots"][1]["assignment"])).await?;
        assert_eq!(count(&life.heard(peer(member)).await?, "your place on the team has ended"), 1);
        let heard = life.heard(host()).await?;
        assert_eq!((count(&heard, "somebody left the team"), count(&heard, "private")), (1, 0), "{heard:?}");
        assert_eq!(count(&life.heard(peer(lead)).await?, "left the team"), 0);

        let object = json!({ "assignmentId": seen["slots"][0]["assignment"]["id"], "reasonCode": "SKILLS", "reason": "We hoped for another." });
        let objected = life.done(host(), "objectToPeer", "ObjectToPeerInput", "objection { id version }", object).await?;
        assert_eq!(life.told(programme()).await?.iter().filter(|kind| *kind == "OBJECTION").count(), 1);
        let reject = json!({ "objectionId": objected["objection"]["id"], "expectedVersion": 1, "ruling": "REJECT", "reason": "Skills are there." });
        life.done(programme(), "decideObjection", "DecideObjectionInput", "objection { id }", reject).await?;
        assert_eq!(count(&life.heard(host()).await?, "your objection is rejected"), 1);

        // A repair tells everybody whom its receipt names.
        life.read_version().await?;
        let query = "query ($id: ID!) { teamRepair(challengeId: $id) { receipt peopleToTell { id } hostsToTell { id } } }";
        let shown = life.app.data(programme(), query, json!({ "id": life.journey.id })).await?["teamRepair"].clone();
        let named = shown["peopleToTell"].as_array().context("people")?.len();
        assert!(named > 0, "{shown:#}");
        let put = json!({ "challengeId": life.journey.id, "receipt": shown["receipt"] });
        life.done(programme(), "repairTeam", "RepairTeamInput", "challenge { id }", put).await?;
        let mut told = 0;
        for who in life.keys.clone() {
            told += count(&life.heard(peer(who)).await?, "you are put forward for the team");
        }
        assert_eq!(told, named);
        assert_eq!(count(&life.heard(host()).await?, "the team that is being built has changed"), 1);
        life.app.stop().await
    }
}

on_both! {
    async fn a_void_scope_is_told_as_what_it_is_and_its_endorsement_stays_on_record(db: &TestDb) {
        let mut life = confirmed(db).await?;
        let lead = life.keys[0];
        let put_off = json!({ "reason": "MAJOR_INCIDENT" });
        life.step(programme(), "postponeChallenge", "ChallengeSideMoveInput", put_off, "POSTPONED").await?;
        let to = async |life: &Life| -> anyhow::Result<Value> {
            let seen = life.see(programme(), "availableTransitions { to mutation }").await?;
            let all = seen["availableTransitions"].as_array().context("transitions")?;
            Ok(all.iter().find(|one| one["mutation"] == "resumeChallenge").context("resume")?["to"].clone())
        };
        assert_eq!(to(&life).await?, "TEAM_CONFIRMED");
        life.on("2027-07-01");
        assert_eq!(to(&life).await?, "SCOPING", "what the move would lead to");
        life.step(programme(), "resumeChallenge", "ChallengeStepInput", json!({}), "SCOPING").await?;
        for role in [programme(), council(HARTLEPOOL), hub("E12000001"), peer(lead)] {
            let heard = life.heard(role.clone()).await?;
            assert_eq!(count(&heard, "its scope and the consent to it are void"), 1, "{heard:?}");
            assert_eq!(count(&heard, "goes on"), 0, "{heard:?}");
            assert!(life.told(role).await?.contains(&"SCOPE_VOID".to_owned()));
        }
        let seen = life.see(programme(), "signOff { signedOn } voidSignOffs { leadMemberName voidedAt }").await?;
        assert_eq!(seen["signOff"], Value::Null);
        assert_eq!(seen["voidSignOffs"][0]["leadMemberName"], "Cllr Lee Member");
        assert!(!seen["voidSignOffs"][0]["voidedAt"].is_null());
        life.app.stop().await
    }
}

on_both! {
    async fn a_postponement_stops_the_clock_of_invitations_and_a_no_meanwhile_goes_to_the_reserve(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        let [lead, _, member, reserve, _, manager] = life.keys[..] else { anyhow::bail!("six people") };
        life.invite().await?;
        let by = async |life: &Life, who| -> anyhow::Result<Value> {
            let seen = life.see(peer(who), "invitations { answerBy state }").await?;
            Ok(seen["invitations"][0].clone())
        };
        assert_eq!(by(&life, lead).await?, json!({ "answerBy": "2026-11-27", "state": "SENT" }));
        let put_off = json!({ "reason": "MAJOR_INCIDENT" });
        life.step(programme(), "postponeChallenge", "ChallengeSideMoveInput", put_off, "POSTPONED").await?;
        life.on("2026-12-12");
        life.app.worker.drain().await?;
        assert_eq!(by(&life, lead).await?["state"], "SENT", "silence is no no while nothing goes on");
        let no = life.answer(member, json!({ "accept": false, "declineReason": "BUSY_NOW" })).await?;
        assert_eq!(no["userErrors"], json!([]), "{no:#}");
        // Their time is not over either.
        assert_eq!(life.answer(manager, yes()).await?["userErrors"], json!([]));
        assert_eq!(life.team().await?[1], "nobody -");
        assert_eq!(life.told(peer(reserve)).await?, Vec::<String>::new());
        life.read_version().await?;
        life.step(programme(), "resumeChallenge", "ChallengeStepInput", json!({}), "TEAM_BUILDING").await?;
        assert_eq!(life.team().await?[1], "Member-2 INVITED");
        assert!(life.told(peer(reserve)).await?.contains(&"INVITED".to_owned()));
        // Twenty days it stood still.
        assert_eq!(by(&life, lead).await?, json!({ "answerBy": "2026-12-17", "state": "SENT" }));
        assert_eq!(count(&life.heard(peer(lead)).await?, "your invitation stands. Please answer by 2026-12-17"), 1);
        life.app.worker.drain().await?;
        assert_eq!(by(&life, lead).await?["state"], "SENT");
        life.app.stop().await
    }
}

on_both! {
    async fn answers_and_objections_are_reminded_of_and_an_end_is_told(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        let [lead, ..] = life.keys[..] else { anyhow::bail!("six people") };
        life.invite().await?;
        let soon = async |life: &Life, role| -> anyhow::Result<usize> {
            Ok(life.told(role).await?.iter().filter(|kind| *kind == "DUE_SOON").count())
        };
        for (day, times) in [("2026-11-23", 0), ("2026-11-25", 1), ("2026-11-26", 1)] {
            life.on(day);
            life.app.worker.drain().await?;
            assert_eq!(soon(&life, peer(lead)).await?, times, "{day}");
        }
        let objections = count(&life.heard(council(HARTLEPOOL)).await?, "an objection to somebody on the team");
        assert_eq!(objections, 1);
        life.on("2026-11-27");
        life.app.worker.drain().await?;
        assert_eq!(count(&life.heard(peer(lead)).await?, "your answer to the invitation is due today"), 1);
        life.on("2026-11-28");
        life.app.worker.drain().await?;
        assert_eq!(count(&life.heard(peer(lead)).await?, "the time to answer your invitation is over"), 1);
        life.app.stop().await
    }
}

on_both! {
    async fn a_risk_is_raised_while_the_visit_is_interrupted_and_passed_on_until_somebody_says_it_is(db: &TestDb) {
        let life = confirmed(db).await?;
        let manager = life.keys[5];
        let risk = |life: &Life| json!({ "challengeId": life.journey.id, "what": "A child waits without a visit." });
        let early = life.ask(peer(manager), "raiseImmediateRisk", "RaiseImmediateRiskInput", "risk { id }", risk(&life)).await?;
        assert_eq!(refused(&early), ["ILLEGAL_STAGE"], "{early:#}");

        let mut life = on_site(life).await?;
        let notice = json!({ "noticedOn": "2027-03-01" });
        life.step(council(HARTLEPOOL), "reportInspectionNotice", "ReportInspectionNoticeInput", notice, "PAUSED").await?;
        let raised = life.done(peer(manager), "raiseImmediateRisk", "RaiseImmediateRiskInput", "risk { id version }", risk(&life)).await?["risk"].clone();
        assert_eq!(count(&life.heard(programme()).await?, "The host has no address with the service"), 1);
        assert_eq!(count(&life.heard(council(HARTLEPOOL)).await?, "an immediate risk to children was seen"), 1);
        let untold = async |life: &Life, role| -> anyhow::Result<usize> {
            Ok(count(&life.heard(role).await?, "nobody has written down that the director"))
        };
        life.app.worker.drain().await?;
        assert_eq!(untold(&life, programme()).await?, 0, "the day is not over");
        for (day, times) in [("2027-03-02", 1), ("2027-03-03", 2)] {
            life.on(day);
            life.app.worker.drain().await?;
            life.app.clock.advance(chrono::TimeDelta::hours(2));
            life.app.worker.drain().await?;
            for role in [programme(), hub("E12000001")] {
                assert_eq!(untold(&life, role).await?, times, "once a day: {day}");
            }
        }
        assert_eq!(count(&life.heard(hub("E12000001")).await?, "waits without"), 0);
        let told = json!({ "riskId": raised["id"], "expectedVersion": raised["version"], "toldName": "Director" });
        life.done(peer(manager), "recordRiskTold", "RecordRiskToldInput", "risk { toldAt }", told).await?;
        life.on("2027-03-04");
        life.app.worker.drain().await?;
        assert_eq!(untold(&life, programme()).await?, 2);

        // The director has an address of their own.
        let address = json!({ "councilId": life.world.host, "duty": "CHILDRENS_SERVICES", "email": "dcs@hartlepool.example" });
        life.done(programme(), "setNotificationContact", "SetNotificationContactInput", "email", address).await?;
        let wrong = json!({ "duty": "CHILDRENS_SERVICES", "email": "dcs@hartlepool.example" });
        let wrong = life.ask(programme(), "setNotificationContact", "SetNotificationContactInput", "email", wrong).await?;
        assert_eq!(refused(&wrong), ["INVALID"], "{wrong:#}");
        let query = "query ($id: ID) { general: notificationContact(councilId: $id) { email }
            director: notificationContact(councilId: $id, duty: CHILDRENS_SERVICES) { email duty } }";
        let seen = life.app.data(programme(), query, json!({ "id": life.world.host })).await?;
        assert_eq!((&seen["general"], &seen["director"]["email"]), (&Value::Null, &json!("dcs@hartlepool.example")));
        life.app.stop().await
    }
}

on_both! {
    async fn a_host_checks_the_facts_and_is_reminded_of_its_actions(db: &TestDb) {
        let mut life = on_site(confirmed(db).await?).await?;
        let [lead, ..] = life.keys[..] else { anyhow::bail!("six people") };
        let host = || council(HARTLEPOOL);
        let found = json!({ "challengeId": life.journey.id, "line": 1, "kind": "AREA_FOR_CONSIDERATION", "text": "Contacts wait." });
        let finding = life.done(peer(lead), "recordFinding", "RecordFindingInput", "finding { id }", found).await?["finding"]["id"].clone();
        life.on("2027-03-04");
        life.step(peer(lead), "giveFeedback", "GiveFeedbackInput", json!({ "feedbackOn": "2027-03-04" }), "FEEDBACK_GIVEN").await?;
        let recommend = json!({ "challengeId": life.journey.id, "text": "Answer within a day.", "findingIds": [finding] });
        let recommendation = life.done(peer(lead), "addRecommendation", "AddRecommendationInput", "recommendation { id }", recommend).await?["recommendation"]["id"].clone();
        life.step(peer(lead), "draftReport", "DraftReportInput", json!({ "summary": "Slow." }), "REPORT_DRAFTED").await?;
        assert_eq!(count(&life.heard(host()).await?, "Please check its facts"), 1);
        assert_eq!(count(&life.heard(hub("E12000001")).await?, "draft report"), 0, "hubs do not see drafts");
        assert!(life.tasks(host()).await?.contains(&"CHECK_FACTS".to_owned()));
        let hasty = life.ask(peer(lead), "finaliseReport", "ChallengeStepInput", "challenge { stage }", life.it()).await?;
        assert_eq!(refused(&hasty), ["REQUIRED"], "{hasty:#}");
        // Ten working days; after them the report waits for nobody.
        let seen = life.see(host(), "deadlines { milestone dueOn waitingOn }").await?;
        let all = seen["deadlines"].as_array().context("deadlines")?;
        let own = all.iter().find(|one| one["milestone"] == "FACT_CHECK").context("the check")?;
        assert_eq!((&own["dueOn"], &own["waitingOn"]), (&json!("2027-03-18"), &json!("HOST")));
        life.on("2027-03-18");
        assert_eq!(life.transition(peer(lead), "finaliseReport").await?.1, ["FACTS"]);
        life.on("2027-03-19");
        assert_eq!(life.transition(peer(lead), "finaliseReport").await?.1, Vec::<String>::new());
        life.on("2027-03-10");
        let own = life.ask(peer(lead), "confirmFacts", "ChallengeStepInput", "challenge { stage }", life.it()).await?;
        assert_eq!(refused(&own), ["FORBIDDEN"]);
        life.done(host(), "confirmFacts", "ChallengeStepInput", "challenge { stage }", life.it()).await?;
        let twice = life.ask(host(), "confirmFacts", "ChallengeStepInput", "challenge { stage }", life.it()).await?;
        assert_eq!(refused(&twice), ["TAKEN"]);
        assert!(life.told(peer(lead)).await?.contains(&"FACTS_CHECKED".to_owned()));
        assert!(!life.tasks(host()).await?.contains(&"CHECK_FACTS".to_owned()));
        life.step(peer(lead), "finaliseReport", "ChallengeStepInput", json!({}), "REPORT_FINAL").await?;

        for role in [host(), programme()] {
            life.done(role, "agreeToPublication", "ChallengeStepInput", "challenge { id }", life.it()).await?;
        }
        let publish = json!({ "publishedOn": "2027-03-10", "url": "https://challenge.example.org/reports/1" });
        life.step(programme(), "publishReport", "PublishReportInput", publish, "PUBLISHED").await?;
        for text in ["A second shift.", "A third shift."] {
            let action = json!({ "recommendationId": recommendation, "text": text, "owner": "Head of the front door", "dueOn": "2027-09-01" });
            life.done(host(), "addAction", "AddActionInput", "action { id }", action).await?;
        }
        assert!(!life.tasks(host()).await?.contains(&"DO_ACTION".to_owned()), "a plan that is not public yet");
        life.step(host(), "publishActionPlan", "PublishActionPlanInput", json!({}), "ACTION_PLANNED").await?;
        assert!(life.tasks(host()).await?.contains(&"DO_ACTION".to_owned()));
        for (day, words) in [("2027-08-28", "2 actions of the plan are due on 2027-09-01"), ("2027-09-20", "2 actions of the plan are due since 2027-09-01")] {
            life.on(day);
            life.app.worker.drain().await?;
            assert_eq!(count(&life.heard(host()).await?, words), 1, "{day}");
        }
        life.app.stop().await
    }
}
