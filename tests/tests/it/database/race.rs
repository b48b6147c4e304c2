//! Two writers at once: exactly one of them books the peer.

use entity::assignment;
use entity::constraint::{ASSIGNMENT_PEER_DAYS, violated};
use entity::enums::AssignmentStatus;
use futures::future::join_all;
use peer_challenge::db::is_transient;
use sea_orm::EntityTrait as _;
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
