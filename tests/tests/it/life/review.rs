//! The progress review: what it looks back on, who of the first team comes again, and how each action goes.

use anyhow::Context as _;
use entity::{
    action_update, assignment, challenge,
    enums::{ActionStatus, AssignmentStatus, PeerRole, Stage},
    plan_action, recommendation, team_slot,
};
use peer_challenge::graphql::ids::{Kind, encode};
use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, Set};
use serde_json::{Value, json};
use support::{
    TestDb,
    app::{peer, programme},
    on_both,
};
use uuid::Uuid;

use super::{
    Life,
    after::{reported, stand},
    key, refused,
};
use crate::{database::world::insert, journey::id_where};

/// A review of the life's challenge in team building, with a lead's slot; gives it and the slot.
async fn review(life: &Life) -> anyhow::Result<(Uuid, Uuid)> {
    let conn = life.app.database.writer();
    let act = life.app.act();
    let programmes = life
        .app
        .data(programme(), "{ programmes { id kind } }", json!({}))
        .await?;
    let small = id_where(&programmes["programmes"], "kind", "PROGRESS_REVIEW")?;
    let first = challenge::Entity::find_by_id(key(&json!(life.journey.id)))
        .one(conn)
        .await?
        .context("the first")?;
    let row = challenge::Model {
        id: act.id(),
        reference: "PROGRESS-1".to_owned(),
        programme_id: key(&json!(small)),
        stage: Stage::TeamBuilding,
        window_id: None,
        starts_on: Some("2027-12-13".parse()?),
        ends_on: Some("2027-12-14".parse()?),
        first_challenge_id: Some(first.id),
        ..first
    };
    let slot = team_slot::Model {
        id: act.id(),
        challenge_id: row.id,
        position: 1,
        role: PeerRole::DirectorOfChildrensServices,
        is_lead: true,
    };
    let ids = (row.id, slot.id);
    insert(conn, row).await?;
    insert(conn, slot).await?;
    Ok(ids)
}

async fn place(life: &Life, (challenge_id, slot_id): (Uuid, Uuid), who: Uuid) -> anyhow::Result<()> {
    let conn = life.app.database.writer();
    let act = life.app.act();
    let before = assignment::Entity::find()
        .filter(assignment::Column::PeerId.eq(who))
        .one(conn)
        .await?
        .context("a place")?;
    let row = assignment::Model {
        id: act.id(),
        challenge_id,
        slot_id,
        starts_on: "2027-12-13".parse()?,
        ends_on: "2027-12-14".parse()?,
        status: AssignmentStatus::Accepted,
        ..before
    };
    insert(conn, row).await?;
    Ok(())
}

on_both! {
    async fn a_review_looks_back_on_a_visit(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        life.journey.confirm(&life.app).await?;
        life.on("2027-04-02");
        let next = json!({ "name": "2027/28", "startsOn": "2027-04-01", "endsOn": "2028-03-31" });
        let next = life.done(programme(), "createSeason", "CreateSeasonInput", "season { id }", next).await?["season"]["id"].clone();
        let programmes = life.app.data(programme(), "{ programmes { id kind } }", json!({})).await?;
        let small = id_where(&programmes["programmes"], "kind", "PROGRESS_REVIEW")?;
        let ask = async |life: &Life, first: Value| -> anyhow::Result<Value> {
            let input = json!({ "hostId": life.world.host, "programmeId": small, "seasonId": next, "strand": "PEER_CHALLENGE",
                "reason": "How far have we come?", "firstChallengeId": first, "themes": [{ "themeId": life.world.theme }],
                "windows": [{ "startsOn": "2027-12-13", "endsOn": "2027-12-14" }], "submit": true });
            life.ask(programme(), "requestChallenge", "RequestChallengeInput", "challenge { id }", input).await
        };
        let blind = ask(&life, Value::Null).await?;
        assert_eq!((refused(&blind), &blind["userErrors"][0]["field"]), (vec!["REQUIRED"], &json!(["firstChallengeId"])));
        for (stage, resumes_to) in [(Stage::Draft, None), (Stage::Withdrawn, None), (Stage::Declined, None), (Stage::Cancelled, None),
            (Stage::OnSite, None), (Stage::Paused, Some(Stage::OnSite))] {
            stand(&life, stage, resumes_to).await?;
            let early = ask(&life, json!(life.journey.id)).await?;
            assert_eq!(refused(&early), ["INVALID"], "{stage:?}: {early:#}");
        }
        stand(&life, Stage::Paused, Some(Stage::Published)).await?;
        let asked = ask(&life, json!(life.journey.id)).await?;
        assert_eq!(asked["userErrors"], json!([]), "{asked:#}");
        // A review of the review has nothing to look back on.
        let again = ask(&life, asked["challenge"]["id"].clone()).await?;
        assert_eq!(refused(&again), ["INVALID"], "{again:#}");
        life.app.stop().await
    }
}

