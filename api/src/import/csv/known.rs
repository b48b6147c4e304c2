//! What cells may refer to: the councils, bodies, themes, programmes, seasons and peers that are already known.
//!
//! A plain snapshot taken once per import, so that the parsers stay free of the database. Councils are found by GSS
//! code (superseded ones too) or by short or official name; case, punctuation, spaces and "&" for "and" do not
//! matter. Where an abolished council shares its name with a current one (Somerset), the name means the current one.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use uuid::Uuid;

use super::{fields::expected_one_of, problems::nearest};

/// A council as cells refer to it.
#[derive(Clone, Debug)]
pub struct KnownCouncil {
    /// Its key.
    pub id: Uuid,
    /// Its current GSS code.
    pub gss_code: String,
    /// Its short name.
    pub name: String,
    /// Its official name.
    pub official_name: String,
    /// Its last day, if it was abolished.
    pub ends_on: Option<NaiveDate>,
}

/// Every council, by code and by name.
#[derive(Debug, Default)]
pub struct Councils {
    list: Vec<KnownCouncil>,
    by_code: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
}

impl Councils {
    /// Indexes `list`; `superseded` are earlier codes with the key of their council.
    pub fn new(list: Vec<KnownCouncil>, superseded: impl IntoIterator<Item = (String, Uuid)>) -> Self {
        let mut by_code = HashMap::new();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_id = HashMap::new();
        for (index, council) in list.iter().enumerate() {
            by_id.insert(council.id, index);
            by_code.insert(council.gss_code.to_uppercase(), index);
            let names = HashSet::from([plain(&council.name), plain(&council.official_name)]);
            for name in names {
                by_name.entry(name).or_default().push(index);
            }
        }
        for (code, id) in superseded {
            if let Some(index) = by_id.get(&id) {
                by_code.entry(code.to_uppercase()).or_insert(*index);
            }
        }
        Self { list, by_code, by_name }
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The council that `text` names, or what was expected instead.
    pub fn find(&self, text: &str) -> Result<&KnownCouncil, String> {
        if let Some(council) = self
            .by_code
            .get(&text.to_uppercase())
            .and_then(|index| self.list.get(*index))
        {
            return Ok(council);
        }
        let wanted = plain(text);
        let named: Vec<&KnownCouncil> = self
            .by_name
            .get(&wanted)
            .into_iter()
            .flatten()
            .filter_map(|index| self.list.get(*index))
            .collect();
        let current: Vec<&KnownCouncil> = named
            .iter()
            .copied()
            .filter(|council| council.ends_on.is_none())
            .collect();
        match (current.as_slice(), named.as_slice()) {
            ([only], _) | ([], [only]) => Ok(only),
            ([], []) => {
                let all = self.list.iter().map(|council| council.name.as_str());
                let hint = nearest(text, all).and_then(|name| self.by_name.get(&plain(name)));
                let hint = hint
                    .and_then(|found| found.first())
                    .and_then(|index| self.list.get(*index));
                let hint = hint.map_or_else(String::new, |near| {
                    format!("; did you mean {} ({})?", near.name, near.gss_code)
                });
                Err(format!("expected the GSS code or the name of an English council{hint}"))
            }
            ([], many) | (many, _) => {
                let choices: Vec<String> = many
                    .iter()
                    .map(|council| format!("{} {}", council.gss_code, council.official_name))
                    .collect();
                Err(format!(
                    "is the name of several councils; expected one of {}",
                    choices.join(", ")
                ))
            }
        }
    }
}

/// A name without case, punctuation and double spaces, "&" as "and".
pub fn plain(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.replace('&', " and ").chars() {
        match c {
            '\'' | '’' | '‘' | '.' => {}
            c if c.is_alphanumeric() => text.extend(c.to_lowercase()),
            _ if text.ends_with(' ') => {}
            _ => text.push(' '),
        }
    }
    text.trim().to_owned()
}

/// Things known by a short text, compared without regard to case.
#[derive(Debug, Default)]
pub struct Names {
    by_key: HashMap<String, Uuid>,
    shown: Vec<String>,
}

impl Names {
    /// Indexes the names.
    pub fn new(names: impl IntoIterator<Item = (String, Uuid)>) -> Self {
        let mut known = Self::default();
        for (name, id) in names {
            known.by_key.insert(name.to_uppercase(), id);
            known.shown.push(name);
        }
        known.shown.sort();
        known
    }

