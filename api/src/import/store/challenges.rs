//! The rows that a request consists of, and the one place where the importer writes them.
//!
//! The challenge aggregate owns these tables; should it come to offer a bulk entry of its own, only [`save`] changes.
//! Neighbours: `requests` decides what is saved.

use entity::{challenge, challenge_request, challenge_theme, challenge_window, stage_change};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::bulk::{Progress, delete, upsert};

/// Challenges with their requests, themes and windows.
#[derive(Default)]
pub struct ChallengeRows {
    /// Challenges, new or changed.
    pub challenges: Vec<challenge::Model>,
    /// Their requests.
    pub requests: Vec<challenge_request::Model>,
    /// All their themes.
    pub themes: Vec<challenge_theme::Model>,
    /// All their windows.
    pub windows: Vec<challenge_window::Model>,
    /// The stages that they come to.
    pub changes: Vec<stage_change::Model>,
    /// Challenges that existed: their themes and windows are replaced.
    pub replaced: Vec<Uuid>,
}

/// Writes new and changed requests.
///
/// # Errors
/// The database's; a second live challenge of one programme for one host in a season is refused by it.
pub async fn save(tx: &impl ConnectionTrait, rows: ChallengeRows, progress: &dyn Progress) -> Result<(), DbErr> {
    upsert::<challenge::Entity>(tx, rows.challenges, progress).await?;
    upsert::<challenge_request::Entity>(tx, rows.requests, progress).await?;
    upsert::<stage_change::Entity>(tx, rows.changes, progress).await?;
    delete::<challenge_theme::Entity>(tx, challenge_theme::Column::ChallengeId, rows.replaced.iter().copied()).await?;
    delete::<challenge_window::Entity>(tx, challenge_window::Column::ChallengeId, rows.replaced).await?;
    upsert::<challenge_theme::Entity>(tx, rows.themes, progress).await?;
    upsert::<challenge_window::Entity>(tx, rows.windows, progress).await
}
