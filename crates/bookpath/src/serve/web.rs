//! The web app: the files of its build, and which of them answers which path. On AWS CloudFront and S3 do the same.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get};
use bookpath_api::Problem;
use bookpath_domain::BusinessConfig;
use sha2::{Digest, Sha256};

use crate::failure::Failure;

/// The build that this program was compiled with; empty where there was none.
const EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/web.rs"));
/// Views of the team's page.
const TEAM: [&str; 5] = ["/app", "/app/", "/app/{*view}", "/login", "/login/"];
/// Views of the customers' page.
const CUSTOMERS: [&str; 8] = [
    "/book",
    "/book/",
    "/book/{*view}",
    "/bookings",
    "/bookings/",
    "/bookings/{*view}",
    "/recover",
    "/recover/",
];
/// A name with a hash of its content never changes.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// One file of the build.
struct File {
    bytes: Vec<u8>,
    tag: HeaderValue,
}

/// The build.
struct Site {
    files: HashMap<String, File>,
    policy: HeaderValue,
}

/// The routes of the web app. Its files are read once: from `folder`, else they are those of the program itself.
///
/// # Errors
/// The folder can't be read.
pub(super) fn router(folder: Option<&Path>, rules: &BusinessConfig) -> Result<Router, Failure> {
    let mut files = HashMap::new();
    match folder {
        Some(folder) => read(folder, "", &mut files)
            .map_err(|e| Failure::new(format!("--web {}: {e}", folder.display())))?,
        None => files.extend(
            EMBEDDED
                .iter()
                .map(|(name, bytes)| ((*name).to_owned(), file(bytes.to_vec()))),
        ),
    }
    if files.is_empty() {
        tracing::warn!("the web app is not in this program: run `make web` and build it again");
    }
    let site = Arc::new(Site {
        files,
        policy: policy(rules),
    });
    let mut router = Router::new().route("/", get(async || Redirect::temporary("/app")));
    for path in TEAM {
        router = router.route(path, get(team));
    }
    for path in CUSTOMERS {
        router = router.route(path, get(customers));
    }
    for path in ["/assets/{*name}", "/theme.js", "/favicon.svg"] {
        router = router.route(path, get(asset));
    }
    Ok(router.route("/{*path}", any(lost)).with_state(site))
}

/// Content security policy: own files only, and Calendly's pages in the customers' frame.
fn policy(rules: &BusinessConfig) -> HeaderValue {
    let mut frames: Vec<String> = rules
        .session_types
        .iter()
        .filter_map(|s| origin(&s.scheduling_url))
        .collect();
    frames.sort();
    frames.dedup();
    let frames = match frames.as_slice() {
        [] => "'none'".to_owned(),
        some => some.join(" "),
    };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; \
         connect-src 'self'; frame-src {frames}; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Scheme, host and port of a url.
fn origin(url: &str) -> Option<String> {
    let uri: axum::http::Uri = url.parse().ok()?;
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}

fn read(folder: &Path, prefix: &str, files: &mut HashMap<String, File>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name, file(std::fs::read(entry.path())?));
        }
    }
    Ok(())
}

fn file(bytes: Vec<u8>) -> File {
    let hash = hex::encode(&Sha256::digest(&bytes)[..8]);
    let tag = HeaderValue::from_str(&format!("\"{hash}\""));
    File {
        bytes,
        tag: tag.unwrap_or(HeaderValue::from_static("\"\"")),
    }
}

async fn team(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    site.page("app.html", &headers)
}

async fn customers(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    site.page("book.html", &headers)
}

