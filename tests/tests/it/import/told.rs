//! What an import tells: the true cause of the decisions that it opens, and its changes to challenges, to subscribers too.

use std::collections::BTreeMap;

use entity::{affiliation, audit_event, conflict_decision, enums::DecisionCause};
use peer_challenge::{
    import::{audit, folder, store::bulk::Silent},
    team::late::{self, Touched},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use support::{
    App, TestDb,
    app::{council, hub, programme},
    on_both,
};
use uuid::Uuid;

use crate::{
    journey::{self, HARTLEPOOL, Journey, PEOPLE},
    news::{event, following},
};

/// Imports files as the command does.
async fn import(app: &App, files: &[(&str, &str)]) -> anyhow::Result<Uuid> {
    let dir = super::folder(
        &files
            .iter()
            .map(|(name, text)| (*name, text.as_bytes()))
            .collect::<Vec<_>>(),
    );
    let tx = app.database.begin().await?;
    let outcome = folder::run(&tx, dir.path(), &*app.clock, &*app.ids, &Silent).await?;
    let mut act = app.act();
    act.request_id = Some(audit::trace(outcome.import));
    let checked = late::recheck_touched(&tx, &act, &Touched::from(&outcome)).await;
    checked.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    tx.commit().await?;
    Ok(outcome.import)
}

on_both!(
    async fn a_decision_that_an_import_opens_names_the_fact_behind_it(db: &TestDb) {
        let app = App::start(db).await?;
        let mut people = BTreeMap::new();
        for one in PEOPLE {
            people.insert(one.reference, app.person(one).await?);
        }
        let world = journey::world(&app).await?;
        let mut journey = Journey::request(&app, &world, council(HARTLEPOOL)).await?;
        journey.until_team_building(&app, &world, HARTLEPOOL).await?;
        journey.propose_and_apply(&app).await?;
        let team: Vec<Uuid> = entity::assignment::Entity::find()
            .all(db.conn())
            .await?
            .into_iter()
            .map(|place| place.peer_id)
            .collect();
        let of = |references: [&'static str; 2]| {
            references
                .into_iter()
                .find(|reference| team.contains(&people[reference]))
                .unwrap()
        };
        let (lead, member, manager) = (
            of(["Lead-1", "Lead-2"]),
            of(["Member-1", "Member-2"]),
            of(["Manager-1", "Manager-2"]),
        );
        // The lead: a harmless interest and a post at the host. The member: a harmless post long ago, and no longer free. The
        // manager: a harmless post long ago and an interest in the host.
        let interests = format!(
            "reference,peer,kind,council,note,starts_on,ends_on\nI-1,{lead},OTHER,E06000043,A cousin,,\n\
             I-2,{manager},FINANCIAL,{HARTLEPOOL},Shares,,\n"
        );
        let ties = format!(
            "reference,peer,kind,council,primary,starts_on,ends_on\nA-1,{lead},EMPLOYMENT,{HARTLEPOOL},no,2026-01-01,\n\
             A-2,{member},EMPLOYMENT,E06000043,no,1999-01-01,1999-12-31\n\
             A-3,{manager},EMPLOYMENT,E06000043,no,1999-01-01,1999-12-31\n"
        );
        let days = format!("peer,starts_on,ends_on\n{member},2027-06-01,2027-06-30\n");
        let files = [
            ("interests.csv", interests.as_str()),
            ("affiliations.csv", &ties),
            ("availability.csv", &days),
        ];
        let id = import(&app, &files).await?;
        let open = conflict_decision::Entity::find().all(db.conn()).await?;
        let about = |reference: &str| {
            let row = open.iter().find(|row| row.peer_id == people[reference]).unwrap();
            (row.cause, row.cause_id)
        };
        let tie = affiliation::Entity::find()
            .filter(affiliation::Column::Reference.eq("A-1"))
            .one(db.conn())
            .await?
            .unwrap();
        assert_eq!(about(lead), (DecisionCause::Affiliation, Some(tie.id)));
        assert_eq!(about(member), (DecisionCause::Availability, None));
        assert_eq!(about(manager).0, DecisionCause::DeclaredInterest);
        assert_eq!(open.len(), 3);
        // All that the import did is found by its trace.
        let events = audit_event::Entity::find()
            .filter(audit_event::Column::RequestId.eq(audit::trace(id)))
            .all(db.conn())
            .await?;
        let mut actions: Vec<&str> = events.iter().map(|event| event.action.as_str()).collect();
        actions.sort_unstable();
        let opened = "CONFLICT_DECISION_OPENED";
        assert_eq!(actions, [opened, opened, opened, "FOLDER_IMPORTED"]);
        let import = events.iter().find(|event| event.action == "FOLDER_IMPORTED").unwrap();
        assert_eq!(import.entity_id, id);
        app.stop().await
    }
);

const REQUESTS: &str = "reference,host,programme,season,stage,strand,reason,themes,windows,requested_by,submitted_on
NE-R-001,Middlesbrough,CSPC,2026/27,SUBMITTED,PEER_CHALLENGE,An outside view.,FRONT_DOOR=3,2027-01-18 to 2027-01-21 = 100,Somebody,2026-11-02
NE-R-002,County Durham,CPC,2026/27,DRAFT,PEER_CHALLENGE,Regular cycle.,GOVERNANCE,22/03/2027 to 25/03/2027,Somebody,
";

on_both!(
    async fn subscribers_hear_of_the_requests_that_an_import_makes_and_changes(db: &TestDb) {
        let app = App::start(db).await?;
        journey::world(&app).await?;
        let query = "subscription { challengeChanged { action challenge { reference stage } } }";
        let mut hub = following(&app, hub("E12000001"), query, json!({})).await?;
        let schedule = "subscription { scheduleChanged { action challenge { reference } entries { startsOn } } }";
        let mut calendar = following(&app, programme(), schedule, json!({})).await?;
        let (made, drafted) = (
            json!({ "action": "CHALLENGE_SUBMITTED", "challenge": { "reference": "NE-R-001", "stage": "SUBMITTED" } }),
            json!({ "action": "CHALLENGE_DRAFTED", "challenge": { "reference": "NE-R-002", "stage": "DRAFT" } }),
        );
        import(&app, &[("requests.csv", REQUESTS)]).await?;
        let mut heard: Vec<Value> = Vec::new();
        for _ in 0..2 {
            heard.push(event(&mut hub, "challengeChanged").await);
        }
        assert!(heard.contains(&made) && heard.contains(&drafted), "{heard:?}");
        let moved = event(&mut calendar, "scheduleChanged").await;
        assert_eq!(
            (&moved["challenge"]["reference"], &moved["entries"]),
            (&json!("NE-R-001"), &json!([{ "startsOn": "2027-01-18" }]))
        );
        // The same file again says nothing; a corrected one tells of what it changed only.
        import(&app, &[("requests.csv", REQUESTS)]).await?;
        let corrected = REQUESTS.replace("2027-01-18 to 2027-01-21", "2027-01-25 to 2027-01-28");
        import(&app, &[("requests.csv", &corrected)]).await?;
        let heard = event(&mut hub, "challengeChanged").await;
        assert_eq!(
            heard,
            json!({ "action": "CHALLENGE_REQUEST_CHANGED", "challenge": { "reference": "NE-R-001", "stage": "SUBMITTED" } })
        );
        let moved = event(&mut calendar, "scheduleChanged").await;
        assert_eq!(moved["entries"], json!([{ "startsOn": "2027-01-25" }]));
        let query = "{ challengeByReference(reference: \"NE-R-001\") { id } }";
        let id = app.data(programme(), query, json!({})).await?["challengeByReference"]["id"].clone();
        let query = "query ($id: ID!) { auditEvents(filter: { challengeId: $id }) { nodes { action } } }";
        let record = app.data(programme(), query, json!({ "id": id })).await?;
        assert_eq!(
            record["auditEvents"]["nodes"],
            json!([{ "action": "CHALLENGE_REQUEST_CHANGED" }, { "action": "CHALLENGE_SUBMITTED" }])
        );
        app.stop().await
    }
);
