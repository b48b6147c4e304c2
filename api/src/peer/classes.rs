//! What kind of personal data each value about a person is, who may read it, and what erasure does to it: the one place.
//!
//! Every column of every table that holds something about a person stands in [`HOLDINGS`] with its [`Class`]; a test compares
//! the list with the database, so that a new table or column about people fails until it has a class. Fields of the API ask
//! [`Class::clearance`] before they show a value; the export shows the class of everything; erasure empties what
//! [`Class::outlives_erasure`] does not keep. The table in docs/AUTH.md says the same in words.
//!
//! Neighbours: `scope` (whom a viewer is cleared for), `objects`, `service::{erase, export}`.

use super::scope::Clearance;

/// A kind of personal data. Everything of one kind has the same readers.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Class {
    /// Who somebody is: name, the pool's reference.
    Identity,
    /// What they do: post, political group, roles, themes.
    Professional,
    /// How they are reached.
    Contact,
    /// Whether they can be called on: standing in the pool, training, day of the declaration, retirement, capacity.
    Readiness,
    /// What ties them to councils.
    Tie,
    /// When they are free, and when not.
    Availability,
    /// Where they served. Places on teams are also seen by those who see the challenge.
    Service,
    /// What they declared, why they are away, what speaks against them.
    Declaration,
    /// What others said about them to the programme in confidence.
    Confidence,
    /// Names of others who decided or recorded something about them.
    Staff,
    /// Keys, versions, times and states of a row: nothing personal without the rest.
    Record,
}

impl Class {
    /// Every class.
    pub const ALL: &[Self] = &[
        Self::Identity,
        Self::Professional,
        Self::Contact,
        Self::Readiness,
        Self::Tie,
        Self::Availability,
        Self::Service,
        Self::Declaration,
        Self::Confidence,
        Self::Staff,
        Self::Record,
    ];

    /// How much of a person a viewer must be cleared for to read it; `None` for what the national programme alone reads.
    pub const fn clearance(self) -> Option<Clearance> {
        match self {
            Self::Identity | Self::Professional | Self::Record => Some(Clearance::Profile),
            Self::Contact | Self::Readiness | Self::Tie | Self::Availability => Some(Clearance::Keeping),
            Self::Service | Self::Declaration => Some(Clearance::Everything),
            Self::Confidence | Self::Staff => None,
        }
    }

    /// Whether somebody cleared for `clearance` may read it; the programme reads everything.
    pub fn is_open_to(self, clearance: Clearance, programme: bool) -> bool {
        programme || self.clearance().is_some_and(|needed| clearance >= needed)
    }

    /// Whether erasure leaves it in rows that stay: history without the person.
    pub const fn outlives_erasure(self) -> bool {
        matches!(self, Self::Service | Self::Staff | Self::Record)
    }
}

/// What erasure does to the rows of a table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// They are deleted.
    Deleted,
    /// They stay, emptied of everything that does not outlive erasure.
    Emptied,
}

/// A table that holds something about people.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    /// The table.
    pub table: &'static str,
    /// What it holds, in words.
    pub what: &'static str,
    /// What erasure does to its rows.
    pub fate: Fate,
    /// Whether the whole of it was said in confidence: the person is not even told whether there is any.
    pub confidential: bool,
    /// Its columns with their classes.
    pub columns: &'static [(&'static str, Class)],
}

impl Holding {
    /// The class of a column of this table.
    pub fn class(&self, column: &str) -> Option<Class> {
        self.columns
            .iter()
            .find(|(name, _)| *name == column)
            .map(|(_, class)| *class)
    }
}

/// The holding of a table.
pub fn holding(table: &str) -> Option<&'static Holding> {
    HOLDINGS.iter().find(|holding| holding.table == table)
}

