//! Peer challenges between English councils behind one GraphQL API: the service as a library.
//!
//! The binary beside it only calls [`cli::run`]. One folder per aggregate holds its objects, rules, service and
//! repository; `http`, `auth`, `db`, `clock` and `ids` are the parts that cut across.

pub mod apikey;
pub mod audit;
pub mod auth;
pub mod backoff;
pub mod calendar;
pub mod challenge;
pub mod chores;
pub mod cli;
pub mod clock;
pub mod config;
pub mod council;
pub mod db;
pub mod demo;
pub mod faults;
pub mod feed;
pub mod graphql;
pub mod http;
pub mod ids;
pub mod import;
pub mod invitation;
pub mod jobs;
pub mod links;
pub mod metrics;
pub mod news;
pub mod notice;
pub mod pages;
pub mod peer;
pub mod picture;
pub mod planning;
pub mod programme;
pub mod report;
pub mod season;
pub mod team;
pub mod telemetry;
pub mod theme;
pub mod viewer;
pub mod visit;
