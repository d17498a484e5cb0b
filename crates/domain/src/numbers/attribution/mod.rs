//! Which channels earned the deals.
//!
//! Six models divide each deal among the touches of its contact; Markov and Shapley divide a month among
//! channels by the paths of all contacts; `booking` credits a booking to its own channel. Amounts are
//! whole minor units and add up exactly to what they divide. A refund, a reopened deal and a changed value
//! are credited in their own month with the shares of the deal, so a closed month stays as it is.

mod allocate;
mod credits;
mod markov;
mod paths;
mod period;
mod person;
mod rows;
mod shapley;
#[cfg(test)]
mod tests;
mod weights;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use allocate::allocate;
pub use credits::{Credit, credits};
pub use period::{CreditFilter, PeriodRow, Share, behind, parts_of_rows, period};
pub use person::{Earned, PersonCredits, TouchCredit, of_person};
pub use rows::{Row, RowKey, rows};

use super::kpi::{CashLine, DealLine};
use crate::config::AttributionConfig;

/// The channel that `exclude_direct` leaves out.
pub const DIRECT: &str = "direct";

/// One conversion in the units of `conversions_micro`.
pub const CONVERSION: i64 = 1_000_000;

/// A model of attribution.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum Model {
    /// Everything to the first touch.
    First,
    /// Everything to the last touch.
    Last,
    /// The same to each touch.
    Linear,
    /// 40 % first, 40 % last, 20 % between.
    U,
    /// 30 % first, 30 % triage booked, 30 % solution booked, 10 % others.
    W,
    /// Half as much for each half-life before the deal.
    TimeDecay,
    /// By how many conversions would be lost without the channel.
    Markov,
    /// By what the channel adds on average over all orders.
    Shapley,
    /// Bookings by their own channel; no deals.
    Booking,
}

impl Model {
    /// Those that divide each deal among the touches of its contact.
    pub const OF_TOUCHES: [Self; 6] = [
        Self::First,
        Self::Last,
        Self::Linear,
        Self::U,
        Self::W,
        Self::TimeDecay,
    ];

    /// Divides months among channels, by the paths of all contacts.
    #[must_use]
    pub const fn is_of_months(self) -> bool {
        matches!(self, Self::Markov | Self::Shapley)
    }

    /// Every model, those first that divide deals among touches.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        <Self as strum::VariantArray>::VARIANTS
    }
}

/// What a touch was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum TouchKind {
    Form,
    /// A triage call was booked.
    Triage,
    /// A solution call was booked.
    Solution,
    /// A call of another type was booked.
    Booking,
}

/// A form response, or the first booking of a reschedule chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    pub row_id: String,
    pub contact_id: String,
    pub at: Timestamp,
    pub kind: TouchKind,
    pub channel: String,
    pub campaign: Option<String>,
}

/// How touches are chosen and weighed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// A touch counts at most so many whole days before the deal, inclusive.
    pub window_days: u32,
    pub half_life_days: u32,
    /// Touches of the channel `direct` get nothing, unless the contact has no others.
    pub exclude_direct: bool,
    /// Days of the reporting zone, both inclusive, whose deals, payments and bookings are credited.
    pub days: Days,
    /// What Markov and Shapley divide among.
    pub by: By,
}

/// Days, both inclusive; `None` is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days {
    pub from: Option<Date>,
    pub to: Option<Date>,
}

impl Days {
    /// The day lies in it.
    #[must_use]
    pub fn has(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// What credits are summed up by.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum By {
    #[default]
    Channel,
    Campaign,
}

impl Options {
    /// The configured ones, for all days.
    #[must_use]
    pub fn configured(rules: &AttributionConfig) -> Self {
        Self {
            window_days: rules.window_days,
            half_life_days: rules.half_life_days,
            ..Self::default()
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            window_days: 90,
            half_life_days: 7,
            exclude_direct: false,
            days: Days::default(),
            by: By::default(),
        }
    }
}

/// What is attributed; every row once, in any order.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    pub touches: &'a [Touch],
    /// From [`super::kpi::lines`].
    pub deals: &'a [DealLine],
    /// Payments and refunds beside the deals.
    pub cash: &'a [CashLine],
}
