//! What comes by spreadsheet is judged and joined by the same rules as what comes through the API.
#![allow(clippy::wildcard_imports, reason = "the helpers and names of the module above")]

use entity::{blackout_period, programme_policy};
use sea_orm::{ActiveModelTrait, Set};
use uuid::Uuid;

use super::*;

const SEASONS: &str = "name,starts_on,ends_on\n2024/25,2024-04-01,2025-03-31\n2026/27,2026-04-01,2027-03-31\n";
const HEADER: &str = "reference,host,programme,season,stage,strand,reason,themes,windows,requested_by,sponsor_name,sponsor_role,submitted_on\n";

/// A row of requests.csv that is submitted, about the front door.
fn asked(reference: &str, host: &str, programme: &str, themes: &str, windows: &str) -> String {
    format!("{reference},{host},{programme},2026/27,SUBMITTED,PEER_CHALLENGE,Why,{themes},{windows},Me,,,2026-11-02\n")
}

fn requests(rows: &[String]) -> tempfile::TempDir {
    let text = format!("{HEADER}{}", rows.concat());
    folder(&[("seasons.csv", SEASONS.as_bytes()), ("requests.csv", text.as_bytes())])
}

/// Closes Middlesbrough from 1 to 5 February 2027.
async fn close_middlesbrough(db: &TestDb) -> anyhow::Result<()> {
    let host = council::Entity::find()
        .filter(council::Column::GssCode.eq("E06000002"))
        .one(db.conn())
        .await?
        .unwrap();
    blackout_period::ActiveModel {
        id: Set(Uuid::from_u128(7)),
        peer_id: Set(None),
        council_id: Set(Some(host.id)),
        starts_on: Set(day("2027-02-01")),
        ends_on: Set(day("2027-02-05")),
        reason: Set("Moving house.".to_owned()),
    }
    .insert(db.conn())
    .await?;
    Ok(())
}

on_both!(
    async fn requests_are_judged_by_the_rules_of_the_challenge(db: &TestDb) {
        load_reference(db, 1).await?;
        close_middlesbrough(db).await?;
        let policies = programme_policy::Entity::find().all(db.conn()).await?;
        let most = policies[0].body["limits"]["windows_max"].as_u64().unwrap();
        assert!(policies.iter().all(|row| row.body["limits"]["windows_max"] == most));
        let many: Vec<String> = (0..=most)
            .map(|n| format!("2027-01-{:02} to 2027-01-{:02}", 2 * n + 1, 2 * n + 1))
            .collect();
        let rows = [
            asked("R-2", "Middlesbrough", "CSPC", "SEND", "2027-02-03 to 2027-02-10"),
            asked("R-3", "County Durham", "CSPC", "SEND", "2026-11-02 to 2026-11-05"),
            asked("R-4", "Leeds", "CSPC", "SEND=101", "2027-01-11 to 2027-01-14 = 101"),
            asked(
                "R-5",
                "Kirklees",
                "CSPC",
                "",
                "2027-03-30 to 2027-04-02|2027-03-29 to 2027-03-31",
            ),
            asked("R-6", "Dover", "CSPC", "SEND|send", "2027-01-11 to 2027-01-14"),
            asked("R-7", "Bolton", "CPC", "SEND", &many.join("|")),
            "R-8,Bury,CSPC,2024/25,DRAFT,PEER_CHALLENGE,Why,,2025-03-03 to 2025-03-05,Me,,Director,\n".to_owned(),
        ];
        let expected = [
            (
                "requests.csv:2:9 windows",
                "2027-02-03 to 2027-02-10: The host is closed to challenges from 2027-02-01 to 2027-02-05.",
            ),
            ("requests.csv:2:9 windows", "3 to 4 days on site; these are 8"),
            (
                "requests.csv:3:9 windows",
                "2026-11-02 lies in the past; today is 2026-11-22",
            ),
            (
                "requests.csv:4:8 themes  \"SEND=101\"",
                "A weight lies between 1 and 100, not 101.",
            ),
            (
                "requests.csv:4:9 windows",
                "A preference lies between 0 and 100, not 101.",
            ),
            ("requests.csv:5:8 themes  \"\"", "at least one theme"),
            (
                "requests.csv:5:9 windows",
                "2027-03-30 to 2027-04-02: 2027-03-30 to 2027-04-02 does not lie in the season",
            ),
            ("requests.csv:5:9 windows", "Windows 1 and 2 overlap."),
            (
                "requests.csv:6:3 programme  \"CSPC\"",
                "Dover does not run the services",
            ),
            ("requests.csv:6:8 themes", "stands in the list already"),
            ("requests.csv:7:9 windows", "the policy allows"),
            ("requests.csv:8:4 season  \"2024/25\"", "ended on 2025-03-31"),
            ("requests.csv:8:9 windows", "2025-03-03 lies in the past"),
            ("requests.csv:8:11 sponsor_name  \"\"", "A text is needed here."),
        ];
        let dir = requests(&rows);
        let faults = faults(db, dir.path()).await?;
        let listed = format!("{faults:#?}");
        for (start, part) in expected {
            assert!(
                faults
                    .iter()
                    .any(|fault| fault.starts_with(start) && fault.contains(part)),
                "{start} … {part}\n{listed}"
            );
        }
        assert_eq!(faults.len(), expected.len(), "{listed}");
        assert_eq!(challenge::Entity::find().count(db.conn()).await?, 0);
        Ok(())
    }
);

