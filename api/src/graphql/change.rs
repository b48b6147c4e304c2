//! One change: a transaction, what makes it happen once only, and its end.
//!
//! Every mutation runs through [`change!`]. When the request carries an `Idempotency-Key`, the key is claimed as the first
//! statement of the transaction that makes the change, so that both are kept or neither; a second request with the key
//! waits for the first one and is then answered from what that did. The key belongs to the viewer and to one field of the
//! request. Refusals (`userErrors`) and failures write nothing, the key included: the same request may be tried again.
//!
//! What is kept of a change is where to find what it made ([`Replay`]: ids, no contents), for [`RETENTION`].

use async_graphql::{Context, Value};
use chrono::TimeDelta;
use entity::idempotency_key::{self, Column};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set, TryInsertResult,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    context::{Act, ContextExt, finish},
    errors::{ApiError, Outcome, Result},
};
use crate::{db::Tx, http::IdempotencyKey};

/// How long a key is remembered.
pub const RETENTION: TimeDelta = TimeDelta::hours(24);

/// What a change came to, in a form from which the same answer can be made again.
pub trait Replay: Sized + Send {
    /// Where to find it: ids, no contents.
    fn keep(&self) -> serde_json::Value;

    /// Finds it again; `None` when it is gone.
    fn recall(
        kept: &serde_json::Value,
        connection: &impl ConnectionTrait,
    ) -> impl Future<Output = Result<Option<Self>>> + Send;
}

/// A change on its way.
pub struct Change {
    tx: Tx,
    claim: Option<Claim>,
    earlier: Option<serde_json::Value>,
}

struct Claim {
    subject: String,
    key: String,
    field: String,
    fingerprint: String,
}

impl Change {
    /// Opens the transaction and claims the request's key, if it has one.
    ///
    /// # Errors
    /// CONFLICT when the key was used for another input; the database's.
    pub async fn begin(ctx: &Context<'_>, act: &Act) -> Result<Self> {
        let claim = Claim::of(ctx, act);
        let tx = ctx.begin().await?;
        let earlier = match &claim {
            Some(claim) => claim.take(act, &tx).await,
            None => Ok(None),
        };
        match earlier {
            Ok(earlier) => Ok(Self { tx, claim, earlier }),
            Err(error) => {
                // Nothing was written; the error matters more than a failing rollback.
                tx.rollback().await.ok();
                Err(error)
            }
        }
    }

    /// The transaction.
    pub fn tx(&self) -> &Tx {
        &self.tx
    }

    /// What the same request did before.
    ///
    /// # Errors
    /// CONFLICT when it is gone since; the database's.
    pub async fn earlier<T: Replay>(&self) -> Outcome<Option<T>> {
        match &self.earlier {
            Some(kept) => Ok(Some(recalled(kept, &self.tx).await?)),
            None => Ok(None),
        }
    }

    /// Commits what succeeded, together with its key; rolls back what was refused or failed.
    ///
    /// # Errors
    /// The service's own, or the database's.
    pub async fn finish<T: Replay>(self, mut outcome: Outcome<T>) -> Outcome<T> {
        if let (Some(claim), None, Ok(value)) = (&self.claim, &self.earlier, &outcome)
            && let Err(error) = claim.keep(value.keep(), &self.tx).await
        {
            outcome = Err(error.into());
        }
        finish(self.tx, outcome).await
    }
}

/// What the same request did before, for changes whose costly part runs ahead of their transaction.
///
/// # Errors
/// CONFLICT when the key was used for another input, or when what was done is gone; the database's.
pub async fn done_before<T: Replay>(ctx: &Context<'_>) -> Outcome<Option<T>> {
    let act = ctx.act()?;
    let Some(claim) = Claim::of(ctx, &act) else {
        return Ok(None);
    };
    let reader = ctx.database().reader();
    match claim.find(&act, reader).await? {
        Some(kept) => Ok(Some(recalled(&kept, reader).await?)),
        None => Ok(None),
    }
}

async fn recalled<T: Replay>(kept: &serde_json::Value, connection: &impl ConnectionTrait) -> Result<T> {
    T::recall(kept, connection).await?.ok_or_else(|| {
        ApiError::Conflict("This request was carried out before, and what it made is gone since.".to_owned())
    })
}

