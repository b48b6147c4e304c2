//! The picture: what the programme looks like from above, for regions and for England.
//!
//! Every view is one statement, computed by the database, over the councils, challenges and days that a filter lets through.
//! Views are sums and shares of many; who may see the challenges behind them is another matter. Peers have none of them.
//!
//! Files: `sql` (statements with their values), `filter`, `views` and `pace` (the statements and their rows), `objects`, `queries`, `kpi`
//! (key figures as data), `offer` (councils to offer a challenge to), `objections` (counted for each host), `served`
//! (days that people served).

pub mod filter;
pub mod kpi;
pub mod kpi_objects;
pub mod mutations;
pub mod objections;
pub mod objects;
pub mod offer;
pub mod pace;
pub mod punctuality;
pub mod queries;
pub mod served;
pub mod sql;
pub mod views;
