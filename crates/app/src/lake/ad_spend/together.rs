//! What only the rows of a post together can break: each key comes once, and what is added up has one currency.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::ports::SpendEntry;

/// Lines that a fault names before it only counts.
const NAMED_MAX: usize = 5;

/// What is wrong with the rows, each of which has its place. `unit` is what a place counts: a line or a row.
pub(super) fn together(unit: &str, rows: &[(usize, SpendEntry)]) -> Vec<String> {
    let mut keys: BTreeMap<(Date, &str, Option<&str>), Vec<usize>> = BTreeMap::new();
    let mut currencies: BTreeMap<(&str, Option<&str>), BTreeMap<&str, usize>> = BTreeMap::new();
    for (place, row) in rows {
        let (channel, campaign) = (row.channel.as_str(), row.campaign.as_deref());
        keys.entry((row.day, channel, campaign))
            .or_default()
            .push(*place);
        currencies
            .entry((channel, campaign))
            .or_default()
            .entry(&row.currency)
            .or_insert(*place);
    }
    let again = keys.iter().filter(|(_, places)| places.len() > 1);
    let again = again.map(|((day, channel, campaign), places)| {
        let (lines, whose) = (named(unit, places), spoken(channel, *campaign));
        format!(
            "{lines}: the same day, channel and campaign ({day}, {whose}); add them up into one row"
        )
    });
    let mixed = currencies.iter().filter(|(_, found)| found.len() > 1);
    let mixed = mixed.map(|((channel, campaign), found)| {
        let mut found: Vec<(usize, &str)> = found.iter().map(|(code, at)| (*at, *code)).collect();
        found.sort_unstable();
        let (places, codes): (Vec<usize>, Vec<&str>) = found.into_iter().unzip();
        let (lines, whose) = (named(unit, &places), spoken(channel, *campaign));
        let codes = codes.join(" and ");
        format!(
            "{lines}: {whose} has amounts in {codes}; amounts of two currencies can't be added up"
        )
    });
    again.chain(mixed).collect()
}

/// A channel and campaign for people.
pub(super) fn spoken(channel: &str, campaign: Option<&str>) -> String {
    match campaign {
        Some(campaign) => format!("{channel}, {campaign}"),
        None => format!("{channel} without a campaign"),
    }
}

/// `lines 2, 3 and 4`.
fn named(unit: &str, places: &[usize]) -> String {
    let mut texts: Vec<String> = places
        .iter()
        .take(NAMED_MAX)
        .map(usize::to_string)
        .collect();
    if let Some(more) = places.len().checked_sub(NAMED_MAX).filter(|more| *more > 0) {
        texts.push(format!("{more} more"));
    }
    match texts.split_last() {
        Some((last, [])) => format!("{unit} {last}"),
        Some((last, head)) => format!("{unit}s {} and {last}", head.join(", ")),
        None => unit.to_owned(),
    }
}
