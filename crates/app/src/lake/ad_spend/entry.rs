//! The checks of one row of spend; JSON and CSV share them.

use jiff::civil::Date;

use bookpath_domain::money::{MINOR_MAX, currency};

use crate::ports::SpendEntry;

pub(super) fn day(text: &str) -> Result<Date, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("`{}` is no day (YYYY-MM-DD)", text.trim()))
}

/// Trims the texts of a row and checks each value by itself.
pub(super) fn tidy(entry: SpendEntry) -> Result<SpendEntry, String> {
    let channel = entry.channel.trim().to_owned();
    if channel.is_empty() {
        return Err("channel is empty".to_owned());
    }
    if entry.amount_minor < 0 {
        return Err("amount_minor is negative".to_owned());
    }
    if entry.amount_minor > MINOR_MAX {
        return Err(format!("amount_minor is over {MINOR_MAX}"));
    }
    let currency = entry.currency.trim().to_ascii_uppercase();
    if !currency::is_known(&currency) {
        return Err(format!("currency `{currency}` is no code of ISO 4217"));
    }
    let campaign = entry
        .campaign
        .map(|campaign| campaign.trim().to_owned())
        .filter(|campaign| !campaign.is_empty());
    Ok(SpendEntry {
        day: entry.day,
        channel,
        campaign,
        amount_minor: entry.amount_minor,
        currency,
    })
}
