//! The operator's own documents: read from files, checked against budget and schema before the service starts.
//!
//! A path is a manifest (`*.json`: an object of SHA-256 and document), a document (`*.graphql`), or a folder of both,
//! subfolders included. A file's last line end belongs to the document: hash what is in the file.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::Hash;
use crate::http::{
    Execute, Limits,
    budget::{self, Shape},
    errors::Refusal,
    positions,
};

/// Documents by their hash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownDocuments {
    documents: HashMap<Hash, Arc<str>>,
}

/// Why the operator's documents cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DocumentsError {
    /// A file or folder cannot be read.
    #[error("--documents: cannot read {}: {cause}", .path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        cause: io::Error,
    },
    /// Neither a manifest nor a document.
    #[error("--documents: {} is neither a folder, a *.json manifest nor a *.graphql document", .path.display())]
    Kind {
        /// The file.
        path: PathBuf,
    },
    /// A folder without documents.
    #[error("--documents: there is no document in {}", .path.display())]
    Empty {
        /// The path that was given.
        path: PathBuf,
    },
    /// A manifest that is not one.
    #[error("--documents: {} is not an object of SHA-256 and document: {reason}", .path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A manifest's key is not the hash of its document.
    #[error("--documents: {}: \"{key}\" is not the SHA-256 of its document, which is {actual}", .path.display())]
    Hash {
        /// The manifest.
        path: PathBuf,
        /// The key.
        key: String,
        /// What the key should be.
        actual: String,
    },
    /// A document that would be refused.
    #[error("--documents: the document {hash} ({start}…) is not valid: {reason}")]
    Invalid {
        /// Its hash.
        hash: String,
        /// Its first characters.
        start: String,
        /// Why it would be refused.
        reason: String,
    },
    /// The schema's own definition, which documents are held against, cannot be read.
    #[error("--documents: the schema's definition cannot be read: {0}")]
    Schema(String),
}

impl KnownDocuments {
    /// These documents.
    pub fn of(documents: impl IntoIterator<Item = String>) -> Self {
        let documents = documents.into_iter().map(|text| (Hash::of(&text), text.into()));
        Self {
            documents: documents.collect(),
        }
    }

    /// The name of a document: the SHA-256 of its bytes, in hexadecimal.
    pub fn hash(document: &str) -> String {
        Hash::of(document).to_string()
    }

    /// Reads a manifest, a document or a folder of them.
    ///
    /// # Errors
    /// What cannot be read, is no manifest, or has a key that is not its document's hash; a path without any document.
    pub fn load(path: &Path) -> Result<Self, DocumentsError> {
        let mut known = Self::default();
        known.add(path, true)?;
        if known.documents.is_empty() {
            return Err(DocumentsError::Empty { path: path.to_owned() });
        }
        Ok(known)
    }

    /// Holds every document against the budget and the schema, as a request would be.
    ///
    /// # Errors
    /// The first document, in the order of their hashes, that would be refused.
    pub async fn check(&self, limits: &Limits, executor: &dyn Execute) -> Result<(), DocumentsError> {
        let shape = Shape::from_sdl(&executor.sdl(), executor.pages())
            .map_err(|error| DocumentsError::Schema(error.to_string()))?;
        let mut documents: Vec<_> = self.documents.iter().collect();
        documents.sort();
        for (hash, text) in documents {
            let invalid = |reason: String| DocumentsError::Invalid {
                hash: hash.to_string(),
                start: text
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
                    .chars()
                    .take(60)
                    .collect(),
                reason,
            };
            let refused = |refusal: Refusal| invalid(refusal.first_message().to_owned());
            let parsed = budget::parse(text, limits).map_err(refused)?;
            positions::check(&shape, &parsed).map_err(refused)?;
            if let Some(error) = executor.validate(parsed).await.first() {
                return Err(invalid(error.message.clone()));
            }
        }
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    pub(super) fn documents(&self) -> &HashMap<Hash, Arc<str>> {
        &self.documents
    }

    /// Adds what is at a path; what a folder holds besides documents is passed over, what was named must be one.
    fn add(&mut self, path: &Path, named: bool) -> Result<(), DocumentsError> {
        let unreadable = |cause| DocumentsError::Read {
            path: path.to_owned(),
            cause,
        };
        if path.is_dir() {
            for entry in fs::read_dir(path).map_err(unreadable)? {
                self.add(&entry.map_err(unreadable)?.path(), false)?;
            }
            return Ok(());
        }
        let text = || fs::read_to_string(path).map_err(unreadable);
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => self.add_manifest(path, &text()?),
            Some("graphql") => {
                let text = text()?;
                self.documents.insert(Hash::of(&text), text.into());
                Ok(())
            }
            _ if named && path.exists() => Err(DocumentsError::Kind { path: path.to_owned() }),
            _ if named => text().map(drop),
            _ => Ok(()),
        }
    }

    fn add_manifest(&mut self, path: &Path, text: &str) -> Result<(), DocumentsError> {
        let manifest: HashMap<String, String> =
            serde_json::from_str(text).map_err(|error| DocumentsError::Manifest {
                path: path.to_owned(),
                reason: error.to_string(),
            })?;
        for (key, document) in manifest {
            let actual = Hash::of(&document);
            if Hash::parse(&key) != Some(actual) {
                return Err(DocumentsError::Hash {
                    path: path.to_owned(),
                    key,
                    actual: actual.to_string(),
                });
            }
            self.documents.insert(actual, document.into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_files_and_folders_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second, third) = ("{ a }", "query Q { b }\n", "{ c }");
        let manifest = serde_json::json!({ Hash::of(first).to_string(): first });
        fs::write(dir.path().join("manifest.json"), manifest.to_string()).unwrap();
        fs::create_dir(dir.path().join("more")).unwrap();
        fs::write(dir.path().join("more/q.graphql"), second).unwrap();
        fs::write(dir.path().join("more/c.graphql"), third).unwrap();
        fs::write(dir.path().join("README.md"), "not a document").unwrap();
        let all = [first, second, third].map(str::to_owned);
        assert_eq!(KnownDocuments::load(dir.path()).unwrap(), KnownDocuments::of(all));
        let one = KnownDocuments::load(&dir.path().join("manifest.json")).unwrap();
        assert_eq!(one, KnownDocuments::of([first.to_owned()]));
    }

    #[test]
    fn what_is_no_document_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let load = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::write(&path, text).unwrap();
            KnownDocuments::load(&path).unwrap_err()
        };
        assert!(matches!(load("a.json", "[]"), DocumentsError::Manifest { .. }));
        assert!(matches!(load("a.json", "{\"x\": 1}"), DocumentsError::Manifest { .. }));
        assert!(matches!(load("a.json", "{}"), DocumentsError::Empty { .. }));
        let error = load("a.json", "{\"x\": \"{ a }\"}");
        assert!(error.to_string().contains(&Hash::of("{ a }").to_string()), "{error}");
        assert!(matches!(load("a.txt", "{ a }"), DocumentsError::Kind { .. }));
        let missing = KnownDocuments::load(&dir.path().join("missing")).unwrap_err();
        assert!(matches!(missing, DocumentsError::Read { .. }), "{missing}");
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(
            KnownDocuments::load(empty.path()),
            Err(DocumentsError::Empty { .. })
        ));
    }
}
