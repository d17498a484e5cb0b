//! Key figures of marketing and sales.
//!
//! Each one aggregates its own table of facts over months that end before the next one begins (X24), so
//! nothing is counted once per row of another table. Leads belong to the month of their first touch,
//! calls to that of their start, deals and cash to that of their day (X25); in a cohort everything
//! belongs to the month of the contact's first touch, except spend.

mod base;
mod counts;
mod deals;
mod drill;
mod facts;
mod keys;
mod row;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use base::{Base, Bases};
pub use counts::{Counted, Counts, Opened, count, is_money};
pub use deals::{DealCause, DealLine, DealVersion, lines};
pub use drill::{Judged, Why, drill, drill_terms, fact_of, table_of};
pub use facts::{CallFact, CashLine, FactKind, Facts, Lead, SpendLine};
pub use keys::{Figure, KEYS, Key, Terms, Unit, Value, figures, key};

use super::month::Month;
use row::{Row, World};

/// Which month a fact belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Its own.
    #[default]
    Period,
    /// That of its contact's first touch (X25).
    Cohort,
}

/// Months, both inclusive; `None` is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    pub from: Option<Month>,
    pub to: Option<Month>,
}

impl Period {
    /// One month.
    #[must_use]
    pub const fn of(month: Month) -> Self {
        Self {
            from: Some(month),
            to: Some(month),
        }
    }

    /// The month lies in it.
    #[must_use]
    pub fn has(&self, month: Month) -> bool {
        self.from.is_none_or(|from| from <= month) && self.to.is_none_or(|to| month <= to)
    }
}

/// Whose figures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Who {
    #[default]
    Everybody,
    User(String),
    /// Facts that have no user.
    Unassigned,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    pub period: Period,
    pub mode: Mode,
    pub who: Who,
    /// Only this campaign; of spend its own, of everything else that of the contact's first touch.
    pub campaign: Option<String>,
    /// The last day of the reporting zone that counts; `None`: all of the period.
    pub until: Option<Date>,
    /// Rows of other users are none of the asker's business: they are not told of either.
    pub alone: bool,
}

impl Query {
    /// Why the row is outside; the first reason that holds.
    fn excludes(&self, row: &Row<'_>, zone: &TimeZone) -> Option<Why> {
        let user = match &self.who {
            Who::Everybody => true,
            Who::User(user) => row.user == Some(user),
            Who::Unassigned => row.user.is_none(),
        };
        let campaign = self.campaign.as_deref();
        let late = self.until.is_some_and(|until| row.date(zone).0 > until);
        match row.month {
            None => Some(Why::NoFirstTouch),
            Some(month) if late || !self.period.has(month) => Some(Why::OtherMonth),
            _ if !user => Some(Why::OtherUser),
            _ if campaign.is_some() && row.campaign != campaign => Some(Why::OtherCampaign),
            _ => None,
        }
    }

    /// A row that is outside for this reason is not told of at all.
    fn hides(&self, why: Why) -> bool {
        why == Why::OtherMonth || (self.alone && why == Why::OtherUser)
    }
}

/// The numbers of a query by user; facts without one are under `None`. Users without a fact are absent.
#[must_use]
pub fn tally(facts: &Facts, zone: &TimeZone, query: &Query) -> BTreeMap<Option<String>, Bases> {
    let by_user = count(facts, zone, query).by_user.into_iter();
    by_user
        .map(|(user, counted)| (user, counted.bases))
        .collect()
}

/// The sum over users.
#[must_use]
pub fn total(by_user: &BTreeMap<Option<String>, Bases>) -> Bases {
    let mut sum = Bases::default();
    for bases in by_user.values() {
        sum += bases;
    }
    sum
}

/// Key of a row of `kpi_monthly`: month, user, campaign.
pub type MonthlyKey = (Month, Option<String>, Option<String>);

/// What a fact adds to a row of `kpi_monthly`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthlyPart {
    pub key: MonthlyKey,
    /// Of the fact.
    pub row_id: String,
    pub contact_id: Option<String>,
    pub is_spend: bool,
    pub parts: Vec<(Base, i64)>,
}

/// What the rows of [`monthly`] are made of.
#[must_use]
pub fn monthly_parts(facts: &Facts, zone: &TimeZone) -> Vec<MonthlyPart> {
    let world = World::new(facts, zone, Mode::Period, None);
    let own = |text: Option<&str>| text.map(str::to_owned);
    let part = |row: Row<'_>| {
        Some(MonthlyPart {
            key: (row.month?, own(row.user), own(row.campaign)),
            row_id: row.row_id().to_owned(),
            contact_id: own(row.contact_id()),
            is_spend: matches!(row.fact, row::Fact::Spend(_)),
            parts: row.parts,
        })
    };
    world.rows().filter_map(part).collect()
}

/// The rows of `kpi_monthly`, none of which is all zeros. Their sums are the figures of a month.
#[must_use]
pub fn monthly(facts: &Facts, zone: &TimeZone) -> BTreeMap<MonthlyKey, Bases> {
    let world = World::new(facts, zone, Mode::Period, None);
    let mut out: BTreeMap<MonthlyKey, Bases> = BTreeMap::new();
    for row in world.rows() {
        let Some(month) = row.month else { continue };
        let own = |text: Option<&str>| text.map(str::to_owned);
        let bases = out
            .entry((month, own(row.user), own(row.campaign)))
            .or_default();
        for (base, amount) in row.parts {
            bases.add(base, amount);
        }
    }
    out.retain(|_, bases| !bases.is_zero());
    out
}
