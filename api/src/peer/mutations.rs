//! Mutations on peers: each decodes its input, lets the service work in one transaction, and shows what came of it.

use async_graphql::{Context, Object};

use super::{
    inputs::{
        AddAffiliationInput, AddBlackoutInput, AvailabilityInput, ConfirmDeclarationInput, CorrectAffiliationInput,
        DecideDuplicateInput, DeclareInterestInput, EndAffiliationInput, ErasePeerInput, ExportPersonalDataInput,
        RegisterPeerInput, RemoveBlackoutInput, UpdatePeerInput, WithdrawInterestInput,
    },
    objects::{Affiliation, AvailabilityWindow, BlackoutPeriod, DeclaredInterest, Peer},
    payloads::{
        AddAffiliationPayload, AddBlackoutPayload, ConfirmDeclarationPayload, CorrectAffiliationPayload,
        DecideDuplicatePayload, DeclareInterestPayload, EndAffiliationPayload, ErasePeerPayload,
        ExportPersonalDataPayload, OfferAvailabilityPayload, RegisterPeerPayload, RemoveBlackoutPayload,
        UpdatePeerPayload, WithdrawAvailabilityPayload, WithdrawInterestPayload,
    },
    personal::PersonalData,
    service::{diary, duplicates, erase, export, profile, ties},
};
use crate::graphql::{
    change::change,
    context::{ContextExt, finish},
    errors::settle,
    ids::{Kind, encode},
};

/// Runs a service as one change on what the input says; the entity (or `None`) and the refusals.
macro_rules! carry_out {
    ($ctx:ident, $input:ident, |$tx:ident, $act:ident, $value:pat_param| $work:expr) => {{
        let outcome = change!($ctx, |$tx, $act| {
            let $value = $input.understood()?;
            $work.await
        });
        settle(outcome)?
    }};
}

/// Mutations on peers.
#[derive(Default)]
pub struct PeerMutation;

