//! `/api/auth`: logging in and out, one's own password and sessions. The second factor is in [`crate::totp`].

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use bookpath_app::access::{
    AccessError, Caller, PasswordError, SESSION, Session, end_sessions, sessions,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use time::Duration;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::Body;
use crate::caller::address;
use crate::csv_export::{CsvFile, csv_asked};
use crate::list::{Counted, List, limit, offset, page_of};
use crate::permission::{Allowed, COOKIE, Read};
use crate::users::{UserView, refused};
use crate::{Api, Problem};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(post_login))
        .routes(routes!(post_logout))
        .routes(routes!(get_me))
        .routes(routes!(post_password))
        .routes(routes!(get_sessions, delete_sessions))
}

/// An e-mail address and its password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    email: String,
    password: String,
    /// Of the authenticator app, or a recovery code, where the account has a second factor.
    #[schema(max_length = 64)]
    code: Option<String>,
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
        (status = 200, body = LoginView),
        (status = 401, description = "wrong_credentials; code_required where the account has a second factor and the request no code", body = Problem),
        (status = 429, description = "too_many_logins: the 6th try of a minute from a network, or the 21st in 15 minutes to an account from networks where its user was never seen", body = Problem)
    )
)]
async fn post_login(
    State(api): State<Api>,
    headers: HeaderMap,
    Body(credentials): Body<Credentials>,
) -> Result<Response, Problem> {
    let Credentials {
        email,
        password,
        code,
    } = credentials;
    let login = api
        .access
        .login(&email, &password, code.as_deref(), address(&headers))
        .await?;
    let jar = CookieJar::new().add(cookie(
        login.token.clone(),
        Duration::seconds(SESSION.as_secs()),
    ));
    let view = LoginView {
        user: UserView::from(&login.user),
        token: login.token,
    };
    Ok((jar, Json(view)).into_response())
}

/// The login's cookie; an age of nothing ends it.
fn cookie(token: String, age: Duration) -> Cookie<'static> {
    Cookie::build((COOKIE, token))
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Strict)
        .path("/")
        .max_age(age)
        .build()
}

/// The answer that ends a login in the browser, too.
fn ended() -> Response {
    let jar = CookieJar::new().add(cookie(String::new(), Duration::ZERO));
    (StatusCode::NO_CONTENT, jar).into_response()
}

/// Ends the login.
#[utoipa::path(
    post, path = "/api/auth/logout", tag = "auth",
    responses((status = 204, description = "the token is worth nothing now"))
)]
async fn post_logout(
    Allowed(caller, _): Allowed<Read>,
    State(api): State<Api>,
) -> Result<Response, Problem> {
    api.access.logout(&caller).await?;
    Ok(ended())
}

/// Who is logged in, and until when.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    user: UserView,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Seconds after which the session ends if nobody uses it.
    idle_seconds: i64,
    /// The account has a second factor.
    totp: bool,
}

/// Who is logged in.
#[utoipa::path(get, path = "/api/auth/me", tag = "auth", responses((status = 200, body = Me)))]
async fn get_me(
    Allowed(caller, _): Allowed<Read>,
    State(api): State<Api>,
) -> Result<Json<Me>, Problem> {
    let totp = api.access.has_totp(&caller.user_id).await?;
    let Caller {
        user_id: id,
        email,
        name,
        role,
        expires_at,
        ..
    } = caller;
    Ok(Json(Me {
        user: UserView {
            id,
            email,
            name,
            role,
            disabled: false,
        },
        expires_at,
        idle_seconds: api.access.idle.as_secs(),
        totp,
    }))
}

/// One's own password, and the next one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordBody {
    current_password: String,
    /// 12 to 256 characters.
    new_password: String,
}

/// Changes one's own password, and ends one's other sessions.
#[utoipa::path(
    post, path = "/api/auth/password", tag = "auth", request_body = PasswordBody,
    responses(
        (status = 204, description = "changed"),
        (status = 409, description = "wrong_password: the current password is wrong", body = Problem),
        (status = 429, description = "too_many_logins", body = Problem)
    )
)]
async fn post_password(
    Allowed(caller, _): Allowed<Read>,
    State(api): State<Api>,
    Body(body): Body<PasswordBody>,
) -> Result<StatusCode, Problem> {
    let changed = api
        .access
        .change_password(&caller, &body.current_password, &body.new_password)
        .await;
    match changed {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        // 401 would say that the session is over.
        Err(PasswordError::Access(AccessError::WrongCredentials)) => Err(Problem::new(
            StatusCode::CONFLICT,
            "wrong_password",
            "the current password is wrong",
        )),
        Err(PasswordError::Access(error)) => Err(error.into()),
        Err(PasswordError::User(error)) => Err(refused(error)),
    }
}

/// One of one's own sessions.
#[derive(Debug, Serialize, ToSchema)]
struct SessionView {
    #[serde(flatten)]
    session: Session,
    /// This very request belongs to it.
    current: bool,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// `json` (default) or `csv`.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,9}$")]
    cursor: Option<String>,
}

const SESSIONS: CsvFile = CsvFile {
    name: "sessions",
    days: &[],
    instants: &["created_at", "expires_at", "last_used_at"],
};

/// One's own sessions, oldest first.
#[utoipa::path(
    get, path = "/api/auth/sessions", tag = "auth", params(Params),
    responses(
        (status = 200, description = "a page; with format=csv all of them as text/csv", content((Counted<SessionView> = "application/json"), (String = "text/csv"))),
        (status = 422, body = Problem),
    )
)]
async fn get_sessions(
    Allowed(caller, _): Allowed<Read>,
    State(api): State<Api>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let csv = csv_asked(params.format.as_deref())?;
    let (limit, offset) = (limit(params.limit)?, offset(params.cursor.as_deref())?);
    let now = api.clock.now();
    let on = sessions(api.store.as_ref(), &caller.user_id, now).await?;
    let view = |session: Session| SessionView {
        current: session.session_id == caller.session_id,
        session,
    };
    let views: Vec<SessionView> = on.into_iter().map(view).collect();
    if csv {
        return SESSIONS.file(&api.rules.reporting_timezone, views);
    }
    let total = views.len();
    let (items, next_cursor) = page_of(views.into_iter(), limit, offset);
    let list = List {
        next_cursor,
        ..List::now(now, items)
    };
    Ok(Json(list.counted(total)).into_response())
}

/// Ends all of one's own sessions, this one too.
#[utoipa::path(delete, path = "/api/auth/sessions", tag = "auth", responses((status = 204, description = "all are ended")))]
async fn delete_sessions(
    Allowed(caller, _): Allowed<Read>,
    State(api): State<Api>,
) -> Result<Response, Problem> {
    let (store, now, who) = (api.store.as_ref(), api.clock.now(), &caller.user_id);
    end_sessions(store, &*api.access.ids, now, who, None, who)
        .await
        .map_err(refused)?;
    Ok(ended())
}
