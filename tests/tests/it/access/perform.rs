//! The table "Do" of docs/AUTH.md: for every mutation of the schema, who may, who is refused, and to whom the thing is not
//! there. Whoever may is stopped by the next rule (a stale version, days in the wrong order …), so that nothing changes.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use support::{TestDb, app::programme, on_both};

use super::{
    hidden::codes,
    perform_visit::on_the_visit,
    schema_map::SchemaMap,
    world::{Scene, person},
};

/// A mutation, what it is given, who may, and who is refused because they see the thing but may not. To all others it is
/// not there.
pub(super) struct Row {
    mutation: &'static str,
    input: Value,
    may: &'static str,
    refused: &'static str,
}

pub(super) fn row(mutation: &'static str, input: Value, may: &'static str, refused: &'static str) -> Row {
    Row {
        mutation,
        input,
        may,
        refused,
    }
}

/// Everybody but the programme who is signed in.
pub(super) const OTHERS: &str = "hub keeper far-hub host home far-host stranger self mate former elsewhere analyst";
/// Those of them who see Hartlepool's challenge.
pub(super) const ONLOOKERS: &str = "hub host self mate former analyst";
/// Those of them who see the manager's place on its team.
const OF_THE_TEAM: &str = "hub host self mate";
/// Those of them who see the lead's profile, without the lead.
const ACQUAINTED: &str = "hub keeper host home mate";

pub(super) fn with(mut input: Value, more: Value) -> Value {
    if let (Some(input), Value::Object(more)) = (input.as_object_mut(), more) {
        input.extend(more);
    }
    input
}

/// What is done to a challenge.
fn on_the_challenge(scene: &Scene) -> Vec<Row> {
    let it = || json!({ "challengeId": scene.challenge, "expectedVersion": 999 });
    let side = || with(it(), json!({ "reason": "HOST_REQUEST" }));
    let request = json!({ "reason": "Why not.", "seasonId": scene.facts.season, "strand": "PEER_CHALLENGE" });
    let scope = json!({ "linesOfEnquiry": [], "slots": [], "themes": [], "windows": [] });
    let signed = json!({ "leadMemberName": "L", "chiefExecutiveName": "C", "signedOn": "2026-11-01" });
    let asked = json!({ "hostId": scene.facts.host, "programmeId": scene.facts.programme, "seasonId": scene.facts.season,
        "strand": "PEER_CHALLENGE", "reason": "" });
    let requesters = ("programme hub host", "self mate former analyst");
    vec![
        row(
            "requestChallenge",
            asked,
            "programme hub host",
            "keeper far-hub home far-host stranger self mate former elsewhere analyst",
        ),
        row(
            "updateChallengeRequest",
            with(it(), request),
            requesters.0,
            requesters.1,
        ),
        row("submitChallenge", it(), requesters.0, requesters.1),
        row("withdrawChallenge", side(), requesters.0, requesters.1),
        row(
            "signOffScope",
            with(it(), signed),
            "programme host",
            "hub self mate former analyst",
        ),
        row(
            "triageChallenge",
            with(it(), json!({ "decision": "ACCEPT", "fundingAgreed": true })),
            "programme",
            ONLOOKERS,
        ),
        row("startScoping", it(), "programme", ONLOOKERS),
        row("setScope", with(it(), scope), "programme", ONLOOKERS),
        row("completeScope", it(), "programme", ONLOOKERS),
        row("startTeamBuilding", it(), "programme", ONLOOKERS),
        row("postponeChallenge", side(), "programme", ONLOOKERS),
        row("resumeChallenge", it(), "programme", ONLOOKERS),
        row("cancelChallenge", side(), "programme", ONLOOKERS),
        row(
            "chooseWindow",
            with(it(), json!({ "windowId": scene.window })),
            "programme",
            ONLOOKERS,
        ),
        row("confirmTeam", it(), "programme", ONLOOKERS),
        row(
            "proposeTeam",
            json!({ "challengeId": scene.challenge }),
            "programme",
            ONLOOKERS,
        ),
    ]
}

