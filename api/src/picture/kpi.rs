//! Key figures as data: what they measure, over how long, and from which value on they are delivered (blue), on track (green), at
//! risk (amber) or off track (red). A chore measures them every day.
//!
//! The shipped ones (`api/data/kpis.json`) are put into an empty table; from then on the database is the truth.

use chrono::{DateTime, Months, NaiveDate, Utc};
use entity::{
    enums::{EvaluationKind, KpiDirection, KpiMeasure, Stage},
    kpi, kpi_value,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, Set, sea_query::OnConflict,
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    filter::Filter,
    pace, punctuality,
    views::{self, By},
};
use crate::{
    audit::{self, Event},
    challenge::rules::{NAME_MAX, TEXT_MAX},
    db::Tx,
    faults::text,
    graphql::{
        context::Act,
        errors::{Outcome, Result, UserError, UserErrorCode, refusals, refuse_if_any},
        ids::Kind,
    },
    jobs::{Handler, JobError, Work},
};

/// Most key figures.
const MOST: u64 = 50;

/// How a value stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Colour {
    /// Delivered.
    Blue,
    /// On track.
    Green,
    /// At risk.
    Amber,
    /// Off track.
    Red,
}

/// How a value of a key figure stands.
pub fn colour(kpi: &kpi::Model, value: f64) -> Colour {
    let good = |limit: f64| match kpi.direction {
        KpiDirection::HigherIsBetter => value >= limit,
        KpiDirection::LowerIsBetter => value <= limit,
    };
    if good(kpi.delivered) {
        Colour::Blue
    } else if good(kpi.on_track) {
        Colour::Green
    } else if good(kpi.at_risk) {
        Colour::Amber
    } else {
        Colour::Red
    }
}

/// A key figure as it is to be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKpi {
    /// Short name; the key.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// What it measures.
    pub measure: KpiMeasure,
    /// Which values are good.
    pub direction: KpiDirection,
    /// Over how many months back it is measured.
    pub months: i32,
    /// From this value on delivered.
    pub delivered: f64,
    /// From this value on on track.
    pub on_track: f64,
    /// From this value on at risk.
    pub at_risk: f64,
    /// Whether being off track has a consequence that must be seen.
    pub critical: bool,
    /// What follows when it is off track.
    pub consequence: Option<String>,
}

fn faults(new: &NewKpi) -> Vec<UserError> {
    let texts = [
        text("code", &new.code, 40),
        text("name", &new.name, NAME_MAX),
        new.consequence
            .as_deref()
            .and_then(|words| text("consequence", words, TEXT_MAX)),
    ];
    let mut errors = refusals(texts.into_iter().flatten(), true);
    if !(1..=600).contains(&new.months) {
        let message = format!("{} is not between 1 and 600 months.", new.months);
        errors.push(UserError::at(UserErrorCode::Invalid, "months", message));
    }
    let sound = match new.direction {
        KpiDirection::HigherIsBetter => new.delivered >= new.on_track && new.on_track >= new.at_risk,
        KpiDirection::LowerIsBetter => new.delivered <= new.on_track && new.on_track <= new.at_risk,
    };
    if !sound
        || ![new.delivered, new.on_track, new.at_risk]
            .iter()
            .all(|limit| limit.is_finite())
    {
        let message = "The thresholds run from delivered over onTrack to atRisk, each no better than the one before.";
        errors.push(UserError::at(UserErrorCode::Invalid, "onTrack", message));
    }
    if new.critical && new.consequence.is_none() {
        let message = "Say what follows when a critical figure is off track.";
        errors.push(UserError::at(UserErrorCode::Required, "consequence", message));
    }
    errors
}

/// Defines a key figure, or changes the one of this code.
///
/// # Errors
/// Refused for anybody but the programme, for texts, months and thresholds that make no sense, and beyond fifty figures.
pub async fn define(tx: &Tx, act: &Act, new: NewKpi) -> Outcome<kpi::Model> {
    if !act.viewer.is_programme() {
        let message = "Only the national programme defines key figures.";
        return Err(UserError::new(UserErrorCode::Forbidden, message).into());
    }
    refuse_if_any(faults(&new))?;
    let row = write(tx, act, new).await?;
    let event = Event::new("KPI_DEFINED", Kind::Kpi, row.id).with(serde_json::json!({ "code": row.code }));
    audit::record(tx, act, event).await?;
    Ok(row)
}

