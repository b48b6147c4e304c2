//! Teams on both engines: who may serve, building and confirming a team, late conflicts, and who sees what of it.

mod adoption;
mod answers;
mod building;
mod desk;
mod endings;
mod late;
mod moved;
mod reopened;
mod review;
mod sight;