macro_rules! holdings {
    ($($fate:ident $table:literal $what:literal $(confidential $confidential:literal)? {
        $($class:ident: $($column:literal)+;)+
    })+) => {
        /// Every table that holds something about people.
        pub const HOLDINGS: &[Holding] = &[$(Holding {
            table: $table,
            what: $what,
            fate: Fate::$fate,
            confidential: [$($confidential,)? false][0],
            columns: &[$($(($column, Class::$class)),+),+],
        }),+];
    };
}

holdings! {
    Emptied "peer" "The entry in the pool." {
        Identity: "reference" "name" "search_name" "name_key";
        Professional: "post" "party";
        Contact: "email" "email_key";
        Readiness: "status" "trained_on" "declared_on" "retired_on" "capacity";
        Record: "id" "version" "created_at" "updated_at" "erased_at";
    }
    Deleted "peer_role" "What they can serve as." {
        Professional: "role";
        Record: "peer_id";
    }
    Deleted "peer_theme" "Themes that they know." {
        Professional: "theme_id";
        Record: "peer_id";
    }
    Deleted "affiliation" "Ties to councils and delivery bodies." {
        Tie: "kind" "council_id" "delivery_body_id" "post" "is_primary" "starts_on" "ends_on" "reference";
        Record: "id" "peer_id" "version" "created_at" "updated_at";
    }
    Deleted "declared_interest" "Interests that they declared." {
        Declaration: "kind" "council_id" "note" "starts_on" "ends_on" "withdrawn_at" "reference";
        Record: "id" "peer_id" "version" "created_at" "updated_at";
    }
    Deleted "availability_window" "Days that they offered." {
        Availability: "starts_on" "ends_on";
        Record: "id" "peer_id" "created_at";
    }
    Deleted "blackout_period" "Days that they closed." {
        Availability: "starts_on" "ends_on";
        Declaration: "reason";
        Record: "id" "peer_id" "council_id";
    }
    Emptied "past_engagement" "Service at hosts before or outside this system." {
        Service: "home_council_id" "host_council_id" "programme_id" "season_id" "role" "starts_on" "ends_on";
        Identity: "reference";
        Record: "id" "peer_id";
    }
    Deleted "peer_duplicate" "Decisions whether two entries are one person." {
        Declaration: "verdict" "reason";
        Staff: "decided_by";
        Record: "id" "peer_a_id" "peer_b_id" "decided_at";
    }
    Emptied "assignment" "Places on teams." {
        Service: "challenge_id" "slot_id" "home_council_id" "starts_on" "ends_on" "status";
        Confidence: "status_reason";
        Staff: "nominated_by";
        Record: "id" "peer_id" "policy_id" "version" "created_at" "updated_at";
    }
    Deleted "reserve" "Places as a reserve." confidential true {
        Confidence: "slot_id" "rank";
        Record: "id" "peer_id";
    }
    Deleted "conflict_waiver" "Findings against them that were waived." {
        Declaration: "challenge_id" "rule" "reason" "expires_on" "revoked_at";
        Staff: "decided_by";
        Record: "id" "peer_id" "decided_at" "version" "created_at" "updated_at";
    }
    Emptied "conflict_decision" "Decisions on conflicts that came to light late." {
        Service: "challenge_id" "assignment_id" "status";
        Declaration: "cause" "cause_id" "findings" "reason";
        Staff: "decided_by";
        Record: "id" "peer_id" "opened_at" "decided_at" "version" "created_at" "updated_at";
    }
    Emptied "host_objection" "Objections of hosts." confidential true {
        Confidence: "reason_code" "reason" "decision_reason";
        Service: "challenge_id" "assignment_id" "host_id" "status";
        Staff: "raised_by" "decided_by";
        Record: "id" "peer_id" "raised_at" "decided_at" "version" "created_at" "updated_at";
    }
    Emptied "invitation" "Invitations to teams." {
        Service: "assignment_id" "challenge_id" "state" "answer_by" "sent_at" "answered_at";
        Declaration: "decline_reason" "note";
        Identity: "answered_by";
        Staff: "sent_by";
        Record: "id" "peer_id" "version" "created_at" "updated_at";
    }
    Emptied "session_peer" "Sessions that they were in." {
        Service: "session_id";
        Record: "peer_id";
    }
    Emptied "finding" "Findings that they recorded." {
        Service: "challenge_id" "line_id" "kind" "text" "recorded_at" "withdrawn_at";
        Identity: "recorded_by";
        Record: "id" "recorded_by_peer_id" "version" "created_at" "updated_at";
    }
    Deleted "evaluation" "What was said about them, and what they said." confidential true {
        Confidence: "challenge_id" "kind" "score" "comment" "by_subject";
        Record: "id" "about_peer_id" "by_peer_id" "given_at";
    }
    Deleted "notification" "What they were told." {
        Service: "kind" "text" "challenge_id" "milestone" "due_on";
        Record: "id" "dedupe_key" "audience" "peer_id" "council_id" "region_id" "created_at" "read_at"
            "mail_state" "mailed_at";
    }
    Emptied "audit_event" "What was done about them, and what they did." {
        Identity: "actor";
        Confidence: "details";
        Record: "id" "at" "actor_role" "action" "entity_kind" "entity_id" "challenge_id" "council_id" "peer_id" "actor_peer_id"
            "request_id";
    }
}

