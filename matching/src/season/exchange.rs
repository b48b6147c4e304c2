//! The search behind a repair: who comes to the vacant slots of one challenge, and who has to leave where for that.
//!
//! It goes through the vacant slots and tries everybody whom no rule of their own keeps away. Where others' places are in the way
//! (days of rest, capacity, limits of a council, a region or a week, mutual visits), one of those places is left, each in turn, and
//! the slot that is left there must be filled in the same manner: so chains of any shape come up. Whoever is moved is moved because
//! somebody needs it; in a repair that moves as few as possible that is true of all. The search is therefore exact for the smallest
//! number of moves, unless it was cut off after so many steps.

mod reach;

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::control::Control;
use super::format::{Season, Window};
use super::parties::Parties;
use super::plan::{Assignment, Seat};
use super::standing::Standing;
use reach::Blocked;

/// Somebody's place in a team, settled or given on the way.
#[derive(Clone, Debug)]
struct Post {
    challenge: usize,
    role: usize,
    peer: usize,
    /// Required themes that they know.
    mask: u64,
    settled: bool,
    movable: bool,
    /// Left on the way.
    out: bool,
}

/// Somebody whom no rule of their own keeps from a slot.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    peer: usize,
    mask: u64,
    /// Points of the slot with them, whatever else they and others have.
    own: i64,
    /// No more points can come of them there.
    promise: i64,
}

/// Vacant slots of one role of the challenge in need.
#[derive(Clone, Copy, Debug)]
struct Open {
    role: usize,
    slots: usize,
    /// Candidates before this were tried for these slots.
    from: usize,
    /// Whether what is vacant stays so.
    closed: bool,
    /// How many could come without anybody moved: the scarcest role is filled first.
    rank: usize,
}

/// A slot elsewhere that somebody left.
type Left = (usize, usize);

