//! "Did you mean …": for whoever may read the schema, in bounds; for nobody else.
//!
//! The library makes these words in validation errors for everybody. `introspection` says for whom they stay, `errors::finish`
//! applies it.

/// Whether messages may name what else the schema has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hints {
    /// For whoever may read the schema.
    Kept,
    /// For everybody else.
    TakenOut,
}

/// How the library begins to name what may have been meant; names of GraphQL have neither blanks nor quotes, so it does not
/// stand elsewhere in what the library says of a document.
const HINT: &str = " Did you mean \"";
/// What stands between two names.
const BETWEEN: &str = "\", \"";
/// Most names that a hint lists: the library would list half a schema for a name that is long enough.
const MOST: usize = 5;

impl Hints {
    /// Takes the hint out of a message, or bounds it.
    pub(super) fn apply(self, message: &mut String) {
        let Some(at) = message.find(HINT) else {
            return;
        };
        if self == Self::TakenOut {
            message.truncate(at);
            return;
        }
        let names = at + HINT.len();
        let rest = message.get(names..).unwrap_or_default();
        if let Some((end, _)) = rest.match_indices(BETWEEN).nth(MOST - 1) {
            message.truncate(names + end);
            message.push_str("\"?");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(message: &str, hints: Hints) -> String {
        let mut message = message.to_owned();
        hints.apply(&mut message);
        message
    }

    #[test]
    fn hints_are_taken_out_or_bounded() {
        let one = "Unknown field \"okk\" on type \"Query\". Did you mean \"ok\"?";
        assert_eq!(told(one, Hints::Kept), one);
        assert_eq!(told(one, Hints::TakenOut), "Unknown field \"okk\" on type \"Query\".");
        let five = "X. Did you mean \"a\", \"b\", \"c\", \"d\", \"e\"?";
        assert_eq!(told(five, Hints::Kept), five);
        let many = "X. Did you mean \"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\"?";
        assert_eq!(told(many, Hints::Kept), five);
        assert_eq!(told(many, Hints::TakenOut), "X.");
        for plain in ["X.", ""] {
            assert_eq!(
                (told(plain, Hints::Kept), told(plain, Hints::TakenOut)),
                (plain.to_owned(), plain.to_owned())
            );
        }
    }
}
