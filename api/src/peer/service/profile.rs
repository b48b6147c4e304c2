//! Registering people and keeping their profile: names, posts, roles, themes, training, standing, contact, capacity.

use chrono::NaiveDate;
use entity::{
    enums::{DecisionCause, Party, PeerRole, PeerStatus},
    peer, peer_role, peer_theme, theme,
};
use matching::identity;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use uuid::Uuid;

use super::{
    Hand, permit, reach, recheck, text,
    ties::{NewTie, insert_affiliation, is_at_home_in, judge_tie},
};
use crate::{
    audit::{self, Event},
    auth::ViewerRole,
    db::{Tx, violated},
    graphql::{
        context::Act,
        errors::{ApiError, Outcome, Result, ServiceError, UserError, UserErrorCode, refuse_if_any},
        ids::Kind,
    },
    peer::rules::{MAX_ROLES, MAX_THEMES, is_email, tie_days},
};

/// Most engagements in a season that can be named as somebody's own limit; more is a typing error.
const MOST_CAPACITY: i32 = 50;
/// Longest name, post or reference in characters.
const LONGEST_NAME: usize = 200;

/// Somebody to be registered.
pub struct NewPeer {
    /// The pool's reference; made when absent.
    pub reference: Option<String>,
    /// Name.
    pub name: String,
    /// Title of the current post.
    pub post: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// Political group.
    pub party: Option<Party>,
    /// Standing.
    pub status: PeerStatus,
    /// What they can serve as.
    pub roles: Vec<PeerRole>,
    /// Themes that they know.
    pub themes: Vec<Uuid>,
    /// Day of the last training.
    pub trained_on: Option<NaiveDate>,
    /// Day of retirement.
    pub retired_on: Option<NaiveDate>,
    /// Most engagements in a season.
    pub capacity: Option<i32>,
    /// Where they are from.
    pub affiliation: NewTie,
}

/// What happens to a value that may be empty.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Change<T> {
    /// It stays.
    #[default]
    Keep,
    /// It is emptied.
    Clear,
    /// It becomes this.
    To(T),
}

impl<T> Change<T> {
    fn is_made(&self) -> bool {
        !matches!(self, Self::Keep)
    }

    pub(super) fn applied(self, old: Option<T>) -> Option<T> {
        match self {
            Self::Keep => old,
            Self::Clear => None,
            Self::To(new) => Some(new),
        }
    }
}

/// What changes of a profile.
#[derive(Default)]
pub struct ProfileChange {
    /// Whose.
    pub peer: Uuid,
    /// The version that was read.
    pub version: i32,
    /// Name.
    pub name: Option<String>,
    /// Title of the current post.
    pub post: Change<String>,
    /// Address.
    pub email: Change<String>,
    /// Political group.
    pub party: Change<Party>,
    /// Standing.
    pub status: Option<PeerStatus>,
    /// All roles.
    pub roles: Option<Vec<PeerRole>>,
    /// All themes.
    pub themes: Option<Vec<Uuid>>,
    /// Day of the last training.
    pub trained_on: Change<NaiveDate>,
    /// Day of retirement.
    pub retired_on: Change<NaiveDate>,
    /// Most engagements in a season.
    pub capacity: Change<i32>,
}

impl ProfileChange {
    /// The fields that change, as the API names them.
    fn fields(&self) -> Vec<&'static str> {
        let made = [
            ("name", self.name.is_some()),
            ("post", self.post.is_made()),
            ("email", self.email.is_made()),
            ("party", self.party.is_made()),
            ("status", self.status.is_some()),
            ("roles", self.roles.is_some()),
            ("themeIds", self.themes.is_some()),
            ("trainedOn", self.trained_on.is_made()),
            ("retiredOn", self.retired_on.is_made()),
            ("capacity", self.capacity.is_made()),
        ];
        made.into_iter()
            .filter(|(_, made)| *made)
            .map(|(name, _)| name)
            .collect()
    }
}

