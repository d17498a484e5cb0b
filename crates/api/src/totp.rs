//! `/api/auth/totp`: one's own second factor; `/api/users/{id}/totp`: that of a colleague who lost it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bookpath_app::access::{Enrolment, TotpError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::Body;
use crate::permission::{Administer, Allowed, Read};
use crate::users::known;
use crate::{Api, Problem};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(post_totp))
        .routes(routes!(post_totp_off))
        .routes(routes!(delete_totp))
}

/// Either one's own password, to begin, or the first code of the app, to turn it on.
#[derive(Deserialize, ToSchema)]
#[serde(untagged, deny_unknown_fields)]
enum TotpBody {
    Begin {
        current_password: String,
    },
    Confirm {
        /// Six digits.
        #[schema(max_length = 64)]
        code: String,
    },
}

/// What opens the account when the app is lost, each once.
#[derive(Serialize, ToSchema)]
struct RecoveryView {
    /// They are not shown again.
    recovery_codes: Vec<String>,
}

/// What a step of the setup answers.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum TotpView {
    Begun(Enrolment),
    On(RecoveryView),
}

/// Sets up one's own second factor: with the password it answers a secret for an authenticator app, with the app's
/// first code it turns the factor on. From then on a login takes a code.
#[utoipa::path(
    post, path = "/api/auth/totp", tag = "auth", request_body = TotpBody,
    responses(
        (status = 200, description = "the secret; after the first code the recovery codes", body = TotpView),
        (status = 409, description = "wrong_password, wrong_code, totp_on or totp_off", body = Problem),
        (status = 429, description = "too_many_logins", body = Problem)
    )
)]
async fn post_totp(
    Allowed(caller, _): Allowed<Read>,
    State(api): State<Api>,
    Body(body): Body<TotpBody>,
) -> Result<Response, Problem> {
    let view = match body {
        TotpBody::Begin { current_password } => api
            .access
            .begin_totp(&caller, &current_password)
            .await
            .map(TotpView::Begun),
        TotpBody::Confirm { code } => api
            .access
            .confirm_totp(&caller, &code)
            .await
            .map(|recovery_codes| TotpView::On(RecoveryView { recovery_codes })),
    };
    Ok(Json(view.map_err(refused)?).into_response())
}

/// A code of the app, or a recovery code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CodeBody {
    #[schema(max_length = 64)]
    code: String,
}

/// Turns one's own second factor off.
#[utoipa::path(
    post, path = "/api/auth/totp/off", tag = "auth", request_body = CodeBody,
    responses(
        (status = 204, description = "logins take the password alone"),
        (status = 409, description = "wrong_code or totp_off", body = Problem),
        (status = 429, description = "too_many_logins", body = Problem)
    )
)]
async fn post_totp_off(
    Allowed(caller, _): Allowed<Read>,
    State(api): State<Api>,
    Body(CodeBody { code }): Body<CodeBody>,
) -> Result<StatusCode, Problem> {
    api.access.end_totp(&caller, &code).await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the second factor of a user who lost it; without one nothing changes.
#[utoipa::path(
    delete, path = "/api/users/{id}/totp", tag = "users", params(("id" = String, Path)),
    responses((status = 204, description = "logins of the user take the password alone"))
)]
async fn delete_totp(
    Allowed(caller, _): Allowed<Administer>,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    known(api.store.as_ref(), &id).await?;
    api.access.remove_totp(&id, &caller.user_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// 401 would say that the session is over.
fn refused(error: TotpError) -> Problem {
    let detail = error.to_string();
    match error {
        TotpError::WrongPassword => Problem::new(StatusCode::CONFLICT, "wrong_password", detail),
        TotpError::WrongCode => Problem::new(StatusCode::CONFLICT, "wrong_code", detail),
        TotpError::On => Problem::new(StatusCode::CONFLICT, "totp_on", detail),
        TotpError::Off => Problem::new(StatusCode::CONFLICT, "totp_off", detail),
        TotpError::Access(error) => error.into(),
    }
}
