//! Everything that one database holds, written to another one that is empty: from the embedded default to PostgreSQL when a
//! service grows, and back into a file for whoever wants to look at a decision or make it again.
//!
//! Keys stay as they are, so what was recorded in one database can be compared with what the other one says. The source is read in
//! one consistent state; the target is written in one transaction, so it holds everything or nothing.
//!
//! Left behind is what belongs to running processes: jobs, keys of idempotency, and the feed of changes.

use entity::{challenge, change_feed, council};
use futures::TryStreamExt as _;
use sea_orm::{
    AccessMode, ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, IsolationLevel, Iterable as _, PaginatorTrait as _, PrimaryKeyToColumn as _, QueryFilter,
    QueryOrder, QuerySelect as _, Select, Set, TransactionTrait as _,
};

use super::{Database, Engine, Tx};

/// Most values that one statement of either engine takes.
const MOST_VALUES: usize = 30_000;
/// Most rows of one statement.
const MOST_ROWS: usize = 500;

/// Why a database was not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The target is in use.
    #[error("the target holds rows in {table} already; copy into an empty database")]
    NotEmpty {
        /// A table with rows.
        table: String,
    },
    /// The target has not got what was read.
    #[error("{read} rows of {table} were read and {there} are in the target")]
    Differs {
        /// The table.
        table: String,
        /// Rows of the source.
        read: u64,
        /// Rows of the target.
        there: u64,
    },
    /// A database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// A table and how many rows of it were copied.
pub type Copied = (String, u64);

/// Copies every table of record from one database at this program's schema to another one, which is empty.
///
/// # Errors
/// A target with rows; a database's own.
pub async fn copy(from: &Database, to: &Database) -> Result<Vec<Copied>, CopyError> {
    let source = match from.engine() {
        Engine::Sqlite => from.reader().begin().await?,
        Engine::Postgres => {
            let (level, mode) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
            from.reader().begin_with_config(Some(level), Some(mode)).await?
        }
    };
    let target = to.begin().await?;
    let copied = every_table(&source, &target).await?;
    // Whoever follows the target follows what happens there from now on.
    change_feed::Entity::delete_many().exec(&target).await?;
    target.commit().await?;
    source.rollback().await?;
    Ok(copied)
}

macro_rules! every_table {
    (@how $table:ident) => { Table::<entity::$table::Entity>::default() };
    (@how $table:ident $how:expr) => { $how };
    ($($table:ident $(= $how:expr)?),+ $(,)?) => {
        /// The tables that are copied, each after those that it refers to.
        pub const TABLES: &[&str] = &[$(stringify!($table)),+];

        async fn every_table(source: &DatabaseTransaction, target: &Tx) -> Result<Vec<Copied>, CopyError> {
            $(empty::<entity::$table::Entity>(target).await?;)+
            let mut copied = Vec::new();
            $(copied.push(table(every_table!(@how $table $($how)?), source, target).await?);)+
            settle_challenges(source, target).await?;
            Ok(copied)
        }
    };
}

every_table! {
    region, council = UPPER_TIERS_FIRST, council_code, council_succession, council_neighbour, sister_council, delivery_body, delivery_body_council,
    inspection_outcome, leadership_change, reference_load, theme, programme, programme_policy, season, peer, peer_role, peer_theme,
    peer_duplicate, affiliation, declared_interest, availability_window, blackout_period, past_engagement, challenge = BEFORE_ITS_WINDOWS,
    challenge_request, challenge_theme, challenge_window, line_of_enquiry, team_slot, team_slot_theme, priority_assessment,
    sign_off, assignment, reserve, team_input, team_proposal, season_plan, conflict_waiver, host_objection, conflict_decision,
    open_slot, stage_change, challenge_document, fieldwork_session, session_peer, finding, immediate_risk, report, recommendation,
    recommendation_finding, accuracy_edit, plan_action, action_update, evaluation, deadline_override, invitation, notification,
    contact, mail_opt_out, kpi, kpi_value, api_key, api_key_region, audit_event,
}

async fn empty<E: EntityTrait>(target: &impl ConnectionTrait) -> Result<(), CopyError>
where
    E::Model: Send + Sync,
{
    let found = E::find().limit(1).one(target).await?;
    match found {
        None => Ok(()),
        Some(_) => Err(CopyError::NotEmpty {
            table: E::default().table_name().to_owned(),
        }),
    }
}

/// How the rows of a table are read and changed on their way.
struct Table<E: EntityTrait> {
    order: fn(Select<E>) -> Select<E>,
    row: fn(E::Model) -> E::Model,
}

/// Rows by key: keys rise with time, so rows that refer to earlier ones of their own table come after them.
impl<E: EntityTrait> Default for Table<E> {
    fn default() -> Self {
        Self {
            order: |select| select,
            row: |row| row,
        }
    }
}

/// A district comes after the county that it lies in.
const UPPER_TIERS_FIRST: Table<council::Entity> = Table {
    order: |select| select.order_by_asc(council::Column::UpperTierId.is_not_null()),
    row: |row| row,
};

/// The chosen window refers to the challenge, and a progress review to the first challenge: both are set at the end.
const BEFORE_ITS_WINDOWS: Table<challenge::Entity> = Table {
    order: |select| select,
    row: |row| challenge::Model {
        window_id: None,
        first_challenge_id: None,
        ..row
    },
};

async fn settle_challenges(source: &DatabaseTransaction, target: &Tx) -> Result<(), CopyError> {
    let later = Condition::any()
        .add(challenge::Column::WindowId.is_not_null())
        .add(challenge::Column::FirstChallengeId.is_not_null());
    for row in challenge::Entity::find().filter(later).all(source).await? {
        let settled = challenge::ActiveModel {
            id: Set(row.id),
            window_id: Set(row.window_id),
            first_challenge_id: Set(row.first_challenge_id),
            ..Default::default()
        };
        settled.update(target).await?;
    }
    Ok(())
}

async fn table<E, A>(how: Table<E>, source: &DatabaseTransaction, target: &Tx) -> Result<Copied, CopyError>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<A> + Send + Sync,
    A: ActiveModelTrait<Entity = E> + Send,
{
    let name = E::default().table_name().to_owned();
    let most = (MOST_VALUES / E::Column::iter().count().max(1)).clamp(1, MOST_ROWS);
    let mut select = (how.order)(E::find());
    for key in E::PrimaryKey::iter() {
        select = select.order_by_asc(key.into_column());
    }
    let mut read = 0;
    let mut some: Vec<A> = Vec::with_capacity(most);
    let mut rows = select.stream(source).await?;
    while let Some(row) = rows.try_next().await? {
        read += 1;
        some.push((how.row)(row).into_active_model().reset_all());
        if some.len() == most {
            E::insert_many(some.drain(..)).exec_without_returning(target).await?;
        }
    }
    drop(rows);
    if !some.is_empty() {
        E::insert_many(some).exec_without_returning(target).await?;
    }
    let there = E::find().count(target).await?;
    if there == read {
        Ok((name, read))
    } else {
        Err(CopyError::Differs {
            table: name,
            read,
            there,
        })
    }
}
