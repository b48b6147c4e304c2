//! A challenge that stands still: an end that somebody has set for it, and the days that a host has for its objections.

use anyhow::Context as _;
use serde_json::{Value, json};
use support::{
    TestDb,
    app::{council, programme},
    on_both,
};

use super::{Life, refused};
use crate::journey::HARTLEPOOL;

async fn put_off(life: &mut Life) -> anyhow::Result<()> {
    let reason = json!({ "reason": "MAJOR_INCIDENT" });
    life.read_version().await?;
    life.step(
        programme(),
        "postponeChallenge",
        "ChallengeSideMoveInput",
        reason,
        "POSTPONED",
    )
    .await?;
    life.read_version().await
}

on_both! {
    async fn the_end_of_a_postponement_binds_as_it_was_set_for_it(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        life.journey.confirm(&life.app).await?;
        let set = async |life: &Life, day: &str| -> anyhow::Result<Value> {
            let input = life.with(&json!({ "milestone": "POSTPONEMENT_VOID", "dueOn": day, "note": "Agreed with the host." }));
            life.ask(programme(), "setDeadline", "SetDeadlineInput", "challenge { version }", input).await
        };
        let end = async |life: &Life| -> anyhow::Result<(Value, Value, Value)> {
            let fields = "availableTransitions { to mutation } deadlines { milestone dueOn isSetByHand }";
            let seen = life.see(programme(), fields).await?;
            let find = |list: &str, key: &str, value: &str| {
                let all = seen[list].as_array().into_iter().flatten();
                all.clone().find(|one| one[key] == value).cloned().with_context(|| format!("{value}: {seen:#}"))
            };
            let due = find("deadlines", "milestone", "POSTPONEMENT_VOID")?;
            Ok((find("availableTransitions", "mutation", "resumeChallenge")?["to"].clone(), due["dueOn"].clone(), due["isSetByHand"].clone()))
        };
        let early = set(&life, "2026-12-01").await?;
        assert_eq!(refused(&early), ["ILLEGAL_STAGE"], "{early:#}");

        put_off(&mut life).await?;
        let (to, usual, by_hand) = end(&life).await?;
        assert_eq!((to, by_hand), (json!("TEAM_CONFIRMED"), json!(false)));
        let before = set(&life, "2026-11-21").await?;
        assert_eq!(refused(&before), ["INVALID"], "the day before it began: {before:#}");
        assert_eq!(set(&life, "2026-11-30").await?["userErrors"], json!([]));
        life.on("2026-11-30");
        assert_eq!(end(&life).await?, (json!("TEAM_CONFIRMED"), json!("2026-11-30"), json!(true)));
        life.on("2026-12-01");
        assert_eq!(end(&life).await?.0, "SCOPING");
        life.read_version().await?;
        assert_eq!(set(&life, "2026-12-20").await?["userErrors"], json!([]));
        life.on("2026-12-20");
        life.read_version().await?;
        life.step(programme(), "resumeChallenge", "ChallengeStepInput", json!({}), "TEAM_CONFIRMED").await?;

        // Another postponement has an end of its own.
        life.on("2026-12-28");
        put_off(&mut life).await?;
        let (to, due, by_hand) = end(&life).await?;
        assert_eq!((to, by_hand), (json!("TEAM_CONFIRMED"), json!(false)));
        assert!(due.as_str() > usual.as_str(), "{due} is counted from the second one, {usual} from the first");
        assert_eq!(set(&life, "2026-12-29").await?["userErrors"], json!([]));
        life.on("2026-12-30");
        life.read_version().await?;
        life.step(programme(), "resumeChallenge", "ChallengeStepInput", json!({}), "SCOPING").await?;
        life.app.stop().await
    }
}

on_both! {
    async fn a_host_gets_the_days_back_for_which_its_challenge_stood_still(db: &TestDb) {
        let mut life = Life::begin(db).await?;
        life.invite().await?;
        put_off(&mut life).await?;
        life.on("2026-12-12");
        life.step(programme(), "resumeChallenge", "ChallengeStepInput", json!({}), "TEAM_BUILDING").await?;
        let slots = life.see(programme(), "slots { assignment { id } }").await?;
        let object = async |life: &Life, slot: usize| -> anyhow::Result<Value> {
            let input = json!({ "assignmentId": slots["slots"][slot]["assignment"]["id"], "reasonCode": "SKILLS", "reason": "We hoped for another." });
            life.ask(council(HARTLEPOOL), "objectToPeer", "ObjectToPeerInput", "objection { id }", input).await
        };
        // Five working days from 22 November, and the twenty days of the postponement.
        life.on("2026-12-17");
        let raised = object(&life, 0).await?;
        assert_eq!(raised["userErrors"], json!([]), "{raised:#}");
        life.app.worker.drain().await?;
        let heard = life.heard(council(HARTLEPOOL)).await?;
        assert!(heard.iter().any(|text| text.contains("an objection to somebody on the team, if you have one, is due today")), "{heard:#?}");
        life.on("2026-12-18");
        let late = object(&life, 1).await?;
        assert_eq!(refused(&late), ["INVALID"], "{late:#}");
        assert!(late.to_string().contains("until 2026-12-17"), "{late:#}");
        life.app.stop().await
    }
}
