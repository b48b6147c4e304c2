//! Closed lists about who may come in.

use super::text_enum;

text_enum! {
    /// What the holder of an API key may do.
    ApiKeyScope {
        /// Read what a hub of the key's regions may read.
        Read = "READ",
        /// Read, and change what such a hub may change.
        Write = "WRITE",
    }
}
