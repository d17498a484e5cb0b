//! Who calls, and whether they may: a permission is an argument of its handler.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRef, FromRequestParts, Query, State, rejection::QueryRejection};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bookpath_domain::access::Role;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::list::{List, Paging, limit};
use super::{Api, BookingsApi, Problem};
use bookpath_app::access::{
    Access, AccessError, AuditRow, Caller, NewUser, SESSION, UserError, UserRow, add_user,
    audit_trail, list_users,
};

/// The cookie of a login.
pub const COOKIE: &str = "bookpath_session";
/// The header in which the process notes the caller's address; what a client sends under it is thrown away.
pub const CLIENT_IP: &str = "x-bookpath-client-ip";

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(post_login))
        .routes(routes!(post_logout))
        .routes(routes!(get_me))
        .routes(routes!(get_users, post_user))
        .routes(routes!(get_audit))
}

/// A set of roles.
pub trait Permission {
    /// Who has it.
    const ROLES: &'static [Role];
}

/// Everybody who is logged in.
#[derive(Debug, Clone, Copy)]
pub struct Read;
impl Permission for Read {
    const ROLES: &'static [Role] = &Role::ALL;
}

/// Who sees every customer's words: admins and viewers.
#[derive(Debug, Clone, Copy)]
pub struct ReadAll;
impl Permission for ReadAll {
    const ROLES: &'static [Role] = &[Role::Admin, Role::Viewer];
}

/// Admins.
#[derive(Debug, Clone, Copy)]
pub struct Administer;
impl Permission for Administer {
    const ROLES: &'static [Role] = &[Role::Admin];
}

/// The caller of a handler, who has the permission `P`.
#[derive(Debug, Clone)]
pub struct Allowed<P>(pub Caller, pub(super) PhantomData<P>);

impl<P: Permission, S: Send + Sync> FromRequestParts<S> for Allowed<P>
where
    Arc<Access>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = authenticate(&Arc::from_ref(state), &parts.method, &parts.headers).await?;
        if P::ROLES.contains(&caller.role) {
            return Ok(Self(caller, PhantomData));
        }
        let detail = format!("a {} may not do this", caller.role.as_str());
        Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail))
    }
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
pub(super) async fn authenticate(
    access: &Access,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Caller, Problem> {
    if let Some(token) = bearer(headers) {
        return Ok(access.caller(token).await?);
    }
    let token = cookie(headers).ok_or(AccessError::NotLoggedIn)?;
    let caller = access.caller(token).await?;
    if !method.is_safe() && !same_origin(headers) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "cross_site",
            "the request does not come from this site",
        ));
    }
    Ok(caller)
}

/// The Bearer token of a request.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value
        .strip_prefix("Bearer ")
        .map(str::trim)
        .filter(|token| !token.is_empty())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}

/// A browser says where a request comes from; what says nothing is no browser and needs no cookie.
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
            AccessError::NotLoggedIn => {
                Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
            }
            AccessError::TooManyTries { retry_after_s } => Self {
                retry_after_s: Some(retry_after_s),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_logins", detail)
            },
            AccessError::Store(error) => error.into(),
        }
    }
}

/// An e-mail address and its password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    email: String,
    password: String,
}

/// A user, as everybody may see them.
#[derive(Debug, Serialize, ToSchema)]
struct UserView {
    id: String,
    email: String,
    name: Option<String>,
    #[schema(value_type = String)]
    role: Role,
}

impl From<&UserRow> for UserView {
    fn from(user: &UserRow) -> Self {
        Self {
            id: user.user_id.clone(),
            email: user.email.clone(),
            name: user.name.clone(),
            role: user.role,
        }
    }
}

/// A login.
#[derive(Debug, Serialize, ToSchema)]
struct LoginView {
    token: String,
    user: UserView,
}

/// Logs in for 8 hours: the token is in the answer and in a cookie that scripts can't read.
#[utoipa::path(
    post, path = "/api/auth/login", tag = "auth", request_body = Credentials,
    responses(
        (status = 200, body = LoginView), (status = 401, description = "wrong_credentials", body = Problem),
        (status = 422, body = Problem), (status = 429, description = "the 6th try of a minute", body = Problem), (status = 503, body = Problem)
    )
)]
async fn post_login(
    State(api): State<Api>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let ip = headers
        .get(CLIENT_IP)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("local");
    let Credentials { email, password } = serde_json::from_slice(&body)
        .map_err(|_| Problem::invalid_body("send {\"email\", \"password\"}"))?;
    let login = api.access.login(&email, &password, ip).await?;
    let cookie = format!(
        "{COOKIE}={}; HttpOnly; Secure; SameSite=Strict; Path=/; Max-Age={}",
        login.token,
        SESSION.as_secs()
    );
    let view = LoginView {
        user: UserView::from(&login.user),
        token: login.token,
    };
    Ok(([(header::SET_COOKIE, cookie)], Json(view)).into_response())
}

