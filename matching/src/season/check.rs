//! What a season must be for a plan to make sense: every id leads somewhere, every span ends after it starts, every number is
//! within what can be counted.

use std::collections::BTreeSet;

use super::format::{Barred, Challenge, Closed, FORMAT, FormatError, MOST_POINTS, MOST_THEMES, Season};

/// Days and kilometres beyond this are a mistake.
const FARTHEST: i64 = 1_000_000;

/// Regions are kept in sets of so many.
const MOST_REGIONS: usize = 64;

/// Slots of one challenge beyond this are a mistake.
const MOST_SLOTS: i64 = 64;

type Checked = Result<(), FormatError>;

fn refuse(path: String, problem: String) -> Checked {
    Err(FormatError::new(path, problem))
}

pub(super) fn season(season: &Season) -> Checked {
    if season.format != FORMAT {
        return refuse(
            "format".into(),
            format!("\"{}\"; this reads \"{FORMAT}\"", season.format),
        );
    }
    if let Some(start) = season.season_start
        && chrono::Datelike::weekday(&start) != chrono::Weekday::Mon
    {
        return refuse("season_start".into(), format!("{start} is not a Monday"));
    }
    names("regions", &season.regions, MOST_REGIONS)?;
    names("roles", &season.roles, usize::MAX)?;
    names("themes", &season.themes, usize::MAX)?;
    names("parties", &season.parties, 255)?;
    numbers(season)?;
    councils(season)?;
    peers(season)?;
    challenges(season)?;
    for (i, past) in season.history.iter().enumerate() {
        let path = format!("history[{i}]");
        council(season, format!("{path}.supplier"), past.supplier)?;
        council(season, format!("{path}.host"), past.host)?;
        within(format!("{path}.day"), past.day, -FARTHEST, FARTHEST)?;
    }
    for (i, &(home, week, people)) in season.away.iter().enumerate() {
        let path = format!("away[{i}]");
        council(season, format!("{path}[0]"), home)?;
        within(format!("{path}[1]"), week, -FARTHEST, FARTHEST)?;
        within(format!("{path}[2]"), people, 0, FARTHEST)?;
    }
    points(season)
}

fn names(path: &str, names: &[String], most: usize) -> Checked {
    if names.len() > most {
        return refuse(path.into(), format!("{} names; at most {most}", names.len()));
    }
    let mut seen = BTreeSet::new();
    for (i, name) in names.iter().enumerate() {
        if !seen.insert(name) {
            return refuse(format!("{path}[{i}]"), format!("\"{name}\" is there twice"));
        }
    }
    Ok(())
}

fn within(path: String, number: i64, least: i64, most: i64) -> Checked {
    if (least..=most).contains(&number) {
        Ok(())
    } else {
        refuse(path, format!("{number}; expected {least} to {most}"))
    }
}

fn known(path: String, what: &str, names: &[String], name: &str) -> Checked {
    if names.iter().any(|known| known == name) {
        Ok(())
    } else {
        refuse(path, format!("there is no {what} \"{name}\""))
    }
}

fn council(season: &Season, path: String, id: usize) -> Checked {
    if id < season.councils.len() {
        Ok(())
    } else {
        refuse(path, format!("there is no council {id}"))
    }
}

fn id(path: &str, i: usize, id: usize) -> Checked {
    if id == i {
        Ok(())
    } else {
        refuse(
            format!("{path}.id"),
            format!("{id}; ids are list positions, so {i} was expected"),
        )
    }
}

fn numbers(season: &Season) -> Checked {
    let (rules, weights) = (&season.rules, &season.weights);
    for (name, number, most) in [
        ("rules.rest_days", rules.rest_days, FARTHEST),
        ("rules.employed_days", rules.employed_days, FARTHEST),
        ("rules.reviewed_days", rules.reviewed_days, FARTHEST),
        ("rules.reciprocal_days", rules.reciprocal_days, FARTHEST),
        ("rules.max_per_home", rules.max_per_home, FARTHEST),
        ("rules.max_per_region", rules.max_per_region, FARTHEST),
        ("rules.max_host_region", rules.max_host_region, FARTHEST),
        ("rules.max_council_week", rules.max_council_week, FARTHEST),
        ("weights.seat", weights.seat, MOST_POINTS),
        ("weights.preference", weights.preference, MOST_POINTS),
        ("weights.theme", weights.theme, MOST_POINTS),
        ("weights.affinity", weights.affinity, MOST_POINTS),
        ("weights.spread", weights.spread, MOST_POINTS),
        ("weights.load", weights.load, MOST_POINTS),
        ("weights.party", weights.party, MOST_POINTS),
    ] {
        within(name.into(), number, 0, most)?;
    }
    within("weights.km_per_point".into(), weights.km_per_point, 1, FARTHEST)
}

