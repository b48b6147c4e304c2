//! What a link to an invitation opens: a page that says what is asked, and a form for the answer. No account, no script, nothing
//! loaded from elsewhere. Opening it changes nothing; only the form's button does.

use std::sync::Arc;

use entity::{
    assignment, challenge, council,
    enums::{DeclineReason, InterestKind, InvitationState},
    invitation, team_slot,
};
use sea_orm::EntityTrait;
use serde::Deserialize;

use super::{
    links::Links,
    service::answer::{self, Answer, Told},
};
use crate::{
    auth::{Viewer, ViewerRole},
    clock::Clock,
    db::Database,
    graphql::{
        context::{Act, finish},
        errors::{ApiError, settle},
    },
    http::{AnswerByLink, LinkPage},
    ids::IdGenerator,
    notice::mail::escaped,
};

/// The subject of answers that come by link.
pub const SUBJECT: &str = "invitation-link";

/// Opens links and takes answers.
pub struct Pages {
    links: Links,
    database: Database,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdGenerator>,
}

/// What the form sends.
#[derive(Deserialize)]
struct Form {
    answer: String,
    #[serde(default)]
    complete: Option<String>,
    #[serde(default)]
    interest: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    note: String,
}

/// What a page is about.
struct Asked {
    invitation: invitation::Model,
    challenge: challenge::Model,
    place: assignment::Model,
    host: String,
    role: String,
}

impl Pages {
    /// Over this database.
    pub fn new(links: Links, database: Database, clock: Arc<dyn Clock>, ids: Arc<dyn IdGenerator>) -> Self {
        Self {
            links,
            database,
            clock,
            ids,
        }
    }

    async fn asked(&self, token: &str) -> Result<Option<Asked>, ApiError> {
        let Some(id) = self.links.read(token) else {
            return Ok(None);
        };
        let reader = self.database.reader();
        let Some(found) = invitation::Entity::find_by_id(id).one(reader).await? else {
            return Ok(None);
        };
        let missing = || ApiError::internal("an invitation has lost what it is about");
        let challenge = challenge::Entity::find_by_id(found.challenge_id).one(reader).await?;
        let place = assignment::Entity::find_by_id(found.assignment_id).one(reader).await?;
        let (challenge, place) = challenge.zip(place).ok_or_else(missing)?;
        let host = council::Entity::find_by_id(challenge.host_id).one(reader).await?;
        let slot = team_slot::Entity::find_by_id(place.slot_id).one(reader).await?;
        let (host, slot) = host.zip(slot).ok_or_else(missing)?;
        Ok(Some(Asked {
            invitation: found,
            challenge,
            place,
            host: host.name,
            role: slot.role.as_str().replace('_', " ").to_lowercase(),
        }))
    }
}

fn page(status: u16, title: &str, body: &str) -> LinkPage {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\"><title>{0}</title><style>body{{\
         font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}}label{{display:block;\
         margin:.5rem 0}}textarea{{width:100%}}button{{font:inherit;padding:.5rem 1rem}}fieldset{{margin:1rem 0}}\
         </style></head><body><main><h1>{0}</h1>{body}</main></body></html>",
        escaped(title)
    );
    LinkPage { status, html }
}

fn paragraph(text: &str) -> String {
    format!("<p>{}</p>", escaped(text))
}

fn forged() -> LinkPage {
    let text = "This is not a link of this service: it is incomplete, or it was changed on the way. Open it again from \
                the message that you got.";
    page(404, "Unknown link", &paragraph(text))
}

/// Why an invitation cannot be answered, if so.
fn over(asked: &Asked, today: chrono::NaiveDate) -> Option<LinkPage> {
    let used = |text: &str| Some(page(410, "This link was used", &paragraph(text)));
    match asked.invitation.state {
        InvitationState::Accepted => used("You have accepted this invitation. Thank you."),
        InvitationState::Declined => used("You have declined this invitation. Thank you for your answer."),
        InvitationState::Withdrawn => Some(page(
            410,
            "This invitation was taken back",
            &paragraph("The place was changed before you answered; there is nothing to do."),
        )),
        InvitationState::Expired => Some(expired(asked)),
        InvitationState::Sent if asked.invitation.answer_by < today => Some(expired(asked)),
        InvitationState::Sent => None,
    }
}