on_both! {
    async fn somebody_of_the_first_team_comes_again_and_says_how_each_action_goes(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        let [lead, ..] = life.keys[..] else { anyhow::bail!("people") };
        life.journey.confirm(&life.app).await?;
        life.on("2027-12-14");
        let conn = life.app.database.writer();
        stand(&life, Stage::ActionPlanned, None).await?;
        reported(&life, key(&json!(life.journey.id)), "2027-03-04").await?;
        let first = key(&json!(life.journey.id));
        let (small, slot) = review(&life).await?;

        // Without anybody of the first team the review needs a reason to be confirmed.
        let wanted = json!({ "challengeId": encode(Kind::PeerChallenge, small), "expectedVersion": life.journey.version });
        let missing = |data: &Value| data["node"]["availableTransitions"].to_string();
        let document = "query ($id: ID!) { node(id: $id) { ... on PeerChallenge { availableTransitions { mutation missing { requirement } } } } }";
        let id = json!({ "id": encode(Kind::PeerChallenge, small) });
        assert!(missing(&life.app.data(programme(), document, id.clone()).await?).contains("FIRST_TEAM"));
        let strangers = life.ask(programme(), "confirmTeam", "ConfirmTeamInput", "challenge { stage }", wanted.clone()).await?;
        let named = |payload: &Value| payload["userErrors"].as_array().unwrap().iter().any(|error| error["field"] == json!(["withoutFirstTeam"]));
        assert!(named(&strangers), "{strangers:#}");
        let mut reasoned = wanted;
        reasoned["withoutFirstTeam"] = json!("All of them have left the sector.");
        let reasoned = life.ask(programme(), "confirmTeam", "ConfirmTeamInput", "challenge { stage }", reasoned).await?;
        assert!(!named(&reasoned), "{reasoned:#}");
        place(&life, (small, slot), lead).await?;
        assert!(!missing(&life.app.data(programme(), document, id).await?).contains("FIRST_TEAM"));

        // Given up, it has visited nobody, whatever its days.
        let put = async |stage: Stage| -> anyhow::Result<()> {
            let mut row = challenge::Entity::find_by_id(small).one(conn).await?.context("the review")?.into_active_model();
            row.stage = Set(stage);
            row.update(conn).await?;
            Ok(())
        };
        let visited = async |life: &Life| -> anyhow::Result<Value> {
            let seen = life.see(programme(), "deadlines { milestone standing metOn }").await?;
            let all = seen["deadlines"].as_array().context("deadlines")?;
            Ok(all.iter().find(|one| one["milestone"] == "PROGRESS_VISIT").context("the visit")?["metOn"].clone())
        };
        put(Stage::Cancelled).await?;
        assert_eq!(visited(&life).await?, Value::Null);
        put(Stage::OnSite).await?;
        assert_eq!(visited(&life).await?, "2027-12-13");

        // Every action needs a word since the plan; whoever leads the review may say it, but not move the host's day.
        let act = life.app.act();
        let advice = recommendation::Model { id: act.id(), challenge_id: first, position: 1, text: "Do".to_owned(), version: 1, created_at: act.at, updated_at: act.at };
        let action = plan_action::Model { id: act.id(), challenge_id: first, recommendation_id: advice.id, text: "We do".to_owned(), owner: "Head".to_owned(),
            due_on: "2027-09-01".parse()?, status: ActionStatus::NotStarted, version: 1, created_at: act.at, updated_at: act.at };
        let begun = action_update::Model { id: act.id(), action_id: action.id, status: ActionStatus::NotStarted, note: None, said_by: "host".to_owned(), said_at: act.at };
        let action_id = encode(Kind::PlanAction, action.id);
        insert(conn, advice).await?;
        insert(conn, action).await?;
        insert(conn, begun).await?;
        assert_eq!(life.transition(programme(), "completeProgressReview").await?.1, ["REVIEW", "PROGRESS"]);
        let said = |more: Value| {
            let mut input = json!({ "actionId": action_id, "expectedVersion": 1, "status": "UNDER_WAY", "note": "We saw it." });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        let moved = life.ask(peer(lead), "updateAction", "UpdateActionInput", "action { id }", said(json!({ "dueOn": "2028-03-01" }))).await?;
        assert_eq!(refused(&moved), ["FORBIDDEN"], "{moved:#}");
        let member = life.keys[2];
        let other = life.ask(peer(member), "updateAction", "UpdateActionInput", "action { id }", said(json!({}))).await?;
        assert_ne!(refused(&other), Vec::<&str>::new(), "only the lead of the review: {other:#}");
        let past = life.ask(programme(), "updateAction", "UpdateActionInput", "action { id }", said(json!({ "dueOn": "1900-01-01" }))).await?;
        assert_eq!((refused(&past), &past["userErrors"][0]["field"]), (vec!["INVALID"], &json!(["dueOn"])), "{past:#}");
        life.done(peer(lead), "updateAction", "UpdateActionInput", "action { id }", said(json!({ "dueOn": null }))).await?;
        assert_eq!(life.transition(programme(), "completeProgressReview").await?.1, ["REVIEW"]);
        put(Stage::FeedbackGiven).await?;
        assert_eq!(life.transition(programme(), "completeProgressReview").await?.1, Vec::<String>::new());
        life.app.stop().await
    }
}
