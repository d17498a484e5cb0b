//! `GET /api/contacts/{id}`.

use axum::Json;
use axum::extract::{Path, Query, State, rejection::QueryRejection};
use bookpath_domain::people::person::{PersonView, view};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Answer, judged};
use crate::instants::Instants;
use crate::permission::{Allowed, Read};
use crate::{Api, Problem};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Params {
    /// Judges calls at this instant instead of the last run's.
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    /// From what was known at this instant; 409 `version_gone` when tables of that time are deleted.
    #[param(value_type = Option<String>, format = DateTime)]
    known_at: Option<Timestamp>,
}

/// One person: what all their records say together, their journey from the first touch to cash and refund, and the
/// evidence that it is one person (S3-41). An id from before a merge leads to the person it belongs to now.
#[utoipa::path(
    get, path = "/api/contacts/{id}", tag = "contacts",
    params(("id" = String, Path, description = "id of a contact"), Params),
    responses((status = 200, description = "the merged view", body = Object), (status = 409, description = "version_gone", body = Problem))
)]
pub(super) async fn get_contact(
    _: Allowed<Read>,
    State(api): State<Api>,
    Path(id): Path<String>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Json<Answer<PersonView>>, Problem> {
    let Query(params) = params?;
    let judged = judged(&api, Instants::new(params.as_of, params.known_at)).await?;
    let known = &judged.known;
    let contact = known
        .resolved
        .contact(&id)
        .ok_or_else(|| Problem::not_found("there is no such contact"))?;
    let (sources, directory) = (&known.sources, &known.directory);
    let about = view(sources, directory, &api.rules, &known.resolved, contact);
    Ok(Json(Answer {
        as_of: judged.as_of,
        lag_seconds: judged.lag_seconds,
        about,
    }))
}
