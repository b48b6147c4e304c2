//! What must never be in the database, whoever writes it.

use entity::constraint::{self, violated};
use entity::enums::{AssignmentStatus, Stage};
use entity::{assignment, audit_event, challenge, programme_policy};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, ConnectionTrait as _, DbErr, EntityTrait as _};
use support::{TestDb, on_both};

use super::world::{World, council, insert, instant, key, october, peer};

fn refused(result: Result<impl Sized, DbErr>) -> Option<String> {
    match result {
        Ok(_) => Some("nothing: it was accepted".to_owned()),
        Err(error) => violated(&error),
    }
}

on_both!(
    async fn two_live_assignments_of_one_peer_never_overlap(db: &TestDb) {
        let db = db.conn();
        let world = World::plant(db).await?;
        insert(db, world.assignment(1, 5, 8, AssignmentStatus::Confirmed)).await?;
        for (id, (from, to)) in (2..).zip([(8, 9), (1, 5), (6, 7), (1, 30), (5, 8)]) {
            for status in AssignmentStatus::LIVE {
                let row = assignment::Model {
                    slot_id: world.other_slot,
                    ..world.assignment(id, from, to, status)
                };
                let name = refused(insert(db, row).await);
                assert_eq!(
                    name.as_deref(),
                    Some(constraint::ASSIGNMENT_PEER_DAYS),
                    "{from}–{to} {status}"
                );
            }
        }
        assert_eq!(assignment::Entity::find().all(db).await?.len(), 1);
        Ok(())
    }
);

on_both!(
    async fn adjacent_days_other_people_and_assignments_no_longer_live_are_free(db: &TestDb) {
        let db = db.conn();
        let world = World::plant(db).await?;
        insert(db, world.assignment(1, 5, 8, AssignmentStatus::Confirmed)).await?;
        let elsewhere = |row: assignment::Model| assignment::Model {
            slot_id: world.other_slot,
            ..row
        };
        insert(db, elsewhere(world.assignment(2, 9, 12, AssignmentStatus::Declined))).await?;
        insert(db, elsewhere(world.assignment(3, 9, 12, AssignmentStatus::Nominated))).await?;
        for (id, status) in (4..).zip(AssignmentStatus::ALL.iter().filter(|status| !status.is_live())) {
            insert(db, elsewhere(world.assignment(id, 5, 8, *status))).await?;
        }
        let somebody_else = assignment::Model {
            peer_id: world.other_peer,
            challenge_id: world.challenge,
            slot_id: key(59),
            ..world.assignment(20, 5, 8, AssignmentStatus::Invited)
        };
        insert(db, world.a_slot(key(59), 3)).await?;
        insert(db, somebody_else).await?;
        Ok(())
    }
);

on_both!(
    async fn an_update_cannot_book_somebody_twice_either(db: &TestDb) {
        let db = db.conn();
        let world = World::plant(db).await?;
        insert(db, world.assignment(1, 5, 8, AssignmentStatus::Confirmed)).await?;
        let later = assignment::Model {
            slot_id: world.other_slot,
            ..world.assignment(2, 9, 12, AssignmentStatus::Invited)
        };
        insert(db, later).await?;
        insert(db, world.assignment(3, 6, 7, AssignmentStatus::Released)).await?;
        let of_other = assignment::Model {
            peer_id: world.other_peer,
            ..world.assignment(4, 6, 7, AssignmentStatus::Released)
        };
        insert(db, world.a_slot(key(59), 3)).await?;
        insert(db, of_other).await?;
        let days = Some(constraint::ASSIGNMENT_PEER_DAYS);

        let earlier = assignment::ActiveModel {
            id: Set(key(2)),
            starts_on: Set(october(8)),
            ..Default::default()
        };
        assert_eq!(
            refused(earlier.update(db).await).as_deref(),
            days,
            "dates moved into another assignment"
        );
        let longer = assignment::ActiveModel {
            id: Set(key(1)),
            ends_on: Set(october(9)),
            ..Default::default()
        };
        assert_eq!(
            refused(longer.update(db).await).as_deref(),
            days,
            "dates stretched into another assignment"
        );
        let revived = assignment::ActiveModel {
            id: Set(key(3)),
            slot_id: Set(key(59)),
            status: Set(AssignmentStatus::Accepted),
            ..Default::default()
        };
        assert_eq!(
            refused(revived.update(db).await).as_deref(),
            days,
            "status back to live"
        );
        let swapped = assignment::ActiveModel {
            id: Set(key(4)),
            peer_id: Set(world.peer),
            slot_id: Set(key(59)),
            status: Set(AssignmentStatus::Accepted),
            ..Default::default()
        };
        assert_eq!(refused(swapped.update(db).await).as_deref(), days, "person swapped");

        let shorter = assignment::ActiveModel {
            id: Set(key(1)),
            ends_on: Set(october(7)),
            ..Default::default()
        };
        shorter.update(db).await?;
        let released = assignment::ActiveModel {
            id: Set(key(2)),
            status: Set(AssignmentStatus::Released),
            ..Default::default()
        };
        released.update(db).await?;
        Ok(())
    }
);

