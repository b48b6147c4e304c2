//! The result of a season plan as it is kept: positions turned into database ids, with what each place brings, why slots are
//! vacant and how fair it is.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use matching::{
    Contribution, Criterion, RuleCode,
    season::{
        Assignment, Bottleneck, Fairness, PlanFile, Reason, Reviewed, RuleTally, Season, Tally, Vacancy, Worth,
        bottlenecks, fairness, review, vacancies,
    },
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::frame::{Frame, Names, Seating, seated, settle};
use crate::graphql::errors::ApiError;

/// The whole of a plan.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Body {
    /// Points.
    pub objective: i64,
    /// No plan is worth more.
    pub bound: i64,
    /// Points of the settled places alone: what the season is worth without the plan.
    pub settled_objective: i64,
    /// The gap in slots: how many more a plan could fill that brings no fewer points in everything else.
    pub slot_gap: i64,
    /// Points of filled slots.
    pub slot_points: i64,
    /// Points by criterion.
    pub contributions: Vec<Contribution>,
    /// Points lost by people who need a waiver.
    pub waivers: i64,
    /// Filled slots, settled ones included.
    pub filled: u32,
    /// Slots of all challenges.
    pub slots: u32,
    /// Challenges that take place.
    pub scheduled: u32,
    /// Whether the run was ended before its work was done.
    pub cut_short: bool,
    /// Whether a pin of the input was given up by hand: the bound is of plans that keep it.
    #[serde(default)]
    pub unpinned: bool,
    /// People in the pool that was planned with.
    pub considered: u32,
    /// People whom it could not use.
    pub set_aside: SetAsidePeople,
    /// What the challenges ask for, in the order of the input.
    pub frames: Vec<Frame>,
    /// What is decided of them, in the same order.
    pub challenges: Vec<Decided>,
    /// How fair it is.
    pub fairness: FairnessBody,
    /// The scarcest role of each week.
    pub bottlenecks: Vec<WeekBody>,
}

/// How many people a plan could not use, by reason.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct SetAsidePeople {
    /// No slot and window is open to them.
    pub no_place: u32,
    /// They have no home council.
    pub no_home: u32,
    /// Their home changes during the season.
    pub home_changes: u32,
    /// They are at home in several regions at once.
    pub several_regions: u32,
}

/// What a plan decides about a challenge.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Decided {
    /// The challenge.
    pub challenge: Uuid,
    /// The host.
    pub host: Uuid,
    /// The window; `None` when it does not take place.
    pub window: Option<Uuid>,
    /// First day.
    pub starts_on: Option<NaiveDate>,
    /// Last day.
    pub ends_on: Option<NaiveDate>,
    /// Points by criterion.
    pub contributions: Vec<Contribution>,
    /// Points lost by people who need a waiver.
    pub waivers: i64,
    /// Filled slots.
    pub places: Vec<Placed>,
    /// Vacant slots.
    pub vacancies: Vec<VacancyBody>,
}

/// A filled slot.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Placed {
    /// The slot.
    pub slot: Uuid,
    /// Who.
    pub peer: Uuid,
    /// Whether they held it before the plan.
    pub settled: bool,
    /// What the place brings.
    pub contributions: Vec<Contribution>,
}

/// Vacant slots of one kind.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct VacancyBody {
    /// The slots.
    pub slots: Vec<Uuid>,
    /// The window that was looked at.
    pub window: Option<Uuid>,
    /// People who could hold it by what they are.
    pub holders: u32,
    /// What keeps them out.
    pub tally: Vec<Tally>,
    /// The rules behind conflicts, closed windows and missing waivers.
    #[serde(default)]
    pub rules: Vec<RuleTally>,
    /// A smallest set of reasons that alone keep all of them out.
    pub core: Vec<Reason>,
    /// What would fill it, the cheapest first.
    pub ways_out: Vec<WayOutBody>,
}

/// One change that would fill a slot.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WayOutBody {
    /// What would have to give.
    pub give: Reason,
    /// The rules that the person would have to be spared.
    #[serde(default)]
    pub rules: Vec<RuleCode>,
    /// In which window, where it is not the plan's.
    pub window: Option<Uuid>,
    /// How many people it would open the slot to.
    pub people: u32,
    /// One of them.
    pub peer: Uuid,
    /// Points of the plan with them, less its points now.
    pub points: i64,
}

