//! Judging the requests of a file by the challenge aggregate's own rules.
//!
//! Nothing is decided here: the same pure rules that judge a request made through the API (`challenge::rules`) judge a
//! row, under the policy in force on the day of the import, with the host's closed days. A fixed number of statements
//! loads what they need, whatever the size of the file. Neighbours: `requests`.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{blackout_period, council, enums::Stage, programme, theme};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QuerySelect};
use uuid::Uuid;

use super::bulk::fetch;
use crate::{
    challenge::rules::{self, Blackout, Fault, Frame, ThemeWeight, Window},
    import::csv::{Sourced, requests::RequestRow},
    programme::{
        policy::Limits,
        repo::{body, policies_in_force},
    },
};

/// What rows are judged against.
pub struct Judge {
    today: NaiveDate,
    hosts: HashMap<Uuid, council::Model>,
    closed: HashMap<Uuid, Vec<Blackout>>,
    programmes: HashMap<Uuid, programme::Model>,
    /// Key and limits of the policy in force, by programme.
    policies: HashMap<Uuid, (Uuid, Limits)>,
    themes: HashSet<Uuid>,
}

impl Judge {
    /// Loads what these rows are judged against.
    ///
    /// # Errors
    /// The database's, and a policy that cannot be read.
    pub async fn load(
        tx: &impl ConnectionTrait,
        rows: &[Sourced<RequestRow>],
        today: NaiveDate,
    ) -> Result<Self, DbErr> {
        let hosts: HashSet<Uuid> = rows.iter().map(|row| row.record.host).collect();
        let programmes = programme::Entity::find().all(tx).await?;
        let keys = programmes.iter().map(|row| row.id).collect();
        let mut policies = HashMap::new();
        for row in policies_in_force(keys, today, tx).await? {
            let body = body(&row).map_err(|failure| DbErr::Custom(format!("{failure:?}")))?;
            policies.insert(row.programme_id, (row.id, body.limits));
        }
        let mut closed: HashMap<Uuid, Vec<Blackout>> = HashMap::new();
        let periods = fetch::<blackout_period::Entity>(tx, blackout_period::Column::CouncilId, hosts.iter().copied());
        for row in periods.await? {
            if let Some(council) = row.council_id.filter(|_| row.ends_on >= today) {
                closed.entry(council).or_default().push(Blackout::from(&row));
            }
        }
        let hosts = fetch::<council::Entity>(tx, council::Column::Id, hosts).await?;
        let themes: Vec<Uuid> = theme::Entity::find()
            .select_only()
            .column(theme::Column::Id)
            .into_tuple()
            .all(tx)
            .await?;
        Ok(Self {
            today,
            hosts: hosts.into_iter().map(|row| (row.id, row)).collect(),
            closed,
            programmes: programmes.into_iter().map(|row| (row.id, row)).collect(),
            policies,
            themes: themes.into_iter().collect(),
        })
    }

    /// Key of the policy of a programme in force today.
    pub fn policy(&self, programme: Uuid) -> Option<Uuid> {
        self.policies.get(&programme).map(|(id, _)| *id)
    }

    /// Everything that the rules have against a row: column and reason. The policy must be in force.
    pub fn faults(&self, record: &RequestRow) -> Vec<(&'static str, String)> {
        let parts = (
            self.hosts.get(&record.host),
            self.programmes.get(&record.programme),
            self.policies.get(&record.programme),
        );
        let (Some(host), Some(programme), Some((_, limits))) = parts else {
            return Vec::new();
        };
        let frame = Frame {
            today: self.today,
            season: record.season_days,
            days_on_site: (programme.days_on_site_min, programme.days_on_site_max),
            limits: *limits,
            blackouts: self.closed.get(&record.host).cloned().unwrap_or_default(),
            themes: self.themes.clone(),
        };
        let themes: Vec<ThemeWeight> = record
            .themes
            .iter()
            .map(|(theme, weight)| ThemeWeight {
                theme: *theme,
                weight: *weight,
            })
            .collect();
        let windows: Vec<Window> = record
            .windows
            .iter()
            .map(|row| Window {
                starts_on: row.starts_on,
                ends_on: row.ends_on,
                preference: row.preference,
            })
            .collect();
        let sponsor = match (record.sponsor_name.as_deref(), record.sponsor_role.as_deref()) {
            (None, None) => None,
            (name, role) => Some((name.unwrap_or_default(), role)),
        };
        let mut faults = rules::programme("programme", programme, host);
        faults.extend(rules::season(
            "season",
            &record.season,
            record.season_days.1,
            self.today,
        ));
        faults.extend(rules::themes(&themes, &frame));
        faults.extend(rules::windows(&windows, &frame));
        faults.extend(rules::request_texts(&record.reason, sponsor));
        if record.stage == Stage::Submitted {
            faults.extend(rules::request_gaps(themes.len(), windows.len()));
        }
        faults.into_iter().map(|fault| placed(fault, &windows)).collect()
    }
}

/// The column that a fault belongs to. All windows share a cell, so a fault of one says which.
fn placed(fault: Fault, windows: &[Window]) -> (&'static str, String) {
    let mut path = fault.path.split('.');
    let column = match (path.next(), path.next()) {
        (Some("programme"), _) => "programme",
        (Some("season"), _) => "season",
        (Some("themes"), _) => "themes",
        (Some("sponsor"), Some("role")) => "sponsor_role",
        (Some("sponsor"), _) => "sponsor_name",
        (Some("windows"), place) => {
            let window = place
                .and_then(|place| place.parse::<usize>().ok())
                .and_then(|place| windows.get(place));
            if let Some(Window { starts_on, ends_on, .. }) = window {
                return ("windows", format!("{starts_on} to {ends_on}: {}", fault.message));
            }
            "windows"
        }
        _ => "reason",
    };
    (column, fault.message)
}
