//! The rows of the table "Do" on what is done around a visit and after it.

use serde_json::{Value, json};

use super::{
    perform::{ONLOOKERS, OTHERS, Row, row, with},
    world::Scene,
};

/// What is done around a visit and after it.
pub(super) fn on_the_visit(scene: &Scene) -> Vec<Row> {
    let it = || json!({ "challengeId": scene.challenge, "expectedVersion": 999 });
    let here = |more: Value| with(json!({ "challengeId": scene.challenge }), more);
    let old = |field: &str, name: &str, more: Value| {
        let id = &scene.left[name];
        with(with(json!({ "expectedVersion": 999 }), json!({ field: id })), more)
    };
    let none = || json!({});
    let side = || with(it(), json!({ "reason": "HOST_REQUEST" }));
    let session =
        || json!({ "session": { "title": "", "startsAt": "2027-03-01T09:00:00Z", "endsAt": "2027-03-01T10:00:00Z" } });
    let (around, not_around) = ("programme host self mate", "hub former analyst");
    let (team, not_team) = ("programme self mate", "hub host former analyst");
    let (lead, not_lead) = ("programme self", "hub host mate former analyst");
    let (host, not_host) = ("programme host", "hub self mate former analyst");
    let document = json!({ "kind": "OTHER", "title": "", "url": "", "purpose": "", "expiresOn": "2027-01-01" });
    vec![
        row("startPreparation", it(), "programme", ONLOOKERS),
        row("startFieldwork", it(), "programme", ONLOOKERS),
        row("pauseChallenge", side(), "programme", ONLOOKERS),
        row("closeChallenge", it(), "programme", ONLOOKERS),
        row(
            "setDeadline",
            with(it(), json!({ "milestone": "TRIAGE", "note": "Why not." })),
            "programme",
            ONLOOKERS,
        ),
        row(
            "reportInspectionNotice",
            with(it(), json!({ "noticedOn": "2026-11-01" })),
            "programme hub host",
            "self mate former analyst",
        ),
        row("inviteTeam", it(), "programme", ONLOOKERS),
        row(
            "answerInvitation",
            old("invitationId", "invitation", json!({ "accept": true })),
            "programme self",
            "",
        ),
        row("addDocument", here(document), around, not_around),
        row("removeDocument", old("documentId", "document", none()), around, ""),
        row("scheduleSession", here(session()), around, not_around),
        row("changeSession", old("sessionId", "session", session()), around, "hub"),
        row("cancelSession", old("sessionId", "session", none()), around, "hub"),
        row(
            "recordFinding",
            here(json!({ "line": 1, "kind": "STRENGTH", "text": "" })),
            team,
            not_team,
        ),
        row("withdrawFinding", old("findingId", "finding", none()), team, ""),
        row("raiseImmediateRisk", here(json!({ "what": "" })), team, not_team),
        row(
            "recordRiskTold",
            old("riskId", "risk", json!({ "toldName": "Director" })),
            around,
            "",
        ),
        row(
            "giveFeedback",
            with(it(), json!({ "feedbackOn": "2027-03-04" })),
            lead,
            not_lead,
        ),
        row(
            "addRecommendation",
            here(json!({ "text": "", "findingIds": [] })),
            team,
            not_team,
        ),
        row(
            "changeRecommendation",
            old(
                "recommendationId",
                "recommendation",
                json!({ "text": "", "findingIds": [] }),
            ),
            team,
            "",
        ),
        row(
            "removeRecommendation",
            old("recommendationId", "recommendation", none()),
            team,
            "",
        ),
        row("draftReport", with(it(), json!({ "summary": "" })), lead, not_lead),
        row(
            "proposeAccuracyEdit",
            here(json!({ "proposed": "", "reason": "" })),
            host,
            not_host,
        ),
        row(
            "decideAccuracyEdit",
            old("accuracyEditId", "edit", json!({ "accept": true })),
            lead,
            "host mate",
        ),
        row("confirmFacts", it(), host, not_host),
        row("finaliseReport", it(), lead, not_lead),
        row("agreeToPublication", it(), host, not_host),
        row(
            "publishReport",
            with(it(), json!({ "publishedOn": "2027-05-01", "url": "" })),
            "programme",
            ONLOOKERS,
        ),
        // The host does not see recommendations before they are drafted.
        row(
            "addAction",
            json!({ "recommendationId": scene.left["recommendation"], "text": "", "owner": "", "dueOn": "2027-09-01" }),
            "programme",
            "self mate",
        ),
        row(
            "updateAction",
            old("actionId", "action", json!({ "status": "DONE" })),
            host,
            "hub self mate",
        ),
        row("publishActionPlan", it(), host, not_host),
        row(
            "completeProgressReview",
            with(it(), json!({ "reviewedOn": "2027-12-01", "note": "" })),
            "programme",
            ONLOOKERS,
        ),
        row(
            "giveEvaluation",
            here(json!({ "kind": "HOST_ON_TEAM", "score": 3 })),
            "host",
            "programme hub self mate former analyst",
        ),
        row(
            "markNotificationsRead",
            json!({ "notificationIds": [] }),
            "programme hub keeper far-hub host home far-host stranger self mate former elsewhere analyst",
            "",
        ),
        row(
            "setNotificationContact",
            json!({ "email": "nobody" }),
            "programme",
            OTHERS,
        ),
        // For those who have an address; nothing changes, because nobody has done without reminders.
        row(
            "setReminderMail",
            json!({ "wanted": true }),
            "self mate former elsewhere",
            "",
        ),
        row("defineKpi", kpi(), "programme", OTHERS),
    ]
}

fn kpi() -> Value {
    json!({ "code": "", "name": "", "measure": "SATISFACTION", "direction": "HIGHER_IS_BETTER", "months": 12,
        "delivered": 5.0, "onTrack": 4.0, "atRisk": 3.0 })
}
