//! Many things by their ids: fifty cost as many statements as one, for every kind that not everybody may see, and each is
//! shown or hidden as when it is asked for alone.

use entity::{
    accuracy_edit, affiliation, api_key, audit_event, availability_window, blackout_period, challenge_document,
    challenge_window, contact, declared_interest,
    enums::{
        ActionStatus, AffiliationKind, ApiKeyScope, DocumentAudience, DocumentClass, DocumentKind, EditStatus,
        EvaluationKind, FindingKind, InterestKind, InvitationState, KpiDirection, KpiMeasure, MailState,
        NoticeAudience, NoticeKind, PlanKind, PlanState,
    },
    evaluation, fieldwork_session, finding, immediate_risk, invitation, kpi, line_of_enquiry, notification,
    plan_action, recommendation, season_plan,
};
use peer_challenge::graphql::ids::{Kind, encode};
use serde_json::{Value, json};
use support::{
    App, TestDb,
    app::{council, hub, programme},
    on_both,
};

use crate::{
    access::{Openness, TYPES},
    database::world::{World, council as a_council, insert, instant, october},
    nested::{CHALLENGE, PARENTS, PEER, SLOT, cost, plant, row},
};

const QUERY: &str = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";

/// Fifty rows of the kinds that the lists of parents do not have.
async fn more(db: &TestDb, world: &World) -> anyhow::Result<()> {
    let conn = db.conn();
    for number in 0..PARENTS {
        let peer_id = row(PEER, number, 0);
        let tie = affiliation::Model {
            id: row(12, number, 0),
            peer_id,
            kind: AffiliationKind::Employment,
            council_id: Some(world.home),
            delivery_body_id: None,
            post: None,
            is_primary: true,
            starts_on: None,
            ends_on: None,
            reference: None,
            version: 1,
            created_at: instant(),
            updated_at: instant(),
        };
        insert(conn, tie).await?;
        let interest = declared_interest::Model {
            id: row(13, number, 0),
            peer_id,
            kind: InterestKind::Other,
            council_id: world.host,
            note: "A cousin.".to_owned(),
            starts_on: None,
            ends_on: None,
            withdrawn_at: None,
            reference: None,
            version: 1,
            created_at: instant(),
            updated_at: instant(),
        };
        insert(conn, interest).await?;
        let offered = availability_window::Model {
            id: row(14, number, 0),
            peer_id,
            starts_on: october(1),
            ends_on: october(2),
            created_at: instant(),
        };
        insert(conn, offered).await?;
        let closed = blackout_period::Model {
            id: row(15, number, 0),
            peer_id: Some(peer_id),
            council_id: None,
            starts_on: october(3),
            ends_on: october(4),
            reason: "Away.".to_owned(),
        };
        insert(conn, closed).await?;
        let window = challenge_window::Model {
            id: row(16, number, 0),
            challenge_id: row(CHALLENGE, number, 0),
            starts_on: october(12),
            ends_on: october(15),
            preference: 100,
        };
        insert(conn, window).await?;
        let key = api_key::Model {
            id: row(17, number, 0),
            prefix: format!("{number:012}"),
            digest: format!("{number:064}"),
            name: format!("Key {number}"),
            scope: ApiKeyScope::Read,
            expires_at: instant() + chrono::Duration::days(30),
            last_used_at: None,
            created_by: "manager".to_owned(),
            revoked_by: None,
            revoked_at: None,
            version: 1,
            created_at: instant(),
            updated_at: instant(),
        };
        insert(conn, key).await?;
        let event = audit_event::Model {
            id: row(18, number, 0),
            at: instant(),
            actor: "manager".to_owned(),
            actor_role: "NATIONAL_PROGRAMME".to_owned(),
            action: "CHALLENGE_DRAFTED".to_owned(),
            entity_kind: "PeerChallenge".to_owned(),
            entity_id: row(CHALLENGE, number, 0),
            challenge_id: Some(row(CHALLENGE, number, 0)),
            council_id: None,
            peer_id: None,
            details: json!({}),
            request_id: None,
            actor_peer_id: None,
        };
        insert(conn, event).await?;
        let plan = season_plan::Model {
            id: row(19, number, 0),
            programme_id: world.programme,
            season_id: world.season,
            policy_id: world.policy,
            parent_id: None,
            kind: PlanKind::Planned,
            state: PlanState::Cancelled,
            settings: json!({ "seed": 1, "time_limit_seconds": 60, "rounds": 300 }),
            cancel_requested: true,
            phase: None,
            value: None,
            bound: None,
            filled: None,
            slots: None,
            rounds: 0,
            elapsed_ms: 0,
            input_hash: None,
            result: None,
            certificate: None,
            error: None,
            version: 2,
            created_by: "manager".to_owned(),
            created_at: instant(),
            updated_at: instant(),
            finished_at: Some(instant()),
            applied_at: None,
            applied_by: None,
        };
        insert(conn, plan).await?;
        lived(conn, number).await?;
    }
    Ok(())
}

