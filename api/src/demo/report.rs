//! The main job on one request, printed for a programme manager: the pool, who is out by which rule, the proposed team with
//! reasons, reserves, and what was traded off. Everything shown comes from the engine's answer.

use std::fmt::Write as _;

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use entity::{challenge, council, region};
use matching::{
    PeerIx, SlotIx, WindowIx,
    season::{Options, PlanFile, Problem, ToTheEnd},
    team::{self, Proposal, propose},
};
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

use super::words;
use crate::{
    graphql::errors::{ApiError, Result},
    planning::{
        report as planning,
        season::{
            facts::{Material, MaterialError, nothing_moves},
            settings::Settings,
        },
    },
    team::{
        codes, explain,
        world::{Facts, Whom, load},
    },
};

/// Runners of a table wide enough for a terminal of 120 columns.
const WIDTH: u16 = 118;
/// Names shown for "would need a waiver".
const NEAR_MISSES: usize = 3;

/// Runs the main job on `challenge` as of `today` and describes the answer.
///
/// # Errors
/// The database's, or internal ones when rows contradict each other.
pub async fn main_job(challenge: Uuid, today: chrono::NaiveDate, connection: &impl ConnectionTrait) -> Result<String> {
    let row = challenge::Entity::find_by_id(challenge)
        .one(connection)
        .await?
        .ok_or_else(|| ApiError::internal("the demo's challenge is missing"))?;
    let host = council::Entity::find_by_id(row.host_id)
        .find_also_related(region::Entity)
        .one(connection)
        .await?
        .ok_or_else(|| ApiError::internal("the demo's host is missing"))?;
    let reference = row.reference.clone();
    let facts = load(row, Whom::Everybody, today, connection).await?;
    let started = std::time::Instant::now();
    let proposal = propose(&facts.world, &facts.policy, &facts.challenge, &team::Options::default())
        .map_err(|error| ApiError::internal(format_args!("{error}")))?;
    let elapsed = started.elapsed();

    let mut text = String::new();
    let region = host.1.map(|region| region.name).unwrap_or_default();
    let _ = writeln!(text, "\n{reference}: a team for {} ({region})", host.0.official_name);
    let _ = writeln!(
        text,
        "{} people in the pool, {} windows, {} places; solved in {} ms\n",
        proposal.considered,
        facts.challenge.windows.len(),
        facts.challenge.slots.len(),
        elapsed.as_millis()
    );
    windows(&mut text, &facts, &proposal);
    pool(&mut text, &facts, proposal.window)?;
    team(&mut text, &facts, &proposal);
    trade_offs(&mut text, &facts, &proposal);
    Ok(text)
}

/// Plans the whole season of `challenge` as of `today` and describes the plan.
///
/// # Errors
/// The database's, or internal ones when rows contradict each other.
pub async fn season(challenge: Uuid, today: chrono::NaiveDate, connection: &impl ConnectionTrait) -> Result<String> {
    let row = challenge::Entity::find_by_id(challenge)
        .one(connection)
        .await?
        .ok_or_else(|| ApiError::internal("the demo's challenge is missing"))?;
    let failed = |error: MaterialError| match error {
        MaterialError::Failed(error) => error,
        other => ApiError::internal(format_args!("the season cannot be planned: {}", other.code())),
    };
    let started = std::time::Instant::now();
    let settings = Settings::usual();
    let material = Material::load([row.programme_id, row.season_id], &settings, today, connection).await;
    let mut material = material.map_err(failed)?;
    let composed = material
        .compose(&settings, ("demonstration", &nothing_moves), 2, &ToTheEnd)
        .map_err(failed)?;
    let options = Options {
        threads: 2,
        ..Options::default()
    };
    let problem = Problem::of(&composed.season, options.seed);
    let planned = matching::season::plan(&problem, options, &ToTheEnd);
    let file = PlanFile::of(&composed.season, &problem, &planned, options.seed).map_err(ApiError::internal)?;
    let host = |challenge: usize| {
        let facts = &material.facts[challenge];
        facts.council_name(facts.challenge.host).to_owned()
    };
    let told = planning::text(&composed.season, &file, host).map_err(ApiError::internal)?;
    Ok(format!(
        "The whole season at once, planned in {} ms (`!` marks vacant slots)\n{told}",
        started.elapsed().as_millis()
    ))
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    table.set_header(header);
    table
}

fn days(facts: &Facts, window: WindowIx) -> String {
    let span = facts.span(window);
    format!("{} to {}", explain::day(span.from), explain::day(span.until))
}

fn role(facts: &Facts, slot: SlotIx) -> String {
    let slot = &facts.challenge.slots[slot.index()];
    let words = words::role(slot.role);
    if slot.lead {
        format!("{words} (lead)")
    } else {
        words.to_owned()
    }
}

fn windows(text: &mut String, facts: &Facts, proposal: &Proposal) {
    let mut rows = table(&["Window", "Eligible people for each place", "Scarcest place", ""]);
    for summary in &proposal.windows {
        let eligible: Vec<String> = summary
            .eligible
            .iter()
            .map(|count| count.map_or("held".to_owned(), |count| count.to_string()))
            .collect();
        rows.add_row([
            days(facts, summary.window),
            eligible.join(", "),
            summary.bottleneck.map_or(String::new(), |slot| role(facts, slot)),
            if summary.window == proposal.window {
                "chosen".to_owned()
            } else {
                String::new()
            },
        ]);
    }
    let _ = writeln!(text, "Windows\n{rows}\n");
}