/// What came out: filled slots of the challenge, points more than before, places left and places given.
#[derive(Clone, Debug)]
pub(super) struct Best {
    pub(super) filled: usize,
    pub(super) points: i64,
    moved: Vec<usize>,
    given: Vec<(usize, usize, usize)>,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ended {
    /// Everything was looked at.
    Whole,
    /// Steps ran out.
    CutOff,
    /// Somebody stopped it.
    Stopped,
}

/// The search.
pub(super) struct Exchange<'s> {
    season: &'s Season,
    standing: &'s Standing<'s>,
    challenge: usize,
    control: &'s dyn Control,
    /// The council whose limits somebody shares, and the region.
    homes: Vec<usize>,
    regions: Vec<usize>,
    /// The days that are settled of each challenge.
    days: Vec<Option<Window>>,
    posts: Vec<Post>,
    of_peer: Vec<Vec<usize>>,
    of_team: Vec<Vec<usize>>,
    of_home: Vec<Vec<usize>>,
    /// Who is away anyway, by council and week.
    away: BTreeMap<(usize, i64), i64>,
    lists: HashMap<(usize, usize), Rc<[Candidate]>>,
    /// What leaving a place and filling it again can gain at most.
    swap: i64,
    parties: Parties,
    balance: i64,
    left: Vec<Left>,
    open: Vec<Open>,
    budget: u32,
    points: i64,
    need: usize,
    best: Option<Best>,
    limit: u64,
    ended: Ended,
    /// Steps so far: somebody looked at for a slot.
    pub(super) steps: u64,
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl<'s> Exchange<'s> {
    /// `standing` is of the settled plan.
    pub(super) fn new(
        season: &'s Season,
        standing: &'s Standing<'s>,
        (challenge, limit): (usize, u64),
        may_move: &dyn Fn(usize, &Seat) -> bool,
        control: &'s dyn Control,
    ) -> Self {
        let regions: HashMap<&str, usize> = season
            .regions
            .iter()
            .enumerate()
            .map(|(i, region)| (region.as_str(), i))
            .collect();
        let region = |council: usize| regions.get(season.councils[council].region.as_str()).copied();
        let parties = Parties::of(standing);
        let mut away: BTreeMap<(usize, i64), i64> = BTreeMap::new();
        for &(council, week, people) in &season.away {
            *away.entry((season.counts_as(council), week)).or_default() += people;
        }
        let mut search = Self {
            season,
            standing,
            challenge,
            control,
            homes: season.peers.iter().map(|peer| season.counts_as(peer.council)).collect(),
            regions: season
                .peers
                .iter()
                .map(|peer| region(peer.council).unwrap_or(0))
                .collect(),
            days: season
                .challenges
                .iter()
                .map(|one| one.pinned.as_ref().map(|pinned| one.windows[pinned.window]))
                .collect(),
            posts: Vec::new(),
            of_peer: vec![Vec::new(); season.peers.len()],
            of_team: vec![Vec::new(); season.challenges.len()],
            of_home: vec![Vec::new(); season.councils.len()],
            away,
            lists: HashMap::new(),
            swap: 0,
            balance: parties.cost(),
            parties,
            left: Vec::new(),
            open: Vec::new(),
            budget: 0,
            points: 0,
            need: 0,
            best: None,
            limit,
            ended: Ended::Whole,
            steps: 0,
        };
        for one in &season.challenges {
            for seat in one.settled() {
                let role = season.roles.iter().position(|role| *role == seat.role).unwrap_or(0);
                search.push(Post {
                    challenge: one.id,
                    role,
                    peer: seat.peer,
                    mask: search.mask(one.id, seat.peer),
                    settled: true,
                    movable: may_move(one.id, seat),
                    out: false,
                });
            }
        }
        search.swap = search.most_of_a_swap();
        search.open_slots();
        search
    }

    /// The vacant slots of the challenge, by role.
    fn open_slots(&mut self) {
        let asked = &self.season.challenges[self.challenge];
        for (role, &slots) in &asked.seats {
            let Some(role) = self.season.roles.iter().position(|name| name == role) else {
                continue;
            };
            let team = self.of_team[self.challenge].iter();
            let held = team.filter(|&&post| self.posts[post].role == role).count();
            let list = self.list(self.challenge, role);
            let free = list
                .iter()
                .filter(|one| matches!(self.blocked(one.peer, self.challenge), Blocked::No));
            self.open.push(Open {
                role,
                slots: usize::try_from(slots).unwrap_or(0).saturating_sub(held),
                from: 0,
                closed: false,
                rank: free.count(),
            });
        }
        self.open.sort_by_key(|open| (open.rank, open.role));
    }

    /// The best with exactly so many moves that fills at least `need` slots of the challenge, those held counted; `None` when there
    /// is none. With nobody moved, `known` is what a repair must be better than: filled slots and points.
    pub(super) fn within(&mut self, moves: u32, need: usize, known: Option<(usize, i64)>) -> (Option<Best>, Ended) {
        self.budget = moves;
        self.need = need;
        self.best = known.map(|(filled, points)| Best {
            filled,
            points,
            moved: Vec::new(),
            given: Vec::new(),
        });
        self.ended = Ended::Whole;
        self.walk();
        let found = self.best.take();
        let found = found.filter(|best| known != Some((best.filled, best.points)));
        (found, self.ended)
    }

    /// Places that a repair leaves.
    pub(super) fn moved(&self, best: &Best) -> Vec<(usize, Seat)> {
        let of = |&post: &usize| {
            (
                self.posts[post].challenge,
                self.seat(self.posts[post].role, self.posts[post].peer),
            )
        };
        best.moved.iter().map(of).collect()
    }

    /// What becomes of the challenges that a repair touches.
    pub(super) fn assignments(&self, best: &Best) -> Vec<Assignment> {
        let mut touched: Vec<usize> = best.moved.iter().map(|&post| self.posts[post].challenge).collect();
        touched.extend(best.given.iter().map(|(challenge, ..)| *challenge));
        touched.push(self.challenge);
        touched.sort_unstable();
        touched.dedup();
        let of = |challenge: usize| {
            let pinned = self.season.challenges[challenge].pinned.as_ref();
            let stays = |post: &&usize| self.posts[**post].settled && !best.moved.contains(post);
            let mut team: Vec<Seat> = self.of_team[challenge]
                .iter()
                .filter(stays)
                .map(|&post| self.seat(self.posts[post].role, self.posts[post].peer))
                .collect();
            let given = best.given.iter().filter(|(there, ..)| *there == challenge);
            team.extend(given.map(|&(_, role, peer)| self.seat(role, peer)));
            team.sort();
            Assignment {
                challenge,
                window: pinned.map(|pinned| pinned.window),
                team,
            }
        };
        touched.into_iter().map(of).collect()
    }

    fn seat(&self, role: usize, peer: usize) -> Seat {
        Seat {
            role: self.season.roles[role].clone(),
            peer,
        }
    }

    fn walk(&mut self) {
        if self.ended != Ended::Whole {
            return;
        }
        let Some((filled, points)) = self.promise() else {
            return;
        };
        if !self.is_worth_it(filled, points) {
            return;
        }
        if let Some((challenge, role)) = self.left.pop() {
            let list = self.list(challenge, role);
            let rest = points - list.first().map_or(0, |first| first.promise);
            for candidate in list.iter() {
                if !self.is_worth_it(filled, rest + candidate.promise) {
                    break;
                }
                self.attempt((challenge, role), *candidate, &mut Self::walk);
            }
            self.left.push((challenge, role));
            return;
        }
        let Some(at) = self.open.iter().position(|open| !open.closed && open.slots > 0) else {
            self.keep(filled);
            return;
        };
        let Open { role, slots, from, .. } = self.open[at];
        let list = self.list(self.challenge, role);
        // What so many of the list from `i` on promise together.
        let most = |i: usize, slots: usize| {
            let each = list.get(i).map_or(0, |one| one.promise.max(0));
            each * number(slots.min(list.len() - i))
        };
        let rest = points - most(from, slots);
        for i in from..list.len() {
            let here = list[i].promise + most(i + 1, slots - 1);
            if !self.is_worth_it(filled, rest + here) {
                break;
            }
            let mut further = |search: &mut Self| {
                let before = search.open[at];
                search.open[at].slots -= 1;
                // A slot that was opened on the way may take those before as well.
                search.open[at].from = if before.slots > slots { 0 } else { i + 1 };
                search.walk();
                search.open[at] = before;
            };
            self.attempt((self.challenge, role), list[i], &mut further);
        }
        self.open[at].closed = true;
        self.walk();
        self.open[at].closed = false;
    }

    /// Tries somebody in a slot, and leaves what is in their way.
    fn attempt(&mut self, slot: Left, candidate: Candidate, then: &mut dyn FnMut(&mut Self)) {
        self.steps += 1;
        if self.steps.is_multiple_of(1024) && self.control.stop() {
            self.ended = Ended::Stopped;
        } else if self.steps >= self.limit {
            self.ended = Ended::CutOff;
        }
        if self.ended != Ended::Whole {
            return;
        }
        match self.blocked(candidate.peer, slot.0) {
            Blocked::Never => {}
            Blocked::No => {
                let back = |&post: &usize| {
                    let post = &self.posts[post];
                    post.out && (post.challenge, post.role) == slot
                };
                if self.of_peer[candidate.peer].iter().any(back) {
                    return;
                }
                let before = (self.points, self.balance);
                self.give(slot, candidate);
                then(self);
                self.pop();
                self.count_member(slot.1, candidate.peer, -1);
                (self.points, self.balance) = before;
            }
            Blocked::By(places) => {
                for post in places {
                    self.leave(post, |search| search.attempt(slot, candidate, then));
                }
            }
        }
    }

    /// Leaves a place for as long as `then` takes.
    fn leave(&mut self, post: usize, then: impl FnOnce(&mut Self)) {
        let Post {
            challenge,
            role,
            peer,
            mask,
            ..
        } = self.posts[post];
        let before = (self.points, self.balance);
        self.posts[post].out = true;
        self.budget -= 1;
        let load = self.load_of_one_more(peer);
        let own = self.slot_points(challenge, peer) + self.fresh(challenge, peer, mask);
        self.points += load - own;
        self.count_member(role, peer, -1);
        let here = self
            .open
            .iter()
            .position(|open| challenge == self.challenge && open.role == role);
        if let Some(at) = here {
            let open = self.open[at];
            self.open[at] = Open {
                slots: open.slots + 1,
                from: 0,
                closed: false,
                ..open
            };
            then(self);
            self.open[at] = open;
        } else {
            self.left.push((challenge, role));
            then(self);
            self.left.pop();
        }
        self.count_member(role, peer, 1);
        self.budget += 1;
        self.posts[post].out = false;
        (self.points, self.balance) = before;
    }

    fn give(&mut self, (challenge, role): Left, candidate: Candidate) {
        let Candidate { peer, mask, own, .. } = candidate;
        let load = self.load_of_one_more(peer);
        self.points += own + self.fresh(challenge, peer, mask) - load;
        self.count_member(role, peer, 1);
        self.push(Post {
            challenge,
            role,
            peer,
            mask,
            settled: false,
            movable: false,
            out: false,
        });
    }

    fn push(&mut self, post: Post) {
        let at = self.posts.len();
        self.of_peer[post.peer].push(at);
        self.of_team[post.challenge].push(at);
        self.of_home[self.homes[post.peer]].push(at);
        self.posts.push(post);
    }

    fn pop(&mut self) {
        if let Some(post) = self.posts.pop() {
            self.of_peer[post.peer].pop();
            self.of_team[post.challenge].pop();
            self.of_home[self.homes[post.peer]].pop();
        }
    }

    /// One member peer more or less of somebody's party, where that counts.
    fn count_member(&mut self, role: usize, peer: usize, by: i64) {
        if let Some(party) = self.parties.counted(&self.season.roles[role], peer) {
            self.parties.count(party, by);
            let balance = self.parties.cost();
            self.points += self.balance - balance;
            self.balance = balance;
        }
    }

    /// A repair is whole.
    fn keep(&mut self, filled: usize) {
        let posts = self.posts.iter().enumerate();
        let given = posts.clone().filter(|(_, post)| !post.settled);
        self.best = Some(Best {
            filled,
            points: self.points,
            moved: posts.filter(|(_, post)| post.out).map(|(at, _)| at).collect(),
            given: given.map(|(_, post)| (post.challenge, post.role, post.peer)).collect(),
        });
    }
}
