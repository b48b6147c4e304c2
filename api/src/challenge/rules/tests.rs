//! The rules of requests and scopes, by example and as properties.

use proptest::prelude::*;

use super::*;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn frame() -> Frame {
    Frame {
        today: date("2026-11-22"),
        season: (date("2026-04-01"), date("2027-03-31")),
        days_on_site: (3, 4),
        limits: Limits {
            slots_min: 4,
            slots_max: 6,
            windows_max: 4,
            themes_max: 3,
            lines_of_enquiry_max: 2,
            waiver_days_max: 366,
            case_link_days: 14,
            reminder_days_before: 7,
            reminder_days_after: 3,
        },
        blackouts: vec![Blackout {
            starts_on: date("2027-02-15"),
            ends_on: date("2027-02-19"),
        }],
        themes: (1..=5).map(Uuid::from_u128).collect(),
    }
}

fn window(starts_on: &str, ends_on: &str) -> Window {
    Window {
        starts_on: date(starts_on),
        ends_on: date(ends_on),
        preference: 50,
    }
}

fn found(faults: &[Fault]) -> Vec<(FaultKind, &str)> {
    faults.iter().map(|fault| (fault.kind, fault.path.as_str())).collect()
}

#[test]
fn every_fault_of_the_windows_is_named_with_its_path() {
    let given = [
        window("2027-01-11", "2027-01-14"),
        window("2027-01-14", "2027-01-16"),
        window("2027-01-08", "2027-01-06"),
        window("2027-02-18", "2027-02-22"),
    ];
    assert_eq!(
        found(&windows(&given, &frame())),
        [
            (FaultKind::Overlapping, "windows.1.startsOn"),
            (FaultKind::DatesReversed, "windows.2.endsOn"),
            (FaultKind::Invalid, "windows.3.endsOn"),
            (FaultKind::Overlapping, "windows.3.startsOn"),
        ]
    );
    let outside = [window("2026-11-20", "2026-11-22"), window("2027-03-30", "2027-04-01")];
    assert_eq!(
        found(&windows(&outside, &frame())),
        [
            (FaultKind::Invalid, "windows.0.startsOn"),
            (FaultKind::Invalid, "windows.1.startsOn"),
        ]
    );
    assert_eq!(
        found(&windows(&[window("2027-01-11", "2027-01-14"); 5], &frame())),
        [(FaultKind::TooMany, "windows")]
    );
    assert_eq!(windows(&[window("2026-11-22", "2026-11-24")], &frame()), []);
}

#[test]
fn themes_exist_once_with_a_weight_in_range() {
    let theme = |id, weight| ThemeWeight {
        theme: Uuid::from_u128(id),
        weight,
    };
    assert_eq!(
        found(&themes(&[theme(1, 0), theme(1, 5), theme(9, 100)], &frame())),
        [
            (FaultKind::Invalid, "themes.0.weight"),
            (FaultKind::Invalid, "themes.1.themeId"),
            (FaultKind::NotFound, "themes.2.themeId"),
        ]
    );
    assert_eq!(
        found(&themes(&[theme(1, 1); 4], &frame())),
        [(FaultKind::TooMany, "themes")]
    );
}

#[test]
fn a_team_has_one_lead_and_known_themes() {
    let slot = |is_lead, themes: &[u128]| Slot {
        role: PeerRole::MemberPeer,
        is_lead,
        themes: themes.iter().copied().map(Uuid::from_u128).collect(),
    };
    assert_eq!(
        found(&slots(
            &[slot(true, &[1]), slot(true, &[7]), slot(false, &[2, 2])],
            &frame()
        )),
        [
            (FaultKind::TooMany, "slots.1.isLead"),
            (FaultKind::NotFound, "slots.1.themeIds.0"),
            (FaultKind::Invalid, "slots.2.themeIds.1"),
        ]
    );
}

#[test]
fn an_incomplete_scope_says_everything_that_it_lacks() {
    let mut scope = ScopeSize {
        themes: 0,
        lines: 0,
        slots: 3,
        has_lead: false,
        windows: 0,
        has_mode: false,
    };
    let gaps = scope_gaps(scope, &frame().limits);
    assert_eq!(gaps.len(), 6);
    assert!(gaps.iter().all(|gap| gap.kind == FaultKind::Required));
    scope = ScopeSize {
        themes: 1,
        lines: 1,
        slots: 4,
        has_lead: true,
        windows: 1,
        has_mode: true,
    };
    assert_eq!(scope_gaps(scope, &frame().limits), []);
}

#[test]
fn texts_are_neither_blank_nor_endless() {
    assert_eq!(
        text("reason", " \n", 10).map(|fault| fault.kind),
        Some(FaultKind::Required)
    );
    assert_eq!(
        text("reason", "12345678901", 10).map(|fault| fault.kind),
        Some(FaultKind::Invalid)
    );
    assert_eq!(text("reason", " 1234567890 ", 10), None);
}

proptest! {
    /// Windows that pass lie in the future, in the season, off the closed days and apart from each other.
    #[test]
    fn accepted_windows_keep_every_rule(spans in proptest::collection::vec((0u64..200, 0u64..6), 1..5)) {
        let given: Vec<Window> = spans
            .iter()
            .map(|(start, length)| {
                let starts_on = date("2026-11-01") + chrono::Days::new(*start);
                Window { starts_on, ends_on: starts_on + chrono::Days::new(*length), preference: 1 }
            })
            .collect();
        let frame = frame();
        let apart = |a: &Window, b: &Window| a.ends_on < b.starts_on || b.ends_on < a.starts_on;
        let good = given.iter().enumerate().all(|(index, window)| {
            let days = (window.ends_on - window.starts_on).num_days() + 1;
            (3..=4).contains(&days)
                && window.starts_on >= frame.today
                && window.ends_on <= frame.season.1
                && (window.ends_on < frame.blackouts[0].starts_on || frame.blackouts[0].ends_on < window.starts_on)
                && given.iter().take(index).all(|other| apart(window, other))
        });
        prop_assert_eq!(windows(&given, &frame).is_empty(), good);
    }
}
