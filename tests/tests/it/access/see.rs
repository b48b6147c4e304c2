//! The table "See" of docs/AUTH.md: what every viewer gets of the prepared world, row by row. A row asks one question of
//! everybody.

use serde_json::{Value, json};
use support::{TestDb, on_both};

use super::{
    questions::{Question, filled, names, node, walk},
    world::{Scene, person},
};

/// Everybody who is signed in.
const ALL: &str = "programme hub keeper far-hub host home far-host stranger self mate former elsewhere analyst";
/// Who sees the lead's profile.
const ACQUAINTED: &str = "programme hub keeper host home self mate";
/// Who sees Hartlepool's challenge.
const ONLOOKERS: &str = "programme hub host self mate former analyst";

fn people(scene: &Scene) -> Vec<Question<'static>> {
    let lead = person(scene.lead);
    let year = r#"(between: { startsOn: "2027-01-01", endsOn: "2027-12-31" })"#;
    let one = |name, fields: &str, pick, groups, otherwise| Question {
        name,
        query: node(&lead, "Peer", fields),
        pick,
        groups,
        otherwise,
    };
    let keepers = "programme keeper self";
    let blackout = |reason: Value| json!([{ "startsOn": "2027-05-03", "reason": reason }]);
    vec![
        one(
            "profile",
            "name reference post roles themes { code } homeCouncils { gssCode } party",
            |data| data["node"]["homeCouncils"][0]["gssCode"].clone(),
            vec![(ACQUAINTED, json!("E06000022"))],
            Value::Null,
        ),
        one(
            "standing, e-mail, training, declaration, capacity, affiliations, availability",
            &format!(
                "status email trainedOn declaredOn capacity affiliations {{ kind }} availability{year} {{ startsOn }}"
            ),
            |data| filled(&data["node"]),
            vec![(keepers, json!(7)), (ACQUAINTED, json!(0))],
            Value::Null,
        ),
        one(
            "blackouts",
            &format!("blackoutPeriods{year} {{ startsOn reason }}"),
            |data| data["node"]["blackoutPeriods"].clone(),
            vec![
                ("programme self", blackout(json!("zebra-blackout"))),
                ("keeper", blackout(Value::Null)),
            ],
            Value::Null,
        ),
        one(
            "interests, duplicates, past engagements",
            "declaredInterests { kind } possibleDuplicates { because } pastEngagements { totalCount }",
            |data| filled(&data["node"]),
            vec![("programme self", json!(3)), (ACQUAINTED, json!(0))],
            Value::Null,
        ),
        Question {
            name: "everybody in the pool",
            query: "{ peers(first: 100) { nodes { name } } }".to_owned(),
            pick: |data| names(&data["peers"]["nodes"], "/name"),
            groups: vec![
                (
                    "programme",
                    json!("Lead-1 Lead-2 Manager-1 Manager-2 Member-1 Member-2 North-1"),
                ),
                ("hub", json!("Lead-1 Manager-1 Member-1 North-1")),
                ("keeper home", json!("Lead-1")),
                ("far-hub far-host elsewhere", json!("Lead-2")),
                ("host self mate", json!("Lead-1 Manager-1 Member-1")),
                ("former", json!("Manager-2")),
            ],
            otherwise: json!(""),
        },
        Question {
            name: "all blackouts",
            query: "{ blackoutPeriods { nodes { council { gssCode } peer { name } } } }".to_owned(),
            pick: |data| {
                json!([
                    names(&data["blackoutPeriods"]["nodes"], "/council/gssCode"),
                    names(&data["blackoutPeriods"]["nodes"], "/peer/name")
                ])
            },
            groups: vec![
                ("programme", json!(["E06000001", "Lead-1"])),
                ("hub host", json!(["E06000001", ""])),
                ("keeper self", json!(["", "Lead-1"])),
            ],
            otherwise: json!(["", ""]),
        },
        Question {
            name: "API keys",
            query: "{ apiKeys { nodes { name } } }".to_owned(),
            pick: |data| names(&data["apiKeys"]["nodes"], "/name"),
            groups: vec![
                ("programme", json!("E12000001 E12000008")),
                ("hub", json!("E12000001")),
                ("far-hub", json!("E12000008")),
            ],
            otherwise: json!(""),
        },
        Question {
            name: "reference facts",
            query: r"{ councils(first: 1) { nodes { name region { name } } } regions { name } themes { code }
                programmes { code policy { number } } seasons { nodes { name } } }"
                .to_owned(),
            pick: |data| filled(data),
            groups: vec![(ALL, json!(5))],
            otherwise: Value::Null,
        },
    ]
}