impl Claim {
    fn of(ctx: &Context<'_>, act: &Act) -> Option<Self> {
        let key = ctx.data_opt::<IdempotencyKey>()?;
        let field = ctx.field();
        Some(Self {
            subject: act.viewer.subject.clone(),
            key: key.0.clone(),
            field: field.alias().unwrap_or_else(|| field.name()).to_owned(),
            fingerprint: fingerprint(field.name(), field.arguments().unwrap_or_default()),
        })
    }

    /// Takes the key, or tells what it stands for. Waits for a transaction that holds it.
    async fn take(&self, act: &Act, tx: &Tx) -> Result<Option<serde_json::Value>> {
        idempotency_key::Entity::delete_many()
            .filter(Column::Subject.eq(self.subject.as_str()))
            .filter(Column::Key.eq(self.key.as_str()))
            .filter(Column::Field.eq(self.field.as_str()))
            .filter(Column::CreatedAt.lt(act.at - RETENTION))
            .exec(tx)
            .await?;
        let row = idempotency_key::ActiveModel {
            subject: Set(self.subject.clone()),
            key: Set(self.key.clone()),
            field: Set(self.field.clone()),
            fingerprint: Set(self.fingerprint.clone()),
            kept: Set(serde_json::Value::Null),
            created_at: Set(act.at),
        };
        let taken = idempotency_key::Entity::insert(row)
            .on_conflict_do_nothing()
            .exec_without_returning(tx)
            .await?;
        if matches!(taken, TryInsertResult::Inserted(rows) if rows > 0) {
            return Ok(None);
        }
        let kept = self.find(act, tx).await?;
        Ok(Some(kept.ok_or_else(|| {
            ApiError::internal("a claimed idempotency key vanished")
        })?))
    }

    /// What was kept under the key.
    async fn find(&self, act: &Act, connection: &impl ConnectionTrait) -> Result<Option<serde_json::Value>> {
        let key = (self.subject.clone(), self.key.clone(), self.field.clone());
        let found = idempotency_key::Entity::find_by_id(key).one(connection).await?;
        let Some(found) = found.filter(|row| row.created_at >= act.at - RETENTION) else {
            return Ok(None);
        };
        if found.fingerprint != self.fingerprint {
            let message = format!(
                "The idempotency key \"{}\" was used for another input of \"{}\"; choose a new key for a new change.",
                self.key, self.field
            );
            return Err(ApiError::Conflict(message));
        }
        Ok(Some(found.kept))
    }

    async fn keep(&self, kept: serde_json::Value, tx: &Tx) -> Result<()> {
        idempotency_key::ActiveModel {
            subject: Set(self.subject.clone()),
            key: Set(self.key.clone()),
            field: Set(self.field.clone()),
            kept: Set(kept),
            ..Default::default()
        }
        .update(tx)
        .await?;
        Ok(())
    }
}

/// Forgets keys older than [`RETENTION`] at the instant of `act`; how many.
///
/// # Errors
/// The database's.
pub async fn forget_old_keys(act: &Act, connection: &impl ConnectionTrait) -> Result<u64> {
    let done = idempotency_key::Entity::delete_many()
        .filter(Column::CreatedAt.lt(act.at - RETENTION))
        .exec(connection)
        .await?;
    Ok(done.rows_affected)
}

