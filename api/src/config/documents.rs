//! Documents that clients name instead of sending: the operator's own, and automatic persisted queries.

use std::{path::PathBuf, sync::Arc};

use clap::Args;

use super::ConfigError;
use crate::http::{DocumentOptions, KnownDocuments};

/// Documents that clients name instead of sending.
#[derive(Debug, Clone, Args)]
pub struct DocumentArgs {
    /// Known documents: a manifest (`*.json`, an object of SHA-256 and document), a `*.graphql` file, or a folder of both.
    ///
    /// Clients execute them by `documentId` or by hash. Each is checked against the limits and the schema at the start.
    #[arg(long, env = "PEER_CHALLENGE_DOCUMENTS", value_name = "PATH")]
    pub documents: Option<PathBuf>,
    /// Execute known documents and nothing else.
    #[arg(long, env = "PEER_CHALLENGE_ONLY_KNOWN_DOCUMENTS", requires = "documents",
        value_parser = clap::builder::FalseyValueParser::new())]
    pub only_known_documents: bool,
    /// Bytes of documents kept for automatic persisted queries; 0 switches them off.
    #[arg(long, env = "PEER_CHALLENGE_PERSISTED_QUERY_BYTES", default_value_t = 8 * 1024 * 1024, value_name = "BYTES",
        value_parser = clap::value_parser!(u64).range(..=1_073_741_824))]
    pub persisted_query_bytes: u64,
    /// Documents kept for automatic persisted queries.
    #[arg(long, env = "PEER_CHALLENGE_PERSISTED_QUERIES", default_value_t = 1_000, value_name = "N",
        value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub persisted_queries: u64,
}

impl DocumentArgs {
    /// The settings that these flags describe; reads the known documents.
    pub(super) fn options(&self) -> Result<DocumentOptions, ConfigError> {
        let known = self.documents.as_deref().map(KnownDocuments::load).transpose()?;
        Ok(DocumentOptions {
            known: Arc::new(known.unwrap_or_default()),
            only_known: self.only_known_documents,
            cache_bytes: self.persisted_query_bytes,
            cache_entries: self.persisted_queries,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::http::DocumentsError;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        documents: DocumentArgs,
    }

    #[test]
    fn an_allow_list_needs_its_list() {
        assert!(Line::try_parse_from(["line", "--only-known-documents"]).is_err());
        let plain = Line::parse_from(["line"]).documents.options().unwrap();
        assert_eq!(format!("{plain:?}"), format!("{:?}", DocumentOptions::default()));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("q.graphql");
        std::fs::write(&path, "{ regions { name } }").unwrap();
        let path = path.to_str().unwrap();
        let given = Line::parse_from(["line", "--only-known-documents", "--documents", path]).documents;
        let options = given.options().unwrap();
        assert!(options.only_known && options.known.len() == 1);
        let missing = Line::parse_from(["line", "--documents", "/no/such/folder"]).documents;
        assert!(matches!(
            missing.options(),
            Err(ConfigError::Documents(DocumentsError::Read { .. }))
        ));
    }
}
