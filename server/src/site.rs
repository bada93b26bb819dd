//! The built front end: where it is, its files, and what pages say when it was never built.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use std::path::{Path, PathBuf};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

/// What the front end's files are called.
pub(crate) const OUTPUT_NAME: &str = "hookreel";
/// The directory of the front end's module and style sheet, in the site's directory and in URLs.
pub(crate) const PKG_DIR: &str = "pkg";

/// The file that a built front end always has.
fn marker(site: &Path) -> PathBuf {
    site.join(PKG_DIR).join(OUTPUT_NAME).with_extension("js")
}

/// The directory of the built front end: the given one, else one beside the program; `None` if it was never built.
pub(crate) fn find(given: Option<&Path>) -> Option<PathBuf> {
    let candidates = if let Some(given) = given {
        vec![given.to_owned()]
    } else {
        let program = std::env::current_exe().ok();
        let directory = program.as_deref().and_then(Path::parent);
        directory.map(|dir| vec![dir.join("site"), dir.join("../site")]).unwrap_or_default()
    };
    candidates.into_iter().find(|site| marker(site).is_file())
}

/// The part of a request that asks for a file; `None` when it does not ask for one.
pub(crate) fn asks_for_file(request: &Request) -> Option<axum::http::Request<Body>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) || request.uri().path() == "/" {
        return None;
    }
    let mut asked = axum::http::Request::new(Body::empty());
    *asked.method_mut() = request.method().clone();
    *asked.uri_mut() = request.uri().clone();
    *asked.headers_mut() = request.headers().clone();
    Some(asked)
}

/// One of the site's files, or `None` when there is no such file. Browsers ask again each time whether a file has
/// changed, and are told in a few bytes that it has not.
pub(crate) async fn file(site: &Path, asked: axum::http::Request<Body>) -> Option<Response> {
    let files = ServeDir::new(site).precompressed_br().precompressed_gzip().append_index_html_on_directories(false);
    let Ok(answer) = files.oneshot(asked).await;
    if answer.status() == StatusCode::NOT_FOUND {
        return None;
    }
    let mut answer = answer.map(Body::new).into_response();
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
    Some(answer)
}

/// What every page says when the front end was never built.
pub(crate) async fn not_built() -> Response {
    let page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Hookreel</title>\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
        <h1>Hookreel is running, without its pages</h1>\
        <p>The REST API and inbound webhooks work. The dashboard's files were not found, because this program was \
        built without them.</p>\
        <p>In a checkout of the sources, build and start everything with <code>cargo xtask run</code>. If the files \
        are elsewhere, start with <code>--site-dir DIR</code> or set <code>HOOKREEL_SITE_DIR</code>.</p></html>";
    (StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response()
}
