//! `GET /api/contacts/candidates`.

use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::Response;
use bookpath_app::people::CandidatePair;

use super::judged::{judged, pairs};
use super::paged::{Asked, Place};
use crate::csv_export::CsvFile;
use crate::instants::Instants;
use crate::list::Counted;
use crate::permission::{Administer, Allowed};
use crate::{Api, Problem};

const SHEET: CsvFile = CsvFile {
    name: "candidates",
    days: &[],
    instants: &[],
};

/// Pairs of contacts that may be one person, the likeliest first, each once (X32, X33). Telephones and addresses are
/// masked.
#[utoipa::path(
    get, path = "/api/contacts/candidates", tag = "contacts", params(Place),
    responses((status = 200, description = "a page of pairs and their `total`; with format=csv all of them as text/csv", content((Counted<CandidatePair> = "application/json"), (String = "text/csv"))))
)]
pub(super) async fn get_candidates(
    _: Allowed<Administer>,
    State(api): State<Api>,
    place: Result<Query<Place>, QueryRejection>,
) -> Result<Response, Problem> {
    let asked = Asked::new(place)?;
    let judged = judged(&api, Instants::default()).await?;
    let pairs = pairs(&api, &judged.known).await?;
    let zone = &api.rules.reporting_timezone;
    asked.of(pairs.iter().cloned(), &judged, &SHEET, zone)
}
