//! Season plans: runs of the planner over all challenges of a programme's season, as things that are asked for, followed,
//! compared, changed by hand and put into effect.
//!
//! A plan is a proposal. It is made of the facts as they are when its run begins (`facts`: the engine's own eligibility rules
//! say who can go where), kept with its whole input, and changes nothing until it is applied; then every rule is asked again.
//! Runs are durable jobs (`run`): one of a season at a time, begun anew by another worker when theirs vanishes, and the same
//! input gives the same plan.
//!
//! Files: `facts` (from tables to the planner's input), `run` (the job), `interim` (its best plan so far), `body` (the result as it is kept), `service` (ask, cancel),
//! `edit`, `apply` (`unchanged`: whether the settled part still stands), `repair` (one team), `compare` (pure),
//! `history` (days given and received beside it), `traces` (what plans say of a person), `repo`, and the API's `objects`, `inputs`,
//! `mutations`, `queries`, `follow`.

pub mod apply;
pub mod body;
pub mod compare;
pub mod compare_objects;
pub mod edit;
pub mod facts;
pub mod fairness_objects;
pub mod follow;
pub mod frame;
pub mod history;
pub mod inputs;
mod interim;
pub mod mutations;
pub mod objects;
pub mod queries;
pub mod repair;
pub mod repair_objects;
pub mod repo;
pub mod result_objects;
pub mod run;
pub mod service;
pub mod settings;
pub mod traces;
mod unchanged;