/// What is done to a team and decided about its people.
async fn on_the_team(scene: &Scene) -> anyhow::Result<Vec<Row>> {
    let place = || json!({ "assignmentId": scene.places[2], "expectedVersion": 999, "reason": "Why not." });
    let nominate = json!({ "slotId": scene.slots[2], "peerId": person(scene.former) });
    let waive = json!({ "challengeId": scene.challenge, "peerId": person(scene.lead), "rule": "DECLARED", "reason": "",
        "expiresOn": "2027-03-10" });
    let waiver = scene.first("waivers", scene.member).await?;
    let decision = scene.first("decisions", scene.lead).await?;
    let ruling =
        json!({ "objectionId": scene.objection, "expectedVersion": 999, "ruling": "REJECT", "reason": "Why not." });
    Ok(vec![
        row(
            "applyTeamProposal",
            json!({ "proposalId": scene.proposal, "expectedVersion": 999 }),
            "programme",
            "",
        ),
        row("nominatePeer", nominate, "programme", ONLOOKERS),
        row("releaseNomination", place(), "programme", OF_THE_TEAM),
        row(
            "leaveSlotOpen",
            json!({ "slotId": scene.slots[2], "expectedVersion": 999, "reason": "Why not." }),
            "programme",
            ONLOOKERS,
        ),
        row(
            "replaceNomination",
            with(place(), json!({ "withPeerId": person(scene.former) })),
            "programme",
            OF_THE_TEAM,
        ),
        row(
            "objectToPeer",
            json!({ "assignmentId": scene.places[2], "reasonCode": "OTHER", "reason": "" }),
            "programme host",
            "hub self mate",
        ),
        row(
            "withdrawObjection",
            json!({ "objectionId": scene.objection, "expectedVersion": 999 }),
            "programme host",
            "",
        ),
        row("decideObjection", ruling, "programme", "host"),
        row("waiveFinding", waive, "programme", ONLOOKERS),
        row(
            "revokeWaiver",
            json!({ "waiverId": waiver, "expectedVersion": 999 }),
            "programme",
            "mate",
        ),
        row(
            "decideConflict",
            json!({ "decisionId": decision, "expectedVersion": 999, "resolution": "STOP", "reason": "Why not." }),
            "programme",
            "self",
        ),
    ])
}

/// What is done to a person: the lead.
async fn on_the_person(scene: &Scene) -> anyhow::Result<Vec<Row>> {
    let lead = person(scene.lead);
    let document = "query ($id: ID!) { node(id: $id) { ... on Peer { affiliations { id } } } }";
    let ties = scene.app.data(programme(), document, json!({ "id": lead })).await?;
    let tie = &ties["node"]["affiliations"][0]["id"];
    let (diary, own) = (
        ("programme keeper self", "hub host home mate"),
        ("programme self", ACQUAINTED),
    );
    let reversed = || json!({ "peerId": lead, "startsOn": "2027-06-02", "endsOn": "2027-06-01" });
    let version = || json!({ "peerId": lead, "expectedVersion": 999 });
    Ok(vec![
        row(
            "declareInterest",
            json!({ "peerId": lead, "kind": "OTHER", "councilId": scene.facts.host, "note": "" }),
            own.0,
            own.1,
        ),
        row(
            "withdrawInterest",
            json!({ "interestId": scene.interest, "expectedVersion": 999 }),
            "programme self",
            "",
        ),
        row("confirmDeclaration", version(), own.0, own.1),
        row(
            "addAffiliation",
            json!({ "peerId": lead, "kind": "EMPLOYMENT" }),
            own.0,
            own.1,
        ),
        row(
            "correctAffiliation",
            json!({ "affiliationId": tie, "expectedVersion": 999, "post": "Post" }),
            "programme self",
            "keeper",
        ),
        row(
            "endAffiliation",
            json!({ "affiliationId": tie, "expectedVersion": 999, "endsOn": "2026-12-31" }),
            "programme self",
            "keeper",
        ),
        row("offerAvailability", reversed(), diary.0, diary.1),
        row("withdrawAvailability", reversed(), diary.0, diary.1),
        row(
            "addBlackout",
            with(reversed(), json!({ "reason": "Away." })),
            diary.0,
            diary.1,
        ),
        row(
            "updatePeer",
            with(version(), json!({ "capacity": 2 })),
            diary.0,
            diary.1,
        ),
        row(
            "updatePeer",
            with(version(), json!({ "roles": ["CASE_AUDITOR"] })),
            "programme keeper",
            "hub host home self mate",
        ),
        row(
            "updatePeer",
            with(version(), json!({ "trainedOn": "2026-11-01" })),
            "programme keeper",
            "hub host home self mate",
        ),
        row(
            "updatePeer",
            with(version(), json!({ "status": "SUSPENDED" })),
            "programme keeper",
            "hub host home self mate",
        ),
        row("erasePeer", version(), "programme", "hub keeper host home self mate"),
        row("exportPersonalData", json!({ "peerId": lead }), own.0, own.1),
        row(
            "decideDuplicate",
            json!({ "peerId": lead, "otherPeerId": person(scene.member), "verdict": "DISTINCT", "reason": "" }),
            "programme",
            "hub keeper host home self mate",
        ),
    ])
}

