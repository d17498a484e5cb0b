//! Counts of the CRM's objects by month, compared with what is known (S3-129).

use std::collections::BTreeSet;

use bookpath_domain::numbers::month::Month;
use bookpath_vendors::close::facts::ObjectKind;
use bookpath_vendors::close::observed::created_at;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Objects of a kind that the CRM lists and that were created in a month.
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
}

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
        let (month, kind) = (Month::at(created, zone), kind.as_str());
        let place =
            counts.binary_search_by(|known| (known.month, known.kind.as_str()).cmp(&(month, kind)));
        let place = place.unwrap_or_else(|place| {
            let (listed, missing) = (0, 0);
            let kind = kind.to_owned();
            counts.insert(
                place,
                MonthCount {
                    month,
                    kind,
                    listed,
                    missing,
                },
            );
            place
        });
        let id = object.get("id").and_then(Value::as_str);
        if let Some(known) = counts.get_mut(place) {
            known.listed += 1;
            known.missing += u64::from(id.is_some_and(|id| news.contains(id)));
        }
    }
}
