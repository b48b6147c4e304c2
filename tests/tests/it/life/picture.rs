//! The picture: each view against figures counted by hand, on both engines, and who sees it.

use anyhow::Context as _;
use chrono::{Days, NaiveDate};
use entity::{
    assignment, challenge, council,
    enums::{ActionStatus, AssignmentStatus, EvaluationKind, ObjectionReason, ObjectionStatus, Stage},
    evaluation, host_objection, past_engagement, plan_action, recommendation, stage_change, team_slot,
};
use peer_challenge::auth::ViewerRole;
use sea_orm::{ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, Set};
use serde_json::{Value, json};
use support::{
    TestDb,
    app::{self, hub, peer, programme},
    on_both,
};
use uuid::Uuid;

use super::{Life, after::reported};
use crate::database::world::insert;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A visit to `host` that ended on `last`, submitted so many days before its team was confirmed.
async fn visit(life: &Life, host: Uuid, number: u32, last: &str, days: u64) -> anyhow::Result<Uuid> {
    let conn = life.app.database.writer();
    let act = life.app.act();
    let model = challenge::Entity::find_by_id(super::key(&json!(life.journey.id)))
        .one(conn)
        .await?
        .context("the model")?;
    let (id, last) = (act.id(), day(last));
    let row = challenge::Model {
        id,
        reference: format!("PAST-{number}"),
        host_id: host,
        stage: Stage::Closed,
        window_id: None,
        starts_on: Some(last - Days::new(2)),
        ends_on: Some(last),
        ..model
    };
    insert(conn, row).await?;
    let confirmed = last - Days::new(60);
    for (stage, on_day, due_on) in [
        (Stage::Submitted, confirmed - Days::new(days), None),
        (Stage::TeamConfirmed, confirmed, Some(confirmed)),
        (
            Stage::ReportFinal,
            last + Days::new(50),
            Some(last + Days::new(40 + 10 * u64::from(number % 2))),
        ),
    ] {
        let change = stage_change::Model {
            id: act.id(),
            challenge_id: id,
            stage,
            from_stage: None,
            at: act.at,
            on_day,
            due_on,
            actor: "test".to_owned(),
        };
        insert(conn, change).await?;
    }
    Ok(id)
}

