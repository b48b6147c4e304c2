//! Which challenges of a plan the changes made by hand have not touched: why their slots are vacant is as it was.
//!
//! Pure. What keeps people out of a vacant slot changes only through people who were moved, through others of their home councils (a
//! council's limit counts weeks, and councils that host do not serve each other), and through the challenge itself.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, NaiveDate};
use matching::season::Season;
use uuid::Uuid;

use super::{
    body::{Body, Decided},
    frame::{Frame, Names},
};

/// What was changed between two plans of one season.
#[derive(Default)]
struct Changes<'a> {
    challenges: HashSet<usize>,
    homes: HashSet<usize>,
    /// What those who were moved can serve as.
    roles: HashSet<&'a str>,
    /// What anybody of their homes can serve as.
    home_roles: HashSet<&'a str>,
    /// ISO weeks of the challenges concerned, then and now.
    weeks: HashSet<(i32, u32)>,
}

fn week(day: NaiveDate) -> (i32, u32) {
    (day.iso_week().year(), day.iso_week().week())
}

fn places(one: &Decided) -> HashSet<(Uuid, Uuid)> {
    one.places.iter().map(|place| (place.slot, place.peer)).collect()
}

fn changes<'a>(before: &Body, season: &'a Season, now: &[Decided], names: &Names) -> Changes<'a> {
    let position: HashMap<Uuid, usize> = names.peers.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let mut found = Changes::default();
    let mut moved: HashSet<usize> = HashSet::new();
    for (c, (then, now)) in before.challenges.iter().zip(now).enumerate() {
        let (old, new) = (places(then), places(now));
        if then.window == now.window && old == new {
            continue;
        }
        found.challenges.insert(c);
        found
            .weeks
            .extend([then.starts_on, now.starts_on].into_iter().flatten().map(week));
        let elsewhere = then.window != now.window;
        let who = old
            .union(&new)
            .filter(|place| elsewhere || !(old.contains(place) && new.contains(place)));
        moved.extend(who.filter_map(|(_, peer)| position.get(peer).copied()));
    }
    let people = moved.iter().filter_map(|&peer| season.peers.get(peer));
    for peer in people {
        found.homes.insert(peer.council);
        found.roles.extend(peer.roles.iter().map(String::as_str));
    }
    let of_homes = season.peers.iter().filter(|peer| found.homes.contains(&peer.council));
    let roles: HashSet<&str> = of_homes
        .flat_map(|peer| peer.roles.iter().map(String::as_str))
        .collect();
    found.home_roles = roles;
    found
}

/// The challenges, by position, whose vacancies in `before` hold in a plan that decides `now`.
pub fn untouched(before: &Body, season: &Season, now: &[Decided], names: &Names) -> HashSet<usize> {
    let changes = changes(before, season, now, names);
    let touched = |c: usize, then: &Decided, frame: &Frame| {
        let host = season.challenges.get(c).map(|challenge| challenge.host);
        let near = then.starts_on.is_none_or(|day| changes.weeks.contains(&week(day)));
        then.vacancies.iter().any(|vacancy| {
            let slot = frame.slots.iter().find(|slot| vacancy.slots.contains(&slot.id));
            let Some(role) = slot.map(|slot| slot.role.as_str()) else {
                return true;
            };
            changes.roles.contains(role)
                || host.is_none_or(|host| changes.homes.contains(&host))
                || near && changes.home_roles.contains(role)
        })
    };
    before
        .challenges
        .iter()
        .zip(&before.frames)
        .enumerate()
        .filter(|(c, (then, frame))| !changes.challenges.contains(c) && !touched(*c, then, frame))
        .map(|(c, _)| c)
        .collect()
}
