//! Which moves a challenge can make next, who may make them, and what is missing for each: the lifecycle as the API shows it.

use std::collections::HashMap;

use async_graphql::{Context, Enum, SimpleObject, dataloader::Loader};
use entity::challenge;
use uuid::Uuid;

use super::{
    enums::Stage,
    evidence, lifecycle,
    loader::on_days,
    requirements::{self, Evidence, missing},
};
use crate::{
    auth::ViewerRole,
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result, Shared},
        loader::{Batch, keys},
    },
    team::repo::leads_of,
};

keys! {
    /// Who leads the team of a challenge.
    LeadOf,
}

impl Loader<LeadOf> for Batch {
    type Value = Uuid;
    type Error = Shared;

    async fn load(&self, keys: &[LeadOf]) -> Result<HashMap<LeadOf, Uuid>, Shared> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let leads = leads_of(&ids, self.database.reader()).await?;
        Ok(leads.into_iter().map(|(id, lead)| (LeadOf(id), lead)).collect())
    }
}

/// What is known of a challenge on a day.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct EvidenceOf(Uuid, chrono::NaiveDate);

impl Loader<EvidenceOf> for Batch {
    type Value = Evidence;
    type Error = Shared;

    async fn load(&self, keys: &[EvidenceOf]) -> Result<HashMap<EvidenceOf, Evidence>, Shared> {
        let mut found = HashMap::new();
        for (today, rows) in on_days(self, keys.iter().map(|key| (key.0, key.1))).await? {
            let known = evidence::load(&rows, today, self.database.reader()).await?;
            found.extend(known.into_iter().map(|(id, known)| (EvidenceOf(id, today), known)));
        }
        Ok(found)
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
    /// The word of everybody on the team that they come: nobody is only nominated, and no invitation waits for its answer.
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
    /// The host's check of the facts in the draft report, or the end of the time that the policy gives it.
    Facts,
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
    /// Somebody of the first team on the team of a progress review.
    FirstTeam,
    /// A word on how each action goes since the plan was published.
    Progress,
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
    let leads = matches!(viewer.role, ViewerRole::Peer { peer } if lead == Some(peer));
    // A scope that does not hold any more is worked out anew.
    let target = |to| match row.resumes_to {
        Some(back) if back == to => lifecycle::resume_target(to, found.void.is_some()),
        _ => to,
    };
    let mut all = Vec::new();
    for to in lifecycle::next_stages(row.stage, row.resumes_to)
        .into_iter()
        .map(target)
    {
        let Ok(verb) = lifecycle::judge(row.stage, row.resumes_to, to) else {
            continue;
        };
        for (mutation, actor) in verb.ways() {
            let is_allowed = actor.admits(&viewer.role, leads);
            // Open decisions, objections and invitations are nothing that everybody may know to exist.
            let gaps = if is_allowed { missing(verb, &found) } else { Vec::new() };
            let gaps = gaps.into_iter().map(|gap| MissingRequirement {
                requirement: gap.requirement.into(),
                message: gap.message,
            });
            all.push(ChallengeTransition {
                to: to.into(),
                mutation: mutation.to_owned(),
                is_allowed,
                missing: gaps.collect(),
            });
        }
    }
    Ok(all)
}