fn challenges(scene: &Scene) -> Vec<Question<'static>> {
    let one = |name, fields: &str, pick, groups, otherwise| Question {
        name,
        query: node(&scene.challenge, "PeerChallenge", fields),
        pick,
        groups,
        otherwise,
    };
    let team = "Lead-1 Manager-1 Member-1";
    let everyone = "Lead-1 Manager-1 Manager-2 Member-1";
    vec![
        Question {
            name: "challenges",
            query: "{ challenges { nodes { reference } } }".to_owned(),
            pick: |data| names(&data["challenges"]["nodes"], "/reference"),
            groups: vec![
                ("programme analyst", json!("CSPC-2026-0001 CSPC-2026-0002")),
                (ONLOOKERS, json!("CSPC-2026-0001")),
                ("far-hub far-host elsewhere", json!("CSPC-2026-0002")),
            ],
            otherwise: json!(""),
        },
        Question {
            name: "schedule",
            query: r#"{ schedule(from: "2027-01-01", to: "2027-12-31") { nodes { challenge { reference } } } }"#
                .to_owned(),
            pick: |data| names(&data["schedule"]["nodes"], "/challenge/reference"),
            groups: vec![
                ("programme analyst", json!("CSPC-2026-0001 CSPC-2026-0002")),
                (ONLOOKERS, json!("CSPC-2026-0001")),
                ("far-hub far-host elsewhere", json!("CSPC-2026-0002")),
            ],
            otherwise: json!(""),
        },
        Question {
            name: "deadlines",
            query: "{ deadlines(first: 100) { nodes { challenge { reference } deadline { milestone } } } }".to_owned(),
            pick: |data| {
                let mut triage = data["deadlines"]["nodes"].clone();
                if let Some(all) = triage.as_array_mut() {
                    all.retain(|one| one["deadline"]["milestone"] == "TRIAGE");
                }
                names(&triage, "/challenge/reference")
            },
            groups: vec![
                ("programme analyst", json!("CSPC-2026-0001 CSPC-2026-0002")),
                (ONLOOKERS, json!("CSPC-2026-0001")),
                ("far-hub far-host elsewhere", json!("CSPC-2026-0002")),
            ],
            otherwise: json!(""),
        },
        Question {
            name: "a challenge by its reference",
            query: r#"{ challengeByReference(reference: "CSPC-2026-0001") { host { gssCode } } }"#.to_owned(),
            pick: |data| data["challengeByReference"]["host"]["gssCode"].clone(),
            groups: vec![(ONLOOKERS, json!("E06000001"))],
            otherwise: Value::Null,
        },
        one(
            "request, scope",
            "request { reason } signOff { signedOn } slots { role } windows { startsOn } linesOfEnquiry { question }",
            |data| filled(&data["node"]),
            vec![(ONLOOKERS, json!(5))],
            Value::Null,
        ),
        Question {
            name: "a window",
            query: node(&scene.window, "ChallengeWindow", "startsOn challenge { reference }"),
            pick: |data| data["node"]["startsOn"].clone(),
            groups: vec![(ONLOOKERS, json!("2027-03-01"))],
            otherwise: Value::Null,
        },
        one(
            "who is on the team",
            "assignments { nodes { peer { name } } }",
            |data| names(&data["node"]["assignments"]["nodes"], "/peer/name"),
            vec![
                ("programme", json!(everyone)),
                ("hub host self mate", json!(team)),
                ("former", json!("Manager-2")),
            ],
            json!(""),
        ),
        one(
            "who holds the slots",
            "slots { assignment { peer { name } } }",
            |data| names(&data["node"]["slots"], "/assignment/peer/name"),
            vec![("programme hub host self mate", json!(team))],
            json!(""),
        ),
        Question {
            name: "why a place ended",
            query: node(&scene.places[3], "Assignment", "status statusReason"),
            pick: |data| json!([data["node"]["status"], data["node"]["statusReason"]]),
            groups: vec![
                ("programme", json!(["RELEASED", "zebra-release"])),
                ("former", json!(["RELEASED", null])),
            ],
            otherwise: json!([null, null]),
        },
        one(
            "priority",
            "priority { points components { kind } }",
            |data| json!(data["node"]["priority"]["components"].as_array().map(Vec::len)),
            vec![("programme hub host analyst", json!(6))],
            Value::Null,
        ),
        one(
            "waivers",
            "waivers { nodes { rule reason } }",
            |data| data["node"]["waivers"]["nodes"].clone(),
            vec![
                (
                    "programme mate",
                    json!([{ "rule": "DECLARED", "reason": "zebra-waived" }]),
                ),
                (ONLOOKERS, json!([])),
            ],
            Value::Null,
        ),
        one(
            "decisions",
            "decisions { nodes { peer { name } } }",
            |data| names(&data["node"]["decisions"]["nodes"], "/peer/name"),
            vec![
                ("programme", json!("Lead-1 Member-1")),
                ("self", json!("Lead-1")),
                ("mate", json!("Member-1")),
            ],
            json!(""),
        ),
        one(
            "objections",
            "objections { nodes { status } }",
            |data| names(&data["node"]["objections"]["nodes"], "/status"),
            vec![("programme host", json!("OPEN REJECTED"))],
            json!(""),
        ),
        one(
            "proposals",
            "proposals { totalCount }",
            |data| data["node"]["proposals"]["totalCount"].clone(),
            vec![("programme", json!(1)), (ONLOOKERS, json!(0))],
            Value::Null,
        ),
    ]
}

