//! A season as the planner sees it: positions instead of names, and for every challenge the people who could serve.
//!
//! For each challenge, people are kept in buckets: everybody of one role group, region and set of required themes, best
//! points first. Within a bucket only points, home and free days tell people apart, so the best few that are free are all
//! that a team can need (`oracle`), however large the pool is.
//!
//! Built from a file (`reading`) or from the service's own facts; everything after it is the same.

use super::bits::Bits;

/// What is to be planned.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Limits that hold across challenges and in every team.
    pub limits: Limits,
    /// Points of what is settled, its people's loads included.
    pub base: i64,
    /// Slots that are settled.
    pub settled: u32,
    /// Points lost, times n (n − 1), for a person with n challenges.
    pub load: i64,
    /// Points lost for each member peer sent more or less than a party's share.
    pub party: i64,
    /// Member peers in the pool by party.
    pub parties: Vec<i64>,
    /// Member peers of what is settled by party.
    pub members: Vec<i64>,
    /// How many councils there are. Councils that share their people's limits are one, the first of them.
    pub councils: usize,
    /// How many regions there are.
    pub regions: usize,
    /// The pool.
    pub people: Vec<Person>,
    /// What is to be planned.
    pub challenges: Vec<Ask>,
    /// The different spans of days that windows have.
    pub spans: Vec<Span>,
    /// Sets of spans of which nobody can serve in two; together they say all.
    pub cliques: Vec<Clique>,
    /// For each span, the cliques that it belongs to.
    pub cliques_of: Vec<Vec<u32>>,
    /// Calendar weeks that windows touch are numbered (weeks that all say the same have one number): for each number the first of
    /// its weeks (day div 7).
    pub weeks: Vec<i64>,
    /// People who are away anyway, by week and council.
    pub away: Vec<u32>,
    /// Whether councils may send people to each other.
    pub mutual: bool,
    /// For each council, the challenges that it hosts; empty where councils may send people to each other.
    pub hosted: Vec<Vec<u32>>,
}

/// Hard limits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Whole days between two challenges of a person.
    pub rest_days: i64,
    /// People of one council in a team.
    pub per_home: u32,
    /// People of one council away in a week.
    pub per_home_week: u32,
}

/// Somebody in the pool.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// Their home.
    pub home: u32,
    /// The region of their home.
    pub region: u8,
    /// Most challenges in the season, beside what is settled.
    pub capacity: u32,
    /// Their party.
    pub party: Option<u8>,
    /// Decides between people worth the same: the smaller comes first.
    pub lot: u32,
}

/// Days, first and last.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Span {
    /// First day.
    pub start: i64,
    /// Last day.
    pub end: i64,
}

impl Span {
    /// Whether nobody can serve in both, with `rest` whole days between.
    pub fn excludes(self, other: Self, rest: i64) -> bool {
        self.start <= other.end + rest && other.start <= self.end + rest
    }
}

/// A challenge to be planned.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The council.
    pub host: u32,
    /// Its slots, those of one role together.
    pub groups: Vec<Group>,
    /// Who of its team is settled, by position of the role.
    pub settled: Vec<(u32, u32)>,
    /// The window that is settled, by position in the season's list.
    pub settled_window: Option<usize>,
    /// Points for the first person of each region.
    pub spread: Vec<i64>,
    /// Homes of which somebody is on the team anyway and more could be, with how many are.
    pub homes: Vec<(u32, u32)>,
    /// Points for each required theme.
    pub themes: Vec<i64>,
    /// When it can take place.
    pub windows: Vec<Window>,
    /// Most people of each region in its team.
    pub region_caps: Vec<u32>,
    /// People who could serve, by group, region and themes; each bucket's best first.
    pub entries: Vec<Entry>,
    /// Where each bucket lies in `entries`.
    pub buckets: Vec<Bucket>,
}

/// Slots of one role.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Group {
    /// Position of the role.
    pub role: u32,
    /// How many slots.
    pub slots: u32,
    /// Points for filling one.
    pub points: i64,
    /// Whether its holders count for their party.
    pub member: bool,
}

/// When a challenge can take place.
#[derive(Clone, Debug)]
pub struct Window {
    /// Position in the season's list.
    pub position: usize,
    /// Position in the problem's spans.
    pub span: u32,
    /// Points for taking place then.
    pub points: i64,
    /// First and last week touched.
    pub weeks: (u32, u32),
    /// Who can come then, by position in the pool.
    pub free: Bits,
}

/// Somebody who could serve.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Who.
    pub peer: u32,
    /// Where they are at home.
    pub home: u32,
    /// Points they bring by themselves; the slot's own points are in the group.
    pub points: i64,
}

/// People alike but for points, home and free days.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bucket {
    /// Position of the group.
    pub group: u8,
    /// Home region.
    pub region: u8,
    /// Required themes that they know.
    pub mask: u64,
    /// First entry.
    pub from: u32,
    /// One past the last entry.
    pub until: u32,
}

impl Ask {
    /// All its slots.
    pub fn slots(&self) -> u32 {
        self.groups.iter().map(|group| group.slots).sum()
    }

    /// How many of a home are on the team anyway.
    pub fn of_home(&self, home: u32) -> u32 {
        let own = self.homes.iter().find(|(other, _)| *other == home);
        own.map_or(0, |(_, people)| *people)
    }

    /// Points of a set of themes.
    pub fn theme_points(&self, mask: u64) -> i64 {
        let known = self.themes.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1);
        known.map(|(_, points)| points).sum()
    }
}

/// Spans of which nobody can serve in two: those that, with the days of rest after them, hold a day.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Clique {
    /// The day.
    pub day: i64,
    /// Positions of the spans, sorted.
    pub spans: Vec<usize>,
}

/// All cliques that say something that no other does, and for each span those it belongs to.
pub(super) fn cliques(spans: &[Span], rest: i64) -> (Vec<Clique>, Vec<Vec<u32>>) {
    // Two spans exclude each other exactly when the stretches [start, end + rest] meet, and stretches that meet pairwise
    // all meet at the start of one of them.
    let mut found: Vec<Clique> = Vec::new();
    let mut starts: Vec<i64> = spans.iter().map(|span| span.start).collect();
    starts.sort_unstable();
    starts.dedup();
    for day in starts {
        let holds = |i: &usize| spans[*i].start <= day && day <= spans[*i].end + rest;
        let here: Vec<usize> = (0..spans.len()).filter(holds).collect();
        if !found.iter().any(|other| contains(&other.spans, &here)) {
            found.retain(|other| !contains(&here, &other.spans));
            found.push(Clique { day, spans: here });
        }
    }
    let mut of = vec![Vec::new(); spans.len()];
    for (k, clique) in found.iter().enumerate() {
        for &span in &clique.spans {
            of[span].push(super::small(k));
        }
    }
    (found, of)
}

fn contains(large: &[usize], small: &[usize]) -> bool {
    small.iter().all(|item| large.binary_search(item).is_ok())
}
