//! The tables of peer-challenge as sea-orm entities: one module per table, one file per module.
//!
//! The database itself is made by the `migration` crate; a test compares every column here with the database there, on
//! both engines. Keys are UUIDs (version 7) made by the application, days are civil dates in England, instants are UTC,
//! enums are text with the values of [`enums`]. Rows with a `version` column are locked optimistically.
//!
//! Neighbours: [`constraint`] names the invariants that the database holds, so that services can map its refusals.
//! Nothing here knows GraphQL or the matching engine.

pub mod accuracy_edit;
pub mod action_update;
pub mod affiliation;
pub mod api_key;
pub mod api_key_region;
pub mod assignment;
pub mod audit_event;
pub mod availability_window;
pub mod blackout_period;
pub mod challenge;
pub mod challenge_document;
pub mod challenge_request;
pub mod challenge_theme;
pub mod challenge_window;
pub mod change_feed;
pub mod conflict_decision;
pub mod conflict_waiver;
pub mod constraint;
pub mod contact;
pub mod council;
pub mod council_code;
pub mod council_neighbour;
pub mod council_succession;
pub mod deadline_override;
pub mod declared_interest;
pub mod delivery_body;
pub mod delivery_body_council;
pub mod enums;
pub mod evaluation;
pub mod fieldwork_session;
pub mod finding;
pub mod host_objection;
pub mod idempotency_key;
pub mod immediate_risk;
pub mod inspection_outcome;
pub mod invitation;
pub mod job;
pub mod kpi;
pub mod kpi_value;
pub mod leadership_change;
pub mod line_of_enquiry;
pub mod mail_opt_out;
pub mod notification;
pub mod open_slot;
pub mod past_engagement;
pub mod peer;
pub mod peer_duplicate;
pub mod peer_role;
pub mod peer_theme;
pub mod plan_action;
pub mod priority_assessment;
pub mod programme;
pub mod programme_policy;
pub mod recommendation;
pub mod recommendation_finding;
pub mod reference_load;
pub mod region;
pub mod report;
pub mod reserve;
pub mod season;
pub mod season_plan;
pub mod session_peer;
pub mod sign_off;
pub mod sister_council;
pub mod stage_change;
pub mod team_input;
pub mod team_proposal;
pub mod team_slot;
pub mod team_slot_theme;
pub mod theme;
