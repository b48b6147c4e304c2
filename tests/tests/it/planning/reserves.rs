//! Reserves of teams that a plan put together: ranked once it is in effect, and kept valid while the season changes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use entity::{audit_event, enums::PeerStatus, peer, reserve};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    Set,
};
use serde_json::json;
use support::{TestDb, on_both};
use uuid::Uuid;

use super::{Desk, key, newcomers};

/// Everybody's reserves, by slot.
async fn lists(desk: &Desk) -> anyhow::Result<BTreeMap<Uuid, Vec<Uuid>>> {
    let rows = reserve::Entity::find()
        .order_by_asc(reserve::Column::SlotId)
        .order_by_asc(reserve::Column::Rank)
        .all(desk.app.database.reader())
        .await?;
    let mut lists: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for row in rows {
        let list = lists.entry(row.slot_id).or_default();
        list.push(row.peer_id);
        anyhow::ensure!(
            usize::try_from(row.rank)? == list.len(),
            "ranks begin at 1 and have no gaps"
        );
    }
    Ok(lists)
}

async fn ranked(desk: &Desk) -> anyhow::Result<u64> {
    Ok(audit_event::Entity::find()
        .filter(audit_event::Column::Action.eq("RESERVES_RANKED"))
        .count(desk.app.database.reader())
        .await?)
}

on_both! {
    async fn a_plan_in_effect_has_reserves_and_they_stay_valid(db: &TestDb) {
        let desk = Desk::open(db).await?;
        desk.app.worker.drain().await?;
        let (id, read) = desk.made(json!({})).await?;
        let before = lists(&desk).await?;
        let applied = desk.apply(&id, &read["version"]).await?;
        assert_eq!(applied["userErrors"], json!([]), "{applied:#}");
        desk.app.worker.drain().await?;

        let after = lists(&desk).await?;
        let brought = newcomers(&read);
        let filled: BTreeSet<Uuid> = brought.iter().map(|(_, slot, _)| key(slot)).collect();
        let served: Vec<_> = filled.iter().filter_map(|slot| after.get(slot)).collect();
        assert!(served.len() * 10 > filled.len() * 9, "{} of {} places have reserves", served.len(), filled.len());
        assert!(served.iter().all(|list| list.len() <= 2), "as many as the policy wants");
        assert!(before.iter().all(|(slot, list)| after.get(slot) == Some(list)), "lists that were valid stay as they were");

        // The rules say of each that they could come, as they say of anybody.
        let (challenge, slot, holder) = brought.iter().find(|(_, slot, _)| after.get(&key(slot)).is_some_and(|list| list.len() == 2)).unwrap();
        let query = "query($id: ID!) { node(id: $id) { ... on PeerChallenge { slots { id reserves { rank peer { id } } } } } }";
        let seen = desk.ask(query, json!({ "id": challenge })).await?;
        let shown = seen["node"]["slots"].as_array().unwrap().iter().find(|one| one["id"] == *slot).unwrap()["reserves"].clone();
        assert_eq!(shown.as_array().unwrap().len(), 2);
        assert!(shown[0]["peer"]["id"] != *holder);

        // Hours go by: nothing changes, and nothing is written.
        let written = ranked(&desk).await?;
        assert!(written > 0);
        desk.app.clock.advance(TimeDelta::hours(2));
        desk.app.worker.drain().await?;
        assert_eq!((ranked(&desk).await?, lists(&desk).await?), (written, after.clone()));

        // The first one can no longer come: the second moves up, and somebody else is behind them.
        let list = &after[&key(slot)];
        let gone = peer::ActiveModel { id: Set(list[0]), status: Set(PeerStatus::Suspended), ..Default::default() };
        gone.update(desk.app.database.writer()).await?;
        desk.app.clock.advance(TimeDelta::hours(1));
        desk.app.worker.drain().await?;
        let now = lists(&desk).await?;
        assert_eq!(now[&key(slot)][0], list[1]);
        assert!(now[&key(slot)].len() == 2 && !now[&key(slot)].contains(&list[0]), "{:?}", now[&key(slot)]);
        assert!(now.values().all(|list_now| !list_now.contains(&list[0])), "they are nobody's reserve");
        assert!(ranked(&desk).await? > written);
        desk.app.stop().await
    }
}
