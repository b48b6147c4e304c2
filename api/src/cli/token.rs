//! `peer-challenge token`: mints a token with the local key, for demo and development.

use std::time::Duration;

use clap::{Args, ValueEnum};
use uuid::Uuid;

use crate::{
    auth::{LocalKey, RoleClaims, Viewer},
    clock::{Clock, SystemClock},
    config::{AuthArgs, DataDirArgs},
};

/// Print a bearer token signed with this installation's own key.
///
/// Only the token goes to standard output. It is accepted by `serve` and `demo` with the same --data-dir, as long as
/// no --jwks-file or --jwks-url is set there. The key is created on first use.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    peer-challenge token --role national-programme\n  \
    peer-challenge token --role regional-hub --region E12000001 --region E12000003\n  \
    peer-challenge token --role council --council E06000001 --subject sponsor@hartlepool.example\n  \
    curl -s http://127.0.0.1:8080/graphql -H 'content-type: application/json' \\\n    \
      -H \"authorization: Bearer $(peer-challenge token --role analyst)\" -d '{\"query\":\"{ __typename }\"}'")]
pub(super) struct Token {
    /// What the bearer acts as.
    #[arg(long, value_enum)]
    role: Role,
    /// GSS code of a region (E12…), for a regional hub; may be repeated.
    #[arg(long, value_name = "GSS", required_if_eq("role", "regional-hub"))]
    region: Vec<String>,
    /// GSS code of the council, for a council.
    #[arg(long, value_name = "GSS", required_if_eq("role", "council"))]
    council: Option<String>,
    /// Key of the peer's record, for a peer.
    #[arg(long, value_name = "UUID", required_if_eq("role", "peer"))]
    peer: Option<Uuid>,
    /// Who the bearer is, for the audit trail. [default: the role with its scope]
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
    /// Hours until the token expires, at most a year.
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..=8784))]
    valid_hours: u64,
    #[command(flatten)]
    data_dir: DataDirArgs,
    /// The issuer (`iss`) to name; the same as at `serve`.
    #[arg(long, env = "PEER_CHALLENGE_JWT_ISSUER", value_name = "NAME")]
    jwt_issuer: Option<String>,
    /// The audience (`aud`) to name; the same as at `serve`.
    #[arg(long, env = "PEER_CHALLENGE_JWT_AUDIENCE", value_name = "NAME")]
    jwt_audience: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Sets policy, triages, decides.
    NationalProgramme,
    /// Watches its regions; needs --region.
    RegionalHub,
    /// Hosts challenges and lends peers; needs --council.
    Council,
    /// One peer; needs --peer.
    Peer,
    /// Reads what is published.
    Analyst,
}

impl Token {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let code = match self.role {
            Role::NationalProgramme => "NATIONAL_PROGRAMME",
            Role::RegionalHub => "REGIONAL_HUB",
            Role::Council => "COUNCIL",
            Role::Peer => "PEER",
            Role::Analyst => "ANALYST",
        };
        let claims = RoleClaims {
            role: code.to_owned(),
            regions: (!self.region.is_empty()).then_some(self.region),
            council: self.council,
            peer: self.peer,
        };
        let viewer = Viewer::new(
            self.subject.unwrap_or_else(|| default_subject(&claims)),
            claims.into_role()?,
        );
        let names = AuthArgs {
            jwt_issuer: self.jwt_issuer,
            jwt_audience: self.jwt_audience,
            ..AuthArgs::default()
        }
        .local_names();
        let key = LocalKey::load_or_create(&self.data_dir.data_dir)?;
        let valid_for = Duration::from_hours(self.valid_hours);
        println!(
            "{}",
            key.mint(&viewer, &names.0, &names.1, SystemClock.now(), valid_for)?
        );
        Ok(())
    }
}

/// For example `council:E06000001`.
fn default_subject(claims: &RoleClaims) -> String {
    let role = claims.role.to_lowercase().replace('_', "-");
    let regions = claims.regions.as_ref().map(|regions| regions.join("+"));
    let scope = regions
        .or_else(|| claims.council.clone())
        .or_else(|| claims.peer.map(|peer| peer.to_string()));
    match scope {
        Some(scope) => format!("{role}:{scope}"),
        None => role,
    }
}
