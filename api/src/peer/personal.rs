//! Everything held on a person as the API shows it: sections, records, values with their classes.

use async_graphql::{Enum, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    classes::{Class, Fate},
    objects::Peer,
    service::export::{Export, Section},
};

macro_rules! classes {
    ($($(#[$doc:meta])+ $class:ident,)+) => {
        /// A kind of personal data. Everything of one kind has the same readers (docs/AUTH.md has the table).
        #[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
        pub enum PersonalDataClass { $($(#[$doc])+ $class),+ }

        impl From<Class> for PersonalDataClass {
            fn from(class: Class) -> Self {
                match class { $(Class::$class => Self::$class),+ }
            }
        }
    };
}

classes!(
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
    /// Where they served.
    Service,
    /// What they declared, why they are away, what speaks against them.
    Declaration,
    /// What others said about them to the programme in confidence.
    Confidence,
    /// Names of others who decided or recorded something about them.
    Staff,
    /// Keys, versions, times and states of a record.
    Record,
);

/// What becomes of records when the person is erased.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
pub enum ErasureFate {
    /// They are deleted.
    Deleted,
    /// They stay, without anything that says who it was.
    Emptied,
}

/// Everything that is held on a person, with every entry that was joined to theirs.
pub struct PersonalData(pub Export);

/// Everything that is held on a person, with every entry that was joined to theirs.
#[Object]
impl PersonalData {
    /// The person.
    async fn peer(&self) -> Peer {
        Peer(self.0.peer.clone())
    }

    /// When it was taken, in UTC.
    async fn taken_at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// One section for each place where something is held (20), empty ones included.
    async fn sections(&self) -> Vec<PersonalDataSection> {
        self.0.sections.iter().map(PersonalDataSection::from).collect()
    }
}

/// What is held on a person in one place.
#[derive(SimpleObject)]
pub struct PersonalDataSection {
    /// Name of the place, such as `affiliation`.
    name: String,
    /// What it holds, in words.
    description: String,
    /// What becomes of its records when the person is erased.
    on_erasure: ErasureFate,
    /// Whether it is kept from the viewer as a whole, because what stands there was said in confidence; whether there is
    /// anything is then not told either. The national programme reads everything.
    withheld: bool,
    /// Its records, oldest first (at most 10,000).
    records: Vec<PersonalDataRecord>,
}

/// One record about a person.
#[derive(SimpleObject)]
pub struct PersonalDataRecord {
    /// Its values (at most 20).
    fields: Vec<PersonalDataField>,
}

/// One value about a person.
#[derive(SimpleObject)]
pub struct PersonalDataField {
    /// Name of the value, such as `email`.
    name: String,
    /// What kind of data it is.
    class: PersonalDataClass,
    /// The value as text: dates and times in ISO form, lists as JSON; null for none and where it is withheld.
    value: Option<String>,
    /// Whether there may be a value that the viewer must not read.
    withheld: bool,
}

impl From<&Section> for PersonalDataSection {
    fn from(section: &Section) -> Self {
        let records = section.records.iter().map(|record| PersonalDataRecord {
            fields: record
                .iter()
                .map(|held| PersonalDataField {
                    name: held.name.to_owned(),
                    class: held.class.into(),
                    value: held.value.clone(),
                    withheld: held.withheld,
                })
                .collect(),
        });
        Self {
            name: section.holding.table.to_owned(),
            description: section.holding.what.to_owned(),
            on_erasure: match section.holding.fate {
                Fate::Deleted => ErasureFate::Deleted,
                Fate::Emptied => ErasureFate::Emptied,
            },
            withheld: section.withheld,
            records: records.collect(),
        }
    }
}