fn councils(season: &Season) -> Checked {
    for (i, here) in season.councils.iter().enumerate() {
        let path = format!("councils[{i}]");
        id(&path, i, here.id)?;
        known(format!("{path}.region"), "region", &season.regions, &here.region)?;
        within(format!("{path}.x"), i64::from(here.x), -FARTHEST, FARTHEST)?;
        within(format!("{path}.y"), i64::from(here.y), -FARTHEST, FARTHEST)?;
        for (n, &neighbour) in here.neighbours.iter().enumerate() {
            council(season, format!("{path}.neighbours[{n}]"), neighbour)?;
        }
        if let Some(other) = here.counts_as {
            council(season, format!("{path}.counts_as"), other)?;
            if season.councils[other].region != here.region {
                return refuse(
                    format!("{path}.counts_as"),
                    format!("council {other} lies in another region"),
                );
            }
            if season.councils[other].counts_as.is_some_and(|further| further != other) {
                return refuse(
                    format!("{path}.counts_as"),
                    format!("council {other} counts as another one itself"),
                );
            }
        }
        let mut seen = BTreeSet::new();
        for (s, &(sister, likeness)) in here.sisters.iter().enumerate() {
            let path = format!("{path}.sisters[{s}]");
            council(season, format!("{path}[0]"), sister)?;
            within(format!("{path}[1]"), likeness, 0, 100)?;
            if !seen.insert(sister) {
                return refuse(path, format!("council {sister} is there twice"));
            }
        }
    }
    Ok(())
}

fn peers(season: &Season) -> Checked {
    for (i, peer) in season.peers.iter().enumerate() {
        let path = format!("peers[{i}]");
        id(&path, i, peer.id)?;
        council(season, format!("{path}.council"), peer.council)?;
        for (r, role) in peer.roles.iter().enumerate() {
            known(format!("{path}.roles[{r}]"), "role", &season.roles, role)?;
        }
        for (t, theme) in peer.themes.iter().enumerate() {
            known(format!("{path}.themes[{t}]"), "theme", &season.themes, theme)?;
        }
        if let Some(party) = &peer.party {
            known(format!("{path}.party"), "party", &season.parties, party)?;
        }
        within(format!("{path}.capacity"), peer.capacity, 0, FARTHEST)?;
        within(format!("{path}.engaged"), peer.engaged, 0, FARTHEST)?;
        for (u, &(from, until)) in peer.unavailable.iter().enumerate() {
            let path = format!("{path}.unavailable[{u}]");
            within(format!("{path}[0]"), from, -FARTHEST, FARTHEST)?;
            within(format!("{path}[1]"), until, -FARTHEST, FARTHEST)?;
            if until < from {
                return refuse(path, format!("ends on day {until}, before it starts on day {from}"));
            }
        }
        for (c, &conflict) in peer.conflicts.iter().enumerate() {
            council(season, format!("{path}.conflicts[{c}]"), conflict)?;
        }
        for (e, post) in peer.employed.iter().enumerate() {
            council(season, format!("{path}.employed[{e}].council"), post.council)?;
            within(format!("{path}.employed[{e}].until"), post.until, -FARTHEST, FARTHEST)?;
        }
        for (r, visit) in peer.reviewed.iter().enumerate() {
            council(season, format!("{path}.reviewed[{r}].council"), visit.council)?;
            within(format!("{path}.reviewed[{r}].day"), visit.day, -FARTHEST, FARTHEST)?;
        }
    }
    Ok(())
}

fn challenges(season: &Season) -> Checked {
    for (i, challenge) in season.challenges.iter().enumerate() {
        let path = format!("challenges[{i}]");
        id(&path, i, challenge.id)?;
        council(season, format!("{path}.host"), challenge.host)?;
        within(format!("{path}.priority"), challenge.priority, 1, 5)?;
        let mut slots = 0;
        for (role, &seats) in &challenge.seats {
            let path = format!("{path}.seats.{role}");
            known(path.clone(), "role", &season.roles, role)?;
            within(path, seats, 0, MOST_SLOTS)?;
            slots += seats;
        }
        within(format!("{path}.seats"), slots, 0, MOST_SLOTS)?;
        if challenge.themes.len() > MOST_THEMES {
            return refuse(
                format!("{path}.themes"),
                format!("{} themes; at most {MOST_THEMES}", challenge.themes.len()),
            );
        }
        for (theme, &weight) in &challenge.themes {
            let path = format!("{path}.themes.{theme}");
            known(path.clone(), "theme", &season.themes, theme)?;
            within(path, weight, 0, FARTHEST)?;
        }
        for (w, window) in challenge.windows.iter().enumerate() {
            let path = format!("{path}.windows[{w}]");
            within(format!("{path}.start"), window.start, -FARTHEST, FARTHEST)?;
            within(format!("{path}.end"), window.end, -FARTHEST, FARTHEST)?;
            within(format!("{path}.preference"), window.preference, 0, 100)?;
            if window.end < window.start {
                return refuse(
                    format!("{path}.end"),
                    format!("day {}, before the start on day {}", window.end, window.start),
                );
            }
        }
        further(season, challenge, &path)?;
    }
    Ok(())
}

