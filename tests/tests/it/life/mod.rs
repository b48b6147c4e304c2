//! A whole life of a challenge over the API by five roles, on both engines, with a clock of its own: invitations with a decline, an
//! invitation that nobody answers, a late conflict and an objection, an inspection notice, fieldwork with a risk, report,
//! corrections, publication, action plan, progress review, evaluation; and what each role sees of it meanwhile.

mod after;
mod asked;
mod demo;
mod heard;
mod letters;
mod month;
mod picture;
mod reminders;
mod review;
mod stood;
mod told;

use anyhow::Context as _;
use chrono::{NaiveDate, TimeZone as _, Utc};
use entity::{challenge, enums::Stage};
use peer_challenge::{
    auth::ViewerRole,
    graphql::ids::{Kind, decode, encode},
};
use sea_orm::{ActiveModelTrait as _, Set};
use serde_json::{Value, json};
use support::{
    App, TestDb,
    app::{council, hub, peer, programme},
    on_both,
};
use uuid::Uuid;

use crate::journey::{HARTLEPOOL, Journey, World, id_where, people, text, world};

/// The challenge with its roles.
pub(crate) struct Life {
    pub(crate) app: App,
    pub(crate) world: World,
    pub(crate) journey: Journey,
    pub(crate) keys: Vec<Uuid>,
}

fn key(id: &Value) -> Uuid {
    decode(&async_graphql::ID(id.as_str().unwrap().to_owned())).unwrap().1
}

/// Codes of the refusals of a payload.
fn refused(payload: &Value) -> Vec<&str> {
    let errors = payload["userErrors"].as_array().unwrap();
    errors.iter().map(|error| error["code"].as_str().unwrap()).collect()
}

impl Life {
    /// A challenge whose team is proposed and nominated.
    pub(crate) async fn begin(db: &TestDb) -> anyhow::Result<Self> {
        let app = App::start(db).await?;
        let keys = people(&app).await?;
        let world = world(&app).await?;
        let mut journey = Journey::request(&app, &world, council(HARTLEPOOL)).await?;
        journey.until_team_building(&app, &world, HARTLEPOOL).await?;
        journey.propose_and_apply(&app).await?;
        Ok(Self {
            app,
            world,
            journey,
            keys,
        })
    }

    /// A mutation with its payload, refused or not.
    pub(crate) async fn ask(
        &self,
        role: ViewerRole,
        mutation: &str,
        input_type: &str,
        fields: &str,
        input: Value,
    ) -> anyhow::Result<Value> {
        let document = format!(
            "mutation ($input: {input_type}!) {{ {mutation}(input: $input) {{ {fields} userErrors {{ code message field }} }} }}"
        );
        let data = self.app.data(role, &document, json!({ "input": input })).await?;
        Ok(data[mutation].clone())
    }

    /// The same, which must succeed.
    pub(crate) async fn done(
        &self,
        role: ViewerRole,
        mutation: &str,
        input_type: &str,
        fields: &str,
        input: Value,
    ) -> anyhow::Result<Value> {
        let payload = self.ask(role, mutation, input_type, fields, input).await?;
        anyhow::ensure!(payload["userErrors"] == json!([]), "{mutation}: {payload:#}");
        Ok(payload)
    }

    fn it(&self) -> Value {
        json!({ "challengeId": self.journey.id, "expectedVersion": self.journey.version })
    }

    fn with(&self, more: &Value) -> Value {
        let mut input = self.it();
        if let (Some(input), Some(more)) = (input.as_object_mut(), more.as_object()) {
            input.extend(more.clone());
        }
        input
    }

    /// Fields of the challenge as somebody sees it.
    pub(crate) async fn see(&self, role: ViewerRole, fields: &str) -> anyhow::Result<Value> {
        let document = format!("query ($id: ID!) {{ node(id: $id) {{ ... on PeerChallenge {{ {fields} }} }} }}");
        let data = self.app.data(role, &document, json!({ "id": self.journey.id })).await?;
        Ok(data["node"].clone())
    }

    /// Reads the version that the challenge has now.
    pub(crate) async fn read_version(&mut self) -> anyhow::Result<()> {
        let seen = self.see(programme(), "version").await?;
        self.journey.version = seen["version"].as_i64().context("a version")?;
        Ok(())
    }

