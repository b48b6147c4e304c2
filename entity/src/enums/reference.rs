//! Enums of the reference facts: councils, sister councils, delivery bodies, inspection outcomes.

use super::text_enum;

text_enum! {
    /// Type of a council (domain.md: reports by council type).
    CouncilKind {
        /// County council, upper tier.
        County = "COUNTY",
        /// District in a county, lower tier.
        NonMetropolitanDistrict = "NON_METROPOLITAN_DISTRICT",
        /// Single tier outside the metropolitan areas.
        Unitary = "UNITARY",
        /// Metropolitan borough or city.
        MetropolitanDistrict = "METROPOLITAN_DISTRICT",
        /// London borough.
        LondonBorough = "LONDON_BOROUGH",
        /// The City of London Corporation.
        CityOfLondon = "CITY_OF_LONDON",
        /// The Council of the Isles of Scilly.
        IslesOfScilly = "ISLES_OF_SCILLY",
    }
}

text_enum! {
    /// Who runs a council.
    PoliticalControl {
        /// Conservative majority.
        Conservative = "CONSERVATIVE",
        /// Labour (or Labour and Co-operative) majority.
        Labour = "LABOUR",
        /// Liberal Democrat majority.
        LiberalDemocrat = "LIBERAL_DEMOCRAT",
        /// Green majority.
        Green = "GREEN",
        /// Reform UK majority.
        ReformUk = "REFORM_UK",
        /// Majority of independents or residents.
        Independent = "INDEPENDENT",
        /// Majority of another group.
        Other = "OTHER",
        /// No group has a majority.
        NoOverallControl = "NO_OVERALL_CONTROL",
    }
}

text_enum! {
    /// How two councils touch.
    Border {
        /// Over land.
        Land = "LAND",
        /// Across water only.
        Water = "WATER",
        /// They share territory: county and district.
        Territory = "TERRITORY",
    }
}

text_enum! {
    /// Which model of statistical neighbours a list comes from.
    SisterModel {
        /// Children's services neighbours of the Department for Education: 10.
        DfeChildrensServices = "DFE_CHILDRENS_SERVICES",
        /// CIPFA nearest neighbours: 15.
        Cipfa = "CIPFA",
    }
}

text_enum! {
    /// The published word for how alike two councils are.
    Closeness {
        /// Extremely close.
        ExtremelyClose = "EXTREMELY_CLOSE",
        /// Very close.
        VeryClose = "VERY_CLOSE",
        /// Close.
        Close = "CLOSE",
        /// Somewhat close.
        SomewhatClose = "SOMEWHAT_CLOSE",
        /// Not close.
        NotClose = "NOT_CLOSE",
    }
}

text_enum! {
    /// A post in the leadership of a council (domain.md, "Priority").
    LeadershipPost {
        /// Chief executive.
        ChiefExecutive = "CHIEF_EXECUTIVE",
        /// Director of children's services.
        DirectorOfChildrensServices = "DIRECTOR_OF_CHILDRENS_SERVICES",
        /// Cabinet member for children's services.
        LeadMember = "LEAD_MEMBER",
    }
}

text_enum! {
    /// Legal form of a delivery body.
    DeliveryBodyKind {
        /// Children's trust.
        Trust = "TRUST",
        /// Company owned by one or more councils.
        Company = "COMPANY",
        /// Partnership of councils.
        Partnership = "PARTNERSHIP",
    }
}

text_enum! {
    /// Under which of the regulator's frameworks an outcome was published.
    InspectionFramework {
        /// Local authority children's services.
        Ilacs = "ILACS",
        /// Area arrangements for special educational needs and disabilities.
        AreaSend = "AREA_SEND",
    }
}

text_enum! {
    /// The regulator's judgement, in its own words.
    Judgement {
        /// Outstanding.
        Outstanding = "OUTSTANDING",
        /// Good.
        Good = "GOOD",
        /// Requires improvement to be good.
        RequiresImprovement = "REQUIRES_IMPROVEMENT",
        /// Inadequate.
        Inadequate = "INADEQUATE",
    }
}

text_enum! {
    /// Outcome of an area visit on special educational needs and disabilities, in the regulator's words.
    SendOutcome {
        /// Typically positive experiences and outcomes.
        Positive = "POSITIVE",
        /// Inconsistent experiences and outcomes.
        Inconsistent = "INCONSISTENT",
        /// Widespread or systemic failings.
        SystemicFailings = "SYSTEMIC_FAILINGS",
    }
}
