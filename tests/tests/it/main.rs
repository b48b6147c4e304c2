//! Every test over a database or a socket, in one binary, so that one PostgreSQL server serves the whole run.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "this is test code throughout"
)]

mod access;
mod apikeys;
mod architecture;
mod challenge;
mod connection;
mod councils;
mod database;
mod feed;
mod http_protocol;
mod idempotency;
mod identity;
mod import;
mod jobs;
mod journey;
mod life;
mod nested;
mod news;
mod nodes;
mod nothing_lost;
mod peers;
mod planning;
mod race;
mod replicas;
mod running;
mod schema;
mod teams;
