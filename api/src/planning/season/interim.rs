//! The best plan of a run that still goes on, kept every few seconds: should its worker vanish for good, there is something to
//! show for its time.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use entity::season_plan;
use matching::season::{Control, Planned, Progress};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

use super::body::Body;
use crate::{
    jobs::{JobError, Work},
    team::record::{self, Packed},
};

/// A plan on its way from the planner's threads to the database.
pub(super) struct Interim {
    pub(super) body: Body,
    /// What it is made from, with the first one of a run.
    pub(super) input: Option<Packed>,
}

/// Where the planner puts plans down, and whoever writes them picks them up.
#[derive(Default)]
pub(super) struct Tray(Mutex<Option<Interim>>);

impl Tray {
    fn put(&self, mut new: Interim) {
        if let Ok(mut place) = self.0.lock() {
            if let Some(before) = place.take() {
                new.input = before.input.or(new.input);
            }
            *place = Some(new);
        }
    }

    pub(super) fn take(&self) -> Option<Interim> {
        self.0.lock().ok()?.take()
    }
}

/// Follows a run as another does, and puts its best plan on the tray when it has become better and some time has passed.
pub(super) struct Keeping<'k> {
    run: &'k dyn Control,
    every: Duration,
    last: Mutex<(Instant, i64)>,
    /// The plan as it is stored; `None` when it cannot be told, which is then the end's to say.
    told: &'k (dyn Fn(&Planned) -> Option<Interim> + Sync),
    tray: &'k Tray,
}

impl<'k> Keeping<'k> {
    pub(super) fn new(
        run: &'k dyn Control,
        every: Duration,
        told: &'k (dyn Fn(&Planned) -> Option<Interim> + Sync),
        tray: &'k Tray,
    ) -> Self {
        Self {
            run,
            every,
            last: Mutex::new((Instant::now(), i64::MIN)),
            told,
            tray,
        }
    }
}

impl Control for Keeping<'_> {
    fn stop(&self) -> bool {
        self.run.stop()
    }

    fn left(&self) -> Option<Duration> {
        self.run.left()
    }

    fn elapsed(&self) -> Duration {
        self.run.elapsed()
    }

    fn report(&self, progress: &Progress, so_far: &dyn Fn() -> Planned) {
        self.run.report(progress, so_far);
        let Ok(mut last) = self.last.lock() else { return };
        if progress.value > last.1 && last.0.elapsed() >= self.every {
            if let Some(interim) = (self.told)(&so_far()) {
                self.tray.put(interim);
            }
            *last = (Instant::now(), progress.value);
        }
    }
}

/// Writes the best plan so far down, with what it is made from, while the job is still ours.
pub(super) async fn keep(work: &Work, row: &season_plan::Model, interim: Interim) -> Result<(), JobError> {
    let tx = work.database.begin().await?;
    let hash = interim.input.as_ref().map(|input| input.hash.clone());
    if let Some(input) = interim.input {
        record::keep(&tx, &work.act, input).await?;
    }
    let mut change = season_plan::ActiveModel {
        result: Set(Some(interim.body.write()?)),
        updated_at: Set(work.act.at),
        ..Default::default()
    };
    if hash.is_some() {
        change.input_hash = Set(hash);
    }
    season_plan::Entity::update_many()
        .set(change)
        .filter(season_plan::Column::Id.eq(row.id))
        .exec(&tx)
        .await?;
    work.hold(&tx).await?;
    tx.commit().await?;
    Ok(())
}