/// Fairness, with ids.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct FairnessBody {
    /// The worst-served host's challenge, its filled slots, its slots, and its points beside those of slots.
    pub worst: Option<ServedBody>,
    /// The best-served one.
    pub best: Option<ServedBody>,
    /// Person days by council: given, received.
    pub councils: Vec<CouncilDaysBody>,
    /// Most challenges that anybody has.
    pub busiest: u32,
    /// People who could hold a slot of the season by what they are.
    pub qualified: u32,
    /// Those of them who are asked.
    pub asked: u32,
}

/// How a host is served.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServedBody {
    /// Its challenge.
    pub challenge: Uuid,
    /// Filled slots.
    pub filled: u32,
    /// Slots.
    pub slots: u32,
    /// Points of the team, those of slots left out.
    pub points: i64,
}

/// Person days of a council.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CouncilDaysBody {
    /// The council.
    pub council: Uuid,
    /// Days that its people give.
    pub given: i64,
    /// Days that its challenges take.
    pub received: i64,
}

/// The scarcest role of a week.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WeekBody {
    /// The Monday.
    pub week: NaiveDate,
    /// What the slots ask for.
    pub role: String,
    /// Slots that ask for it then.
    pub wanted: u32,
    /// People who could hold them and are free on some day of the week.
    pub free: u32,
}

impl Body {
    /// A plan of a composed season, with all that is said of it.
    ///
    /// # Errors
    /// Internal, when the plan is not one of this season.
    pub fn of(
        season: &Season,
        frames: Vec<Frame>,
        file: &PlanFile,
        worth: &Worth,
        (settled_objective, set_aside): (i64, SetAsidePeople),
        seating: &Seating,
    ) -> Result<Self, ApiError> {
        let names = Names::of(season)?;
        let reviewed: HashMap<usize, Reviewed> = review(season, &file.assignments)
            .into_iter()
            .map(|one| (one.challenge, one))
            .collect();
        let mut challenges = Vec::with_capacity(frames.len());
        for (c, frame) in frames.iter().enumerate() {
            let place = file.assignments.iter().find(|one| one.challenge == c);
            challenges.push(decided(frame, (c, &names), place, reviewed.get(&c), seating)?);
        }
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        for vacancy in vacancies(season, &file.assignments, threads) {
            let (frame, one) = (&frames[vacancy.challenge], &mut challenges[vacancy.challenge]);
            let told = told(vacancy, frame, &one.places, &names);
            one.vacancies.push(told);
        }
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Self {
            objective: file.objective,
            bound: file.bound,
            settled_objective,
            slot_gap: file.slot_gap,
            slot_points: worth.slots,
            contributions: by_criterion(worth),
            waivers: worth.charges,
            filled: worth.filled,
            slots: worth.wanted,
            scheduled: worth.scheduled,
            cut_short: file.cut_short,
            unpinned: false,
            considered: count(season.peers.len()),
            set_aside,
            frames,
            challenges,
            fairness: fair(&fairness(season, &file.assignments), &names),
            bottlenecks: bottlenecks(season, &file.assignments)
                .into_iter()
                .map(|one| week(one, season.season_start))
                .collect(),
        })
    }

    /// A stored plan.
    ///
    /// # Errors
    /// Internal, when it is none.
    pub fn read(stored: &str) -> Result<Self, ApiError> {
        serde_json::from_str(stored).map_err(ApiError::internal)
    }

    /// The plan as it is stored.
    ///
    /// # Errors
    /// Internal, when it cannot be written.
    pub fn write(&self) -> Result<String, ApiError> {
        serde_json::to_string(self).map_err(ApiError::internal)
    }

    /// Whether somebody is pinned to a slot.
    pub fn pins(&self, slot: Uuid) -> bool {
        let mut slots = self.frames.iter().flat_map(|frame| &frame.slots);
        slots.any(|one| one.id == slot && one.pinned.is_some())
    }

    /// Everybody whom the plan newly puts on a team.
    pub fn newcomers(&self) -> impl Iterator<Item = Uuid> {
        let places = self.challenges.iter().flat_map(|one| &one.places);
        places.filter(|place| !place.settled).map(|place| place.peer)
    }
}

/// Points of the places that are held: what the season is worth without a plan.
pub fn before(season: &Season, frames: &[Frame], names: &Names) -> i64 {
    let points = |season: &Season| {
        let settled = matching::season::worth(season, &season.settled_plan());
        settled.map_or(0, |worth| worth.objective)
    };
    let mut slots = frames.iter().flat_map(|frame| &frame.slots);
    if slots.any(|slot| slot.pinned.is_some()) {
        let mut held = season.clone();
        settle(&mut held, frames, names, false);
        points(&held)
    } else {
        points(season)
    }
}

