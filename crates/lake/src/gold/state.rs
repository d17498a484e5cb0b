//! What compute remembers between runs: the sums behind the gold tables.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::delta::log::TableState;
use crate::gold::contacts::Contacts;
use crate::plan::StepState;
use crate::schema::Table;

/// Sums of the chains of one (weekday, hour, channel).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hourly {
    pub bookings: i64,
    pub canceled: i64,
    pub attended: i64,
    pub no_show: i64,
    /// Sum of newest start - first created, microseconds.
    pub lead_us: i64,
}

/// Sums of the chains of one (day, channel, campaign, source).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Daily {
    pub bookings: i64,
    pub attended: i64,
}

/// People of one (day, source, channel).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct People {
    pub unique: i64,
    pub first_time: i64,
}

/// Weekday (0 = Sunday), hour, channel.
pub(crate) type HourKey = (u8, u8, String);
/// Day, channel, campaign, source; empty strings are NULL.
pub(crate) type DayKey = (i32, String, String, String);
/// Day, source, channel.
pub(crate) type PeopleKey = (i32, String, String);

/// The sums of one calendar month, an object of their own.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Month {
    #[serde(with = "pairs")]
    pub daily: BTreeMap<DayKey, Daily>,
    #[serde(with = "pairs")]
    pub people: BTreeMap<PeopleKey, People>,
}

/// Maps with compound keys as lists of pairs.
pub(crate) mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer, K: Serialize, V: Serialize>(
        map: &BTreeMap<K, V>,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        s.collect_seq(map)
    }

    pub(crate) fn deserialize<
        'de,
        D: Deserializer<'de>,
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
    >(
        d: D,
    ) -> Result<BTreeMap<K, V>, D::Error> {
        Ok(Vec::<(K, V)>::deserialize(d)?.into_iter().collect())
    }
}

/// The state object of compute.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct ComputeState {
    /// Newest change set applied.
    pub applied: u64,
    /// Newest change of spend applied.
    pub spend_change: u64,
    /// Microseconds; of the last run that changed anything.
    pub as_of: i64,
    /// By table name.
    pub tables: BTreeMap<String, TableState>,
    #[serde(with = "pairs")]
    pub hourly: BTreeMap<HourKey, Hourly>,
    /// Bookings of each day from the first to the last with any.
    pub first_day: i32,
    pub days: Vec<i64>,
    /// Month (year * 12 + month - 1) -> key of its object.
    #[serde(with = "pairs")]
    pub months: BTreeMap<i32, String>,
    pub contacts: Contacts,
}

impl StepState for ComputeState {
    const KEY: &'static str = "state/compute/current";

    fn table(&self, table: Table) -> Option<&TableState> {
        self.tables.get(table.name())
    }
}

/// Month number of a day.
pub(crate) fn month_of(days: i32) -> i32 {
    let (year, month) = crate::time::year_month(days);
    year * 12 + month - 1
}

/// `YYYY-MM` of a month number.
pub(crate) fn month_name(month: i32) -> String {
    format!(
        "{:04}-{:02}",
        month.div_euclid(12),
        month.rem_euclid(12) + 1
    )
}
