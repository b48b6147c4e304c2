//! Days given and received, against figures that are counted here from the rows.

use chrono::{Days, Months, NaiveDate};
use entity::{assignment, challenge, enums::AssignmentStatus, past_engagement};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};
use support::{TestDb, on_both};
use uuid::Uuid;

use super::{Desk, key};

/// Somebody's days somewhere: who, from where, at whom, how many.
type Served = (Uuid, Uuid, Uuid, i64);

/// Everything that was served or is confirmed in the 24 months that end on `until`, beside the plan's challenges.
async fn served(desk: &Desk, until: NaiveDate, own: &[Uuid]) -> anyhow::Result<Vec<Served>> {
    let reader = desk.app.database.reader();
    let from = until - Months::new(24) + Days::new(1);
    let within = |day: NaiveDate| from <= day && day <= until;
    let days = |a: NaiveDate, b: NaiveDate| (b - a).num_days() + 1;
    let mut all: Vec<Served> = past_engagement::Entity::find()
        .all(reader)
        .await?
        .into_iter()
        .filter(|row| within(row.ends_on))
        .map(|row| {
            (
                row.peer_id,
                row.home_council_id,
                row.host_council_id,
                days(row.starts_on, row.ends_on),
            )
        })
        .collect();
    let confirmed = assignment::Entity::find()
        .filter(assignment::Column::Status.eq(AssignmentStatus::Confirmed))
        .find_also_related(challenge::Entity)
        .all(reader)
        .await?;
    for (row, of) in confirmed {
        let of = of.expect("an assignment has a challenge");
        if within(row.ends_on) && !own.contains(&of.id) {
            all.push((
                row.peer_id,
                row.home_council_id,
                of.host_id,
                days(row.starts_on, row.ends_on),
            ));
        }
    }
    Ok(all)
}

on_both! {
    async fn days_are_weighed_over_24_months(db: &TestDb) {
        let desk = Desk::open(db).await?;
        let (_, read) = desk.made(json!({})).await?;
        let challenges = read["result"]["challenges"].as_array().unwrap();
        let until = challenges.iter().filter_map(|one| one["endsOn"].as_str()).max().unwrap().parse()?;
        let own: Vec<Uuid> = challenges.iter().map(|one| key(&one["challenge"]["id"])).collect();
        let served = served(&desk, until, &own).await?;
        assert!(served.len() > 100, "{} in the demonstration's past", served.len());
        let fairness = &read["result"]["fairness"];

        let councils = fairness["councils"].as_array().unwrap();
        let total = |of: &Value, field: &str| of[field].as_i64().unwrap();
        for one in councils {
            let id = key(&one["council"]["id"]);
            let given: i64 = served.iter().filter(|(_, home, ..)| *home == id).map(|(.., days)| days).sum();
            let received: i64 = served.iter().filter(|(_, _, host, _)| *host == id).map(|(.., days)| days).sum();
            assert_eq!(total(one, "givenIn24Months"), total(one, "given") + given, "{one}");
            assert_eq!(total(one, "receivedIn24Months"), total(one, "received") + received, "{one}");
        }
        let apart = |one: &Value| (total(one, "givenIn24Months") - total(one, "receivedIn24Months")).abs();
        assert!(councils.len() == 3 && councils.is_sorted_by_key(|one| -apart(one)), "{councils:#?}");
        assert!(councils.iter().any(|one| total(one, "givenIn24Months") > total(one, "given")), "{councils:#?}");

        let people = fairness["people"].as_array().unwrap();
        assert!(people.len() == 5 && people.is_sorted_by_key(|one| -total(one, "daysIn24Months")), "{people:#?}");
        for one in people {
            let id = key(&one["peer"]["id"]);
            let places = challenges.iter().filter(|one| one["places"].as_array().unwrap().iter().any(|place| key(&place["peer"]["id"]) == id));
            let day = |of: &Value, field: &str| of[field].as_str().unwrap().parse::<NaiveDate>().unwrap();
            let planned: Vec<i64> = places.map(|one| (day(one, "endsOn") - day(one, "startsOn")).num_days() + 1).collect();
            let before: i64 = served.iter().filter(|(peer, ..)| *peer == id).map(|(.., days)| days).sum();
            assert_eq!(total(one, "challenges"), i64::try_from(planned.len())?);
            assert_eq!(total(one, "days"), planned.iter().sum::<i64>());
            assert_eq!(total(one, "daysIn24Months"), planned.iter().sum::<i64>() + before);
        }
        desk.app.stop().await
    }
}
