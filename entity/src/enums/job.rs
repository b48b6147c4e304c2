//! Enums of background jobs.

use super::text_enum;

text_enum! {
    /// Where a job stands.
    JobState {
        /// Waits for its time or for a worker.
        Queued = "QUEUED",
        /// A worker holds its lease.
        Running = "RUNNING",
        /// Succeeded.
        Done = "DONE",
        /// Given up; a person decides.
        Dead = "DEAD",
    }
}
