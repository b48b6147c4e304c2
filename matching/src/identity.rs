//! Entries of the pool that may be the same person: same e-mail address, or same name and post (matching.md,
//! section 1). Reported, never merged: somebody decides.
//!
//! Pure: the caller passes [`Card`]s with keys made by [`email_key`] and [`name_key`], leaves out pairs already decided,
//! and stores the rest as [`crate::Peer::possible_duplicates`].

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

/// What is compared of a person.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Card {
    /// Database id of the person.
    pub id: Uuid,
    /// [`email_key`] of their address, where known.
    pub email_key: Option<String>,
    /// [`name_key`] of their name.
    pub name_key: String,
    /// [`name_key`] of their post, where known; with the council's name if posts alone are too common.
    pub post_key: Option<String>,
}

/// Why two entries may be the same person.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Sameness {
    /// The same e-mail address.
    Email,
    /// The same name and the same post.
    NameAndPost,
}

/// Two entries that may be the same person.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PossibleDuplicate {
    /// The entry with the smaller id.
    pub a: Uuid,
    /// The entry with the larger id.
    pub b: Uuid,
    /// Why; once for each reason.
    pub because: Sameness,
}

/// An e-mail address as it is compared: trimmed, lower case; `None` for an empty one.
pub fn email_key(address: &str) -> Option<String> {
    let key = address.trim().to_lowercase();
    (!key.is_empty()).then_some(key)
}

/// A name or post as it is compared: lower case, letters and digits only, words separated by one space.
pub fn name_key(name: &str) -> String {
    let lower = name.to_lowercase().replace(['\'', '’'], "");
    let words = lower
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Every pair of entries that may be the same person, in order of ids. Empty keys match nobody.
pub fn possible_duplicates(cards: &[Card]) -> Vec<PossibleDuplicate> {
    let mut groups: BTreeMap<(Sameness, &str, &str), Vec<Uuid>> = BTreeMap::new();
    for card in cards {
        if let Some(email) = card.email_key.as_deref().filter(|key| !key.is_empty()) {
            groups.entry((Sameness::Email, email, "")).or_default().push(card.id);
        }
        let post = card.post_key.as_deref().filter(|key| !key.is_empty());
        if let (false, Some(post)) = (card.name_key.is_empty(), post) {
            groups
                .entry((Sameness::NameAndPost, &card.name_key, post))
                .or_default()
                .push(card.id);
        }
    }
    let mut pairs = BTreeSet::new();
    for ((because, ..), ids) in groups {
        for (i, &one) in ids.iter().enumerate() {
            for &other in ids[i + 1..].iter().filter(|&&other| other != one) {
                pairs.insert(PossibleDuplicate {
                    a: one.min(other),
                    b: one.max(other),
                    because,
                });
            }
        }
    }
    pairs.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(id: u128, email: Option<&str>, name: &str, post: Option<&str>) -> Card {
        Card {
            id: Uuid::from_u128(id),
            email_key: email.and_then(email_key),
            name_key: name_key(name),
            post_key: post.map(name_key),
        }
    }

    #[test]
    fn the_same_address_or_the_same_name_and_post_is_reported_once_each() {
        let cards = [
            card(3, Some("Ann.Oak@example.org "), "Ann Oak", Some("Director")),
            card(1, Some("ann.oak@EXAMPLE.org"), "Ann O’Ak", Some("director")),
            card(2, None, "Ann Oak", Some("Head of Service")),
            card(4, None, "ann  oak", Some("DIRECTOR")),
        ];
        let pair = |a, b, because| PossibleDuplicate {
            a: Uuid::from_u128(a),
            b: Uuid::from_u128(b),
            because,
        };
        let found = possible_duplicates(&cards);
        assert!(found.contains(&pair(1, 3, Sameness::Email)));
        assert!(found.contains(&pair(3, 4, Sameness::NameAndPost)));
        assert_eq!(
            found
                .iter()
                .filter(|pair| pair.b == Uuid::from_u128(2) || pair.a == Uuid::from_u128(2))
                .count(),
            0
        );
    }

    #[test]
    fn missing_keys_match_nobody() {
        let cards = [
            card(1, Some(" "), "", Some("Director")),
            card(2, Some(""), "", Some("Director")),
        ];
        assert_eq!(possible_duplicates(&cards), []);
        let cards = [card(1, None, "Ann Oak", None), card(2, None, "Ann Oak", None)];
        assert_eq!(possible_duplicates(&cards), []);
    }
}
