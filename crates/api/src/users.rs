//! `/api/users`: who may use the application.

use axum::Json;
use axum::extract::{Path, Query, State, rejection::QueryRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bookpath_app::access::{
    ChangedUser, NewUser, UserError, UserRow, add_user, by_id, change_user, end_sessions,
    list_users, set_password,
};
use bookpath_app::ports::Store;
use bookpath_domain::access::Role;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::{Body, OptionalBody};
use crate::csv_export::{CsvFile, csv_asked, every};
use crate::list::{Counted, Cursors, List, limit};
use crate::permission::{Administer, Allowed};
use crate::{Api, Problem};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(get_users, post_user))
        .routes(routes!(patch_user))
        .routes(routes!(post_reset))
        .routes(routes!(delete_user_sessions))
}

/// A user, as everybody may see them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserView {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) name: Option<String>,
    #[schema(value_type = String)]
    pub(crate) role: Role,
    /// May not log in.
    pub(crate) disabled: bool,
}

impl From<&UserRow> for UserView {
    fn from(user: &UserRow) -> Self {
        Self {
            id: user.user_id.clone(),
            email: user.email.clone(),
            name: user.name.clone(),
            role: user.role,
            disabled: user.disabled,
        }
    }
}

const CURSORS: Cursors = Cursors("users");
const USERS: CsvFile = CsvFile {
    name: "users",
    days: &[],
    instants: &[],
};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// `json` (default) or `csv`; a CSV file has all rows.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^users[.]([0-9a-f]{2}){1,1024}$")]
    cursor: Option<String>,
}

/// The users of the application.
#[utoipa::path(
    get, path = "/api/users", tag = "users", params(Params),
    responses((status = 200, description = "a page; with format=csv all of them as text/csv", content((Counted<UserView> = "application/json"), (String = "text/csv"))))
)]
async fn get_users(
    _: Allowed<Administer>,
    State(api): State<Api>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let store = api.store.as_ref();
    let page = |limit, cursor| list_users(store, limit, cursor);
    if csv_asked(params.format.as_deref())? {
        let users = every(page).await?;
        let zone = &api.rules.reporting_timezone;
        return USERS.file(zone, users.iter().map(UserView::from));
    }
    let begin = CURSORS.read(params.cursor.as_deref())?;
    let (users, next) = page(limit(params.limit)?, begin).await?;
    let list = List {
        next_cursor: CURSORS.write(next),
        ..List::now(api.clock.now(), users.iter().map(UserView::from).collect())
    };
    Ok(Json(list.counted_from(params.cursor.as_deref())).into_response())
}

/// A user to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserBody {
    #[schema(format = "email")]
    email: String,
    #[schema(max_length = 200)]
    name: Option<String>,
    /// admin, sales or viewer.
    #[schema(value_type = String, pattern = "^(admin|sales|viewer)$")]
    role: Role,
    /// 12 to 256 characters.
    #[schema(min_length = 12, max_length = 256)]
    password: String,
}

/// Adds a user.
#[utoipa::path(
    post, path = "/api/users", tag = "users", request_body = UserBody,
    responses(
        (status = 201, body = UserView),
        (status = 409, description = "user_exists", body = Problem)
    )
)]
async fn post_user(
    Allowed(caller, _): Allowed<Administer>,
    State(api): State<Api>,
    Body(new): Body<UserBody>,
) -> Result<Response, Problem> {
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

/// What is to change about a user; what is not given stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserChange {
    /// admin, sales or viewer.
    #[schema(value_type = Option<String>, pattern = "^(admin|sales|viewer)$")]
    role: Option<Role>,
    /// A disabled user may not log in, and their sessions end at once.
    disabled: Option<bool>,
}

/// Changes a user's role, or disables or enables them.
#[utoipa::path(
    patch, path = "/api/users/{id}", tag = "users", params(("id" = String, Path)), request_body = UserChange,
    responses(
        (status = 200, body = UserView),
        (status = 409, description = "own_account: nobody changes themselves", body = Problem)
    )
)]
async fn patch_user(
    Allowed(caller, _): Allowed<Administer>,
    State(api): State<Api>,
    Path(id): Path<String>,
    Body(UserChange { role, disabled }): Body<UserChange>,
) -> Result<Json<UserView>, Problem> {
    let (store, now) = (api.store.as_ref(), api.clock.now());
    let change = ChangedUser { role, disabled };
    let who = &caller.user_id;
    let changed = change_user(store, &*api.access.ids, now, &id, change, who)
        .await
        .map_err(refused)?;
    Ok(Json(UserView::from(&changed)))
}

/// The next password of a user.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResetBody {
    /// 12 to 256 characters; without it a fresh one is made.
    #[schema(min_length = 12, max_length = 256)]
    password: Option<String>,
}

/// A user with a password of which nothing is kept but its hash.
#[derive(Debug, Serialize, ToSchema)]
struct ResetView {
    user: UserView,
    /// Only where the server made it; it is not shown again.
    password: Option<String>,
}

/// Gives a user another password, and ends their sessions.
#[utoipa::path(
    post, path = "/api/users/{id}/reset", tag = "users", params(("id" = String, Path)), request_body = Option<ResetBody>,
    responses((status = 200, body = ResetView))
)]
async fn post_reset(
    Allowed(caller, _): Allowed<Administer>,
    State(api): State<Api>,
    Path(id): Path<String>,
    OptionalBody(body): OptionalBody<ResetBody>,
) -> Result<Json<ResetView>, Problem> {
    let (store, now, who) = (api.store.as_ref(), api.clock.now(), &caller.user_id);
    let ids = &*api.access.ids;
    let made = body.password.is_none().then(|| {
        let digest = Sha256::digest(format!("{}{}", ids.fresh(), ids.fresh()));
        hex::encode(&digest[..12])
    });
    let password = body.password.as_ref().or(made.as_ref());
    let password = password.map_or("", String::as_str);
    let user = set_password(store, ids, now, &id, password, who)
        .await
        .map_err(refused)?;
    end_sessions(store, ids, now, &id, None, who)
        .await
        .map_err(refused)?;
    Ok(Json(ResetView {
        user: UserView::from(&user),
        password: made,
    }))
}

/// Ends every session of a user.
#[utoipa::path(
    delete, path = "/api/users/{id}/sessions", tag = "users", params(("id" = String, Path)),
    responses((status = 204, description = "all are ended"))
)]
async fn delete_user_sessions(
    Allowed(caller, _): Allowed<Administer>,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let (store, now, who) = (api.store.as_ref(), api.clock.now(), &caller.user_id);
    known(store, &id).await?;
    end_sessions(store, &*api.access.ids, now, &id, None, who)
        .await
        .map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

/// 404 for a user that does not exist.
pub(crate) async fn known(store: &dyn Store, id: &str) -> Result<(), Problem> {
    match by_id(store, id).await? {
        Some(_) => Ok(()),
        None => Err(refused(UserError::Unknown)),
    }
}

/// Why a user can't be added or changed.
pub(crate) fn refused(error: UserError) -> Problem {
    let detail = error.to_string();
    match error {
        UserError::Exists => Problem::new(StatusCode::CONFLICT, "user_exists", detail),
        UserError::Oneself => Problem::new(StatusCode::CONFLICT, "own_account", detail),
        UserError::NotAdmin => Problem::new(StatusCode::FORBIDDEN, "forbidden", detail),
        UserError::WeakPassword(_) => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "weak_password", detail)
        }
        UserError::NoAddress | UserError::LongName => Problem::invalid_body(detail),
        UserError::Unknown => Problem::not_found(detail),
        UserError::Store(error) => error.into(),
    }
}
