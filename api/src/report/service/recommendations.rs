//! Recommendations: written while the report is drafted, each on findings.

use entity::{challenge, enums::Stage, finding, recommendation, recommendation_finding};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Set,
};
use uuid::Uuid;

use crate::{
    audit::{self, Event},
    challenge::{
        rules::TEXT_MAX,
        service::{claim, claim_part, needs_stage},
    },
    db::Tx,
    faults::text,
    graphql::{
        context::Act,
        errors::{Outcome, UserError, UserErrorCode, refusals, refuse_if_any},
        ids::Kind,
    },
    report::repo,
    visit::service::{Who, only, room_for},
};

/// Most recommendations of a report.
const MOST: u64 = 50;
/// Most findings of a recommendation.
pub const GROUNDS_MAX: usize = 50;

/// The stage in which recommendations are written.
const OPEN: [Stage; 1] = [Stage::FeedbackGiven];

async fn grounds(tx: &Tx, challenge: Uuid, findings: &[Uuid]) -> Outcome<Vec<UserError>> {
    let mut errors = Vec::new();
    if findings.is_empty() {
        let message = "A recommendation rests on at least one finding.";
        errors.push(UserError::at(UserErrorCode::Required, "findingIds", message));
    }
    if findings.len() > GROUNDS_MAX {
        let message = format!("{} findings; at most {GROUNDS_MAX} are taken.", findings.len());
        return Ok(vec![UserError::at(UserErrorCode::TooMany, "findingIds", message)]);
    }
    let there: Vec<Uuid> = finding::Entity::find()
        .select_only()
        .column(finding::Column::Id)
        .filter(finding::Column::ChallengeId.eq(challenge))
        .filter(finding::Column::WithdrawnAt.is_null())
        .filter(finding::Column::Id.is_in(findings.iter().copied()))
        .into_tuple()
        .all(tx)
        .await?;
    for (i, id) in findings.iter().enumerate() {
        let path = format!("findingIds.{i}");
        if !there.contains(id) {
            let message = "There is no such finding of this challenge.";
            errors.push(UserError::at(UserErrorCode::NotFound, &path, message));
        } else if findings[..i].contains(id) {
            let message = "This finding stands in the list already.";
            errors.push(UserError::at(UserErrorCode::Invalid, &path, message));
        }
    }
    Ok(errors)
}

async fn rest_on(tx: &Tx, recommendation: Uuid, findings: &[Uuid]) -> Outcome<()> {
    recommendation_finding::Entity::delete_many()
        .filter(recommendation_finding::Column::RecommendationId.eq(recommendation))
        .exec(tx)
        .await?;
    let rows = findings.iter().map(|finding| recommendation_finding::ActiveModel {
        recommendation_id: Set(recommendation),
        finding_id: Set(*finding),
    });
    recommendation_finding::Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

async fn record(tx: &Tx, act: &Act, action: &'static str, row: &recommendation::Model) -> Outcome<()> {
    let event = Event::new(action, Kind::Recommendation, row.id)
        .of_challenge(row.challenge_id)
        .with(serde_json::json!({ "position": row.position }));
    audit::record(tx, act, event).await?;
    Ok(())
}

/// Adds a recommendation to the report.
///
/// # Errors
/// Refused for anybody but the team and the programme, outside of the writing of the report, for an empty text, and without
/// findings of the challenge.
pub async fn add(
    tx: &Tx,
    act: &Act,
    challenge: Uuid,
    words: &str,
    findings: &[Uuid],
) -> Outcome<recommendation::Model> {
    let row = claim(tx, act, challenge).await?;
    only(tx, act, row.id, Who::Team, "write recommendations").await?;
    needs_stage(&row, &OPEN, "writing a recommendation")?;
    let mut errors = refusals(text("text", words, TEXT_MAX), true);
    errors.extend(grounds(tx, row.id, findings).await?);
    refuse_if_any(errors)?;
    let of = recommendation::Entity::find().filter(recommendation::Column::ChallengeId.eq(row.id));
    room_for(of.clone().count(tx).await?, MOST, "recommendations")?;
    let last = of.order_by_desc(recommendation::Column::Position).one(tx).await?;
    let added = recommendation::ActiveModel {
        id: Set(act.id()),
        challenge_id: Set(row.id),
        position: Set(last.map_or(1, |last| last.position + 1)),
        text: Set(words.trim().to_owned()),
        version: Set(1),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    }
    .insert(tx)
    .await?;
    rest_on(tx, added.id, findings).await?;
    record(tx, act, "RECOMMENDATION_ADDED", &added).await?;
    Ok(added)
}

/// The recommendation, locked, with its challenge, if the viewer may see it.
pub(super) async fn locked(tx: &Tx, act: &Act, id: Uuid) -> Outcome<(recommendation::Model, challenge::Model)> {
    let missing = || UserError::not_found("recommendationId", "recommendation");
    let sight = repo::visible_recommendations(&act.viewer);
    let (row, challenge) =
        claim_part::<recommendation::Entity>(tx, act, id, sight, |row| row.challenge_id, missing).await?;
    Ok((row, challenge))
}

/// Replaces what a recommendation says and rests on.
///
/// # Errors
/// As [`add`]; also when it changed.
pub async fn change(
    tx: &Tx,
    act: &Act,
    (id, version): (Uuid, i32),
    words: &str,
    findings: &[Uuid],
) -> Outcome<recommendation::Model> {
    let (row, challenge) = locked(tx, act, id).await?;
    only(tx, act, challenge.id, Who::Team, "write recommendations").await?;
    UserError::unless_fresh("This", version, row.version)?;
    needs_stage(&challenge, &OPEN, "changing a recommendation")?;
    let mut errors = refusals(text("text", words, TEXT_MAX), true);
    errors.extend(grounds(tx, challenge.id, findings).await?);
    refuse_if_any(errors)?;
    let mut changed = row.into_active_model();
    changed.text = Set(words.trim().to_owned());
    changed.version = Set(version + 1);
    changed.updated_at = Set(act.at);
    let changed = changed.update(tx).await?;
    rest_on(tx, changed.id, findings).await?;
    record(tx, act, "RECOMMENDATION_CHANGED", &changed).await?;
    Ok(changed)
}

/// Takes a recommendation out of the report.
///
/// # Errors
/// As [`change`].
pub async fn remove(tx: &Tx, act: &Act, id: Uuid, version: i32) -> Outcome<challenge::Model> {
    let (row, challenge) = locked(tx, act, id).await?;
    only(tx, act, challenge.id, Who::Team, "write recommendations").await?;
    UserError::unless_fresh("This", version, row.version)?;
    needs_stage(&challenge, &OPEN, "removing a recommendation")?;
    recommendation_finding::Entity::delete_many()
        .filter(recommendation_finding::Column::RecommendationId.eq(id))
        .exec(tx)
        .await?;
    recommendation::Entity::delete_by_id(id).exec(tx).await?;
    record(tx, act, "RECOMMENDATION_REMOVED", &row).await?;
    Ok(challenge)
}
