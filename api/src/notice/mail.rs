//! Notifications by e-mail: in plain English, as text and as HTML, all that one address has waiting in one message.
//!
//! A chore takes what waits (a replica that takes it marks it, so that no other does), sends it over SMTP and writes down that it
//! went. A message is handed over at least once: when a process dies between the server's answer and writing that down, its
//! readers get it again after half an hour. What the server takes no mailbox for is not sent again, nor is what waited for more
//! than three days. Reminders are left out for addresses whose owners want none; a message that holds one ends with the link by
//! which its reader says so.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use chrono::TimeDelta;
use entity::{
    contact,
    enums::{ContactDuty, InvitationState, MailState, NoticeAudience, NoticeKind},
    invitation, mail_opt_out, notification, peer,
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{MultiPart, header},
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, LockBehavior, LockType},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::opt_out::Mailbox;
use crate::{
    challenge::deadlines,
    graphql::errors::ApiError,
    jobs::{Handler, JobError, Work},
    links::{Links, Purpose, page::escaped},
    programme::policy::Milestone,
};

/// Most notifications that one run takes: even at a server that lets each message wait for the whole time-out, they are done
/// before somebody else may take them.
const MOST: u64 = 60;
/// After so long, what somebody took and did not finish is taken anew.
const TAKEN: TimeDelta = TimeDelta::minutes(30);
/// What has waited longer than this is not sent.
const STALE: TimeDelta = TimeDelta::days(3);

/// How an address is kept where only its sameness matters.
pub(crate) fn address_hash(address: &str) -> String {
    format!("{:x}", Sha256::digest(address.trim().to_lowercase()))
}

/// Hands messages to a mail server.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: lettre::message::Mailbox,
    home: Option<String>,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer")
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// Why a mailer cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// The server's address is none.
    #[error("the mail server's URL cannot be used: {0}")]
    Url(#[from] lettre::transport::smtp::Error),
    /// The sender's address is none.
    #[error("the sender's address cannot be used: {0}")]
    From(#[from] lettre::address::AddressError),
}

impl Mailer {
    /// A mailer that sends through the server at `url` (`smtps://user:password@host`, `smtp://host?tls=required`), as `from`;
    /// `home` is where the API's readers find it.
    ///
    /// # Errors
    /// Addresses that are none.
    pub fn new(url: &str, from: &str, home: Option<String>) -> Result<Self, MailerError> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?
            .timeout(Some(Duration::from_secs(20)))
            .build();
        Ok(Self {
            transport,
            from: from.parse()?,
            home,
        })
    }

    /// A message of these lines. `stop` is the link by which its reader does without reminders, if it holds any.
    fn message(
        &self,
        to: lettre::message::Mailbox,
        lines: &[&str],
        stop: Option<&str>,
    ) -> Result<Message, lettre::error::Error> {
        let subject = match lines {
            [one] => first_words(one),
            all => format!("{} things to know about your peer challenges", all.len()),
        };
        let home = self.home.as_deref().unwrap_or("the peer challenge service");
        let why = format!("You get this because you take part in peer challenges. Everything is in {home}.");
        let mut text = String::from("Hello,\n\n");
        let mut html = String::from("<!doctype html><html lang=\"en\"><body><p>Hello,</p><ul>");
        for line in lines {
            text.push_str("- ");
            text.push_str(line);
            text.push('\n');
            html.push_str("<li>");
            html.push_str(&escaped(line));
            html.push_str("</li>");
        }
        text.push('\n');
        text.push_str(&why);
        text.push('\n');
        html.push_str("</ul><p>");
        html.push_str(&escaped(&why));
        html.push_str("</p>");
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(subject)
            .header(header::MIME_VERSION_1_0);
        if let Some(link) = stop {
            text.push_str("To do without reminders by e-mail: ");
            text.push_str(link);
            text.push('\n');
            html.push_str("<p><a href=\"");
            html.push_str(&escaped(link));
            html.push_str("\">Do without reminders by e-mail</a></p>");
            // For the button of the mail programme itself (RFC 2369, RFC 8058).
            let one_click = "List-Unsubscribe=One-Click".to_owned();
            builder = builder
                .raw_header(named("List-Unsubscribe", format!("<{link}>")))
                .raw_header(named("List-Unsubscribe-Post", one_click));
        }
        html.push_str("</body></html>");
        builder.multipart(MultiPart::alternative_plain_html(text, html))
    }
}

fn first_words(line: &str) -> String {
    let short: String = line.chars().take(90).collect();
    if short.len() < line.len() {
        format!("{short}…")
    } else {
        short
    }
}

fn named(name: &'static str, value: String) -> header::HeaderValue {
    header::HeaderValue::new(header::HeaderName::new_from_ascii_str(name), value)
}

/// Sends what waits.
pub struct SendMail {
    /// Hands them over.
    pub mailer: Mailer,
    /// Makes the links in messages.
    pub links: Option<Links>,
}