async fn write(tx: &impl ConnectionTrait, act: &Act, new: NewKpi) -> Outcome<kpi::Model> {
    let found = kpi::Entity::find()
        .filter(kpi::Column::Code.eq(new.code.trim()))
        .one(tx)
        .await?;
    let there = kpi::Entity::find().count(tx).await?;
    if found.is_none() && there >= MOST {
        let message = format!("There are {there} key figures already; at most {MOST} are kept.");
        return Err(UserError::new(UserErrorCode::TooMany, message).into());
    }
    let (id, version, position, made) = match &found {
        Some(row) => (row.id, row.version + 1, row.position, row.created_at),
        None => (act.id(), 1, i32::try_from(there).unwrap_or(0) + 1, act.at),
    };
    let row = kpi::Model {
        id,
        code: new.code.trim().to_owned(),
        name: new.name.trim().to_owned(),
        measure: new.measure,
        direction: new.direction,
        months: new.months,
        delivered: new.delivered,
        on_track: new.on_track,
        at_risk: new.at_risk,
        critical: new.critical,
        consequence: new.consequence,
        position,
        version,
        created_at: made,
        updated_at: act.at,
    };
    let change = row.clone().into_active_model().reset_all();
    if found.is_some() {
        change.update(tx).await?;
    } else {
        change.insert(tx).await?;
    }
    Ok(row)
}

const SHIPPED: &str = include_str!("../../data/kpis.json");

/// Puts the shipped key figures into an empty table.
///
/// # Errors
/// The database's; internal when the shipped data cannot be read.
pub async fn seed(tx: &impl ConnectionTrait, act: &Act) -> Outcome<()> {
    if kpi::Entity::find().count(tx).await? > 0 {
        return Ok(());
    }
    for new in serde_json::from_str::<Vec<NewKpi>>(SHIPPED)? {
        write(tx, act, new).await?;
    }
    Ok(())
}

