//! The rules that a plan can break, each with where and whom it is about.

use std::fmt;

/// The rules that a plan breaks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Broken(pub Vec<Fault>);

/// A broken rule and where in the plan.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// Which of the plan's assignments, where it is about one.
    pub assignment: Option<usize>,
    /// Which place of its team, where it is about one.
    pub seat: Option<usize>,
    /// What is broken.
    pub rule: BrokenRule,
}

/// What is broken. Challenges, people, councils and windows are positions in the season.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BrokenRule {
    /// The season has no such challenge.
    NoChallenge(usize),
    /// The season has no such person.
    NoPeer(usize),
    /// The challenge has no such window.
    NoWindow {
        /// The challenge.
        challenge: usize,
        /// The window.
        window: usize,
    },
    /// A challenge is decided twice.
    Twice(usize),
    /// People without a window.
    TeamWithoutWindow,
    /// A challenge that is settled does not take place.
    SettledToTakePlace,
    /// A challenge that is settled is not decided at all.
    SettledMissing(usize),
    /// Another window is settled.
    WindowSettled(usize),
    /// Somebody who is settled is not on the team.
    PlaceSettled(usize),
    /// One person in two slots of a team.
    TwoSlots(usize),
    /// Something about the person speaks against the slot.
    Unfit(usize, Unfit),
    /// More people than slots of a role.
    Slots {
        /// The role.
        role: String,
        /// People in it.
        people: i64,
        /// Slots for it.
        slots: i64,
    },
    /// Too many people of one council in a team.
    SameCouncil {
        /// The council.
        council: usize,
        /// People of it.
        people: i64,
    },
    /// Too many people of one region in a team.
    SameRegion {
        /// The region's name.
        region: String,
        /// People of it.
        people: i64,
    },
    /// More challenges than somebody can take.
    Capacity {
        /// The person.
        peer: usize,
        /// Challenges planned.
        challenges: i64,
        /// Most.
        capacity: i64,
    },
    /// Two challenges of one person too close together.
    Rest {
        /// The person.
        peer: usize,
        /// The challenges.
        challenges: [usize; 2],
        /// Days wanted between.
        days: i64,
    },
    /// Councils that send people to each other.
    Mutual([usize; 2]),
    /// Too many people of a council away in one week.
    Week {
        /// The council.
        council: usize,
        /// Weeks since the season's day 0.
        week: i64,
        /// People away.
        people: i64,
    },
}

/// What can speak against a person in a slot, other people aside.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unfit {
    /// They do not hold the role.
    Role,
    /// They are not free on every day.
    NotFree,
    /// They are of the host's own council.
    OwnCouncil,
    /// A further rule of the programme closes the window to them.
    Barred,
    /// They are of a neighbouring council.
    Neighbour,
    /// A conflict with the host is declared.
    Conflict,
    /// They left the host too recently.
    Employed,
    /// They were at the host too recently.
    Reviewed,
    /// The host's people were at their council too recently.
    Reciprocal,
}

impl Unfit {
    /// What speaks against somebody, as the end of a sentence about them.
    pub const fn told(self) -> &'static str {
        match self {
            Self::Role => "does not hold the role",
            Self::NotFree => "is not free on every day of the window",
            Self::OwnCouncil => "is of the host's own council",
            Self::Barred => "is barred in this window",
            Self::Neighbour => "is of a neighbouring council",
            Self::Conflict => "has a declared conflict with the host",
            Self::Employed => "left the host too recently",
            Self::Reviewed => "was at the host too recently",
            Self::Reciprocal => "is of a council that the host's people were at too recently",
        }
    }
}

/// How the parts of a season are called.
pub trait Called {
    /// A person, as the beginning of a sentence.
    fn peer(&self, at: usize) -> String;
    /// A council.
    fn council(&self, at: usize) -> String;
    /// A challenge.
    fn challenge(&self, at: usize) -> String;
}

/// By their positions: what a reader of the file looks for.
#[derive(Clone, Copy, Debug)]
pub struct ByPosition;

impl Called for ByPosition {
    fn peer(&self, at: usize) -> String {
        format!("peer {at}")
    }

