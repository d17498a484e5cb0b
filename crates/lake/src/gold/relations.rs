//! The relations that the gold queries read, and the keys they answer for.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Int32Array, Int64Array, RecordBatch, StringArray,
};

use crate::error::Result;
use crate::gold::measures::{Months, Touched, day_range};
use crate::gold::state::{ComputeState, month_name, month_of};
use crate::refine::state::Spend;
use crate::schema::Table;
use crate::time::day_name_of;

/// A gold table's part of a run: its relations and the keys to answer for.
#[derive(Debug)]
pub(crate) struct Work {
    pub table: Table,
    pub relations: Vec<(&'static str, RecordBatch)>,
    /// Key columns of every key looked at; those without an answer are deleted.
    pub keys: RecordBatch,
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch> {
    Ok(RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )?)
}

fn text<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter(
        values.map(|v| (!v.is_empty()).then_some(v)),
    ))
}

fn dates(values: impl Iterator<Item = i32>) -> ArrayRef {
    Arc::new(Date32Array::from_iter_values(values))
}

fn ints(values: impl Iterator<Item = i32>) -> ArrayRef {
    Arc::new(Int32Array::from_iter_values(values))
}

fn longs(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

/// What each gold table has to do; a table without touched keys has nothing.
pub(crate) fn work(
    state: &ComputeState,
    months: &Months,
    touched: &Touched,
    spend: &[Spend],
) -> Result<Vec<Work>> {
    let mut all = Vec::new();
    if !touched.hours.is_empty() {
        all.push(booking_time_analysis(state, touched)?);
    }
    all.extend(bookings_trend(state, touched)?);
    if !touched.attribution.is_empty() {
        all.push(channel_attribution(months, touched, spend)?);
    }
    if !touched.costs.is_empty() {
        all.push(cost_per_booking(months, touched, spend)?);
    }
    if !touched.people.is_empty() {
        all.push(daily_bookings_by_source(months, touched)?);
    }
    Ok(all)
}

fn booking_time_analysis(state: &ComputeState, touched: &Touched) -> Result<Work> {
    let rows: Vec<_> = touched
        .hours
        .iter()
        .filter_map(|key| state.hourly.get_key_value(key))
        .collect();
    let relation = batch(vec![
        (
            "booking_day_of_week",
            text(rows.iter().map(|(k, _)| day_name_of(k.0.into()))),
        ),
        ("booking_hour", ints(rows.iter().map(|(k, _)| k.1.into()))),
        (
            "marketing_channel",
            text(rows.iter().map(|(k, _)| k.2.as_str())),
        ),
        ("bookings", longs(rows.iter().map(|(_, v)| v.bookings))),
        ("canceled", longs(rows.iter().map(|(_, v)| v.canceled))),
        ("attended", longs(rows.iter().map(|(_, v)| v.attended))),
        ("no_show", longs(rows.iter().map(|(_, v)| v.no_show))),
        ("lead_us", longs(rows.iter().map(|(_, v)| v.lead_us))),
    ])?;
    let keys = batch(vec![
        (
            "booking_day_of_week",
            text(touched.hours.iter().map(|k| day_name_of(k.0.into()))),
        ),
        (
            "booking_hour",
            ints(touched.hours.iter().map(|k| k.1.into())),
        ),
        (
            "marketing_channel",
            text(touched.hours.iter().map(|k| k.2.as_str())),
        ),
    ])?;
    Ok(Work {
        table: Table::BookingTimeAnalysis,
        relations: vec![("hourly", relation)],
        keys,
    })
}

/// Days of the window that averages look back.
const TREND_DAYS: i32 = 28;

fn bookings_trend(state: &ComputeState, touched: &Touched) -> Result<Option<Work>> {
    let mut days: BTreeSet<i32> = BTreeSet::new();
    for day in &touched.days {
        days.extend(*day..*day + TREND_DAYS);
    }
    let range = day_range(state);
    // Days that enter or leave the calendar.
    for (old, new) in [
        (touched.range_before.map(|r| r.0), range.map(|r| r.0)),
        (touched.range_before.map(|r| r.1), range.map(|r| r.1)),
    ] {
        match (old, new) {
            (Some(old), Some(new)) => days.extend(old.min(new)..=old.max(new)),
            (None, Some(_)) => days.extend(range.map(|(a, b)| a..=b).into_iter().flatten()),
            (Some(_), None) => days.extend(
                touched
                    .range_before
                    .map(|(a, b)| a..=b)
                    .into_iter()
                    .flatten(),
            ),
            (None, None) => {}
        }
    }
    let span = [touched.range_before, range];
    let lo = span.iter().flatten().map(|r| r.0).min();
    let hi = span.iter().flatten().map(|r| r.1).max();
    let (Some(lo), Some(hi)) = (lo, hi) else {
        return Ok(None);
    };
    days.retain(|d| (lo..=hi).contains(d));
    let (Some(from), Some(to)) = (days.first().copied(), days.last().copied()) else {
        return Ok(None);
    };
    let calendar: Vec<(i32, i64)> = match range {
        Some((first, last)) => (first.max(from - TREND_DAYS)..=last.min(to))
            .map(|d| {
                (
                    d,
                    usize::try_from(d - first)
                        .ok()
                        .and_then(|at| state.days.get(at))
                        .copied()
                        .unwrap_or(0),
                )
            })
            .collect(),
        None => Vec::new(),
    };
    let relation = batch(vec![
        ("booking_date", dates(calendar.iter().map(|d| d.0))),
        (
            "wanted",
            Arc::new(BooleanArray::from_iter(
                calendar.iter().map(|d| Some(days.contains(&d.0))),
            )),
        ),
        ("bookings", longs(calendar.iter().map(|d| d.1))),
    ])?;
    let keys = batch(vec![("booking_date", dates(days.iter().copied()))])?;
    Ok(Some(Work {
        table: Table::BookingsTrend,
        relations: vec![("calendar", relation)],
        keys,
    }))
}

fn channel_attribution(months: &Months, touched: &Touched, spend: &[Spend]) -> Result<Work> {
    let wanted = |day: i32, channel: &str, campaign: &str| {
        touched
            .attribution
            .contains(&(month_of(day), channel.to_owned(), campaign.to_owned()))
    };
    let daily: Vec<_> = months
        .loaded
        .values()
        .flat_map(|m| &m.daily)
        .filter(|((day, channel, campaign, _), _)| wanted(*day, channel, campaign))
        .collect();
    let spend: Vec<_> = spend
        .iter()
        .filter(|s| wanted(s.day, &s.channel, &s.campaign))
        .collect();
    let names: Vec<String> = daily
        .iter()
        .map(|(k, _)| month_name(month_of(k.0)))
        .collect();
    let daily = batch(vec![
        ("month", text(names.iter().map(String::as_str))),
        ("channel", text(daily.iter().map(|(k, _)| k.1.as_str()))),
        ("campaign", text(daily.iter().map(|(k, _)| k.2.as_str()))),
        ("bookings", longs(daily.iter().map(|(_, v)| v.bookings))),
    ])?;
    let names: Vec<String> = spend.iter().map(|s| month_name(month_of(s.day))).collect();
    let spend = batch(vec![
        ("month", text(names.iter().map(String::as_str))),
        ("channel", text(spend.iter().map(|s| s.channel.as_str()))),
        ("campaign", text(spend.iter().map(|s| s.campaign.as_str()))),
        ("amount_minor", longs(spend.iter().map(|s| s.amount_minor))),
    ])?;
    let names: Vec<String> = touched
        .attribution
        .iter()
        .map(|k| month_name(k.0))
        .collect();
    let keys = batch(vec![
        ("month", text(names.iter().map(String::as_str))),
        (
            "channel",
            text(touched.attribution.iter().map(|k| k.1.as_str())),
        ),
        (
            "campaign",
            text(touched.attribution.iter().map(|k| k.2.as_str())),
        ),
        ("model", text(touched.attribution.iter().map(|_| "booking"))),
    ])?;
    Ok(Work {
        table: Table::ChannelAttribution,
        relations: vec![("daily", daily), ("spend", spend)],
        keys,
    })
}

fn cost_per_booking(months: &Months, touched: &Touched, spend: &[Spend]) -> Result<Work> {
    let wanted = |day: i32, channel: &str, campaign: &str| {
        touched
            .costs
            .contains(&(day, channel.to_owned(), campaign.to_owned()))
    };
    let daily: Vec<_> = months
        .loaded
        .values()
        .flat_map(|m| &m.daily)
        .filter(|((day, channel, campaign, _), _)| wanted(*day, channel, campaign))
        .collect();
    let spend: Vec<_> = spend
        .iter()
        .filter(|s| wanted(s.day, &s.channel, &s.campaign))
        .collect();
    let daily = batch(vec![
        ("booking_date", dates(daily.iter().map(|(k, _)| k.0))),
        ("channel", text(daily.iter().map(|(k, _)| k.1.as_str()))),
        ("campaign", text(daily.iter().map(|(k, _)| k.2.as_str()))),
        ("bookings", longs(daily.iter().map(|(_, v)| v.bookings))),
        ("attended", longs(daily.iter().map(|(_, v)| v.attended))),
    ])?;
    let spend = batch(vec![
        ("booking_date", dates(spend.iter().map(|s| s.day))),
        ("channel", text(spend.iter().map(|s| s.channel.as_str()))),
        ("campaign", text(spend.iter().map(|s| s.campaign.as_str()))),
        ("amount_minor", longs(spend.iter().map(|s| s.amount_minor))),
    ])?;
    let keys = batch(vec![
        ("booking_date", dates(touched.costs.iter().map(|k| k.0))),
        ("channel", text(touched.costs.iter().map(|k| k.1.as_str()))),
        ("campaign", text(touched.costs.iter().map(|k| k.2.as_str()))),
    ])?;
    Ok(Work {
        table: Table::CostPerBooking,
        relations: vec![("daily", daily), ("spend", spend)],
        keys,
    })
}

fn daily_bookings_by_source(months: &Months, touched: &Touched) -> Result<Work> {
    let wanted = |day: i32, source: &str, channel: &str| {
        touched
            .people
            .contains(&(day, source.to_owned(), channel.to_owned()))
    };
    let daily: Vec<_> = months
        .loaded
        .values()
        .flat_map(|m| &m.daily)
        .filter(|((day, channel, _, source), _)| wanted(*day, source, channel))
        .collect();
    let people: Vec<_> = months
        .loaded
        .values()
        .flat_map(|m| &m.people)
        .filter(|((day, source, channel), _)| wanted(*day, source, channel))
        .collect();
    let daily = batch(vec![
        ("booking_date", dates(daily.iter().map(|(k, _)| k.0))),
        ("utm_source", text(daily.iter().map(|(k, _)| k.3.as_str()))),
        ("channel", text(daily.iter().map(|(k, _)| k.1.as_str()))),
        ("bookings", longs(daily.iter().map(|(_, v)| v.bookings))),
    ])?;
    let people = batch(vec![
        ("booking_date", dates(people.iter().map(|(k, _)| k.0))),
        ("utm_source", text(people.iter().map(|(k, _)| k.1.as_str()))),
        ("channel", text(people.iter().map(|(k, _)| k.2.as_str()))),
        (
            "unique_contacts",
            longs(people.iter().map(|(_, v)| v.unique)),
        ),
        (
            "first_time_contacts",
            longs(people.iter().map(|(_, v)| v.first_time)),
        ),
    ])?;
    let keys = batch(vec![
        ("booking_date", dates(touched.people.iter().map(|k| k.0))),
        (
            "utm_source",
            text(touched.people.iter().map(|k| k.1.as_str())),
        ),
        (
            "marketing_channel",
            text(touched.people.iter().map(|k| k.2.as_str())),
        ),
    ])?;
    Ok(Work {
        table: Table::DailyBookingsBySource,
        relations: vec![("daily", daily), ("contacts", people)],
        keys,
    })
}
