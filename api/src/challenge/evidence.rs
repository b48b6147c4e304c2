//! What is known of challenges that says which moves they can make: counts from their parts, in as many statements for many
//! challenges as for one.
//!
//! Neighbours: `requirements` (what the counts mean), `service::stage` (asks before each move), `transitions` (shows them).

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    accuracy_edit, action_update, assignment, challenge, challenge_document, challenge_theme, challenge_window,
    conflict_decision,
    enums::{AssignmentStatus, DecisionStatus, DocumentKind, EditStatus, ObjectionStatus, ProgrammeKind, Stage},
    fieldwork_session, finding, host_objection, line_of_enquiry, open_slot, plan_action, programme, recommendation,
    report, sign_off, stage_change, team_slot,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::{
    deadlines,
    repo::{days_by_hand, reached},
    requirements::Evidence,
    rules::ScopeSize,
    void::Void,
};
use crate::{
    clock::civil_date,
    council::loader::gather,
    graphql::errors::{ApiError, Result},
    programme::{
        policy::{Milestone, PolicyBody},
        repo::bodies,
    },
    visit::rules::is_outside,
};

/// Pairs of ids from the rows of `select`: the challenge, and what else is asked for.
async fn pairs<E: EntityTrait>(
    select: Select<E>,
    [owner, other]: [E::Column; 2],
    connection: &impl ConnectionTrait,
) -> Result<Vec<(Uuid, Uuid)>> {
    let rows = select.select_only().columns([owner, other]).into_tuple();
    Ok(rows.all(connection).await?)
}

/// How many of the pairs each challenge has.
#[derive(Default)]
struct Counts(HashMap<Uuid, Vec<Uuid>>);

impl Counts {
    fn of(pairs: Vec<(Uuid, Uuid)>) -> Self {
        let mut all: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        for (owner, other) in pairs {
            all.entry(owner).or_default().push(other);
        }
        Self(all)
    }

    fn list(&self, challenge: Uuid) -> &[Uuid] {
        self.0.get(&challenge).map_or(&[], Vec::as_slice)
    }

    fn count(&self, challenge: Uuid) -> usize {
        self.list(challenge).len()
    }

    /// Those of `all` that are not among these.
    fn missing_of(&self, all: &[Uuid], challenge: Uuid) -> usize {
        let there: HashSet<Uuid> = self.list(challenge).iter().copied().collect();
        all.iter().filter(|one| !there.contains(one)).count()
    }
}

/// When challenges first came to a stage.
type First = HashMap<(Uuid, Stage), (DateTime<Utc>, NaiveDate)>;

/// How many actions of these challenges, whose plans stand, nobody has spoken of since the plan was published. The first word on an
/// action, which it began with, tells no progress.
async fn unreported(
    challenges: &[Uuid],
    first: &First,
    connection: &impl ConnectionTrait,
) -> Result<HashMap<Uuid, usize>> {
    if challenges.is_empty() {
        return Ok(HashMap::new());
    }
    let mine = plan_action::Column::ChallengeId.is_in(challenges.iter().copied());
    let actions = plan_action::Entity::find();
    let columns = [plan_action::Column::Id, plan_action::Column::ChallengeId];
    let actions = pairs(actions.filter(mine.clone()), columns, connection).await?;
    let updates: Vec<(Uuid, DateTime<Utc>)> = action_update::Entity::find()
        .select_only()
        .columns([action_update::Column::ActionId, action_update::Column::SaidAt])
        .inner_join(plan_action::Entity)
        .filter(mine)
        .order_by_asc(action_update::Column::SaidAt)
        .order_by_asc(action_update::Column::Id)
        .into_tuple()
        .all(connection)
        .await?;
    let updates = gather(updates, |(action, _)| *action);
    let mut silent = HashMap::new();
    for (action, challenge) in actions {
        let said = updates.get(&action).map_or(&[][..], Vec::as_slice);
        let since = first.get(&(challenge, Stage::ActionPlanned));
        let reported = said
            .iter()
            .skip(1)
            .any(|(_, at)| since.is_none_or(|(since, _)| at >= since));
        *silent.entry(challenge).or_insert(0) += usize::from(!reported);
    }
    Ok(silent)
}

