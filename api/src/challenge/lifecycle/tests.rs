//! Tests of the lifecycle.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn any_stage() -> impl Strategy<Value = Stage> {
    (0..Stage::ALL.len()).prop_map(|index| Stage::ALL[index])
}

/// Every (stage, where it came from) that can be reached from `start` by legal moves.
fn reach(start: (Stage, Option<Stage>)) -> Vec<(Stage, Option<Stage>)> {
    let mut seen = vec![start];
    let mut next = 0;
    while let Some((stage, resumes_to)) = seen.get(next).copied() {
        next += 1;
        for to in next_stages(stage, resumes_to) {
            let state = (to, is_suspended(to).then_some(stage));
            if !seen.contains(&state) {
                seen.push(state);
            }
        }
    }
    seen
}

#[test]
fn a_draft_reaches_every_stage_and_every_stage_an_end() {
    let all = reach((Stage::Draft, None));
    let stages: BTreeSet<_> = all.iter().map(|(stage, _)| format!("{stage:?}")).collect();
    assert_eq!(stages.len(), Stage::ALL.len());
    for state in all {
        assert!(
            reach(state).iter().any(|(stage, _)| is_terminal(*stage)),
            "{state:?} has no way out"
        );
    }
}

#[test]
fn the_main_path_is_legal_step_by_step() {
    let main = &Stage::ALL[..16];
    assert_eq!(main.last(), Some(&Stage::Closed));
    for pair in main.windows(2) {
        assert!(judge(pair[0], None, pair[1]).is_ok(), "{:?} → {:?}", pair[0], pair[1]);
    }
}

/// The table as a diagram and a list, in Markdown.
fn drawn() -> String {
    use std::fmt::Write as _;
    let mut text = "```mermaid\nstateDiagram-v2\n    [*] --> DRAFT\n".to_owned();
    let mut rows = String::new();
    for from in Stage::ALL {
        for to in legal_moves(*from) {
            let verb = verb(*from, *to);
            let _ = writeln!(text, "    {from} --> {to}");
            let ear = |ear: &Ear| match ear {
                Ear::Programme => "programme",
                Ear::Host => "host",
                Ear::Hub => "hub",
                Ear::Lead => "lead peer",
                Ear::Team => "team",
            };
            let hears: Vec<&str> = verb.hears().iter().map(ear).collect();
            let hears = hears.join(", ");
            for (mutation, actor) in verb.ways() {
                let who = match actor {
                    Actor::Requester => "host, hub, programme",
                    Actor::Programme => "programme",
                    Actor::Host => "host, programme",
                    Actor::Lead => "lead peer, programme",
                    Actor::Consequence => "follows from a change of the team",
                };
                let _ = writeln!(rows, "| {from} | {to} | `{mutation}` | {who} | {hears} |");
            }
        }
        if is_terminal(*from) {
            let _ = writeln!(text, "    {from} --> [*]");
        }
    }
    text.push_str("```\n\n| from | to | mutation | who | who hears |\n| --- | --- | --- | --- | --- |\n");
    text.push_str(&rows);
    text
}

#[test]
fn the_diagram_in_the_docs_is_drawn_from_the_table() {
    const MARKS: [&str; 2] = ["<!-- drawn from the code -->\n", "<!-- end -->"];
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/LIFECYCLE.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once(MARKS[0]).unwrap();
    let (found, tail) = rest.split_once(MARKS[1]).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{head}{}{}{}{tail}", MARKS[0], drawn(), MARKS[1])).unwrap();
    } else {
        assert_eq!(found, drawn(), "run this test with UPDATE_DOCS=1");
    }
}

proptest! {
    /// However a life goes: no illegal stage, a suspended challenge knows where it came from, and resuming leads there (or to
    /// scoping, when the scope became void).
    #[test]
    fn a_random_life_stays_on_the_map(steps in prop::collection::vec((0..40_usize, any::<bool>()), 1..200)) {
        let (mut stage, mut came) = (Stage::Draft, None);
        for (choice, void) in steps {
            let next = next_stages(stage, came);
            prop_assert_eq!(next.is_empty(), is_terminal(stage));
            if next.is_empty() {
                break;
            }
            let mut to = next[choice % next.len()];
            let verb = judge(stage, came, to).unwrap();
            if verb == Verb::Resume {
                prop_assert_eq!(Some(to), came);
                to = resume_target(to, void && stage == Stage::Postponed);
                prop_assert!(judge(stage, came, to).is_ok(), "{:?} from {:?}", to, came);
            }
            prop_assert!(legal_moves(stage).contains(&to));
            // No detour over a side state ends what could not be ended before, nor what the team has served.
            let before = came.unwrap_or(stage);
            if to == Stage::Cancelled {
                prop_assert!(legal_moves(before).contains(&to), "given up from {:?}", before);
                prop_assert!(progress(before) < progress(Stage::FeedbackGiven), "findings lost from {:?}", before);
            }
            prop_assert_eq!(has_begun(stage, came), progress(before) >= progress(Stage::OnSite));
            came = is_suspended(to).then_some(stage);
            stage = to;
            prop_assert_eq!(is_suspended(stage), came.is_some());
            prop_assert!(came.is_none_or(|from| progress(from).is_some()), "only stages of the main path are resumed");
        }
    }
}

