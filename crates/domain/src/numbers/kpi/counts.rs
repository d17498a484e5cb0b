//! How many rows each number is made of: what a figure says about its drill-down before anybody opens it.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::base::{Base, Bases};
use super::drill::{fact_of, table_of};
use super::facts::{FactKind, Facts};
use super::keys::Terms;
use super::query::Query;
use super::row::World;

/// The numbers of somebody, and how many rows each one is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    pub bases: Bases,
    pub rows: Bases,
}

/// The numbers of a query with the rows behind them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Facts without a user are under `None`; users without a fact are absent.
    pub by_user: BTreeMap<Option<String>, Counted>,
    /// Rows of each table that lie in the period, whether they count or not.
    pub in_period: BTreeMap<FactKind, i64>,
}

/// The rows of a sum of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// The table of its first number.
    pub fact: FactKind,
    /// Of money the rows that count, of anything else the sum itself.
    pub count: i64,
    /// Of money the sum, in minor units.
    pub sum_minor: Option<i64>,
    /// Rows of the same tables and period that do not count.
    pub not_counted: i64,
}

/// Counts the rows of every number in one pass.
#[must_use]
pub fn count(facts: &Facts, zone: &TimeZone, query: &Query) -> Counts {
    let world = World::new(facts, zone, query.mode, Some(query.period));
    let mut by_user: BTreeMap<Option<&str>, Counted> = BTreeMap::new();
    let mut counts = Counts::default();
    for row in world.rows() {
        let why = query.excludes(&row, zone);
        if why.is_some_and(|why| query.hides(why)) {
            continue;
        }
        for kind in row.kinds() {
            *counts.in_period.entry(kind).or_default() += 1;
        }
        if why.is_none() {
            let counted = by_user.entry(row.user).or_default();
            for (base, amount) in row.parts {
                counted.bases.add(base, amount);
                counted.rows.add(base, 1);
            }
        }
    }
    let owned = by_user.into_iter();
    counts.by_user = owned
        .map(|(user, counted)| (user.map(str::to_owned), counted))
        .collect();
    counts
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

impl Counts {
    /// The sum over users.
    #[must_use]
    pub fn total(&self) -> Counted {
        let mut sum = Counted::default();
        for counted in self.by_user.values() {
            sum.bases += &counted.bases;
            sum.rows += &counted.rows;
        }
        sum
    }

    /// What opens when somebody looks behind this sum of `counted`'s numbers.
    #[must_use]
    pub fn open(&self, counted: &Counted, terms: Terms) -> Opened {
        let fact = table_of(terms);
        let money = is_money(terms);
        let rows = || terms.iter().map(|(base, _)| counted.rows[*base]);
        let sum = terms
            .iter()
            .map(|(base, sign)| counted.bases[*base].saturating_mul(*sign))
            .fold(0_i64, i64::saturating_add);
        let mut tables: Vec<FactKind> = terms.iter().map(|(base, _)| fact_of(*base)).collect();
        tables.sort_unstable();
        tables.dedup();
        let of_table = |fact: FactKind| self.in_period.get(&fact).copied().unwrap_or(0);
        let in_period: i64 = tables.into_iter().map(of_table).sum();
        Opened {
            fact,
            count: if money { rows().sum() } else { sum },
            sum_minor: money.then_some(sum),
            not_counted: in_period - rows().sum::<i64>(),
        }
    }
}

/// The sum is in minor units.
#[must_use]
pub fn is_money(terms: Terms) -> bool {
    let money = |base: Base| matches!(base, Base::Revenue | Base::CashCollected | Base::Spend);
    terms.iter().all(|(base, _)| money(*base))
}