on_both!(
    async fn a_slot_has_one_live_holder(db: &TestDb) {
        let db = db.conn();
        let world = World::plant(db).await?;
        insert(db, world.assignment(1, 5, 8, AssignmentStatus::Nominated)).await?;
        let second = |id, status| assignment::Model {
            peer_id: world.other_peer,
            ..world.assignment(id, 20, 22, status)
        };
        for status in AssignmentStatus::LIVE {
            let name = refused(insert(db, second(2, status)).await);
            assert_eq!(name.as_deref(), Some(constraint::ASSIGNMENT_SLOT), "{status}");
        }
        insert(db, second(2, AssignmentStatus::Declined)).await?;
        let revived = assignment::ActiveModel {
            id: Set(key(2)),
            status: Set(AssignmentStatus::Invited),
            ..Default::default()
        };
        assert_eq!(
            refused(revived.clone().update(db).await).as_deref(),
            Some(constraint::ASSIGNMENT_SLOT)
        );

        let replaced = assignment::ActiveModel {
            id: Set(key(1)),
            status: Set(AssignmentStatus::Replaced),
            ..Default::default()
        };
        replaced.update(db).await?;
        revived.update(db).await?;
        Ok(())
    }
);

on_both!(
    async fn a_host_has_one_live_challenge_of_a_programme_in_a_season(db: &TestDb) {
        let db = db.conn();
        let world = World::plant(db).await?;
        for stage in Stage::ALL.iter().copied() {
            let result = insert(db, world.another_challenge(key(100 + stage as u128), stage)).await;
            if stage.is_live() {
                assert_eq!(refused(result).as_deref(), Some(constraint::CHALLENGE_LIVE), "{stage}");
            } else {
                result?;
            }
        }
        let draft = challenge::ActiveModel {
            id: Set(key(100 + Stage::Draft as u128)),
            stage: Set(Stage::Submitted),
            ..Default::default()
        };
        assert_eq!(
            refused(draft.clone().update(db).await).as_deref(),
            Some(constraint::CHALLENGE_LIVE)
        );

        let closed = challenge::ActiveModel {
            id: Set(world.challenge),
            stage: Set(Stage::Closed),
            ..Default::default()
        };
        closed.update(db).await?;
        draft.update(db).await?;
        let elsewhere = challenge::Model {
            host_id: world.home,
            ..world.another_challenge(key(200), Stage::OnSite)
        };
        insert(db, elsewhere).await?;
        Ok(())
    }
);

on_both!(
    async fn the_record_and_the_policies_only_grow(db: &TestDb) {
        let engine = db.engine();
        let db = db.conn();
        let world = World::plant(db).await?;
        let event = audit_event::Model {
            id: key(70),
            at: instant(),
            actor: "programme".to_owned(),
            actor_role: "PROGRAMME".to_owned(),
            action: "confirm".to_owned(),
            entity_kind: "challenge".to_owned(),
            entity_id: world.challenge,
            challenge_id: Some(world.challenge),
            council_id: None,
            peer_id: None,
            details: serde_json::json!({ "stage": "TEAM_CONFIRMED" }),
            request_id: None,
            actor_peer_id: None,
        };
        insert(db, event.clone()).await?;
        insert(db, world.policy_version(key(71), 2)).await?;

        for (table, column, name) in [
            ("audit_event", "actor", constraint::AUDIT_APPEND_ONLY),
            ("programme_policy", "note", constraint::POLICY_APPEND_ONLY),
        ] {
            let mut attempts = vec![
                format!("UPDATE {table} SET {column} = 'else'"),
                format!("DELETE FROM {table}"),
            ];
            attempts.push(match engine {
                peer_challenge::db::Engine::Postgres => format!("TRUNCATE {table} CASCADE"),
                peer_challenge::db::Engine::Sqlite => format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}"),
            });
            for attempt in attempts {
                assert_eq!(
                    refused(db.execute_unprepared(&attempt).await).as_deref(),
                    Some(name),
                    "{attempt}"
                );
            }
        }
        assert_eq!(audit_event::Entity::find_by_id(key(70)).one(db).await?, Some(event));
        let kept = programme_policy::Entity::find_by_id(key(71)).one(db).await?;
        assert_eq!(kept, Some(world.policy_version(key(71), 2)));
        Ok(())
    }
);