/// Names a mutation and its arguments, whatever the order of their members and wherever their values stood.
fn fingerprint(field: &str, mut arguments: Vec<(async_graphql::Name, Value)>) -> String {
    arguments.sort_by(|a, b| a.0.cmp(&b.0));
    let mut digest = Sha256::new();
    digest.update(field);
    for (name, value) in arguments {
        digest.update([0]);
        digest.update(name.as_str());
        digest.update([0]);
        digest.update(sorted(value).to_string());
    }
    format!("{:x}", digest.finalize())
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(mut members) => {
            members.sort_keys();
            Value::Object(members.into_iter().map(|(name, value)| (name, sorted(value))).collect())
        }
        Value::List(items) => Value::List(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// Rows are kept by their id and read again, so that the answer shows them as they are.
macro_rules! replay_rows {
    ($($entity:ident),+ $(,)?) => {$(
        impl Replay for entity::$entity::Model {
            fn keep(&self) -> serde_json::Value {
                json!(self.id)
            }

            async fn recall(kept: &serde_json::Value, connection: &impl ConnectionTrait) -> Result<Option<Self>> {
                let id: Uuid = serde_json::from_value(kept.clone())?;
                Ok(entity::$entity::Entity::find_by_id(id).one(connection).await?)
            }
        }

        impl Replay for Vec<entity::$entity::Model> {
            fn keep(&self) -> serde_json::Value {
                json!(self.iter().map(|row| row.id).collect::<Vec<_>>())
            }

            async fn recall(kept: &serde_json::Value, connection: &impl ConnectionTrait) -> Result<Option<Self>> {
                let ids: Vec<Uuid> = serde_json::from_value(kept.clone())?;
                let rows = entity::$entity::Entity::find()
                    .filter(entity::$entity::Column::Id.is_in(ids))
                    .order_by_asc(entity::$entity::Column::Id)
                    .all(connection)
                    .await?;
                Ok(Some(rows))
            }
        }
    )+};
}

replay_rows! {
    accuracy_edit, affiliation, api_key, assignment, availability_window, blackout_period, challenge, challenge_document,
    conflict_decision, conflict_waiver, council, declared_interest, delivery_body, evaluation, fieldwork_session, finding,
    host_objection, immediate_risk, invitation, kpi, peer, plan_action, programme_policy, recommendation, season, season_plan, team_proposal,
}

/// Plain values are kept as they are.
macro_rules! replay_values {
    ($($type:ty),+ $(,)?) => {$(
        impl $crate::graphql::change::Replay for $type {
            fn keep(&self) -> serde_json::Value {
                serde_json::json!(self)
            }

            async fn recall(
                kept: &serde_json::Value,
                _: &impl sea_orm::ConnectionTrait,
            ) -> $crate::graphql::errors::Result<Option<Self>> {
                Ok(Some(serde_json::from_value(kept.clone())?))
            }
        }
    )+};
}
pub(crate) use replay_values;

replay_values!(Uuid, i32);

impl<A: Replay, B: Replay> Replay for (A, B) {
    fn keep(&self) -> serde_json::Value {
        json!([self.0.keep(), self.1.keep()])
    }

    async fn recall(kept: &serde_json::Value, connection: &impl ConnectionTrait) -> Result<Option<Self>> {
        let first = A::recall(&kept[0], connection).await?;
        let second = B::recall(&kept[1], connection).await?;
        Ok(first.zip(second))
    }
}

/// Runs one service in a transaction of its own, once for each `Idempotency-Key`: `change!(ctx, |tx, act| outcome)`.
macro_rules! change {
    ($ctx:expr, |$tx:ident, $act:ident| $work:expr) => {{
        let act = $crate::graphql::context::ContextExt::act($ctx)?;
        let change = $crate::graphql::change::Change::begin($ctx, &act).await?;
        let outcome = match change.earlier().await {
            Ok(None) => {
                let ($tx, $act) = (change.tx(), &act);
                let span = tracing::info_span!("change", field = $ctx.field().name());
                tracing::Instrument::instrument(async { $work }, span).await
            }
            Ok(Some(earlier)) => Ok(earlier),
            Err(error) => Err(error),
        };
        change.finish(outcome).await
    }};
}
pub(crate) use change;

#[cfg(test)]
mod tests {
    use async_graphql::{Name, value};

    use super::*;

    #[test]
    fn a_fingerprint_ignores_order_and_nothing_else() {
        let of = |field: &str, input: Value| fingerprint(field, vec![(Name::new("input"), input)]);
        let one = of("nominatePeer", value!({ "a": 1, "b": [{ "x": 1, "y": 2 }] }));
        assert_eq!(one, of("nominatePeer", value!({ "b": [{ "y": 2, "x": 1 }], "a": 1 })));
        assert_eq!(one.len(), 64);
        for other in [
            of("other", value!({ "a": 1, "b": [{ "x": 1, "y": 2 }] })),
            of("nominatePeer", value!({ "a": 2, "b": [{ "x": 1, "y": 2 }] })),
            of("nominatePeer", value!({ "a": "1", "b": [{ "x": 1, "y": 2 }] })),
            of("nominatePeer", value!({ "a": 1, "b": [{ "y": 2 }, { "x": 1 }] })),
        ] {
            assert_ne!(one, other);
        }
    }
}