/// What is not about a thing that is there already.
fn on_nothing(scene: &Scene, map: &SchemaMap, body: &str) -> Vec<Row> {
    let newcomer =
        json!({ "name": "", "roles": [], "affiliation": { "kind": "EMPLOYMENT", "councilId": scene.facts.host } });
    let closed =
        json!({ "councilId": scene.facts.host, "startsOn": "2027-06-02", "endsOn": "2027-06-01", "reason": "Closed." });
    let policy = json!({ "programmeId": scene.facts.programme, "basedOnNumber": 999, "effectiveFrom": "2026-12-01", "note": "",
        "rules": map.any_of("CreatePolicyVersionInput", "rules") });
    let control = json!({ "councilId": scene.facts.host, "expectedVersion": 999, "control": "LABOUR", "changedOn": "2026-05-08" });
    let change = || json!({ "councilId": scene.facts.host, "post": "LEAD_MEMBER", "changedOn": "2099-01-01" });
    let others = "keeper far-hub host home far-host stranger self mate former elsewhere analyst";
    vec![
        row("registerPeer", newcomer, "programme hub", others),
        row("addBlackout", closed, "programme hub", others),
        row(
            "createSeason",
            json!({ "name": "", "startsOn": "2028-04-01", "endsOn": "2029-03-31" }),
            "programme",
            OTHERS,
        ),
        row("createPolicyVersion", policy, "programme", OTHERS),
        row(
            "planSeason",
            json!({ "programmeId": scene.facts.programme, "seasonId": scene.facts.season, "timeLimitSeconds": 0 }),
            "programme",
            OTHERS,
        ),
        row(
            "repairTeam",
            json!({ "challengeId": scene.challenge, "receipt": "none" }),
            "programme",
            ONLOOKERS,
        ),
        row(
            "cancelSeasonPlan",
            json!({ "planId": scene.plan, "expectedVersion": 999 }),
            "programme",
            "",
        ),
        row(
            "editSeasonPlan",
            json!({ "planId": scene.plan, "moves": [{ "challengeId": scene.challenge }] }),
            "programme",
            "",
        ),
        row(
            "applySeasonPlan",
            json!({ "planId": scene.plan, "expectedVersion": 999 }),
            "programme",
            "",
        ),
        row(
            "createApiKey",
            json!({ "name": "", "regionIds": [scene.region], "scope": "READ", "expiresAt": "2027-01-01T00:00:00Z" }),
            "programme",
            OTHERS,
        ),
        row(
            "revokeApiKey",
            json!({ "apiKeyId": scene.api_key, "expectedVersion": 999 }),
            "programme",
            "hub",
        ),
        row("recordPoliticalControl", control, "programme hub", others),
        row("recordLeadershipChange", change(), "programme hub", others),
        row("removeLeadershipChange", change(), "programme hub", others),
        row(
            "createDeliveryBody",
            json!({ "name": "", "kind": "TRUST", "services": [] }),
            "programme",
            OTHERS,
        ),
        row(
            "updateDeliveryBody",
            json!({ "deliveryBodyId": body, "expectedVersion": 999, "name": "", "kind": "TRUST", "services": [] }),
            "programme",
            OTHERS,
        ),
    ]
}

fn holds(names: &str, name: &str) -> bool {
    names.split(' ').any(|one| one == name)
}

