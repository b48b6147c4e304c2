//! The demonstration plays two years: challenges in every stage with what each leaves behind, late ones, suspended ones, a repaired
//! team.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use entity::{
    assignment, challenge,
    enums::{AssignmentStatus, Stage},
    stage_change,
};
use matching::team::check;
use peer_challenge::{
    demo::fill,
    team::world::{self, Whom},
};
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};
use support::{App, TestDb, app::programme, on_both};

on_both! {
    async fn the_demonstration_plays_two_years(db: &TestDb) {
        let app = App::bare(db).await?;
        let act = app.act();
        let tx = app.database.begin().await?;
        anyhow::ensure!(fill::fill(&tx, &act, &*app.clock, &*app.ids, 1).await.is_ok(), "it cannot be filled");
        tx.commit().await?;
        let conn = app.database.reader();
        let challenges = challenge::Entity::find().all(conn).await?;
        let stages: BTreeSet<String> = challenges.iter().map(|row| row.stage.to_string()).collect();
        assert_eq!(stages.len(), Stage::ALL.len(), "every stage: {stages:?}");

        // Each challenge has come to where it stands, day by day, and nothing lies in the future.
        let mut paths: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for change in stage_change::Entity::find().all(conn).await? {
            assert!(change.on_day <= act.today, "{change:?}");
            paths.entry(change.challenge_id).or_default().push((change.on_day, change.id, change.stage));
        }
        for row in &challenges {
            let path = paths.get_mut(&row.id).context("a path")?;
            path.sort_by_key(|(day, id, _)| (*day, *id));
            assert_eq!(path.last().map(|last| last.2), Some(row.stage), "{}", row.reference);
        }

        // A visit that has begun or is over has come to its days.
        let begun = [Stage::OnSite, Stage::FeedbackGiven, Stage::ReportDrafted, Stage::ReportFinal, Stage::Published, Stage::Paused];
        for row in challenges.iter().filter(|row| begun.contains(&row.stage)) {
            assert!(row.starts_on.is_some_and(|first| first <= act.today), "{row:?}");
            let over = !matches!(row.stage, Stage::OnSite | Stage::Paused);
            assert!(!over || row.ends_on.is_some_and(|last| last <= act.today), "{row:?}");
        }

        // What the next step needs is there, as far as the demonstration went.
        let query = r"query ($after: String) { challenges(first: 100, after: $after, orderBy: REFERENCE_ASC) {
            pageInfo { hasNextPage endCursor } nodes { reference stage deadlines { standing }
            availableTransitions { mutation missing { requirement } } } } }";
        let (mut late, mut seen, mut after) = (0, 0, Value::Null);
        loop {
            let page = app.data(programme(), query, json!({ "after": after })).await?["challenges"].clone();
            for one in page["nodes"].as_array().context("nodes")? {
                seen += 1;
                late += usize::from(one["deadlines"].to_string().contains("OVERDUE"));
                let moves = one["availableTransitions"].as_array().context("moves")?;
                for (stage, mutation) in [("REPORT_FINAL", "publishReport"), ("PUBLISHED", "publishActionPlan")] {
                    if one["stage"] == stage {
                        let next = moves.iter().find(|next| next["mutation"] == mutation).context(mutation)?;
                        assert!(!next["missing"].to_string().contains("CORRECTIONS"), "{one:#}");
                    }
                }
            }
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] != true {
                break;
            }
        }
        assert_eq!(seen, challenges.len());
        assert!(late > 0, "something is late");

        // The team of a visit to come stands as it would be confirmed today.
        let to_come = challenges.iter().filter(|row| [Stage::TeamConfirmed, Stage::Preparing].contains(&row.stage));
        for row in to_come {
            let facts = world::load(row.clone(), Whom::Only(&[]), act.today, conn).await.unwrap();
            let window = row.window_id.and_then(|id| facts.window(id)).context("a window")?;
            let checked = check(&facts.world, &facts.policy, &facts.challenge, window)?;
            assert!(checked.confirmable, "{}: {checked:?}", row.reference);
        }

        let places = assignment::Entity::find().all(conn).await?;
        let declined = places.iter().find(|place| place.status == AssignmentStatus::Declined).context("somebody who declined")?;
        let held = |place: &&assignment::Model| place.slot_id == declined.slot_id && place.status == AssignmentStatus::Confirmed;
        assert!(places.iter().any(|place| held(&place)), "their place is held by another");

        let picture = "{ picture { coverage { ever within never firstTime } pace { stage } punctuality { due met }
            implementation { recommendations answered implemented } satisfaction { answers } burden(first: 1) { given } judgements { visits } } }";
        let data = app.data(programme(), picture, json!({})).await?;
        for view in ["coverage", "pace", "punctuality", "satisfaction", "burden"] {
            assert!(data["picture"][view].as_array().is_some_and(|rows| !rows.is_empty()), "{view}: {data:#}");
        }
        assert!(data["picture"]["implementation"]["implemented"].as_i64() > Some(0), "{data:#}");
        app.stop().await
    }
}