    async fn step(
        &mut self,
        role: ViewerRole,
        mutation: &str,
        kind: &str,
        more: Value,
        stage: &str,
    ) -> anyhow::Result<()> {
        self.journey.step(&self.app, role, mutation, kind, more, stage).await
    }

    /// What is missing for the move that `mutation` makes, and whether this viewer may make it.
    async fn transition(&self, role: ViewerRole, mutation: &str) -> anyhow::Result<(bool, Vec<String>)> {
        let seen = self
            .see(
                role,
                "availableTransitions { mutation isAllowed missing { requirement } }",
            )
            .await?;
        let all = seen["availableTransitions"].as_array().context("transitions")?;
        let one = all
            .iter()
            .find(|one| one["mutation"] == mutation)
            .context(mutation.to_owned())?;
        let missing = one["missing"].as_array().context("missing")?;
        let words = missing
            .iter()
            .map(|gap| text(&gap["requirement"]))
            .collect::<Result<_, _>>()?;
        Ok((one["isAllowed"] == true, words))
    }

    fn on(&self, day: &str) {
        let day: NaiveDate = day.parse().unwrap();
        self.app
            .clock
            .set(Utc.from_utc_datetime(&day.and_hms_opt(12, 0, 0).unwrap()));
    }

    /// The invitation that waits for a person's answer.
    pub(crate) async fn invitation(&self, who: Uuid) -> anyhow::Result<(Value, Value)> {
        let seen = self.see(peer(who), "invitations { id version state }").await?;
        let all = seen["invitations"].as_array().context("invitations")?;
        let one = all
            .iter()
            .find(|one| one["state"] == "SENT")
            .context("an open invitation")?;
        Ok((one["id"].clone(), one["version"].clone()))
    }

    async fn answer(&self, who: Uuid, more: Value) -> anyhow::Result<Value> {
        let (id, version) = self.invitation(who).await?;
        let mut input = json!({ "invitationId": id, "expectedVersion": version });
        if let (Some(input), Some(more)) = (input.as_object_mut(), more.as_object()) {
            input.extend(more.clone());
        }
        self.ask(
            peer(who),
            "answerInvitation",
            "AnswerInvitationInput",
            "invitation { state }",
            input,
        )
        .await
    }

    async fn team(&self) -> anyhow::Result<Vec<String>> {
        let seen = self
            .see(programme(), "slots { assignment { status peer { name } } }")
            .await?;
        let slots = seen["slots"].as_array().context("slots")?;
        Ok(slots
            .iter()
            .map(|slot| {
                let place = &slot["assignment"];
                format!(
                    "{} {}",
                    place["peer"]["name"].as_str().unwrap_or("nobody"),
                    place["status"].as_str().unwrap_or("-")
                )
            })
            .collect())
    }

    /// Unread notifications of a viewer, by kind.
    async fn told(&self, role: ViewerRole) -> anyhow::Result<Vec<String>> {
        let data = self
            .app
            .data(
                role,
                "{ notifications(unread: true, first: 100) { nodes { kind text } } }",
                json!({}),
            )
            .await?;
        let nodes = data["notifications"]["nodes"].as_array().context("notifications")?;
        nodes.iter().map(|node| text(&node["kind"])).collect()
    }

    /// What a viewer was told, newest first.
    async fn heard(&self, role: ViewerRole) -> anyhow::Result<Vec<String>> {
        let query = "{ notifications(first: 100) { nodes { text } } }";
        let data = self.app.data(role, query, json!({})).await?;
        let nodes = data["notifications"]["nodes"].as_array().context("notifications")?;
        nodes.iter().map(|node| text(&node["text"])).collect()
    }

    /// Kinds of the tasks that a viewer has.
    async fn tasks(&self, role: ViewerRole) -> anyhow::Result<Vec<String>> {
        let data = self
            .app
            .data(role, "{ myTasks(first: 100) { tasks { kind } } }", json!({}))
            .await?;
        let tasks = data["myTasks"]["tasks"].as_array().context("tasks")?;
        tasks.iter().map(|task| text(&task["kind"])).collect()
    }

