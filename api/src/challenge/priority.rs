//! How urgent a request is: a sum of points whose components are always kept and shown.
//!
//! Pure. The criteria are those that the national programme agreed with its funder; the weights are policy
//! (`PriorityRules`). Every component is listed, also with 0 points, so that nobody has to guess what was looked at.
//! Invariants: the points are the sum of the components; a statutory intervention makes urgent whatever the sum;
//! ties go to the longest wait ([`Assessment::wait_months`]).
//!
//! Neighbours: `service::triage` (gathers the situation and stores the result), `objects` (shows it).

use chrono::{Datelike, Months, NaiveDate};
use entity::{
    enums::{InspectionFramework, Judgement, SendOutcome},
    inspection_outcome,
};
use serde::{Deserialize, Serialize};

use crate::programme::policy::PriorityRules;

/// Stands for "never had a challenge" where waits are compared: longer than any wait in the records.
pub const NEVER: u32 = 9_999;

/// Something that was found, and its day where that is known.
pub type Dated<T> = Option<(T, Option<NaiveDate>)>;

/// The latest overall judgement and the latest SEND outcome of a council known on `today`. A visit without an overall judgement
/// does not hide an earlier one.
pub fn latest(rows: &[inspection_outcome::Model], today: NaiveDate) -> (Dated<Judgement>, Dated<SendOutcome>) {
    let day = |row: &inspection_outcome::Model| row.starts_on.or(row.published_on);
    let mut known: Vec<_> = rows
        .iter()
        .filter(|row| row.published_on.or(row.starts_on).is_none_or(|known| known <= today))
        .collect();
    known.sort_by_key(|row| std::cmp::Reverse((day(row), row.id)));
    let of = |framework| known.iter().filter(move |row| row.framework == framework);
    let judgement = of(InspectionFramework::Ilacs).find_map(|row| Some((row.overall?, day(row))));
    let send = of(InspectionFramework::AreaSend).find_map(|row| Some((row.send_outcome?, day(row))));
    (judgement, send)
}

/// What triage knows about the host on a day.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Situation {
    /// The day of triage.
    pub today: NaiveDate,
    /// Latest overall judgement of children's services and its day, where one was given.
    pub judgement: Dated<Judgement>,
    /// Latest outcome of an area SEND visit and its day.
    pub send: Dated<SendOutcome>,
    /// Triage knows of a change among chief executive, director and lead member, or of political instability.
    pub leadership_instability: bool,
    /// Day on which control of the council last changed.
    pub control_changed_on: Option<NaiveDate>,
    /// Day of the last recorded change among chief executive, director and lead member.
    pub leadership_changed_on: Option<NaiveDate>,
    /// Court action against the council.
    pub court_action: bool,
    /// What people who know the council say.
    pub intelligence: Option<Intelligence>,
    /// Last day of the last challenge that the host (or a predecessor) had.
    pub last_challenge_on: Option<NaiveDate>,
    /// The government has intervened by statute.
    pub statutory_intervention: bool,
}

/// Points given for what is known beyond the records; somebody answers for them, for a time.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Intelligence {
    /// Points, from 0 to the policy's maximum.
    pub points: u32,
    /// Who answers for them.
    pub author: String,
    /// Last day on which they count.
    pub expires_on: NaiveDate,
}

/// What a component of the sum is about.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ComponentKind {
    /// Latest overall judgement of children's services.
    ChildrensServicesJudgement,
    /// Latest outcome for SEND.
    SendOutcome,
    /// Instability of the leadership.
    LeadershipInstability,
    /// Court action.
    CourtAction,
    /// Intelligence.
    Intelligence,
    /// Time since the last challenge.
    Waiting,
}

/// One component of the sum.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Component {
    /// What it is about.
    pub kind: ComponentKind,
    /// Its points; 0 when nothing was found.
    pub points: u32,
    /// Day of the fact behind it, where there is one.
    pub fact_on: Option<NaiveDate>,
    /// Who answers for it (intelligence only).
    pub author: Option<String>,
    /// Last day on which it counts (intelligence only).
    pub expires_on: Option<NaiveDate>,
}

impl Component {
    fn new(kind: ComponentKind, points: u32, fact_on: Option<NaiveDate>) -> Self {
        Self {
            kind,
            points,
            fact_on,
            author: None,
            expires_on: None,
        }
    }
}

/// The result, as stored.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assessment {
    /// Sum of the components.
    pub points: u32,
    /// Goes before everything that is not urgent.
    pub urgent: bool,
    /// Whole months since the last challenge; [`NEVER`] for none. Breaks ties.
    pub wait_months: u32,
    /// Every component, in the order of [`ComponentKind`].
    pub components: Vec<Component>,
}

impl Assessment {
    /// The sum without what has expired by `today`.
    pub fn points_on(&self, today: NaiveDate) -> u32 {
        let counts = |component: &&Component| component.expires_on.is_none_or(|last| last >= today);
        self.components
            .iter()
            .filter(counts)
            .map(|component| component.points)
            .sum()
    }
}

