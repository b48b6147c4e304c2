//! What the mutations on councils are given.

use async_graphql::{ID, InputObject};
use chrono::NaiveDate;
use uuid::Uuid;

use super::{
    enums::{DeliveryBodyKind, LeadershipPost, PoliticalControl},
    rules::{NewBody, NewService},
};
use crate::graphql::{
    errors::{Outcome, ServiceError, UserError},
    ids::{self, Kind},
    scalars::Date,
};

/// Who runs a council since when.
#[derive(InputObject)]
pub struct RecordPoliticalControlInput {
    /// The council.
    council_id: ID,
    /// The council's version as read.
    expected_version: i32,
    /// Who runs it.
    control: PoliticalControl,
    /// Day since which that is so; not in the future, not before a change that is on record.
    changed_on: Date,
}

/// What [`RecordPoliticalControlInput`] says.
pub struct NewControl {
    /// The council.
    pub council: Uuid,
    /// Its version as read.
    pub version: i32,
    /// Who runs it.
    pub control: entity::enums::PoliticalControl,
    /// Since when.
    pub changed_on: NaiveDate,
}

impl RecordPoliticalControlInput {
    /// With the key of the council.
    ///
    /// # Errors
    /// An id that does not fit.
    pub fn understood(self) -> Outcome<NewControl> {
        Ok(NewControl {
            council: ids::expect(Kind::Council, &self.council_id, "councilId")?,
            version: self.expected_version,
            control: self.control.into(),
            changed_on: self.changed_on.0,
        })
    }
}

macro_rules! change_inputs {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(InputObject)]
        pub struct $name {
            /// The council.
            council_id: ID,
            /// The post that changed hands.
            post: LeadershipPost,
            /// Day of the change; not in the future.
            changed_on: Date,
        }

        impl $name {
            /// The council's key, the post and the day.
            ///
            /// # Errors
            /// An id that does not fit.
            pub fn understood(self) -> Outcome<(Uuid, entity::enums::LeadershipPost, NaiveDate)> {
                let council = ids::expect(Kind::Council, &self.council_id, "councilId")?;
                Ok((council, self.post.into(), self.changed_on.0))
            }
        }
    )+};
}

change_inputs! {
    /// A change in the leadership of a council.
    RecordLeadershipChangeInput
    /// A change in the leadership of a council that was recorded by mistake.
    RemoveLeadershipChangeInput
}

/// A council that a delivery body serves.
#[derive(InputObject)]
pub struct DeliveryServiceInput {
    /// The council; each at most once.
    council_id: ID,
    /// First day; left out where it is not known.
    starts_on: Option<Date>,
    /// Last day; left out while it goes on.
    ends_on: Option<Date>,
}

/// A new delivery body.
#[derive(InputObject)]
pub struct CreateDeliveryBodyInput {
    /// Name (1–200 characters, not taken in any case).
    name: String,
    /// Legal form.
    kind: DeliveryBodyKind,
    /// First day; left out where it is not known.
    starts_on: Option<Date>,
    /// Last day; left out while it exists.
    ends_on: Option<Date>,
    /// The councils that it serves, at least one and at most 20.
    services: Vec<DeliveryServiceInput>,
}

/// A delivery body as it is to be; what is left out is emptied.
#[derive(InputObject)]
pub struct UpdateDeliveryBodyInput {
    /// The delivery body.
    delivery_body_id: ID,
    /// Its version as read.
    expected_version: i32,
    /// Name (1–200 characters, not taken in any case).
    name: String,
    /// Legal form.
    kind: DeliveryBodyKind,
    /// First day; left out where it is not known.
    starts_on: Option<Date>,
    /// Last day; left out while it exists.
    ends_on: Option<Date>,
    /// All the councils that it serves, at least one and at most 20. A service that ended keeps its place with a last day.
    services: Vec<DeliveryServiceInput>,
}

fn services(given: Vec<DeliveryServiceInput>, errors: &mut Vec<UserError>) -> Vec<NewService> {
    let mut services = Vec::with_capacity(given.len());
    for (index, service) in given.into_iter().enumerate() {
        match ids::expect(
            Kind::Council,
            &service.council_id,
            &format!("services.{index}.councilId"),
        ) {
            Ok(council) => services.push(NewService {
                council,
                starts_on: service.starts_on.map(|date| date.0),
                ends_on: service.ends_on.map(|date| date.0),
            }),
            Err(error) => errors.push(error),
        }
    }
    services
}

impl CreateDeliveryBodyInput {
    /// With the keys of the councils.
    ///
    /// # Errors
    /// Every id that does not fit.
    pub fn understood(self) -> Outcome<NewBody> {
        let mut errors = Vec::new();
        let new = NewBody {
            name: self.name,
            kind: self.kind.into(),
            starts_on: self.starts_on.map(|date| date.0),
            ends_on: self.ends_on.map(|date| date.0),
            services: services(self.services, &mut errors),
        };
        if errors.is_empty() {
            Ok(new)
        } else {
            Err(ServiceError::Refused(errors))
        }
    }
}

impl UpdateDeliveryBodyInput {
    /// The body's key, its version as read, and what it is to be.
    ///
    /// # Errors
    /// Every id that does not fit.
    pub fn understood(self) -> Outcome<(Uuid, i32, NewBody)> {
        let key = ids::expect(Kind::DeliveryBody, &self.delivery_body_id, "deliveryBodyId")?;
        let whole = CreateDeliveryBodyInput {
            name: self.name,
            kind: self.kind,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            services: self.services,
        };
        Ok((key, self.expected_version, whole.understood()?))
    }
}
