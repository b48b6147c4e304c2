//! What the black-box tests share: databases of both engines ([`db`]) and the temporary PostgreSQL server behind them
//! ([`cluster`]), the service within the test ([`app`]) and as processes of its own ([`process`]);
//! people ([`people`]) and a whole season of challenges ([`national`]).
//!
//! All tests live in one binary (`tests/tests/it`), so that one server serves the whole run.

pub mod app;
pub mod cluster;
pub mod db;
pub mod national;
pub mod people;
pub mod process;

pub use app::App;
pub use db::TestDb;