    fn council(&self, at: usize) -> String {
        format!("council {at}")
    }

    fn challenge(&self, at: usize) -> String {
        format!("challenge {at}")
    }
}

/// Whom and what a rule names, as positions in the season.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct About {
    /// The person.
    pub peer: Option<usize>,
    /// Councils.
    pub councils: Vec<usize>,
    /// Challenges.
    pub challenges: Vec<usize>,
}

impl BrokenRule {
    /// Whom and what it names.
    pub fn about(&self) -> About {
        let nobody = About::default();
        let of = |peer: usize, challenges: &[usize]| About {
            peer: Some(peer),
            challenges: challenges.to_vec(),
            ..About::default()
        };
        match self {
            Self::NoChallenge(_)
            | Self::NoPeer(_)
            | Self::TeamWithoutWindow
            | Self::SettledToTakePlace
            | Self::WindowSettled(_)
            | Self::Slots { .. }
            | Self::SameRegion { .. } => nobody,
            Self::NoWindow { challenge, .. } | Self::Twice(challenge) | Self::SettledMissing(challenge) => About {
                challenges: vec![*challenge],
                ..nobody
            },
            Self::PlaceSettled(peer) | Self::TwoSlots(peer) | Self::Unfit(peer, _) | Self::Capacity { peer, .. } => {
                of(*peer, &[])
            }
            Self::Rest { peer, challenges, .. } => of(*peer, challenges),
            Self::SameCouncil { council, .. } | Self::Week { council, .. } => About {
                councils: vec![*council],
                ..nobody
            },
            Self::Mutual(councils) => About {
                councils: councils.to_vec(),
                ..nobody
            },
        }
    }

    /// The rule as a sentence without its full stop.
    pub fn sentence(&self, called: &dyn Called) -> String {
        match self {
            Self::NoChallenge(at) => format!("there is no challenge {at}"),
            Self::NoPeer(at) => format!("there is no peer {at}"),
            Self::NoWindow { challenge, window } => {
                format!("{} has no window {window}", called.challenge(*challenge))
            }
            Self::Twice(at) => format!("{} is listed twice", called.challenge(*at)),
            Self::TeamWithoutWindow => "a team without a window".to_owned(),
            Self::SettledToTakePlace => "it is settled that the challenge takes place".to_owned(),
            Self::SettledMissing(at) => format!("{}: what is settled is missing", called.challenge(*at)),
            Self::WindowSettled(window) => format!("window {window} is settled"),
            Self::PlaceSettled(peer) => format!("the place of {} is settled", called.peer(*peer)),
            Self::TwoSlots(peer) => format!("{} fills two slots", called.peer(*peer)),
            Self::Unfit(peer, why) => format!("{} {}", called.peer(*peer), why.told()),
            Self::Slots { role, people, slots } => format!("{people} × {role}, of {slots} slots"),
            Self::SameCouncil { council, people } => format!("{people} peers of {}", called.council(*council)),
            Self::SameRegion { region, people } => format!("{people} peers of region {region}"),
            Self::Capacity {
                peer,
                challenges,
                capacity,
            } => format!("{}: {challenges} challenges, capacity {capacity}", called.peer(*peer)),
            Self::Rest {
                peer,
                challenges: [one, other],
                days,
            } => format!(
                "{}: {} and {} with less than {days} days between",
                called.peer(*peer),
                called.challenge(*one),
                called.challenge(*other)
            ),
            Self::Mutual([one, other]) => {
                format!(
                    "{} and {} send people to each other",
                    called.council(*one),
                    called.council(*other)
                )
            }
            Self::Week { council, week, people } => {
                format!("{}: {people} peers away in week {week}", called.council(*council))
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = self.assignment {
            write!(f, "assignments[{at}]")?;
            if matches!(self.rule, BrokenRule::NoWindow { .. }) {
                write!(f, ".window")?;
            }
            if let Some(seat) = self.seat {
                write!(f, ".team[{seat}]")?;
            }
            write!(f, ": ")?;
        }
        write!(f, "{}", self.rule.sentence(&ByPosition))
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.0.iter().enumerate() {
            write!(f, "{}{fault}", if i == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}
