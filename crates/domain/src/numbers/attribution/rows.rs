//! Credits by month, channel and campaign: the rows of `channel_attribution`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::credits::{credits, lines};
use super::paths::{Journeys, Path, Won};
use super::{By, Input, Model, Options, allocate, markov, shapley};
use crate::numbers::month::Month;

/// Month, channel, campaign.
pub type RowKey = (Month, String, Option<String>);

/// What a channel, or a campaign of it, earned in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Row {
    /// Touches that got a share; for Markov and Shapley those on the paths of won deals.
    pub touches: i64,
    /// Millionths.
    pub conversions_micro: i64,
    pub revenue_minor: i64,
    pub cash_minor: i64,
}

/// The rows of a model. `today` is the day up to which contacts without a deal are followed.
///
/// Markov and Shapley divide the deals won, the revenue and the cash of each month among channels, and their
/// rows have no campaign; or among campaigns, and their rows have no channel.
#[must_use]
pub fn rows(
    input: Input<'_>,
    zone: &TimeZone,
    options: &Options,
    model: Model,
    today: Date,
) -> BTreeMap<RowKey, Row> {
    match model {
        Model::Markov => of_months(input, zone, options, today, markov::weights),
        Model::Shapley => of_months(input, zone, options, today, shapley::weights),
        _ => of_credits(input, zone, options, model),
    }
}

fn of_credits(
    input: Input<'_>,
    zone: &TimeZone,
    options: &Options,
    model: Model,
) -> BTreeMap<RowKey, Row> {
    let mut out: BTreeMap<RowKey, (Row, BTreeSet<String>)> = BTreeMap::new();
    for credit in credits(input, zone, options, model) {
        let key = (credit.month, credit.channel, credit.campaign);
        let (row, touches) = out.entry(key).or_default();
        row.conversions_micro += credit.conversions_micro;
        row.revenue_minor += credit.revenue_minor;
        row.cash_minor += credit.cash_minor;
        touches.extend(credit.touch_row_id);
    }
    let counted = |(key, (row, touches)): (RowKey, (Row, BTreeSet<String>))| {
        let touches = count(touches.len());
        (key, Row { touches, ..row })
    };
    out.into_iter().map(counted).collect()
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn of_months(
    input: Input<'_>,
    zone: &TimeZone,
    options: &Options,
    today: Date,
    weigh: fn(&[Path<'_>]) -> BTreeMap<String, u64>,
) -> BTreeMap<RowKey, Row> {
    let journeys = Journeys::new(input.touches, zone, options);
    let won = Won::new(input.deals);
    let mut sums: BTreeMap<Month, [i64; 3]> = BTreeMap::new();
    for line in lines(input, &won, options.days) {
        let sum = sums.entry(line.month).or_default();
        sum[0] += line.conversions_micro;
        sum[1] += line.revenue_minor;
        sum[2] += line.cash_minor;
    }
    let mut out = BTreeMap::new();
    for (month, sum) in sums {
        let paths = journeys.of_month(&won, month, today);
        let weighed = weigh(&paths);
        let weights: Vec<u64> = weighed.values().copied().collect();
        let parts = sum.map(|total| allocate(total, &weights));
        for (place, channel) in weighed.into_keys().enumerate() {
            if weights[place] == 0 {
                continue;
            }
            let row = Row {
                touches: touches_on(&paths, &channel),
                conversions_micro: parts[0][place],
                revenue_minor: parts[1][place],
                cash_minor: parts[2][place],
            };
            out.insert(key_of(month, channel, options.by), row);
        }
    }
    out
}

/// Without a campaign is the empty name of a path.
fn key_of(month: Month, name: String, by: By) -> RowKey {
    match by {
        By::Channel => (month, name, None),
        By::Campaign => (
            month,
            String::new(),
            Some(name).filter(|name| !name.is_empty()),
        ),
    }
}

fn touches_on(paths: &[Path<'_>], channel: &str) -> i64 {
    let converted = paths.iter().filter(|path| path.converted);
    let touches = converted.flat_map(|path| &path.channels);
    count(touches.filter(|name| **name == channel).count())
}
