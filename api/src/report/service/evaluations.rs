//! Evaluations: the host on the team, peers on host and programme, and feedback on a peer, which the programme alone reads.

use entity::{
    enums::{EvaluationKind, Stage},
    evaluation,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use uuid::Uuid;

use crate::{
    audit::{self, Event},
    auth::ViewerRole,
    challenge::{
        rules::TEXT_MAX,
        service::{claim, needs_stage, trimmed},
    },
    db::Tx,
    faults::text,
    graphql::{
        context::Act,
        errors::{Outcome, UserError, UserErrorCode, refusals, refuse_if_any},
        ids::Kind,
    },
    visit::service::team,
};

/// Stages in which a visit can be evaluated: from the feedback on.
const OPEN: [Stage; 7] = [
    Stage::FeedbackGiven,
    Stage::ReportDrafted,
    Stage::ReportFinal,
    Stage::Published,
    Stage::ActionPlanned,
    Stage::ProgressReviewed,
    Stage::Closed,
];

/// An evaluation to be.
#[derive(Clone, Debug)]
pub struct NewEvaluation {
    /// The challenge.
    pub challenge: Uuid,
    /// Who is asked about whom.
    pub kind: EvaluationKind,
    /// The peer that it is about.
    pub about: Option<Uuid>,
    /// From 1 to 5.
    pub score: i32,
    /// What they say.
    pub comment: Option<String>,
}

/// Records an evaluation, once for each person and matter.
///
/// # Errors
/// Refused for whoever is not asked, before the feedback, for a score outside 1–5, about a peer who is not on the team or is
/// the viewer, and a second time.
pub async fn give(tx: &Tx, act: &Act, new: NewEvaluation) -> Outcome<evaluation::Model> {
    let row = claim(tx, act, new.challenge).await?;
    let team = team(tx, row.id).await?;
    let by = match act.viewer.role {
        ViewerRole::Peer { peer } if team.contains(&peer) => Some(peer),
        _ => None,
    };
    let host = matches!(act.viewer.role, ViewerRole::Council { .. });
    let asked = match new.kind {
        EvaluationKind::HostOnTeam => host,
        EvaluationKind::PeerOnHost | EvaluationKind::PeerOnProgramme => by.is_some(),
        EvaluationKind::OnPeer => host || by.is_some(),
    };
    if !asked {
        let message = match new.kind {
            EvaluationKind::HostOnTeam => "Only the host evaluates the team.",
            EvaluationKind::PeerOnHost | EvaluationKind::PeerOnProgramme => "Only the team is asked this.",
            EvaluationKind::OnPeer => "Only the host and the team are asked this.",
        };
        return Err(UserError::new(UserErrorCode::Forbidden, message).into());
    }
    needs_stage(&row, &OPEN, "evaluating")?;
    let fault = new
        .comment
        .as_deref()
        .and_then(|comment| text("comment", comment, TEXT_MAX));
    let mut errors = refusals(fault, true);
    if !(1..=5).contains(&new.score) {
        let message = format!("A score lies between 1 and 5, not {}.", new.score);
        errors.push(UserError::at(UserErrorCode::Invalid, "score", message));
    }
    match (new.kind, new.about) {
        (EvaluationKind::OnPeer, None) => {
            errors.push(UserError::at(
                UserErrorCode::Required,
                "aboutPeerId",
                "Say who it is about.",
            ));
        }
        (EvaluationKind::OnPeer, Some(about)) if !team.contains(&about) || Some(about) == by => {
            let message = "There is no such other person on the team.";
            errors.push(UserError::at(UserErrorCode::NotFound, "aboutPeerId", message));
        }
        (EvaluationKind::OnPeer, Some(_)) | (_, None) => {}
        (_, Some(_)) => {
            let message = "Only feedback on a peer is about one.";
            errors.push(UserError::at(UserErrorCode::Invalid, "aboutPeerId", message));
        }
    }
    // A person is the same person whatever their token calls them.
    let giver = by.map_or_else(|| act.viewer.subject.clone(), |peer| format!("peer {peer}"));
    let mut same = evaluation::Entity::find()
        .filter(evaluation::Column::ChallengeId.eq(row.id))
        .filter(evaluation::Column::Kind.eq(new.kind))
        .filter(evaluation::Column::BySubject.eq(giver.as_str()));
    if let Some(about) = new.about {
        same = same.filter(evaluation::Column::AboutPeerId.eq(about));
    }
    if same.count(tx).await? > 0 {
        errors.push(UserError::new(UserErrorCode::Taken, "You have answered this already."));
    }
    refuse_if_any(errors)?;
    let said = evaluation::ActiveModel {
        id: Set(act.id()),
        challenge_id: Set(row.id),
        kind: Set(new.kind),
        about_peer_id: Set(new.about),
        by_subject: Set(giver),
        by_peer_id: Set(by),
        score: Set(new.score),
        comment: Set(trimmed(new.comment)),
        given_at: Set(act.at),
    }
    .insert(tx)
    .await?;
    // The event says that something was said, not what, nor about whom.
    let event =
        Event::new("EVALUATION_GIVEN", Kind::Evaluation, said.id).with(serde_json::json!({ "kind": said.kind }));
    audit::record(tx, act, event).await?;
    Ok(said)
}