/// Whole months from `from` to `to`; 0 when `to` is not later.
pub fn whole_months(from: NaiveDate, to: NaiveDate) -> u32 {
    let span = (to.year() - from.year()) * 12 + to.month0().cast_signed() - from.month0().cast_signed();
    // A month is whole once the same day (or the last day of a shorter month) has come.
    let months = u32::try_from(span).unwrap_or(0);
    let reached = from
        .checked_add_months(Months::new(months))
        .is_some_and(|day| day <= to);
    if reached { months } else { months.saturating_sub(1) }
}

/// The priority of a request whose host is in `situation`.
pub fn assess(situation: &Situation, rules: &PriorityRules) -> Assessment {
    use ComponentKind as Kind;
    let today = situation.today;
    let judged = match situation.judgement.map(|(judgement, _)| judgement) {
        Some(Judgement::Inadequate) => rules.judged_inadequate,
        Some(Judgement::RequiresImprovement) => rules.judged_requires_improvement,
        Some(Judgement::Good | Judgement::Outstanding) | None => 0,
    };
    let send = match situation.send.map(|(outcome, _)| outcome) {
        Some(SendOutcome::SystemicFailings) => rules.send_systemic_failings,
        Some(SendOutcome::Inconsistent) => rules.send_inconsistent,
        Some(SendOutcome::Positive) | None => 0,
    };
    let changed = [situation.control_changed_on, situation.leadership_changed_on]
        .into_iter()
        .flatten()
        .filter(|day| *day <= today && whole_months(*day, today) < rules.instability_months)
        .max();
    let unstable = situation.leadership_instability || changed.is_some();
    let (wait_months, waiting) = match situation.last_challenge_on {
        None => (NEVER, rules.never_challenged),
        Some(last) => {
            let months = whole_months(last, today).min(NEVER - 1);
            let beyond = months.saturating_sub(rules.waiting_after_months);
            // Tenths are rounded down, so that the points shown add up.
            (
                months,
                (beyond.saturating_mul(rules.waiting_tenths_per_month) / 10).min(rules.waiting_max),
            )
        }
    };
    let intelligence = situation.intelligence.as_ref();
    let known = intelligence.filter(|known| known.expires_on >= today);
    let components = vec![
        Component::new(
            Kind::ChildrensServicesJudgement,
            judged,
            situation.judgement.and_then(|(_, day)| day),
        ),
        Component::new(Kind::SendOutcome, send, situation.send.and_then(|(_, day)| day)),
        Component::new(
            Kind::LeadershipInstability,
            if unstable { rules.leadership_instability } else { 0 },
            changed,
        ),
        Component::new(
            Kind::CourtAction,
            if situation.court_action { rules.court_action } else { 0 },
            None,
        ),
        Component {
            author: intelligence.map(|known| known.author.clone()),
            expires_on: intelligence.map(|known| known.expires_on),
            ..Component::new(
                Kind::Intelligence,
                known.map_or(0, |known| known.points.min(rules.intelligence_max)),
                None,
            )
        },
        Component::new(Kind::Waiting, waiting, situation.last_challenge_on),
    ];
    Assessment {
        points: components.iter().map(|component| component.points).sum(),
        urgent: situation.statutory_intervention,
        wait_months,
        components,
    }
}

