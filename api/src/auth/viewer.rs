//! The person or machine behind a request, as proven by its token.
//!
//! A role carries exactly the scope it needs and no other, so that a service cannot forget to ask for it:
//! a council viewer *has* a council, a peer viewer *is* a peer. An anonymous request has no viewer at all
//! (`Option<Viewer>` in the request data).

use uuid::Uuid;

/// Who asks, proven by a verified token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The token's `sub`: a stable name for the audit trail. Never empty.
    pub subject: String,
    /// What the viewer acts as, with its scope.
    pub role: ViewerRole,
    /// Whether the viewer may change anything at all.
    pub access: Access,
}

/// Whether a viewer may change anything at all; what exactly follows from the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reads only: the key of a machine that feeds data out.
    Read,
    /// Reads, and changes what the role allows.
    Write,
}

impl Viewer {
    /// Somebody who may do everything that the role allows.
    pub fn new(subject: impl Into<String>, role: ViewerRole) -> Self {
        Self {
            subject: subject.into(),
            role,
            access: Access::Write,
        }
    }

    /// The service itself, for what it does on its own: shipped data, imports by the command line.
    pub fn service() -> Self {
        Self::new("peer-challenge", ViewerRole::Programme)
    }

    /// The role's code as it stands in tokens and audit events, for example `REGIONAL_HUB`.
    pub fn role_code(&self) -> &'static str {
        self.role.code()
    }

    /// Whether the viewer acts for the national programme.
    pub fn is_programme(&self) -> bool {
        self.role == ViewerRole::Programme
    }
}

/// The five roles with the scope that each one carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ViewerRole {
    /// The national programme: sets policy, triages, decides.
    Programme,
    /// A regional hub.
    Hub {
        /// GSS codes of its regions (`E12…`), at least one, sorted, without doubles.
        regions: Vec<String>,
    },
    /// A council as host, and as the home of its peers.
    Council {
        /// GSS code of the council (`E06…` to `E10…`, also superseded ones).
        council: String,
    },
    /// A peer, who sees and changes only what is theirs.
    Peer {
        /// Key of the peer's row.
        peer: Uuid,
    },
    /// Reads what is published; changes nothing.
    Analyst,
}

impl ViewerRole {
    /// The role's code as it stands in tokens and audit events.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Programme => "NATIONAL_PROGRAMME",
            Self::Hub { .. } => "REGIONAL_HUB",
            Self::Council { .. } => "COUNCIL",
            Self::Peer { .. } => "PEER",
            Self::Analyst => "ANALYST",
        }
    }
}