/// One of everything that a life leaves behind.
async fn lived(conn: &sea_orm::DatabaseConnection, number: u128) -> anyhow::Result<()> {
    let (at, on, challenge_id, peer_id) = (instant(), october(20), row(CHALLENGE, number, 0), row(PEER, number, 0));
    let line = line_of_enquiry::Model {
        id: row(30, number, 0),
        challenge_id,
        position: 9,
        question: "Why?".to_owned(),
        theme_id: None,
    };
    insert(conn, line).await?;
    let document = challenge_document::Model {
        id: row(20, number, 0),
        challenge_id,
        kind: DocumentKind::Other,
        title: "T".to_owned(),
        url: "https://x".to_owned(),
        purpose: "P".to_owned(),
        audience: DocumentAudience::Everybody,
        class: DocumentClass::Ordinary,
        expires_on: on,
        added_by: "host".to_owned(),
        added_at: at,
        removed_at: None,
        version: 1,
        created_at: at,
        updated_at: at,
    };
    insert(conn, document).await?;
    let session = fieldwork_session::Model {
        id: row(21, number, 0),
        challenge_id,
        title: "T".to_owned(),
        room: None,
        with_whom: None,
        is_team_call: false,
        starts_at: at,
        ends_at: at + chrono::Duration::hours(1),
        removed_at: None,
        version: 1,
        created_at: at,
        updated_at: at,
    };
    insert(conn, session).await?;
    let found = finding::Model {
        id: row(22, number, 0),
        challenge_id,
        line_id: row(30, number, 0),
        kind: FindingKind::Strength,
        text: "T".to_owned(),
        recorded_by: "lead".to_owned(),
        recorded_by_peer_id: None,
        recorded_at: at,
        withdrawn_at: None,
        version: 1,
        created_at: at,
        updated_at: at,
    };
    insert(conn, found).await?;
    let risk = immediate_risk::Model {
        id: row(23, number, 0),
        challenge_id,
        what: "W".to_owned(),
        raised_by: "lead".to_owned(),
        raised_at: at,
        told_name: None,
        told_at: None,
        told_by: None,
        version: 1,
        created_at: at,
        updated_at: at,
    };
    insert(conn, risk).await?;
    let recommended = recommendation::Model {
        id: row(24, number, 0),
        challenge_id,
        position: 1,
        text: "T".to_owned(),
        version: 1,
        created_at: at,
        updated_at: at,
    };
    insert(conn, recommended).await?;
    let edit = accuracy_edit::Model {
        id: row(25, number, 0),
        challenge_id,
        recommendation_id: None,
        original: "O".to_owned(),
        proposed: "P".to_owned(),
        reason: "R".to_owned(),
        status: EditStatus::Open,
        proposed_by: "host".to_owned(),
        proposed_at: at,
        decided_by: None,
        decided_at: None,
        decision_note: None,
        version: 1,
        created_at: at,
        updated_at: at,
    };
    insert(conn, edit).await?;
    let action = plan_action::Model {
        id: row(26, number, 0),
        challenge_id,
        recommendation_id: row(24, number, 0),
        text: "T".to_owned(),
        owner: "O".to_owned(),
        due_on: on,
        status: ActionStatus::NotStarted,
        version: 1,
        created_at: at,
        updated_at: at,
    };
    insert(conn, action).await?;
    let said = evaluation::Model {
        id: row(27, number, 0),
        challenge_id,
        kind: EvaluationKind::HostOnTeam,
        about_peer_id: None,
        by_subject: "host".to_owned(),
        by_peer_id: None,
        score: 3,
        comment: None,
        given_at: at,
    };
    insert(conn, said).await?;
    let told = notification::Model {
        id: row(28, number, 0),
        dedupe_key: format!("n{number}"),
        kind: NoticeKind::DueSoon,
        audience: NoticeAudience::Programme,
        peer_id: None,
        council_id: None,
        region_id: None,
        challenge_id: Some(challenge_id),
        milestone: None,
        due_on: None,
        text: "T".to_owned(),
        created_at: at,
        read_at: None,
        mail_state: MailState::Waiting,
        mailed_at: None,
    };
    insert(conn, told).await?;
    // An address each for councils of their own.
    let of = row(33, number, 0);
    insert(
        conn,
        a_council(of, &format!("E0600{:04}", 5_000 + number), &format!("Council {number}")),
    )
    .await?;
    let address = contact::Model {
        id: row(32, number, 0),
        council_id: Some(of),
        region_id: None,
        duty: entity::enums::ContactDuty::General,
        email: "x@example.org".to_owned(),
        version: 1,
        created_at: at,
        updated_at: at,
    };
    insert(conn, address).await?;
    let figure = kpi::Model {
        id: row(29, number, 0),
        code: format!("K{number}"),
        name: "K".to_owned(),
        measure: KpiMeasure::Satisfaction,
        direction: KpiDirection::HigherIsBetter,
        months: 12,
        delivered: 3.0,
        on_track: 2.0,
        at_risk: 1.0,
        critical: false,
        consequence: None,
        position: 1,
        version: 1,
        created_at: at,
        updated_at: at,
    };
    insert(conn, figure).await?;
    let invited = invitation::Model {
        id: row(31, number, 0),
        assignment_id: row(5, number, 1),
        challenge_id,
        peer_id,
        state: InvitationState::Sent,
        answer_by: on,
        sent_by: "programme".to_owned(),
        sent_at: at,
        answered_at: None,
        answered_by: None,
        decline_reason: None,
        note: None,
        version: 1,
        created_at: at,
        updated_at: at,
    };
    insert(conn, invited).await?;
    Ok(())
}

