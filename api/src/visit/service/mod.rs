//! What may be done around a visit. Each function checks who acts, judges the input by the pure rules, and writes the change with
//! its audit event.

pub mod documents;
pub mod findings;
pub mod risks;
pub mod sessions;

use entity::enums::{AssignmentStatus, Stage};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    auth::ViewerRole,
    db::Tx,
    graphql::{
        context::Act,
        errors::{Outcome, Result, UserError, UserErrorCode},
    },
    team::repo::members,
};

/// Stages in which a visit is prepared.
pub(crate) const PREPARATION: [Stage; 3] = [Stage::TeamConfirmed, Stage::Preparing, Stage::OnSite];

/// People on a team.
pub(crate) async fn team(connection: &impl ConnectionTrait, challenge: Uuid) -> Result<Vec<Uuid>> {
    Ok(members(challenge, &AssignmentStatus::SERVING, connection).await?)
}

/// Who besides the programme may do something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Who {
    /// The team.
    Team,
    /// The host and the team.
    HostAndTeam,
}

/// Refuses everybody but these and the programme. A council sees challenges of its own only.
pub(crate) async fn only(tx: &Tx, act: &Act, challenge: Uuid, who: Who, what: &str) -> Outcome<()> {
    let may = match act.viewer.role {
        ViewerRole::Programme => true,
        ViewerRole::Council { .. } => who == Who::HostAndTeam,
        ViewerRole::Peer { peer } => team(tx, challenge).await?.contains(&peer),
        ViewerRole::Hub { .. } | ViewerRole::Analyst => false,
    };
    if may {
        return Ok(());
    }
    let these = match who {
        Who::Team => "the team",
        Who::HostAndTeam => "the host, the team",
    };
    let message = format!("Only {these} and the national programme {what}.");
    Err(UserError::new(UserErrorCode::Forbidden, message).into())
}

/// Refuses one more than there may be.
pub(crate) fn room_for(there: u64, most: u64, what: &str) -> Outcome<()> {
    if there < most {
        return Ok(());
    }
    let message = format!("There are {there} {what} already; a challenge has at most {most}.");
    Err(UserError::new(UserErrorCode::TooMany, message).into())
}