fn expired(asked: &Asked) -> LinkPage {
    let text = format!("The last day for an answer was {}.", asked.invitation.answer_by);
    page(410, "This link has expired", &paragraph(&text))
}

fn form(asked: &Asked, faults: &[String]) -> LinkPage {
    let mut body = String::new();
    for fault in faults {
        body.push_str("<p role=\"alert\"><strong>");
        body.push_str(&escaped(fault));
        body.push_str("</strong></p>");
    }
    let what = format!(
        "You are invited to the peer challenge {} at {}, {} to {}, as {}. Please answer by {}.",
        asked.challenge.reference,
        asked.host,
        asked.place.starts_on,
        asked.place.ends_on,
        asked.role,
        asked.invitation.answer_by
    );
    body.push_str(&paragraph(&what));
    body.push_str(
        "<form method=\"post\"><fieldset><legend>I come</legend>\
         <label>Anything that ties you to this council and that you have not declared before (family, friends, business, \
         work)?<textarea name=\"interest\" rows=\"3\" maxlength=\"2000\"></textarea></label>\
         <label><input type=\"checkbox\" name=\"complete\" value=\"yes\"> My declaration of interests is complete.</label>\
         <button name=\"answer\" value=\"yes\">Accept</button></fieldset></form>\
         <form method=\"post\"><fieldset><legend>I cannot come</legend>\
         <label><input type=\"radio\" name=\"reason\" value=\"BUSY_NOW\" checked> Not in these weeks</label>\
         <label><input type=\"radio\" name=\"reason\" value=\"CONFLICT\"> I have a conflict of interest here</label>\
         <label><input type=\"radio\" name=\"reason\" value=\"NEVER_THIS_HOST\"> Never at this council</label>\
         <label><input type=\"radio\" name=\"reason\" value=\"OTHER\"> Something else</label>\
         <label>What you want to say about it<textarea name=\"note\" rows=\"3\" maxlength=\"2000\"></textarea></label>\
         <button name=\"answer\" value=\"no\">Decline</button></fieldset></form>",
    );
    let status = if faults.is_empty() { 200 } else { 422 };
    page(status, "Invitation to a peer challenge", &body)
}

fn understood(sent: Form) -> Option<Answer> {
    let some = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    match sent.answer.as_str() {
        "yes" => Some(Answer::Yes {
            complete: sent.complete.is_some(),
            interests: some(sent.interest)
                .map(|note| Told {
                    kind: InterestKind::Other,
                    note,
                })
                .into_iter()
                .collect(),
            note: None,
        }),
        "no" => Some(Answer::No {
            reason: sent.reason.parse::<DeclineReason>().ok()?,
            note: some(sent.note),
        }),
        _ => None,
    }
}

#[async_trait::async_trait]
impl AnswerByLink for Pages {
    async fn open(&self, token: &str) -> Result<LinkPage, ApiError> {
        let Some(asked) = self.asked(token).await? else {
            return Ok(forged());
        };
        Ok(over(&asked, self.clock.today()).unwrap_or_else(|| form(&asked, &[])))
    }

    async fn answer(&self, token: &str, body: &[u8]) -> Result<LinkPage, ApiError> {
        let Some(asked) = self.asked(token).await? else {
            return Ok(forged());
        };
        if let Some(over) = over(&asked, self.clock.today()) {
            return Ok(over);
        }
        let sent = serde_urlencoded::from_bytes::<Form>(body).ok().and_then(understood);
        let Some(said) = sent else {
            return Ok(form(&asked, &["Choose an answer.".to_owned()]));
        };
        let yes = matches!(said, Answer::Yes { .. });
        let viewer = Viewer::new(
            SUBJECT,
            ViewerRole::Peer {
                peer: asked.invitation.peer_id,
            },
        );
        let act = Act::new(viewer, &*self.clock, Arc::clone(&self.ids));
        let tx = self.database.begin().await?;
        let outcome = answer::answer(&tx, &act, asked.invitation.id, None, said).await;
        let (done, refused) = settle(finish(tx, outcome).await)?;
        if done.is_none() {
            let faults: Vec<String> = refused.into_iter().map(|error| error.message).collect();
            return Ok(form(&asked, &faults));
        }
        let text = if yes {
            "Thank you. You are on the list for the team; the programme confirms the whole team once everybody has answered."
        } else {
            "Thank you for your answer. There is nothing else to do."
        };
        Ok(page(200, "Your answer is written down", &paragraph(text)))
    }
}