#[async_trait::async_trait]
impl Handler for SendMail {
    async fn run(&self, work: &Work) -> Result<(), JobError> {
        let rows = take(work).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let addresses = addresses(work, &rows).await?;
        let unwanted = unwanted(work, addresses.values().map(|found| &found.address)).await?;
        let links = self.links(work, &rows).await?;
        let mut letters: BTreeMap<&str, (Uuid, Vec<&notification::Model>)> = BTreeMap::new();
        let mut nowhere = Vec::new();
        for row in &rows {
            match addresses.get(&row.id) {
                Some(Mailbox { id, address, .. }) if !(reminds(row) && unwanted.contains(&address_hash(address))) => {
                    let (_, rows) = letters.entry(address).or_insert((*id, Vec::new()));
                    rows.push(row);
                }
                _ => nowhere.push(row.id),
            }
        }
        settle(work, &nowhere, MailState::NoAddress).await?;
        let mut failed = None;
        for (address, (owner, rows)) in letters {
            let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
            let Ok(to) = address.parse::<lettre::message::Mailbox>() else {
                settle(work, &ids, MailState::NoAddress).await?;
                continue;
            };
            let texts: Vec<String> = rows.iter().map(|row| told(row, &links)).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let any = rows.iter().any(|row| reminds(row));
            let links = self.links.as_ref().filter(|_| any);
            let stop = links.map(|links| links.link(Purpose::Reminders, owner));
            let stop = stop.transpose().map_err(ApiError::internal)?;
            let sent = match self.mailer.message(to, &texts, stop.as_deref()) {
                Ok(message) => self.mailer.transport.send(message).await.map_err(Some),
                Err(error) => {
                    tracing::error!(%error, "a message cannot be written");
                    Err(None)
                }
            };
            match sent {
                Ok(_) => settle(work, &ids, MailState::Sent).await?,
                Err(error) if error.as_ref().is_none_or(is_no_address) => {
                    settle(work, &ids, MailState::NoAddress).await?;
                }
                Err(error) => {
                    settle(work, &ids, MailState::Waiting).await?;
                    failed = error.map(|error| error.to_string());
                }
            }
        }
        match failed {
            None => Ok(()),
            Some(error) => Err(JobError::again("MAIL_SERVER", error)),
        }
    }
}

/// Whether the server says that there is no such mailbox: sending it again would change nothing.
fn is_no_address(error: &lettre::transport::smtp::Error) -> bool {
    error
        .status()
        .is_some_and(|status| matches!(u16::from(status), 550 | 551 | 553))
}

/// Whether a notification is a reminder: its reader may do without it by e-mail.
const fn reminds(row: &notification::Model) -> bool {
    matches!(
        row.kind,
        NoticeKind::DueSoon | NoticeKind::DueToday | NoticeKind::Overdue
    )
}

/// Whether a notification asks somebody for an answer to an invitation.
fn asks(row: &notification::Model) -> bool {
    let milestone = row.milestone.as_deref().and_then(deadlines::milestone);
    row.kind == NoticeKind::Invited || milestone == Some(Milestone::InvitationAnswer)
}

/// What a message says of a notification.
fn told(row: &notification::Model, links: &HashMap<(Uuid, Uuid), String>) -> String {
    let link = row.peer_id.zip(row.challenge_id).and_then(|key| links.get(&key));
    match link.filter(|_| asks(row)) {
        Some(link) => format!("{} Answer here, without an account: {link}", row.text),
        None => row.text.clone(),
    }
}

impl SendMail {
    /// Links to the open invitations that these notifications tell of, by person and challenge. They are made when a message is
    /// written and kept nowhere.
    async fn links(
        &self,
        work: &Work,
        rows: &[notification::Model],
    ) -> Result<HashMap<(Uuid, Uuid), String>, JobError> {
        let asked = rows.iter().filter(|row| asks(row));
        let people: Vec<Uuid> = asked.filter_map(|row| row.peer_id).collect();
        let Some(links) = self.links.as_ref().filter(|_| !people.is_empty()) else {
            return Ok(HashMap::new());
        };
        let open = invitation::Entity::find()
            .filter(invitation::Column::State.eq(InvitationState::Sent))
            .filter(invitation::Column::PeerId.is_in(people))
            .all(work.database.reader())
            .await?;
        open.iter()
            .map(|row| {
                let link = links.link(Purpose::Invitation, row.id).map_err(ApiError::internal)?;
                Ok(((row.peer_id, row.challenge_id), link))
            })
            .collect()
    }
}

/// Takes what waits, so that nobody else does.
async fn take(work: &Work) -> Result<Vec<notification::Model>, JobError> {
    use notification::Column;
    let at = work.act.at;
    let tx = work.database.begin().await?;
    // What is too old to matter, and what somebody took and never finished.
    notification::Entity::update_many()
        .col_expr(Column::MailState, Expr::value(MailState::NoAddress.as_str()))
        .filter(Column::MailState.eq(MailState::Waiting))
        .filter(Column::CreatedAt.lt(at - STALE))
        .exec(&tx)
        .await?;
    notification::Entity::update_many()
        .col_expr(Column::MailState, Expr::value(MailState::Waiting.as_str()))
        .filter(Column::MailState.eq(MailState::Sending))
        .filter(Column::MailedAt.lt(at - TAKEN))
        .exec(&tx)
        .await?;
    let rows = notification::Entity::find()
        .filter(Column::MailState.eq(MailState::Waiting))
        .order_by_asc(Column::Id)
        .limit(MOST)
        .lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
        .all(&tx)
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    notification::Entity::update_many()
        .col_expr(Column::MailState, Expr::value(MailState::Sending.as_str()))
        .col_expr(Column::MailedAt, Expr::value(at))
        .filter(Column::Id.is_in(ids))
        .exec(&tx)
        .await?;
    work.hold(&tx).await?;
    tx.commit().await?;
    Ok(rows)
}

