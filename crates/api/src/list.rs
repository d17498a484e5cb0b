//! The shape of every list answer: `as_of`, `lag_seconds`, `items`, `next_cursor`.

use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{Api, Problem};
use bookpath_app::ports::LakeFailure;

/// Items of a page, unless the caller says otherwise.
pub(crate) const LIMIT_DEFAULT: usize = 200;
/// More items than this are refused.
pub(crate) const LIMIT_MAX: usize = 1000;
/// Items before a page: nine digits, as the routes' cursors are described.
const OFFSET_MAX: usize = 999_999_999;

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

/// A page of items, and how many there are on all pages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Counted<T> {
    #[serde(flatten)]
    pub(crate) list: List<T>,
    /// Items on all pages; `null` where the list would have to be read whole to know.
    pub(crate) total: Option<usize>,
}

/// A page of what belongs to days or months, and whose they are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Dated<T> {
    #[serde(flatten)]
    pub(crate) list: Counted<T>,
    /// IANA name of the zone whose days and months they are.
    pub(crate) reporting_timezone: String,
}

impl<T> Counted<T> {
    /// The page with the zone of its days.
    pub(super) fn dated(self, zone: &TimeZone) -> Dated<T> {
        Dated {
            list: self,
            reporting_timezone: zone_name(zone),
        }
    }
}

/// IANA name of a reporting zone.
pub(crate) fn zone_name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").to_owned()
}

impl<T> List<T> {
    /// The page with how many items there are on all pages.
    pub(super) const fn counted(self, total: usize) -> Counted<T> {
        Counted {
            list: self,
            total: Some(total),
        }
    }

    /// The page that begins at `cursor`: the first is also the whole list where no other follows, so it counts itself.
    pub(super) fn counted_from(self, cursor: Option<&str>) -> Counted<T> {
        let whole = cursor.is_none() && self.next_cursor.is_none();
        Counted {
            total: whole.then_some(self.items.len()),
            list: self,
        }
    }
}

/// Which page of a list is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Paging {
    /// `json` (default) or `csv`; a CSV file has all rows.
    #[param(pattern = "^(json|csv)$")]
    pub(super) format: Option<String>,
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    pub(super) limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,9}$")]
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

/// Characters of a text that is looked for.
pub(crate) const TEXT_MAX: usize = 300;

/// A text to look for, as it was asked: none where it is blank.
///
/// # Errors
/// 422 for more than [`TEXT_MAX`] characters.
pub(super) fn sought_text(text: Option<String>) -> Result<Option<String>, Problem> {
    let Some(text) = text else { return Ok(None) };
    if text.chars().count() > TEXT_MAX {
        let detail = format!("the text to look for has more than {TEXT_MAX} characters");
        return Err(Problem::invalid(detail));
    }
    let text = text.trim().to_owned();
    Ok((!text.is_empty()).then_some(text))
}

/// Where a page begins: the number of items before it, which is what these routes' cursors hold.
pub(super) fn offset(cursor: Option<&str>) -> Result<usize, Problem> {
    let read = |cursor: &str| {
        let before: Option<usize> = cursor.parse().ok();
        before
            .filter(|before| *before <= OFFSET_MAX)
            .ok_or_else(|| Problem::invalid(format!("`{cursor}` is no cursor of this route")))
    };
    cursor.map_or(Ok(0), read)
}

/// Hexadecimal digits of a cursor: a key of the store has 1 KiB at most.
const CURSOR_DIGITS_MAX: usize = 2_048;

/// Cursors of a list that the store pages: each says of which list it is, so that one of another list is refused and not
/// taken for a place in this one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursors(pub(super) &'static str);

impl Cursors {
    /// Where the store goes on.
    pub(super) fn read(self, cursor: Option<&str>) -> Result<Option<String>, Problem> {
        let Some(cursor) = cursor else {
            return Ok(None);
        };
        let own = cursor.strip_prefix(self.0);
        let own = own.and_then(|own| own.strip_prefix('.'));
        let place = own
            .filter(|own| (1..=CURSOR_DIGITS_MAX).contains(&own.len()))
            .and_then(|own| hex::decode(own).ok());
        let read = |place: Vec<u8>| Some(String::from_utf8_lossy(&place).into_owned());
        let refused = || Problem::invalid("the cursor is none of this route");
        place.map(read).ok_or_else(refused)
    }

    /// The cursor of the next page.
    pub(super) fn write(self, next: Option<String>) -> Option<String> {
        next.map(|place| format!("{}.{}", self.0, hex::encode(place)))
    }
}

/// A page of items that are all at hand, and where the next one begins.
pub(super) fn page_of<T>(
    all: impl ExactSizeIterator<Item = T>,
    limit: usize,
    offset: usize,
) -> (Vec<T>, Option<String>) {
    let next_cursor = (all.len() > offset + limit).then(|| (offset + limit).to_string());
    (all.skip(offset).take(limit).collect(), next_cursor)
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
            LakeFailure::Gone(_) => {
                Self::new(StatusCode::CONFLICT, "version_gone", failure.to_string())
            }
            LakeFailure::Broken(_) => Self::internal(failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_where_the_next_one_begins_and_no_cursor_is_beyond_numbers() {
        assert_eq!(page_of(0..5, 2, 2), (vec![2, 3], Some("4".to_owned())));
        assert_eq!(page_of(0..4, 2, 2), (vec![2, 3], None));
        assert_eq!(page_of(0..4, 2, 9), (Vec::new(), None));
        assert_eq!(offset(Some("999999999")).unwrap(), 999_999_999);
        assert!(offset(Some(&usize::MAX.to_string())).is_err());
    }

    #[test]
    fn a_page_that_is_the_whole_list_counts_it() {
        let page = |next: Option<&str>| List {
            next_cursor: next.map(str::to_owned),
            ..List::now(Timestamp::UNIX_EPOCH, vec![1, 2])
        };
        assert_eq!(page(None).counted_from(None).total, Some(2));
        assert_eq!(page(Some("2")).counted_from(None).total, None);
        assert_eq!(page(None).counted_from(Some("2")).total, None);
        let shown = serde_json::to_value(page(None).counted(7)).unwrap();
        assert_eq!(
            (&shown["total"], &shown["items"][1]),
            (&7.into(), &2.into())
        );
    }
}
