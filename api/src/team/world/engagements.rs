//! Loads who served, or is due to serve, where: past engagements and the live assignments of all challenges. Two
//! statements.
//!
//! For a few people these are their own, those of the host's people (reciprocity), and those in the weeks round the
//! windows (how many of a council are away); for the pool all of them.

use chrono::NaiveDate;
use entity::{assignment, challenge, enums::AssignmentStatus, past_engagement, season};
use matching::{CouncilIx, Engagement, EngagementState, PeerIx, SeasonIx, Span};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};
use uuid::Uuid;

use super::{lists::by_person, map::Ids, people::Whom};
use crate::graphql::errors::Result;

/// Days on either side of the windows within which other people's engagements are loaded: a calendar week is what the
/// rule on people away counts, and its end is looked for until the last of those engagements is over.
const ROUND_DAYS: u64 = 35;

/// What engagements are loaded for.
pub(super) struct Wanted<'a> {
    pub(super) whom: Whom<'a>,
    /// For each challenge the days from its first window to its last.
    pub(super) days: &'a [Span],
    pub(super) host_lineages: &'a [Uuid],
    pub(super) today: NaiveDate,
}

impl Wanted<'_> {
    fn condition(&self, peer: impl ColumnTrait, home: impl ColumnTrait, columns: [impl ColumnTrait; 2]) -> Condition {
        if matches!(self.whom, Whom::Everybody) {
            return Condition::all();
        }
        let [starts_on, ends_on] = columns;
        let mut any = Condition::any()
            .add(self.whom.among(peer))
            .add(home.is_in(self.host_lineages.iter().copied()));
        for days in self.days {
            let round = chrono::Days::new(ROUND_DAYS);
            let from = days.from.checked_sub_days(round).unwrap_or(days.from);
            let until = days.until.checked_add_days(round).unwrap_or(days.until);
            any = any.add(Condition::all().add(starts_on.lte(until)).add(ends_on.gte(from)));
        }
        any
    }
}

/// An engagement before its person has a position.
pub(super) struct Row {
    pub(super) peer: Uuid,
    pub(super) assignment: bool,
    pub(super) engagement: Engagement,
}

/// Id, home, host, season, first and last day.
type PastRow = (Uuid, Uuid, Uuid, Option<Uuid>, NaiveDate, NaiveDate);
/// Id, person, home, challenge, host, season, first and last day.
type LiveRow = (Uuid, Uuid, Uuid, Uuid, Uuid, Uuid, NaiveDate, NaiveDate);

pub(super) async fn load(
    wanted: &Wanted<'_>,
    council_ids: &Ids,
    seasons: &[season::Model],
    season_ids: &Ids,
    connection: &impl ConnectionTrait,
) -> Result<Vec<Row>> {
    use assignment::Column as Live;
    use past_engagement::Column as Past;
    let council = |id| council_ids.known(id, "council").map(CouncilIx);
    let season = |id: Option<Uuid>, day: NaiveDate| {
        // A record without a season counts towards the one in which it started.
        let during = || {
            seasons
                .iter()
                .find(|row| row.starts_on <= day && day <= row.ends_on)
                .map(|row| row.id)
        };
        id.or_else(during).and_then(|id| season_ids.position(id)).map(SeasonIx)
    };
    let past = past_engagement::Entity::find().filter(wanted.condition(
        Past::PeerId,
        Past::HomeCouncilId,
        [Past::StartsOn, Past::EndsOn],
    ));
    let columns = [
        Past::Id,
        Past::HomeCouncilId,
        Past::HostCouncilId,
        Past::SeasonId,
        Past::StartsOn,
        Past::EndsOn,
    ];
    let past = by_person::<_, PastRow>(past, Past::PeerId, &columns, connection).await?;
    let past = past
        .into_iter()
        .flat_map(|(peer, rows)| rows.into_iter().map(move |row| (peer, row)));
    let mut past: Vec<(Uuid, PastRow)> = past.collect();
    past.sort_unstable_by_key(|(_, row)| row.0);
    let live: Vec<LiveRow> = assignment::Entity::find()
        .select_only()
        .columns([Live::Id, Live::PeerId, Live::HomeCouncilId, Live::ChallengeId])
        .column(challenge::Column::HostId)
        .column(challenge::Column::SeasonId)
        .columns([Live::StartsOn, Live::EndsOn])
        .join(JoinType::InnerJoin, assignment::Relation::Challenge.def())
        .filter(Live::Status.is_in(AssignmentStatus::LIVE))
        .filter(wanted.condition(Live::PeerId, Live::HomeCouncilId, [Live::StartsOn, Live::EndsOn]))
        .order_by_asc(Live::Id)
        .into_tuple()
        .all(connection)
        .await?;
    let mut rows = Vec::with_capacity(past.len() + live.len());
    for (peer, (id, home, host, in_season, from, until)) in past {
        let engagement = Engagement {
            id,
            peer: PeerIx(0),
            challenge: None,
            home: council(home)?,
            host: council(host)?,
            season: season(in_season, from),
            span: Span { from, until },
            state: EngagementState::Done,
        };
        rows.push(Row {
            peer,
            assignment: false,
            engagement,
        });
    }
    for (id, peer, home, challenge, host, in_season, from, until) in live {
        let state = if until < wanted.today {
            EngagementState::Done
        } else {
            EngagementState::Planned
        };
        let engagement = Engagement {
            id,
            peer: PeerIx(0),
            challenge: Some(challenge),
            home: council(home)?,
            host: council(host)?,
            season: season(Some(in_season), from),
            span: Span { from, until },
            state,
        };
        rows.push(Row {
            peer,
            assignment: true,
            engagement,
        });
    }
    Ok(rows)
}
