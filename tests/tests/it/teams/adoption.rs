//! A policy version comes into force for many challenges at once.

use entity::{
    assignment,
    enums::{AssignmentStatus, DecisionCause, DecisionStatus},
};
use peer_challenge::team::late;
use sea_orm::EntityTrait;
use support::{TestDb, on_both};
use uuid::Uuid;

use super::{
    desk::{CHALLENGE, Desk, JUNE, LEAD_SLOT, national},
    late::decisions,
};
use crate::database::world::{insert, instant, key};

/// Another challenge in team building in June, at this council, with one director on its team.
async fn another(desk: &Desk<'_>, number: u128, host: &str) -> anyhow::Result<Uuid> {
    let conn = desk.db.conn();
    let [challenge, slot, window, person] = [1_000, 2_000, 3_000, 4_000].map(|kind| key(kind + number));
    let first = entity::challenge::Entity::find_by_id(CHALLENGE)
        .one(conn)
        .await?
        .unwrap();
    let policy_id = first.policy_id;
    let row = entity::challenge::Model {
        id: challenge,
        reference: format!("CSPC-1{number:02}"),
        host_id: desk.council(host).await?,
        window_id: None,
        ..first
    };
    insert(conn, row).await?;
    let place = entity::team_slot::Entity::find_by_id(LEAD_SLOT)
        .one(conn)
        .await?
        .unwrap();
    insert(
        conn,
        entity::team_slot::Model {
            id: slot,
            challenge_id: challenge,
            ..place
        },
    )
    .await?;
    let june = entity::challenge_window::Entity::find_by_id(JUNE)
        .one(conn)
        .await?
        .unwrap();
    insert(
        conn,
        entity::challenge_window::Model {
            id: window,
            challenge_id: challenge,
            ..june.clone()
        },
    )
    .await?;
    let role = entity::enums::PeerRole::DirectorOfChildrensServices;
    desk.person(person, &format!("Director {number}"), role, "E06000046")
        .await?;
    let member = assignment::Model {
        id: key(5_000 + number),
        challenge_id: challenge,
        slot_id: slot,
        peer_id: person,
        home_council_id: desk.council("E06000046").await?,
        starts_on: june.starts_on,
        ends_on: june.ends_on,
        status: AssignmentStatus::Nominated,
        policy_id,
        nominated_by: "manager".to_owned(),
        status_reason: None,
        version: 1,
        created_at: instant(),
        updated_at: instant(),
    };
    insert(conn, member).await?;
    Ok(challenge)
}

on_both! {
    async fn many_people_on_many_teams_are_checked_again_at_the_cost_of_one(db: &TestDb) {
        const HOSTS: [&str; 9] = ["E08000001", "E08000002", "E08000003", "E08000004", "E08000005", "E08000006", "E08000007",
            "E08000008", "E08000009"];
        let desk = Desk::open(db).await?;
        let act = desk.act(national());
        for (number, host) in (0..).zip(HOSTS) {
            another(&desk, number, host).await?;
        }
        let fact = late::Fact::new(DecisionCause::Profile, None);
        let people = |count: u128| late::Touched::people((0..count).map(|number| key(4_000 + number)), fact);
        let mut hosts = Vec::new();
        for host in HOSTS {
            hosts.push(desk.council(host).await?);
        }
        let check = async |touched: late::Touched| {
            let tx = db.database().begin().await?;
            let before = db.database().statements();
            let open = late::recheck_touched(&tx, &act, &touched).await;
            let cost = db.database().statements() - before;
            tx.commit().await?;
            anyhow::Ok((open.unwrap_or_else(|error| panic!("{error:?}")), cost))
        };
        // None of them has served before: a decision about each, and those whom no fact concerns are not judged.
        let (open, first) = check(people(1)).await?;
        assert_eq!((open, decisions(&desk).await.len()), (1, 1));
        let (open, all) = check(people(9)).await?;
        assert_eq!((open, decisions(&desk).await.len()), (9, 9));
        // A decision and its event each.
        assert_eq!(all, first - 2 + 8 * 2);
        // Nothing new: as many statements for nine as for one, and for their hosts.
        let (_, one) = check(people(1)).await?;
        assert_eq!(check(people(9)).await?, (9, one));
        assert_eq!(check(late::Touched::default().and_hosts(hosts, fact)).await?, (9, one));
        // Each is judged about their own host.
        for number in 0..4 {
            desk.tie(key(4_000 + number), HOSTS[usize::try_from(number)?]).await?;
        }
        check(people(9)).await?;
        let changed = decisions(&desk).await.into_iter().filter(|row| row.version == 2);
        assert_eq!(changed.count(), 4);
        Ok(())
    }
}

on_both! {
    async fn a_policy_is_adopted_by_many_challenges_at_the_cost_of_one(db: &TestDb) {
        // Metropolitan districts far from everybody.
        const HOSTS: [&str; 9] = ["E08000001", "E08000002", "E08000003", "E08000004", "E08000005", "E08000006", "E08000007",
            "E08000008", "E08000009"];
        let desk = Desk::open(db).await?;
        let act = desk.act(national());
        let adopt = async |months: u32, expected: usize| {
            let tx = db.database().begin().await?;
            let challenge = entity::challenge::Entity::find_by_id(CHALLENGE).one(&tx).await?.unwrap();
            let policy = entity::programme_policy::Entity::find_by_id(challenge.policy_id).one(&tx).await?.unwrap();
            let mut body = peer_challenge::programme::repo::body(&policy).unwrap();
            body.conflicts.training_valid_months = months;
            let new = peer_challenge::programme::service::NewPolicy {
                programme: challenge.programme_id, based_on: policy.number, effective_from: act.today, body,
                note: "Shorter validity.".to_owned(),
            };
            let before = db.database().statements();
            let made = peer_challenge::programme::service::create_policy(&tx, &act, new).await;
            made.unwrap_or_else(|error| panic!("{error:?}"));
            tx.commit().await?;
            let cost = db.database().statements() - before;
            let open = decisions(&desk).await.into_iter().filter(|row| row.status == DecisionStatus::Open);
            assert_eq!(open.count(), expected, "{months} months");
            anyhow::Ok(cost)
        };
        let mut all = vec![another(&desk, 0, HOSTS[0]).await?];
        let base = adopt(12, 1).await?;
        for (number, host) in (1..).zip(&HOSTS[1..]) {
            all.push(another(&desk, number, host).await?);
        }
        let cost = adopt(11, 9).await?;
        // A pinned challenge and a decision, each with its event.
        assert!(cost <= base + 8 * 4, "{cost} statements for nine, {base} for one");
        // Looked at alone, each of them gives the same.
        for challenge in all {
            let tx = db.database().begin().await?;
            let open = late::recheck_challenge(&tx, &act, challenge, DecisionCause::Policy, None).await;
            assert_eq!(open.unwrap_or_else(|error| panic!("{error:?}")), 1);
            tx.commit().await?;
        }
        let versions: Vec<i32> = decisions(&desk).await.iter().map(|row| row.version).collect();
        assert_eq!(versions.iter().sum::<i32>(), 10, "the first was brought up to date with the second policy: {versions:?}");
        let hosts: std::collections::BTreeSet<String> = decisions(&desk).await.iter()
            .map(|row| row.findings["host"].to_string()).collect();
        assert_eq!(hosts.len(), 9, "each about its own host: {hosts:?}");
        Ok(())
    }
}
