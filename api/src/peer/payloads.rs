//! Payloads of the mutations on peers: the thing changed, null when refused, and why.

use async_graphql::{ID, SimpleObject};

use super::{
    objects::{Affiliation, AvailabilityWindow, BlackoutPeriod, DeclaredInterest, Peer},
    personal::PersonalData,
};
use crate::graphql::errors::UserError;

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            $($(#[$field_doc])* pub(super) $field: Option<$type>,)+
            /// Why nothing was changed; empty on success.
            pub(super) user_errors: Vec<UserError>,
        }
    )+};
}

payloads! {
    /// Outcome of `registerPeer`.
    RegisterPeerPayload {
        /// The new person; null when refused.
        peer: Peer,
    }
    /// Outcome of `updatePeer`.
    UpdatePeerPayload {
        /// The person as they are now; null when refused.
        peer: Peer,
    }
    /// Outcome of `confirmDeclaration`.
    ConfirmDeclarationPayload {
        /// The person, declared today; null when refused.
        peer: Peer,
    }
    /// Outcome of `declareInterest`.
    DeclareInterestPayload {
        /// The new interest; null when refused.
        declared_interest: DeclaredInterest,
    }
    /// Outcome of `withdrawInterest`.
    WithdrawInterestPayload {
        /// The interest, withdrawn; null when refused.
        declared_interest: DeclaredInterest,
    }
    /// Outcome of `addAffiliation`.
    AddAffiliationPayload {
        /// The new affiliation; null when refused.
        affiliation: Affiliation,
    }
    /// Outcome of `endAffiliation`.
    EndAffiliationPayload {
        /// The affiliation with its last day; null when refused.
        affiliation: Affiliation,
    }
    /// Outcome of `correctAffiliation`.
    CorrectAffiliationPayload {
        /// The affiliation as it is now; null when refused.
        affiliation: Affiliation,
    }
    /// Outcome of `offerAvailability`.
    OfferAvailabilityPayload {
        /// The window that now holds these days, joined with those that it overlaps or touches; null when refused.
        availability_window: AvailabilityWindow,
    }
    /// Outcome of `withdrawAvailability`.
    WithdrawAvailabilityPayload {
        /// The person; ask for their `availability` to see what is left. Null when refused.
        peer: Peer,
        /// How many days that had been offered were taken back; null when refused.
        days_withdrawn: i32,
    }
    /// Outcome of `addBlackout`.
    AddBlackoutPayload {
        /// The new blackout period; null when refused.
        blackout_period: BlackoutPeriod,
    }
    /// Outcome of `removeBlackout`.
    RemoveBlackoutPayload {
        /// Id of the blackout period that is gone; null when refused.
        removed_id: ID,
    }
    /// Outcome of `erasePeer`.
    ErasePeerPayload {
        /// What is left: an entry without a person; null when refused.
        peer: Peer,
    }
    /// Outcome of `exportPersonalData`.
    ExportPersonalDataPayload {
        /// Everything that is held on the person; null when refused.
        personal_data: PersonalData,
    }
    /// Outcome of `decideDuplicate`.
    DecideDuplicatePayload {
        /// The first entry named, with what was joined to it; null when refused.
        peer: Peer,
    }
}