on_both! {
    async fn every_view_counts_what_is_there(db: &TestDb) {
        let life = Life::begin(db).await?;
        let conn = life.app.database.writer();
        let act = life.app.act();
        let all = council::Entity::find()
            .filter(council::Column::ProvidesChildrensServices.eq(true))
            .filter(council::Column::EndsOn.is_null())
            .all(conn)
            .await?;
        let of = |code: &str| all.iter().find(|row| row.gss_code == code).map(|row| row.id).context(code.to_owned());
        let (bath, derby, hull) = (of("E06000022")?, of("E06000015")?, of("E06000010")?);
        let one = visit(&life, bath, 1, "2026-03-05", 100).await?;
        visit(&life, derby, 2, "2026-06-05", 120).await?;
        visit(&life, hull, 3, "2024-02-05", 400).await?;
        // Visits before the records of this service count as well: Derby had one ten years ago.
        let long_ago = past_engagement::Model {
            id: act.id(),
            peer_id: life.keys[0],
            home_council_id: bath,
            host_council_id: derby,
            programme_id: None,
            season_id: None,
            role: None,
            starts_on: day("2016-05-02"),
            ends_on: day("2016-05-04"),
            reference: None,
        };
        insert(conn, long_ago).await?;
        let place = team_slot::Model { id: act.id(), challenge_id: one, position: 1, role: entity::enums::PeerRole::MemberPeer, is_lead: false };
        insert(conn, place.clone()).await?;
        let policy = challenge::Entity::find_by_id(one).one(conn).await?.context("a visit")?.policy_id;
        let served = assignment::Model {
            id: act.id(),
            challenge_id: one,
            slot_id: place.id,
            peer_id: life.keys[4],
            home_council_id: derby,
            starts_on: day("2026-03-03"),
            ends_on: day("2026-03-05"),
            status: AssignmentStatus::Confirmed,
            policy_id: policy,
            nominated_by: "test".to_owned(),
            status_reason: None,
            version: 1,
            created_at: act.at,
            updated_at: act.at,
        };
        insert(conn, served.clone()).await?;
        for (position, status) in [(1, Some(ActionStatus::Done)), (2, Some(ActionStatus::UnderWay)), (3, None)] {
            let row = recommendation::Model { id: act.id(), challenge_id: one, position, text: "Do".to_owned(), version: 1, created_at: act.at, updated_at: act.at };
            let recommendation_id = row.id;
            insert(conn, row).await?;
            if let Some(status) = status {
                let action = plan_action::Model { id: act.id(), challenge_id: one, recommendation_id, text: "We do".to_owned(),
                    owner: "Head".to_owned(), due_on: day("2027-01-01"), status, version: 1, created_at: act.at, updated_at: act.at };
                insert(conn, action).await?;
            }
        }
        for (by, score) in [("a", 5), ("b", 4), ("c", 3)] {
            let row = evaluation::Model { id: act.id(), challenge_id: one, kind: EvaluationKind::HostOnTeam, about_peer_id: None,
                by_subject: by.to_owned(), by_peer_id: None, score, comment: None, given_at: act.at };
            insert(conn, row).await?;
        }
        let few = evaluation::Model { id: act.id(), challenge_id: one, kind: EvaluationKind::PeerOnHost, about_peer_id: None,
            by_subject: "d".to_owned(), by_peer_id: None, score: 1, comment: None, given_at: act.at };
        insert(conn, few).await?;

        for (status, at) in [(ObjectionStatus::Upheld, "2026-03-01T10:00:00Z"), (ObjectionStatus::Rejected, "2026-11-30T23:59:59Z"), (ObjectionStatus::Open, "2026-12-01T00:00:00Z")] {
            let row = host_objection::Model { id: act.id(), challenge_id: one, assignment_id: served.id, peer_id: life.keys[4], host_id: bath,
                reason_code: ObjectionReason::Other, reason: "We know each other".to_owned(), status, raised_by: "test".to_owned(), raised_at: at.parse()?,
                decided_by: None, decided_at: None, decision_reason: None, version: 1, created_at: act.at, updated_at: act.at };
            insert(conn, row).await?;
        }

        // It was interrupted and went on, which is not coming there late; another one is overdue with its final report.
        let resumed = stage_change::Model { id: act.id(), challenge_id: one, stage: Stage::ReportFinal, from_stage: Some(Stage::Paused),
            at: act.at, on_day: day("2026-09-01"), due_on: Some(day("2026-04-24")), actor: "test".to_owned() };
        insert(conn, resumed).await?;
        let overdue = challenge::Entity::find_by_id(one).one(conn).await?.context("a visit")?;
        let (late, never) = (act.id(), act.id());
        let overdue = challenge::Model { id: late, reference: "LATE-1".to_owned(), host_id: of("E06000023")?, stage: Stage::ReportDrafted,
            starts_on: Some(day("2026-06-01")), ends_on: Some(day("2026-06-03")), ..overdue };
        // A visit that was called off served nobody, though its team was confirmed.
        let called_off = challenge::Model { id: never, reference: "OFF-1".to_owned(), stage: Stage::Cancelled, ..overdue.clone() };
        insert(conn, overdue).await?;
        insert(conn, called_off).await?;
        let off = team_slot::Model { id: act.id(), challenge_id: never, ..place };
        insert(conn, off.clone()).await?;
        insert(conn, assignment::Model { id: act.id(), challenge_id: never, slot_id: off.id, starts_on: day("2026-06-01"), ends_on: day("2026-06-03"), ..served.clone() }).await?;
        // Feedback counts on the day that it was given, not on which it was written down.
        let fed = stage_change::Model { id: act.id(), challenge_id: one, stage: Stage::FeedbackGiven, from_stage: Some(Stage::OnSite),
            at: act.at, on_day: day("2026-03-06"), due_on: Some(day("2026-03-05")), actor: "test".to_owned() };
        insert(conn, fed).await?;
        reported(&life, one, "2026-03-05").await?;
        let mut lapsed = entity::peer::Entity::find_by_id(life.keys[5]).one(conn).await?.context("a peer")?.into_active_model();
        lapsed.trained_on = Set(Some(day("2019-01-01")));
        lapsed.update(conn).await?;

        let query = "query ($filter: PictureFilter) { picture(filter: $filter) { from until
            coverage(withinMonths: 24) { councils ever within never firstTime }
            byRegion: coverage(by: REGION) { label ever }
            pace { stage challenges medianDays ninetiethPercentileDays } punctuality { stage due met }
            burden(first: 100) { council { gssCode } given received ratio } objections { council { gssCode } raised upheld rejected }
            pool { active trained available deployed neverAsked } satisfaction { kind answers mean }
            implementation { recommendations answered implemented } judgements { before after visits }
            engagement { region { name } councils engaged newly reachedOn }
            offers(first: 100) { council { gssCode } points components { kind points } lastChallengeOn } } }";
        let period = json!({ "filter": { "from": "2025-12-01", "until": "2026-11-30" } });
        let seen = life.app.data(programme(), query, period.clone()).await?["picture"].clone();
        let coverage = &seen["coverage"][0];
        // People of the journey served elsewhere before: their hosts count, too.
        let before: i64 = coverage["ever"].as_i64().context("ever")?;
        assert_eq!(coverage["councils"], json!(all.len()));
        assert_eq!(coverage["never"].as_i64(), Some(i64::try_from(all.len())? - before));
        assert!(before >= 3 && coverage["within"].as_i64() >= Some(2), "{coverage:#}");
        let first = coverage["firstTime"].as_i64().context("first time")?;
        assert!(first >= 1 && first < before, "Bath's was its first, Derby's was not: {coverage:#}");
        let regions: i64 = seen["byRegion"].as_array().context("regions")?.iter().filter_map(|row| row["ever"].as_i64()).sum();
        assert_eq!(regions, before, "regions add up");
        let pace = seen["pace"].as_array().context("pace")?;
        let confirmed = pace.iter().find(|row| row["stage"] == "TEAM_CONFIRMED").context("confirmed")?;
        assert_eq!(confirmed, &json!({ "stage": "TEAM_CONFIRMED", "challenges": 2, "medianDays": 100, "ninetiethPercentileDays": 120 }));
        let punctual = seen["punctuality"].as_array().context("punctuality")?;
        let finals = punctual.iter().find(|row| row["stage"] == "REPORT_FINAL").context("final reports")?;
        assert_eq!(finals, &json!({ "stage": "REPORT_FINAL", "due": 3, "met": 1 }), "one in time, one late, one overdue");
        let feedback = punctual.iter().find(|row| row["stage"] == "FEEDBACK_GIVEN").context("feedback")?;
        assert_eq!(feedback, &json!({ "stage": "FEEDBACK_GIVEN", "due": 1, "met": 1 }));
        let burden = seen["burden"].as_array().context("burden")?;
        let derby_days = burden.iter().find(|row| row["council"]["gssCode"] == "E06000015").context("Derby")?;
        assert_eq!((&derby_days["given"], &derby_days["received"], &derby_days["ratio"]), (&json!(3), &json!(0), &Value::Null));
        let bath_days = burden.iter().find(|row| row["council"]["gssCode"] == "E06000022").context("Bath")?;
        assert_eq!(bath_days["received"], 3);
        assert_eq!(seen["pool"]["active"], 6);
        assert_eq!(seen["pool"]["trained"], 5, "one person's training has lapsed");
        assert_eq!(seen["satisfaction"], json!([{ "kind": "HOST_ON_TEAM", "answers": 3, "mean": 4.0 }]), "one answer is not shown");
        assert_eq!(seen["implementation"], json!({ "recommendations": 3, "answered": 2, "implemented": 1 }));
        let counted = json!([{ "council": { "gssCode": "E06000022" }, "raised": 2, "upheld": 1, "rejected": 1 }]);
        assert_eq!(seen["objections"], counted, "the third came a second after the period");
        for (viewer, told) in [(app::council("E06000022"), &counted), (app::council("E06000015"), &json!([])), (hub("E12000009"), &json!([])), (ViewerRole::Analyst, &json!([]))] {
            let theirs = life.app.data(viewer.clone(), query, period.clone()).await?;
            assert_eq!(&theirs["picture"]["objections"], told, "{viewer:?}");
        }
        let engagement = seen["engagement"].as_array().context("engagement")?;
        let engaged: i64 = engagement.iter().filter_map(|row| row["engaged"].as_i64()).sum();
        assert_eq!(engaged, before);
        for row in engagement {
            let (left, newly) = (row["councils"].as_i64().unwrap() - row["engaged"].as_i64().unwrap(), row["newly"].as_i64().unwrap());
            assert_eq!(row["reachedOn"].is_null(), left == 0 || newly == 0, "{row:#}");
        }
        let offers = seen["offers"].as_array().context("offers")?;
        assert!(offers.windows(2).all(|pair| pair[0]["points"].as_u64() >= pair[1]["points"].as_u64()), "most points first");
        for offer in offers {
            let sum: u64 = offer["components"].as_array().unwrap().iter().filter_map(|one| one["points"].as_u64()).sum();
            assert_eq!(offer["points"].as_u64(), Some(sum), "{offer:#}");
        }
        assert!(!offers.iter().any(|one| one["council"]["gssCode"] == crate::journey::HARTLEPOOL), "it has a live challenge");

        // A corporate challenge visits councils without children's services as well, and nobody has served on one.
        let programmes = life.app.data(programme(), "{ programmes { id code } }", json!({})).await?;
        let corporate = crate::journey::id_where(&programmes["programmes"], "code", "CPC")?;
        let of_it = json!({ "filter": { "from": "2025-12-01", "until": "2026-11-30", "programmeIds": [corporate] } });
        let corporate = life.app.data(programme(), query, of_it).await?["picture"].clone();
        assert!(corporate["coverage"][0]["councils"].as_u64() > Some(all.len() as u64), "{:#}", corporate["coverage"]);
        assert_eq!((&corporate["pool"]["active"], &corporate["pool"]["deployed"]), (&json!(6), &json!(0)));
        assert!(seen["pool"]["deployed"].as_u64() >= Some(1), "{:#}", seen["pool"]);
        let asked = |pool: &Value| pool["neverAsked"].as_u64();
        assert!(asked(&corporate["pool"]) > asked(&seen["pool"]), "{:#}", corporate["pool"]);

        // Narrowed to a region, only its councils count.
        let regions = life.app.data(programme(), "{ regions { id gssCode } }", json!({})).await?;
        let north = regions["regions"].as_array().context("regions")?.iter().find(|one| one["gssCode"] == "E12000001").context("north")?;
        let narrowed = json!({ "filter": { "from": "2025-12-01", "until": "2026-11-30", "regionIds": [north["id"]] } });
        let narrow = life.app.data(hub("E12000001"), query, narrowed).await?["picture"].clone();
        assert_eq!(narrow["byRegion"].as_array().map(Vec::len), Some(1), "{narrow:#}");
        assert_eq!(narrow["satisfaction"], json!([]));

        // Each view costs one statement.
        let cost = async |field: &str| -> anyhow::Result<u64> {
            let document = format!("query ($filter: PictureFilter) {{ picture(filter: $filter) {{ {field} }} }}");
            let before = life.app.database.statements();
            life.app.data(programme(), &document, period.clone()).await?;
            Ok(life.app.database.statements() - before)
        };
        let bare = cost("from").await?;
        for field in ["coverage { ever }", "pace { medianDays }", "punctuality { met }", "burden { given }", "objections { raised }", "pool { active }",
            "satisfaction { mean }", "implementation { implemented }", "judgements { visits }", "engagement { newly }"] {
            assert_eq!(cost(field).await? - bare, 1, "{field}");
        }

        // Peers have no picture; a reversed period is refused.
        let nothing = life.app.data(peer(life.keys[0]), query, period).await?;
        assert_eq!(nothing["picture"], Value::Null);
        let reversed = life.app.post(Some(programme()), query, json!({ "filter": { "from": "2026-12-01", "until": "2026-01-01" } })).await?;
        assert_eq!(reversed.body["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
        life.app.stop().await
    }
}

