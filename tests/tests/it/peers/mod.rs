//! Peers, the audit record and the viewer through GraphQL, on both engines, without a socket: visibility, filters, merged
//! availability, ties, duplicates, optimistic locking and what reaches the audit record.

mod changes;
mod desk;
mod duplicates;
mod profile;
mod sight;
