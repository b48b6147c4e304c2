//! Payloads of mutations that leave one thing behind: the thing as it is now, and `userErrors`.

/// Declares payloads: `AddDocumentPayload { document: ChallengeDocument, "addDocument" }`. With what makes a row into what is shown
/// (`document: ChallengeDocument = challenge_document::Model`) they are `settled` from an outcome.
macro_rules! payloads {
    ($($name:ident { $(#[$doc:meta])* $field:ident: $shown:ty $(= $row:ty)?, $mutation:literal })+) => {$(
        #[doc = concat!("Outcome of `", $mutation, "`.")]
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            $(#[$doc])*
            $field: Option<$shown>,
            /// Why it was refused, all reasons at once; empty on success.
            user_errors: Vec<$crate::graphql::errors::UserError>,
        }

        $(impl $name {
            fn settled(
                outcome: $crate::graphql::errors::Outcome<$row>,
                shown: impl FnOnce($row) -> $shown,
            ) -> async_graphql::Result<Self> {
                let (done, user_errors) = $crate::graphql::errors::settle(outcome)?;
                Ok(Self { $field: done.map(shown), user_errors })
            }
        })?
    )+};
}
pub(crate) use payloads;