/// What the published format does not have.
fn further(season: &Season, challenge: &Challenge, path: &str) -> Checked {
    let peer = |path: &dyn Fn() -> String, id: usize| {
        if id < season.peers.len() {
            Ok(())
        } else {
            refuse(path(), format!("there is no peer {id}"))
        }
    };
    let window = |path: &dyn Fn() -> String, at: usize| {
        if at < challenge.windows.len() {
            Ok(())
        } else {
            refuse(path(), format!("there is no window {at}"))
        }
    };
    for (name, limit) in [
        ("max_per_region", challenge.max_per_region),
        ("max_host_region", challenge.max_host_region),
    ] {
        within(format!("{path}.{name}"), limit.unwrap_or(0), 0, FARTHEST)?;
    }
    let closed = |name: &str, at: usize, people: &[usize], windows: &[usize]| {
        let path = format!("{path}.{name}[{at}]");
        for (p, &who) in people.iter().enumerate() {
            peer(&|| format!("{path}[0][{p}]"), who)?;
        }
        for (w, &at) in windows.iter().enumerate() {
            window(&|| format!("{path}[1][{w}]"), at)?;
        }
        Ok(())
    };
    for (at, Barred(people, windows)) in challenge.barred.iter().enumerate() {
        closed("barred", at, people, windows)?;
    }
    for (name, list) in [("waivable", &challenge.waivable), ("because", &challenge.because)] {
        for (at, Closed(people, windows, _)) in list.iter().enumerate() {
            closed(name, at, people, windows)?;
        }
    }
    let mut charged = BTreeSet::new();
    for (c, &(who, points)) in challenge.charges.iter().enumerate() {
        let path = format!("{path}.charges[{c}]");
        peer(&|| format!("{path}[0]"), who)?;
        within(format!("{path}[1]"), points, 0, MOST_POINTS)?;
        if !charged.insert(who) {
            return refuse(path, format!("peer {who} is there twice"));
        }
    }
    let Some(pinned) = &challenge.pinned else { return Ok(()) };
    window(&|| format!("{path}.pinned.window"), pinned.window)?;
    let mut seen = BTreeSet::new();
    for (s, seat) in pinned.team.iter().enumerate() {
        let path = format!("{path}.pinned.team[{s}]");
        peer(&|| format!("{path}.peer"), seat.peer)?;
        let slots = challenge.seats.get(&seat.role).copied().unwrap_or(0);
        let taken = pinned.team.iter().filter(|other| other.role == seat.role).count();
        if i64::try_from(taken).unwrap_or(i64::MAX) > slots {
            return refuse(
                format!("{path}.role"),
                format!("{taken} × {}, of {slots} slots", seat.role),
            );
        }
        if !seen.insert(seat.peer) {
            return refuse(format!("{path}.peer"), format!("peer {} is there twice", seat.peer));
        }
    }
    Ok(())
}

/// What the season could earn or cost at most must be countable.
fn points(season: &Season) -> Checked {
    let weights = &season.weights;
    let wide = i128::from;
    let mut most = 0i128;
    let engaged = season.peers.iter().map(|peer| wide(peer.engaged)).max().unwrap_or(0);
    for challenge in &season.challenges {
        let slots: i128 = challenge.seats.values().copied().map(wide).sum();
        let themes: i128 = challenge.themes.values().copied().map(wide).sum();
        let each = wide(weights.seat) * wide(challenge.priority)
            + wide(weights.affinity)
            + wide(weights.spread)
            + wide(weights.party) * 2
            + 3 * wide(FARTHEST) / wide(weights.km_per_point)
            + 2 * wide(weights.load) * (wide(super::small(season.challenges.len()).into()) + engaged)
            + challenge
                .charges
                .iter()
                .map(|(_, points)| wide(*points))
                .max()
                .unwrap_or(0);
        most += each * slots + wide(weights.theme) * themes + wide(weights.preference) * 100;
    }
    if most > wide(MOST_POINTS) {
        return refuse(
            "weights".into(),
            format!("a plan could be worth {most} points; at most {MOST_POINTS} can be counted"),
        );
    }
    Ok(())
}