/// Points of a plan by criterion.
pub fn by_criterion(worth: &Worth) -> Vec<Contribution> {
    [
        (Criterion::Seat, worth.slots),
        (Criterion::Preference, worth.preference),
        (Criterion::Themes, worth.themes),
        (Criterion::Likeness, worth.affinity),
        (Criterion::Travel, worth.travel),
        (Criterion::Load, worth.load),
        (Criterion::Spread, worth.spread),
    ]
    .map(|(criterion, points)| Contribution { criterion, points })
    .into()
}

fn decided(
    frame: &Frame,
    (at, names): (usize, &Names),
    place: Option<&Assignment>,
    reviewed: Option<&Reviewed>,
    seating: &Seating,
) -> Result<Decided, ApiError> {
    let window = place
        .and_then(|place| place.window)
        .and_then(|window| frame.windows.get(window));
    let held = match place {
        Some(place) => seated(frame, (at, names), place, seating)?,
        None => frame.held(),
    };
    let mut bring: HashMap<Uuid, &Vec<Contribution>> = HashMap::new();
    if let (Some(place), Some(reviewed)) = (place, reviewed) {
        let seats = place.team.iter().zip(&reviewed.seats);
        bring.extend(seats.filter_map(|(seat, points)| Some((*names.peers.get(seat.peer)?, points))));
    }
    let places = frame.slots.iter().zip(&held).filter_map(|(slot, holder)| {
        let (peer, settled) = (*holder)?;
        Some(Placed {
            slot: slot.id,
            peer,
            settled,
            contributions: bring.get(&peer).map(|points| (*points).clone()).unwrap_or_default(),
        })
    });
    Ok(Decided {
        challenge: frame.challenge,
        host: frame.host,
        window: window.map(|window| window.id),
        starts_on: window.map(|window| window.starts_on),
        ends_on: window.map(|window| window.ends_on),
        contributions: reviewed.map(|reviewed| reviewed.points.clone()).unwrap_or_default(),
        waivers: reviewed.map_or(0, |reviewed| reviewed.waivers),
        places: places.collect(),
        vacancies: Vec::new(),
    })
}

/// Why slots of a challenge are vacant, with ids; `places` are those that are filled.
fn told(vacancy: Vacancy, frame: &Frame, places: &[Placed], names: &Names) -> VacancyBody {
    let window_id = |window: usize| frame.windows.get(window).map(|window| window.id);
    let open = frame
        .slots
        .iter()
        .filter(|slot| slot.role == vacancy.role && places.iter().all(|place| place.slot != slot.id));
    let way = |way: &matching::season::WayOut| {
        Some(WayOutBody {
            give: way.give,
            rules: way.rules.clone(),
            window: way.window.and_then(window_id),
            people: way.people,
            peer: *names.peers.get(way.peer)?,
            points: way.points,
        })
    };
    VacancyBody {
        slots: open.map(|slot| slot.id).collect(),
        window: vacancy.window.and_then(window_id),
        holders: vacancy.holders,
        ways_out: vacancy.ways_out.iter().filter_map(way).collect(),
        tally: vacancy.tally,
        rules: vacancy.rules,
        core: vacancy.core,
    }
}

fn fair(fairness: &Fairness, names: &Names) -> FairnessBody {
    let served = |served: &matching::season::Served| {
        Some(ServedBody {
            challenge: *names.challenges.get(served.challenge)?,
            filled: served.filled,
            slots: served.slots,
            points: served.points,
        })
    };
    let days = fairness.councils.iter().filter_map(|days| {
        Some(CouncilDaysBody {
            council: *names.councils.get(days.council)?,
            given: days.given,
            received: days.received,
        })
    });
    FairnessBody {
        worst: fairness.worst.as_ref().and_then(served),
        best: fairness.best.as_ref().and_then(served),
        councils: days.collect(),
        busiest: fairness.busiest,
        qualified: fairness.qualified,
        asked: fairness.asked,
    }
}

fn week(one: Bottleneck, start: Option<NaiveDate>) -> WeekBody {
    let start = start.unwrap_or_default();
    let days = Days::new(one.week.unsigned_abs() * 7);
    let monday = if one.week < 0 {
        start.checked_sub_days(days)
    } else {
        start.checked_add_days(days)
    };
    WeekBody {
        week: monday.unwrap_or(start),
        role: one.role,
        wanted: one.wanted,
        free: one.free,
    }
}