on_both! {
    async fn key_figures_are_measured_coloured_and_kept(db: &TestDb) {
        let life = Life::begin(db).await?;
        life.app.worker.drain().await?;
        let query = "{ kpis { code measure latest { on value status } series { on value } standsOut isCritical consequence } }";
        let seen = life.app.data(ViewerRole::Analyst, query, json!({})).await?;
        let all = seen["kpis"].as_array().context("kpis")?;
        assert!(all.len() >= 8, "{seen:#}");
        let coverage = all.iter().find(|one| one["code"] == "COVERAGE").context("coverage")?;
        assert_eq!(coverage["latest"]["status"], "RED", "{coverage:#}");
        assert_eq!(coverage["standsOut"], true);
        assert!(coverage["consequence"].as_str().is_some_and(|words| !words.is_empty()));
        let unknown = all.iter().find(|one| one["code"] == "SATISFACTION").context("satisfaction")?;
        assert_eq!((&unknown["latest"]["value"], &unknown["latest"]["status"]), (&Value::Null, &Value::Null), "nobody was asked");
        // The next day is another point; the same day is not.
        life.app.clock.advance(chrono::TimeDelta::hours(7));
        life.app.worker.drain().await?;
        life.app.clock.advance(chrono::TimeDelta::hours(24));
        life.app.worker.drain().await?;
        let seen = life.app.data(programme(), query, json!({})).await?;
        let coverage = seen["kpis"].as_array().context("kpis")?.iter().find(|one| one["code"] == "COVERAGE").context("coverage")?.clone();
        assert_eq!(coverage["series"].as_array().map(Vec::len), Some(2), "{coverage:#}");

        let define = |thresholds: [f64; 3], critical: bool| json!({ "code": "COVERAGE", "name": "Coverage", "measure": "COVERAGE_SHARE",
            "direction": "HIGHER_IS_BETTER", "months": 60, "delivered": thresholds[0], "onTrack": thresholds[1], "atRisk": thresholds[2],
            "isCritical": critical });
        let wrong = life.ask(programme(), "defineKpi", "DefineKpiInput", "kpi { code }", define([1.0, 2.0, 3.0], true)).await?;
        let codes: Vec<&Value> = wrong["userErrors"].as_array().unwrap().iter().map(|error| &error["code"]).collect();
        assert_eq!(codes, ["INVALID", "REQUIRED"], "thresholds upside down, critical without a consequence: {wrong:#}");
        life.done(programme(), "defineKpi", "DefineKpiInput", "kpi { code }", define([0.0, 0.0, 0.0], false)).await?;
        let seen = life.app.data(programme(), "{ kpis { code latest { status } } }", json!({})).await?;
        let coverage = seen["kpis"].as_array().unwrap().iter().find(|one| one["code"] == "COVERAGE").unwrap().clone();
        assert_eq!(coverage["latest"]["status"], "BLUE", "the same value by new thresholds");
        let nothing = life.app.data(peer(life.keys[0]), query, json!({})).await?;
        assert_eq!(nothing["kpis"], json!([]));
        life.app.stop().await
    }
}