on_both!(
    async fn ranges_dates_and_names_are_checked(db: &TestDb) {
        let db = db.conn();
        let world = World::plant(db).await?;
        let backwards = assignment::Model {
            ends_on: october(4),
            ..world.assignment(1, 5, 8, AssignmentStatus::Declined)
        };
        assert_eq!(
            refused(insert(db, backwards).await).as_deref(),
            Some("ck_assignment_dates")
        );
        let two_leads = entity::team_slot::Model {
            is_lead: true,
            ..world.a_slot(key(80), 3)
        };
        assert_eq!(
            refused(insert(db, two_leads).await).as_deref(),
            Some(constraint::TEAM_SLOT_LEAD)
        );
        let nameless = entity::peer::Model {
            name: "  ".to_owned(),
            ..peer(key(81), "P-81")
        };
        assert_eq!(refused(insert(db, nameless).await).as_deref(), Some("ck_peer_name"));
        let twice = peer(key(82), "P-1");
        assert_eq!(refused(insert(db, twice).await).as_deref(), Some("uq_peer_reference"));
        let unwilling = entity::peer::Model {
            capacity: Some(0),
            ..peer(key(83), "P-83")
        };
        assert_eq!(
            refused(insert(db, unwilling).await).as_deref(),
            Some("ck_peer_capacity")
        );
        let nowhere = entity::council::Model {
            region_id: key(999),
            ..council(key(84), "E06000084", "Nowhere")
        };
        let name = refused(insert(db, nowhere).await).unwrap_or_default();
        assert!(
            [constraint::FOREIGN_KEY, "fk_council_region_id"].contains(&name.as_str()),
            "{name}"
        );
        Ok(())
    }
);

on_both!(
    async fn no_day_belongs_to_two_seasons(db: &TestDb) {
        let db = db.conn();
        // Has 2026/27.
        World::plant(db).await?;
        let day = |year, month, day| chrono::NaiveDate::from_ymd_opt(year, month, day).unwrap();
        let season = |id: u128, starts_on, ends_on| entity::season::Model {
            id: key(id),
            name: format!("Season {id}"),
            starts_on,
            ends_on,
            version: 1,
            created_at: instant(),
            updated_at: instant(),
        };
        for (id, from, until) in [
            (70, day(2027, 3, 31), day(2028, 3, 30)),
            (71, day(2025, 4, 1), day(2026, 4, 1)),
            (72, day(2026, 6, 1), day(2026, 6, 2)),
            (73, day(2020, 1, 1), day(2030, 1, 1)),
        ] {
            let name = refused(insert(db, season(id, from, until)).await);
            assert_eq!(name.as_deref(), Some(constraint::SEASON_DAYS), "{from}–{until}");
        }
        insert(db, season(74, day(2027, 4, 1), day(2028, 3, 31))).await?;
        insert(db, season(75, day(2025, 4, 1), day(2026, 3, 31))).await?;
        let longer = entity::season::ActiveModel {
            id: Set(key(74)),
            starts_on: Set(day(2027, 3, 1)),
            ..Default::default()
        };
        assert_eq!(
            refused(longer.update(db).await).as_deref(),
            Some(constraint::SEASON_DAYS)
        );
        let shorter = entity::season::ActiveModel {
            id: Set(key(74)),
            starts_on: Set(day(2027, 5, 1)),
            ..Default::default()
        };
        shorter.update(db).await?;
        Ok(())
    }
);
