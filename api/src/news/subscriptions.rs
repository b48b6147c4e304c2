//! The roots of subscriptions.

use std::sync::Arc;

use async_graphql::{Context, ID, Subscription};
use futures::{StreamExt, stream::BoxStream};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{
    Bulletin, News, Notice,
    objects::{ChallengeChange, ChangeFilter, ScheduleChange, Wanted},
    sight,
};
use crate::{
    auth::Viewer,
    challenge::repo::find_visible,
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result},
        ids::Kind,
        loader::{BatchLoader, Loaders},
        page::argument_id,
    },
    http::Pulse,
    notice::objects::Notification,
};

type Events<T> = BoxStream<'static, async_graphql::Result<T>>;

/// Following what happens, over WebSocket or server-sent events. Each event is told only to those who may see it; a challenge
/// that leaves the viewer's sight falls silent. A subscription that missed events ends with `EVENTS_LOST`: read again, then
/// subscribe again.
#[derive(Default)]
pub struct LiveSubscription;

/// Following what happens, over WebSocket or server-sent events. Each event is told only to those who may see it; a challenge
/// that leaves the viewer's sight falls silent. A subscription that missed events ends with `EVENTS_LOST`: read again, then
/// subscribe again.
#[Subscription]
impl LiveSubscription {
    /// Whatever happens to challenges: requests, stages, teams. Peers hear of their challenges and of what is about themselves,
    /// analysts of challenges without their teams; nobody hears of what the audit record hides from them.
    async fn challenge_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this challenge, which the viewer must see; all of those that they see unless given.")]
        id: Option<ID>,
        #[graphql(desc = "Narrows the challenges.")] filter: Option<ChangeFilter>,
    ) -> async_graphql::Result<Events<ChallengeChange>> {
        // Listening first: nothing that happens while the challenge is looked up is missed.
        let source = Source::new(ctx)?;
        let mut wanted = filter.unwrap_or_default().understood()?;
        if let Some(id) = id {
            let key = argument_id(Kind::PeerChallenge, &id, "id")?;
            let found = find_visible(ctx.database().reader(), &source.viewer, key).await;
            if found.map_err(ApiError::from)?.is_none() {
                return Err(ApiError::NotFound("There is no such challenge.".to_owned()).into());
            }
            wanted.challenge = Some(key);
        }
        Ok(source.changes(wanted, |_| true, ChallengeChange))
    }

    /// Whatever may move the schedule: windows proposed and chosen, stages, postponements and ends. An event may change nothing
    /// for a reader who looks at a part of it.
    async fn schedule_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Narrows the challenges.")] filter: Option<ChangeFilter>,
    ) -> async_graphql::Result<Events<ScheduleChange>> {
        let wanted = filter.unwrap_or_default().understood()?;
        Ok(Source::new(ctx)?.changes(wanted, moves_the_schedule, ScheduleChange))
    }

    /// The viewer's own notifications as they are written: reminders, invitations, risks. The same as in `notifications`.
    async fn notification_added(&self, ctx: &Context<'_>) -> async_graphql::Result<Events<Notification>> {
        Ok(Source::new(ctx)?.follow(|viewer, notice| match notice {
            Notice::Letter(letter) if letter.is_for(&viewer.role) => {
                Some((Notification(letter.row.clone()), letter.loaders(viewer)))
            }
            _ => None,
        }))
    }
}

/// Actions on a challenge that leave its place in the schedule as it is.
const ASIDE: [&str; 4] = [
    "CHALLENGE_DRAFTED",
    "POLICY_APPLIED",
    "SCOPE_SIGNED_OFF",
    "DEMONSTRATION_FILLED",
];

fn moves_the_schedule(bulletin: &Bulletin) -> bool {
    // A draft has never stood there; everything else about windows and stages is an event of the challenge itself.
    bulletin.kind() == Some(Kind::PeerChallenge)
        && bulletin.challenge.stage != entity::enums::Stage::Draft
        && !ASIDE.contains(&bulletin.change.action.as_str())
}

/// Where the events of one subscription come from.
struct Source {
    viewer: Viewer,
    notices: Receiver<Notice>,
    loaders: Loaders,
    pulse: Pulse,
}

impl Source {
    fn new(ctx: &Context<'_>) -> Result<Self> {
        Ok(Self {
            viewer: ctx.viewer()?.clone(),
            notices: ctx.data_unchecked::<News>().subscribe(),
            loaders: ctx.loader().clone(),
            pulse: ctx.data_unchecked::<Pulse>().clone(),
        })
    }

    /// Changes that belong here, are wanted, and may be told to the viewer.
    fn changes<T: Send + 'static>(
        self,
        wanted: Wanted,
        belongs: fn(&Bulletin) -> bool,
        show: fn(Arc<Bulletin>) -> T,
    ) -> Events<T> {
        self.follow(move |viewer, notice| match notice {
            Notice::Change(bulletin)
                if belongs(bulletin) && wanted.takes(bulletin) && sight::is_told(viewer, bulletin) =>
            {
                Some((show(Arc::clone(bulletin)), bulletin.loaders(viewer)))
            }
            _ => None,
        })
    }

    /// What `pick` makes of the notices that it takes, with the loaders for it.
    fn follow<T, P>(self, pick: P) -> Events<T>
    where
        T: Send + 'static,
        P: Fn(&Viewer, &Notice) -> Option<(T, Arc<BatchLoader>)> + Send + 'static,
    {
        let state = Some((self, pick));
        futures::stream::unfold(state, move |state| async move {
            let (mut source, pick) = state?;
            let (event, loaders) = loop {
                match source.notices.recv().await {
                    Ok(Notice::Lost) | Err(RecvError::Lagged(_)) => {
                        return Some((Err(ApiError::EventsLost.into()), None));
                    }
                    Ok(notice) => {
                        if let Some(picked) = pick(&source.viewer, &notice) {
                            break picked;
                        }
                    }
                    Err(RecvError::Closed) => return None,
                }
            };
            // What this event shows is loaded now and shared with all who may see the same.
            source.pulse.beat();
            source.loaders.renew(loaders);
            Some((Ok(event), Some((source, pick))))
        })
        .boxed()
    }
}
