//! The feed of changes: everything committed is told once, in this process and in others, and nothing else.

use std::{sync::Arc, time::Duration};

use entity::{audit_event, change_feed};
use peer_challenge::{
    db::{Database, Engine},
    feed::{Change, Feed, FeedOptions},
};
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait as _, DbErr, EntityTrait as _, FromQueryResult, IntoActiveModel as _,
    PaginatorTrait as _, Statement,
};
use support::{TestDb, on_both};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::timeout,
};
use uuid::Uuid;

use crate::database::world::{insert, instant, key};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);
/// Long enough for a change that must not arrive.
const SILENCE: Duration = Duration::from_millis(1500);

/// The event with number `number`.
fn event(number: u128) -> audit_event::Model {
    audit_event::Model {
        id: key(number),
        at: instant(),
        actor: "somebody".to_owned(),
        actor_role: "PROGRAMME".to_owned(),
        action: "CHALLENGE_SUBMITTED".to_owned(),
        entity_kind: "PeerChallenge".to_owned(),
        entity_id: key(1),
        challenge_id: Some(key(2)),
        council_id: None,
        peer_id: Some(key(3)),
        details: serde_json::json!({}),
        request_id: None,
        actor_peer_id: None,
    }
}

async fn commit(database: &Database, numbers: impl IntoIterator<Item = u128>) -> Result<(), DbErr> {
    let tx = database.begin().await?;
    for number in numbers {
        insert(&tx, event(number)).await?;
    }
    tx.commit().await
}

async fn next(changes: &mut Receiver<Arc<Change>>) -> anyhow::Result<Arc<Change>> {
    Ok(timeout(PATIENCE, changes.recv()).await??)
}

async fn next_keys(changes: &mut Receiver<Arc<Change>>, count: usize) -> anyhow::Result<Vec<Uuid>> {
    let mut keys = Vec::new();
    while keys.len() < count {
        keys.push(next(changes).await?.audit_event);
    }
    Ok(keys)
}

async fn nothing_comes(changes: &mut Receiver<Arc<Change>>) {
    let heard = timeout(SILENCE, changes.recv()).await;
    assert!(heard.is_err(), "{heard:?}");
}

async fn start(db: &TestDb) -> anyhow::Result<(Feed, Receiver<Arc<Change>>)> {
    let feed = Feed::start(db.database(), FeedOptions::default()).await?;
    let changes = feed.subscribe();
    Ok((feed, changes))
}

on_both!(
    async fn a_committed_change_is_told_and_one_rolled_back_is_not(db: &TestDb) {
        commit(db.database(), [100]).await?;
        let (_feed, mut changes) = start(db).await?;
        let tx = db.database().begin().await?;
        insert(&tx, event(101)).await?;
        tx.rollback().await?;
        commit(db.database(), [102, 103]).await?;
        let mut first = next(&mut changes).await?;
        // PostgreSQL may tell what was committed while another transaction of the server was running.
        if first.audit_event == key(100) {
            first = next(&mut changes).await?;
        }
        let expected = Change {
            position: first.position,
            audit_event: key(102),
            at: instant(),
            action: "CHALLENGE_SUBMITTED".to_owned(),
            entity_kind: "PeerChallenge".to_owned(),
            entity: key(1),
            challenge: Some(key(2)),
            council: None,
            peer: Some(key(3)),
        };
        assert_eq!(*first, expected);
        let second = next(&mut changes).await?;
        assert_eq!(second.audit_event, key(103));
        assert!(second.position > first.position);
        nothing_comes(&mut changes).await;
        Ok(())
    }
);

on_both!(
    async fn a_change_made_by_another_process_is_told(db: &TestDb) {
        let (feed, mut changes) = start(db).await?;
        let other = db.another().await?;
        commit(&other, [1, 2]).await?;
        assert_eq!(next_keys(&mut changes, 2).await?, [key(1), key(2)]);
        feed.stop();
        commit(&other, [3]).await?;
        nothing_comes(&mut changes).await;
        Ok(())
    }
);

on_both!(
    async fn one_statement_with_many_events_is_told_in_their_order(db: &TestDb) {
        let (_feed, mut changes) = start(db).await?;
        let tx = db.database().begin().await?;
        let events = (1..=1100).map(|number| event(number).into_active_model().reset_all());
        audit_event::Entity::insert_many(events)
            .exec_without_returning(&tx)
            .await?;
        tx.commit().await?;
        let told = next_keys(&mut changes, 1100).await?;
        assert_eq!(told, (1..=1100).map(key).collect::<Vec<_>>());
        assert_eq!(change_feed::Entity::find().count(db.conn()).await?, 1100);
        Ok(())
    }
);

