//! Upper bounds for what comes in, so that no document, body or client can take the service down.
//!
//! Each is a setting with a range in which the service stays safe; docs/OPERATIONS.md has them in one table with the
//! code that a client sees. The defaults are those of [`Limits`](crate::http::Limits).

use std::time::Duration;

use clap::Args;

use crate::http::{HttpOptions, Introspection};

/// Upper bounds for what comes in.
#[derive(Debug, Clone, Args)]
pub struct LimitArgs {
    /// Who may read the schema through the API (`__schema`, `__type`): everybody, whoever has a valid token, the national
    /// programme, or nobody. [default: authenticated; all in the demo]
    #[arg(long, env = "PEER_CHALLENGE_INTROSPECTION", value_enum)]
    pub introspection: Option<Introspection>,
    /// Largest body of a POST. Beyond it: 413.
    #[arg(long, env = "PEER_CHALLENGE_MAX_BODY_BYTES", default_value_t = 256 * 1024, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1_024..=67_108_864))]
    pub max_body_bytes: u32,
    /// Largest GraphQL document. Beyond it: 413.
    #[arg(long, env = "PEER_CHALLENGE_MAX_DOCUMENT_BYTES", default_value_t = 20_000, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    pub max_document_bytes: u32,
    /// Most tokens of a document (names, numbers, strings, punctuation), counted before it is parsed.
    #[arg(long, env = "PEER_CHALLENGE_MAX_TOKENS", default_value_t = 2_000, value_name = "N", value_parser = clap::value_parser!(u32).range(10..=100_000))]
    pub max_tokens: u32,
    /// Deepest nesting of brackets in a document, counted before it is parsed.
    #[arg(long, env = "PEER_CHALLENGE_MAX_BRACKETS", default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(5..=200))]
    pub max_brackets: u32,
    /// Deepest nesting of selection sets: of fields, inline fragments and fragments.
    #[arg(long, env = "PEER_CHALLENGE_MAX_NESTING", default_value_t = 32, value_name = "N", value_parser = clap::value_parser!(u32).range(5..=32))]
    pub max_nesting: u32,
    /// Deepest nesting of fields, fragments expanded. Reading the schema needs 13 to 15.
    #[arg(long, env = "PEER_CHALLENGE_MAX_DEPTH", default_value_t = 15, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=32))]
    pub max_depth: u32,
    /// Most fields at the top of one operation, fragments expanded.
    #[arg(long, env = "PEER_CHALLENGE_MAX_ROOT_FIELDS", default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub max_root_fields: u32,
    /// Most fields of a document, fragments expanded.
    #[arg(long, env = "PEER_CHALLENGE_MAX_FIELDS", default_value_t = 1_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub max_fields: u32,
    /// Most aliases of a document, fragments expanded.
    #[arg(long, env = "PEER_CHALLENGE_MAX_ALIASES", default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub max_aliases: u32,
    /// Most directives of a document, fragments expanded.
    #[arg(long, env = "PEER_CHALLENGE_MAX_DIRECTIVES", default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub max_directives: u32,
    /// Most directives on one field, fragment, operation or variable.
    #[arg(long, env = "PEER_CHALLENGE_MAX_DIRECTIVES_TOGETHER", default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1_000))]
    pub max_directives_together: u32,
    /// Most fields that an operation may answer, each counted as often as the page sizes around it can repeat it.
    #[arg(long, env = "PEER_CHALLENGE_MAX_COMPLEXITY", default_value_t = 200_000, value_name = "N", value_parser = clap::value_parser!(u32).range(10..))]
    pub max_complexity: u32,
    /// Most fields of the schema that an operation may read, by the real lengths of the schema's lists.
    #[arg(long, env = "PEER_CHALLENGE_MAX_INTROSPECTION", default_value_t = 300_000, value_name = "N", value_parser = clap::value_parser!(u32).range(10..))]
    pub max_introspection: u32,
    /// What a list without a page size counts as in the complexity.
    #[arg(long, env = "PEER_CHALLENGE_LIST_SIZE", default_value_t = 10, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub list_size: u32,
    /// When a query is stopped: 504.
    #[arg(long, env = "PEER_CHALLENGE_QUERY_TIMEOUT_SECONDS", default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=600))]
    pub query_timeout_seconds: u32,
    /// When a mutation is stopped: 504. It leaves nothing behind.
    #[arg(long, env = "PEER_CHALLENGE_MUTATION_TIMEOUT_SECONDS", default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=600))]
    pub mutation_timeout_seconds: u32,
    /// How long the whole body of a POST may take to arrive: 408.
    #[arg(long, env = "PEER_CHALLENGE_BODY_TIMEOUT_SECONDS", default_value_t = 15, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=600))]
    pub body_timeout_seconds: u32,
}

impl LimitArgs {
    /// Sets these bounds.
    pub(super) fn apply(&self, options: &mut HttpOptions) {
        let bytes = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        let seconds = |count: u32| Duration::from_secs(count.into());
        let limits = &mut options.limits;
        limits.body_bytes = bytes(self.max_body_bytes);
        limits.document_bytes = bytes(self.max_document_bytes);
        limits.tokens = bytes(self.max_tokens);
        limits.brackets = bytes(self.max_brackets);
        limits.nesting = self.max_nesting.into();
        limits.depth = self.max_depth.into();
        limits.root_fields = self.max_root_fields.into();
        limits.fields = self.max_fields.into();
        limits.aliases = self.max_aliases.into();
        limits.directives = self.max_directives.into();
        limits.directives_together = self.max_directives_together.into();
        limits.complexity = self.max_complexity.into();
        limits.introspection = self.max_introspection.into();
        limits.list_size = self.list_size.into();
        if let Some(introspection) = self.introspection {
            options.introspection = introspection;
        }
        options.query_timeout = seconds(self.query_timeout_seconds);
        options.mutation_timeout = seconds(self.mutation_timeout_seconds);
        options.body_timeout = seconds(self.body_timeout_seconds);
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        limits: LimitArgs,
    }

    fn options(arguments: &[&str]) -> Result<HttpOptions, clap::Error> {
        let line = Line::try_parse_from([&["line"], arguments].concat())?;
        let mut options = HttpOptions::on(([127, 0, 0, 1], 0).into());
        line.limits.apply(&mut options);
        Ok(options)
    }

    #[test]
    fn the_defaults_of_the_flags_are_those_of_the_library() {
        let plain = HttpOptions::on(([127, 0, 0, 1], 0).into());
        let parsed = options(&[]).unwrap();
        assert_eq!(format!("{parsed:?}"), format!("{plain:?}"));
    }

    #[test]
    fn every_flag_reaches_its_limit_and_stays_in_its_range() {
        let changed = options(&[
            "--max-complexity",
            "7000",
            "--introspection",
            "off",
            "--query-timeout-seconds",
            "3",
        ]);
        let changed = changed.unwrap();
        assert_eq!(changed.limits.complexity, 7_000);
        assert_eq!(changed.introspection, Introspection::Off);
        assert_eq!(changed.query_timeout, Duration::from_secs(3));
        for unsafe_value in [
            ["--max-brackets", "2000"],
            ["--max-nesting", "64"],
            ["--max-tokens", "0"],
        ] {
            assert!(options(&unsafe_value).is_err(), "{unsafe_value:?}");
        }
    }
}
