//! The pure rules against small examples and against brute force over single days.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn day(offset: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap() + Days::new(offset.into())
}

fn span(from: u32, until: u32) -> Span {
    Span::new(day(from), day(until)).unwrap()
}

fn days(stretches: &[Span]) -> BTreeSet<NaiveDate> {
    stretches
        .iter()
        .flat_map(|stretch| stretch.from.iter_days().take_while(|day| *day <= stretch.until))
        .collect()
}

fn apart(stretches: &[Span]) -> bool {
    stretches
        .windows(2)
        .all(|pair| pair[0].until.succ_opt().unwrap() < pair[1].from)
}

fn stretches() -> impl Strategy<Value = Vec<Span>> {
    prop::collection::vec((0_u32..60, 0_u32..8), 0..12)
        .prop_map(|pairs| pairs.into_iter().map(|(from, more)| span(from, from + more)).collect())
}

proptest! {
    #[test]
    fn merging_keeps_every_day_and_leaves_gaps_between(all in stretches()) {
        let sum = merged(all.clone());
        prop_assert_eq!(days(&sum), days(&all));
        prop_assert!(apart(&sum), "{:?}", sum);
    }

    #[test]
    fn an_offer_joins_exactly_the_windows_that_touch_it(all in stretches(), from in 0_u32..60, more in 0_u32..8) {
        let windows = merged(all);
        let offer = span(from, from + more);
        let reach = Span { from: offer.from.pred_opt().unwrap(), until: offer.until.succ_opt().unwrap() };
        let (touching, rest): (Vec<_>, Vec<_>) = windows.iter().copied().partition(|window| window.overlaps(reach));
        let mut after = rest;
        after.push(joined(&touching, offer));
        after.sort_unstable();
        let expected: BTreeSet<_> = days(&windows).union(&days(&[offer])).copied().collect();
        prop_assert_eq!(days(&after), expected);
        prop_assert!(apart(&after), "{:?}", after);
    }

    #[test]
    fn withdrawing_takes_exactly_the_days_named(all in stretches(), from in 0_u32..60, more in 0_u32..20) {
        let windows = merged(all);
        let taken = span(from, from + more);
        let left: Vec<Span> = windows.iter().flat_map(|window| without(*window, taken)).collect();
        let expected: BTreeSet<_> = days(&windows).difference(&days(&[taken])).copied().collect();
        prop_assert_eq!(days(&left), expected);
        prop_assert!(apart(&left), "{:?}", left);
    }

    #[test]
    fn what_is_stale_agrees_with_the_engine(on in 0_u32..1500, months in 0_u32..61, back in 0_u32..2000) {
        let on = day(on);
        let done = on - Days::new(back.into());
        prop_assert_eq!(done < valid_since(on, months), on > months_after(done, months));
    }

    #[test]
    fn periods_overlap_when_they_share_a_day(
        one in (prop::option::of(0_u32..30), prop::option::of(0_u32..30)),
        other in (prop::option::of(0_u32..30), prop::option::of(0_u32..30)),
    ) {
        let holds = |period: (Option<u32>, Option<u32>), on: u32| {
            period.0.is_none_or(|from| from <= on) && period.1.is_none_or(|until| on <= until)
        };
        let forwards = |period: (Option<u32>, Option<u32>)| !matches!(period, (Some(from), Some(until)) if until < from);
        prop_assume!(forwards(one) && forwards(other));
        let shared = (0..40).any(|on| holds(one, on) && holds(other, on));
        // Two periods that are both open to the past always share the days before everything named.
        let shared = shared || (one.0.is_none() && other.0.is_none());
        let dated = |period: (Option<u32>, Option<u32>)| (period.0.map(day), period.1.map(day));
        prop_assert_eq!(periods_overlap(dated(one), dated(other)), shared);
    }
}

#[test]
fn days_ahead_are_judged_with_a_reason() {
    let today = day(0);
    assert!(matches!(stretch_ahead(day(5), day(4), today), Err(Fault::Reversed(_))));
    assert!(matches!(
        stretch_ahead(day(1), day(5000), today),
        Err(Fault::Unacceptable(_))
    ));
    let past = (today - Days::new(9), today - Days::new(1));
    assert!(matches!(
        stretch_ahead(past.0, past.1, today),
        Err(Fault::Unacceptable(_))
    ));
    assert_eq!(stretch_ahead(past.0, today, today).unwrap().until, today);
    assert_eq!(stretch_ahead(day(3), day(3), today).unwrap(), span(3, 3));
}

#[test]
fn ties_may_be_open_and_past_but_not_reversed_or_absurd() {
    let today = day(0);
    assert_eq!(tie_days(None, None, today), Ok(()));
    assert_eq!(
        tie_days(NaiveDate::from_ymd_opt(1990, 1, 1), Some(today), today),
        Ok(())
    );
    assert!(matches!(
        tie_days(Some(day(2)), Some(day(1)), today),
        Err(Fault::Reversed(_))
    ));
    assert!(matches!(
        tie_days(None, NaiveDate::from_ymd_opt(2062, 1, 1), today),
        Err(Fault::Unacceptable(_))
    ));
}

#[test]
fn addresses_have_one_at_and_a_dotted_domain() {
    for good in ["a@b.uk", " ann.oak@council.gov.uk ", "o'neil+x@example.org"] {
        assert!(is_email(good), "{good}");
    }
    for bad in [
        "", "a", "a@b", "@b.uk", "a@", "a@b@c.uk", "a b@c.uk", "a@b..uk", "a@.uk",
    ] {
        assert!(!is_email(bad), "{bad}");
    }
    assert!(!is_email(&format!("{}@example.org", "a".repeat(250))));
}

fn entry(id: u128, email: Option<&str>, name: &str, post: Option<&str>, status: PeerStatus) -> Entry {
    Entry {
        id: Uuid::from_u128(id),
        email_key: email.and_then(matching::identity::email_key),
        name_key: matching::identity::name_key(name),
        post: post.map(str::to_owned),
        status,
    }
}

#[test]
fn a_decision_settles_a_pair_and_joined_entries_stay_settled_only_while_one_has_left() {
    let pool = |second| {
        [
            entry(
                1,
                Some("ann@example.org"),
                "Ann Oak",
                Some("Director"),
                PeerStatus::Active,
            ),
            entry(2, Some("ANN@example.org"), "Anne Oak", None, second),
            entry(3, None, "ann oak", Some("director"), PeerStatus::Active),
        ]
    };
    let pair = |a, b| (Uuid::from_u128(a), Uuid::from_u128(b));
    let decided = |a, b, verdict| Decided {
        a: Uuid::from_u128(a),
        b: Uuid::from_u128(b),
        verdict,
    };
    let open = |entries: &[Entry], decided: &[Decided]| -> BTreeSet<(Uuid, Uuid)> {
        open_duplicates(entries, decided)
            .into_iter()
            .map(|(a, b, _)| (a, b))
            .collect()
    };
    let active = pool(PeerStatus::Active);
    assert_eq!(open(&active, &[]), BTreeSet::from([pair(1, 2), pair(1, 3)]));
    assert_eq!(
        open(&active, &[decided(1, 3, DuplicateVerdict::Distinct)]),
        BTreeSet::from([pair(1, 2)])
    );
    let same = [
        decided(1, 2, DuplicateVerdict::Same),
        decided(1, 3, DuplicateVerdict::Distinct),
    ];
    assert_eq!(open(&active, &same), BTreeSet::from([pair(1, 2)]));
    assert_eq!(open(&pool(PeerStatus::Left), &same), BTreeSet::new());
}
