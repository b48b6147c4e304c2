//! Each closed list in the code is the list that its columns accept in the database.

use std::collections::{BTreeMap, BTreeSet};

use entity::enums::{
    ActionStatus, AffiliationKind, ApiKeyScope, AssignmentStatus, Border, Closeness, ContactDuty, CouncilKind,
    DecisionCause, DecisionStatus, DeclineReason, DeliveryBodyKind, DeliveryMode, DocumentAudience, DocumentClass,
    DocumentKind, DuplicateVerdict, EditStatus, EvaluationKind, FindingKind, InspectionFramework, InterestKind,
    InvitationState, JobState, Judgement, KpiDirection, KpiMeasure, LeadershipPost, MailState, NoticeAudience,
    NoticeKind, ObjectionReason, ObjectionStatus, Party, PeerRole, PeerStatus, PlanKind, PlanPhase, PlanState,
    PoliticalControl, ProgrammeKind, Reach, RuleCode, SendOutcome, SideReason, SisterModel, Stage, SupportStrand,
};
use peer_challenge::db::Engine;
use sea_orm::{ActiveEnum as _, ConnectionTrait as _, DbErr, FromQueryResult, Iterable as _, Statement};
use support::{TestDb, on_both};

use super::world::World;

type Lists = BTreeMap<String, BTreeSet<String>>;

macro_rules! lists {
    ($($table:ident.$column:ident: $list:ident,)+) => {
        Lists::from([$((
            format!("ck_{}_{}", stringify!($table), stringify!($column)),
            $list::ALL.iter().map(|value| value.as_str().to_owned()).collect(),
        )),+])
    };
}

/// Every column that holds a value of a closed list.
fn expected() -> Lists {
    lists! {
        api_key.scope: ApiKeyScope,
        council.kind: CouncilKind,
        council.political_control: PoliticalControl,
        council_neighbour.border: Border,
        sister_council.model: SisterModel,
        sister_council.closeness: Closeness,
        delivery_body.kind: DeliveryBodyKind,
        leadership_change.post: LeadershipPost,
        inspection_outcome.framework: InspectionFramework,
        inspection_outcome.overall: Judgement,
        inspection_outcome.leaders: Judgement,
        inspection_outcome.help_and_protection: Judgement,
        inspection_outcome.children_in_care: Judgement,
        inspection_outcome.care_leavers: Judgement,
        inspection_outcome.send_outcome: SendOutcome,
        programme.kind: ProgrammeKind,
        programme.reach: Reach,
        peer.party: Party,
        peer.status: PeerStatus,
        peer_role.role: PeerRole,
        peer_duplicate.verdict: DuplicateVerdict,
        affiliation.kind: AffiliationKind,
        declared_interest.kind: InterestKind,
        past_engagement.role: PeerRole,
        challenge.stage: Stage,
        challenge.side_reason: SideReason,
        challenge.resumes_to: Stage,
        challenge.delivery_mode: DeliveryMode,
        challenge_request.strand: SupportStrand,
        team_slot.role: PeerRole,
        job.state: JobState,
        season_plan.kind: PlanKind,
        season_plan.phase: PlanPhase,
        season_plan.state: PlanState,
        assignment.status: AssignmentStatus,
        conflict_waiver.rule: RuleCode,
        host_objection.reason_code: ObjectionReason,
        host_objection.status: ObjectionStatus,
        conflict_decision.cause: DecisionCause,
        conflict_decision.status: DecisionStatus,
        stage_change.stage: Stage,
        stage_change.from_stage: Stage,
        challenge_document.kind: DocumentKind,
        challenge_document.audience: DocumentAudience,
        challenge_document.class: DocumentClass,
        finding.kind: FindingKind,
        accuracy_edit.status: EditStatus,
        plan_action.status: ActionStatus,
        action_update.status: ActionStatus,
        evaluation.kind: EvaluationKind,
        invitation.state: InvitationState,
        invitation.decline_reason: DeclineReason,
        contact.duty: ContactDuty,
        notification.kind: NoticeKind,
        notification.audience: NoticeAudience,
        notification.mail_state: MailState,
        kpi.measure: KpiMeasure,
        kpi.direction: KpiDirection,
    }
}

