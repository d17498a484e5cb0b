//! `POST /api/contacts/merge`, `/unmerge`, `/reject`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bookpath_app::access::Caller;
use bookpath_app::people::{DecideError, Decided, Decider, DecisionRequest};
use bookpath_app::ports::Rounds;
use serde::Deserialize;
use utoipa::ToSchema;

use super::judged::judged;
use crate::body::Body;
use crate::instants::Instants;
use crate::permission::{Administer, Allowed};
use crate::{Api, Problem};

/// Two contacts that are one person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MergeBody {
    /// The contact that stays: its id, or an address of it.
    into: String,
    /// The contact that goes into it.
    from: String,
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// Answer what would move, and change nothing.
    #[serde(default)]
    dry_run: bool,
}

/// What no longer counts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UnmergeBody {
    /// `merge_id` of a merge or of a pair told apart, or the `edge_id` of a piece of evidence.
    merge_id: String,
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// Answer what would move, and change nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Two contacts that are not one person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RejectBody {
    contact_ids: [String; 2],
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// Answer what would move, and change nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Says that two contacts are one person. Nothing is lost: it can be taken back under its id.
#[utoipa::path(
    post, path = "/api/contacts/merge", tag = "contacts", request_body = MergeBody,
    responses(
        (status = 200, description = "`merge_id` and `moves`", body = Object),
        (status = 404, description = "no such contact", body = Problem),
        (status = 409, description = "one_contact: both are the same contact", body = Problem)
    )
)]
pub(super) async fn post_merge(
    Allowed(caller, _): Allowed<Administer>,
    State(api): State<Api>,
    Body(body): Body<MergeBody>,
) -> Result<Json<Decided>, Problem> {
    let asked = DecisionRequest::Merge {
        into: &body.into,
        from: &body.from,
    };
    decide(&api, &caller, asked, body.reason.as_deref(), body.dry_run).await
}

/// Takes a merge back, or any single piece of evidence.
#[utoipa::path(
    post, path = "/api/contacts/unmerge", tag = "contacts", request_body = UnmergeBody,
    responses(
        (status = 200, description = "`merge_id` of this decision and `moves`", body = Object),
        (status = 404, description = "no such merge", body = Problem),
        (status = 409, description = "taken_back: it does not count already", body = Problem)
    )
)]
pub(super) async fn post_unmerge(
    Allowed(caller, _): Allowed<Administer>,
    State(api): State<Api>,
    Body(body): Body<UnmergeBody>,
) -> Result<Json<Decided>, Problem> {
    let asked = DecisionRequest::Unmerge { id: &body.merge_id };
    decide(&api, &caller, asked, body.reason.as_deref(), body.dry_run).await
}

/// Says that two contacts are not one person: they are no candidates any more, and no telephone joins them.
#[utoipa::path(
    post, path = "/api/contacts/reject", tag = "contacts", request_body = RejectBody,
    responses(
        (status = 200, description = "`merge_id` of this decision and `moves`", body = Object),
        (status = 404, description = "no such contact", body = Problem),
        (status = 409, description = "one_contact: both are the same contact", body = Problem)
    )
)]
pub(super) async fn post_reject(
    Allowed(caller, _): Allowed<Administer>,
    State(api): State<Api>,
    Body(body): Body<RejectBody>,
) -> Result<Json<Decided>, Problem> {
    let [a, b] = &body.contact_ids;
    let asked = DecisionRequest::Reject { a, b };
    decide(&api, &caller, asked, body.reason.as_deref(), body.dry_run).await
}

/// Decides over what is known, and again where another decision came in between.
async fn decide(
    api: &Api,
    caller: &Caller,
    asked: DecisionRequest<'_>,
    reason: Option<&str>,
    dry_run: bool,
) -> Result<Json<Decided>, Problem> {
    let mut rounds = Rounds::new("decisions of others kept coming in between");
    loop {
        rounds.begin()?;
        let known = judged(api, Instants::default()).await?.known;
        let decider = Decider {
            store: api.store.as_ref(),
            ids: &*api.access.ids,
            rules: &api.rules,
            known: &known,
            now: api.clock.now(),
            actor: &caller.user_id,
            reason,
            dry_run,
        };
        match decider.decide_on(asked).await {
            Err(DecideError::Meanwhile) => {}
            decided => return decided.map(Json).map_err(refused),
        }
    }
}

fn refused(error: DecideError) -> Problem {
    let detail = error.to_string();
    match error {
        DecideError::UnknownContact(_) | DecideError::UnknownMerge(_) => Problem::not_found(detail),
        DecideError::OneContact => Problem::new(StatusCode::CONFLICT, "one_contact", detail),
        DecideError::TakenBack(_) => Problem::new(StatusCode::CONFLICT, "taken_back", detail),
        DecideError::LongReason => Problem::invalid_body(detail),
        DecideError::Meanwhile => Problem::unavailable(detail),
        DecideError::Store(error) => error.into(),
    }
}
