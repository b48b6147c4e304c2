//! What a link to an invitation opens: a page that says what is asked, and a form for the answer. Opening it changes nothing;
//! only the form's button does.

use entity::{
    assignment, challenge, council,
    enums::{DeclineReason, InterestKind, InvitationState},
    invitation, team_slot,
};
use sea_orm::EntityTrait;
use serde::Deserialize;

use super::service::{
    answer::{self, Answer, Told},
    is_over,
};
use crate::{
    auth::ViewerRole,
    graphql::{
        context::finish,
        errors::{ApiError, settle},
    },
    links::{
        Desk, Purpose,
        page::{AnswerByLink, LinkPage, escaped, forged, page, paragraph},
    },
};

/// Opens links and takes answers.
pub struct Page(pub Desk);

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

impl Page {
    async fn asked(&self, token: &str) -> Result<Option<Asked>, ApiError> {
        let Some(id) = self.0.links.read(Purpose::Invitation, token) else {
            return Ok(None);
        };
        let reader = self.0.database.reader();
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
        InvitationState::Sent if is_over(&asked.invitation, &asked.challenge, today) => Some(expired(asked)),
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
impl AnswerByLink for Page {
    fn purpose(&self) -> Purpose {
        Purpose::Invitation
    }

    async fn open(&self, token: &str) -> Result<LinkPage, ApiError> {
        let Some(asked) = self.asked(token).await? else {
            return Ok(forged());
        };
        Ok(over(&asked, self.0.clock.today()).unwrap_or_else(|| form(&asked, &[])))
    }

    async fn answer(&self, token: &str, body: &[u8]) -> Result<LinkPage, ApiError> {
        let Some(asked) = self.asked(token).await? else {
            return Ok(forged());
        };
        if let Some(over) = over(&asked, self.0.clock.today()) {
            return Ok(over);
        }
        let sent = serde_urlencoded::from_bytes::<Form>(body).ok().and_then(understood);
        let Some(said) = sent else {
            return Ok(form(&asked, &["Choose an answer.".to_owned()]));
        };
        let yes = matches!(said, Answer::Yes { .. });
        let act = self.0.act(ViewerRole::Peer {
            peer: asked.invitation.peer_id,
        });
        let tx = self.0.database.begin().await?;
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