async fn asset(State(site): State<Arc<Site>>, request: Request) -> Response {
    let name = request.uri().path().trim_start_matches('/');
    site.answer(name, request.headers())
        .unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

/// An unknown path: a browser gets the customers' page with status 404, a program gets problem JSON.
async fn lost(State(site): State<Arc<Site>>, request: Request) -> Response {
    let accepted = request.headers().get(header::ACCEPT);
    let by_person = accepted.is_some_and(|a| a.to_str().is_ok_and(|a| a.contains("text/html")));
    let of_api = request.uri().path().starts_with("/api/");
    if request.method() != Method::GET || !by_person || of_api {
        return Problem::of_status(StatusCode::NOT_FOUND).into_response();
    }
    let mut response = site.page("book.html", &HeaderMap::new());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

impl Site {
    fn page(&self, name: &str, asked: &HeaderMap) -> Response {
        let Some(mut response) = self.answer(name, asked) else {
            let text = "the web app is not built: run `make web`, then build and start again";
            return Problem::not_found(text).into_response();
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        response
    }

    /// A file, compressed where the browser takes that; 304 where it has it.
    fn answer(&self, name: &str, asked: &HeaderMap) -> Option<Response> {
        let plain = self.files.get(name)?;
        let text = |name| asked.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
        let mut headers = HeaderMap::new();
        headers.insert(header::ETAG, plain.tag.clone());
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let cached = if name.starts_with("assets/") {
            FOREVER
        } else {
            ASK_AGAIN
        };
        headers.insert(header::CACHE_CONTROL, cached);
        if plain
            .tag
            .to_str()
            .is_ok_and(|tag| bookpath_api::names_tag(asked, tag))
        {
            return Some((StatusCode::NOT_MODIFIED, headers).into_response());
        }
        headers.insert(header::CONTENT_TYPE, content_type(name));
        let accepted = text(header::ACCEPT_ENCODING).unwrap_or_default();
        let packed = [("br", ".br"), ("gzip", ".gz")]
            .into_iter()
            .find_map(|(coding, ending)| {
                let takes = accepted.split(',').any(|part| part.trim() == coding);
                let file = self
                    .files
                    .get(&format!("{name}{ending}"))
                    .filter(|_| takes)?;
                Some((coding, file))
            });
        let bytes = match packed {
            Some((coding, file)) => {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
                &file.bytes
            }
            None => &plain.bytes,
        };
        Some((headers, bytes.clone()).into_response())
    }
}

fn content_type(name: &str) -> HeaderValue {
    HeaderValue::from_static(match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    })
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt as _;

    use super::*;

    async fn asked(path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("assets")).unwrap();
        for (name, text) in [
            ("app.html", "team"),
            ("book.html", "customers"),
            ("assets/x-1.js", "script"),
            ("assets/x-1.js.br", "packed"),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let router = router(Some(folder.path()), &BusinessConfig::default()).unwrap();
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = router
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 65_536).await.unwrap();
        (parts.status, parts.headers, bytes.to_vec())
    }

    #[tokio::test]
    async fn a_view_is_answered_by_its_page_and_is_asked_for_again() {
        for (path, body) in [
            ("/app", "team"),
            ("/app/", "team"),
            ("/app/bookings/b1", "team"),
            ("/login", "team"),
            ("/book", "customers"),
            ("/bookings", "customers"),
            ("/bookings/", "customers"),
            ("/bookings/b1", "customers"),
            ("/recover", "customers"),
        ] {
            let (status, headers, bytes) = asked(path, &[]).await;
            assert_eq!((status, bytes), (StatusCode::OK, body.into()), "{path}");
            assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
            let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(!policy.contains("unsafe"), "{policy}");
        }
    }

    #[tokio::test]
    async fn where_nothing_lies_a_person_reads_a_page_and_a_program_a_problem() {
        let browser = [("accept", "text/html,*/*;q=0.8")];
        let (status, _, bytes) = asked("/no/such/page", &browser).await;
        assert_eq!(
            (status, bytes),
            (StatusCode::NOT_FOUND, b"customers".to_vec())
        );
        for (path, headers) in [("/no/such/page", &[][..]), ("/api/nothing", &browser)] {
            let (status, headers, _) = asked(path, headers).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
        }
    }

    #[tokio::test]
    async fn a_hashed_file_is_kept_for_ever_packed_and_not_sent_twice() {
        let (_, headers, bytes) = asked("/assets/x-1.js", &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(bytes, b"packed");
        assert_eq!(headers[header::CONTENT_ENCODING], "br");
        assert_eq!(headers[header::CACHE_CONTROL], FOREVER);
        let tag = headers[header::ETAG].to_str().unwrap();
        let (status, _, bytes) = asked("/assets/x-1.js", &[("if-none-match", tag)]).await;
        assert_eq!((status, bytes.len()), (StatusCode::NOT_MODIFIED, 0));
        assert_eq!(asked("/assets/none.js", &[]).await.0, StatusCode::NOT_FOUND);
    }
}
