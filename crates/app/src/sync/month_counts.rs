//! Counts of the CRM's objects by month, compared with what is known (S3-129).

use std::collections::BTreeSet;

use bookpath_domain::numbers::month::Month;
use bookpath_vendors::close::facts::ObjectKind;
use bookpath_vendors::close::observed::created_at;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Objects of a kind that were created in a month: what the CRM lists, and what is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MonthCount {
    /// `YYYY-MM` of the reporting zone.
    #[schema(value_type = String)]
    pub month: Month,
    /// `lead`, `contact`, `opportunity`, `activity.call`, ...
    pub kind: String,
    pub listed: u64,
    /// Those of them of which nothing was known before the run. The run has brought them in.
    pub missing: u64,
    /// Known objects of which no deletion was told and that Close does not list. They count as before: a list does not
    /// say why it leaves something out.
    #[serde(default)]
    pub unlisted: u64,
    /// The ids of some of these.
    #[serde(default)]
    pub unlisted_ids: Vec<String>,
}

/// Ids of unlisted objects that a report names.
const NAMED_MAX: usize = 100;

/// Counts the objects of a list, `news` being the ids of those that were not known.
pub(super) fn count(
    counts: &mut Vec<MonthCount>,
    kind: ObjectKind,
    objects: &[Value],
    news: &BTreeSet<String>,
    zone: &TimeZone,
) {
    for object in objects {
        let Some(created) = created_at(object) else {
            continue;
        };
        let id = object.get("id").and_then(Value::as_str);
        if let Some(known) = of_month(counts, Month::at(created, zone), kind) {
            known.listed += 1;
            known.missing += u64::from(id.is_some_and(|id| news.contains(id)));
        }
    }
}

/// Counts a known object that the list of its kind did not show.
pub(super) fn count_unlisted(
    counts: &mut Vec<MonthCount>,
    kind: ObjectKind,
    (id, created): (&str, Timestamp),
    zone: &TimeZone,
) {
    let named: usize = counts.iter().map(|count| count.unlisted_ids.len()).sum();
    if let Some(known) = of_month(counts, Month::at(created, zone), kind) {
        known.unlisted += 1;
        if named < NAMED_MAX {
            known.unlisted_ids.push(id.to_owned());
        }
    }
}

/// The count of a month and kind, which may begin here.
fn of_month(
    counts: &mut Vec<MonthCount>,
    month: Month,
    kind: ObjectKind,
) -> Option<&mut MonthCount> {
    let kind = kind.as_str();
    let place =
        counts.binary_search_by(|known| (known.month, known.kind.as_str()).cmp(&(month, kind)));
    let place = place.unwrap_or_else(|place| {
        let begun = MonthCount {
            month,
            kind: kind.to_owned(),
            listed: 0,
            missing: 0,
            unlisted: 0,
            unlisted_ids: Vec::new(),
        };
        counts.insert(place, begun);
        place
    });
    counts.get_mut(place)
}
