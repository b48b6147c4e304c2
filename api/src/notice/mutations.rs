//! Mutations on notifications: marking them as read, saying where they go by e-mail, and doing without reminders by e-mail.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{contact, council, notification, region};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set,
    sea_query::{Expr, LockType},
};

use super::{objects::ContactDuty, opt_out, repo};
use crate::{
    audit::{self, Event},
    db::{Tx, violated},
    graphql::{
        change::change,
        context::Act,
        errors::{Outcome, ServiceError, UserError, UserErrorCode, refuse_if_any, settle},
        ids::{self, Keys, Kind},
    },
    peer::rules::is_email,
};

/// Notifications to mark as read.
#[derive(InputObject)]
pub struct MarkNotificationsReadInput {
    /// The viewer's own notifications (1–100).
    #[graphql(validator(max_items = 100))]
    pub notification_ids: Vec<ID>,
}

/// Outcome of `markNotificationsRead`.
#[derive(SimpleObject)]
pub struct MarkNotificationsReadPayload {
    /// How many were marked; those that were read before and those of others are not counted. Null when refused.
    marked: Option<i32>,
    /// Why it was refused, all reasons at once; empty on success.
    user_errors: Vec<UserError>,
}

/// Where notifications go by e-mail.
#[derive(InputObject)]
pub struct SetNotificationContactInput {
    /// For this council.
    pub council_id: Option<ID>,
    /// For the hub of this region. With neither, for the national programme.
    pub region_id: Option<ID>,
    /// What the address is for. The director of children's services is a council's only.
    #[graphql(default_with = "ContactDuty::General")]
    pub duty: ContactDuty,
    /// The address; null for none.
    pub email: Option<String>,
    /// The version of `notificationContact` as read; left out where there was none.
    pub expected_version: Option<i32>,
}

/// Outcome of `setNotificationContact`.
#[derive(SimpleObject)]
pub struct SetNotificationContactPayload {
    /// The address now.
    email: Option<String>,
    /// Why it was refused, all reasons at once; empty on success.
    user_errors: Vec<UserError>,
}

/// Whether reminders come by e-mail.
#[derive(InputObject)]
pub struct SetReminderMailInput {
    /// Whether they do. Notifications stay in the API either way, and what cannot be done without is sent.
    pub wanted: bool,
}

/// Outcome of `setReminderMail`.
#[derive(SimpleObject)]
pub struct SetReminderMailPayload {
    /// Whether reminders come by e-mail now; null when refused.
    wanted: Option<bool>,
    /// Why it was refused, all reasons at once; empty on success.
    user_errors: Vec<UserError>,
}

async fn mark(tx: &Tx, act: &Act, all: &[ID]) -> Outcome<i32> {
    let mut ids = Keys::default();
    let keys = ids.all(Kind::Notification, all, "notificationIds");
    let keys = ids.done(keys)?;
    let marked = notification::Entity::update_many()
        .col_expr(notification::Column::ReadAt, Expr::value(act.at))
        .filter(notification::Column::Id.is_in(keys))
        .filter(notification::Column::ReadAt.is_null())
        .filter(repo::visible_notifications(&act.viewer))
        .exec(tx)
        .await?;
    Ok(i32::try_from(marked.rows_affected).unwrap_or(i32::MAX))
}

