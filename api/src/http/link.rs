//! The pages behind signed links: `GET` shows, `POST` answers. They need no token; the link itself is the proof.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::header, web};

use super::server::Shared;
use crate::{
    graphql::errors::ApiError,
    links::page::{AnswerByLink, LinkPage},
};

/// Longest form.
const MOST: usize = 16 * 1024;

pub(super) fn routes(config: &mut web::ServiceConfig, pages: &[Arc<dyn AnswerByLink>]) {
    for page in pages {
        config.service(
            web::resource(format!("/{}/{{token}}", page.purpose().path()))
                .app_data(web::PayloadConfig::new(MOST))
                .app_data(web::Data::from(Arc::clone(page)))
                .route(web::get().to(open))
                .route(web::post().to(answer)),
        );
    }
}

async fn open(shared: web::Data<Shared>, page: web::Data<dyn AnswerByLink>, token: web::Path<String>) -> HttpResponse {
    let (page, token) = (page.into_inner(), token.into_inner());
    shown(shared.runtime.spawn(async move { page.open(&token).await }).await)
}

async fn answer(
    shared: web::Data<Shared>,
    page: web::Data<dyn AnswerByLink>,
    token: web::Path<String>,
    request: HttpRequest,
    body: web::Bytes,
) -> HttpResponse {
    let form = request.headers().get(header::CONTENT_TYPE);
    let is_form = form.is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    if !is_form {
        return HttpResponse::UnsupportedMediaType().finish();
    }
    let (page, token) = (page.into_inner(), token.into_inner());
    shown(
        shared
            .runtime
            .spawn(async move { page.answer(&token, &body).await })
            .await,
    )
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
