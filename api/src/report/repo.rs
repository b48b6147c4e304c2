//! Who may see reports and what follows them.

use entity::{
    accuracy_edit,
    enums::{EvaluationKind, Stage},
    evaluation, plan_action, recommendation, report,
};
use sea_orm::{ColumnTrait, Condition};

use crate::{
    auth::{Viewer, ViewerRole},
    graphql::visible::restricted,
    visit::repo::{From, Sight, visible},
};

/// The report as a whole: the host's and the team's from the feedback on, the hub's once final, everybody's once published.
pub fn visible_reports(viewer: &Viewer) -> Condition {
    let sight = Sight {
        host: From::TheStart,
        hub: From::Stage(Stage::ReportFinal),
        analyst: From::Stage(Stage::Published),
    };
    visible(viewer, sight, report::Column::ChallengeId)
}

/// Recommendations: the team's; the host's once drafted, the hub's once final, everybody's once published.
pub fn visible_recommendations(viewer: &Viewer) -> Condition {
    let sight = Sight {
        host: From::Stage(Stage::ReportDrafted),
        hub: From::Stage(Stage::ReportFinal),
        analyst: From::Stage(Stage::Published),
    };
    visible(viewer, sight, recommendation::Column::ChallengeId)
}

/// Corrections of fact: the host's and the team's.
pub fn visible_edits(viewer: &Viewer) -> Condition {
    let sight = Sight {
        host: From::TheStart,
        hub: From::Never,
        analyst: From::Never,
    };
    visible(viewer, sight, accuracy_edit::Column::ChallengeId)
}

/// Actions: the host's, the team's and the hub's; everybody's once the plan is published.
pub fn visible_actions(viewer: &Viewer) -> Condition {
    let sight = Sight {
        host: From::TheStart,
        hub: From::TheStart,
        analyst: From::Stage(Stage::ActionPlanned),
    };
    visible(viewer, sight, plan_action::Column::ChallengeId)
}

/// Evaluations: the programme's, and whoever gave them; what is about a peer is the programme's alone.
pub fn visible_evaluations(viewer: &Viewer) -> Condition {
    let own = match &viewer.role {
        ViewerRole::Programme => return Condition::all(),
        ViewerRole::Peer { peer } => evaluation::Column::ByPeerId.eq(*peer),
        _ => evaluation::Column::BySubject.eq(viewer.subject.as_str()),
    };
    Condition::all()
        .add(own)
        .add(evaluation::Column::Kind.ne(EvaluationKind::OnPeer))
}

restricted! {
    recommendation: |viewer, _today| visible_recommendations(viewer);
    accuracy_edit: |viewer, _today| visible_edits(viewer);
    plan_action: |viewer, _today| visible_actions(viewer);
    evaluation: |viewer, _today| visible_evaluations(viewer);
}
