//! The pages behind links to invitations: `GET` shows, `POST` answers. They need no token; the link itself is the proof.

use actix_web::{HttpRequest, HttpResponse, http::header, web};

use super::server::Shared;
use crate::graphql::errors::ApiError;

/// A page to be shown.
pub struct LinkPage {
    /// HTTP status.
    pub status: u16,
    /// The page, complete.
    pub html: String,
}

/// Opens links and takes answers.
#[async_trait::async_trait]
pub trait AnswerByLink: Send + Sync {
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

/// Longest form.
const MOST: usize = 16 * 1024;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/invitation/{token}")
            .app_data(web::PayloadConfig::new(MOST))
            .route(web::get().to(open))
            .route(web::post().to(answer)),
    );
}

async fn open(shared: web::Data<Shared>, token: web::Path<String>) -> HttpResponse {
    let Some(pages) = shared.invitations.clone() else {
        return nothing();
    };
    let token = token.into_inner();
    shown(shared.runtime.spawn(async move { pages.open(&token).await }).await)
}

async fn answer(
    shared: web::Data<Shared>,
    token: web::Path<String>,
    request: HttpRequest,
    body: web::Bytes,
) -> HttpResponse {
    let Some(pages) = shared.invitations.clone() else {
        return nothing();
    };
    let form = request.headers().get(header::CONTENT_TYPE);
    let is_form = form.is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    if !is_form {
        return HttpResponse::UnsupportedMediaType().finish();
    }
    let token = token.into_inner();
    shown(
        shared
            .runtime
            .spawn(async move { pages.answer(&token, &body).await })
            .await,
    )
}

fn nothing() -> HttpResponse {
    HttpResponse::NotFound().finish()
}

fn shown(page: Result<Result<LinkPage, ApiError>, tokio::task::JoinError>) -> HttpResponse {
    let page = match page {
        Ok(Ok(page)) => page,
        Ok(Err(error)) => {
            tracing::error!(cause = ?error, "a link could not be followed");
            return HttpResponse::ServiceUnavailable().finish();
        }
        Err(error) => {
            tracing::error!(cause = %error, "a link could not be followed");
            return HttpResponse::InternalServerError().finish();
        }
    };
    let status = actix_web::http::StatusCode::from_u16(page.status).unwrap_or(actix_web::http::StatusCode::OK);
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ))
        .body(page.html)
}
