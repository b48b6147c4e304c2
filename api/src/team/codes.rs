//! The engine's vocabulary as the API and the database spell it: rules, severities, units and what evidence is.
//!
//! The only place that converts between `matching::RuleCode`, the text enum of the database and the GraphQL enum; the
//! lists are exhaustive matches, so that a new rule does not compile until all three know it.

use async_graphql::Enum;
use entity::enums;

macro_rules! rule_codes {
    ($($(#[$doc:meta])* $code:ident),+ $(,)?) => {
        /// A rule that can keep a person out of a place on a team. The list may grow with new versions of the service.
        #[derive(Clone, Copy, Debug, Enum, Eq, Hash, PartialEq)]
        #[graphql(remote = "matching::RuleCode")]
        pub enum RuleCode { $($(#[$doc])* $code),+ }

        /// The engine's rule behind the database's text.
        pub const fn from_entity(code: enums::RuleCode) -> matching::RuleCode {
            match code { $(enums::RuleCode::$code => matching::RuleCode::$code),+ }
        }

        /// The database's text for a rule of the engine.
        pub const fn to_entity(code: matching::RuleCode) -> enums::RuleCode {
            match code { $(matching::RuleCode::$code => enums::RuleCode::$code),+ }
        }

        /// The rule's name as programs spell it, such as `OWN_COUNCIL`.
        pub fn name(code: matching::RuleCode) -> String {
            match serde_json::to_value(code) {
                Ok(serde_json::Value::String(text)) => text,
                // A field-less enum always serialises to its name.
                _ => format!("{code:?}"),
            }
        }
    };
}

rule_codes! {
    /// Any current affiliation with the host or with a body that delivers its services. BLOCK.
    OwnCouncil,
    /// A home council borders the host or shares its territory. BLOCK in national programmes, WARN in regional ones by
    /// default.
    Neighbour,
    /// Employment, office, consultancy or a job application at the host or its predecessors within the look-back.
    PastAffiliation,
    /// Declared family or close tie with the host's leadership.
    Personal,
    /// Live commercial interest in the host.
    Financial,
    /// Any other declared interest in the host.
    Declared,
    /// Served at the same host within the look-back, or is due to.
    RepeatVisit,
    /// The host's people challenged a home council within the look-back, or are due to.
    Reciprocal,
    /// An objection of the host was upheld.
    HostObjection,
    /// Contracted for inspections of, or commissioner at, the host.
    Regulator,
    /// The declaration of interests is missing or older than valid on the first day.
    StaleDeclaration,
    /// The training is missing or older than valid on the first day.
    StaleTraining,
    /// Retired longer ago than the policy allows.
    RetiredTooLong,
    /// Not, or no longer, a deployable member of the pool.
    NotDeployable,
    /// May be the same person as another entry of the pool; somebody has to decide first.
    PossibleDuplicate,
    /// Does not hold the slot's role.
    RoleNotHeld,
    /// Does not know all themes that the slot asks for.
    ThemeNotHeld,
    /// A lead slot, and they have never served before.
    LeadWithoutExperience,
    /// A member slot, and they are not of the political group that it should be held by.
    MemberGroup,
    /// Never said when they are free.
    AvailabilityUnknown,
    /// Did not offer every day of the window.
    NotAvailable,
    /// A blackout period touches the window.
    Blackout,
    /// Another engagement overlaps the window.
    AlreadyEngaged,
    /// Too few whole days between the window and another engagement.
    RestPeriod,
    /// As many engagements in the season as the policy wants (WARN) or allows (BLOCK).
    SeasonCap,
    /// As many engagements in the season as the person accepts.
    Capacity,
    /// As many people of a home council away in the same week as allowed.
    CouncilWeek,
    /// Already holds another slot of this team.
    AlreadyInTeam,
    /// The team already has as many people of a home council as allowed.
    TeamCouncilCap,
    /// The team already has as many people of a region as allowed.
    TeamRegionCap,
    /// The team already has as many people of the host's region as wanted (WARN) or allowed (BLOCK).
    HostRegionCap,
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "FindingSeverity", remote = "matching::Severity")]
pub enum Severity {
    /// A named decision-maker may waive it, with a reason and an expiry.
    Warn,
    /// It excludes the person.
    Block,
}

/// What a piece of evidence is a record of.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "matching::EvidenceKind")]
pub enum EvidenceKind {
    /// A person's profile.
    Peer,
    /// An affiliation.
    Affiliation,
    /// A declared interest.
    DeclaredInterest,
    /// A past engagement, or a live assignment of another challenge.
    Engagement,
    /// An upheld objection of a host.
    HostObjection,
    /// Days that the person offered.
    AvailabilityWindow,
    /// Days that are closed.
    BlackoutPeriod,
}

/// Who may waive a finding.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "matching::WaiverRight")]
pub enum WaiverRight {
    /// Nobody: it is a plain fact, or a BLOCK without an exception.
    Nobody,
    /// The national programme, with a reason and an expiry.
    Programme,
    /// The national programme, only so that somebody of the first team can come back for the progress review.
    ProgrammeForContinuity,
}

/// Unit of a measured figure.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "MeasureUnit", remote = "matching::Unit")]
pub enum Unit {
    /// Whole months.
    Months,
    /// Whole days.
    Days,
    /// People.
    People,
    /// Engagements.
    Engagements,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_the_same_name_everywhere() {
        for code in [
            matching::RuleCode::OwnCouncil,
            matching::RuleCode::HostRegionCap,
            matching::RuleCode::Capacity,
        ] {
            assert_eq!(from_entity(to_entity(code)), code);
            let graphql = async_graphql::resolver_utils::enum_value(RuleCode::from(code));
            assert_eq!(
                graphql,
                async_graphql::Value::Enum(async_graphql::Name::new(name(code)))
            );
            let stored = serde_json::to_value(code).unwrap();
            assert_eq!(stored, serde_json::Value::String(name(code)));
        }
    }
}
