//! Who is told of a change, decided in memory.
//!
//! [`sees`] is `challenge::repo::visible_to` without a statement; a test compares the two for every role. [`knows`] adds what
//! the audit record hides: an event about a waiver, a decision or a proposal tells that there is one.

use super::Bulletin;
use crate::{
    audit::repo::secret_kinds,
    auth::{Viewer, ViewerRole},
    graphql::ids::Kind,
};

/// Kinds that are the challenge itself or parts of it which everybody sees who sees the challenge.
const OPEN: [Kind; 3] = [Kind::PeerChallenge, Kind::ChallengeWindow, Kind::TeamSlot];

/// Whether `viewer` is told of this change.
pub(super) fn is_told(viewer: &Viewer, bulletin: &Bulletin) -> bool {
    sees(&viewer.role, bulletin) && knows(&viewer.role, bulletin)
}

/// Whether the challenge is visible.
fn sees(role: &ViewerRole, bulletin: &Bulletin) -> bool {
    match role {
        ViewerRole::Programme | ViewerRole::Analyst => true,
        ViewerRole::Hub { regions } => regions.contains(&bulletin.host.region_code),
        ViewerRole::Council { council } => bulletin.host.codes.contains(council),
        ViewerRole::Peer { peer } => bulletin.team.contains(peer),
    }
}

/// Whether the kind of change may be known. Peers hear of the challenge and of what is about themselves, analysts of the
/// challenge only: neither is told who joins a team.
fn knows(role: &ViewerRole, bulletin: &Bulletin) -> bool {
    let Some(kind) = bulletin.kind() else {
        return *role == ViewerRole::Programme;
    };
    if OPEN.contains(&kind) {
        return true;
    }
    let secret = secret_kinds(role).contains(&kind);
    match role {
        ViewerRole::Programme => true,
        ViewerRole::Hub { .. } | ViewerRole::Council { .. } => !secret,
        ViewerRole::Peer { peer } => !secret && bulletin.change.peer == Some(*peer),
        ViewerRole::Analyst => false,
    }
}
