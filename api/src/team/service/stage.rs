//! The one move of the lifecycle that team building makes.

use entity::{challenge, enums::Stage};
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};

use crate::{
    audit::{self, Event},
    db::Tx,
    graphql::{context::Act, errors::Outcome, ids::Kind},
};

/// Moves a challenge to TEAM_CONFIRMED.
pub(super) async fn team_confirmed(tx: &Tx, act: &Act, row: challenge::Model) -> Outcome<challenge::Model> {
    let (from, version) = (row.stage, row.version);
    let mut moved = row.into_active_model();
    moved.stage = Set(Stage::TeamConfirmed);
    moved.stage_changed_at = Set(act.at);
    moved.version = Set(version + 1);
    moved.updated_at = Set(act.at);
    let moved = moved.update(tx).await?;
    let event = Event::new("STAGE_CHANGED", Kind::PeerChallenge, moved.id)
        .of_challenge(moved.id)
        .of_council(moved.host_id)
        .with(serde_json::json!({ "from": from, "to": moved.stage }));
    audit::record(tx, act, event).await?;
    Ok(moved)
}
