//! Who can come to a slot, what stands in their way, and what can come of it at most.

use std::rc::Rc;

use super::super::format::Window;
use super::super::reading::MEMBER;
use super::super::small;
use super::{Candidate, Exchange, number};
use crate::PeerIx;
use crate::lots::lot;

/// What stands between somebody and a team.
pub(super) enum Blocked {
    /// Nothing.
    No,
    /// Something that nobody can leave, or that nobody may leave any more.
    Never,
    /// At least one of these places must be left.
    By(Vec<usize>),
}

impl Exchange<'_> {
    /// Everybody whom no rule of their own keeps from a slot, whoever promises most first.
    pub(super) fn list(&mut self, challenge: usize, role: usize) -> Rc<[Candidate]> {
        if let Some(list) = self.lists.get(&(challenge, role)) {
            return Rc::clone(list);
        }
        let (season, asked) = (self.season, &self.season.challenges[challenge]);
        let name = season.roles[role].as_str();
        let mut list: Vec<Candidate> = Vec::new();
        if let Some(pinned) = &asked.pinned {
            let scene = self.standing.scene(challenge, pinned.window);
            let fit = season
                .peers
                .iter()
                .filter(|peer| peer.roles.iter().any(|own| own == name) && scene.reasons(name, peer.id).only_places());
            for peer in fit {
                let mask = self.mask(challenge, peer.id);
                let charges = asked.charges.iter().filter(|(who, _)| *who == peer.id);
                let own = self.slot_points(challenge, peer.id) - charges.map(|(_, points)| points).sum::<i64>();
                let further = self.theme_points(challenge, mask) + season.weights.spread;
                let load = 2 * season.weights.load * peer.engaged;
                list.push(Candidate {
                    peer: peer.id,
                    mask,
                    own,
                    promise: own + further - load + self.most_of_balance(role),
                });
            }
        }
        list.sort_by_cached_key(|one| {
            let lot = lot(self.challenge as u64, PeerIx(small(one.peer)));
            (std::cmp::Reverse(one.promise), lot)
        });
        let list: Rc<[Candidate]> = list.into();
        self.lists.insert((challenge, role), Rc::clone(&list));
        list
    }

    /// What stands between somebody and a team, one thing at a time.
    pub(super) fn blocked(&self, peer: usize, challenge: usize) -> Blocked {
        let (season, rules) = (self.season, &self.season.rules);
        let Some(here) = self.days[challenge] else {
            return Blocked::Never;
        };
        let (mut trips, mut near) = (0, None);
        for &post in self.of_peer[peer].iter().filter(|post| !self.posts[**post].out) {
            trips += 1;
            let there = self.posts[post].challenge;
            let close = self.days[there].is_some_and(|there| {
                let between = (there.start - here.end).max(here.start - there.end) - 1;
                between < rules.rest_days
            });
            if there == challenge || close {
                near = Some(post);
            }
        }
        if let Some(post) = near {
            return self.one_of([post].into_iter());
        }
        if trips >= season.peers[peer].capacity {
            return self.one_of(self.of_peer[peer].iter().copied());
        }
        let (home, region) = (self.homes[peer], self.regions[peer]);
        let team = || {
            self.of_team[challenge]
                .iter()
                .copied()
                .filter(|&post| !self.posts[post].out)
        };
        let mates = || team().filter(|&post| self.homes[self.posts[post].peer] == home);
        if number(mates().count()) >= rules.max_per_home {
            return self.one_of(mates());
        }
        let neighbours = || team().filter(|&post| self.regions[self.posts[post].peer] == region);
        if number(neighbours().count()) >= season.most_of_region(&season.challenges[challenge], &season.regions[region])
        {
            return self.one_of(neighbours());
        }
        if let Some(week) = self.full_week(home, &here) {
            return self.one_of(
                self.of_home[home]
                    .iter()
                    .copied()
                    .filter(|&post| self.touches(post, week)),
            );
        }
        if !rules.mutual {
            let host = season.counts_as(season.challenges[challenge].host);
            let back = self.of_home[host].iter().copied().find(|&post| {
                let post = &self.posts[post];
                !post.out && season.counts_as(season.challenges[post.challenge].host) == home
            });
            if let Some(post) = back {
                return self.one_of([post].into_iter());
            }
        }
        Blocked::No
    }

    /// One of these must be left, as far as they may be.
    fn one_of(&self, places: impl Iterator<Item = usize>) -> Blocked {
        if self.budget == 0 {
            return Blocked::Never;
        }
        let movable = |post: &usize| {
            let post = &self.posts[*post];
            post.settled && post.movable && !post.out
        };
        let places: Vec<usize> = places.filter(movable).collect();
        if places.is_empty() {
            Blocked::Never
        } else {
            Blocked::By(places)
        }
    }

    fn touches(&self, post: usize, week: i64) -> bool {
        let post = &self.posts[post];
        let days = self.days[post.challenge];
        !post.out && days.is_some_and(|days| days.weeks().contains(&week))
    }

    /// A week of these days in which as many of a council are away as may be. Their number only rises where somebody's days begin
    /// or others are away anyway, so no other weeks are looked at.
    fn full_week(&self, home: usize, here: &Window) -> Option<i64> {
        let (first, last) = here.weeks().into_inner();
        let full = |week: &i64| {
            let counted = self.of_home[home]
                .iter()
                .filter(|post| self.touches(**post, *week))
                .count();
            let anyway = self.away.get(&(home, *week)).copied().unwrap_or(0);
            number(counted) + anyway >= self.season.rules.max_council_week
        };
        let begins = self.of_home[home].iter().filter_map(|&post| {
            let days = self.days[self.posts[post].challenge];
            days.map(|days| *days.weeks().start())
                .filter(|begins| first < *begins && *begins <= last)
        });
        let anyway = self
            .away
            .range((home, first)..=(home, last))
            .map(|(&(_, week), _)| week);
        std::iter::once(first).chain(begins).chain(anyway).find(full)
    }

    /// How many places somebody has.
    pub(super) fn trips(&self, peer: usize) -> usize {
        self.of_peer[peer].iter().filter(|post| !self.posts[**post].out).count()
    }

    /// Points lost by one place more of somebody.
    pub(super) fn load_of_one_more(&self, peer: usize) -> i64 {
        2 * self.season.weights.load * (number(self.trips(peer)) + self.season.peers[peer].engaged)
    }

    /// Points of a slot with somebody, whatever else they and others have.
    pub(super) fn slot_points(&self, challenge: usize, peer: usize) -> i64 {
        let asked = &self.season.challenges[challenge];
        let (likeness, travel) = self.season.place_points(asked, peer);
        self.season.weights.seat * asked.priority + likeness + travel
    }

    /// Points of what somebody brings that nobody else of a team does: themes and a region.
    pub(super) fn fresh(&self, challenge: usize, peer: usize, mask: u64) -> i64 {
        let (mut known, mut region) = (0, false);
        for &post in &self.of_team[challenge] {
            let post = &self.posts[post];
            if !post.out {
                known |= post.mask;
                region |= self.regions[post.peer] == self.regions[peer];
            }
        }
        let spread = if region { 0 } else { self.season.weights.spread };
        self.theme_points(challenge, mask & !known) + spread
    }

    /// Required themes that somebody knows.
    pub(super) fn mask(&self, challenge: usize, peer: usize) -> u64 {
        let known = &self.season.peers[peer].themes;
        let themes = self.season.challenges[challenge].themes.keys().enumerate();
        let known = themes.filter(|(_, theme)| known.contains(theme));
        known.fold(0, |mask, (bit, _)| mask | 1 << bit)
    }

    fn theme_points(&self, challenge: usize, mask: u64) -> i64 {
        if mask == 0 {
            return 0;
        }
        let themes = self.season.challenges[challenge].themes.values().enumerate();
        let known = themes.filter(|(bit, _)| mask >> bit & 1 == 1);
        self.season.weights.theme * known.map(|(_, weight)| weight).sum::<i64>()
    }

    /// What one member peer more or less can change of the parties' balance: every party by one.
    fn most_of_balance(&self, role: usize) -> i64 {
        if self.season.roles[role] == MEMBER {
            self.season.weights.party * number(self.season.parties.len())
        } else {
            0
        }
    }

    /// No place left and filled again gains more.
    pub(super) fn most_of_a_swap(&self) -> i64 {
        let (season, weights) = (self.season, &self.season.weights);
        let gain = self.posts.iter().filter(|post| post.movable).map(|post| {
            let asked = &season.challenges[post.challenge];
            let (likeness, travel) = season.place_points(asked, post.peer);
            let sisters = season.councils[asked.host].sisters.iter();
            let best = weights.affinity * sisters.map(|(_, much)| *much).max().unwrap_or(0) / 100;
            let themes = weights.theme * asked.themes.values().sum::<i64>();
            // They may have come to a few more places on the way.
            let load = number(self.trips(post.peer) + 8) + season.peers[post.peer].engaged;
            best.max(0) + themes + weights.spread - likeness - travel
                + 2 * weights.load * load
                + 2 * self.most_of_balance(post.role)
        });
        gain.max().unwrap_or(0).max(0)
    }

    /// Filled slots and points that can still come of where the search stands, at most; `None` when a place that was left can be
    /// filled by nobody.
    pub(super) fn promise(&mut self) -> Option<(usize, i64)> {
        let team = self.of_team[self.challenge].iter();
        let mut filled = team.filter(|&&post| !self.posts[post].out).count();
        let mut points = self.points + i64::from(self.budget) * self.swap;
        for i in 0..self.left.len() {
            let (challenge, role) = self.left[i];
            points += self.list(challenge, role).first()?.promise;
        }
        for i in 0..self.open.len() {
            let open = self.open[i];
            if open.closed || open.slots == 0 {
                continue;
            }
            let list = self.list(self.challenge, open.role);
            let slots = open.slots.min(list.len().saturating_sub(open.from));
            filled += slots;
            points += list.get(open.from).map_or(0, |one| one.promise.max(0)) * number(slots);
        }
        Some((filled, points))
    }

    /// Whether so much is needed and more than what is known.
    pub(super) fn is_worth_it(&self, filled: usize, points: i64) -> bool {
        filled >= self.need
            && self
                .best
                .as_ref()
                .is_none_or(|best| (filled, points) > (best.filled, best.points))
    }
}
