//! Challenges in team building whose windows fall on the same days, and too few people for all of them.

use anyhow::Context as _;
use chrono::Days;
use entity::{
    challenge, challenge_window, council,
    enums::{PeerRole, Stage},
    programme, programme_policy, team_slot,
};
use peer_challenge::{
    clock::Clock as _,
    season::service::{NewSeason, create},
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use support::{App, people::Person};
use uuid::Uuid;

use crate::database::world::insert;

const HOSTS: [&str; 6] = [
    "E06000001",
    "E06000002",
    "E06000010",
    "E06000014",
    "E06000012",
    "E06000013",
];

const HOMES: [&str; 9] = [
    "E09000002",
    "E06000022",
    "E06000008",
    "E06000031",
    "E06000016",
    "E10000008",
    "E10000016",
    "E10000029",
    "E10000030",
];

/// A challenge.
pub(super) struct Place {
    pub(super) id: Uuid,
    pub(super) host: Uuid,
    pub(super) windows: Vec<Uuid>,
    pub(super) slots: Vec<(Uuid, PeerRole)>,
}

/// What everybody wants.
pub(super) struct Field {
    pub(super) places: Vec<Place>,
    pub(super) people: Vec<(Uuid, PeerRole)>,
}

impl Field {
    /// Somebody for a slot of this role.
    pub(super) fn fitting(&self, role: PeerRole) -> Vec<Uuid> {
        let fits = self.people.iter().filter(|person| person.1 == role);
        fits.map(|person| person.0).collect()
    }
}

/// Plants a field; every row has version 1 and no event.
pub(super) async fn plant(app: &App) -> anyhow::Result<Field> {
    let today = app.clock.today();
    let day = |ahead: u64| today.checked_add_days(Days::new(ahead)).context("a day");
    let tx = app.database.begin().await?;
    let season = NewSeason {
        name: "The field".to_owned(),
        starts_on: today,
        ends_on: day(360)?,
    };
    let season = create(&tx, &app.act(), season).await;
    let season = season.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let programme = programme::Entity::find()
        .filter(programme::Column::Code.eq("CSPC"))
        .one(&tx)
        .await?
        .context("programme")?;
    let policy = programme_policy::Entity::find()
        .filter(programme_policy::Column::ProgrammeId.eq(programme.id))
        .one(&tx)
        .await?
        .context("policy")?;
    let mut places = Vec::new();
    for (number, code) in HOSTS.iter().enumerate() {
        let host = council::Entity::find()
            .filter(council::Column::GssCode.eq(*code))
            .one(&tx)
            .await?
            .with_context(|| format!("no council {code}"))?;
        let row = challenge::Model {
            id: app.ids.next_id(),
            reference: format!("FIELD-{number}"),
            programme_id: programme.id,
            season_id: season.id,
            host_id: host.id,
            stage: Stage::TeamBuilding,
            stage_changed_at: app.clock.now(),
            side_reason: None,
            side_note: None,
            resumes_to: None,
            policy_id: policy.id,
            window_id: None,
            starts_on: None,
            ends_on: None,
            delivery_mode: None,
            organiser: None,
            adviser: None,
            manager: None,
            first_challenge_id: None,
            version: 1,
            created_at: app.clock.now(),
            updated_at: app.clock.now(),
        };
        let mut place = Place {
            id: row.id,
            host: host.id,
            windows: Vec::new(),
            slots: Vec::new(),
        };
        insert(&tx, row).await?;
        for (ahead, preference) in [(200, 100), (214, 50)] {
            let window = challenge_window::Model {
                id: app.ids.next_id(),
                challenge_id: place.id,
                starts_on: day(ahead)?,
                ends_on: day(ahead + 3)?,
                preference,
            };
            place.windows.push(window.id);
            insert(&tx, window).await?;
        }
        for (position, role) in [
            (1, PeerRole::DirectorOfChildrensServices),
            (2, PeerRole::MemberPeer),
            (3, PeerRole::OperationalManager),
        ] {
            let slot = team_slot::Model {
                id: app.ids.next_id(),
                challenge_id: place.id,
                position,
                role,
                is_lead: position == 1,
            };
            place.slots.push((slot.id, role));
            insert(&tx, slot).await?;
        }
        places.push(place);
    }
    tx.commit().await?;
    let mut people = Vec::new();
    for (number, role) in [
        PeerRole::DirectorOfChildrensServices,
        PeerRole::MemberPeer,
        PeerRole::OperationalManager,
    ]
    .into_iter()
    .cycle()
    .take(18)
    .enumerate()
    {
        let person = Person {
            served: true,
            ..Person::new(format!("Wanted-{number}").leak(), HOMES[number % HOMES.len()], role)
        };
        people.push((app.person(person).await?, role));
    }
    Ok(Field { places, people })
}