on_both!(
    async fn a_request_that_says_the_same_is_not_judged_again(db: &TestDb) {
        load_reference(db, 1).await?;
        let good = asked("R-1", "Middlesbrough", "CSPC", "SEND=3", "2027-02-01 to 2027-02-04");
        let dir = requests(std::slice::from_ref(&good));
        assert_eq!(counts(&import(db, dir.path(), true).await??, "requests.csv").created, 1);
        let row = challenge::Entity::find().one(db.conn()).await?.unwrap();
        let policy = programme_policy::Entity::find_by_id(row.policy_id)
            .one(db.conn())
            .await?
            .unwrap();
        assert_eq!(policy.programme_id, row.programme_id);
        // The host closes those days afterwards: the same file is still fine, another theme is a new request for them.
        close_middlesbrough(db).await?;
        assert_eq!(
            counts(&import(db, dir.path(), true).await??, "requests.csv").unchanged,
            1
        );
        let dir = requests(&[good.replace("SEND=3", "SEND=4")]);
        let faults = faults(db, dir.path()).await?;
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("The host is closed"), "{faults:?}");
        Ok(())
    }
);

/// The days on record of a peer, in order.
async fn offered(db: &TestDb, reference: &str) -> anyhow::Result<Vec<(NaiveDate, NaiveDate)>> {
    let peer = peer::Entity::find()
        .filter(peer::Column::Reference.eq(reference))
        .one(db.conn())
        .await?
        .unwrap();
    let rows = availability_window::Entity::find()
        .filter(availability_window::Column::PeerId.eq(peer.id))
        .order_by_asc(availability_window::Column::StartsOn)
        .all(db.conn())
        .await?;
    Ok(rows.into_iter().map(|row| (row.starts_on, row.ends_on)).collect())
}

on_both!(
    async fn adjoining_windows_become_one_and_the_past_stays(db: &TestDb) {
        load_reference(db, 1).await?;
        import(db, examples(), true).await??;
        let peer = peer::Entity::find()
            .filter(peer::Column::Reference.eq("NE-0001"))
            .one(db.conn())
            .await?
            .unwrap();
        // Said before: days that are over, days that run on, and two windows side by side from an earlier import.
        for (number, from, until) in [
            (1, "2026-10-01", "2026-10-31"),
            (2, "2026-11-10", "2026-12-05"),
            (3, "2027-06-01", "2027-06-04"),
            (4, "2027-06-05", "2027-06-08"),
        ] {
            let row = availability_window::ActiveModel {
                id: Set(Uuid::from_u128(number)),
                peer_id: Set(peer.id),
                starts_on: Set(day(from)),
                ends_on: Set(day(until)),
                created_at: Set(peer.created_at),
            };
            row.insert(db.conn()).await?;
        }
        let text = "peer,starts_on,ends_on\n\
            NE-0001,2027-06-05,2027-06-08\nNE-0001,2026-11-22,2026-11-30\nNE-0001,2027-06-01,2027-06-04\n\
            NE-0001,2027-06-09,2027-06-09\nNE-0001,2027-06-11,2027-06-12\n";
        let dir = folder(&[("availability.csv", text.as_bytes())]);
        let outcome = import(db, dir.path(), true).await??;
        let days = |from, until| (day(from), day(until));
        let expected = [
            days("2026-10-01", "2026-10-31"),
            days("2026-11-10", "2026-11-30"),
            days("2027-06-01", "2027-06-09"),
            days("2027-06-11", "2027-06-12"),
        ];
        assert_eq!(offered(db, "NE-0001").await?, expected);
        assert_eq!(
            counts(&outcome, "availability.csv"),
            Counts {
                created: 3,
                unchanged: 1,
                removed: 5,
                updated: 0
            }
        );
        let again = import(db, dir.path(), true).await??;
        assert!(!counts(&again, "availability.csv").changed());
        assert!(again.touched_peers.is_empty());
        assert_eq!(offered(db, "NE-0001").await?, expected);
        Ok(())
    }
);

on_both!(
    async fn no_day_belongs_to_two_seasons(db: &TestDb) {
        load_reference(db, 1).await?;
        let seasons = |rows: &str| folder(&[("seasons.csv", format!("name,starts_on,ends_on\n{rows}").as_bytes())]);
        import(db, seasons("2026/27,2026-04-01,2027-03-31\n").path(), true).await??;
        // Against the database, and within the file.
        let faults = faults(
            db,
            seasons("2027/28,2027-03-31,2028-03-30\n2028/29,2028-03-30,2029-03-31\n").path(),
        )
        .await?;
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(
            faults[0].starts_with("seasons.csv:2:2 starts_on") && faults[0].contains("2026/27"),
            "{faults:?}"
        );
        assert!(
            faults[1].starts_with("seasons.csv:3:2 starts_on") && faults[1].contains("2027/28"),
            "{faults:?}"
        );
        // A season that moves out of the way in the same file is no hindrance.
        let moved = "2026/27,2026-04-01,2027-02-28\n2027/28,2027-03-01,2028-03-30\n";
        import(db, seasons(moved).path(), true).await??;
        assert_eq!(season::Entity::find().count(db.conn()).await?, 2);
        Ok(())
    }
);
