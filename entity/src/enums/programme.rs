//! Enums of programmes.

use super::text_enum;

text_enum! {
    /// Kind of a programme (domain.md, table of programmes).
    ProgrammeKind {
        /// Corporate peer challenge.
        Corporate = "CORPORATE",
        /// Children's services peer challenge.
        ChildrensServices = "CHILDRENS_SERVICES",
        /// Special educational needs and disabilities.
        Send = "SEND",
        /// Remote or case diagnostic.
        Diagnostic = "DIAGNOSTIC",
        /// Regional, on one topic.
        RegionalTopical = "REGIONAL_TOPICAL",
        /// Three councils of a region in rotation.
        RegionalTriad = "REGIONAL_TRIAD",
        /// Progress review by (part of) the first team.
        ProgressReview = "PROGRESS_REVIEW",
    }
}

text_enum! {
    /// How far a programme reaches; several rules differ by it.
    Reach {
        /// Peers from all of England.
        National = "NATIONAL",
        /// Within a region.
        Regional = "REGIONAL",
        /// Three councils in rotation.
        Triad = "TRIAD",
    }
}