#[test]
fn verbs_and_their_actors() {
    assert_eq!(judge(Stage::Draft, None, Stage::Submitted), Ok(Verb::Submit));
    assert_eq!(judge(Stage::Submitted, None, Stage::Declined), Ok(Verb::Decline));
    assert_eq!(judge(Stage::Scoped, None, Stage::Scoping), Ok(Verb::StartScoping));
    assert_eq!(
        judge(Stage::Postponed, Some(Stage::Scoped), Stage::Scoped),
        Ok(Verb::Resume)
    );
    assert_eq!(
        judge(Stage::Postponed, Some(Stage::Scoped), Stage::Cancelled),
        Ok(Verb::Cancel)
    );
    assert_eq!(
        judge(Stage::Paused, Some(Stage::OnSite), Stage::Cancelled),
        Ok(Verb::Cancel)
    );
    let published = judge(Stage::Paused, Some(Stage::Published), Stage::Cancelled).unwrap_err();
    assert_eq!(published.allowed, [Stage::Published]);
    for confirmed in [Stage::TeamConfirmed, Stage::Preparing] {
        assert_eq!(judge(confirmed, None, Stage::TeamBuilding), Ok(Verb::ReopenTeam));
    }
    assert_eq!(Verb::Withdraw.actor(), Actor::Requester);
    assert_eq!(Verb::Accept.actor(), Actor::Programme);
}

#[test]
fn whoever_does_not_make_a_move_hears_of_it() {
    for from in Stage::ALL {
        for to in legal_moves(*from) {
            let verb = verb(*from, *to);
            let hears = verb.hears();
            let host = verb == Verb::PublishPlan || hears.contains(&Ear::Host);
            assert!(host, "{verb:?}: the host hears of whatever it does not do itself");
            let others = matches!(verb.actor(), Actor::Requester | Actor::Host | Actor::Lead);
            assert!(
                !others || hears.contains(&Ear::Programme),
                "{verb:?}: the programme hears of what others do"
            );
            // Whoever is on the team was asked; before and after that there is nobody.
            let team = progress(*from) > progress(Stage::TeamBuilding) && verb.actor() != Actor::Host;
            let told = hears.contains(&Ear::Team) || hears.contains(&Ear::Lead);
            assert!(!team || told, "{verb:?}: the team hears of it");
            assert!(verb.asks_host().is_none() || hears.contains(&Ear::Host), "{verb:?}");
        }
    }
}

#[test]
fn an_illegal_move_names_what_is_legal() {
    let illegal = judge(Stage::Draft, None, Stage::TeamConfirmed).unwrap_err();
    assert_eq!(
        illegal,
        IllegalMove {
            from: Stage::Draft,
            allowed: vec![Stage::Submitted, Stage::Withdrawn]
        }
    );
}

proptest! {
    #[test]
    fn nothing_leaves_a_terminal_stage(to in any_stage(), from in any_stage(), came in any_stage()) {
        if is_terminal(from) {
            prop_assert!(judge(from, Some(came), to).is_err());
        }
    }

    #[test]
    fn suspension_leads_back_only_to_where_it_came_from(to in any_stage(), came in any_stage()) {
        for side in [Stage::Postponed, Stage::Paused] {
            if legal_moves(came).contains(&side) && judge(side, Some(came), to).is_ok() {
                let anew = to == Stage::Scoping && side == Stage::Postponed && progress(came) > progress(to);
                let given_up = to == Stage::Cancelled && legal_moves(came).contains(&to);
                prop_assert!(to == came || given_up || anew);
            }
            // Whatever can be suspended can be taken up again.
            prop_assert_eq!(
                legal_moves(came).contains(&side),
                legal_moves(side).contains(&came) && !matches!(came, Stage::Cancelled)
            );
        }
    }

    #[test]
    fn live_is_everything_between_submission_and_an_end(stage in any_stage()) {
        prop_assert_eq!(stage.is_live(), stage != Stage::Draft && !is_terminal(stage));
    }

    #[test]
    fn side_moves_carry_reasons_and_main_moves_none(from in any_stage(), to in any_stage(), came in any_stage()) {
        if let Ok(verb) = judge(from, Some(came), to) {
            let side = matches!(to, Stage::Declined | Stage::Withdrawn | Stage::Cancelled) || is_suspended(to);
            prop_assert_eq!(side, !verb.reasons().is_empty());
        }
    }
}
