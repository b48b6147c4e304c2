//! Outcomes of inspections whose start is not known stay unique, whoever writes them, and copies from before the rule do
//! not stand in its way.

use entity::{
    constraint::violated,
    enums::InspectionFramework,
    inspection_outcome::{self, Model},
};
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _, QueryOrder as _};
use support::{TestDb, on_both};

use super::world::{World, insert, key, october};

fn outcome(world: &World, id: u128) -> Model {
    Model {
        id: key(id),
        council_id: world.host,
        framework: InspectionFramework::AreaSend,
        inspection_type: None,
        starts_on: None,
        ends_on: None,
        published_on: None,
        overall: None,
        leaders: None,
        help_and_protection: None,
        children_in_care: None,
        care_leavers: None,
        send_outcome: None,
        source: "Ofsted".to_owned(),
    }
}

on_both!(
    async fn an_outcome_without_a_start_is_there_once(db: &TestDb) {
        let db = db.conn();
        let world = World::plant(db).await?;
        let reported = |id, day| Model {
            published_on: Some(october(day)),
            ..outcome(&world, id)
        };
        insert(db, outcome(&world, 1)).await?;
        insert(db, reported(2, 1)).await?;
        insert(db, reported(3, 2)).await?;
        let begun = Model {
            starts_on: Some(october(1)),
            ..reported(4, 1)
        };
        insert(db, begun).await?;
        let elsewhere = Model {
            council_id: world.home,
            ..outcome(&world, 5)
        };
        insert(db, elsewhere).await?;
        for (twin, rule) in [
            (outcome(&world, 10), "uq_inspection_outcome_council_id_framework_source"),
            (
                reported(11, 2),
                "uq_inspection_outcome_council_id_framework_source_published_on",
            ),
        ] {
            let refused = insert(db, twin).await.unwrap_err();
            assert_eq!(violated(&refused).as_deref(), Some(rule));
        }
        let moved = reported(2, 2).into_active_model().reset_all().update(db).await;
        assert!(moved.is_err(), "nor by an update");
        Ok(())
    }
);

on_both!(
    async fn copies_from_before_leave_their_oldest_row(db: &TestDb) {
        let conn = db.conn();
        let world = World::plant(conn).await?;
        let name = "m0013_outcome".to_owned();
        let behind = migration::names().iter().position(|step| *step == name).unwrap();
        Migrator::down(conn, Some(u32::try_from(migration::names().len() - behind)?)).await?;
        for id in [3, 1, 2] {
            insert(conn, outcome(&world, id)).await?;
            let reported = Model {
                published_on: Some(october(1)),
                ..outcome(&world, id + 10)
            };
            insert(conn, reported).await?;
        }
        Migrator::up(conn, None).await?;
        let kept = inspection_outcome::Entity::find()
            .order_by_asc(inspection_outcome::Column::Id)
            .all(conn)
            .await?;
        let kept: Vec<_> = kept.into_iter().map(|row| row.id).collect();
        assert_eq!(kept, [key(1), key(11)]);
        Ok(())
    }
);