/// What stands in stored proposals of teams about a person: no column, but parts of `team_proposal.body`.
pub const PROPOSALS: Holding = Holding {
    table: "team_proposal",
    what: "Proposals of teams that name them.",
    fate: Fate::Emptied,
    confidential: true,
    columns: &[
        ("proposal_id", Class::Record),
        ("challenge_id", Class::Confidence),
        ("named_as", Class::Confidence),
        ("rule", Class::Confidence),
        ("created_at", Class::Record),
    ],
};

/// What stands in stored season plans about a person: no column, but parts of `season_plan.settings` and `result`.
pub const PLANS: Holding = Holding {
    table: "season_plan",
    what: "Plans of seasons that name them.",
    fate: Fate::Emptied,
    confidential: true,
    columns: &[
        ("plan_id", Class::Record),
        ("challenge_id", Class::Confidence),
        ("named_as", Class::Confidence),
        ("created_at", Class::Record),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_follow_from_the_class() {
        use Clearance::{Everything, Keeping, Profile};
        let readers = |clearance, programme| -> Vec<Class> {
            let open = |class: &&Class| class.is_open_to(clearance, programme);
            Class::ALL.iter().filter(open).copied().collect()
        };
        let profile = [Class::Identity, Class::Professional, Class::Record];
        let keeping = [Class::Contact, Class::Readiness, Class::Tie, Class::Availability];
        let own = [Class::Service, Class::Declaration];
        let sorted = |parts: &[&[Class]]| {
            let mut all = parts.concat();
            all.sort();
            all
        };
        assert_eq!(readers(Profile, false), sorted(&[&profile]));
        assert_eq!(readers(Keeping, false), sorted(&[&profile, &keeping]));
        assert_eq!(readers(Everything, false), sorted(&[&profile, &keeping, &own]));
        assert_eq!(readers(Everything, true), Class::ALL);
    }

    #[test]
    fn each_table_and_column_stands_once() {
        for (i, holding) in HOLDINGS.iter().enumerate() {
            assert!(
                HOLDINGS[..i].iter().all(|other| other.table != holding.table),
                "{}",
                holding.table
            );
            for (j, (column, _)) in holding.columns.iter().enumerate() {
                let twice = holding.columns[..j].iter().any(|(other, _)| other == column);
                assert!(!twice, "{}.{column}", holding.table);
            }
        }
    }

    #[test]
    fn nothing_that_says_who_it_was_outlives_erasure() {
        for class in [
            Class::Identity,
            Class::Contact,
            Class::Tie,
            Class::Declaration,
            Class::Confidence,
        ] {
            assert!(!class.outlives_erasure(), "{class:?}");
        }
    }
}
