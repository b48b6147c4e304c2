//! Pages behind links: what they do, and what they look like (no account, no script, nothing loaded from elsewhere).

use super::Purpose;
use crate::graphql::errors::ApiError;

/// A page to be shown.
pub struct LinkPage {
    /// HTTP status.
    pub status: u16,
    /// The page, complete.
    pub html: String,
}

/// Opens links of one purpose and takes answers.
#[async_trait::async_trait]
pub trait AnswerByLink: Send + Sync {
    /// What its links are for, which is the path that it has.
    fn purpose(&self) -> Purpose;

    /// What a link opens. Changes nothing.
    ///
    /// # Errors
    /// The database's.
    async fn open(&self, token: &str) -> Result<LinkPage, ApiError>;

    /// Takes the form's answer.
    ///
    /// # Errors
    /// The database's.
    async fn answer(&self, token: &str, body: &[u8]) -> Result<LinkPage, ApiError>;
}

/// Text as HTML.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A page with this title; `body` is HTML.
pub fn page(status: u16, title: &str, body: &str) -> LinkPage {
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

/// A paragraph of text.
pub fn paragraph(text: &str) -> String {
    format!("<p>{}</p>", escaped(text))
}

/// The page for links that this service did not make.
pub fn forged() -> LinkPage {
    let text = "This is not a link of this service: it is incomplete, or it was changed on the way. Open it again from \
                the message that you got.";
    page(404, "Unknown link", &paragraph(text))
}