async fn ask(
    scene: &Scene,
    map: &SchemaMap,
    row: &Row,
    role: Option<peer_challenge::auth::ViewerRole>,
) -> anyhow::Result<Value> {
    let Row { mutation, input, .. } = row;
    let document = format!(
        "mutation ($input: {}!) {{ {mutation}(input: $input) {{ userErrors {{ code message }} }} }}",
        map.input_of(mutation)
    );
    Ok(scene.app.post(role, &document, json!({ "input": input })).await?.body)
}

on_both!(
    async fn everybody_may_do_what_the_table_says_and_nothing_else(db: &TestDb) {
        let scene = Scene::prepare(db).await?;
        let map = SchemaMap::read();
        let mut rows = on_the_challenge(&scene);
        rows.extend(on_the_visit(&scene));
        rows.extend(on_the_team(&scene).await?);
        rows.extend(on_the_person(&scene).await?);
        let created =
            "mutation ($input: CreateDeliveryBodyInput!) { createDeliveryBody(input: $input) { deliveryBody { id }
            userErrors { code message } } }";
        let input = json!({ "name": "Trust", "kind": "TRUST", "services": [{ "councilId": scene.facts.host }] });
        let created = scene.app.done(programme(), created, json!({ "input": input })).await?;
        let body = created["deliveryBody"]["id"].as_str().unwrap();
        rows.extend(on_nothing(&scene, &map, body));
        let mut covered: BTreeSet<String> = rows.iter().map(|row| row.mutation.to_owned()).collect();
        // Removed for good, so it has a test of its own below.
        covered.insert("removeBlackout".to_owned());
        assert_eq!(covered, map.field_names("Mutation"), "say who may do the new thing");

        let mut wrong = Vec::new();
        for row in &rows {
            for (name, role) in scene.viewers() {
                let body = ask(&scene, &map, row, role).await?;
                let refusals = &body["data"][row.mutation]["userErrors"];
                let told: BTreeSet<&str> = match refusals.as_array() {
                    Some(refusals) => refusals.iter().filter_map(|one| one["code"].as_str()).collect(),
                    None => codes(&body).into_iter().collect(),
                };
                let right = match name {
                    "anonymous" => told == BTreeSet::from(["UNAUTHENTICATED"]),
                    _ if holds(row.may, name) => {
                        told.is_disjoint(&BTreeSet::from(["FORBIDDEN", "NOT_FOUND", "INTERNAL_SERVER_ERROR"]))
                    }
                    // A refusal may come with others that follow from the input alone.
                    _ if holds(row.refused, name) => told.contains("FORBIDDEN") && !told.contains("NOT_FOUND"),
                    _ => told == BTreeSet::from(["NOT_FOUND"]),
                };
                if !right {
                    wrong.push(format!("{} {name}: {body}", row.mutation));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        scene.app.stop().await
    }
);

on_both!(
    async fn a_blackout_is_removed_by_those_who_keep_the_diary_only(db: &TestDb) {
        let scene = Scene::prepare(db).await?;
        let map = SchemaMap::read();
        for (name, role) in scene.viewers() {
            if ["programme", "keeper", "self"].contains(&name) {
                continue;
            }
            let row = row("removeBlackout", json!({ "blackoutPeriodId": scene.blackout }), "", "");
            let body = ask(&scene, &map, &row, role).await?;
            match name {
                "anonymous" => assert_eq!(codes(&body), ["UNAUTHENTICATED"]),
                _ => assert_eq!(
                    body["data"]["removeBlackout"]["userErrors"][0]["code"], "NOT_FOUND",
                    "{name}: {body}"
                ),
            }
        }
        for (name, role) in scene.viewers() {
            let Some(role) = role.filter(|_| ["programme", "keeper", "self"].contains(&name)) else {
                continue;
            };
            let add = "mutation ($input: AddBlackoutInput!) { addBlackout(input: $input) {
                blackoutPeriod { id } userErrors { code message } } }";
            let input = json!({ "peerId": person(scene.lead), "startsOn": "2027-08-02", "endsOn": "2027-08-03", "reason": "Away." });
            let added = scene.app.done(role.clone(), add, json!({ "input": input })).await?;
            let remove = "mutation ($input: RemoveBlackoutInput!) { removeBlackout(input: $input) { userErrors { code message } } }";
            let input = json!({ "blackoutPeriodId": added["blackoutPeriod"]["id"] });
            scene.app.done(role, remove, json!({ "input": input })).await?;
        }
        scene.app.stop().await
    }
);
