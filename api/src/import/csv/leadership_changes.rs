//! `leadership-changes.csv`: posts in the leadership of councils that changed hands.
//!
//! Invariants: one row per council, post and day. Whether the day can be is for the council's own rules:
//! `store::leadership_changes`.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::enums::LeadershipPost;
use uuid::Uuid;

use super::{
    FileSpec, Sourced, each_once,
    known::Known,
    needed_council,
    problems::Problems,
    table::{Table, required},
};

/// The file and its columns.
pub const FILE: FileSpec = FileSpec {
    name: "leadership-changes.csv",
    columns: &[required("council"), required("post"), required("changed_on")],
};

/// A change of leadership as the file says.
#[derive(Clone, Debug)]
pub struct ChangeRow {
    /// The council.
    pub council: Uuid,
    /// The post.
    pub post: LeadershipPost,
    /// Day of the change.
    pub changed_on: NaiveDate,
}

/// Reads the rows.
pub fn parse(table: &Table, known: &Known, problems: &mut Problems) -> Vec<Sourced<ChangeRow>> {
    let mut first = HashMap::new();
    super::rows(table, problems, |fields| {
        let council = needed_council(fields, "council", known).map(|council| council.id);
        let post: Option<LeadershipPost> = fields.needed_choice("post");
        let changed_on = fields.needed_date("changed_on");
        let key = council.zip(post.map(LeadershipPost::as_str)).zip(changed_on);
        each_once(fields, "changed_on", key, &mut first);
        Some(ChangeRow {
            council: council?,
            post: post?,
            changed_on: changed_on?,
        })
    })
}
