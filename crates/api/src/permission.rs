//! Who calls, and whether they may: a permission is an argument of its handler.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum_extra::extract::CookieJar;
use bookpath_app::access::{Access, AccessError, Caller};
use bookpath_domain::access::Role;

use crate::{Api, BookingsApi, Problem};

/// The cookie of a login.
pub(crate) const COOKIE: &str = "bookpath_session";

/// A set of roles.
pub(crate) trait Permission {
    /// Who has it.
    const ROLES: &'static [Role];
}

/// Everybody who is logged in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Read;
impl Permission for Read {
    const ROLES: &'static [Role] = &Role::ALL;
}

/// Permission to read conversations and the list of contacts: admins and viewers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadAll;
impl Permission for ReadAll {
    const ROLES: &'static [Role] = &[Role::Admin, Role::Viewer];
}

/// Admins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Administer;
impl Permission for Administer {
    const ROLES: &'static [Role] = &[Role::Admin];
}

/// The caller of a handler, who has the permission `P`.
#[derive(Debug, Clone)]
pub(crate) struct Allowed<P>(pub(crate) Caller, pub(crate) PhantomData<P>);

impl<P: Permission, S: Send + Sync> FromRequestParts<S> for Allowed<P>
where
    Arc<Access>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let access: Arc<Access> = Arc::from_ref(state);
        let caller = authenticate(&access, &parts.method, &parts.headers).await?;
        if P::ROLES.contains(&caller.role) {
            if asks_for_file(parts) {
                let (who, path) = (&caller.user_id, parts.uri.path());
                access.note(who, "file_exported", path).await?;
            }
            return Ok(Self(caller, PhantomData));
        }
        let detail = format!("your role, {}, may not do this", caller.role.as_str());
        Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail))
    }
}

/// Whether all rows of a list are asked for as a file, which is an export (S3-113). The other parameters are not part of the line:
/// they may name a person.
fn asks_for_file(parts: &Parts) -> bool {
    let asked = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
    let is_csv = |(name, value): &(String, String)| name == "format" && value == "csv";
    parts.method == Method::GET && asked.is_ok_and(|Query(pairs)| pairs.iter().any(is_csv))
}

impl FromRef<Api> for Arc<Access> {
    fn from_ref(api: &Api) -> Self {
        api.access.clone()
    }
}

impl FromRef<BookingsApi> for Arc<Access> {
    fn from_ref(api: &BookingsApi) -> Self {
        api.access.clone()
    }
}

/// Who calls, by Bearer token or cookie.
///
/// # Errors
/// 401 without a good login, 403 for a cookie that another site made the browser send.
pub(crate) async fn authenticate(
    access: &Access,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Caller, Problem> {
    if let Some(token) = bearer(headers) {
        return Ok(access.caller(token).await?);
    }
    let cookies = CookieJar::from_headers(headers);
    let token = cookies.get(COOKIE).ok_or(AccessError::NotLoggedIn)?;
    let caller = access.caller(token.value()).await?;
    if !method.is_safe() && !same_origin(headers) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "cross_site",
            "the request does not come from this site",
        ));
    }
    Ok(caller)
}

/// The Bearer token of a request; the scheme is written in any case (RFC 9110, 11.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.trim_start().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Whether a request that needs no login may come from a browser: from a page of this site, or from no page at all. What
/// says nothing is no browser.
#[must_use]
pub fn from_own_site(headers: &HeaderMap) -> bool {
    let says = |name: &str| headers.contains_key(name);
    !(says("sec-fetch-site") || says("origin")) || same_origin(headers)
}

/// Whether the browser names this site as the origin. A request that names none does not come from a browser, which would
/// send a cookie.
fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let host = text("host");
    text("origin")
        .and_then(|origin| origin.split_once("://"))
        .is_some_and(|(_, origin)| Some(origin) == host)
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        let detail = error.to_string();
        match error {
            AccessError::WrongCredentials => {
                Self::new(StatusCode::UNAUTHORIZED, "wrong_credentials", detail)
            }
            AccessError::CodeWanted => Self::new(StatusCode::UNAUTHORIZED, "code_required", detail),
            AccessError::NotLoggedIn => {
                Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
            }
            AccessError::TooManyTries { retry_after_s } => {
                Self::too_many("too_many_logins", retry_after_s)
            }
            AccessError::Store(error) => error.into(),
        }
    }
}
