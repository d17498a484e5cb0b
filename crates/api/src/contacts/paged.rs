//! Lists that are computed from what is known of people.

use axum::Json;
use axum::extract::{Query, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_app::people::Known;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::judged::judged;
use crate::csv_export::{CsvFile, csv_asked};
use crate::instants::Instants;
use crate::list::{List, limit, offset, page_of};
use crate::{Api, Problem};

/// Which page is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Place {
    /// `json` (default) or `csv`; a CSV file has all rows.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,9}$")]
    cursor: Option<String>,
}

/// A page of what `rows` makes of everything that is known now, or all of it as a file.
pub(super) async fn paged<T: Serialize + ToSchema>(
    api: &Api,
    place: Result<Query<Place>, QueryRejection>,
    sheet: &CsvFile,
    rows: impl FnOnce(&Known) -> Vec<T>,
) -> Result<Response, Problem> {
    let Query(place) = place?;
    let csv = csv_asked(place.format.as_deref())?;
    let limit = limit(place.limit)?;
    let offset = offset(place.cursor.as_deref())?;
    let judged = judged(api, Instants::default()).await?;
    let found = rows(&judged.known);
    if csv {
        return sheet.file(&api.rules.reporting_timezone, found);
    }
    let total = found.len();
    let (items, next_cursor) = page_of(found.into_iter(), limit, offset);
    let list = List {
        as_of: judged.as_of,
        lag_seconds: judged.lag_seconds,
        items,
        next_cursor,
    };
    Ok(Json(list.counted(total)).into_response())
}
