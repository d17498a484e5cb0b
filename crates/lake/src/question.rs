//! What readers are asked, and a page of what they answer.

use jiff::civil::Date;
use serde_json::{Map, Value};

/// How a column is compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Equal; an empty value means NULL.
    Equal,
    /// Not less than the value.
    From,
    /// Not greater than the value.
    To,
}

/// One condition on a column; the value is text in the column's own notation (`2026-03-01`, `5`, `google`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Name of a column of the table.
    pub column: String,
    /// How it is compared.
    pub comparison: Comparison,
    /// What it is compared with.
    pub value: String,
}

/// By a column, rows without a value last. Rows that are equal in it stay in key order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Order {
    /// Name of a column of the answer.
    pub column: String,
    /// The greatest first.
    pub descending: bool,
}

/// A page of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The rows, by column.
    pub rows: Vec<Map<String, Value>>,
    /// Rows on all pages.
    pub total: usize,
    /// Names of the columns that a row has.
    pub columns: Vec<String>,
}

/// What a period is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PeriodBy {
    /// Marketing channel.
    Channel,
    /// Campaign; NULL is none.
    Campaign,
    /// `utm_source`; NULL is none.
    Source,
    /// Weekday and hour of the booking.
    Hour(ClockOf),
    /// Weekday of the booking.
    Weekday(ClockOf),
    /// Hour of the booking, on whatever day.
    HourOfDay(ClockOf),
    /// Weekday and hour of the booking by the reporting zone, and channel: what a row of `booking_time_analysis` is of.
    Slot,
    /// Nothing: one row for everything.
    Total,
}

/// Whose clock shows the weekday and hour of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ClockOf {
    /// That of the reporting zone.
    #[default]
    Business,
    /// The invitee's own; NULL where their zone is unknown.
    Invitee,
}

/// Days, both inclusive, and what they are divided by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Period {
    /// `None` is open.
    pub from: Option<Date>,
    /// `None` is open.
    pub to: Option<Date>,
    /// One row for each of these.
    pub by: PeriodBy,
    /// Only bookings of this channel.
    pub channel: Option<String>,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Question {
    Rows {
        table: String,
        filters: Vec<Filter>,
        order: Option<Order>,
        page: (usize, usize),
    },
    Period {
        table: String,
        period: Period,
        order: Option<Order>,
        page: (usize, usize),
    },
}

impl Question {
    pub(crate) const fn limit(&self) -> usize {
        match self {
            Self::Rows { page, .. } | Self::Period { page, .. } => page.0,
        }
    }
}
