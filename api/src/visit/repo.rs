//! Who may see what belongs to a visit and to what follows it.
//!
//! Invariant: every lookup on behalf of a viewer carries one of the `visible_…` conditions, so that unknown and hidden look the
//! same. Neighbour: `report::repo` (uses [`Sight`]).

use entity::{
    assignment, challenge_document,
    enums::{AssignmentStatus, DocumentAudience, DocumentClass, Stage},
    fieldwork_session, finding, immediate_risk,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SelectStatement};
use uuid::Uuid;

use crate::{
    auth::{Viewer, ViewerRole},
    challenge::repo::{ids_of, reached, visible_ids},
    graphql::visible::{nobody, restricted},
};

/// From when on somebody sees something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum From {
    /// As soon as it is there.
    TheStart,
    /// Once the challenge has reached this stage of the main path.
    Stage(Stage),
    /// At no time.
    Never,
}

/// Who sees something that belongs to a challenge, besides the programme and the team.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sight {
    pub(crate) host: From,
    pub(crate) hub: From,
    pub(crate) analyst: From,
}

/// Challenges on whose team a peer is, in one of these statuses (a place of a visit that is over stays).
fn teams_of(peer: Uuid, statuses: &[AssignmentStatus]) -> SelectStatement {
    assignment::Entity::find()
        .select_only()
        .column(assignment::Column::ChallengeId)
        .filter(assignment::Column::PeerId.eq(peer))
        .filter(assignment::Column::Status.is_in(statuses.iter().copied()))
        .into_query()
}

/// Rows that `viewer` may see; `owner` is the column of the challenge.
pub(crate) fn visible(viewer: &Viewer, sight: Sight, owner: impl ColumnTrait) -> Condition {
    let from = match &viewer.role {
        ViewerRole::Programme => return Condition::all(),
        ViewerRole::Peer { peer } => {
            return Condition::all().add(owner.in_subquery(teams_of(*peer, &AssignmentStatus::SERVING)));
        }
        ViewerRole::Council { .. } => sight.host,
        ViewerRole::Hub { .. } => sight.hub,
        ViewerRole::Analyst => sight.analyst,
    };
    let own = Condition::all().add(owner.in_subquery(visible_ids(viewer)));
    match from {
        From::TheStart => own,
        From::Stage(stage) => own.add(owner.in_subquery(ids_of(reached(stage)))),
        From::Never => nobody(),
    }
}

/// Documents: the host's and the team's (case material only when confirmed); others by audience. What was taken away is for the programme.
pub fn visible_documents(viewer: &Viewer) -> Condition {
    use challenge_document::Column;
    let audience = match &viewer.role {
        ViewerRole::Programme => return Condition::all(),
        ViewerRole::Council { .. } => Condition::all(),
        // Where children's cases can be read is for those whose places nothing can speak against any more.
        ViewerRole::Peer { peer } => Condition::any()
            .add(Column::Class.ne(DocumentClass::CaseMaterial))
            .add(Column::ChallengeId.in_subquery(teams_of(*peer, &[AssignmentStatus::Confirmed]))),
        ViewerRole::Hub { .. } => {
            Condition::all().add(Column::Audience.is_in([DocumentAudience::Hub, DocumentAudience::Everybody]))
        }
        ViewerRole::Analyst => Condition::all().add(Column::Audience.eq(DocumentAudience::Everybody)),
    };
    let everybody = Sight {
        host: From::TheStart,
        hub: From::TheStart,
        analyst: From::TheStart,
    };
    visible(viewer, everybody, Column::ChallengeId)
        .add(audience)
        .add(Column::RemovedAt.is_null())
}

/// Sessions: the host's, the team's and the hub's.
pub fn visible_sessions(viewer: &Viewer) -> Condition {
    let sight = Sight {
        host: From::TheStart,
        hub: From::TheStart,
        analyst: From::Never,
    };
    visible(viewer, sight, fieldwork_session::Column::ChallengeId)
}

/// Findings: the team's; from the feedback on the host's and the hub's.
pub fn visible_findings(viewer: &Viewer) -> Condition {
    let sight = Sight {
        host: From::Stage(Stage::FeedbackGiven),
        hub: From::Stage(Stage::FeedbackGiven),
        analyst: From::Never,
    };
    visible(viewer, sight, finding::Column::ChallengeId)
}

/// Immediate risks: the host's and the team's.
pub fn visible_risks(viewer: &Viewer) -> Condition {
    let sight = Sight {
        host: From::TheStart,
        hub: From::Never,
        analyst: From::Never,
    };
    visible(viewer, sight, immediate_risk::Column::ChallengeId)
}

restricted! {
    challenge_document: |viewer, _today| visible_documents(viewer);
    fieldwork_session: |viewer, _today| visible_sessions(viewer);
    finding: |viewer, _today| visible_findings(viewer);
    immediate_risk: |viewer, _today| visible_risks(viewer);
}