/// What is known of these challenges on a day.
///
/// # Errors
/// The database's; internal when rows contradict each other.
pub async fn load(
    rows: &[challenge::Model],
    today: NaiveDate,
    connection: &impl ConnectionTrait,
) -> Result<HashMap<Uuid, Evidence>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    macro_rules! of {
        ($entity:ident, $other:ident $(, $filter:expr)*) => {{
            let mine = $entity::Column::ChallengeId.is_in(ids.iter().copied());
            let select = $entity::Entity::find().filter(mine)$(.filter($filter))*;
            let columns = [$entity::Column::ChallengeId, $entity::Column::$other];
            Counts::of(pairs(select, columns, connection).await?)
        }};
    }
    let themes = of!(challenge_theme, ThemeId);
    let windows = challenge_window::Entity::find()
        .filter(challenge_window::Column::ChallengeId.is_in(ids.iter().copied()))
        .all(connection)
        .await?;
    let windows = gather(windows, |window| window.challenge_id);
    let lines = of!(line_of_enquiry, Id);
    let signed = of!(sign_off, Id, sign_off::Column::VoidedAt.is_null());
    let places: Vec<(Uuid, Uuid, Uuid, AssignmentStatus)> = assignment::Entity::find()
        .select_only()
        .columns([
            assignment::Column::ChallengeId,
            assignment::Column::SlotId,
            assignment::Column::PeerId,
            assignment::Column::Status,
        ])
        .filter(assignment::Column::ChallengeId.is_in(ids.iter().copied()))
        .filter(assignment::Column::Status.is_in(AssignmentStatus::LIVE))
        .into_tuple()
        .all(connection)
        .await?;
    let uncertain = |place: &&(Uuid, Uuid, Uuid, AssignmentStatus)| AssignmentStatus::UNCERTAIN.contains(&place.3);
    let unanswered = Counts::of(
        places
            .iter()
            .filter(uncertain)
            .map(|place| (place.0, place.1))
            .collect(),
    );
    let held = Counts::of(places.iter().map(|place| (place.0, place.1)).collect());
    let team = Counts::of(places.iter().map(|place| (place.0, place.2)).collect());
    // Whoever is nominated for such a slot takes it off the list.
    let left_open = of!(open_slot, SlotId);
    let decisions = of!(
        conflict_decision,
        Id,
        conflict_decision::Column::Status.eq(DecisionStatus::Open)
    );
    let objections = of!(
        host_objection,
        Id,
        host_objection::Column::Status.eq(ObjectionStatus::Open)
    );
    let sessions = fieldwork_session::Entity::find()
        .filter(fieldwork_session::Column::ChallengeId.is_in(ids.iter().copied()))
        .filter(fieldwork_session::Column::RemovedAt.is_null())
        .filter(fieldwork_session::Column::IsTeamCall.eq(false))
        .all(connection)
        .await?;
    let sessions = gather(sessions, |session| session.challenge_id);
    let statements = of!(
        challenge_document,
        Id,
        challenge_document::Column::RemovedAt.is_null(),
        challenge_document::Column::Kind.eq(DocumentKind::PositionStatement)
    );
    let timetables = of!(
        challenge_document,
        Id,
        challenge_document::Column::RemovedAt.is_null(),
        challenge_document::Column::Kind.eq(DocumentKind::Timetable)
    );
    let findings = of!(finding, LineId, finding::Column::WithdrawnAt.is_null());
    let recommendations = of!(recommendation, Id);
    let actions = of!(plan_action, RecommendationId);
    let edits = of!(accuracy_edit, Id, accuracy_edit::Column::Status.eq(EditStatus::Open));
    let slots = team_slot::Entity::find()
        .filter(team_slot::Column::ChallengeId.is_in(ids.iter().copied()))
        .all(connection)
        .await?;
    let reports = report::Entity::find()
        .filter(report::Column::ChallengeId.is_in(ids.iter().copied()))
        .all(connection)
        .await?;
    let reports: HashMap<Uuid, report::Model> = reports.into_iter().map(|row| (row.challenge_id, row)).collect();
    // Reviews that have given their feedback.
    let reviewed: HashSet<Uuid> = challenge::Entity::find()
        .filter(challenge::Column::FirstChallengeId.is_in(ids.iter().copied()))
        .filter(reached(Stage::FeedbackGiven))
        .all(connection)
        .await?
        .into_iter()
        .filter_map(|review| review.first_challenge_id)
        .collect();
    let firsts = rows.iter().filter_map(|row| row.first_challenge_id);
    let served = assignment::Entity::find()
        .filter(assignment::Column::ChallengeId.is_in(firsts))
        .filter(assignment::Column::Status.eq(AssignmentStatus::Confirmed));
    let columns = [assignment::Column::ChallengeId, assignment::Column::PeerId];
    let first_team = Counts::of(pairs(served, columns, connection).await?);
    let mut first = First::new();
    let came = stage_change::Entity::find()
        .filter(stage_change::Column::ChallengeId.is_in(ids.iter().copied()))
        .filter(stage_change::Column::Stage.is_in([Stage::ReportDrafted, Stage::ActionPlanned]))
        .order_by_asc(stage_change::Column::At)
        .all(connection)
        .await?;
    for change in came {
        first
            .entry((change.challenge_id, change.stage))
            .or_insert((change.at, change.on_day));
    }
    let planned = rows.iter().filter(|row| row.stage == Stage::ActionPlanned);
    let planned: Vec<Uuid> = planned.map(|row| row.id).collect();
    let unreported = unreported(&planned, &first, connection).await?;
    let programmes = programme::Entity::find()
        .filter(programme::Column::Id.is_in(rows.iter().map(|row| row.programme_id)))
        .all(connection)
        .await?;
    let bodies = bodies(rows.iter().map(|row| row.policy_id), connection).await?;
    let slots = gather(slots, |slot| slot.challenge_id);
    let by_hand = days_by_hand(rows, connection).await?;
    let mut all = HashMap::with_capacity(rows.len());
    for row in rows {
        let id = row.id;
        let mine = slots.get(&id).map_or(&[][..], Vec::as_slice);
        let slot_ids: Vec<Uuid> = mine.iter().map(|slot| slot.id).collect();
        let missing = |what: &str| ApiError::internal(format_args!("{what} of challenge {id} is missing"));
        let programme = programmes.iter().find(|other| other.id == row.programme_id);
        let report = reports.get(&id);
        let policy = bodies.get(&row.policy_id).ok_or_else(|| missing("policy"))?;
        let windows = windows.get(&id).map_or(&[][..], Vec::as_slice);
        let firsts = windows.iter().map(|window| window.starts_on);
        let postponed = (row.stage == Stage::Postponed).then(|| civil_date(row.stage_changed_at));
        // What was planned for other days is no timetable any more.
        let days = row.starts_on.zip(row.ends_on);
        let mut planned = sessions.get(&id).into_iter().flatten();
        let planned = planned.any(|session| !is_outside(days, false, [session.starts_at, session.ends_at]));
        let evidence = Evidence {
            today,
            stage: row.stage,
            is_review: programme.ok_or_else(|| missing("programme"))?.kind == ProgrammeKind::ProgressReview,
            scope: ScopeSize {
                themes: themes.count(id),
                lines: lines.count(id),
                slots: mine.len(),
                has_lead: mine.iter().any(|slot| slot.is_lead),
                windows: windows.len(),
                has_mode: row.delivery_mode.is_some(),
            },
            limits: policy.limits,
            void: postponed.and_then(|since| {
                let by_hand = by_hand.get(&(id, Milestone::PostponementVoid)).copied();
                Void::of(policy, by_hand, [since, today], row.starts_on, firsts)
            }),
            signed: signed.count(id) > 0,
            vacant: held.missing_of(&slot_ids, id).saturating_sub(left_open.count(id)),
            starts_on: row.starts_on,
            unanswered: unanswered.count(id),
            open_decisions: decisions.count(id),
            open_objections: objections.count(id),
            position_statement: statements.count(id) > 0,
            timetable: planned || timetables.count(id) > 0,
            lines_without_finding: findings.missing_of(lines.list(id), id),
            recommendations: recommendations.count(id),
            facts_checked: report.is_some_and(|report| report.facts_checked_at.is_some()),
            facts_due: facts_due(row, policy, &first, &by_hand),
            open_edits: edits.count(id),
            host_agreed: report.is_some_and(|report| report.host_agreed_at.is_some()),
            programme_agreed: report.is_some_and(|report| report.programme_agreed_at.is_some()),
            recommendations_without_action: actions.missing_of(recommendations.list(id), id),
            reviewed: reviewed.contains(&id),
            without_first_team: row.first_challenge_id.is_some_and(|first| {
                let (before, now) = (first_team.list(first), team.list(id));
                !before.is_empty() && !before.iter().any(|peer| now.contains(peer))
            }),
            actions_without_progress: unreported.get(&id).copied().unwrap_or(0),
        };
        all.insert(id, evidence);
    }
    Ok(all)
}

/// The last day that the host has to check the facts of a draft: as set by hand, or else by the policy, from the day on which it
/// first got it.
fn facts_due(
    row: &challenge::Model,
    policy: &PolicyBody,
    first: &First,
    by_hand: &HashMap<(Uuid, Milestone), NaiveDate>,
) -> Option<NaiveDate> {
    // Without such a deadline a day set by hand before means nothing.
    policy.deadline(Milestone::FactCheck)?;
    let drafted = first.get(&(row.id, Stage::ReportDrafted));
    let due = drafted.and_then(|(_, on)| deadlines::last_day(policy, Milestone::FactCheck, *on));
    by_hand.get(&(row.id, Milestone::FactCheck)).copied().or(due)
}

/// As [`load`] for one challenge.
///
/// # Errors
/// As [`load`].
pub async fn of(row: &challenge::Model, today: NaiveDate, connection: &impl ConnectionTrait) -> Result<Evidence> {
    let found = load(std::slice::from_ref(row), today, connection).await?;
    let one = found.into_values().next();
    one.ok_or_else(|| ApiError::internal("what is known of a challenge was not loaded"))
}