/// All of England over so many months back from a day.
fn england(today: NaiveDate, months: i32) -> Filter {
    let months = Months::new(months.unsigned_abs());
    Filter {
        regions: Vec::new(),
        kinds: Vec::new(),
        controls: Vec::new(),
        programmes: Vec::new(),
        from: today.checked_sub_months(months).unwrap_or(today),
        until: today,
        today,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of councils and challenges are small")]
fn percent(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64)
}

/// The value of a measure for England on a day; `None` when there is nothing to measure.
///
/// # Errors
/// The database's.
pub async fn measured(
    measure: KpiMeasure,
    months: i32,
    today: NaiveDate,
    connection: &impl ConnectionTrait,
) -> Result<Option<f64>> {
    let filter = england(today, months);
    let over = u32::try_from(months).unwrap_or(1);
    #[expect(clippy::cast_precision_loss, reason = "days and counts are small")]
    let number = |value: i64| value as f64;
    let of_stage = |rows: &[pace::Pace], stage: Stage| {
        let found = rows.iter().find(|row| row.stage == stage);
        found.map(|row| number(row.median))
    };
    Ok(match measure {
        KpiMeasure::CoverageShare => {
            let rows = views::coverage(&filter, By::Nothing, over, connection).await?;
            rows.first().and_then(|row| percent(row.within, row.councils))
        }
        KpiMeasure::FirstTimers => {
            let rows = views::coverage(&filter, By::Nothing, over, connection).await?;
            rows.first().map(|row| number(row.first_time))
        }
        KpiMeasure::MedianDaysToTeam => of_stage(&pace::pace(&filter, connection).await?, Stage::TeamConfirmed),
        KpiMeasure::MedianDaysToSite => of_stage(&pace::pace(&filter, connection).await?, Stage::OnSite),
        KpiMeasure::DeadlinesMetShare => {
            let rows = punctuality::punctuality(&filter, connection).await?;
            let (met, due) = rows.iter().fold((0, 0), |sum, row| (sum.0 + row.met, sum.1 + row.due));
            percent(met, due)
        }
        KpiMeasure::Satisfaction => {
            let rows = views::satisfaction(&filter, connection).await?;
            let host = rows.iter().find(|row| row.kind == EvaluationKind::HostOnTeam);
            host.map(|row| row.mean)
        }
        KpiMeasure::RecommendationsDoneShare => {
            let row = views::implementation(&filter, connection).await?;
            row.and_then(|row| percent(row.implemented, row.recommendations))
        }
        KpiMeasure::PeersDeployedShare => {
            // Whose training is valid is not asked here.
            let row = views::pool(&filter, today, connection).await?;
            row.and_then(|row| percent(row.deployed, row.active))
        }
    })
}

/// Measures all key figures for today, and writes the values down.
///
/// # Errors
/// The database's.
pub async fn measure_all(tx: &impl ConnectionTrait, at: DateTime<Utc>, today: NaiveDate) -> Result<usize> {
    let all = kpi::Entity::find().order_by_asc(kpi::Column::Position).all(tx).await?;
    for row in &all {
        let value = measured(row.measure, row.months, today, tx).await?;
        let new = kpi_value::ActiveModel {
            kpi_id: Set(row.id),
            on_day: Set(today),
            value: Set(value),
            measured_at: Set(at),
        };
        kpi_value::Entity::insert(new)
            .on_conflict(
                OnConflict::columns([kpi_value::Column::KpiId, kpi_value::Column::OnDay])
                    .update_columns([kpi_value::Column::Value, kpi_value::Column::MeasuredAt])
                    .to_owned(),
            )
            .exec_without_returning(tx)
            .await?;
    }
    Ok(all.len())
}

/// The values of these key figures since a day, oldest first.
///
/// # Errors
/// The database's.
pub async fn series(
    ids: &[Uuid],
    since: NaiveDate,
    connection: &impl ConnectionTrait,
) -> Result<Vec<kpi_value::Model>> {
    Ok(kpi_value::Entity::find()
        .filter(kpi_value::Column::KpiId.is_in(ids.iter().copied()))
        .filter(kpi_value::Column::OnDay.gte(since))
        .order_by_asc(kpi_value::Column::OnDay)
        .all(connection)
        .await?)
}

/// Measures the key figures; seeds them in a database that has none.
pub struct MeasureKpis;

#[async_trait::async_trait]
impl Handler for MeasureKpis {
    async fn run(&self, work: &Work) -> std::result::Result<(), JobError> {
        let tx = work.database.begin().await?;
        seed(&tx, &work.act).await?;
        let measured = measure_all(&tx, work.act.at, work.act.today).await?;
        work.hold(&tx).await?;
        tx.commit().await?;
        tracing::debug!(measured, "key figures were measured");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_figures_make_sense() {
        let shipped: Vec<NewKpi> = serde_json::from_str(SHIPPED).unwrap();
        assert!(shipped.len() >= KpiMeasure::ALL.len());
        for new in &shipped {
            assert!(faults(new).is_empty(), "{}", new.code);
        }
        for measure in KpiMeasure::ALL {
            assert!(shipped.iter().any(|new| new.measure == *measure), "{measure}");
        }
    }

    #[test]
    fn colours_follow_the_direction() {
        let at = DateTime::<Utc>::MIN_UTC;
        let kpi = |direction, delivered, on_track, at_risk| kpi::Model {
            id: Uuid::nil(),
            code: "X".to_owned(),
            name: "X".to_owned(),
            measure: KpiMeasure::CoverageShare,
            direction,
            months: 12,
            delivered,
            on_track,
            at_risk,
            critical: false,
            consequence: None,
            position: 1,
            version: 1,
            created_at: at,
            updated_at: at,
        };
        let high = kpi(KpiDirection::HigherIsBetter, 90.0, 70.0, 50.0);
        let seen: Vec<Colour> = [95.0, 90.0, 70.0, 50.0, 49.9]
            .map(|value| colour(&high, value))
            .to_vec();
        assert_eq!(
            seen,
            [Colour::Blue, Colour::Blue, Colour::Green, Colour::Amber, Colour::Red]
        );
        let low = kpi(KpiDirection::LowerIsBetter, 100.0, 150.0, 200.0);
        let seen: Vec<Colour> = [90.0, 150.0, 200.0, 201.0].map(|value| colour(&low, value)).to_vec();
        assert_eq!(seen, [Colour::Blue, Colour::Green, Colour::Amber, Colour::Red]);
    }
}
