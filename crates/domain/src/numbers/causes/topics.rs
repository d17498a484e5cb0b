//! What news is about, and which news moves which column.

/// What a row of silver is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    /// Invitees, and calls of the CRM with their outcomes.
    Booking,
    Form,
    /// Leads and contacts of the CRM.
    Crm,
    Deal,
    Payment,
}

/// Of columns that count bookings and calls.
pub(super) const BOOKINGS: &[Topic] = &[Topic::Booking];
const DEALS: &[Topic] = &[Topic::Deal];
const MONEY: &[Topic] = &[Topic::Deal, Topic::Payment];
const ANY: &[Topic] = &[];

/// The topics that move this column of a row with this key by themselves; news of others moves it only by way of who is who, or of
/// a deal's touches. Empty where each topic may, as for no column.
pub(super) fn topics(table: &str, key: &[Option<String>], column: &str) -> &'static [Topic] {
    let named = |words: &[&str]| words.iter().any(|word| column.contains(word));
    match table {
        "gold.booking_time_analysis"
        | "gold.bookings_trend"
        | "gold.cost_per_booking"
        | "gold.daily_bookings_by_source" => BOOKINGS,
        "gold.channel_attribution" => match key.last().and_then(Option::as_deref) {
            Some("booking") => BOOKINGS,
            _ if named(&["cash", "roas"]) => MONEY,
            _ => DEALS,
        },
        "gold.kpi_monthly" => match column {
            _ if named(&["triage", "solution", "call", "admin"]) => BOOKINGS,
            _ if named(&["cash"]) => MONEY,
            _ if named(&["deals", "revenue", "profit"]) => DEALS,
            _ => ANY,
        },
        "gold.unified_customers" if named(&["call", "rate", "points", "health"]) => BOOKINGS,
        _ => ANY,
    }
}
