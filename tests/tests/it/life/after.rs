//! After the visit has begun: what may not be given up, what closes, what is said at once, days that cannot be, and timetables that
//! moved on without their days.

use anyhow::Context as _;
use entity::{
    assignment, challenge,
    enums::{AssignmentStatus, Stage},
    fieldwork_session, report, session_peer,
};
use peer_challenge::graphql::ids::{Kind, encode};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, Set,
};
use serde_json::{Value, json};
use support::{
    TestDb,
    app::{council, programme},
    on_both,
};
use uuid::Uuid;

use super::{Life, key, refused};
use crate::{database::world::insert, journey::HARTLEPOOL};

/// Puts the challenge where it is wanted, without the way there.
pub(super) async fn stand(life: &Life, stage: Stage, resumes_to: Option<Stage>) -> anyhow::Result<()> {
    let row = challenge::ActiveModel {
        id: Set(key(&json!(life.journey.id))),
        stage: Set(stage),
        resumes_to: Set(resumes_to),
        ..Default::default()
    };
    row.update(life.app.database.writer()).await?;
    Ok(())
}

/// A report of a challenge whose feedback was given on a day.
pub(super) async fn reported(life: &Life, challenge: Uuid, on: &str) -> anyhow::Result<()> {
    let act = life.app.act();
    let row = report::Model {
        id: act.id(),
        challenge_id: challenge,
        feedback_on: on.parse()?,
        presentation_url: None,
        summary: Some("A good service.".to_owned()),
        facts_checked_at: None,
        facts_checked_by: None,
        host_agreed_at: None,
        host_agreed_by: None,
        programme_agreed_at: None,
        programme_agreed_by: None,
        published_on: None,
        url: None,
        plan_url: None,
        reviewed_on: None,
        review_note: None,
        version: 1,
        created_at: act.at,
        updated_at: act.at,
    };
    insert(life.app.database.writer(), row).await?;
    Ok(())
}

async fn places(life: &Life) -> anyhow::Result<Vec<assignment::Model>> {
    Ok(assignment::Entity::find()
        .filter(assignment::Column::ChallengeId.eq(key(&json!(life.journey.id))))
        .order_by_asc(assignment::Column::Id)
        .all(life.app.database.writer())
        .await?)
}

fn statuses(places: &[assignment::Model]) -> Vec<AssignmentStatus> {
    places.iter().map(|place| place.status).collect()
}

on_both! {
    async fn what_was_served_is_not_given_up(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        life.journey.confirm(&life.app).await?;
        life.on("2027-03-02");
        let reason = json!({ "reason": "MAJOR_INCIDENT" });

        // Published and interrupted: it goes on, or stays interrupted.
        stand(&life, Stage::Published, None).await?;
        life.step(programme(), "pauseChallenge", "ChallengeSideMoveInput", reason.clone(), "PAUSED").await?;
        let seen = life.see(programme(), "nextStages availableTransitions { mutation }").await?;
        assert_eq!(seen, json!({ "nextStages": ["PUBLISHED"], "availableTransitions": [{ "mutation": "resumeChallenge" }] }));
        let given_up = life.ask(programme(), "cancelChallenge", "ChallengeSideMoveInput", "challenge { stage }", life.with(&reason)).await?;
        assert_eq!(refused(&given_up), ["ILLEGAL_STAGE"], "{given_up:#}");
        assert!(statuses(&places(&life).await?).iter().all(|status| *status == AssignmentStatus::Confirmed));

        // On the second day of the visit it can be given up; whoever came has served, whoever was to come is released.
        stand(&life, Stage::Paused, Some(Stage::OnSite)).await?;
        let held = places(&life).await?;
        let mut late = held[2].clone().into_active_model();
        late.starts_on = Set("2027-03-03".parse()?);
        late.update(life.app.database.writer()).await?;
        life.step(programme(), "cancelChallenge", "ChallengeSideMoveInput", reason, "CANCELLED").await?;
        let held = places(&life).await?;
        assert_eq!(statuses(&held), [AssignmentStatus::Confirmed, AssignmentStatus::Confirmed, AssignmentStatus::Released]);
        life.app.stop().await
    }
}

