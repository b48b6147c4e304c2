//! What the link at the end of a message opens: a page on which its reader says that they want no reminders, or want them again.
//! Opening it changes nothing. Mail programmes offer the same with a button of their own (RFC 8058), which sends the form.

use serde::Deserialize;

use super::opt_out::{self, Mailbox};
use crate::{
    auth::ViewerRole,
    graphql::{
        context::finish,
        errors::{ApiError, settle},
    },
    links::{
        Desk, Purpose,
        page::{AnswerByLink, LinkPage, forged, page, paragraph},
    },
};

/// Opens links and takes answers.
pub struct Page(pub Desk);

/// What the form sends, or a mail programme's own button.
#[derive(Deserialize)]
struct Form {
    #[serde(default)]
    reminders: Option<String>,
    #[serde(default, rename = "List-Unsubscribe")]
    one_click: Option<String>,
}

/// Whether reminders are wanted, by what was sent.
fn understood(body: &[u8]) -> Option<bool> {
    let sent = serde_urlencoded::from_bytes::<Form>(body).ok()?;
    match (sent.reminders.as_deref(), sent.one_click.as_deref()) {
        (Some("yes"), None) => Some(true),
        (Some("no"), None) | (None, Some("One-Click")) => Some(false),
        _ => None,
    }
}

fn shown(status: u16, wanted: bool) -> LinkPage {
    let (now, value, button) = if wanted {
        (
            "Reminders of deadlines come to this address by e-mail.",
            "no",
            "Stop them",
        )
    } else {
        (
            "No reminders of deadlines come to this address by e-mail.",
            "yes",
            "Send them again",
        )
    };
    let rest = "What needs an answer, such as an invitation, is sent either way.";
    let form = format!("<form method=\"post\"><button name=\"reminders\" value=\"{value}\">{button}</button></form>");
    let body = [paragraph(now), paragraph(rest), form].concat();
    page(status, "Reminders by e-mail", &body)
}

impl Page {
    async fn mailbox(&self, token: &str) -> Result<Option<(Mailbox, ViewerRole)>, ApiError> {
        let Some(owner) = self.0.links.read(Purpose::Reminders, token) else {
            return Ok(None);
        };
        opt_out::of_owner(self.0.database.reader(), owner).await
    }
}

#[async_trait::async_trait]
impl AnswerByLink for Page {
    fn purpose(&self) -> Purpose {
        Purpose::Reminders
    }

    async fn open(&self, token: &str) -> Result<LinkPage, ApiError> {
        let Some((mailbox, _)) = self.mailbox(token).await? else {
            return Ok(forged());
        };
        Ok(shown(200, mailbox.wants_reminders(self.0.database.reader()).await?))
    }

    async fn answer(&self, token: &str, body: &[u8]) -> Result<LinkPage, ApiError> {
        let Some((mailbox, role)) = self.mailbox(token).await? else {
            return Ok(forged());
        };
        let Some(wanted) = understood(body) else {
            return Ok(shown(422, mailbox.wants_reminders(self.0.database.reader()).await?));
        };
        let act = self.0.act(role);
        let tx = self.0.database.begin().await?;
        let outcome = mailbox.want_reminders(&tx, &act, wanted).await;
        let (done, refused) = settle(finish(tx, outcome).await)?;
        match done {
            Some(wanted) => Ok(shown(200, wanted)),
            None => Err(ApiError::internal(format!("{refused:?}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_and_a_mail_programme_are_understood_and_nothing_else() {
        assert_eq!(understood(b"reminders=no"), Some(false));
        assert_eq!(understood(b"reminders=yes"), Some(true));
        assert_eq!(understood(b"List-Unsubscribe=One-Click"), Some(false));
        for nonsense in [
            &b""[..],
            b"reminders=perhaps",
            b"List-Unsubscribe=Two",
            b"reminders=yes&List-Unsubscribe=One-Click",
            b"\xff",
        ] {
            assert_eq!(understood(nonsense), None, "{nonsense:?}");
        }
    }
}
