//! A plan for people: what it is worth and what could be missing, who is served worst, and a calendar by week and region.

use std::{collections::BTreeMap, fmt::Write as _};

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use matching::season::{Assignment, Broken, PlanFile, PlanStatus, Season, worth};

/// Wide enough for a terminal of 120 columns.
const WIDTH: u16 = 118;

/// The plan as a readable text; `name` says what a challenge is called.
///
/// # Errors
/// The rules that the plan breaks, if it is not the planner's own.
pub fn text(season: &Season, plan: &PlanFile, name: impl Fn(usize) -> String) -> Result<String, Broken> {
    let mut text = summary(season, plan, &name)?;
    let _ = writeln!(text, "\n{}", calendar(season, plan, name));
    Ok(text)
}

/// What the plan is worth.
fn summary(season: &Season, plan: &PlanFile, name: &impl Fn(usize) -> String) -> Result<String, Broken> {
    let worth = worth(season, &plan.assignments)?;
    let mut text = String::new();
    let proof = match (plan.status, plan.cut_short) {
        (PlanStatus::Optimal, _) => "proven: no plan is worth more".to_owned(),
        (PlanStatus::Feasible, false) => "the search came to its end".to_owned(),
        (PlanStatus::Feasible, true) => "the search was cut short; longer may find more".to_owned(),
    };
    let _ = writeln!(
        text,
        "{} challenges, {} people: {} of {} scheduled, {} of {} slots filled",
        season.challenges.len(),
        season.peers.len(),
        worth.scheduled,
        season.challenges.len(),
        worth.filled,
        worth.wanted
    );
    let _ = writeln!(
        text,
        "{} points of at most {}: gap {:.4} %, without the slots' points {:.3} %, in slots {} ({proof})",
        plan.objective,
        plan.bound,
        plan.gap * 100.0,
        plan.soft_gap * 100.0,
        plan.slot_gap
    );
    let _ = writeln!(
        text,
        "slots {}, windows {}, themes {}, likeness {}, regions {}, travel {}, load {}, parties {}",
        worth.slots,
        worth.preference,
        worth.themes,
        worth.affinity,
        worth.spread,
        worth.travel,
        worth.load,
        worth.party
    );
    let fair = fairness(season, &plan.assignments);
    let worst = fair.worst.map_or_else(
        || "none".to_owned(),
        |(challenge, filled, slots)| format!("{} with {filled} of {slots} slots", name(challenge)),
    );
    let _ = writeln!(
        text,
        "worst-served host: {worst}; busiest person {} challenges; {:.1} % of qualified people not asked",
        fair.busiest,
        fair.idle * 100.0
    );
    Ok(text)
}

struct Fairness {
    worst: Option<(usize, usize, i64)>,
    busiest: usize,
    idle: f64,
}

#[allow(clippy::cast_precision_loss, reason = "counts of people")]
fn fairness(season: &Season, plan: &[Assignment]) -> Fairness {
    let mut filled = vec![0; season.challenges.len()];
    let mut jobs = vec![0; season.peers.len()];
    for assignment in plan {
        filled[assignment.challenge] = assignment.team.len();
        for seat in &assignment.team {
            jobs[seat.peer] += 1;
        }
    }
    let share = |c: usize, wanted: i64| filled[c] as f64 / wanted.max(1) as f64;
    let worst = season
        .challenges
        .iter()
        .map(|challenge| {
            (
                challenge.id,
                filled[challenge.id],
                challenge.seats.values().sum::<i64>(),
            )
        })
        .filter(|(_, _, wanted)| *wanted > 0)
        .min_by(|a, b| share(a.0, a.2).total_cmp(&share(b.0, b.2)));
    let wanted: std::collections::BTreeSet<&String> = season
        .challenges
        .iter()
        .flat_map(|challenge| challenge.seats.keys())
        .collect();
    let qualified = season
        .peers
        .iter()
        .filter(|peer| peer.roles.iter().any(|role| wanted.contains(role)));
    let qualified: Vec<usize> = qualified.map(|peer| peer.id).collect();
    let idle = qualified.iter().filter(|&&peer| jobs[peer] == 0).count();
    Fairness {
        worst,
        busiest: jobs.iter().copied().max().unwrap_or(0),
        idle: idle as f64 / qualified.len().max(1) as f64,
    }
}

/// Which challenges take place, by calendar week and the host's region. `!` marks a team with vacant slots.
fn calendar(season: &Season, plan: &PlanFile, name: impl Fn(usize) -> String) -> String {
    let mut weeks: BTreeMap<i64, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for assignment in &plan.assignments {
        let challenge = &season.challenges[assignment.challenge];
        let Some(window) = assignment.window.and_then(|window| challenge.windows.get(window)) else {
            continue;
        };
        let region = season.councils[challenge.host].region.as_str();
        let slots = challenge.seats.values().sum::<i64>();
        let vacant = i64::try_from(assignment.team.len()).unwrap_or(i64::MAX) < slots;
        let entry = format!("{}{}", name(challenge.id), if vacant { "!" } else { "" });
        weeks
            .entry(window.start.div_euclid(7))
            .or_default()
            .entry(region)
            .or_default()
            .push(entry);
    }
    let mut table = Table::new();
    table
        .load_preset(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    let mut head = vec!["week".to_owned()];
    head.extend(season.regions.iter().cloned());
    table.set_header(head);
    for (week, regions) in weeks {
        let mut row = vec![week_name(season, week)];
        row.extend(season.regions.iter().map(|region| {
            regions
                .get(region.as_str())
                .map(|here| here.join(" "))
                .unwrap_or_default()
        }));
        table.add_row(row);
    }
    table.to_string()
}

fn week_name(season: &Season, week: i64) -> String {
    let monday = season.season_start.and_then(|start| {
        let days = chrono::TimeDelta::try_days(week.checked_mul(7)?)?;
        start.checked_add_signed(days)
    });
    monday.map_or_else(|| format!("{week}"), |monday| monday.format("%d %b %Y").to_string())
}

/// One line for each filled or vacant slot: challenge, host, window, role, peer, home.
///
/// # Errors
/// None of its own; the writer's.
pub fn csv(season: &Season, plan: &PlanFile) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "challenge",
        "host",
        "region",
        "first_day",
        "last_day",
        "role",
        "peer",
        "home",
        "home_region",
    ])?;
    for assignment in &plan.assignments {
        let challenge = &season.challenges[assignment.challenge];
        let Some(window) = assignment.window.and_then(|window| challenge.windows.get(window)) else {
            continue;
        };
        let host = &season.councils[challenge.host];
        let mut line = |role: &str, peer: Option<usize>| {
            let home = peer.map(|peer| &season.councils[season.peers[peer].council]);
            writer.write_record([
                challenge.id.to_string(),
                host.id.to_string(),
                host.region.clone(),
                window.start.to_string(),
                window.end.to_string(),
                role.to_owned(),
                peer.map(|peer| peer.to_string()).unwrap_or_default(),
                home.map(|home| home.id.to_string()).unwrap_or_default(),
                home.map(|home| home.region.clone()).unwrap_or_default(),
            ])
        };
        for (role, &slots) in &challenge.seats {
            let holders: Vec<usize> = assignment
                .team
                .iter()
                .filter(|seat| seat.role == *role)
                .map(|seat| seat.peer)
                .collect();
            for slot in 0..usize::try_from(slots).unwrap_or(0) {
                line(role, holders.get(slot).copied())?;
            }
        }
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}
