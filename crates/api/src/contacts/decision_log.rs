//! `GET /api/contacts/decisions`.

use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::Response;
use bookpath_app::people::{DecisionLine, decision_log};

use super::judged::judged;
use super::paged::{Asked, Place};
use crate::csv_export::CsvFile;
use crate::instants::Instants;
use crate::list::Counted;
use crate::permission::{Administer, Allowed};
use crate::{Api, Problem};

const SHEET: CsvFile = CsvFile {
    name: "decisions",
    days: &[],
    instants: &["at"],
};

/// Every merge, every pair told apart and everything taken back, newest first, with who decided it and why.
#[utoipa::path(
    get, path = "/api/contacts/decisions", tag = "contacts", params(Place),
    responses(
        (status = 200, description = "a page; with format=csv all of them as text/csv", content((Counted<DecisionLine> = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    )
)]
pub(super) async fn get_decisions(
    _: Allowed<Administer>,
    State(api): State<Api>,
    place: Result<Query<Place>, QueryRejection>,
) -> Result<Response, Problem> {
    let asked = Asked::new(place)?;
    let judged = judged(&api, Instants::default()).await?;
    let lines = decision_log(&judged.known).into_iter();
    asked.of(lines, &judged, &SHEET, &api.rules.reporting_timezone)
}