#[Object]
impl PeerMutation {
    /// Adds somebody to the pool with their first affiliation. National programme, and hubs for people of their regions.
    /// Entries with the same address, or name and post, are not refused but shown in `possibleDuplicates`.
    async fn register_peer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new person.")] input: RegisterPeerInput,
    ) -> async_graphql::Result<RegisterPeerPayload> {
        let (row, user_errors) = carry_out!(ctx, input, |tx, act, new| profile::register(tx, act, new));
        Ok(RegisterPeerPayload {
            peer: row.map(Peer),
            user_errors,
        })
    }

    /// Changes a profile. Programme, hub of the person's region, and the person for their own contact and capacity. Their
    /// live assignments are checked again.
    async fn update_peer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdatePeerInput,
    ) -> async_graphql::Result<UpdatePeerPayload> {
        let (row, user_errors) = carry_out!(ctx, input, |tx, act, change| profile::update(tx, act, change));
        Ok(UpdatePeerPayload {
            peer: row.map(Peer),
            user_errors,
        })
    }

    /// Says "the declaration of interests is complete and current" and dates it today. Declaring a single interest does not do
    /// this. The person, and the programme on their behalf.
    async fn confirm_declaration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose declaration.")] input: ConfirmDeclarationInput,
    ) -> async_graphql::Result<ConfirmDeclarationPayload> {
        let (row, user_errors) = carry_out!(ctx, input, |tx, act, (peer, version)| profile::confirm_declaration(
            tx, act, peer, version
        ));
        Ok(ConfirmDeclarationPayload {
            peer: row.map(Peer),
            user_errors,
        })
    }

    /// Declares an interest in a council. The person, and the programme on their behalf. Live assignments are checked again;
    /// a conflict opens a decision.
    async fn declare_interest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The interest.")] input: DeclareInterestInput,
    ) -> async_graphql::Result<DeclareInterestPayload> {
        let (row, user_errors) = carry_out!(ctx, input, |tx, act, new| ties::declare_interest(tx, act, new));
        Ok(DeclareInterestPayload {
            declared_interest: row.map(DeclaredInterest),
            user_errors,
        })
    }

    /// Withdraws an interest that was declared in error; one that ended gets a last day instead. It stays on record.
    async fn withdraw_interest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which interest.")] input: WithdrawInterestInput,
    ) -> async_graphql::Result<WithdrawInterestPayload> {
        let (row, user_errors) = carry_out!(ctx, input, |tx, act, (key, version)| ties::withdraw_interest(
            tx, act, key, version
        ));
        Ok(WithdrawInterestPayload {
            declared_interest: row.map(DeclaredInterest),
            user_errors,
        })
    }

    /// Records a tie to a council or delivery body. The person, and the programme on their behalf. Live assignments are
    /// checked again; a conflict opens a decision.
    async fn add_affiliation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tie.")] input: AddAffiliationInput,
    ) -> async_graphql::Result<AddAffiliationPayload> {
        let (row, user_errors) = carry_out!(ctx, input, |tx, act, (peer, tie)| ties::add_affiliation(
            tx, act, peer, tie
        ));
        Ok(AddAffiliationPayload {
            affiliation: row.map(Affiliation),
            user_errors,
        })
    }

    /// Gives an affiliation its last day. The person, and the programme on their behalf.
    async fn end_affiliation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which affiliation, and when.")] input: EndAffiliationInput,
    ) -> async_graphql::Result<EndAffiliationPayload> {
        let (row, user_errors) = carry_out!(ctx, input, |tx, act, change| ties::change_affiliation(
            tx,
            act,
            change,
            "AFFILIATION_ENDED"
        ));
        Ok(EndAffiliationPayload {
            affiliation: row.map(Affiliation),
            user_errors,
        })
    }

    /// Corrects an affiliation that was recorded wrongly; the audit record keeps the dates before and after. The person, and
    /// the programme on their behalf.
    async fn correct_affiliation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was wrong.")] input: CorrectAffiliationInput,
    ) -> async_graphql::Result<CorrectAffiliationPayload> {
        let (row, user_errors) = carry_out!(ctx, input, |tx, act, change| ties::change_affiliation(
            tx,
            act,
            change,
            "AFFILIATION_CORRECTED"
        ));
        Ok(CorrectAffiliationPayload {
            affiliation: row.map(Affiliation),
            user_errors,
        })
    }

    /// Offers days; neighbouring and overlapping offers become one window. The person, the hub of their region, the programme.
    async fn offer_availability(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose days, and which.")] input: AvailabilityInput,
    ) -> async_graphql::Result<OfferAvailabilityPayload> {
        let (row, user_errors) = carry_out!(ctx, input, |tx, act, (peer, from, until)| diary::offer(
            tx, act, peer, from, until
        ));
        Ok(OfferAvailabilityPayload {
            availability_window: row.map(AvailabilityWindow),
            user_errors,
        })
    }

    /// Takes back days that were offered, splitting windows where needed. Live assignments on these days are checked again.
    /// The person, the hub of their region, the programme.
    async fn withdraw_availability(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose days, and which.")] input: AvailabilityInput,
    ) -> async_graphql::Result<WithdrawAvailabilityPayload> {
        let (done, user_errors) = carry_out!(ctx, input, |tx, act, (peer, from, until)| diary::withdraw(
            tx, act, peer, from, until
        ));
        let (peer, days_withdrawn) = done.map(|(row, days)| (Peer(row), days)).unzip();
        Ok(WithdrawAvailabilityPayload {
            peer,
            days_withdrawn,
            user_errors,
        })
    }

    /// Closes days of a person, or of everybody of a council, whatever was offered. A person's: they, the hub of their region,
    /// the programme; a council's: the hub of its region and the programme.
    async fn add_blackout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose days, and which.")] input: AddBlackoutInput,
    ) -> async_graphql::Result<AddBlackoutPayload> {
        let (row, user_errors) = carry_out!(ctx, input, |tx, act, (owner, days, reason)| diary::add_blackout(
            tx, act, owner, days, &reason
        ));
        Ok(AddBlackoutPayload {
            blackout_period: row.map(BlackoutPeriod),
            user_errors,
        })
    }

    /// Opens closed days again. Whoever may close them.
    async fn remove_blackout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which blackout period.")] input: RemoveBlackoutInput,
    ) -> async_graphql::Result<RemoveBlackoutPayload> {
        let (key, user_errors) = carry_out!(ctx, input, |tx, act, key| diary::remove_blackout(tx, act, key));
        Ok(RemoveBlackoutPayload {
            removed_id: key.map(|key| encode(Kind::BlackoutPeriod, key)),
            user_errors,
        })
    }

    /// Decides whether two entries of the pool are two people or one; one person's entries are joined for good. National
    /// programme only.
    async fn decide_duplicate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision.")] input: DecideDuplicateInput,
    ) -> async_graphql::Result<DecideDuplicatePayload> {
        let (row, user_errors) = carry_out!(ctx, input, |tx, act, new| duplicates::decide(tx, act, new));
        Ok(DecideDuplicatePayload {
            peer: row.map(Peer),
            user_errors,
        })
    }

    /// Erases a person for good, with every entry that was joined to theirs: name, contact, ties, interests, days, reasons and
    /// what the audit record keeps about them. That somebody served, where and when stays. Refused while they have a live
    /// place on a team. National programme only.
    async fn erase_peer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: ErasePeerInput,
    ) -> async_graphql::Result<ErasePeerPayload> {
        let (row, user_errors) = carry_out!(ctx, input, |tx, act, (peer, version)| erase::erase(
            tx, act, peer, version
        ));
        Ok(ErasePeerPayload {
            peer: row.map(Peer),
            user_errors,
        })
    }

    /// Takes everything that is held on a person, place by place. A mutation, because every export is entered in the audit
    /// record. The person and the national programme.
    async fn export_personal_data(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "On whom.")] input: ExportPersonalDataInput,
    ) -> async_graphql::Result<ExportPersonalDataPayload> {
        // Taken anew each time, also for a repeated request: nothing of it is kept.
        let act = ctx.act()?;
        let tx = ctx.begin().await?;
        let outcome = match input.understood() {
            Ok(peer) => export::export(&tx, &act, peer).await,
            Err(error) => Err(error),
        };
        let (export, user_errors) = settle(finish(tx, outcome).await)?;
        Ok(ExportPersonalDataPayload {
            personal_data: export.map(PersonalData),
            user_errors,
        })
    }
}