/// Fifty ids of a kind.
fn fifty(kind: Kind) -> Vec<String> {
    let (number, child) = match kind {
        Kind::Peer => (PEER, 0),
        Kind::PeerChallenge => (CHALLENGE, 0),
        Kind::TeamSlot => (SLOT, 0),
        Kind::Assignment => (5, 1),
        Kind::ConflictDecision => (6, 1),
        Kind::ConflictWaiver => (7, 1),
        Kind::HostObjection => (8, 1),
        Kind::TeamProposal => (9, 1),
        Kind::PastEngagement => (10, 1),
        Kind::Affiliation => (12, 0),
        Kind::DeclaredInterest => (13, 0),
        Kind::AvailabilityWindow => (14, 0),
        Kind::BlackoutPeriod => (15, 0),
        Kind::ChallengeWindow => (16, 0),
        Kind::ApiKey => (17, 0),
        Kind::AuditEvent => (18, 0),
        Kind::SeasonPlan => (19, 0),
        Kind::ChallengeDocument => (20, 0),
        Kind::FieldworkSession => (21, 0),
        Kind::Finding => (22, 0),
        Kind::ImmediateRisk => (23, 0),
        Kind::Recommendation => (24, 0),
        Kind::AccuracyEdit => (25, 0),
        Kind::PlanAction => (26, 0),
        Kind::Evaluation => (27, 0),
        Kind::Notification => (28, 0),
        Kind::Kpi => (29, 0),
        Kind::Invitation => (31, 0),
        Kind::NotificationContact => (32, 0),
        _ => panic!("{kind:?} is restricted: plant fifty of them here"),
    };
    (0..PARENTS)
        .map(|parent| encode(kind, row(number, parent, child)).0)
        .collect()
}

fn restricted() -> impl Iterator<Item = Kind> {
    let hidden = TYPES.iter().filter(|(_, openness)| *openness != Openness::Public);
    hidden.map(|(name, _)| *Kind::ALL.iter().find(|kind| kind.name() == *name).unwrap())
}

async fn prepare(db: &TestDb) -> anyhow::Result<App> {
    let world = plant(db).await?;
    more(db, &world).await?;
    App::bare(db).await
}

on_both! {
    async fn fifty_of_a_kind_cost_as_many_statements_as_one(db: &TestDb) {
        let app = prepare(db).await?;
        for kind in restricted() {
            let ids = fifty(kind);
            for role in [programme(), hub("E12000001"), council("E10000016")] {
                let one = cost(&app, db, &role, QUERY, &ids[..1], 1).await?;
                assert_eq!(one, 1, "{kind:?} for {role:?}");
                let all = cost(&app, db, &role, QUERY, &ids, one).await?;
                assert_eq!(all, one, "{kind:?} for {role:?}");
            }
        }
        // Of all kinds at once: one statement for each kind.
        let ids: Vec<String> = restricted().flat_map(|kind| fifty(kind).into_iter().take(2)).collect();
        let kinds = u64::try_from(restricted().count())?;
        assert_eq!(cost(&app, db, &programme(), QUERY, &ids, kinds).await?, kinds);
        app.stop().await
    }
}

on_both! {
    async fn a_row_in_a_crowd_is_shown_or_hidden_as_it_is_alone(db: &TestDb) {
        let app = prepare(db).await?;
        for kind in restricted() {
            let ids = fifty(kind);
            let unknown = encode(kind, row(99, 0, 0)).0;
            let mut asked = ids.clone();
            asked.insert(20, unknown);
            asked.insert(30, "stray".to_owned());
            let mut seen = Vec::new();
            for role in [programme(), hub("E12000001"), council("E10000016")] {
                let data = app.data(role.clone(), QUERY, json!({ "ids": asked })).await?;
                let nodes = data["nodes"].as_array().unwrap();
                assert_eq!(nodes.len(), 52, "{kind:?} for {role:?}");
                assert_eq!((&nodes[20], &nodes[30]), (&Value::Null, &Value::Null), "{kind:?} for {role:?}");
                for (place, id) in [(0, &ids[0]), (21, &ids[20]), (51, &ids[49])] {
                    let alone = app.data(role.clone(), "query($id: ID!) { node(id: $id) { __typename id } }", json!({ "id": id })).await?;
                    assert_eq!(nodes[place], alone["node"], "{kind:?} for {role:?}");
                }
                seen.push(nodes.iter().filter(|node| node["__typename"] == kind.name()).count());
            }
            // Key figures are for all who answer for more than themselves.
            let stranger = if kind == Kind::Kpi { 50 } else { 0 };
            assert_eq!((seen[0], seen[2]), (50, stranger), "{kind:?}: the programme sees all, a stranger none");
        }
        app.stop().await
    }
}
