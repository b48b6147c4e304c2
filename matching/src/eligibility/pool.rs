//! The whole pool at once: every verdict, and how many people each rule keeps out.

use std::collections::BTreeMap;

use super::case::Case;
use super::refusal::ChallengeError;
use crate::world::position;
use crate::{Challenge, Policy, RuleCode, SlotIx, Span, Status, Verdict, World};

/// How many people a rule keeps out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RuleCount {
    /// The rule.
    pub rule: RuleCode,
    /// People against whom it speaks, unwaived, alone or with others.
    pub people: u32,
    /// People against whom nothing else speaks.
    pub alone: u32,
}

/// The answer for everybody. Eligible, needing a waiver and ineligible add up to the whole pool.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pool {
    /// One verdict per person, by position in the world.
    pub verdicts: Vec<Verdict>,
    /// How many are eligible.
    pub eligible: u32,
    /// How many would be with a waiver.
    pub needs_waiver: u32,
    /// How many are not.
    pub ineligible: u32,
    /// What keeps people out, in rule order; rules that keep nobody out are left out.
    pub by_rule: Vec<RuleCount>,
}

/// Assesses everybody in the world; see [`super::assess`].
pub fn pool(
    world: &World,
    policy: &Policy,
    challenge: &Challenge,
    slot: Option<SlotIx>,
    window: Span,
) -> Result<Pool, ChallengeError> {
    Case::new(world, policy, challenge, window)?.pool(slot)
}

impl Case<'_> {
    /// Assesses everybody in the world; see [`super::assess`].
    pub fn pool(&self, slot: Option<SlotIx>) -> Result<Pool, ChallengeError> {
        self.check_slot(slot)?;
        let verdicts: Vec<Verdict> = self.world.everybody().map(|peer| self.verdict(slot, peer)).collect();
        let count = |status: Status| position(verdicts.iter().filter(|verdict| verdict.status == status).count());
        let by_rule = by_rule(&verdicts);
        let (eligible, needs_waiver) = (count(Status::Eligible), count(Status::NeedsWaiver));
        let ineligible = count(Status::Ineligible);
        Ok(Pool {
            verdicts,
            eligible,
            needs_waiver,
            ineligible,
            by_rule,
        })
    }
}

fn by_rule(verdicts: &[Verdict]) -> Vec<RuleCount> {
    let mut counts: BTreeMap<RuleCode, (u32, u32)> = BTreeMap::new();
    let mut rules = Vec::new();
    for verdict in verdicts {
        rules.clear();
        rules.extend(
            verdict
                .findings
                .iter()
                .filter(|finding| finding.waived_by.is_none())
                .map(|finding| finding.rule),
        );
        // Findings are in rule order, so equal rules stand together.
        rules.dedup();
        for &rule in &rules {
            let (people, alone) = counts.entry(rule).or_default();
            *people += 1;
            *alone += u32::from(rules.len() == 1);
        }
    }
    counts
        .into_iter()
        .map(|(rule, (people, alone))| RuleCount { rule, people, alone })
        .collect()
}