/// Registers somebody with their first affiliation.
///
/// # Errors
/// Refused for anybody but the programme and, for people at home in its regions, a hub; for texts, dates and ids that are
/// not acceptable; for a reference that is taken.
pub async fn register(tx: &Tx, act: &Act, new: NewPeer) -> Outcome<peer::Model> {
    match &act.viewer.role {
        ViewerRole::Programme => {}
        ViewerRole::Hub { regions } => {
            if !is_at_home_in(tx, act, &new.affiliation, regions).await? {
                let message = "A hub registers people whose current post, office or consultancy is in its regions.";
                return Err(UserError::at(UserErrorCode::Forbidden, "affiliation", message).into());
            }
        }
        ViewerRole::Council { .. } | ViewerRole::Peer { .. } | ViewerRole::Analyst => {
            let message = "Only the national programme and the hub of their region register people.";
            return Err(UserError::new(UserErrorCode::Forbidden, message).into());
        }
    }
    let mut errors = Vec::new();
    if let Some(reference) = &new.reference {
        text(&mut errors, "reference", reference, LONGEST_NAME);
    }
    let id = act.id();
    let row = peer::Model {
        id,
        reference: new
            .reference
            .map_or_else(|| made_reference(id), |text| text.trim().to_owned()),
        search_name: String::new(),
        name: new.name,
        post: new.post,
        email: new.email,
        email_key: None,
        name_key: String::new(),
        party: new.party,
        status: new.status,
        trained_on: new.trained_on,
        declared_on: None,
        retired_on: new.retired_on,
        capacity: new.capacity,
        version: 1,
        created_at: act.at,
        updated_at: act.at,
        erased_at: None,
    };
    errors.extend(judge(act, &row));
    errors.extend(judge_lists(tx, Some(&new.roles), Some(&new.themes)).await?);
    errors.extend(judge_tie(tx, act, &new.affiliation, "affiliation.", &[]).await?);
    refuse_if_any(errors)?;
    let row = peer::ActiveModel::from(tidied(row))
        .reset_all()
        .insert(tx)
        .await
        .map_err(taken)?;
    write_roles(tx, id, new.roles).await?;
    write_themes(tx, id, new.themes).await?;
    audit::record(
        tx,
        act,
        Event::new("PEER_REGISTERED", Kind::Peer, id)
            .of_peer(id)
            .with(serde_json::json!({ "reference": row.reference, "status": row.status })),
    )
    .await?;
    insert_affiliation(tx, act, id, new.affiliation).await?;
    Ok(row)
}

/// Changes a profile.
///
/// # Errors
/// Refused for a version that is not the current one, for fields that the actor may not change (the person themselves:
/// only `email` and `capacity`), for values that are not acceptable, and when nothing would change.
pub async fn update(tx: &Tx, act: &Act, change: ProfileChange) -> Outcome<peer::Model> {
    let (row, hand) = reach(tx, act, change.peer, "peerId").await?;
    permit(hand, &[Hand::Programme, Hand::Keeper, Hand::Own])?;
    let fields = change.fields();
    if fields.is_empty() {
        return Err(UserError::new(
            UserErrorCode::Required,
            "Nothing is to be changed: name at least one field.",
        )
        .into());
    }
    let mut errors = Vec::new();
    if hand == Hand::Own {
        let foreign = fields.iter().filter(|field| !matches!(**field, "email" | "capacity"));
        errors.extend(foreign.map(|field| {
            let message = "The national programme or the hub of your region changes this.";
            UserError::at(UserErrorCode::Forbidden, field, message)
        }));
    }
    if row.version != change.version {
        errors.push(UserError::stale("This", change.version, row.version));
    }
    let before = (row.status, row.version);
    let after = peer::Model {
        name: change.name.unwrap_or(row.name),
        post: change.post.applied(row.post),
        email: change.email.applied(row.email),
        party: change.party.applied(row.party),
        status: change.status.unwrap_or(row.status),
        trained_on: change.trained_on.applied(row.trained_on),
        retired_on: change.retired_on.applied(row.retired_on),
        capacity: change.capacity.applied(row.capacity),
        version: row.version + 1,
        updated_at: act.at,
        ..row
    };
    errors.extend(judge(act, &after));
    errors.extend(judge_lists(tx, change.roles.as_deref(), change.themes.as_deref()).await?);
    refuse_if_any(errors)?;
    let after = tidied(after);
    write(tx, after.clone(), before.1).await?;
    if let Some(roles) = change.roles {
        peer_role::Entity::delete_many()
            .filter(peer_role::Column::PeerId.eq(after.id))
            .exec(tx)
            .await?;
        write_roles(tx, after.id, roles).await?;
    }
    if let Some(themes) = change.themes {
        peer_theme::Entity::delete_many()
            .filter(peer_theme::Column::PeerId.eq(after.id))
            .exec(tx)
            .await?;
        write_themes(tx, after.id, themes).await?;
    }
    let mut details = serde_json::json!({ "changed": fields });
    if before.0 != after.status {
        details = serde_json::json!({ "changed": fields, "from": before.0, "to": after.status });
    }
    audit::record(
        tx,
        act,
        Event::new("PEER_UPDATED", Kind::Peer, after.id)
            .of_peer(after.id)
            .with(details),
    )
    .await?;
    recheck(tx, act, after.id, DecisionCause::Profile, Some(after.id)).await?;
    Ok(after)
}