/// Ends the login.
#[utoipa::path(
    post, path = "/api/auth/logout", tag = "auth",
    responses((status = 204, description = "the token is worth nothing now"), (status = 401, body = Problem), (status = 503, body = Problem))
)]
async fn post_logout(
    Allowed(caller, _): Allowed<Read>,
    State(api): State<Api>,
) -> Result<Response, Problem> {
    api.access.logout(&caller).await?;
    let cookie = format!("{COOKIE}=; HttpOnly; Secure; SameSite=Strict; Path=/; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Who is logged in, and until when.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    user: UserView,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Who is logged in.
#[utoipa::path(get, path = "/api/auth/me", tag = "auth", responses((status = 200, body = Me), (status = 401, body = Problem), (status = 503, body = Problem)))]
async fn get_me(Allowed(caller, _): Allowed<Read>) -> Json<Me> {
    let Caller {
        user_id: id,
        email,
        name,
        role,
        expires_at,
        ..
    } = caller;
    Json(Me {
        user: UserView {
            id,
            email,
            name,
            role,
        },
        expires_at,
    })
}

/// The users of the application.
#[utoipa::path(
    get, path = "/api/users", tag = "users", params(Paging),
    responses((status = 200, body = List<UserView>), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem))
)]
async fn get_users(
    _: Allowed<Administer>,
    State(api): State<Api>,
    params: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<List<UserView>>, Problem> {
    let Query(params) = params?;
    let (users, next_cursor) =
        list_users(api.store.as_ref(), limit(params.limit)?, params.cursor).await?;
    let items = users.iter().map(UserView::from).collect();
    Ok(Json(List {
        as_of: Some(api.clock.now()),
        lag_seconds: Some(0),
        items,
        next_cursor,
    }))
}

/// A user to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserBody {
    email: String,
    name: Option<String>,
    /// admin, sales or viewer.
    #[schema(value_type = String)]
    role: Role,
    /// At least 12 characters.
    password: String,
}

/// Adds a user.
#[utoipa::path(
    post, path = "/api/users", tag = "users", request_body = UserBody,
    responses(
        (status = 201, body = UserView), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, description = "user_exists", body = Problem), (status = 422, description = "weak_password or invalid_body", body = Problem)
    )
)]
async fn post_user(
    Allowed(caller, _): Allowed<Administer>,
    State(api): State<Api>,
    body: Bytes,
) -> Result<Response, Problem> {
    let new: UserBody = serde_json::from_slice(&body).map_err(|_| {
        Problem::invalid_body("send {\"email\", \"name\"?, \"role\", \"password\"}")
    })?;
    let user = NewUser {
        email: &new.email,
        name: new.name.as_deref(),
        role: new.role,
        password: &new.password,
        actor: &caller.user_id,
    };
    let added = add_user(api.store.as_ref(), &*api.access.ids, api.clock.now(), &user)
        .await
        .map_err(refused)?;
    Ok((StatusCode::CREATED, Json(UserView::from(&added))).into_response())
}

fn refused(error: UserError) -> Problem {
    let detail = error.to_string();
    match error {
        UserError::Exists => Problem::new(StatusCode::CONFLICT, "user_exists", detail),
        UserError::WeakPassword(_) => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "weak_password", detail)
        }
        UserError::NoAddress | UserError::LongName => Problem::invalid_body(detail),
        UserError::Store(error) => error.into(),
    }
}

/// Who did what, newest first.
#[utoipa::path(
    get, path = "/api/audit", tag = "users", params(Paging),
    responses((status = 200, body = List<AuditRow>), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem))
)]
async fn get_audit(
    _: Allowed<Administer>,
    State(api): State<Api>,
    params: Result<Query<Paging>, QueryRejection>,
) -> Result<Json<List<AuditRow>>, Problem> {
    let Query(params) = params?;
    let (items, next_cursor) =
        audit_trail(api.store.as_ref(), limit(params.limit)?, params.cursor).await?;
    Ok(Json(List {
        as_of: Some(api.clock.now()),
        lag_seconds: Some(0),
        items,
        next_cursor,
    }))
}