on_both! {
    async fn a_first_challenge_closes_by_way_of_its_plan(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        life.journey.confirm(&life.app).await?;
        stand(&life, Stage::Published, None).await?;
        // Even though somebody has reviewed it already.
        let conn = life.app.database.writer();
        let row = challenge::Entity::find_by_id(key(&json!(life.journey.id))).one(conn).await?.context("the challenge")?;
        let review = challenge::Model { id: life.app.act().id(), reference: "PROGRESS-1".to_owned(), stage: Stage::Closed,
            window_id: None, first_challenge_id: Some(row.id), ..row };
        insert(conn, review).await?;
        let (may, missing) = life.transition(programme(), "closeChallenge").await?;
        assert_eq!((may, missing), (true, vec!["KIND".to_owned()]));
        let closed = life.ask(programme(), "closeChallenge", "ChallengeStepInput", "challenge { stage }", life.it()).await?;
        assert_eq!(refused(&closed), ["REQUIRED"], "{closed:#}");
        stand(&life, Stage::ProgressReviewed, None).await?;
        life.step(programme(), "closeChallenge", "ChallengeStepInput", json!({}), "CLOSED").await?;
        life.app.stop().await
    }
}

on_both! {
    async fn what_is_wrong_and_what_is_missing_is_said_at_once(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        life.journey.confirm(&life.app).await?;
        life.on("2027-03-20");
        let fields = |payload: &Value| -> Vec<String> {
            let errors = payload["userErrors"].as_array().unwrap();
            errors.iter().map(|error| error["field"][0].as_str().unwrap_or("-").to_owned()).collect()
        };
        stand(&life, Stage::OnSite, None).await?;
        let feedback = life.with(&json!({ "feedbackOn": "2026-01-01", "presentationUrl": "http://x" }));
        let feedback = life.ask(programme(), "giveFeedback", "GiveFeedbackInput", "challenge { stage }", feedback).await?;
        assert_eq!(fields(&feedback), ["presentationUrl", "feedbackOn", "challengeId"], "{feedback:#}");
        stand(&life, Stage::FeedbackGiven, None).await?;
        let draft = life.ask(programme(), "draftReport", "DraftReportInput", "challenge { stage }", life.with(&json!({ "summary": "" }))).await?;
        assert_eq!(fields(&draft), ["summary", "challengeId"], "{draft:#}");
        stand(&life, Stage::ReportFinal, None).await?;
        reported(&life, key(&json!(life.journey.id)), "2027-03-04").await?;
        let publish = life.with(&json!({ "publishedOn": "2027-03-20", "url": "http://challenge.example.org/1" }));
        let publish = life.ask(programme(), "publishReport", "PublishReportInput", "challenge { stage }", publish).await?;
        assert_eq!(fields(&publish), ["url", "challengeId", "challengeId"], "the link, and the agreement of both sides: {publish:#}");
        life.app.stop().await
    }
}

on_both! {
    async fn a_deadline_is_set_where_it_can_be(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        life.journey.confirm(&life.app).await?;
        let set = async |life: &Life, milestone: &str, day: &str| -> anyhow::Result<Value> {
            let input = life.with(&json!({ "milestone": milestone, "dueOn": day, "note": "Agreed." }));
            life.ask(programme(), "setDeadline", "SetDeadlineInput", "challenge { version }", input).await
        };
        // What precedes the visit lies before its end, what follows it behind its first day and within two years.
        for (milestone, day) in [("REPORT_DRAFT", "1900-01-01"), ("REPORT_DRAFT", "2027-02-28"), ("REPORT_DRAFT", "2029-03-05"),
            ("TEAM_CALL_LATEST", "2050-01-01"), ("TEAM_CALL_LATEST", "2026-11-01"), ("TEAM_CALL_LATEST", "2027-03-05")] {
            let answer = set(&life, milestone, day).await?;
            assert_eq!(answer["userErrors"][0]["field"], json!(["dueOn"]), "{milestone} {day}: {answer:#}");
            assert_eq!(refused(&answer), ["INVALID"]);
        }
        // These hang on single invitations and names.
        for milestone in ["INVITATION_ANSWER", "HOST_OBJECTION"] {
            let answer = set(&life, milestone, "2027-01-10").await?;
            assert_eq!((refused(&answer), &answer["userErrors"][0]["field"]), (vec!["INVALID"], &json!(["milestone"])), "{answer:#}");
        }
        for (milestone, day) in [("REPORT_DRAFT", "2029-03-04"), ("TEAM_CALL_LATEST", "2027-02-20")] {
            let answer = set(&life, milestone, day).await?;
            assert_eq!(answer["userErrors"], json!([]), "{answer:#}");
            life.read_version().await?;
        }
        life.app.stop().await
    }
}

