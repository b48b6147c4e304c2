//! Immediate risks to children: a way of their own, outside the report. The host's director of children's services is told the
//! same day (domain.md); the service tells host and programme at once and keeps who was told by whom and when.

use entity::{
    contact,
    enums::{NoticeKind, Stage},
    immediate_risk,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect, Set,
};
use uuid::Uuid;

use super::{Who, only};
use crate::{
    audit::{self, Event},
    challenge::{
        rules::{NAME_MAX, TEXT_MAX},
        service::{claim, needs_stage},
    },
    db::Tx,
    faults::text,
    graphql::{
        context::Act,
        errors::{Outcome, UserError, UserErrorCode, refusals, refuse_if_any},
        ids::Kind,
    },
    notice::{Notice, Reader, tell_all},
    visit::{repo, rules::RISKS},
};

/// What the programme is told where nobody at the host gets e-mail.
const NO_ADDRESS: &str = " The host has no address with the service: somebody must reach its director in another way.";

/// What makes the first notice of a risk one.
pub(in crate::visit) fn key(risk: Uuid) -> String {
    format!("risk:{risk}")
}

/// Raises a risk: host and programme are told at once.
///
/// # Errors
/// Refused for anybody but the team and the programme, before the team is at the host and once the report is published, and for
/// an empty text.
pub async fn raise(tx: &Tx, act: &Act, challenge: Uuid, what: &str) -> Outcome<immediate_risk::Model> {
    let row = claim(tx, act, challenge).await?;
    only(tx, act, row.id, Who::Team, "raise risks").await?;
    // Whether the visit is interrupted changes nothing for a child.
    if row.stage != Stage::Paused || !row.resumes_to.is_some_and(|stage| RISKS.contains(&stage)) {
        needs_stage(&row, &RISKS, "raising a risk")?;
    }
    refuse_if_any(refusals(text("what", what, TEXT_MAX), true))?;
    let risk = immediate_risk::ActiveModel {
        id: Set(act.id()),
        challenge_id: Set(row.id),
        what: Set(what.trim().to_owned()),
        raised_by: Set(act.viewer.subject.clone()),
        raised_at: Set(act.at),
        told_name: Set(None),
        told_at: Set(None),
        told_by: Set(None),
        version: Set(1),
        created_at: Set(act.at),
        updated_at: Set(act.at),
    }
    .insert(tx)
    .await?;
    // Not of the challenge: whoever sees that is not told of risks.
    let event = Event::new("IMMEDIATE_RISK_RAISED", Kind::ImmediateRisk, risk.id);
    audit::record(tx, act, event).await?;
    let addresses = contact::Entity::find()
        .filter(contact::Column::CouncilId.eq(row.host_id))
        .count(tx)
        .await?;
    let unreached = if addresses == 0 { NO_ADDRESS } else { "" };
    let notice = |more: &str| {
        let text = format!(
            "{}: an immediate risk to children was seen. The director of children's services must know today; the \
             service says what was seen.{more}",
            row.reference
        );
        let notice = Notice::new(NoticeKind::ImmediateRisk, key(risk.id), text);
        notice.of_challenge(row.id).due(act.today)
    };
    let (host, programme) = (notice(""), notice(unreached));
    let all = [(Reader::Host(row.host_id), &host), (Reader::Programme, &programme)];
    tell_all(tx, act, &all).await?;
    Ok(risk)
}

/// Writes down that the host's director was told.
///
/// # Errors
/// Refused for anybody but the host, the team and the programme, for an empty name, and when it is written down already or
/// changed.
pub async fn told(tx: &Tx, act: &Act, id: Uuid, version: i32, name: &str) -> Outcome<immediate_risk::Model> {
    let row = immediate_risk::Entity::find_by_id(id)
        .filter(repo::visible_risks(&act.viewer))
        .lock(sea_orm::sea_query::LockType::NoKeyUpdate)
        .one(tx)
        .await?
        .ok_or_else(|| UserError::not_found("riskId", "risk"))?;
    only(tx, act, row.challenge_id, Who::HostAndTeam, "write down who was told").await?;
    UserError::unless_fresh("This", version, row.version)?;
    let mut errors = refusals(text("toldName", name, NAME_MAX), true);
    if let Some(told) = &row.told_name {
        let message = format!("{told} was told already.");
        errors.push(UserError::at(UserErrorCode::Invalid, "riskId", message));
    }
    refuse_if_any(errors)?;
    let mut told = row.into_active_model();
    told.told_name = Set(Some(name.trim().to_owned()));
    told.told_at = Set(Some(act.at));
    told.told_by = Set(Some(act.viewer.subject.clone()));
    told.version = Set(version + 1);
    told.updated_at = Set(act.at);
    let told = told.update(tx).await?;
    let event = Event::new("IMMEDIATE_RISK_TOLD", Kind::ImmediateRisk, id);
    audit::record(tx, act, event).await?;
    Ok(told)
}
