//! Fills an empty, migrated database with the demonstration in one transaction.

use chrono::{Datelike, NaiveDate};
use entity::{
    accuracy_edit, action_update, affiliation, assignment, availability_window, blackout_period, challenge,
    challenge_document, challenge_request, challenge_theme, challenge_window, council, declared_interest, evaluation,
    fieldwork_session, finding, immediate_risk, inspection_outcome, invitation, line_of_enquiry, past_engagement, peer,
    peer_role, peer_theme, plan_action, priority_assessment, programme, programme_policy, recommendation,
    recommendation_finding, report, season, session_peer, sign_off, stage_change, team_slot, theme,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{
    history, invitations,
    lives::{self, Lives},
    people::{self, Place},
    requests::{self, Offer, Outcomes, Requests, Source},
    teams,
};
use crate::{
    audit::{self, Event},
    clock::Clock,
    db::Tx,
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, Result},
        ids::Kind,
    },
    ids::IdGenerator,
    import::{
        reference,
        store::bulk::{Silent, upsert},
    },
    programme::{
        repo::{self, body},
        seed,
    },
    season::service::{NewSeason, create},
};

/// GSS code of the council that the main job runs for.
pub const MAIN_HOST: &str = "E06000001";

/// What was made, as far as the demo's report needs it.
pub struct Filled {
    /// The challenge that the main job runs on.
    pub main_challenge: Uuid,
    /// Somebody in the pool, for the peer's token.
    pub some_peer: Uuid,
}

/// Fills the database: reference facts, programmes, seasons, pool, history and requests. The same seed and day give the
/// same rows, ids apart from their time part included.
///
/// # Errors
/// The database's; internal ones when shipped data is damaged.
pub async fn fill(tx: &Tx, act: &Act, clock: &dyn Clock, ids: &dyn IdGenerator, random: u64) -> Outcome<Filled> {
    let mut rng = ChaCha8Rng::seed_from_u64(random);
    reference::load(tx, clock, ids).await.map_err(ApiError::internal)?;
    let seasons = seasons(tx, act).await?;
    let first = seasons.first().map_or(act.today, |season| season.starts_on);
    seed::load(tx, act, first).await?;
    let offers = [
        offer(tx, act, "CSPC").await?,
        offer(tx, act, "CPC").await?,
        offer(tx, act, "PROGRESS").await?,
    ];
    let councils = council::Entity::find()
        .filter(council::Column::EndsOn.is_null())
        .order_by_asc(council::Column::GssCode)
        .all(tx)
        .await?;
    let main_host = councils
        .iter()
        .position(|council| council.gss_code == MAIN_HOST)
        .ok_or_else(|| ApiError::internal("the demo's host is not among the councils"))?;
    let places: Vec<Place> = councils
        .iter()
        .map(|council| Place {
            id: council.id,
            name: council.name.clone(),
            childrens_services: council.provides_childrens_services,
        })
        .collect();
    let themes: Vec<Uuid> = theme::Entity::find()
        .order_by_asc(theme::Column::Code)
        .all(tx)
        .await?
        .into_iter()
        .map(|row| row.id)
        .collect();

    let pool = people::pool(&mut rng, act, &places, &themes);
    let past: Vec<_> = seasons
        .iter()
        .take(2)
        .flat_map(|season| history::engagements(&mut rng, act, season, offers[0].programme.id, &places, &pool))
        .collect();
    let outcomes = outcomes(tx).await?;
    let source = Source {
        act,
        places: &places,
        main_host,
        themes: &themes,
        seasons: &seasons,
        offers: &offers,
        pool: &pool,
        outcomes: &outcomes,
    };
    let mut made = requests::requests(&mut rng, &source)?;
    // A stream of its own: the pool and the requests stay what they are.
    let mut later = ChaCha8Rng::seed_from_u64(random ^ 0x6c69_7665);
    let lives = lives::lives(&mut later, &source, &mut made, &past);
    let mut invited = invitations::all(act, &made.assignments);
    let to_come = teams::to_come(&made.challenges);
    let main_challenge = made
        .challenges
        .first()
        .map(|challenge| challenge.id)
        .ok_or_else(nothing)?;
    let some_peer = pool.peers.first().map(|peer| peer.id).ok_or_else(nothing)?;
    upsert::<peer::Entity>(tx, pool.peers, &Silent).await?;
    upsert::<peer_role::Entity>(tx, pool.roles, &Silent).await?;
    upsert::<peer_theme::Entity>(tx, pool.themes, &Silent).await?;
    upsert::<affiliation::Entity>(tx, pool.affiliations, &Silent).await?;
    upsert::<declared_interest::Entity>(tx, pool.interests, &Silent).await?;
    upsert::<availability_window::Entity>(tx, pool.availability, &Silent).await?;
    upsert::<blackout_period::Entity>(tx, pool.blackouts, &Silent).await?;
    upsert::<past_engagement::Entity>(tx, past, &Silent).await?;
    write(tx, made).await?;
    let sessions: Vec<_> = lives
        .records
        .sessions
        .iter()
        .map(|one| (one.challenge_id, one.id))
        .collect();
    write_lives(tx, lives).await?;
    // The engine asks the facts as they are written.
    let asked = teams::ask(tx, act, to_come).await?;
    upsert::<session_peer::Entity>(tx, teams::attend(&asked, &sessions), &Silent).await?;
    invited.extend(invitations::all(act, &asked));
    upsert::<invitation::Entity>(tx, invited, &Silent).await?;
    let event = Event::new("DEMONSTRATION_FILLED", Kind::PeerChallenge, main_challenge);
    audit::record(tx, act, event.with(serde_json::json!({ "seed": random }))).await?;
    Ok(Filled {
        main_challenge,
        some_peer,
    })
}