on_both! {
    async fn a_timetable_is_of_the_days_and_people_of_the_visit(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        let lead = life.keys[0];
        life.journey.confirm(&life.app).await?;
        let session = json!({ "challengeId": life.journey.id, "session": { "title": "Front door", "startsAt": "2027-03-01T09:00:00Z",
            "endsAt": "2027-03-01T10:00:00Z", "peerIds": [encode(Kind::Peer, lead)] } });
        life.done(council(HARTLEPOOL), "scheduleSession", "ScheduleSessionInput", "session { id }", session).await?;
        life.step(programme(), "startPreparation", "ChallengeStepInput", json!({}), "PREPARING").await?;
        let conn = life.app.database.writer();
        let (_, missing) = life.transition(programme(), "startFieldwork").await?;
        assert!(!missing.contains(&"TIMETABLE".to_owned()), "{missing:?}");
        let seen = life.see(programme(), "sessions { isOutsideVisit peers { name } }").await?;
        assert_eq!(seen["sessions"], json!([{ "isOutsideVisit": false, "peers": [{ "name": "Lead-1" }] }]));

        // Somebody leaves the team, and with it their seats.
        stand(&life, Stage::TeamBuilding, None).await?;
        let place = places(&life).await?.into_iter().find(|place| place.peer_id == lead).context("the lead's place")?;
        let release = json!({ "assignmentId": encode(Kind::Assignment, place.id), "expectedVersion": place.version, "reason": "Ill." });
        life.done(programme(), "releaseNomination", "ReleaseNominationInput", "assignment { id }", release).await?;
        assert_eq!(session_peer::Entity::find().count(conn).await?, 0);
        assert_eq!(fieldwork_session::Entity::find().count(conn).await?, 1);

        // The days move, the session does not: it is no timetable any more.
        let moved = challenge::ActiveModel { id: Set(key(&json!(life.journey.id))), stage: Set(Stage::Preparing),
            starts_on: Set(Some("2027-03-15".parse()?)), ends_on: Set(Some("2027-03-18".parse()?)), ..Default::default() };
        moved.update(conn).await?;
        let (_, missing) = life.transition(programme(), "startFieldwork").await?;
        assert!(missing.contains(&"TIMETABLE".to_owned()), "{missing:?}");
        let seen = life.see(programme(), "sessions { isOutsideVisit }").await?;
        assert_eq!(seen["sessions"], json!([{ "isOutsideVisit": true }]));
        life.app.stop().await
    }
}

on_both! {
    async fn deadlines_of_all_live_challenges_are_one_list(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        life.journey.confirm(&life.app).await?;
        stand(&life, Stage::Published, None).await?;
        life.on("2027-09-01");
        let query = "query ($filter: DeadlineFilter, $first: Int, $after: String) { deadlines(filter: $filter, first: $first, after: $after) {
            totalCount pageInfo { hasNextPage endCursor } nodes { challenge { id } deadline { milestone standing waitingOn dueOn } } } }";
        let ask = async |filter: Value, first: i32, after: Value| -> anyhow::Result<Value> {
            let variables = json!({ "filter": filter, "first": first, "after": after });
            Ok(life.app.data(programme(), query, variables).await?["deadlines"].clone())
        };
        let overdue = ask(json!({ "standings": ["OVERDUE"], "waitingOn": ["HOST"] }), 20, Value::Null).await?;
        let milestones: Vec<&Value> = overdue["nodes"].as_array().context("nodes")?.iter().map(|one| &one["deadline"]["milestone"]).collect();
        assert!(milestones.contains(&&json!("ACTION_PLAN")), "{overdue:#}");
        assert!(overdue["nodes"].as_array().unwrap().iter().all(|one| one["deadline"]["waitingOn"] == "HOST" && one["deadline"]["standing"] == "OVERDUE"));
        assert_eq!(overdue["nodes"][0]["challenge"]["id"], json!(life.journey.id));

        // Page by page it is the same list, by day.
        let all = ask(Value::Null, 100, Value::Null).await?;
        let (mut paged, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = ask(Value::Null, 4, after).await?;
            paged.extend(page["nodes"].as_array().context("nodes")?.clone());
            assert_eq!(page["totalCount"], all["totalCount"]);
            if page["pageInfo"]["hasNextPage"] != true {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(json!(paged), all["nodes"]);
        assert_eq!(all["totalCount"], json!(paged.len()));
        let foreign = ask(Value::Null, 4, Value::Null).await?["pageInfo"]["endCursor"].clone();
        let refused = life.app.post(Some(programme()), query, json!({ "filter": { "waitingOn": ["LEAD"] }, "after": foreign })).await?;
        assert_eq!(refused.body["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "a cursor of another filter");
        let before = life.app.database.statements();
        ask(Value::Null, 1, Value::Null).await?;
        let one = life.app.database.statements() - before;
        ask(Value::Null, 100, Value::Null).await?;
        assert_eq!(life.app.database.statements() - before, 2 * one, "as many statements for one as for all");
        life.app.stop().await
    }
}
