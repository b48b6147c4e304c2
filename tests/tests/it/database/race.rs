//! Writers at once: of two exactly one books the peer or opens the season, and a crowd of them leaves room for those who read.

use entity::constraint::{ASSIGNMENT_PEER_DAYS, violated};
use entity::enums::AssignmentStatus;
use entity::{assignment, season};
use futures::future::join_all;
use peer_challenge::{
    auth::{Viewer, ViewerRole},
    clock::ManualClock,
    db::{Engine, Queue, is_transient},
    graphql::context::{Act, finish},
    ids::SeededIds,
    season::service::{self, NewSeason},
};
use sea_orm::{ConnectionTrait as _, DbErr, EntityTrait as _, Statement};
use support::{TestDb, on_both};

use super::world::{World, insert, key};

on_both!(
    async fn of_two_overlapping_bookings_at_once_exactly_one_wins(db: &TestDb) {
        let world = World::plant(db.conn()).await?;
        for round in 0..10_u32 {
            insert(
                db.conn(),
                world.a_slot(key(1000 + 2 * u128::from(round)), 10 + 2 * i32::try_from(round)?),
            )
            .await?;
            insert(
                db.conn(),
                world.a_slot(key(1001 + 2 * u128::from(round)), 11 + 2 * i32::try_from(round)?),
            )
            .await?;
        }
        let rivals = [db.another().await?, db.another().await?];
        for round in 0..10_u32 {
            let attempts = rivals.iter().zip(0_u128..).map(|(rival, side)| {
                let id = 1000 + 2 * u128::from(round) + side;
                let from = 1 + 3 * round;
                let booking = assignment::Model {
                    slot_id: key(id),
                    ..world.assignment(id, from, from + 1, AssignmentStatus::Nominated)
                };
                async move {
                    let tx = rival.begin().await?;
                    insert(&tx, booking).await?;
                    // Both have written before either commits, where the engine lets them.
                    tokio::task::yield_now().await;
                    tx.commit().await
                }
            });
            let outcomes = join_all(attempts).await;
            let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
            assert_eq!(won, 1, "round {round}: {outcomes:?}");
            for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
                // PostgreSQL may see the two wait for each other, and then breaks one off; a service tries that again.
                let named = violated(error).as_deref() == Some(ASSIGNMENT_PEER_DAYS);
                assert!(named || is_transient(error), "round {round}: {error}");
            }
        }
        assert_eq!(assignment::Entity::find().all(db.conn()).await?.len(), 10);
        Ok(())
    }
);

on_both!(
    async fn a_crowd_of_changes_that_wait_leaves_room_for_those_who_read(db: &TestDb) {
        let other = db.another().await?;
        let held = other.begin().await?;
        held.enter(Queue::Teams).await?;
        // More than there are connections.
        let crowd: Vec<_> = (0..15)
            .map(|_| {
                let database = db.database().clone();
                tokio::spawn(async move {
                    let tx = database.begin().await?;
                    tx.enter(Queue::Teams).await?;
                    tx.rollback().await?;
                    Ok::<_, DbErr>(())
                })
            })
            .collect();
        if db.engine() == Engine::Postgres {
            let waiting = "SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
            let reader = other.reader();
            let statement = || Statement::from_string(reader.get_database_backend(), waiting);
            while reader
                .query_one_raw(statement())
                .await?
                .unwrap()
                .try_get::<i64>("", "n")?
                < 5
            {
                tokio::task::yield_now().await;
            }
        }
        for _ in 0..20 {
            entity::region::Entity::find().all(db.database().reader()).await?;
        }
        held.rollback().await?;
        for one in crowd {
            one.await??;
        }
        Ok(())
    }
);

on_both!(
    async fn of_two_overlapping_seasons_at_once_exactly_one_is_opened(db: &TestDb) {
        let rivals = [db.another().await?, db.another().await?];
        for round in 0..5_i32 {
            let attempts = rivals.iter().zip([0, 6]).map(|(rival, month)| async move {
                let clock = ManualClock::on(chrono::NaiveDate::from_ymd_opt(2026, 11, 22).unwrap());
                let clock = std::sync::Arc::new(clock);
                let ids = SeededIds::new(clock.clone(), u64::try_from(10 * round + month).unwrap());
                let viewer = Viewer::new("manager@test", ViewerRole::Programme);
                let act = Act::new(viewer, &*clock, std::sync::Arc::new(ids));
                let first = chrono::NaiveDate::from_ymd_opt(2030 + 2 * round, 1, 1).unwrap();
                let starts_on = first + chrono::Months::new(u32::try_from(month).unwrap());
                let new = NewSeason {
                    name: format!("{round} from {month}"),
                    starts_on,
                    ends_on: starts_on + chrono::Months::new(11),
                };
                let tx = rival.begin().await.unwrap();
                let outcome = service::create(&tx, &act, new).await;
                tokio::task::yield_now().await;
                finish(tx, outcome).await
            });
            let outcomes = join_all(attempts).await;
            let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
            assert_eq!((won.len(), lost.len()), (1, 1), "round {round}");
            for refusal in lost.into_iter().filter_map(Result::err) {
                // A refusal in words, or (where the two wait for each other) one that is tried again.
                let text = format!("{refusal:?}");
                assert!(
                    text.contains("Overlapping") || text.contains("deadlock"),
                    "round {round}: {text}"
                );
            }
        }
        assert_eq!(season::Entity::find().all(db.conn()).await?.len(), 5);
        Ok(())
    }
);