fn nothing() -> ApiError {
    ApiError::internal("the demonstration made nothing")
}

/// The two last seasons, the current one and the next, from April to March.
async fn seasons(tx: &Tx, act: &Act) -> Outcome<Vec<season::Model>> {
    let current = if act.today.month() >= 4 {
        act.today.year()
    } else {
        act.today.year() - 1
    };
    let mut seasons = Vec::new();
    for year in current - 2..=current + 1 {
        let day = |year, month, day| {
            NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| ApiError::internal(format_args!("no year {year}")))
        };
        let new = NewSeason {
            name: format!("{year}/{:02}", (year + 1) % 100),
            starts_on: day(year, 4, 1)?,
            ends_on: day(year + 1, 3, 31)?,
        };
        seasons.push(create(tx, act, new).await?);
    }
    Ok(seasons)
}

async fn offer(tx: &Tx, act: &Act, code: &str) -> Result<Offer> {
    let missing = || ApiError::internal(format_args!("programme {code} is not shipped"));
    let programme: programme::Model = repo::by_code(code, tx).await?.ok_or_else(missing)?;
    let mut policies: Vec<programme_policy::Model> = repo::policies_in_force(vec![programme.id], act.today, tx).await?;
    let policy = policies.pop().ok_or_else(missing)?;
    let body = body(&policy)?;
    Ok(Offer {
        programme,
        policy,
        body,
    })
}

/// The latest overall judgement and SEND outcome of each council.
async fn outcomes(tx: &Tx) -> Result<Outcomes> {
    let mut rows = inspection_outcome::Entity::find().all(tx).await?;
    rows.sort_by_key(|row| (row.starts_on.or(row.published_on), row.id));
    let mut outcomes = Outcomes::new();
    for row in rows {
        let entry = outcomes.entry(row.council_id).or_default();
        entry.0 = row.overall.or(entry.0);
        entry.1 = row.send_outcome.or(entry.1);
    }
    Ok(outcomes)
}

/// Writes the requests. A challenge and its chosen window name each other, so the choice is written last.
async fn write(tx: &Tx, made: Requests) -> Result<()> {
    let mut challenges = made.challenges;
    let chosen: Vec<challenge::Model> = challenges
        .iter()
        .filter(|row| row.window_id.is_some())
        .cloned()
        .collect();
    for challenge in &mut challenges {
        challenge.window_id = None;
    }
    upsert::<challenge::Entity>(tx, challenges, &Silent).await?;
    upsert::<challenge_request::Entity>(tx, made.requests, &Silent).await?;
    upsert::<challenge_theme::Entity>(tx, made.themes, &Silent).await?;
    upsert::<challenge_window::Entity>(tx, made.windows, &Silent).await?;
    upsert::<challenge::Entity>(tx, chosen, &Silent).await?;
    upsert::<team_slot::Entity>(tx, made.slots, &Silent).await?;
    upsert::<line_of_enquiry::Entity>(tx, made.lines, &Silent).await?;
    upsert::<priority_assessment::Entity>(tx, made.assessments, &Silent).await?;
    upsert::<sign_off::Entity>(tx, made.sign_offs, &Silent).await?;
    upsert::<assignment::Entity>(tx, made.assignments, &Silent).await?;
    Ok(())
}

async fn write_lives(tx: &Tx, lives: Lives) -> Result<()> {
    let records = lives.records;
    upsert::<stage_change::Entity>(tx, lives.changes, &Silent).await?;
    upsert::<challenge_document::Entity>(tx, records.documents, &Silent).await?;
    upsert::<fieldwork_session::Entity>(tx, records.sessions, &Silent).await?;
    upsert::<session_peer::Entity>(tx, records.session_peers, &Silent).await?;
    upsert::<finding::Entity>(tx, records.findings, &Silent).await?;
    upsert::<immediate_risk::Entity>(tx, records.risks, &Silent).await?;
    upsert::<report::Entity>(tx, records.reports, &Silent).await?;
    upsert::<recommendation::Entity>(tx, records.recommendations, &Silent).await?;
    upsert::<recommendation_finding::Entity>(tx, records.traces, &Silent).await?;
    upsert::<accuracy_edit::Entity>(tx, records.edits, &Silent).await?;
    upsert::<plan_action::Entity>(tx, records.actions, &Silent).await?;
    upsert::<action_update::Entity>(tx, records.updates, &Silent).await?;
    upsert::<evaluation::Entity>(tx, records.evaluations, &Silent).await?;
    Ok(())
}
