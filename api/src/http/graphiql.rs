//! GraphiQL at `/`, from files inside the binary: it works without internet, and nothing is loaded from elsewhere.
//!
//! The page has no inline script, so its Content-Security-Policy allows only our own files. A token for trying things
//! out may follow `#token=` in the address: fragments never reach a server or its log; `boot.js` moves it into the
//! header editor. The big files are stored compressed; their addresses carry the version, so caches may keep them.

use actix_web::{
    HttpRequest, HttpResponse,
    dev::{Decompress, Payload},
    http::header::{self, ContentEncoding},
    web,
};
use futures::stream;

/// Version of the vendored GraphiQL, part of its files' addresses.
const VERSION: &str = "3.9.0";

const PAGE: &str = include_str!("../../assets/graphiql/index.html");
const BOOT: &str = include_str!("../../assets/graphiql/boot.js");

/// Styles may be inline because the editor component sets them on elements; scripts may not.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; \
                      img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

struct Asset {
    name: &'static str,
    media_type: &'static str,
    gzip: &'static [u8],
}

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

const ASSETS: [Asset; 4] = [
    Asset {
        name: "graphiql.min.js",
        media_type: JAVASCRIPT,
        gzip: include_bytes!("../../assets/graphiql/graphiql.min.js.gz"),
    },
    Asset {
        name: "graphiql.min.css",
        media_type: "text/css; charset=utf-8",
        gzip: include_bytes!("../../assets/graphiql/graphiql.min.css.gz"),
    },
    Asset {
        name: "react.production.min.js",
        media_type: JAVASCRIPT,
        gzip: include_bytes!("../../assets/graphiql/react.production.min.js.gz"),
    },
    Asset {
        name: "react-dom.production.min.js",
        media_type: JAVASCRIPT,
        gzip: include_bytes!("../../assets/graphiql/react-dom.production.min.js.gz"),
    },
];

/// The page and its files.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(page))
        .route("/graphiql/boot.js", web::get().to(boot))
        .route(&format!("/graphiql/{VERSION}/{{name}}"), web::get().to(asset));
}

async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(PAGE.replace("{version}", VERSION))
}

async fn boot() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, JAVASCRIPT))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(BOOT)
}

async fn asset(request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name.as_str()) else {
        return super::middleware::not_found(request).await;
    };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, asset.media_type))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::VARY, "accept-encoding"));
    let compressed = web::Bytes::from_static(asset.gzip);
    let takes_gzip = request
        .headers()
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("gzip"));
    if takes_gzip {
        response.insert_header(ContentEncoding::Gzip).body(compressed)
    } else {
        let stream = Payload::Stream {
            payload: Box::pin(stream::iter([Ok(compressed)])),
        };
        response.streaming(Decompress::new(stream, ContentEncoding::Gzip))
    }
}
