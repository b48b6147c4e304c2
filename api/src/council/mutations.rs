//! Mutations on councils and delivery bodies: each decodes its input, lets the service work in one transaction, and shows
//! what came of it.

use async_graphql::{Context, Object, SimpleObject};

use super::{
    inputs::{
        CreateDeliveryBodyInput, RecordLeadershipChangeInput, RecordPoliticalControlInput, RemoveLeadershipChangeInput,
        UpdateDeliveryBodyInput,
    },
    loader::forget,
    objects::{Council, DeliveryBody},
    service,
};
use crate::graphql::{
    change::change,
    context::ContextExt,
    errors::{UserError, settle},
};

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $(#[$field_doc:meta])* $field:ident: $type:ty })+) => {$(
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            $(#[$field_doc])*
            $field: Option<$type>,
            /// Why nothing was changed; empty on success.
            user_errors: Vec<UserError>,
        }
    )+};
}

payloads! {
    /// Outcome of `recordPoliticalControl`.
    RecordPoliticalControlPayload {
        /// The council as it is now; null when refused.
        council: Council
    }
    /// Outcome of `recordLeadershipChange`.
    RecordLeadershipChangePayload {
        /// The council as it is now; null when refused.
        council: Council
    }
    /// Outcome of `removeLeadershipChange`.
    RemoveLeadershipChangePayload {
        /// The council as it is now; null when refused.
        council: Council
    }
    /// Outcome of `createDeliveryBody`.
    CreateDeliveryBodyPayload {
        /// The new delivery body; null when refused.
        delivery_body: DeliveryBody
    }
    /// Outcome of `updateDeliveryBody`.
    UpdateDeliveryBodyPayload {
        /// The delivery body as it is now; null when refused.
        delivery_body: DeliveryBody
    }
}

/// Runs a service as one change on what the input says; the row (or `None`) and the refusals.
macro_rules! carry_out {
    ($ctx:ident, $input:ident, |$tx:ident, $act:ident, $value:pat_param| $work:expr) => {{
        let outcome = change!($ctx, |$tx, $act| {
            let $value = $input.understood()?;
            $work.await
        });
        let settled = settle(outcome)?;
        forget($ctx.loader());
        settled
    }};
}

/// Mutations on councils.
#[derive(Default)]
pub struct CouncilMutation;

#[Object]
impl CouncilMutation {
    /// Records who runs a council and since when. National programme, and hubs for councils of their regions. Live places on
    /// teams at the council are checked again.
    async fn record_political_control(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who runs it, and since when.")] input: RecordPoliticalControlInput,
    ) -> async_graphql::Result<RecordPoliticalControlPayload> {
        let (row, user_errors) = carry_out!(ctx, input, |tx, act, new| service::record_control(
            tx,
            act,
            new.council,
            new.version,
            new.control,
            new.changed_on
        ));
        Ok(RecordPoliticalControlPayload {
            council: row.map(Council),
            user_errors,
        })
    }

    /// Records that a post in the leadership of a council changed hands. National programme, and hubs for councils of their
    /// regions. Counts in triage.
    async fn record_leadership_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: RecordLeadershipChangeInput,
    ) -> async_graphql::Result<RecordLeadershipChangePayload> {
        let (row, user_errors) = carry_out!(ctx, input, |tx, act, (council, post, day)| {
            service::record_leadership_change(tx, act, council, post, day)
        });
        Ok(RecordLeadershipChangePayload {
            council: row.map(Council),
            user_errors,
        })
    }

    /// Takes back a change of leadership that was recorded by mistake. National programme, and hubs for councils of their
    /// regions.
    async fn remove_leadership_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: RemoveLeadershipChangeInput,
    ) -> async_graphql::Result<RemoveLeadershipChangePayload> {
        let (row, user_errors) = carry_out!(ctx, input, |tx, act, (council, post, day)| {
            service::remove_leadership_change(tx, act, council, post, day)
        });
        Ok(RemoveLeadershipChangePayload {
            council: row.map(Council),
            user_errors,
        })
    }

    /// Records a trust, company or partnership and the councils that it serves. National programme only. Live places that it
    /// touches are checked again.
    async fn create_delivery_body(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new delivery body.")] input: CreateDeliveryBodyInput,
    ) -> async_graphql::Result<CreateDeliveryBodyPayload> {
        let (row, user_errors) = carry_out!(ctx, input, |tx, act, new| service::create_body(tx, act, new));
        Ok(CreateDeliveryBodyPayload {
            delivery_body: row.map(DeliveryBody),
            user_errors,
        })
    }

    /// Replaces what is recorded of a delivery body and of the councils that it serves. National programme only. Live places
    /// that it touches are checked again.
    async fn update_delivery_body(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The delivery body as it is to be.")] input: UpdateDeliveryBodyInput,
    ) -> async_graphql::Result<UpdateDeliveryBodyPayload> {
        let (row, user_errors) = carry_out!(ctx, input, |tx, act, (key, version, new)| {
            service::update_body(tx, act, key, version, new)
        });
        Ok(UpdateDeliveryBodyPayload {
            delivery_body: row.map(DeliveryBody),
            user_errors,
        })
    }
}
