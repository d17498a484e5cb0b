//! Lists that are computed from what is known of people.

use axum::Json;
use axum::extract::{Query, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::judged::Judged;
use crate::Problem;
use crate::csv_export::{CsvFile, csv_asked};
use crate::list::{List, limit, offset, page_of};

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

/// A page that can be asked for.
pub(super) struct Asked {
    csv: bool,
    limit: usize,
    offset: usize,
}

impl Asked {
    /// # Errors
    /// 422 for a place that no list has.
    pub(super) fn new(place: Result<Query<Place>, QueryRejection>) -> Result<Self, Problem> {
        let Query(place) = place?;
        Ok(Self {
            csv: csv_asked(place.format.as_deref())?,
            limit: limit(place.limit)?,
            offset: offset(place.cursor.as_deref())?,
        })
    }

    /// The page of these rows, which were worked out from what is known of people, or all of them as a file.
    pub(super) fn of<T: Serialize + ToSchema>(
        &self,
        rows: impl ExactSizeIterator<Item = T>,
        judged: &Judged,
        sheet: &CsvFile,
        zone: &TimeZone,
    ) -> Result<Response, Problem> {
        if self.csv {
            return sheet.file(zone, rows);
        }
        let total = rows.len();
        let (items, next_cursor) = page_of(rows, self.limit, self.offset);
        let list = List {
            as_of: judged.as_of,
            lag_seconds: judged.lag_seconds,
            items,
            next_cursor,
        };
        Ok(Json(list.counted(total)).into_response())
    }
}
