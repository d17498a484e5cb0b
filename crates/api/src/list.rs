//! The shape of every list answer: `as_of`, `lag_seconds`, `items`, `next_cursor`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{Api, Problem};
use bookpath_app::ports::LakeFailure;

/// Items of a page, unless the caller says otherwise.
pub(crate) const LIMIT_DEFAULT: usize = 200;
/// More items than this are refused.
pub(crate) const LIMIT_MAX: usize = 1000;

/// A page of items.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    /// The instant that the items answer as of.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) as_of: Option<Timestamp>,
    /// Seconds between that instant and now.
    pub(crate) lag_seconds: Option<i64>,
    pub(crate) items: Vec<T>,
    /// Where the next page begins; `null` on the last one.
    pub(crate) next_cursor: Option<String>,
}

impl<T> List<T> {
    /// Items that are of this very instant, and no further page.
    pub(super) const fn now(at: Timestamp, items: Vec<T>) -> Self {
        Self {
            as_of: Some(at),
            lag_seconds: Some(0),
            items,
            next_cursor: None,
        }
    }
}

/// Which page of a list is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Paging {
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    pub(super) limit: Option<usize>,
    /// `next_cursor` of the page before.
    pub(super) cursor: Option<String>,
}

/// The checked `limit` of a request.
pub(super) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked.unwrap_or(LIMIT_DEFAULT) {
        limit @ 1..=LIMIT_MAX => Ok(limit),
        limit => Err(Problem::invalid(format!(
            "limit is {limit}; it must be from 1 to {LIMIT_MAX}"
        ))),
    }
}

/// Where a page begins: the number of items before it, which is what these routes' cursors hold.
pub(super) fn offset(cursor: Option<&str>) -> Result<usize, Problem> {
    cursor.map_or(Ok(0), |cursor| {
        cursor
            .parse()
            .map_err(|_| Problem::invalid(format!("`{cursor}` is no cursor of this route")))
    })
}

/// What gold answers as of, and how far that lies behind.
pub(super) async fn freshness(api: &Api) -> Result<(Option<Timestamp>, Option<i64>), Problem> {
    let as_of = bookpath_app::lake::etl::as_of(api.store.as_ref()).await?;
    let now = api.clock.now();
    Ok((
        as_of,
        as_of.map(|at| now.duration_since(at).as_secs().max(0)),
    ))
}

impl From<LakeFailure> for Problem {
    fn from(failure: LakeFailure) -> Self {
        match &failure {
            LakeFailure::Transient(_) | LakeFailure::Conflict(_) => Self::unavailable(failure),
            LakeFailure::Refused(_) => Self::invalid(failure.to_string()),
            LakeFailure::Broken(_) => Self::internal(failure),
        }
    }
}
