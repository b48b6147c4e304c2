//! The demonstration's world with a whole national season to be planned: every council that provides children's services and
//! exists today has a challenge in team building, like the demonstration's main one, with three windows of its own.

use anyhow::Context as _;
use chrono::{Days, NaiveDate};
use entity::{
    challenge, challenge_request, challenge_theme, challenge_window, council, enums::Stage, sign_off, team_slot,
};
use peer_challenge::{
    db::Tx,
    graphql::context::Act,
    import::store::bulk::{Silent, upsert},
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

/// Adds the challenges, made like the one given; gives back how many.
///
/// # Errors
/// The database's, and when that challenge lacks something.
pub async fn add(tx: &Tx, act: &Act, like: Uuid) -> anyhow::Result<usize> {
    let model = challenge::Entity::find_by_id(like)
        .one(tx)
        .await?
        .context("the model")?;
    let of = |column: challenge::Column| column.eq(model.season_id);
    let there = challenge::Entity::find()
        .filter(of(challenge::Column::SeasonId))
        .all(tx)
        .await?;
    let windows = challenge_window::Entity::find()
        .filter(challenge_window::Column::ChallengeId.eq(like))
        .order_by_asc(challenge_window::Column::StartsOn)
        .all(tx)
        .await?;
    let slots = team_slot::Entity::find()
        .filter(team_slot::Column::ChallengeId.eq(like))
        .all(tx)
        .await?;
    let themes = challenge_theme::Entity::find()
        .filter(challenge_theme::Column::ChallengeId.eq(like))
        .all(tx)
        .await?;
    let signed = sign_off::Entity::find()
        .filter(sign_off::Column::ChallengeId.eq(like))
        .one(tx)
        .await?;
    let request = challenge_request::Entity::find()
        .filter(challenge_request::Column::ChallengeId.eq(like))
        .one(tx)
        .await?;
    let (signed, request) = (signed.context("its sign-off")?, request.context("its request")?);
    let season = entity::season::Entity::find_by_id(model.season_id)
        .one(tx)
        .await?
        .context("its season")?;
    let hosts = council::Entity::find()
        .filter(council::Column::EndsOn.is_null())
        .filter(council::Column::ProvidesChildrensServices.eq(true))
        .order_by_asc(council::Column::GssCode)
        .all(tx)
        .await?;
    let hosts = hosts
        .iter()
        .filter(|host| !there.iter().any(|row| row.host_id == host.id));
    let first = windows.first().context("windows")?.starts_on;
    let weeks = u64::try_from((season.ends_on - first).num_weeks())?;
    let (mut challenges, mut new_windows, mut new_slots, mut new_themes) = (vec![], vec![], vec![], vec![]);
    let (mut signs, mut requests) = (vec![], vec![]);
    for (number, host) in (0u64..).zip(hosts) {
        let id = act.id();
        challenges.push(challenge::Model {
            id,
            reference: format!("NATIONAL-{number}"),
            host_id: host.id,
            stage: Stage::TeamBuilding,
            window_id: None,
            starts_on: None,
            ends_on: None,
            ..model.clone()
        });
        for (window, preference) in [(0, 80), (2, 60), (4, 50)] {
            let starts_on: NaiveDate = first + Days::new((number + window) % weeks * 7);
            new_windows.push(challenge_window::Model {
                id: act.id(),
                challenge_id: id,
                starts_on,
                ends_on: starts_on + Days::new(3),
                preference,
            });
        }
        new_slots.extend(slots.iter().map(|slot| team_slot::Model {
            id: act.id(),
            challenge_id: id,
            ..slot.clone()
        }));
        new_themes.extend(themes.iter().map(|theme| challenge_theme::Model {
            challenge_id: id,
            ..theme.clone()
        }));
        signs.push(sign_off::Model {
            id: act.id(),
            challenge_id: id,
            ..signed.clone()
        });
        requests.push(challenge_request::Model {
            id: act.id(),
            challenge_id: id,
            ..request.clone()
        });
    }
    let made = challenges.len();
    upsert::<challenge::Entity>(tx, challenges, &Silent).await?;
    upsert::<challenge_request::Entity>(tx, requests, &Silent).await?;
    upsert::<challenge_window::Entity>(tx, new_windows, &Silent).await?;
    upsert::<team_slot::Entity>(tx, new_slots, &Silent).await?;
    upsert::<challenge_theme::Entity>(tx, new_themes, &Silent).await?;
    upsert::<sign_off::Entity>(tx, signs, &Silent).await?;
    Ok(made)
}
