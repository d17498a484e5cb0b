//! Why numbers changed between two runs: by deliveries and payments, by an admin's decision, or because time passed.
//!
//! Each table of gold sums up facts, and each fact is a person's, a payment's or a day's spend. A row moved because some
//! of its facts did, and those moved because a row of silver did that is about the same person.

mod moment;
mod parts;
mod rows;
mod told;
mod topics;

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::Date;

pub use moment::Moment;
pub use rows::Telling;

use crate::config::BusinessConfig;
use parts::{FactOwner, Key, Moved};
use told::Tellings;
use topics::{BOOKINGS, topics};

/// Why a number moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// These were told since the run before; never empty.
    Told(BTreeSet<Telling>),
    /// Spend was recorded.
    Spend,
    /// An admin decided who is who.
    Decision { actor: String },
    /// Nobody told anything about it: calls began and ended, days went by.
    Time,
    /// No delivery caused it: users or business rules changed, or another program wrote the rows of silver.
    Settings,
}

/// Columns that spend moves before anything else does.
const COSTS: [&str; 4] = ["cost", "spend", "roas", "profit"];
/// Days whose bookings a row of `bookings_trend` looks at.
const TREND_DAYS: i32 = 28;

/// Why rows of one table moved between two moments.
#[derive(Debug)]
pub struct Causes<'a> {
    table: &'static str,
    before: &'a Moment,
    after: &'a Moment,
    told: &'a News,
    moved: Moved,
}

/// What was told between two moments.
#[derive(Debug)]
pub struct News(Tellings);

impl News {
    /// Compares two moments.
    #[must_use]
    pub fn between(before: &Moment, after: &Moment) -> Self {
        Self(Tellings::between(before, after))
    }
}

impl<'a> Causes<'a> {
    /// For the table of this name, `gold.kpi_monthly` for example. `told` is of the same two moments.
    #[must_use]
    pub fn new(
        table: &'static str,
        before: &'a Moment,
        after: &'a Moment,
        told: &'a News,
        rules: &BusinessConfig,
    ) -> Self {
        let moved = parts::moved(table, before, after, rules);
        Self {
            table,
            before,
            after,
            told,
            moved,
        }
    }

    /// Why a column of the row with this key moved, by itself or with the `whole_row`, which came or went: the values of the
    /// key's columns in their order, `None` for NULL.
    #[must_use]
    pub fn of(&self, key: &[Option<String>], column: &str, whole_row: bool) -> Cause {
        let spent = self.told.0.spent(self.table, key);
        if spent && COSTS.iter().any(|word| column.contains(word)) {
            return Cause::Spend;
        }
        let column = if whole_row { "" } else { column };
        let (whose, topics) = (self.whose(key), topics(self.table, key, column));
        if let Some(told) = self.told.0.about(&whose, topics) {
            return Cause::Told(told);
        }
        if spent {
            return Cause::Spend;
        }
        if let Some(actor) = self.decided(&whose) {
            return Cause::Decision { actor };
        }
        if !topics.is_empty() && self.told.0.is_derived_anew(&whose) {
            return Cause::Settings;
        }
        let later = self.before.resolved.as_of != self.after.resolved.as_of;
        // Of a call only itself tells, and its time; other news of the person moves it where it joins people.
        if later && topics == BOOKINGS && !whose.is_empty() && !self.told.0.joins(&whose) {
            return Cause::Time;
        }
        if let Some(told) = self.told.0.of(&whose) {
            return Cause::Told(told);
        }
        if self.told.0.is_derived_anew(&whose) {
            return Cause::Settings;
        }
        self.follows(&whose).map_or_else(
            || {
                if later && (self.is_anybodys(&whose) || is_of_paths(self.table, key)) {
                    Cause::Time
                } else {
                    Cause::Settings
                }
            },
            Cause::Told,
        )
    }

    /// What was told about others, where the row follows them: days between the first and the last booking, amounts in the
    /// currency of most, people whom a telephone of a third one joined.
    fn follows(&self, whose: &BTreeSet<FactOwner>) -> Option<BTreeSet<Telling>> {
        let told = &self.told.0;
        if whose.is_empty() {
            let of_table = self.moved.values().flatten().cloned().collect();
            if let Some(found) = told.of(&of_table) {
                return Some(found);
            }
        }
        let same_time = self.before.resolved.as_of == self.after.resolved.as_of;
        let follows = told.joins(whose) || self.currency_changed() || same_time;
        follows.then(|| told.all()).flatten()
    }

    /// Facts moved, of the row or of the table.
    fn is_anybodys(&self, whose: &BTreeSet<FactOwner>) -> bool {
        !whose.is_empty() || !self.moved.is_empty()
    }

    /// Whose facts in the row moved.
    fn whose(&self, key: &[Option<String>]) -> BTreeSet<FactOwner> {
        let of = |key: &Key| self.moved.get(key).into_iter().flatten().cloned();
        match self.table {
            "gold.unified_customers" => {
                let contact = key.first().cloned().flatten();
                contact.into_iter().map(FactOwner::Contact).collect()
            }
            "gold.bookings_trend" => {
                let last = key
                    .first()
                    .and_then(|day| day.as_deref()?.parse::<Date>().ok());
                let days = (0..TREND_DAYS).filter_map(|back| last?.checked_sub(back.days()).ok());
                days.flat_map(|day| of(&vec![Some(day.to_string())]))
                    .collect()
            }
            _ if is_of_paths(self.table, key) => of(&Key::new()).collect(),
            _ => of(&key.to_vec()).collect(),
        }
    }

    /// Who decided last about people of whom some became one or two, where these are among them.
    fn decided(&self, whose: &BTreeSet<FactOwner>) -> Option<String> {
        let known = &self.before.directory.decisions;
        let decisions = self.after.directory.decisions.iter();
        let news = decisions.filter(|decision| !known.contains(decision));
        let newest = news.max_by_key(|decision| decision.at)?;
        self.told.0.joins(whose).then(|| newest.actor.clone())
    }

    fn currency_changed(&self) -> bool {
        self.before.resolved.currencies.main != self.after.resolved.currencies.main
    }
}

/// Markov and Shapley look at the paths of everybody.
fn is_of_paths(table: &str, key: &[Option<String>]) -> bool {
    let model = key.last().and_then(Option::as_deref);
    table == "gold.channel_attribution" && matches!(model, Some("markov" | "shapley"))
}