on_both!(
    async fn nothing_is_missed_or_doubled_under_concurrent_writers(db: &TestDb) {
        let (_feed, mut changes) = start(db).await?;
        let handles = [db.database().clone(), db.another().await?];
        let writers = (0..8_u128).map(|writer| {
            let database = handles[usize::from(writer % 2 == 0)].clone();
            tokio::spawn(async move {
                for round in 0..20 {
                    let tx = database.begin().await?;
                    insert(&tx, event(1_000 * writer + 2 * round)).await?;
                    tokio::time::sleep(Duration::from_millis(
                        u64::try_from((writer * 7 + round * 3) % 11).unwrap(),
                    ))
                    .await;
                    insert(&tx, event(1_000 * writer + 2 * round + 1)).await?;
                    if (writer + round) % 5 == 0 {
                        tx.rollback().await?;
                    } else {
                        tx.commit().await?;
                    }
                }
                Ok::<_, DbErr>(())
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await??;
        }
        let mut written: Vec<_> = audit_event::Entity::find()
            .all(db.conn())
            .await?
            .into_iter()
            .map(|event| event.id)
            .collect();
        assert_eq!(written.len(), 8 * 20 * 2 * 4 / 5);
        let mut told = next_keys(&mut changes, written.len()).await?;
        nothing_comes(&mut changes).await;
        written.sort_unstable();
        told.sort_unstable();
        assert_eq!(told, written);
        Ok(())
    }
);

on_both!(
    async fn a_receiver_that_lags_hears_how_many_it_lost(db: &TestDb) {
        let options = FeedOptions {
            buffer: 2,
            ..FeedOptions::default()
        };
        let feed = Feed::start(db.database(), options).await?;
        let (mut slow, mut quick) = (feed.subscribe(), feed.subscribe());
        for number in 1..=5 {
            commit(db.database(), [number]).await?;
            assert_eq!(next(&mut quick).await?.audit_event, key(number));
        }
        assert_eq!(slow.recv().await.unwrap_err(), RecvError::Lagged(3));
        assert_eq!(next_keys(&mut slow, 2).await?, [key(4), key(5)]);
        Ok(())
    }
);

on_both!(
    async fn a_change_that_commits_late_is_not_passed_over(db: &TestDb) {
        if db.engine() == Engine::Sqlite {
            return Ok(()); // One writer: nobody commits in between.
        }
        let (_feed, mut changes) = start(db).await?;
        let slow = db.database().begin().await?;
        insert(&slow, event(1)).await?;
        commit(db.database(), [2]).await?;
        nothing_comes(&mut changes).await;
        slow.commit().await?;
        assert_eq!(next_keys(&mut changes, 2).await?, [key(1), key(2)]);
        Ok(())
    }
);

on_both!(
    async fn a_transaction_without_events_holds_back_only_as_long_as_it_runs(db: &TestDb) {
        if db.engine() == Engine::Sqlite {
            return Ok(());
        }
        let (_feed, mut changes) = start(db).await?;
        let slow = db.database().begin().await?;
        slow.execute_unprepared("SELECT pg_current_xact_id()").await?;
        commit(db.database(), [1]).await?;
        nothing_comes(&mut changes).await;
        // Nothing notifies of this end.
        slow.rollback().await?;
        assert_eq!(next(&mut changes).await?.audit_event, key(1));
        Ok(())
    }
);

#[derive(FromQueryResult)]
struct Listener {
    pid: i32,
}

async fn listeners(db: &TestDb) -> anyhow::Result<Vec<i32>> {
    let sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'";
    let statement = Statement::from_string(db.conn().get_database_backend(), sql);
    let found = Listener::find_by_statement(statement).all(db.conn()).await?;
    Ok(found.into_iter().map(|listener| listener.pid).collect())
}

on_both!(
    async fn a_lost_listener_comes_back_and_nothing_is_lost_meanwhile(db: &TestDb) {
        if db.engine() == Engine::Sqlite {
            return Ok(());
        }
        let options = FeedOptions {
            // Only a notification can be in time.
            poll: Duration::from_hours(1),
            ..FeedOptions::default()
        };
        let feed = Feed::start(db.database(), options).await?;
        let mut changes = feed.subscribe();
        let other = db.another().await?;
        let mut lost = None;
        for number in 1..=3 {
            let pid = loop {
                match listeners(db).await?.first() {
                    Some(pid) if Some(*pid) != lost => break *pid,
                    _ => tokio::time::sleep(Duration::from_millis(10)).await,
                }
            };
            db.conn()
                .execute_unprepared(&format!("SELECT pg_terminate_backend({pid})"))
                .await?;
            lost = Some(pid);
            commit(&other, [number]).await?;
            assert_eq!(next(&mut changes).await?.audit_event, key(number));
        }
        Ok(())
    }
);

on_both!(
    async fn rows_of_another_server_are_dropped_instead_of_told_in_years(db: &TestDb) {
        if db.engine() == Engine::Sqlite {
            return Ok(());
        }
        commit(db.database(), [1]).await?;
        // What a restored backup may look like: this server is far from such a transaction.
        let ahead = "UPDATE change_feed SET transaction_id = 4611686018427387904";
        db.conn().execute_unprepared(ahead).await?;
        let (_feed, mut changes) = start(db).await?;
        assert_eq!(change_feed::Entity::find().count(db.conn()).await?, 0);
        commit(db.database(), [2]).await?;
        assert_eq!(next(&mut changes).await?.audit_event, key(2));
        Ok(())
    }
);
