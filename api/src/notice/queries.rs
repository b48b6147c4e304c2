//! Queries on what the viewer should know and do.

use async_graphql::{Context, ID, Object};
use entity::{contact, notification};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use super::{
    objects::{ContactDuty, Notification, NotificationContact, Task, Tasks},
    repo, tasks,
};
use crate::{
    graphql::{
        context::ContextExt,
        errors::{ApiError, Result},
        ids::Kind,
        page::{List, PageArgs, argument_id},
    },
    team::queries::size,
};

/// Queries on what the viewer should know and do.
#[derive(Default)]
pub struct NoticeQuery;

#[Object]
impl NoticeQuery {
    /// The viewer's notifications, newest first: the national programme's, a hub's for its regions, a council's, a peer's own.
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that are not marked as read.", default = false)] unread: bool,
        #[graphql(desc = "Rows from the start, 1–100 (20 unless given).")] first: Option<i32>,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1–100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<List<Notification>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let mut select = notification::Entity::find().filter(repo::visible_notifications(ctx.viewer()?));
        if unread {
            select = select.filter(notification::Column::ReadAt.is_null());
        }
        let page = repo::newest_first(unread)
            .load(select, &args, ctx.database().reader())
            .await?;
        Ok(page.into_list(Notification))
    }

    /// What waits for the viewer: deadlines that are theirs and are overdue, due soon or next on a challenge, and what only they
    /// can answer or decide. A hub sees what is overdue in its regions; an analyst nothing.
    async fn my_tasks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1–100 (20 unless given).")] first: Option<i32>,
    ) -> async_graphql::Result<Tasks> {
        let first = size(first)?;
        let all = tasks::of(ctx.viewer()?, ctx.today(), ctx.database().reader()).await?;
        let (total_count, overdue_count) = (all.len(), all.iter().filter(|job| job.overdue).count());
        Ok(Tasks {
            tasks: all.into_iter().take(first).map(Task).collect(),
            total_count,
            overdue_count,
        })
    }

    /// Where notifications go by e-mail: for a council, a region, or the national programme when neither is given; null when nowhere.
    /// For the national programme only.
    async fn notification_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The council.")] council_id: Option<ID>,
        #[graphql(desc = "The region.")] region_id: Option<ID>,
        #[graphql(desc = "What the address is for.", default_with = "ContactDuty::General")] duty: ContactDuty,
    ) -> async_graphql::Result<Option<NotificationContact>> {
        if !ctx.viewer()?.is_programme() {
            return Ok(None);
        }
        let council = council_id
            .map(|id| argument_id(Kind::Council, &id, "councilId"))
            .transpose()?;
        let region = region_id
            .map(|id| argument_id(Kind::Region, &id, "regionId"))
            .transpose()?;
        let owner = match (council, region) {
            (Some(id), None) => Condition::all().add(contact::Column::CouncilId.eq(id)),
            (None, Some(id)) => Condition::all().add(contact::Column::RegionId.eq(id)),
            (None, None) => repo::of_programme(),
            (Some(_), Some(_)) => {
                return Err(ApiError::BadInput("Give a council or a region, not both.".to_owned()).into());
            }
        };
        let found: Result<Option<contact::Model>> = contact::Entity::find()
            .filter(owner)
            .filter(contact::Column::Duty.eq(entity::enums::ContactDuty::from(duty)))
            .one(ctx.database().reader())
            .await
            .map_err(Into::into);
        Ok(found?.map(NotificationContact))
    }
}
