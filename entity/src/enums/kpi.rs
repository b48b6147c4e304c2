//! Enums of key figures.

use super::text_enum;

text_enum! {
    /// What a key figure measures.
    KpiMeasure {
        /// Share of councils challenged within the interval, in percent.
        CoverageShare = "COVERAGE_SHARE",
        /// Councils challenged for the first time.
        FirstTimers = "FIRST_TIMERS",
        /// Median days from request to a confirmed team.
        MedianDaysToTeam = "MEDIAN_DAYS_TO_TEAM",
        /// Median days from request to fieldwork.
        MedianDaysToSite = "MEDIAN_DAYS_TO_SITE",
        /// Share of reports, action plans and reviews on time, in percent.
        DeadlinesMetShare = "DEADLINES_MET_SHARE",
        /// Mean score that hosts give, 1 to 5.
        Satisfaction = "SATISFACTION",
        /// Share of recommendations whose actions are all done, in percent.
        RecommendationsDoneShare = "RECOMMENDATIONS_DONE_SHARE",
        /// Share of active peers who served in the period, in percent.
        PeersDeployedShare = "PEERS_DEPLOYED_SHARE",
    }
}

text_enum! {
    /// Which values are good.
    KpiDirection {
        /// Large ones.
        HigherIsBetter = "HIGHER_IS_BETTER",
        /// Small ones.
        LowerIsBetter = "LOWER_IS_BETTER",
    }
}