    /// Everything by its name in upper case.
    pub fn keys(&self) -> &HashMap<String, Uuid> {
        &self.by_key
    }

    /// Adds a thing unless its name is known; whether it was added.
    pub fn add(&mut self, name: &str, id: Uuid) -> bool {
        if self.by_key.contains_key(&name.to_uppercase()) {
            return false;
        }
        self.by_key.insert(name.to_uppercase(), id);
        self.shown.push(name.to_owned());
        self.shown.sort();
        true
    }

    /// The thing named `text`, or what was expected instead.
    pub fn find(&self, text: &str) -> Result<Uuid, String> {
        self.by_key
            .get(&text.to_uppercase())
            .copied()
            .ok_or_else(|| expected_one_of(text, &self.shown))
    }
}

/// A season's name and days.
#[derive(Clone, Debug)]
pub struct KnownSeason {
    /// Its key; `None` for one that this very import brings.
    pub id: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day.
    pub ends_on: NaiveDate,
}

/// Everything that cells may refer to, and the day of the import.
#[derive(Debug, Default)]
pub struct Known {
    /// Today in England.
    pub today: NaiveDate,
    /// Councils.
    pub councils: Councils,
    /// Delivery bodies by name.
    pub bodies: Names,
    /// Themes by code.
    pub themes: Names,
    /// Programmes by code.
    pub programmes: Names,
    /// Seasons, in the database or in the folder.
    pub seasons: Vec<KnownSeason>,
    /// References of the peers in the database and in the folder's peers.csv.
    pub peers: HashSet<String>,
}

impl Known {
    /// The season named `text`, or what was expected instead.
    pub fn season(&self, text: &str) -> Result<&KnownSeason, String> {
        let names: Vec<String> = self.seasons.iter().map(|season| season.name.clone()).collect();
        self.seasons
            .iter()
            .find(|season| season.name.eq_ignore_ascii_case(text))
            .ok_or_else(|| expected_one_of(text, &names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn council(code: &str, name: &str, official: &str, ended: bool) -> KnownCouncil {
        KnownCouncil {
            id: Uuid::from_u128(code.bytes().fold(0, |sum, byte| sum * 256 + u128::from(byte))),
            gss_code: code.to_owned(),
            name: name.to_owned(),
            official_name: official.to_owned(),
            ends_on: ended.then_some(NaiveDate::MIN),
        }
    }

    fn councils() -> Councils {
        let barnsley = council("E08000038", "Barnsley", "Barnsley Metropolitan Borough Council", false);
        let id = barnsley.id;
        Councils::new(
            vec![
                barnsley,
                council("E06000066", "Somerset", "Somerset Council", false),
                council("E10000027", "Somerset", "Somerset County Council", true),
                council("E08000013", "St. Helens", "St Helens Council", false),
                council(
                    "E06000003",
                    "Redcar and Cleveland",
                    "Redcar and Cleveland Borough Council",
                    false,
                ),
                council("E99000001", "Twin", "Twin Council North", false),
                council("E99000002", "Twin", "Twin Council South", false),
            ],
            [("E08000016".to_owned(), id)],
        )
    }

    #[test]
    fn codes_and_names_find_councils() {
        let councils = councils();
        let cases = [
            ("E08000038", "E08000038"),
            ("e08000016", "E08000038"),
            ("barnsley  METROPOLITAN borough council", "E08000038"),
            ("Somerset", "E06000066"),
            ("Somerset County Council", "E10000027"),
            ("E10000027", "E10000027"),
            ("st helens", "E08000013"),
            ("Redcar & Cleveland", "E06000003"),
            ("Twin council, south", "E99000002"),
        ];
        for (text, code) in cases {
            assert_eq!(
                councils.find(text).map(|council| council.gss_code.as_str()),
                Ok(code),
                "{text}"
            );
        }
    }

    #[test]
    fn a_name_of_several_or_of_none_is_explained() {
        let councils = councils();
        let message = councils.find("Twin").map(|council| council.id).unwrap_err();
        assert!(
            message.contains("E99000001 Twin Council North, E99000002 Twin Council South"),
            "{message}"
        );
        let message = councils.find("Barnsly").map(|council| council.id).unwrap_err();
        assert!(message.ends_with("did you mean Barnsley (E08000038)?"), "{message}");
        let message = councils.find("Atlantis").map(|council| council.id).unwrap_err();
        assert!(message.ends_with("name of an English council"), "{message}");
    }
}
