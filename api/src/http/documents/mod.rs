//! Documents that clients name instead of sending.
//!
//! Two kinds share one namespace, the SHA-256 of the document's bytes:
//! - **known documents** are given by the operator ([`KnownDocuments`]) and checked before the service starts. With
//!   [`DocumentOptions::only_known`] nothing else is executed, not even when a client sends the whole text;
//! - **automatic persisted queries** are sent once by any client, with their hash, and then by hash alone. They are kept
//!   in a cache that is bounded by number and bytes; what was dropped is sent again. The hash is computed here, so a
//!   client cannot leave another document under a hash than its own, and only documents within the budget are kept.
//!
//! A named document takes the same way as one that was sent: budget, weight, validation, and no mutation by GET.

mod known;

use std::{collections::HashMap, fmt, sync::Arc};

use moka::{policy::EvictionPolicy, sync::Cache};
use sha2::{Digest as _, Sha256};

pub use self::known::{DocumentsError, KnownDocuments};
use super::{
    budget,
    errors::{ErrorCode, Refusal},
};

/// Bytes that an entry of the cache costs besides its text.
const ENTRY_BYTES: u32 = 128;

/// Settings of named documents.
#[derive(Debug, Clone)]
pub struct DocumentOptions {
    /// The operator's documents.
    pub known: Arc<KnownDocuments>,
    /// Whether nothing else is executed.
    pub only_known: bool,
    /// Bytes of the cache of automatic persisted queries; 0 switches them off.
    pub cache_bytes: u64,
    /// Documents in that cache.
    pub cache_entries: u64,
}

impl Default for DocumentOptions {
    fn default() -> Self {
        Self {
            known: Arc::default(),
            only_known: false,
            cache_bytes: 8 * 1024 * 1024,
            cache_entries: 1_000,
        }
    }
}

/// SHA-256 of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Hash([u8; 32]);

impl Hash {
    /// Of a document's bytes.
    pub(super) fn of(document: &str) -> Self {
        Self(Sha256::digest(document.as_bytes()).into())
    }

    /// From 64 hexadecimal digits, with or without the prefix `sha256:`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:").unwrap_or(text).as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair.iter().try_fold(0, |value, digit| {
                let digit = char::from(*digit).to_digit(16)?;
                Some(value * 16 + u8::try_from(digit).ok()?)
            })?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// How a request says what to execute.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    /// By its text (`query`).
    Text(String),
    /// By its hash (`extensions.persistedQuery`), with the text when the client thinks that we may not have it.
    Persisted(Hash, Option<String>),
    /// By its name (`documentId`).
    Named(String),
}

/// The document of a request.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) text: Arc<str>,
    /// Under which hash it is to be kept once it proved harmless.
    keep: Option<Hash>,
}

/// All named documents of a running service.
pub(super) struct Documents {
    known: HashMap<Hash, Arc<str>>,
    only_known: bool,
    cache: Option<Cache<Hash, Arc<str>>>,
}

impl Documents {
    pub(super) fn new(options: &DocumentOptions) -> Self {
        let cached = !options.only_known && options.cache_bytes > 0 && options.cache_entries > 0;
        // The cache has one bound, and it is on weight: a document weighs its bytes, and at least its share.
        let share = u32::try_from(options.cache_bytes / options.cache_entries.max(1)).unwrap_or(u32::MAX);
        let cache = cached.then(|| {
            Cache::builder()
                .max_capacity(options.cache_bytes)
                .weigher(move |_: &Hash, text: &Arc<str>| {
                    let bytes = u32::try_from(text.len()).unwrap_or(u32::MAX);
                    bytes.saturating_add(ENTRY_BYTES).max(share)
                })
                .eviction_policy(EvictionPolicy::lru())
                .build()
        });
        Self {
            known: options.known.documents().clone(),
            only_known: options.only_known,
            cache,
        }
    }

    /// Finds the document that a request means.
    pub(super) fn resolve(&self, source: &Source) -> Result<Resolved, Refusal> {
        match source {
            Source::Text(text) => self.text(text, None),
            Source::Named(id) => match Hash::parse(id).and_then(|hash| self.known.get(&hash)) {
                Some(text) => Ok(Resolved::kept(text)),
                None => Err(not_known("No document of this id is known here.")),
            },
            Source::Persisted(hash, Some(text)) => {
                if Hash::of(text) == *hash {
                    self.text(text, Some(*hash))
                } else {
                    Err(Refusal::document(
                        ErrorCode::BadUserInput,
                        "\"extensions.persistedQuery.sha256Hash\" is not the SHA-256 of \"query\".",
                    ))
                }
            }
            Source::Persisted(hash, None) => {
                let cached = || self.cache.as_ref().and_then(|cache| cache.get(hash));
                match self.known.get(hash).cloned().or_else(cached) {
                    Some(text) => Ok(Resolved { text, keep: None }),
                    // Clients of this protocol look for these very messages.
                    None if self.cache.is_some() => Err(Refusal::document(
                        ErrorCode::PersistedQueryNotFound,
                        "PersistedQueryNotFound",
                    )),
                    None if self.only_known => Err(not_known("No document of this hash is known here.")),
                    None => Err(not_supported()),
                }
            }
        }
    }

    fn text(&self, text: &str, hash: Option<Hash>) -> Result<Resolved, Refusal> {
        if self.only_known {
            return match self.known.get(&hash.unwrap_or_else(|| Hash::of(text))) {
                Some(text) => Ok(Resolved::kept(text)),
                None => Err(not_known("Only known documents are executed here, and this is none.")),
            };
        }
        Ok(Resolved {
            text: text.into(),
            keep: hash,
        })
    }