/// The engine's priority 1–5 for so many points: one more for each of the policy's thresholds that is reached; an urgent
/// request has the highest.
pub fn band(points: u32, urgent: bool, rules: &PriorityRules) -> u8 {
    if urgent {
        return 5;
    }
    rules
        .bands
        .iter()
        .fold(1, |band, threshold| band + u8::from(points >= *threshold))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn rules() -> PriorityRules {
        PriorityRules {
            judged_inadequate: 40,
            judged_requires_improvement: 20,
            send_systemic_failings: 30,
            send_inconsistent: 10,
            leadership_instability: 15,
            instability_months: 12,
            court_action: 10,
            intelligence_max: 15,
            waiting_after_months: 60,
            waiting_tenths_per_month: 5,
            waiting_max: 20,
            never_challenged: 20,
            bands: [15, 30, 50, 70],
        }
    }

    fn quiet() -> Situation {
        Situation {
            today: date("2026-11-22"),
            judgement: None,
            send: None,
            leadership_instability: false,
            control_changed_on: None,
            leadership_changed_on: None,
            court_action: false,
            intelligence: None,
            last_challenge_on: Some(date("2025-11-22")),
            statutory_intervention: false,
        }
    }

    fn points(situation: &Situation) -> u32 {
        assess(situation, &rules()).points
    }

    #[test]
    fn each_component_gives_what_the_policy_says() {
        assert_eq!(points(&quiet()), 0);
        let judged = |judgement| {
            points(&Situation {
                judgement: Some((judgement, None)),
                ..quiet()
            })
        };
        assert_eq!(judged(Judgement::Inadequate), 40);
        assert_eq!(judged(Judgement::RequiresImprovement), 20);
        assert_eq!(judged(Judgement::Good), 0);
        assert_eq!(
            points(&Situation {
                send: Some((SendOutcome::SystemicFailings, None)),
                ..quiet()
            }),
            30
        );
        assert_eq!(
            points(&Situation {
                court_action: true,
                ..quiet()
            }),
            10
        );
        assert_eq!(
            points(&Situation {
                leadership_instability: true,
                ..quiet()
            }),
            15
        );
        // Flag and change of control are one component, not two.
        let changed = Situation {
            control_changed_on: Some(date("2026-05-07")),
            ..quiet()
        };
        assert_eq!(points(&changed), 15);
        let replaced = Situation {
            leadership_changed_on: Some(date("2026-06-01")),
            ..changed.clone()
        };
        assert_eq!(points(&replaced), 15);
        let component = assess(&replaced, &rules()).components;
        let leadership = component
            .iter()
            .find(|one| one.kind == ComponentKind::LeadershipInstability);
        assert_eq!(leadership.and_then(|one| one.fact_on), Some(date("2026-06-01")));
        assert_eq!(
            points(&Situation {
                leadership_instability: true,
                ..changed
            }),
            15
        );
        assert_eq!(
            points(&Situation {
                control_changed_on: Some(date("2025-11-22")),
                ..quiet()
            }),
            0
        );
    }

    #[test]
    fn waiting_counts_half_points_beyond_sixty_months_and_is_capped() {
        let waited = |last: &str| {
            assess(
                &Situation {
                    last_challenge_on: Some(date(last)),
                    ..quiet()
                },
                &rules(),
            )
        };
        assert_eq!((waited("2021-11-22").points, waited("2021-11-22").wait_months), (0, 60));
        assert_eq!(waited("2021-10-22").points, 0, "half a point is rounded down");
        assert_eq!(waited("2021-09-22").points, 1);
        assert_eq!(waited("2001-01-01").points, 20);
        let never = assess(
            &Situation {
                last_challenge_on: None,
                ..quiet()
            },
            &rules(),
        );
        assert_eq!((never.points, never.wait_months), (20, NEVER));
    }

    #[test]
    fn intelligence_is_capped_and_expires() {
        let known = Intelligence {
            points: 40,
            author: "A. Adviser".to_owned(),
            expires_on: date("2027-01-31"),
        };
        let assessment = assess(
            &Situation {
                intelligence: Some(known),
                ..quiet()
            },
            &rules(),
        );
        assert_eq!(assessment.points, 15);
        assert_eq!(assessment.points_on(date("2027-01-31")), 15);
        assert_eq!(assessment.points_on(date("2027-02-01")), 0);
    }

    #[test]
    fn bands_rise_with_the_thresholds_and_urgent_is_highest() {
        let at = |points| band(points, false, &rules());
        assert_eq!(
            [at(0), at(14), at(15), at(30), at(50), at(69), at(70)],
            [1, 1, 2, 3, 4, 4, 5]
        );
        assert_eq!(band(0, true, &rules()), 5);
    }

    #[test]
    fn months_are_whole_when_the_day_has_come() {
        assert_eq!(whole_months(date("2026-01-31"), date("2026-02-27")), 0);
        assert_eq!(whole_months(date("2026-01-31"), date("2026-02-28")), 1);
        assert_eq!(whole_months(date("2026-02-28"), date("2026-01-31")), 0);
        assert_eq!(whole_months(date("2020-02-29"), date("2026-02-28")), 72);
    }

    proptest! {
        #[test]
        fn the_sum_is_shown_in_full(
            judged in 0usize..5, send in 0usize..4, flags: [bool; 3], intelligence in 0u32..40, last in proptest::option::of(0u64..9_000),
        ) {
            let situation = Situation {
                judgement: [Judgement::Outstanding, Judgement::Good, Judgement::RequiresImprovement, Judgement::Inadequate]
                    .get(judged).map(|judgement| (*judgement, None)),
                send: [SendOutcome::Positive, SendOutcome::Inconsistent, SendOutcome::SystemicFailings]
                    .get(send).map(|outcome| (*outcome, None)),
                leadership_instability: flags[0],
                court_action: flags[1],
                statutory_intervention: flags[2],
                intelligence: Some(Intelligence { points: intelligence, author: "x".to_owned(), expires_on: date("2027-01-01") }),
                last_challenge_on: last.and_then(|days| date("2026-11-22").checked_sub_days(chrono::Days::new(days))),
                ..quiet()
            };
            let assessment = assess(&situation, &rules());
            prop_assert_eq!(assessment.components.len(), 6);
            prop_assert_eq!(assessment.points, assessment.components.iter().map(|component| component.points).sum::<u32>());
            prop_assert_eq!(assessment.urgent, flags[2]);
            prop_assert!(assessment.points <= 40 + 30 + 15 + 10 + 15 + 20);
            let stored = serde_json::to_value(&assessment).unwrap();
            prop_assert_eq!(serde_json::from_value::<Assessment>(stored).unwrap(), assessment);
        }
    }
}