/// Records that the person's declaration of interests is complete and current today. Declaring a single interest does not:
/// only this says that nothing is missing.
///
/// # Errors
/// Refused for anybody but the person and the programme, and for a version that is not the current one.
pub async fn confirm_declaration(tx: &Tx, act: &Act, key: Uuid, version: i32) -> Outcome<peer::Model> {
    let (row, hand) = reach(tx, act, key, "peerId").await?;
    permit(hand, &[Hand::Programme, Hand::Own])?;
    UserError::unless_fresh("This", version, row.version)?;
    let after = peer::Model {
        declared_on: Some(act.today),
        version: version + 1,
        updated_at: act.at,
        ..row
    };
    write(tx, after.clone(), version).await?;
    let event = Event::new("DECLARATION_CONFIRMED", Kind::Peer, key).of_peer(key);
    audit::record(tx, act, event.with(serde_json::json!({ "declaredOn": act.today }))).await?;
    recheck(tx, act, key, DecisionCause::Profile, Some(key)).await?;
    Ok(after)
}

/// Writes a row over the version that was read.
pub(super) async fn write(tx: &Tx, row: peer::Model, read: i32) -> Outcome<()> {
    let id = row.id;
    let done = peer::Entity::update_many()
        .set(peer::ActiveModel::from(row).reset_all())
        .filter(peer::Column::Id.eq(id))
        .filter(peer::Column::Version.eq(read))
        .exec(tx)
        .await?;
    if done.rows_affected == 1 {
        Ok(())
    } else {
        Err(UserError::stale("This", read, read + 1).into())
    }
}

/// Everything of a row that can be judged without the database.
fn judge(act: &Act, row: &peer::Model) -> Vec<UserError> {
    let mut errors = Vec::new();
    text(&mut errors, "name", &row.name, LONGEST_NAME);
    if let Some(post) = &row.post {
        text(&mut errors, "post", post, LONGEST_NAME);
    }
    if row.email.as_deref().is_some_and(|email| !is_email(email)) {
        errors.push(UserError::at(
            UserErrorCode::Invalid,
            "email",
            "This is not an e-mail address.",
        ));
    }
    if row.trained_on.is_some_and(|day| day > act.today) {
        let message = format!("Training cannot lie ahead; today is {}.", act.today);
        errors.push(UserError::at(UserErrorCode::Invalid, "trainedOn", message));
    }
    if let Err(fault) = tie_days(row.retired_on, None, act.today) {
        errors.push(fault.at("retiredOn"));
    }
    if row.status == PeerStatus::Retired && row.retired_on.is_none() {
        let message = "Somebody who is retired needs the day of retirement.";
        errors.push(UserError::at(UserErrorCode::Required, "retiredOn", message));
    }
    if row
        .capacity
        .is_some_and(|capacity| !(1..=MOST_CAPACITY).contains(&capacity))
    {
        let message = format!("A whole number between 1 and {MOST_CAPACITY} is needed.");
        errors.push(UserError::at(UserErrorCode::Invalid, "capacity", message));
    }
    errors
}