async fn set_contact(tx: &Tx, act: &Act, input: SetNotificationContactInput) -> Outcome<Option<String>> {
    let council = input
        .council_id
        .as_ref()
        .map(|id| ids::expect(Kind::Council, id, "councilId"))
        .transpose()?;
    let region = input
        .region_id
        .as_ref()
        .map(|id| ids::expect(Kind::Region, id, "regionId"))
        .transpose()?;
    if !act.viewer.is_programme() {
        let message = "Only the national programme says where notifications go.";
        return Err(UserError::new(UserErrorCode::Forbidden, message).into());
    }
    let mut errors = Vec::new();
    let duty: entity::enums::ContactDuty = input.duty.into();
    if duty == entity::enums::ContactDuty::ChildrensServices && council.is_none() {
        let message = "Only a council has a director of children's services.";
        errors.push(UserError::at(UserErrorCode::Invalid, "duty", message));
    }
    let email = input
        .email
        .map(|email| email.trim().to_owned())
        .filter(|email| !email.is_empty());
    if email.as_deref().is_some_and(|email| !is_email(email)) {
        errors.push(UserError::at(
            UserErrorCode::Invalid,
            "email",
            "This is no e-mail address.",
        ));
    }
    let owner = match (council, region) {
        (Some(_), Some(_)) => {
            let message = "Give a council or a region, not both.";
            errors.push(UserError::at(UserErrorCode::Invalid, "regionId", message));
            Condition::all()
        }
        (Some(id), None) => {
            if council::Entity::find_by_id(id).one(tx).await?.is_none() {
                errors.push(UserError::not_found("councilId", "council"));
            }
            Condition::all().add(contact::Column::CouncilId.eq(id))
        }
        (None, Some(id)) => {
            if region::Entity::find_by_id(id).one(tx).await?.is_none() {
                errors.push(UserError::not_found("regionId", "region"));
            }
            Condition::all().add(contact::Column::RegionId.eq(id))
        }
        (None, None) => repo::of_programme(),
    };
    refuse_if_any(errors)?;
    let found = contact::Entity::find()
        .filter(owner)
        .filter(contact::Column::Duty.eq(duty))
        .lock(LockType::NoKeyUpdate)
        .one(tx)
        .await?;
    let version = found.as_ref().map(|row| row.version);
    if version != input.expected_version {
        let (expected, current) = (input.expected_version.unwrap_or_default(), version.unwrap_or_default());
        return Err(UserError::stale("The address", expected, current).into());
    }
    let id = match (found, &email) {
        (None, None) => return Ok(None),
        (Some(row), None) => {
            let id = row.id;
            contact::Entity::delete_by_id(id).exec(tx).await?;
            id
        }
        (Some(row), Some(email)) => {
            let (id, version) = (row.id, row.version);
            let mut changed = row.into_active_model();
            changed.email = Set(email.clone());
            changed.version = Set(version + 1);
            changed.updated_at = Set(act.at);
            changed.update(tx).await?;
            id
        }
        (None, Some(email)) => {
            let new = contact::ActiveModel {
                id: Set(act.id()),
                council_id: Set(council),
                region_id: Set(region),
                duty: Set(duty),
                email: Set(email.clone()),
                version: Set(1),
                created_at: Set(act.at),
                updated_at: Set(act.at),
            };
            // Somebody may have set the first address at the same moment.
            let new = new.insert(tx).await.map_err(|error| match violated(&error) {
                Some(_) => ServiceError::from(UserError::stale("The address", 0, 1)),
                None => error.into(),
            })?;
            new.id
        }
    };
    // The address itself is personal and stays out of the record.
    let mut event = Event::new("NOTIFICATION_CONTACT_SET", Kind::NotificationContact, id)
        .with(serde_json::json!({ "set": email.is_some(), "region": region, "duty": duty }));
    if let Some(council) = council {
        event = event.of_council(council);
    }
    audit::record(tx, act, event).await?;
    Ok(email)
}

async fn set_reminders(tx: &Tx, act: &Act, wanted: bool) -> Outcome<bool> {
    let Some(mailbox) = opt_out::of_viewer(tx, &act.viewer).await? else {
        let message = "There is no address at which you are told of things.";
        return Err(UserError::new(UserErrorCode::NotFound, message).into());
    };
    mailbox.want_reminders(tx, act, wanted).await
}

crate::graphql::change::replay_values!(bool, Option<String>);

/// Mutations on notifications.
#[derive(Default)]
pub struct NoticeMutation;

#[Object]
impl NoticeMutation {
    /// Marks the viewer's own notifications as read.
    async fn mark_notifications_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: MarkNotificationsReadInput,
    ) -> async_graphql::Result<MarkNotificationsReadPayload> {
        let outcome = change!(ctx, |tx, act| mark(tx, act, &input.notification_ids).await);
        let (marked, user_errors) = settle(outcome)?;
        Ok(MarkNotificationsReadPayload { marked, user_errors })
    }

    /// Says where notifications for a council, a region or the national programme go by e-mail. National programme only.
    async fn set_notification_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and where.")] input: SetNotificationContactInput,
    ) -> async_graphql::Result<SetNotificationContactPayload> {
        let outcome = change!(ctx, |tx, act| set_contact(tx, act, input).await);
        let (email, user_errors) = settle(outcome)?;
        Ok(SetNotificationContactPayload {
            email: email.flatten(),
            user_errors,
        })
    }

    /// Says whether reminders come to the viewer's address by e-mail. By peers, councils and the national programme.
    async fn set_reminder_mail(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether they do.")] input: SetReminderMailInput,
    ) -> async_graphql::Result<SetReminderMailPayload> {
        let outcome = change!(ctx, |tx, act| set_reminders(tx, act, input.wanted).await);
        let (wanted, user_errors) = settle(outcome)?;
        Ok(SetReminderMailPayload { wanted, user_errors })
    }
}
