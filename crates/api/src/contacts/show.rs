//! `GET /api/contacts/{id}`.

use std::collections::{BTreeSet, HashMap};

use axum::Json;
use axum::extract::{Path, Query, State, rejection::QueryRejection};
use bookpath_app::bookings::repository::{self, Name};
use bookpath_app::lake::lineage::raw_row;
use bookpath_domain::people::journey::Step;
use bookpath_domain::people::person::{PersonView, view};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::judged::{Answer, judged};
use crate::instants::Instants;
use crate::numbers::lineage;
use crate::permission::{Allowed, Read};
use crate::{Api, Problem};

/// The table of the steps that are a booking.
const INVITEES: &str = "silver.invitees";

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

/// A step with the ways to what told of it.
#[derive(Debug, Serialize)]
pub(super) struct StepView {
    #[serde(flatten)]
    step: Step,
    /// Where its raw objects are found.
    lineage: String,
    /// The delivery that brought the webhook; `None` where it came with an import.
    delivery_id: Option<String>,
    /// The booking that it is a step of, by which its texts are found; `None` of any other step.
    booking_id: Option<String>,
}

/// A person whose journey leads to its webhooks.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    person: PersonView,
    journey: Vec<StepView>,
}

/// One person: what all their records say together, their journey from the first touch to cash and refund with what each
/// touch earned by the models of attribution that divide a deal among touches, and the evidence that it is one person
/// (S3-41). An id from before a merge leads to the person it belongs to now.
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
) -> Result<Json<Answer<Shown>>, Problem> {
    let Query(params) = params?;
    let judged = judged(&api, Instants::new(params.as_of, params.known_at)).await?;
    let known = &judged.known;
    let contact = known
        .resolved
        .contact(&id)
        .ok_or_else(|| Problem::not_found("there is no such contact"))?;
    let (sources, directory) = (&known.sources, &known.directory);
    let mut person = view(sources, directory, &api.rules, &known.resolved, contact);
    let steps = std::mem::take(&mut person.journey);
    let journey = told(&api, steps).await?;
    Ok(Json(Answer {
        as_of: judged.as_of,
        lag_seconds: judged.lag_seconds,
        about: Shown { person, journey },
    }))
}

/// The steps with where they come from.
async fn told(api: &Api, steps: Vec<Step>) -> Result<Vec<StepView>, Problem> {
    let deliveries = deliveries(api, &steps).await?;
    let bookings = bookings(api, &steps).await?;
    let told = steps.into_iter().map(|step| StepView {
        lineage: lineage(&step.source),
        delivery_id: step
            .raw_sha256
            .as_ref()
            .and_then(|sha256| deliveries.get(sha256).cloned()),
        booking_id: bookings.get(&step.row_id).cloned(),
        step,
    });
    Ok(told.collect())
}

/// The deliveries of the webhooks that the steps name, by SHA-256.
async fn deliveries(api: &Api, steps: &[Step]) -> Result<HashMap<String, String>, Problem> {
    let mut found = HashMap::new();
    for sha256 in steps.iter().filter_map(|step| step.raw_sha256.as_ref()) {
        if found.contains_key(sha256) {
            continue;
        }
        if let Some(place) = raw_row(api.store.as_ref(), sha256).await? {
            found.insert(sha256.clone(), place.delivery_id);
        }
    }
    Ok(found)
}

/// The bookings of the steps that are an invitee's, by the row of the step.
async fn bookings(api: &Api, steps: &[Step]) -> Result<HashMap<String, String>, Problem> {
    let of_invitees = steps.iter().filter(|step| step.source.table == INVITEES);
    let uris: BTreeSet<&str> = of_invitees.map(|step| &*step.row_id).collect();
    let names: Vec<Name<'_>> = uris.iter().copied().map(Name::InviteeUri).collect();
    let found = repository::by_names(api.store.as_ref(), &names).await?;
    let found = uris.into_iter().zip(found);
    let ids = found.filter_map(|(uri, of)| Some((uri.to_owned(), of?.row.booking.booking_id)));
    Ok(ids.collect())
}
