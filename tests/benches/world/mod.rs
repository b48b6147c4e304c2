//! What the measurements run on: the demonstration's world with 10,000 people and a full schedule.

use std::sync::Arc;

use anyhow::Context as _;
use chrono::{Days, NaiveDate};
use entity::{
    affiliation, assignment, availability_window, challenge, challenge_window, council,
    enums::{AssignmentStatus, Stage},
    peer, peer_role, peer_theme, season, team_slot,
};
use peer_challenge::{
    auth::Viewer,
    clock::{Clock, ManualClock},
    db::Tx,
    demo::fill,
    graphql::context::Act,
    ids::{IdGenerator, SeededIds},
    import::store::bulk::{Silent, upsert},
};
use sea_orm::{EntityTrait as _, QueryOrder as _};
use support::{TestDb, app};
use uuid::Uuid;

/// People in the pool.
pub(crate) const PEOPLE: usize = 10_000;
/// Challenges on the schedule, each with a whole team.
pub(crate) const CHALLENGES: usize = 60;

/// Keys of what was made.
pub(crate) struct World {
    /// In team building, without a team.
    pub(crate) main_challenge: Uuid,
}

/// Fills a migrated database.
pub(crate) async fn fill(db: &TestDb) -> anyhow::Result<World> {
    let clock = Arc::new(ManualClock::on(app::TODAY.parse()?));
    let ids: Arc<dyn IdGenerator> = Arc::new(SeededIds::new(clock.clone(), 3));
    let act = Act::new(Viewer::service(), &*clock, ids.clone());
    let tx = db.database().begin().await?;
    let filled = fill::fill(&tx, &act, &*clock, &*ids, 1)
        .await
        .map_err(|error| anyhow::anyhow!("{}", error.for_log()))?;
    more_people(&tx, &act).await?;
    schedule(&tx, &act, filled.main_challenge, clock.today()).await?;
    tx.commit().await?;
    Ok(World {
        main_challenge: filled.main_challenge,
    })
}

/// Copies of the people under new keys until there are enough.
async fn more_people(tx: &Tx, act: &Act) -> anyhow::Result<()> {
    let people = peer::Entity::find().order_by_asc(peer::Column::Id).all(tx).await?;
    let roles = peer_role::Entity::find().all(tx).await?;
    let themes = peer_theme::Entity::find().all(tx).await?;
    let affiliations = affiliation::Entity::find().all(tx).await?;
    let days = availability_window::Entity::find().all(tx).await?;
    let mut made = people.len();
    let mut round = 0;
    while made < PEOPLE {
        round += 1;
        let new: std::collections::HashMap<Uuid, Uuid> = people
            .iter()
            .take(PEOPLE - made)
            .map(|person| (person.id, act.id()))
            .collect();
        made += new.len();
        let of = |old: &Uuid| new.get(old).copied();
        let copies = people.iter().filter_map(|person| {
            let mut copy = person.clone();
            copy.id = of(&person.id)?;
            for text in [
                &mut copy.reference,
                &mut copy.name,
                &mut copy.search_name,
                &mut copy.name_key,
            ] {
                *text = format!("{text} {round}");
            }
            copy.email = copy.email.map(|email| format!("{round}.{email}"));
            copy.email_key = copy.email_key.map(|email| format!("{round}.{email}"));
            Some(copy)
        });
        upsert::<peer::Entity>(tx, copies.collect(), &Silent).await?;
        let copies = roles.iter().filter_map(|row| {
            Some(peer_role::Model {
                peer_id: of(&row.peer_id)?,
                ..row.clone()
            })
        });
        upsert::<peer_role::Entity>(tx, copies.collect(), &Silent).await?;
        let copies = themes.iter().filter_map(|row| {
            Some(peer_theme::Model {
                peer_id: of(&row.peer_id)?,
                ..row.clone()
            })
        });
        upsert::<peer_theme::Entity>(tx, copies.collect(), &Silent).await?;
        let copies = affiliations.iter().filter_map(|row| {
            let (id, peer_id) = (act.id(), of(&row.peer_id)?);
            Some(affiliation::Model {
                id,
                peer_id,
                reference: None,
                ..row.clone()
            })
        });
        upsert::<affiliation::Entity>(tx, copies.collect(), &Silent).await?;
        let copies = days.iter().filter_map(|row| {
            let (id, peer_id) = (act.id(), of(&row.peer_id)?);
            Some(availability_window::Model {
                id,
                peer_id,
                ..row.clone()
            })
        });
        upsert::<availability_window::Entity>(tx, copies.collect(), &Silent).await?;
    }
    Ok(())
}