    /// Who of the six is on the team in which slot: lead, member, manager.
    async fn invite(&mut self) -> anyhow::Result<()> {
        let input = self.it();
        let sent = self
            .done(
                programme(),
                "inviteTeam",
                "InviteTeamInput",
                "invitations { peer { name } answerBy }",
                input,
            )
            .await?;
        assert!(!sent["invitations"].as_array().context("invitations")?.is_empty());
        self.read_version().await
    }
}

const YES: &str = r#"{ "accept": true, "declarationIsComplete": true }"#;

fn yes() -> Value {
    serde_json::from_str(YES).unwrap()
}

on_both! {
    async fn five_roles_play_a_whole_life(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        let [lead, _, member, reserve_member, reserve_manager, manager] = life.keys[..] else { anyhow::bail!("six people") };
        let host = || council(HARTLEPOOL);

        // Invitations: the lead comes, the member is busy, the manager does not answer.
        life.invite().await?;
        assert!(life.told(host()).await?.contains(&"TEAM_PROPOSED".to_owned()));
        assert!(life.told(peer(lead)).await?.contains(&"INVITED".to_owned()));
        let lazy = life.answer(lead, json!({ "accept": true })).await?;
        assert_eq!(refused(&lazy), ["REQUIRED"], "a declaration is asked with every invitation");
        let accepted = life.answer(lead, yes()).await?;
        assert_eq!(accepted["invitation"]["state"], "ACCEPTED", "{accepted:#}");
        let blank = life.answer(member, json!({ "accept": false })).await?;
        assert_eq!(refused(&blank), ["REQUIRED"]);
        let declined = life.answer(member, json!({ "accept": false, "declineReason": "BUSY_NOW" })).await?;
        assert_eq!(declined["invitation"]["state"], "DECLINED", "{declined:#}");
        assert_eq!(life.team().await?, ["Lead-1 ACCEPTED", "Member-2 INVITED", "Manager-2 INVITED"], "the reserve is asked");
        let closed = life.app.data(peer(member), "{ blackoutPeriods { nodes { startsOn } } }", json!({})).await?;
        assert_eq!(closed["blackoutPeriods"]["nodes"][0]["startsOn"], "2027-03-01", "busy days are closed");
        life.read_version().await?;
        let (_, missing) = life.transition(programme(), "confirmTeam").await?;
        assert_eq!(missing, ["ANSWERS"]);
        let early = life.ask(programme(), "confirmTeam", "ConfirmTeamInput", "challenge { stage }", life.it()).await?;
        assert!(refused(&early).contains(&"DECISION_OPEN"), "{early:#}");
        let came = life.answer(reserve_member, yes()).await?;
        assert_eq!(came["userErrors"], json!([]), "{came:#}");

        // Five working days later the manager's invitation is over; the reserve comes, with a tie that nobody knew.
        let (open, version) = life.invitation(manager).await?;
        life.on("2026-12-07");
        let late = json!({ "invitationId": open, "expectedVersion": version, "accept": true, "declarationIsComplete": true });
        let late = life.ask(peer(manager), "answerInvitation", "AnswerInvitationInput", "invitation { state }", late).await?;
        assert_eq!(refused(&late), ["INVALID"], "{late:#}");
        life.app.worker.drain().await?;
        assert_eq!(life.team().await?[2], "Manager-1 INVITED");
        let tied = json!({ "accept": true, "declarationIsComplete": true, "interests": [{ "kind": "PERSONAL", "note": "A sister." }] });
        let tied = life.answer(reserve_manager, tied).await?;
        assert_eq!(tied["userErrors"], json!([]), "{tied:#}");
        life.read_version().await?;
        let (_, missing) = life.transition(programme(), "confirmTeam").await?;
        assert_eq!(missing, ["DECISIONS"], "a late conflict is to be decided");
        let tasks = life.app.data(programme(), "{ myTasks(first: 100) { tasks { kind challenge { id } } } }", json!({})).await?;
        assert!(tasks.to_string().contains("DECIDE_CONFLICT"), "{tasks:#}");
        let open = life.app.data(programme(), "{ conflictDecisions(filter: { statuses: [OPEN] }) { nodes { id version } } }", json!({})).await?;
        let decision = &open["conflictDecisions"]["nodes"][0];
        let stop = json!({ "decisionId": decision["id"], "expectedVersion": decision["version"], "resolution": "STOP", "reason": "A close tie." });
        life.done(programme(), "decideConflict", "DecideConflictInput", "decision { status }", stop).await?;
        assert_eq!(life.team().await?[2], "nobody -");

        // Somebody is nominated again; the host objects to somebody, in vain.
        let slots = life.see(programme(), "slots { id assignment { id } }").await?;
        let again = json!({ "slotId": slots["slots"][2]["id"], "peerId": encode(Kind::Peer, manager) });
        life.done(programme(), "nominatePeer", "NominatePeerInput", "assignment { id }", again).await?;
        life.read_version().await?;
        life.invite().await?;
        let came = life.answer(manager, yes()).await?;
        assert_eq!(came["userErrors"], json!([]), "{came:#}");
        let object = json!({ "assignmentId": slots["slots"][1]["assignment"]["id"], "reasonCode": "SKILLS", "reason": "We hoped for another." });
        let objected = life.ask(host(), "objectToPeer", "ObjectToPeerInput", "objection { id version }", object).await?;
        // The host had five working days from the day on which it was told the name; they are over.
        assert_eq!(refused(&objected), ["INVALID"], "{objected:#}");
        let seen = life.see(programme(), "slots { assignment { id } }").await?;
        let object = json!({ "assignmentId": seen["slots"][2]["assignment"]["id"], "reasonCode": "SKILLS", "reason": "We hoped for another." });
        let objected = life.done(host(), "objectToPeer", "ObjectToPeerInput", "objection { id version }", object).await?;
        let reject = json!({ "objectionId": objected["objection"]["id"], "expectedVersion": 1, "ruling": "REJECT", "reason": "Skills are there." });
        life.done(programme(), "decideObjection", "DecideObjectionInput", "objection { id }", reject).await?;
        life.read_version().await?;
        life.journey.confirm(&life.app).await?;
        assert_eq!(life.team().await?, ["Lead-1 CONFIRMED", "Member-2 CONFIRMED", "Manager-2 CONFIRMED"]);

        // Preparation: documents, sessions, a notice of inspection.
        life.step(programme(), "startPreparation", "ChallengeStepInput", json!({}), "PREPARING").await?;
        let (may, missing) = life.transition(programme(), "startFieldwork").await?;
        assert_eq!((may, missing), (true, vec!["POSITION_STATEMENT".to_owned(), "TIMETABLE".to_owned(), "FIRST_DAY".to_owned()]));
        let early = life.ask(programme(), "startFieldwork", "ChallengeStepInput", "challenge { stage }", life.it()).await?;
        assert_eq!(refused(&early).len(), 3, "all that is missing at once: {early:#}");
        let document = json!({ "challengeId": life.journey.id, "kind": "POSITION_STATEMENT", "title": "Where we stand",
            "url": "https://hartlepool.example/statement", "purpose": "For the team to read before.", "expiresOn": "2027-06-30" });
        life.done(host(), "addDocument", "AddDocumentInput", "document { id }", document).await?;
        let files = json!({ "challengeId": life.journey.id, "kind": "OTHER", "title": "Files", "url": "https://hartlepool.example/files",
            "purpose": "For the auditors.", "class": "CASE_MATERIAL", "audience": "EVERYBODY", "expiresOn": "2027-06-30" });
        let files = life.ask(host(), "addDocument", "AddDocumentInput", "document { id }", files).await?;
        assert_eq!(refused(&files), ["INVALID", "INVALID"], "case material is for the team and for a short time: {files:#}");
        let session = |title: &str, from: &str, to: &str, room: &str| json!({ "challengeId": life.journey.id, "session": {
            "title": title, "room": room, "withWhom": "Director", "startsAt": format!("2027-03-01T{from}:00:00Z"),
            "endsAt": format!("2027-03-01T{to}:00:00Z"), "peerIds": [encode(Kind::Peer, lead)] } });
        life.done(host(), "scheduleSession", "ScheduleSessionInput", "session { id }", session("Front door", "09", "10", "Room 1")).await?;
        let clash = life.ask(host(), "scheduleSession", "ScheduleSessionInput", "session { id }", session("Court", "09", "11", "Room 1")).await?;
        assert_eq!(refused(&clash), ["OVERLAPPING", "OVERLAPPING"], "room and person: {clash:#}");
        assert!(life.transition(host(), "reportInspectionNotice").await?.0, "the host may suspend by it");
        assert!(!life.transition(host(), "postponeChallenge").await?.0);
        let notice = life.with(&json!({ "noticedOn": "2026-12-07", "note": "Ofsted rang." }));
        let told = life.done(host(), "reportInspectionNotice", "ReportInspectionNoticeInput", "challenge { stage version } told { audience count }", notice).await?;
        assert_eq!(told["challenge"]["stage"], "POSTPONED");
        assert!(life.heard(peer(lead)).await?.iter().any(|text| text.contains("is put off: notice of an inspection")));
        let record = life.app.data(programme(), "{ auditEvents(first: 100) { nodes { action details { key value } } } }", json!({})).await?;
        let events = record["auditEvents"]["nodes"].as_array().context("events")?;
        let event = events.iter().find(|event| event["action"] == "CHALLENGE_POSTPONED").context("the event")?;
        assert!(event.to_string().contains("told"), "who was told is on record: {event:#}");
        assert_eq!(told["told"], json!([{ "audience": "PROGRAMME", "count": 1 }, { "audience": "HOST", "count": 1 },
            { "audience": "HUB", "count": 1 }, { "audience": "PEER", "count": 3 }]));
        assert!(life.told(hub("E12000001")).await?.contains(&"SUSPENDED".to_owned()));
        life.read_version().await?;
        life.step(programme(), "resumeChallenge", "ChallengeStepInput", json!({}), "PREPARING").await?;

        // On site.
        life.on("2027-03-01");
        life.step(programme(), "startFieldwork", "ChallengeStepInput", json!({}), "ON_SITE").await?;
        let (may, missing) = life.transition(peer(lead), "giveFeedback").await?;
        assert_eq!((may, missing), (true, vec!["FINDINGS".to_owned()]));
        assert!(!life.transition(host(), "giveFeedback").await?.0, "the host does not give its own feedback");
        let found = json!({ "challengeId": life.journey.id, "line": 1, "kind": "AREA_FOR_CONSIDERATION", "text": "Contacts wait too long." });
        let finding = life.done(peer(lead), "recordFinding", "RecordFindingInput", "finding { id }", found).await?["finding"]["id"].clone();
        assert_eq!(life.see(host(), "findings { text }").await?["findings"], json!([]), "not before the feedback");
        assert_eq!(life.see(peer(manager), "findings { text }").await?["findings"].as_array().map(Vec::len), Some(1));
        let risk = json!({ "challengeId": life.journey.id, "what": "A child waits without a visit." });
        let risk = life.done(peer(manager), "raiseImmediateRisk", "RaiseImmediateRiskInput", "risk { id version }", risk).await?["risk"].clone();
        assert!(life.told(host()).await?.contains(&"IMMEDIATE_RISK".to_owned()));
        assert_eq!(life.see(ViewerRole::Analyst, "immediateRisks { what }").await?["immediateRisks"], json!([]));
        let told = json!({ "riskId": risk["id"], "expectedVersion": risk["version"], "toldName": "Director of children's services" });
        life.done(peer(manager), "recordRiskTold", "RecordRiskToldInput", "risk { toldAt }", told).await?;
        life.on("2027-03-04");
        life.step(peer(lead), "giveFeedback", "GiveFeedbackInput", json!({ "feedbackOn": "2027-03-04" }), "FEEDBACK_GIVEN").await?;
        assert_eq!(life.see(host(), "findings { text }").await?["findings"].as_array().map(Vec::len), Some(1));

        // The report.
        let bare = json!({ "challengeId": life.journey.id, "text": "Answer within a day.", "findingIds": [] });
        let bare = life.ask(peer(lead), "addRecommendation", "AddRecommendationInput", "recommendation { id }", bare).await?;
        assert_eq!(refused(&bare), ["REQUIRED"], "a recommendation without a finding");
        let recommend = json!({ "challengeId": life.journey.id, "text": "Answer within a day.", "findingIds": [finding] });
        let recommendation = life.done(peer(lead), "addRecommendation", "AddRecommendationInput", "recommendation { id findings { id } }", recommend).await?["recommendation"].clone();
        assert_eq!(recommendation["findings"][0]["id"], finding);
        assert_eq!(life.see(host(), "recommendations { text }").await?["recommendations"], json!([]));
        life.on("2027-03-20");
        life.step(peer(lead), "draftReport", "DraftReportInput", json!({ "summary": "A good service with a slow door." }), "REPORT_DRAFTED").await?;
        let edit = json!({ "challengeId": life.journey.id, "recommendationId": recommendation["id"], "proposed": "Answer within two days.", "reason": "The law says two." });
        let edit = life.done(host(), "proposeAccuracyEdit", "ProposeAccuracyEditInput", "edit { id version }", edit).await?["edit"].clone();
        let (_, missing) = life.transition(peer(lead), "finaliseReport").await?;
        assert_eq!(missing, ["FACTS", "CORRECTIONS"]);
        let decide = json!({ "accuracyEditId": edit["id"], "expectedVersion": edit["version"], "accept": true });
        life.done(peer(lead), "decideAccuracyEdit", "DecideAccuracyEditInput", "edit { original proposed }", decide).await?;
        let seen = life.see(host(), "recommendations { text } accuracyEdits { original proposed status }").await?;
        assert_eq!(seen["recommendations"][0]["text"], "Answer within two days.");
        assert_eq!(seen["accuracyEdits"][0]["original"], "Answer within a day.");
        life.done(host(), "confirmFacts", "ChallengeStepInput", "challenge { report { factsCheckedAt } }", life.it()).await?;
        life.step(peer(lead), "finaliseReport", "ChallengeStepInput", json!({}), "REPORT_FINAL").await?;
        let (_, missing) = life.transition(programme(), "publishReport").await?;
        assert_eq!(missing, ["HOST_AGREEMENT", "PROGRAMME_AGREEMENT"]);
        for role in [host(), programme()] {
            life.done(role, "agreeToPublication", "ChallengeStepInput", "challenge { id }", life.it()).await?;
        }
        assert_eq!(life.see(ViewerRole::Analyst, "report { summary }").await?["report"], Value::Null, "not before it is published");
        let publish = json!({ "publishedOn": "2027-03-20", "url": "https://challenge.example.org/reports/1" });
        life.step(programme(), "publishReport", "PublishReportInput", publish, "PUBLISHED").await?;
        let public = life.see(ViewerRole::Analyst, "report { summary url } recommendations { text findings { id } }").await?;
        assert_eq!(public["report"]["url"], "https://challenge.example.org/reports/1");
        assert_eq!(public["recommendations"][0]["findings"], json!([]), "findings stay with the host and the team");

        // The action plan.
        let (may, missing) = life.transition(host(), "publishActionPlan").await?;
        assert_eq!((may, missing), (true, vec!["ACTIONS".to_owned()]));
        let action = |owner: &str, due: &str| json!({ "recommendationId": recommendation["id"], "text": "A second shift at the door.", "owner": owner, "dueOn": due });
        let bare = life.ask(host(), "addAction", "AddActionInput", "action { id }", action("", "2027-01-01")).await?;
        assert_eq!(refused(&bare), ["REQUIRED", "INVALID"], "no owner, and a day in the past: {bare:#}");
        let action = life.done(host(), "addAction", "AddActionInput", "action { id version }", action("Head of the front door", "2027-09-01")).await?["action"].clone();
        life.step(host(), "publishActionPlan", "PublishActionPlanInput", json!({ "url": "https://hartlepool.example/plan" }), "ACTION_PLANNED").await?;
        let done = json!({ "actionId": action["id"], "expectedVersion": action["version"], "status": "DONE", "note": "Since June." });
        let done = life.done(host(), "updateAction", "UpdateActionInput", "action { history { status note } }", done).await?;
        assert_eq!(done["action"]["history"].as_array().map(Vec::len), Some(2));

        // The progress review, a small challenge of its own; its team is taken as read.
        life.on("2027-12-10");
        let (_, missing) = life.transition(programme(), "completeProgressReview").await?;
        assert_eq!(missing, ["REVIEW"]);
        let next = json!({ "name": "2027/28", "startsOn": "2027-04-01", "endsOn": "2028-03-31" });
        let next = life.done(programme(), "createSeason", "CreateSeasonInput", "season { id }", next).await?["season"]["id"].clone();
        let programmes = life.app.data(programme(), "{ programmes { id kind } }", json!({})).await?;
        let review = id_where(&programmes["programmes"], "kind", "PROGRESS_REVIEW")?;
        let ask = json!({ "hostId": life.world.host, "programmeId": review, "seasonId": next, "strand": "PEER_CHALLENGE",
            "reason": "How far have we come?", "firstChallengeId": life.journey.id, "themes": [{ "themeId": life.world.theme }],
            "windows": [{ "startsOn": "2027-12-13", "endsOn": "2027-12-14" }], "submit": true });
        let small = life.done(programme(), "requestChallenge", "RequestChallengeInput", "challenge { id firstChallenge { id } }", ask).await?;
        assert_eq!(small["challenge"]["firstChallenge"]["id"], json!(life.journey.id));
        let on_the_way = challenge::ActiveModel { id: Set(key(&small["challenge"]["id"])), stage: Set(Stage::FeedbackGiven), ..Default::default() };
        on_the_way.update(life.app.database.writer()).await?;
        life.on("2027-12-15");
        let review = json!({ "reviewedOn": "2027-12-14", "note": "The door is quick now." });
        life.step(programme(), "completeProgressReview", "CompleteProgressReviewInput", review, "PROGRESS_REVIEWED").await?;

        // What people think: each sees what they said, and what is about a peer nobody but the programme.
        let evaluate = |kind: &str, about: Value| json!({ "challengeId": life.journey.id, "kind": kind, "aboutPeerId": about, "score": 5, "comment": "Well done." });
        for (role, kind, about) in [
            (host(), "HOST_ON_TEAM", Value::Null),
            (host(), "ON_PEER", json!(encode(Kind::Peer, lead))),
            (peer(lead), "PEER_ON_HOST", Value::Null),
            (peer(manager), "PEER_ON_PROGRAMME", Value::Null),
            (peer(manager), "ON_PEER", json!(encode(Kind::Peer, lead))),
        ] {
            let given = life.done(role, "giveEvaluation", "GiveEvaluationInput", "recorded", evaluate(kind, about)).await?;
            assert_eq!(given["recorded"], true);
        }
        let twice = life.ask(host(), "giveEvaluation", "GiveEvaluationInput", "recorded", evaluate("HOST_ON_TEAM", Value::Null)).await?;
        assert_eq!(refused(&twice), ["TAKEN"]);
        let own = life.ask(peer(lead), "giveEvaluation", "GiveEvaluationInput", "recorded", evaluate("ON_PEER", json!(encode(Kind::Peer, lead)))).await?;
        assert_eq!(refused(&own), ["NOT_FOUND"], "nobody speaks of themselves");
        assert_eq!(life.see(programme(), "evaluations { kind }").await?["evaluations"].as_array().map(Vec::len), Some(5));
        assert_eq!(life.see(host(), "evaluations { kind }").await?["evaluations"], json!([{ "kind": "HOST_ON_TEAM" }]));
        assert_eq!(life.see(peer(lead), "evaluations { kind }").await?["evaluations"], json!([{ "kind": "PEER_ON_HOST" }]));
        life.step(programme(), "closeChallenge", "ChallengeStepInput", json!({}), "CLOSED").await?;

        // Every deadline says when it was met, and nothing is left to do.
        let seen = life.see(programme(), "deadlines { milestone standing metOn } availableTransitions { mutation }").await?;
        assert_eq!(seen["availableTransitions"], json!([]));
        let deadlines = seen["deadlines"].as_array().context("deadlines")?;
        let of = |milestone: &str| deadlines.iter().find(|one| one["milestone"] == milestone).map(|one| one["standing"].clone());
        assert_eq!(of("REPORT_DRAFT"), Some(json!("MET")), "{deadlines:#?}");
        assert_eq!(of("PUBLICATION"), Some(json!("MET")));
        assert!(deadlines.iter().all(|one| !["OVERDUE", "DUE_SOON", "OPEN"].contains(&one["standing"].as_str().unwrap())), "{deadlines:#?}");
        life.app.stop().await
    }
}
