//! Enums of invitations and notifications.

use super::text_enum;

text_enum! {
    /// Where an invitation stands.
    InvitationState {
        /// Not answered.
        Sent = "SENT",
        /// Said yes.
        Accepted = "ACCEPTED",
        /// Said no.
        Declined = "DECLINED",
        /// Not answered in time.
        Expired = "EXPIRED",
        /// Taken back before it was answered.
        Withdrawn = "WITHDRAWN",
    }
}

text_enum! {
    /// Why somebody declines.
    DeclineReason {
        /// Not in these weeks.
        BusyNow = "BUSY_NOW",
        /// A conflict that the programme did not know.
        Conflict = "CONFLICT",
        /// Never at this host.
        NeverThisHost = "NEVER_THIS_HOST",
        /// Something else; the note says what.
        Other = "OTHER",
    }
}

text_enum! {
    /// What a notification is about.
    NoticeKind {
        /// Something is due soon.
        DueSoon = "DUE_SOON",
        /// Something is due today.
        DueToday = "DUE_TODAY",
        /// Something should have been done.
        Overdue = "OVERDUE",
        /// Somebody is invited to a team.
        Invited = "INVITED",
        /// Somebody answered an invitation, or did not in time.
        InvitationAnswered = "INVITATION_ANSWERED",
        /// The host may look at its team.
        TeamProposed = "TEAM_PROPOSED",
        /// A challenge is put off or interrupted.
        Suspended = "SUSPENDED",
        /// A challenge goes on.
        Resumed = "RESUMED",
        /// A risk to children was seen.
        ImmediateRisk = "IMMEDIATE_RISK",
        /// Somebody left or joined a team.
        TeamChanged = "TEAM_CHANGED",
        /// A challenge came to another stage of its way.
        StageReached = "STAGE_REACHED",
        /// The scope of a challenge does not hold any more.
        ScopeVoid = "SCOPE_VOID",
        /// A host objects to somebody, or its objection is decided.
        Objection = "OBJECTION",
        /// The host has checked the facts of a draft.
        FactsChecked = "FACTS_CHECKED",
    }
}

text_enum! {
    /// What an address is for.
    ContactDuty {
        /// Everything that has no address of its own.
        General = "GENERAL",
        /// Immediate risks to children: the director of children's services.
        ChildrensServices = "CHILDRENS_SERVICES",
    }
}

text_enum! {
    /// To whom a notification goes.
    NoticeAudience {
        /// The national programme.
        Programme = "PROGRAMME",
        /// The host council.
        Host = "HOST",
        /// The hub of the host's region.
        Hub = "HUB",
        /// One person of the pool.
        Peer = "PEER",
    }
}

text_enum! {
    /// Whether a notification went out by e-mail.
    MailState {
        /// Not yet.
        Waiting = "WAITING",
        /// Somebody is sending it.
        Sending = "SENDING",
        /// It was handed over to the mail server.
        Sent = "SENT",
        /// There is no address to send it to, or its owner wants none.
        NoAddress = "NO_ADDRESS",
    }
}
