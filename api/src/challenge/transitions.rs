//! Which moves a challenge can make next, who may make them, and what is missing for each: the lifecycle as the API shows it.

use std::collections::HashMap;

use async_graphql::{Context, Enum, SimpleObject, dataloader::Loader};
use entity::{assignment, challenge, enums::AssignmentStatus, team_slot};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{
    enums::Stage,
    evidence,
    lifecycle::{self, Actor, Verb},
    requirements::{self, Evidence, missing},
};
use crate::{
    auth::{Viewer, ViewerRole},
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result, Shared},
        loader::{Batch, keys},
    },
};

keys! {
    /// Who leads the team of a challenge.
    LeadOf,
}

impl Loader<LeadOf> for Batch {
    type Value = Uuid;
    type Error = Shared;

    async fn load(&self, keys: &[LeadOf]) -> Result<HashMap<LeadOf, Uuid>, Shared> {
        let rows = assignment::Entity::find()
            .inner_join(team_slot::Entity)
            .filter(team_slot::Column::IsLead.eq(true))
            .filter(assignment::Column::ChallengeId.is_in(keys.iter().map(|key| key.0)))
            .filter(assignment::Column::Status.is_in(AssignmentStatus::SERVING))
            .all(self.database.reader())
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| (LeadOf(row.challenge_id), row.peer_id))
            .collect())
    }
}

/// What is known of a challenge on a day.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct EvidenceOf(Uuid, chrono::NaiveDate);

impl Loader<EvidenceOf> for Batch {
    type Value = Evidence;
    type Error = Shared;

    async fn load(&self, keys: &[EvidenceOf]) -> Result<HashMap<EvidenceOf, Evidence>, Shared> {
        let Some(EvidenceOf(_, today)) = keys.first().copied() else {
            return Ok(HashMap::new());
        };
        let reader = self.database.reader();
        let rows = challenge::Entity::find()
            .filter(challenge::Column::Id.is_in(keys.iter().map(|key| key.0)))
            .all(reader)
            .await?;
        let found = evidence::load(&rows, today, reader).await?;
        Ok(found
            .into_iter()
            .map(|(id, one)| (EvidenceOf(id, today), one))
            .collect())
    }
}

/// Something that must be there before a move.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "TransitionRequirement", remote = "requirements::Requirement")]
pub enum Requirement {
    /// Themes, windows, slots or other parts of the request or scope.
    Scope,
    /// The endorsement of lead member and chief executive.
    SignOff,
    /// A chosen window.
    Window,
    /// A holder for every slot.
    Holders,
    /// An answer to every invitation.
    Answers,
    /// A decision on every late conflict.
    Decisions,
    /// A decision on every objection.
    Objections,
    /// The host's position statement.
    PositionStatement,
    /// A timetable: sessions, or a link to one.
    Timetable,
    /// The first day of fieldwork.
    FirstDay,
    /// A finding for every key line of enquiry.
    Findings,
    /// A recommendation.
    Recommendations,
    /// A decision on every correction of fact.
    Corrections,
    /// The host's agreement to the publication.
    HostAgreement,
    /// The programme's agreement to the publication.
    ProgrammeAgreement,
    /// An action for every recommendation.
    Actions,
    /// A progress review that has given its feedback.
    Review,
    /// A challenge of another kind.
    Kind,
}

/// What is missing for a move.
#[derive(SimpleObject)]
pub struct MissingRequirement {
    /// Which requirement is not met, for programs.
    requirement: Requirement,
    /// What is missing, in a sentence.
    message: String,
}

/// A move that the lifecycle allows from where a challenge stands.
#[derive(SimpleObject)]
pub struct ChallengeTransition {
    /// The stage that it leads to.
    to: Stage,
    /// The mutation that makes it.
    mutation: String,
    /// Whether the viewer may make it once nothing is missing.
    is_allowed: bool,
    /// Everything that is missing as far as counts can tell; the mutation judges people and dates in more detail. Empty for those who
    /// may not make the move.
    missing: Vec<MissingRequirement>,
}

/// Whether `viewer` may use a verb on a challenge that they see and whose lead peer is `lead`.
fn allowed(viewer: &Viewer, verb: Verb, lead: Option<Uuid>) -> bool {
    match (&viewer.role, verb.actor()) {
        // A move that follows from others is still made by those who may do these.
        (ViewerRole::Programme, _)
        | (ViewerRole::Hub { .. }, Actor::Requester)
        | (ViewerRole::Council { .. }, Actor::Requester | Actor::Host) => true,
        (ViewerRole::Peer { peer }, Actor::Lead) => lead == Some(*peer),
        _ => false,
    }
}

/// The moves that a challenge can make next, for the viewer.
pub(super) async fn of(ctx: &Context<'_>, row: &challenge::Model) -> Result<Vec<ChallengeTransition>> {
    let viewer = ctx.viewer()?;
    let loader = ctx.loader();
    let (found, lead) = futures::join!(
        loader.load_one(EvidenceOf(row.id, ctx.today())),
        loader.load_one(LeadOf(row.id)),
    );
    let found = found?.ok_or_else(|| ApiError::internal("what is known of a challenge was not loaded"))?;
    let lead = lead?;
    let next = lifecycle::next_stages(row.stage, row.resumes_to);
    let transition = |to: entity::enums::Stage| {
        let verb = lifecycle::judge(row.stage, row.resumes_to, to).ok()?;
        let gaps = missing(verb, &found).into_iter().map(|gap| MissingRequirement {
            requirement: gap.requirement.into(),
            message: gap.message,
        });
        let is_allowed = allowed(viewer, verb, lead);
        Some(ChallengeTransition {
            to: to.into(),
            mutation: verb.mutation().to_owned(),
            is_allowed,
            // Open decisions, objections and invitations are nothing that everybody may know to exist.
            missing: if is_allowed { gaps.collect() } else { Vec::new() },
        })
    };
    Ok(next.into_iter().filter_map(transition).collect())
}