fn verdicts(scene: &Scene) -> Vec<Question<'static>> {
    let asked = [scene.lead, scene.member, scene.manager, scene.northerner, scene.former].map(person);
    let challenge = json!(scene.challenge);
    vec![
        Question {
            name: "eligibility",
            query: format!(
                "{{ eligibility(challengeId: {challenge}, peerIds: {}) {{ peer {{ name }} status findings {{ rule }} }} }}",
                json!(asked)
            ),
            pick: |data| {
                let rows = data["eligibility"].as_array().into_iter().flatten();
                json!(
                    rows.map(|row| format!(
                        "{} {} {}",
                        row["peer"]["name"].as_str().unwrap(),
                        row["status"].as_str().unwrap(),
                        names(&row["findings"], "/rule").as_str().unwrap()
                    ))
                    .collect::<Vec<_>>()
                )
            },
            groups: vec![
                (
                    "programme",
                    json!([
                        "Lead-1 INELIGIBLE PERSONAL",
                        "Member-1 ELIGIBLE DECLARED",
                        "Manager-1 ELIGIBLE ",
                        "North-1 INELIGIBLE PAST_AFFILIATION",
                        "Manager-2 ELIGIBLE "
                    ]),
                ),
                (
                    "hub",
                    json!([
                        "Lead-1 NOT_AVAILABLE ",
                        "Member-1 ELIGIBLE ",
                        "Manager-1 ELIGIBLE ",
                        "North-1 NOT_AVAILABLE "
                    ]),
                ),
                (
                    "host",
                    json!(["Lead-1 NOT_AVAILABLE ", "Member-1 ELIGIBLE ", "Manager-1 ELIGIBLE "]),
                ),
                ("self", json!(["Lead-1 INELIGIBLE PERSONAL"])),
                ("mate", json!(["Member-1 ELIGIBLE DECLARED"])),
                ("former", json!(["Manager-2 ELIGIBLE "])),
            ],
            otherwise: json!([]),
        },
        Question {
            name: "the pool",
            query: format!(
                "{{ eligibilityPool(challengeId: {challenge}) {{ poolCount needsWaiver ineligible byRule {{ rule }} }} }}"
            ),
            pick: |data| {
                let pool = &data["eligibilityPool"];
                json!([
                    pool["poolCount"],
                    pool["ineligible"].is_null(),
                    pool["byRule"].as_array().map(Vec::is_empty)
                ])
            },
            groups: vec![
                ("programme", json!([7, false, false])),
                ("hub", json!([4, true, true])),
                ("host", json!([3, true, true])),
                ("self mate former", json!([1, true, true])),
            ],
            otherwise: json!([null, true, null]),
        },
        Question {
            name: "the pool by rule",
            query: format!(
                "{{ eligibilityPool(challengeId: {challenge}, filter: {{ rule: PERSONAL }}) {{ totalCount }} }}"
            ),
            pick: |data| data["eligibilityPool"]["totalCount"].clone(),
            groups: vec![
                ("programme", json!(1)),
                ("hub host self mate former", json!(["FORBIDDEN"])),
            ],
            otherwise: Value::Null,
        },
        Question {
            name: "candidates",
            query: format!(
                "{{ candidates(challengeId: {challenge}, slotId: {}) {{ peer {{ name }} points }} }}",
                json!(scene.slots[2])
            ),
            pick: |data| {
                let rows = data["candidates"].as_array().into_iter().flatten();
                json!(
                    rows.map(|row| json!([row["peer"]["name"], row["points"].is_null()]))
                        .collect::<Vec<_>>()
                )
            },
            // Who holds the slot is in the ranking too; whom a viewer may not see is not.
            groups: vec![
                ("programme", json!([["Manager-2", false], ["Manager-1", false]])),
                ("hub host", json!([["Manager-1", true]])),
                ("former", json!([["Manager-2", true]])),
            ],
            otherwise: json!([]),
        },
        Question {
            // The lead is no person of the hub's region, so their address must not be confirmed.
            name: "a pasted list",
            query: format!(
                r#"{{ checkList(challengeId: {challenge}, entries: ["Lead-1", "lead-1@example.org", "north-1@example.org"]) {{
                match eligibility {{ status }} }} }}"#
            ),
            pick: |data| names(&data["checkList"], "/match"),
            groups: vec![
                ("programme", json!("MATCHED MATCHED MATCHED")),
                ("hub", json!("MATCHED MATCHED UNKNOWN")),
                ("keeper", json!("MATCHED MATCHED UNKNOWN")),
                ("far-hub", json!("UNKNOWN UNKNOWN UNKNOWN")),
            ],
            otherwise: json!(["FORBIDDEN"]),
        },
    ]
}