async fn judge_lists(tx: &Tx, roles: Option<&[PeerRole]>, themes: Option<&[Uuid]>) -> Result<Vec<UserError>> {
    let mut errors = Vec::new();
    if roles.is_some_and(|roles| roles.len() > MAX_ROLES) {
        errors.push(UserError::at(
            UserErrorCode::TooMany,
            "roles",
            format!("At most {MAX_ROLES} roles."),
        ));
    }
    let Some(themes) = themes else { return Ok(errors) };
    if themes.len() > MAX_THEMES {
        errors.push(UserError::at(
            UserErrorCode::TooMany,
            "themeIds",
            format!("At most {MAX_THEMES} themes."),
        ));
        return Ok(errors);
    }
    let wanted: std::collections::BTreeSet<Uuid> = themes.iter().copied().collect();
    let known = theme::Entity::find()
        .filter(theme::Column::Id.is_in(wanted.iter().copied()))
        .count(tx)
        .await?;
    if usize::try_from(known).map_err(ApiError::internal)? < wanted.len() {
        errors.push(UserError::at(
            UserErrorCode::NotFound,
            "themeIds",
            "One of these themes does not exist.",
        ));
    }
    Ok(errors)
}

/// The row with its texts trimmed and the derived columns filled.
fn tidied(row: peer::Model) -> peer::Model {
    let name = row.name.trim().to_owned();
    let email = row.email.map(|email| email.trim().to_owned());
    peer::Model {
        search_name: name.to_lowercase(),
        name_key: identity::name_key(&name),
        email_key: email.as_deref().and_then(identity::email_key),
        post: row.post.map(|post| post.trim().to_owned()),
        name,
        email,
        ..row
    }
}

async fn write_roles(tx: &Tx, peer: Uuid, mut roles: Vec<PeerRole>) -> Outcome<()> {
    roles.sort_unstable();
    roles.dedup();
    for role in roles {
        peer_role::ActiveModel {
            peer_id: Set(peer),
            role: Set(role),
        }
        .insert(tx)
        .await?;
    }
    Ok(())
}

async fn write_themes(tx: &Tx, peer: Uuid, mut themes: Vec<Uuid>) -> Outcome<()> {
    themes.sort_unstable();
    themes.dedup();
    for theme in themes {
        peer_theme::ActiveModel {
            peer_id: Set(peer),
            theme_id: Set(theme),
        }
        .insert(tx)
        .await?;
    }
    Ok(())
}

/// A reference for somebody who came without one: ten letters and digits (Crockford's base 32) of the random end of the id.
fn made_reference(id: Uuid) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut rest = id.as_u128();
    let mut text = String::from("P-");
    for _ in 0..10 {
        text.push(DIGITS.get((rest & 31) as usize).copied().map_or('0', char::from));
        rest >>= 5;
    }
    text
}

fn taken(error: sea_orm::DbErr) -> ServiceError {
    match violated(&error).as_deref() {
        Some("uq_peer_reference") => {
            UserError::at(UserErrorCode::Taken, "reference", "Somebody else has this reference.").into()
        }
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_references_differ_and_keep_their_shape() {
        let one = made_reference(Uuid::from_u128(0x0191_0000_0000_7000_8000_1234_5678_9abc));
        let other = made_reference(Uuid::from_u128(0x0191_0000_0000_7000_8000_1234_5678_9abd));
        assert_ne!(one, other);
        assert_eq!(one.len(), 12);
        assert!(
            one.starts_with("P-") && one[2..].chars().all(|letter| letter.is_ascii_alphanumeric()),
            "{one}"
        );
    }

    #[test]
    fn an_absent_change_keeps_and_only_clear_empties() {
        assert_eq!(Change::Keep.applied(Some(3)), Some(3));
        assert_eq!(Change::Clear.applied(Some(3)), None);
        assert_eq!(Change::To(4).applied(Some(3)), Some(4));
    }
}