    /// Keeps a document that has passed the budget, if its client asked for it.
    pub(super) fn keep(&self, resolved: &Resolved) {
        if let (Some(hash), Some(cache)) = (resolved.keep, &self.cache) {
            cache.insert(hash, Arc::clone(&resolved.text));
        }
    }
}

impl Resolved {
    fn kept(text: &Arc<str>) -> Self {
        Self {
            text: Arc::clone(text),
            keep: None,
        }
    }
}

fn not_known(message: &str) -> Refusal {
    budget::count("known_documents");
    Refusal::document(ErrorCode::DocumentNotKnown, message)
}

/// Automatic persisted queries are off, or the client speaks another version of them.
pub(super) fn not_supported() -> Refusal {
    Refusal::document(ErrorCode::PersistedQueryNotSupported, "PersistedQueryNotSupported")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn automatic(cache_bytes: u64, cache_entries: u64) -> Documents {
        Documents::new(&DocumentOptions {
            cache_bytes,
            cache_entries,
            ..DocumentOptions::default()
        })
    }

    fn code(result: Result<Resolved, Refusal>) -> ErrorCode {
        result.unwrap_err().code()
    }

    #[test]
    fn a_hash_is_read_and_written_as_hexadecimal() {
        // The empty text's, as everybody knows it.
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Hash::of("").to_string(), empty);
        assert_eq!(Hash::parse(empty), Some(Hash::of("")));
        assert_eq!(
            Hash::parse(&format!("sha256:{}", empty.to_uppercase())),
            Some(Hash::of(""))
        );
        for broken in [
            "",
            "e3",
            &empty[1..],
            &empty.replace('e', "g"),
            &format!("{empty}0"),
            "ééééé",
        ] {
            assert_eq!(Hash::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_document_is_found_by_its_hash_once_it_was_kept() {
        let documents = automatic(10_000, 10);
        let hash = Hash::of("{ ok }");
        let ask = Source::Persisted(hash, None);
        assert_eq!(code(documents.resolve(&ask)), ErrorCode::PersistedQueryNotFound);
        let sent = documents
            .resolve(&Source::Persisted(hash, Some("{ ok }".to_owned())))
            .unwrap();
        // Resolved is not kept yet: the budget comes in between.
        assert_eq!(code(documents.resolve(&ask)), ErrorCode::PersistedQueryNotFound);
        documents.keep(&sent);
        assert_eq!(&*documents.resolve(&ask).unwrap().text, "{ ok }");
        // A plain document is never kept, and a foreign hash is refused.
        documents.keep(&documents.resolve(&Source::Text("{ b }".to_owned())).unwrap());
        let other = Hash::of("{ b }");
        assert_eq!(
            code(documents.resolve(&Source::Persisted(other, None))),
            ErrorCode::PersistedQueryNotFound
        );
        let swapped = Source::Persisted(other, Some("{ ok }".to_owned()));
        assert_eq!(code(documents.resolve(&swapped)), ErrorCode::BadUserInput);
    }

    #[test]
    fn the_cache_is_bounded_by_number_and_by_bytes() {
        let stay = |bytes: u64, entries: u64, length: usize| {
            let documents = automatic(bytes, entries);
            for n in 0..1_000 {
                let text = format!("{{ ok }} # {n:0length$}");
                let source = Source::Persisted(Hash::of(&text), Some(text));
                documents.keep(&documents.resolve(&source).unwrap());
            }
            let cache = documents.cache.as_ref().unwrap();
            cache.run_pending_tasks();
            assert!(cache.weighted_size() <= bytes);
            cache.entry_count()
        };
        assert_eq!(stay(1_000_000, 10, 20), 10, "few entries, many bytes");
        let by_bytes = stay(10_000, 1_000_000, 1_000);
        assert!((1..10).contains(&by_bytes), "{by_bytes}");
    }

    #[test]
    fn switched_off_says_so() {
        let documents = automatic(0, 10);
        let ask = Source::Persisted(Hash::of("{ ok }"), None);
        assert_eq!(code(documents.resolve(&ask)), ErrorCode::PersistedQueryNotSupported);
        let sent = Source::Persisted(Hash::of("{ ok }"), Some("{ ok }".to_owned()));
        assert!(documents.resolve(&sent).is_ok(), "with its text it is simply executed");
    }

    #[test]
    fn only_known_documents_are_executed_when_so_set() {
        let known = KnownDocuments::of(["{ ok }".to_owned()]);
        let documents = Documents::new(&DocumentOptions {
            known: Arc::new(known),
            only_known: true,
            ..DocumentOptions::default()
        });
        let hash = Hash::of("{ ok }");
        for allowed in [
            Source::Text("{ ok }".to_owned()),
            Source::Persisted(hash, None),
            Source::Persisted(hash, Some("{ ok }".to_owned())),
            Source::Named(hash.to_string()),
            Source::Named(format!("sha256:{hash}")),
        ] {
            assert_eq!(&*documents.resolve(&allowed).unwrap().text, "{ ok }", "{allowed:?}");
        }
        let other = Hash::of("{ other }");
        for refused in [
            Source::Text("{ other }".to_owned()),
            Source::Text("{ ok  }".to_owned()),
            Source::Persisted(other, None),
            Source::Persisted(other, Some("{ other }".to_owned())),
            Source::Named(other.to_string()),
            Source::Named("latest".to_owned()),
        ] {
            assert_eq!(
                code(documents.resolve(&refused)),
                ErrorCode::DocumentNotKnown,
                "{refused:?}"
            );
        }
    }
}