/// What the audit record shows: how many events, and whether any has details, an unnamed actor, or a secret kind.
fn record(scene: &Scene) -> Vec<Question<'static>> {
    vec![
        Question {
            name: "kinds in the audit record of a challenge",
            query: format!(
                "{{ auditEvents(first: 100, filter: {{ challengeId: {} }}) {{ nodes {{ entityKind details {{ key }} }} }} }}",
                json!(scene.challenge)
            ),
            pick: |data| {
                let nodes = data["auditEvents"]["nodes"].as_array().cloned().unwrap_or_default();
                let has = |kind: &str| nodes.iter().any(|node| node["entityKind"] == kind);
                let details = nodes.iter().any(|node| !node["details"].is_null());
                json!([
                    has("PEER_CHALLENGE"),
                    has("ASSIGNMENT"),
                    has("CONFLICT_DECISION"),
                    has("CONFLICT_WAIVER"),
                    has("HOST_OBJECTION"),
                    has("TEAM_PROPOSAL"),
                    details
                ])
            },
            groups: vec![
                ("programme", json!([true, true, true, true, true, true, true])),
                ("hub", json!([true, true, false, false, false, false, false])),
                ("host", json!([true, true, false, false, true, false, false])),
                ("self", json!([false, true, true, false, false, false, false])),
                ("mate", json!([false, true, true, true, false, false, false])),
                ("former", json!([false, true, false, false, false, false, false])),
            ],
            otherwise: json!([false, false, false, false, false, false, false]),
        },
        Question {
            name: "declarations in the audit record",
            query: "{ auditEvents(first: 100) { nodes { action } } }".to_owned(),
            pick: |data| {
                let nodes = data["auditEvents"]["nodes"].as_array().cloned().unwrap_or_default();
                json!(
                    nodes
                        .iter()
                        .filter(|node| node["action"] == "INTEREST_DECLARED")
                        .count()
                )
            },
            groups: vec![("programme", json!(2)), ("self mate", json!(1))],
            otherwise: json!(0),
        },
    ]
}

/// The lists across all challenges of what is and was to be decided.
fn decisions() -> Vec<Question<'static>> {
    vec![
        Question {
            name: "decisions to be made, on all teams",
            query: "{ conflictDecisions(filter: { statuses: [OPEN] }) { nodes { peer { name } challenge { id } } } }".to_owned(),
            pick: |data| names(&data["conflictDecisions"]["nodes"], "/peer/name"),
            groups: vec![
                ("programme", json!("Lead-1 Lead-2")),
                ("self", json!("Lead-1")),
                ("elsewhere", json!("Lead-2")),
            ],
            otherwise: json!(""),
        },
        Question {
            name: "objections to all teams",
            query: "{ hostObjections { nodes { status challenge { id } } } }".to_owned(),
            pick: |data| names(&data["hostObjections"]["nodes"], "/status"),
            groups: vec![
                ("programme", json!("OPEN REJECTED UPHELD")),
                ("host", json!("OPEN REJECTED")),
                ("far-host", json!("UPHELD")),
            ],
            otherwise: json!(""),
        },
        Question {
            name: "waivers on all teams",
            query: "{ conflictWaivers(filter: { inForceOn: \"2027-03-10\", rules: [DECLARED] }) { nodes { peer { name } challenge { id } } } }"
                .to_owned(),
            pick: |data| names(&data["conflictWaivers"]["nodes"], "/peer/name"),
            groups: vec![("programme mate", json!("Member-1"))],
            otherwise: json!(""),
        },
    ]
}

on_both!(
    async fn everybody_sees_what_the_table_says_and_nothing_else(db: &TestDb) {
        let scene = Scene::prepare(db).await?;
        walk(&scene, people(&scene)).await?;
        walk(&scene, challenges(&scene)).await?;
        walk(&scene, verdicts(&scene)).await?;
        walk(&scene, record(&scene)).await?;
        walk(&scene, decisions()).await?;
        scene.app.stop().await
    }
);
