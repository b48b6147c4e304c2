//! An address whose owner wants no e-mail that they may do without.

use sea_orm::entity::prelude::*;

/// A row of `mail_opt_out`.
#[derive(Clone, Debug, DeriveEntityModel, Eq, PartialEq)]
#[sea_orm(table_name = "mail_opt_out")]
pub struct Model {
    /// SHA-256 of the address in lower case, hexadecimal.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub address_hash: String,
    /// Since when (UTC).
    pub at: DateTimeUtc,
}

/// What it refers to.
#[derive(Clone, Copy, Debug, DeriveRelation, EnumIter)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