#[derive(FromQueryResult)]
struct Definition {
    name: String,
    definition: String,
}

async fn definitions(db: &TestDb) -> Result<Vec<(String, String)>, DbErr> {
    let sql = match db.engine() {
        Engine::Postgres => {
            "SELECT conname::text AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
             WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
        }
        Engine::Sqlite => "SELECT name, sql AS definition FROM sqlite_master WHERE type = 'table'",
    };
    let statement = Statement::from_string(db.conn().get_database_backend(), sql);
    let rows = Definition::find_by_statement(statement).all(db.conn()).await?;
    Ok(match db.engine() {
        Engine::Postgres => rows.into_iter().map(|row| (row.name, row.definition)).collect(),
        Engine::Sqlite => rows
            .iter()
            .flat_map(|row| row.definition.split("CONSTRAINT ").skip(1))
            .filter_map(|text| text.split_once(" CHECK "))
            .map(|(name, definition)| (name.to_owned(), definition.to_owned()))
            .collect(),
    })
}

/// Checks that speak of some values of a list without being the list.
const NO_LISTS: [&str; 9] = [
    "ck_accuracy_edit_decided_at",
    "ck_evaluation_about_peer_id",
    "ck_invitation_answered_at",
    "ck_invitation_declined",
    "ck_job_finished_at",
    "ck_job_lease",
    "ck_notification_reader",
    "ck_season_plan_finished_at",
    "ck_season_plan_result",
];

/// The quoted texts of a CHECK, without the numbers that PostgreSQL quotes too.
fn values(definition: &str) -> BTreeSet<String> {
    let quoted = definition.split('\'').skip(1).step_by(2);
    quoted
        .filter(|text| text.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(ToOwned::to_owned)
        .collect()
}

on_both!(
    async fn the_database_accepts_exactly_the_lists(db: &TestDb) {
        let checks = definitions(db).await?;
        let found: Lists = checks
            .into_iter()
            .map(|(name, definition)| (name, values(&definition)))
            .filter(|(name, values)| !values.is_empty() && !NO_LISTS.contains(&name.as_str()))
            .collect();
        let expected = expected();
        assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        assert_eq!(found, expected);
        Ok(())
    }
);

on_both!(
    async fn a_value_outside_its_list_is_refused(db: &TestDb) {
        World::plant(db.conn()).await?;
        for (update, name) in [
            ("UPDATE challenge SET stage = 'draft'", "ck_challenge_stage"),
            ("UPDATE peer SET status = 'RESTING'", "ck_peer_status"),
            ("UPDATE team_slot SET role = 'SECTION151_OFFICER'", "ck_team_slot_role"),
        ] {
            let error = db.conn().execute_unprepared(update).await.unwrap_err();
            assert_eq!(entity::constraint::violated(&error).as_deref(), Some(name));
        }
        Ok(())
    }
);

#[test]
fn one_spelling_for_the_database_serde_and_people() {
    for role in PeerRole::iter() {
        assert_eq!(role.to_value(), role.as_str());
        assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        assert_eq!(role.as_str().parse::<PeerRole>().unwrap(), role);
    }
    let error = "INSPECTOR".parse::<PeerStatus>().unwrap_err();
    let text = "\"INSPECTOR\" is no PeerStatus; expected one of APPLICANT, ACTIVE, SUSPENDED, RETIRED, LEFT";
    assert_eq!(error.to_string(), text);
}

/// Waivers store the engine's codes; they must be the same list.
#[test]
fn every_stored_rule_code_is_one_of_the_engine() {
    for code in RuleCode::ALL {
        let parsed: matching::RuleCode = serde_json::from_value(code.as_str().into()).unwrap();
        assert_eq!(serde_json::to_value(parsed).unwrap(), code.as_str());
    }
    // The engine lists no codes; its last one tells how many there are (a new one goes before or after it: adapt this).
    assert_eq!(RuleCode::ALL.len(), matching::RuleCode::HostRegionCap as usize + 1);
}
