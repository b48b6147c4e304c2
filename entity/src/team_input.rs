//! What a team was proposed from: the engine's whole input, once for each different one.

use sea_orm::entity::prelude::*;

/// A row of `team_input`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "team_input")]
pub struct Model {
    /// SHA-256 of the text, hexadecimal; `team_proposal.input_hash` of the proposals made from it.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub hash: String,
    /// The text (JSON), compressed with gzip.
    #[sea_orm(column_type = "Blob")]
    pub packed: Vec<u8>,
    /// Bytes of the text.
    pub length: i64,
    /// When it was first needed (UTC).
    pub created_at: DateTimeUtc,
}

/// It refers to nothing.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
