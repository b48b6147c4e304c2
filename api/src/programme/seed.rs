//! The programmes that the service ships with, and the first version of their policies. Loaded once into an empty
//! database; from then on the database is the truth.

use std::sync::Arc;

use chrono::NaiveDate;
use entity::{enums, programme};
use sea_orm::{ActiveModelTrait, ConnectionTrait, Set};
use serde::Deserialize;

use super::{
    policy::PolicyBody,
    repo,
    service::{self, NewPolicy},
};
use crate::{
    audit::{self, Event},
    auth::Viewer,
    clock::Clock,
    db::Database,
    graphql::{
        context::{Act, finish},
        errors::Outcome,
        ids::Kind,
    },
    ids::IdGenerator,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shipped {
    code: String,
    name: String,
    kind: enums::ProgrammeKind,
    reach: enums::Reach,
    days_on_site_min: i32,
    days_on_site_max: i32,
    policy: PolicyBody,
}

const SHIPPED: &str = include_str!("../../data/programmes.json");

/// Adds the shipped programmes that the database lacks (by code), each with policy version 1, effective `from`.
/// Returns how many were added; running it again adds none.
///
/// # Errors
/// The database's, or an internal one when the shipped data cannot be read.
pub async fn load(transaction: &impl ConnectionTrait, act: &Act, from: NaiveDate) -> Outcome<usize> {
    let mut added = 0;
    for shipped in serde_json::from_str::<Vec<Shipped>>(SHIPPED)? {
        if repo::by_code(&shipped.code, transaction).await?.is_some() {
            continue;
        }
        let row = programme::ActiveModel {
            id: Set(act.id()),
            code: Set(shipped.code),
            name: Set(shipped.name),
            kind: Set(shipped.kind),
            reach: Set(shipped.reach),
            days_on_site_min: Set(shipped.days_on_site_min),
            days_on_site_max: Set(shipped.days_on_site_max),
            active: Set(true),
            version: Set(1),
            created_at: Set(act.at),
            updated_at: Set(act.at),
        }
        .insert(transaction)
        .await?;
        audit::record(
            transaction,
            act,
            Event::new("PROGRAMME_CREATED", Kind::Programme, row.id),
        )
        .await?;
        let first = NewPolicy {
            programme: row.id,
            based_on: 0,
            effective_from: from,
            body: shipped.policy,
            note: "Defaults shipped with the service.".to_owned(),
        };
        service::insert(transaction, act, &row, 1, first).await?;
        added += 1;
    }
    Ok(added)
}

/// Adds the shipped programmes that a database lacks, effective today; called when the service starts.
///
/// # Errors
/// The database's.
pub async fn ensure(database: &Database, clock: &dyn Clock, ids: &Arc<dyn IdGenerator>) -> anyhow::Result<usize> {
    let act = Act::new(Viewer::service(), clock, Arc::clone(ids));
    let transaction = database.begin().await?;
    let outcome = load(&transaction, &act, act.today).await;
    finish(transaction, outcome)
        .await
        .map_err(|error| anyhow::anyhow!("loading the shipped programmes failed: {error:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_policy_is_free_of_faults_and_survives_the_database() {
        let shipped: Vec<Shipped> = serde_json::from_str(SHIPPED).unwrap();
        assert_eq!(shipped.len(), 7);
        for programme in shipped {
            assert_eq!(programme.policy.faults(), [], "{}", programme.code);
            let stored = serde_json::to_value(&programme.policy).unwrap();
            assert_eq!(serde_json::from_value::<PolicyBody>(stored).unwrap(), programme.policy);
            let api: super::super::policy_objects::PolicyRules = programme.policy.clone().into();
            assert_eq!(PolicyBody::from(api), programme.policy);
        }
    }
}
