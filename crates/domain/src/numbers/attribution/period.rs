//! What channels or campaigns earned in a span of days, and what each of these numbers is made of.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::credits::{Credit, credits};
use super::rows::{RowKey, rows};
use super::{By, Input, Model, Options};

/// What a channel, or a campaign, earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct PeriodRow {
    /// Different touches that got a share; for Markov and Shapley those on the paths of won deals.
    pub touches: i64,
    /// Millionths.
    pub conversions_micro: i64,
    pub revenue_minor: i64,
    pub cash_minor: i64,
    /// Rows that open behind it.
    pub parts: i64,
}

/// A part of a period's row: the sum of one touch's credits, or for Markov and Shapley the sum of one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The touch's row id. For a deal without touches the row id of its credit, for a month `<month>|<name>`.
    pub row_id: String,
    /// `None` for a month, and for a deal without touches.
    pub touch_row_id: Option<String>,
    /// The deal of its first credit, if it has one.
    pub opportunity_id: Option<String>,
    /// Day of its last credit; for a month its first day.
    pub on: Date,
    /// 1 for a touch, 0 for a deal without touches; for a month the number of its touches.
    pub touches: i64,
    pub conversions_micro: i64,
    pub revenue_minor: i64,
    pub cash_minor: i64,
}

/// The rows of a model by channel or campaign; `today` as of [`rows()`].
#[must_use]
pub fn period(
    input: Input<'_>,
    zone: &TimeZone,
    options: &Options,
    model: Model,
    today: Date,
) -> BTreeMap<Option<String>, PeriodRow> {
    let mut out: BTreeMap<Option<String>, PeriodRow> = BTreeMap::new();
    if model.is_of_months() {
        for ((_, channel, campaign), row) in rows(input, zone, options, model, today) {
            let sum = out.entry(name(options.by, channel, campaign)).or_default();
            // Every month looks at the same paths: their touches are no more by being seen again.
            sum.touches = sum.touches.max(row.touches);
            sum.conversions_micro += row.conversions_micro;
            sum.revenue_minor += row.revenue_minor;
            sum.cash_minor += row.cash_minor;
            sum.parts += 1;
        }
        return out;
    }
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for credit in credits(input, zone, options, model) {
        let new = seen.insert(part_of(&credit).to_owned());
        let of_touch = credit.touch_row_id.is_some();
        let sum = out
            .entry(name(options.by, credit.channel, credit.campaign))
            .or_default();
        sum.touches += i64::from(new && of_touch);
        sum.parts += i64::from(new);
        sum.conversions_micro += credit.conversions_micro;
        sum.revenue_minor += credit.revenue_minor;
        sum.cash_minor += credit.cash_minor;
    }
    out
}

/// Which rows are opened; `None` is any, and of campaigns `Some(None)` those without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CreditFilter<'a> {
    pub channel: Option<&'a str>,
    pub campaign: Option<Option<&'a str>>,
}

impl<'a> CreditFilter<'a> {
    /// The row of a [`period`] with this name.
    #[must_use]
    pub const fn named(by: By, name: Option<&'a str>) -> Self {
        match by {
            By::Channel => Self {
                channel: name,
                campaign: None,
            },
            By::Campaign => Self {
                channel: None,
                campaign: Some(name),
            },
        }
    }

    fn has(&self, channel: &str, campaign: Option<&str>) -> bool {
        self.channel.is_none_or(|wanted| wanted == channel)
            && self.campaign.is_none_or(|wanted| wanted == campaign)
    }
}

/// The parts of these rows, by day and id; they add up to them.
#[must_use]
pub fn behind(
    input: Input<'_>,
    zone: &TimeZone,
    options: &Options,
    model: Model,
    today: Date,
    wanted: CreditFilter<'_>,
) -> Vec<Share> {
    let mut out: BTreeMap<String, Share> = BTreeMap::new();
    if model.is_of_months() {
        for ((month, channel, campaign), row) in rows(input, zone, options, model, today) {
            if wanted.has(&channel, campaign.as_deref()) {
                let name = name(options.by, channel, campaign);
                let row_id = format!("{month}|{}", name.unwrap_or_default());
                out.insert(
                    row_id.clone(),
                    Share::of_month(row_id, month.first_day(), &row),
                );
            }
        }
    } else {
        for credit in credits(input, zone, options, model) {
            if wanted.has(&credit.channel, credit.campaign.as_deref()) {
                let share = out.entry(part_of(&credit).to_owned());
                share
                    .or_insert_with_key(|id| Share::new(id, &credit))
                    .add(&credit);
            }
        }
    }
    let mut shares: Vec<Share> = out.into_values().collect();
    shares.sort_by(|a, b| (a.on, &a.row_id).cmp(&(b.on, &b.row_id)));
    shares
}

/// How many parts open behind each row of [`rows()`].
#[must_use]
pub fn parts_of_rows(
    input: Input<'_>,
    zone: &TimeZone,
    options: &Options,
    model: Model,
    today: Date,
) -> BTreeMap<RowKey, i64> {
    if model.is_of_months() {
        let months = rows(input, zone, options, model, today).into_keys();
        return months.map(|key| (key, 1)).collect();
    }
    let mut parts: BTreeMap<RowKey, BTreeSet<String>> = BTreeMap::new();
    for credit in credits(input, zone, options, model) {
        let part = part_of(&credit).to_owned();
        let key = (credit.month, credit.channel, credit.campaign);
        parts.entry(key).or_default().insert(part);
    }
    let count = |parts: BTreeSet<String>| i64::try_from(parts.len()).unwrap_or(i64::MAX);
    parts
        .into_iter()
        .map(|(key, parts)| (key, count(parts)))
        .collect()
}

fn name(by: By, channel: String, campaign: Option<String>) -> Option<String> {
    match by {
        By::Channel => Some(channel),
        By::Campaign => campaign,
    }
}

fn part_of(credit: &Credit) -> &str {
    credit
        .touch_row_id
        .as_deref()
        .unwrap_or(&credit.line_row_id)
}

impl Share {
    fn new(row_id: &str, credit: &Credit) -> Self {
        Self {
            row_id: row_id.to_owned(),
            touch_row_id: credit.touch_row_id.clone(),
            opportunity_id: credit.opportunity_id.clone(),
            on: credit.on,
            touches: i64::from(credit.touch_row_id.is_some()),
            conversions_micro: 0,
            revenue_minor: 0,
            cash_minor: 0,
        }
    }

    fn of_month(row_id: String, on: Date, row: &super::Row) -> Self {
        Self {
            row_id,
            touch_row_id: None,
            opportunity_id: None,
            on,
            touches: row.touches,
            conversions_micro: row.conversions_micro,
            revenue_minor: row.revenue_minor,
            cash_minor: row.cash_minor,
        }
    }

    fn add(&mut self, credit: &Credit) {
        self.on = self.on.max(credit.on);
        self.conversions_micro += credit.conversions_micro;
        self.revenue_minor += credit.revenue_minor;
        self.cash_minor += credit.cash_minor;
    }
}
