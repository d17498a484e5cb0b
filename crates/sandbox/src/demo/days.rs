//! Days of the week, as the business lives them.

use jiff::civil::{Date, Weekday};

/// Whether nobody works on it.
pub(super) fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}
