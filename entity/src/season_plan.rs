//! A plan of a whole season: what was asked, how far the run is, what came out.

use sea_orm::entity::prelude::*;

use crate::enums::{PlanKind, PlanPhase, PlanState};

/// A row of `season_plan`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "season_plan")]
pub struct Model {
    /// Key (UUID v7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The programme whose challenges are planned.
    pub programme_id: Uuid,
    /// The season.
    pub season_id: Uuid,
    /// The policy version that it rests on.
    pub policy_id: Uuid,
    /// The plan that this one was made from by hand.
    pub parent_id: Option<Uuid>,
    /// How it came about.
    pub kind: PlanKind,
    /// Where the run stands.
    pub state: PlanState,
    /// What was asked: seed, time, what is pinned, forbidden or supposed.
    #[sea_orm(column_type = "JsonBinary")]
    pub settings: Json,
    /// Whether somebody wants the run to end.
    pub cancel_requested: bool,
    /// What the run was doing when it last told.
    pub phase: Option<PlanPhase>,
    /// Points of the best plan so far.
    pub value: Option<i64>,
    /// No plan has more points than this.
    pub bound: Option<i64>,
    /// Filled slots of the best plan so far.
    pub filled: Option<i32>,
    /// Slots of all challenges.
    pub slots: Option<i32>,
    /// Rounds of work so far.
    pub rounds: i64,
    /// Milliseconds that the run has taken.
    pub elapsed_ms: i64,
    /// SHA-256 of the input, hexadecimal; the key of its text in `team_input`.
    #[sea_orm(column_type = "Text", nullable)]
    pub input_hash: Option<String>,
    /// The plan: who goes where and when, and what is said of it (JSON, as text: there are hundreds of thousands of values in it,
    /// and the database has no business with any of them).
    #[sea_orm(column_type = "Text", nullable)]
    pub result: Option<String>,
    /// Prices that prove the bound (JSON), compressed with gzip.
    #[sea_orm(column_type = "Blob", nullable)]
    pub certificate: Option<Vec<u8>>,
    /// Code of what made it fail.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
    /// Rises with every change that a person makes.
    pub version: i32,
    /// Who asked.
    #[sea_orm(column_type = "Text")]
    pub created_by: String,
    /// When (UTC).
    pub created_at: DateTimeUtc,
    /// When it last changed (UTC).
    pub updated_at: DateTimeUtc,
    /// When the run ended (UTC).
    pub finished_at: Option<DateTimeUtc>,
    /// When it was put into effect (UTC).
    pub applied_at: Option<DateTimeUtc>,
    /// Who did.
    #[sea_orm(column_type = "Text", nullable)]
    pub applied_by: Option<String>,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {
    /// The programme.
    #[sea_orm(
        belongs_to = "super::programme::Entity",
        from = "Column::ProgrammeId",
        to = "super::programme::Column::Id"
    )]
    Programme,
    /// The season.
    #[sea_orm(
        belongs_to = "super::season::Entity",
        from = "Column::SeasonId",
        to = "super::season::Column::Id"
    )]
    Season,
    /// The policy version.
    #[sea_orm(
        belongs_to = "super::programme_policy::Entity",
        from = "Column::PolicyId",
        to = "super::programme_policy::Column::Id"
    )]
    Policy,
    /// The plan that it was made from.
    #[sea_orm(belongs_to = "Entity", from = "Column::ParentId", to = "Column::Id")]
    Parent,
}

impl Related<super::programme::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Programme.def()
    }
}

impl Related<super::season::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Season.def()
    }
}

impl Related<super::programme_policy::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Policy.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
