//! What the on-call engineer relies on: figures, logs, health, shutdown, backups.

mod backup;
mod exposition;
mod figures;
mod logs;
mod process;
