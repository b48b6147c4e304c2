//! Mutations on key figures.

use async_graphql::{Context, Object};
use chrono::Months;
use entity::kpi;

use super::{
    kpi::{NewKpi, define},
    kpi_objects::{DefineKpiInput, Kpi},
};
use crate::graphql::{change::change, context::ContextExt, payload::payloads};

payloads! {
    DefineKpiPayload {
        /// The key figure; null when refused.
        kpi: Kpi = kpi::Model, "defineKpi"
    }
}

/// Mutations on key figures.
#[derive(Default)]
pub struct PictureMutation;

#[Object]
impl PictureMutation {
    /// Defines a key figure, or changes the one of this code. National programme only.
    async fn define_kpi(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key figure.")] input: DefineKpiInput,
    ) -> async_graphql::Result<DefineKpiPayload> {
        let outcome = change!(ctx, |tx, act| define(tx, act, NewKpi::from(input)).await);
        let today = ctx.today();
        let since = today.checked_sub_months(Months::new(12)).unwrap_or(today);
        DefineKpiPayload::settled(outcome, |row| Kpi { row, since })
    }
}
