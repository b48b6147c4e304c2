//! Who holds an open connection, and whether they still may.

use std::time::Duration;

use tokio::time::Instant;

use super::super::{RequestId, server::Shared};
use crate::auth::{AuthError, Session, Viewer};

/// The longest pause before an expiry is looked for again, however far off it is; timers have an end.
const FAR: Duration = Duration::from_hours(1);

/// Credentials that opened a connection, with what they proved.
#[derive(Debug)]
pub(in super::super) struct Holder {
    bearer: String,
    session: Session,
    checked: Instant,
}

/// Why a connection must end.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Lost {
    /// The time of the credentials is over.
    Expired,
    /// They are refused by now.
    Refused,
}

impl Lost {
    /// For people.
    pub(super) const fn reason(&self) -> &'static str {
        match self {
            Self::Expired => "The token has expired",
            Self::Refused => "The token is no longer accepted",
        }
    }
}

impl Holder {
    /// Judges a bearer token.
    pub(in super::super) async fn judge(bearer: &str, shared: &Shared) -> Result<Self, AuthError> {
        Ok(Self {
            bearer: bearer.to_owned(),
            session: shared.verifier.session(bearer).await?,
            checked: Instant::now(),
        })
    }

    /// Judges the value of an `Authorization` header.
    pub(in super::super) async fn judge_header(value: &str, shared: &Shared) -> Result<Self, AuthError> {
        match value.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Self::judge(token.trim(), shared).await,
            _ => Err(AuthError::Header),
        }
    }

    /// Who it is.
    pub(in super::super) fn viewer(&self) -> &Viewer {
        &self.session.viewer
    }

    /// Whether the credentials' time is over; cheap.
    pub(super) fn check_time(&self, shared: &Shared) -> Result<(), Lost> {
        match self.session.until {
            Some(until) if until <= shared.clock.now() => Err(Lost::Expired),
            _ => Ok(()),
        }
    }

    /// The same, and now and then judges the credentials again: a key may have been revoked. An outage of whoever knows
    /// changes nothing.
    pub(super) async fn check(&mut self, shared: &Shared, id: &RequestId) -> Result<(), Lost> {
        self.check_time(shared)?;
        if self.checked.elapsed() < shared.options.live.recheck {
            return Ok(());
        }
        self.checked = Instant::now();
        match shared.verifier.session(&self.bearer).await {
            Ok(session) => {
                self.session.until = session.until;
                Ok(())
            }
            Err(error) if error.is_outage() => {
                tracing::warn!(request_id = %id.0, %error, "an open connection cannot be judged again now");
                Ok(())
            }
            Err(error) => {
                tracing::info!(request_id = %id.0, reason = %error, "an open connection lost its credentials");
                Err(Lost::Refused)
            }
        }
    }

    /// How long nothing will end the credentials by time alone, at most `pause`.
    pub(super) fn quiet_for(&self, pause: Duration, shared: &Shared) -> Duration {
        let left = self
            .session
            .until
            .map_or(FAR, |until| (until - shared.clock.now()).to_std().unwrap_or_default());
        left.min(pause)
    }
}
