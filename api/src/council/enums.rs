//! Closed lists of the facts on councils, as the API spells them.

use async_graphql::Enum;
use entity::enums;

/// Kind of council by its place in English local government.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::CouncilKind")]
pub enum CouncilType {
    /// County council, upper tier.
    County,
    /// District council inside a county, lower tier; does not run children's services.
    NonMetropolitanDistrict,
    /// Single-tier council outside the metropolitan areas.
    Unitary,
    /// Single-tier council of a metropolitan area.
    MetropolitanDistrict,
    /// London borough.
    LondonBorough,
    /// The City of London Corporation.
    CityOfLondon,
    /// The Council of the Isles of Scilly.
    IslesOfScilly,
}

/// Who runs a council.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::PoliticalControl")]
pub enum PoliticalControl {
    /// Conservative majority.
    Conservative,
    /// Labour majority.
    Labour,
    /// Liberal Democrat majority.
    LiberalDemocrat,
    /// Green majority.
    Green,
    /// Reform UK majority.
    ReformUk,
    /// Majority of independents or residents' groups.
    Independent,
    /// Majority of another group.
    Other,
    /// No group has a majority.
    NoOverallControl,
}

/// A post in the leadership of a council.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::LeadershipPost")]
pub enum LeadershipPost {
    /// Chief executive.
    ChiefExecutive,
    /// Director of children's services.
    DirectorOfChildrensServices,
    /// Cabinet member for children's services.
    LeadMember,
}

/// Legal form of a delivery body.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::DeliveryBodyKind")]
pub enum DeliveryBodyKind {
    /// Children's trust.
    Trust,
    /// Company owned by one or more councils.
    Company,
    /// Partnership of councils.
    Partnership,
}

/// How two councils touch.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::Border")]
pub enum Border {
    /// A border on land.
    Land,
    /// A border in tidal water only.
    Water,
    /// One lies within the other: a county and its own district.
    Territory,
}

/// How alike a statistical neighbour is, in the words of its model.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::Closeness")]
pub enum Closeness {
    /// Extremely close.
    ExtremelyClose,
    /// Very close.
    VeryClose,
    /// Close.
    Close,
    /// Somewhat close.
    SomewhatClose,
    /// Not close.
    NotClose,
}

/// The model that names statistical neighbours.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(name = "SisterCouncilModel", remote = "enums::SisterModel")]
pub enum SisterModel {
    /// Children's services statistical neighbours of the Department for Education, ten for each authority.
    DfeChildrensServices,
    /// Nearest neighbours of CIPFA, fifteen for each council.
    Cipfa,
}

/// Framework under which Ofsted (with CQC for SEND) reported.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::InspectionFramework")]
pub enum InspectionFramework {
    /// Inspections of local authority children's services.
    Ilacs,
    /// Full area inspections of SEND under the framework of 2023.
    AreaSend,
}

/// A judgement of Ofsted, quoted. The service itself never judges a council.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::Judgement")]
pub enum Judgement {
    /// Outstanding.
    Outstanding,
    /// Good.
    Good,
    /// Requires improvement to be good.
    RequiresImprovement,
    /// Inadequate.
    Inadequate,
}

/// Outcome of a full area SEND inspection, quoted in short names.
#[derive(Clone, Copy, Debug, Enum, Eq, PartialEq)]
#[graphql(remote = "enums::SendOutcome")]
pub enum SendOutcome {
    /// Typically positive experiences and outcomes.
    Positive,
    /// Inconsistent experiences and outcomes.
    Inconsistent,
    /// Widespread or systemic failings.
    SystemicFailings,
}