async fn settle(work: &Work, ids: &[Uuid], state: MailState) -> Result<(), JobError> {
    if ids.is_empty() {
        return Ok(());
    }
    notification::Entity::update_many()
        .col_expr(notification::Column::MailState, Expr::value(state.as_str()))
        .filter(notification::Column::Id.is_in(ids.iter().copied()))
        .exec(work.database.writer())
        .await?;
    Ok(())
}

/// The address for each notification that has one.
async fn addresses(work: &Work, rows: &[notification::Model]) -> Result<BTreeMap<Uuid, Mailbox>, JobError> {
    let reader = work.database.reader();
    let peers: Vec<(Uuid, Option<String>)> = peer::Entity::find()
        .select_only()
        .columns([peer::Column::Id, peer::Column::Email])
        .filter(peer::Column::Id.is_in(rows.iter().filter_map(|row| row.peer_id)))
        .into_tuple()
        .all(reader)
        .await?;
    let contacts = contact::Entity::find().all(reader).await?;
    let of = |row: &notification::Model| match row.audience {
        NoticeAudience::Peer => {
            let found = peers.iter().find(|(id, _)| Some(*id) == row.peer_id);
            found.and_then(|(id, email)| Mailbox::of_peer(*id, email.clone()))
        }
        audience => {
            let theirs = |contact: &&contact::Model| match audience {
                NoticeAudience::Host => contact.council_id == row.council_id,
                NoticeAudience::Hub => contact.region_id == row.region_id,
                _ => contact.council_id.is_none() && contact.region_id.is_none(),
            };
            let with = |duty| contacts.iter().filter(theirs).find(|contact| contact.duty == duty);
            let director = Some(ContactDuty::ChildrensServices).filter(|_| row.kind == NoticeKind::ImmediateRisk);
            let found = director.and_then(with).or_else(|| with(ContactDuty::General));
            found.cloned().map(Mailbox::of_contact)
        }
    };
    Ok(rows.iter().filter_map(|row| Some((row.id, of(row)?))).collect())
}

/// Those of these addresses whose owners want no reminders, by hash.
async fn unwanted(
    work: &Work,
    addresses: impl Iterator<Item = &String>,
) -> Result<std::collections::HashSet<String>, JobError> {
    let hashes: Vec<String> = addresses.map(|address| address_hash(address)).collect();
    let rows = mail_opt_out::Entity::find()
        .filter(mail_opt_out::Column::AddressHash.is_in(hashes))
        .all(work.database.reader())
        .await
        .map_err(ApiError::from)?;
    Ok(rows.into_iter().map(|row| row.address_hash).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailer() -> Mailer {
        Mailer::new("smtp://127.0.0.1:2525", "Peer challenge <noreply@example.org>", None).unwrap()
    }

    #[tokio::test]
    async fn a_message_is_text_and_html_and_holds_no_markup_of_others() {
        let message = mailer().message(
            "a@example.org".parse().unwrap(),
            &["CSPC-1: <b>due</b> & late"],
            Some("https://x.example/reminders/a.b"),
        );
        // Long lines are broken softly on the way.
        let text = String::from_utf8(message.unwrap().formatted())
            .unwrap()
            .replace("=\r\n", "");
        assert!(text.contains("multipart/alternative") && text.contains("text/plain") && text.contains("text/html"));
        assert!(text.contains("&lt;b&gt;due&lt;/b&gt; &amp; late"), "{text}");
        assert!(text.contains("Subject: CSPC-1"), "{text}");
        assert!(
            text.contains("\r\nList-Unsubscribe: <https://x.example/reminders/a.b>\r\n"),
            "{text}"
        );
        assert!(
            text.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"),
            "{text}"
        );
        let plain = mailer().message("a@example.org".parse().unwrap(), &["You are invited"], None);
        let plain = String::from_utf8(plain.unwrap().formatted()).unwrap();
        assert!(
            !plain.contains("List-Unsubscribe"),
            "only reminders can be done without: {plain}"
        );
    }

    #[test]
    fn addresses_are_the_same_whatever_their_case() {
        assert_eq!(address_hash(" A@Example.org"), address_hash("a@example.ORG "));
        assert_ne!(address_hash("a@example.org"), address_hash("b@example.org"));
    }

    #[tokio::test]
    async fn servers_and_senders_that_are_none_are_refused() {
        assert!(Mailer::new("http://x", "a@example.org", None).is_err());
        assert!(Mailer::new("smtp://x", "nobody", None).is_err());
    }
}
