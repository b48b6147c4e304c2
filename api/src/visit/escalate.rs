//! Immediate risks of which nobody has written down that the host's director was told: the programme and the hub of the host's
//! region are told of them, once on each day after the day of the risk; the programme at once where e-mail to the host came
//! nowhere. What was seen is not said.

use std::collections::{HashMap, HashSet};

use entity::{
    challenge, council,
    enums::{MailState, NoticeKind},
    immediate_risk, notification,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::service::risks::key;
use crate::{
    audit::{self, Event},
    clock::civil_date,
    jobs::{Handler, JobError, Work},
    notice::{Notice, Reader, tell_all},
};

/// Tells of risks that nobody has passed on.
pub struct EscalateRisks;

#[async_trait::async_trait]
impl Handler for EscalateRisks {
    async fn run(&self, work: &Work) -> Result<(), JobError> {
        let (database, today) = (work.database.reader(), work.act.today);
        let untold = immediate_risk::Entity::find()
            .filter(immediate_risk::Column::ToldAt.is_null())
            .order_by_asc(immediate_risk::Column::Id)
            .all(database)
            .await?;
        if untold.is_empty() {
            return Ok(());
        }
        let rows: HashMap<Uuid, challenge::Model> = challenge::Entity::find()
            .filter(challenge::Column::Id.is_in(untold.iter().map(|risk| risk.challenge_id)))
            .all(database)
            .await?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        let keys = untold.iter().filter_map(|risk| {
            let row = rows.get(&risk.challenge_id)?;
            Some(Notice::key_for(&key(risk.id), Reader::Host(row.host_id)))
        });
        let nowhere: HashSet<String> = notification::Entity::find()
            .filter(notification::Column::DedupeKey.is_in(keys))
            .filter(notification::Column::MailState.eq(MailState::NoAddress))
            .all(database)
            .await?
            .into_iter()
            .map(|row| row.dedupe_key)
            .collect();
        let councils = council::Entity::find()
            .filter(council::Column::Id.is_in(rows.values().map(|row| row.host_id)))
            .all(database)
            .await?;
        let regions: HashMap<Uuid, Uuid> = councils.into_iter().map(|host| (host.id, host.region_id)).collect();
        let mut notices = Vec::new();
        for risk in &untold {
            let Some(row) = rows.get(&risk.challenge_id) else {
                continue;
            };
            let notice = |key: String, text: String| {
                let notice = Notice::new(NoticeKind::ImmediateRisk, key, format!("{}: {text}", row.reference));
                notice.of_challenge(row.id).due(today)
            };
            if nowhere.contains(&Notice::key_for(&key(risk.id), Reader::Host(row.host_id))) {
                let text = "e-mail about an immediate risk to children did not reach the host. Somebody must reach its \
                            director of children's services in another way.";
                let notice = notice(format!("{}:unreached", key(risk.id)), text.to_owned());
                notices.push((Reader::Programme, notice));
            }
            let seen = civil_date(risk.raised_at);
            if seen < today {
                let text = format!(
                    "an immediate risk to children was seen on {seen}, and nobody has written down that the director of \
                     children's services was told. Please see to it today."
                );
                let notice = notice(format!("{}:untold:{today}", key(risk.id)), text);
                let hub = regions.get(&row.host_id).map(|region| Reader::Hub(*region));
                notices.extend(hub.map(|hub| (hub, notice.clone())));
                notices.push((Reader::Programme, notice));
            }
        }
        let all: Vec<(Reader, &Notice)> = notices.iter().map(|(reader, notice)| (*reader, notice)).collect();
        let tx = work.database.begin().await?;
        let new = tell_all(&tx, &work.act, &all).await?;
        if new > 0 {
            let event = Event::of_job("RISKS_ESCALATED", work.id).with(serde_json::json!({ "notices": new }));
            audit::record(&tx, &work.act, event).await?;
        }
        work.hold(&tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