/// Confirmed challenges like the main one, each for another host, in the last season that exists.
async fn schedule(tx: &Tx, act: &Act, like: Uuid, today: NaiveDate) -> anyhow::Result<()> {
    let model = challenge::Entity::find_by_id(like)
        .one(tx)
        .await?
        .context("the main challenge")?;
    let season = season::Entity::find()
        .order_by_desc(season::Column::StartsOn)
        .one(tx)
        .await?;
    let season = season.context("a season")?;
    let slots: Vec<team_slot::Model> = team_slot::Entity::find().all(tx).await?;
    let slots: Vec<_> = slots.into_iter().filter(|slot| slot.challenge_id == like).collect();
    let taken: Vec<Uuid> = challenge::Entity::find()
        .all(tx)
        .await?
        .iter()
        .map(|row| row.host_id)
        .collect();
    let councils = council::Entity::find()
        .order_by_asc(council::Column::GssCode)
        .all(tx)
        .await?;
    let hosts = councils
        .iter()
        .filter(|council| !taken.contains(&council.id) && council.ends_on.is_none());
    let homes = affiliation::Entity::find()
        .order_by_asc(affiliation::Column::Id)
        .all(tx)
        .await?;
    let mut homes = homes
        .iter()
        .rev()
        .filter(|row| row.is_primary && row.council_id.is_some());
    let first = season.starts_on.max(today);
    let (mut challenges, mut windows, mut chosen, mut places, mut teams) = (vec![], vec![], vec![], vec![], vec![]);
    for (number, host) in hosts.take(CHALLENGES).enumerate() {
        let (id, window) = (act.id(), act.id());
        let starts_on = first
            .checked_add_days(Days::new(7 + 2 * number as u64))
            .context("a day")?;
        let ends_on = starts_on.checked_add_days(Days::new(3)).context("a day")?;
        let open = challenge::Model {
            id,
            reference: format!("BENCH-{number}"),
            season_id: season.id,
            host_id: host.id,
            stage: Stage::TeamConfirmed,
            window_id: None,
            starts_on: None,
            ends_on: None,
            ..model.clone()
        };
        chosen.push(challenge::Model {
            window_id: Some(window),
            starts_on: Some(starts_on),
            ends_on: Some(ends_on),
            ..open.clone()
        });
        challenges.push(open);
        windows.push(challenge_window::Model {
            id: window,
            challenge_id: id,
            starts_on,
            ends_on,
            preference: 1,
        });
        for slot in &slots {
            let slot_id = act.id();
            places.push(team_slot::Model {
                id: slot_id,
                challenge_id: id,
                ..slot.clone()
            });
            let home = homes.next().context("enough people")?;
            teams.push(assignment::Model {
                id: act.id(),
                challenge_id: id,
                slot_id,
                peer_id: home.peer_id,
                home_council_id: home.council_id.context("a council")?,
                starts_on,
                ends_on,
                status: AssignmentStatus::Confirmed,
                policy_id: model.policy_id,
                nominated_by: "bench".to_owned(),
                status_reason: None,
                version: 1,
                created_at: act.at,
                updated_at: act.at,
            });
        }
    }
    upsert::<challenge::Entity>(tx, challenges, &Silent).await?;
    upsert::<challenge_window::Entity>(tx, windows, &Silent).await?;
    upsert::<challenge::Entity>(tx, chosen, &Silent).await?;
    upsert::<team_slot::Entity>(tx, places, &Silent).await?;
    upsert::<assignment::Entity>(tx, teams, &Silent).await?;
    Ok(())
}

/// A page of fifty challenges with everything around them.
pub(crate) const SCHEDULE: &str = r#"query Schedule($first: Int!) {
  schedule(from: "2026-11-22", to: "2028-12-31", first: $first) {
    nodes {
      startsOn endsOn isConfirmed
      challenge {
        id reference stage
        host { id name }
        slots { id role isLead assignment { id status peer { id name reference } homeCouncil { id name } } }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}"#;