/// Eligible and not, for each place in the chosen window, and what keeps people out.
fn pool(text: &mut String, facts: &Facts, window: WindowIx) -> Result<()> {
    let case = facts.case(window)?;
    let mut rows = table(&[
        "Place",
        "Eligible",
        "Need a waiver",
        "Ineligible",
        "Kept out by (people; of them by this rule alone)",
    ]);
    for slot in facts.challenge.slot_positions() {
        let pool = case.pool(Some(slot))?;
        let mut rules = pool.by_rule.clone();
        rules.sort_by_key(|count| std::cmp::Reverse((count.alone, count.people)));
        let shown: Vec<String> = rules
            .iter()
            .take(6)
            .map(|count| format!("{} {} ({})", codes::name(count.rule), count.people, count.alone))
            .collect();
        rows.add_row([
            role(facts, slot),
            pool.eligible.to_string(),
            pool.needs_waiver.to_string(),
            pool.ineligible.to_string(),
            shown.join(", "),
        ]);
    }
    let _ = writeln!(
        text,
        "The whole pool, place by place, on {}\n{rows}\n",
        days(facts, window)
    );
    Ok(())
}

fn person(facts: &Facts, peer: PeerIx, window: WindowIx) -> String {
    let home = facts.world.homes(peer, facts.span(window)).primary;
    let home = home.map_or("no council", |council| facts.council_name(council));
    format!("{} ({home})", facts.peer_name(peer))
}

fn points(contributions: &[matching::Contribution]) -> String {
    let parts: Vec<String> = contributions
        .iter()
        .filter(|part| part.points != 0 && part.criterion != matching::Criterion::Seat)
        .map(|part| format!("{} {:+}", words::criterion(part.criterion), part.points))
        .collect();
    parts.join(", ")
}

fn team(text: &mut String, facts: &Facts, proposal: &Proposal) {
    let mut rows = table(&["Place", "Proposed", "Why (points)", "Next best", "Reserves"]);
    for place in &proposal.places {
        let Some(holder) = &place.holder else {
            let why = place.vacancy.as_ref().map_or(String::new(), |vacancy| {
                let rules: Vec<String> = vacancy
                    .by_rule
                    .iter()
                    .take(4)
                    .map(|count| format!("{} {}", codes::name(count.rule), count.people))
                    .collect();
                format!("nobody fits: {}", rules.join(", "))
            });
            rows.add_row([
                role(facts, place.slot),
                "vacant".to_owned(),
                why,
                String::new(),
                String::new(),
            ]);
            continue;
        };
        let next = holder.runners_up.first().map_or("nobody else".to_owned(), |next| {
            format!(
                "{}: {:+} points, decided by {}",
                person(facts, next.peer, proposal.window),
                next.delta,
                words::decision(next.decided_by)
            )
        });
        let reserves: Vec<String> = place
            .reserves
            .iter()
            .map(|reserve| person(facts, reserve.peer, proposal.window))
            .collect();
        rows.add_row([
            role(facts, place.slot),
            person(facts, holder.peer, proposal.window),
            points(&holder.contributions),
            next,
            reserves.join("\n"),
        ]);
    }
    let proof = if proposal.proven {
        "proven optimal: no team is worth more".to_owned()
    } else {
        format!(
            "best found; no team is worth more than {} places and {} points",
            proposal.bound.filled, proposal.bound.points
        )
    };
    let _ = writeln!(
        text,
        "Proposed team: {} of {} places, {} points, {proof}\n{rows}\n",
        proposal.value.filled,
        facts.challenge.slots.len(),
        proposal.value.points
    );
}

fn trade_offs(text: &mut String, facts: &Facts, proposal: &Proposal) {
    let _ = writeln!(text, "What was traded off");
    let _ = writeln!(text, "  The team as a whole: {}.", points(&proposal.contributions));
    if let Some(other) = &proposal.traded_off {
        let worth = match other.value {
            Some(value) => format!("{} places and {} points were possible", value.filled, value.points),
            None => format!(
                "no team there is worth more than {} places and {} points",
                other.bound.filled, other.bound.points
            ),
        };
        let _ = writeln!(
            text,
            "  In the next best window, {}, {worth}.",
            days(facts, other.window)
        );
    }
    let _ = writeln!(
        text,
        "  {} of {} people are eligible somewhere on the team; {} did not have to be tried, because enough others of the \
         same region with the same themes are worth at least as much.",
        proposal.eligible, proposal.considered, proposal.set_aside.people
    );
    near_misses(text, facts, proposal);
}

/// A few people whom only a waiver keeps out, so that the reader sees what an explanation looks like.
fn near_misses(text: &mut String, facts: &Facts, proposal: &Proposal) {
    let Ok(case) = facts.case(proposal.window) else { return };
    let lead = SlotIx(0);
    let mut shown = 0;
    for peer in facts.world.everybody() {
        let Ok(verdict) = case.assess(Some(lead), peer) else {
            return;
        };
        if verdict.status == matching::Status::NeedsWaiver {
            let labels = facts.labels(peer, &verdict.findings);
            let why: Vec<String> = verdict
                .findings
                .iter()
                .map(|finding| explain::sentence(finding, &labels))
                .collect();
            let _ = writeln!(
                text,
                "  Could lead with a waiver: {}. {}",
                person(facts, peer, proposal.window),
                why.join(" ")
            );
            shown += 1;
        }
        if shown == NEAR_MISSES {
            return;
        }
    }
}
