//! The key figures: numerator, denominator, unit and formula of each.

use serde::Serialize;

use super::base::{Base, Bases};
use crate::money::round::{div_round, percent2, ratio2};

/// What a value is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Count,
    /// Two decimals.
    Percent,
    /// Minor units.
    Money,
    /// Two decimals.
    Ratio,
}

/// A sum of numbers that add up, some of them taken away.
pub type Terms = &'static [(Base, i64)];

/// A key figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    pub key: &'static str,
    pub unit: Unit,
    pub formula: &'static str,
    pub numerator: Terms,
    /// `None`: the value is the numerator.
    pub denominator: Option<Terms>,
}

/// A value in its unit, rounded half away from zero.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A count or minor units.
    Whole(i64),
    /// Two decimals.
    Decimal(f64),
}

/// A key figure with its value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    #[serde(skip)]
    pub key: &'static Key,
    /// `None` over a denominator of 0, or where 64 bits do not hold it.
    pub value: Option<Value>,
    pub numerator: i64,
    pub denominator: Option<i64>,
    pub unit: Unit,
    pub formula: &'static str,
}

impl Key {
    /// The figure for these numbers.
    #[must_use]
    pub fn figure(&'static self, bases: &Bases) -> Figure {
        let sum = |terms: Terms| {
            let parts = terms
                .iter()
                .map(|(base, sign)| bases[*base].saturating_mul(*sign));
            parts.fold(0_i64, i64::saturating_add)
        };
        let numerator = sum(self.numerator);
        let denominator = self.denominator.map(sum);
        let value = match (self.unit, denominator) {
            (_, None) => Some(Value::Whole(numerator)),
            (Unit::Count | Unit::Money, Some(d)) => {
                div_round(numerator.into(), d.into()).map(Value::Whole)
            }
            (Unit::Percent, Some(d)) => percent2(numerator.into(), d.into()).map(Value::Decimal),
            (Unit::Ratio, Some(d)) => ratio2(numerator.into(), d.into()).map(Value::Decimal),
        };
        Figure {
            key: self,
            value,
            numerator,
            denominator,
            unit: self.unit,
            formula: self.formula,
        }
    }
}

impl Figure {
    /// How much the value is above that of `before`, in its own unit; of per cent in points.
    #[must_use]
    pub fn change_since(&self, before: &Self) -> Option<Value> {
        match (self.value?, before.value?) {
            (Value::Whole(now), Value::Whole(then)) => Some(Value::Whole(now.saturating_sub(then))),
            (Value::Decimal(now), Value::Decimal(then)) => {
                #[expect(clippy::cast_possible_truncation, reason = "two decimals of a ratio")]
                let hundredths = |n: f64| (n * 100.0).round() as i128;
                ratio2(hundredths(now) - hundredths(then), 100).map(Value::Decimal)
            }
            _ => None,
        }
    }
}

/// The key figure of this name.
#[must_use]
pub fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.key == name)
}

/// All key figures for these numbers, in the order of [`KEYS`].
#[must_use]
pub fn figures(bases: &Bases) -> Vec<Figure> {
    KEYS.iter().map(|key| key.figure(bases)).collect()
}

const fn sum(key: &'static str, unit: Unit, formula: &'static str, numerator: Terms) -> Key {
    Key {
        key,
        unit,
        formula,
        numerator,
        denominator: None,
    }
}

const fn over(
    key: &'static str,
    unit: Unit,
    formula: &'static str,
    numerator: Terms,
    denominator: Terms,
) -> Key {
    Key {
        key,
        unit,
        formula,
        numerator,
        denominator: Some(denominator),
    }
}

const LEADS: Terms = &[(Base::Leads, 1)];
const TRIAGE: Terms = &[(Base::TriageBooked, 1)];
const TRIAGE_HELD: Terms = &[(Base::TriageAttended, 1)];
const SOLUTION: Terms = &[(Base::SolutionBooked, 1)];
const SOLUTION_HELD: Terms = &[(Base::SolutionAttended, 1)];
const DEALS: Terms = &[(Base::DealsWon, 1)];
/// The number of deals that averages of money divide by: those whose money is in the sum, without deals in other currencies.
const DEALS_WITH_MONEY: Terms = &[(Base::DealsAddingUp, 1)];
const REVENUE: Terms = &[(Base::Revenue, 1)];
const CASH: Terms = &[(Base::CashCollected, 1)];
const SPEND: Terms = &[(Base::Spend, 1)];
const PROFIT: Terms = &[(Base::Revenue, 1), (Base::Spend, -1)];
const CASH_PROFIT: Terms = &[(Base::CashCollected, 1), (Base::Spend, -1)];

use Unit::{Count, Money, Percent, Ratio};

/// Every key figure (X22, X26).
#[rustfmt::skip]
pub static KEYS: [Key; 38] = [
    sum("leads", Count, "contacts by their first touch", LEADS),
    sum("triage_booked", Count, "triage calls by their start, canceled ones included", TRIAGE),
    sum("triage_attended", Count, "triage calls that were attended", TRIAGE_HELD),
    over("triage_show_rate", Percent, "triage_attended / triage_booked", TRIAGE_HELD, TRIAGE),
    over("triage_cancel_rate", Percent, "triage calls canceled / triage_booked", &[(Base::TriageCanceled, 1)], TRIAGE),
    over("triage_no_show_rate", Percent, "triage calls missed / triage_booked", &[(Base::TriageNoShow, 1)], TRIAGE),
    sum("solution_booked", Count, "solution calls by their start, canceled ones included", SOLUTION),
    sum("solution_attended", Count, "solution calls that were attended", SOLUTION_HELD),
    over("solution_show_rate", Percent, "solution_attended / solution_booked", SOLUTION_HELD, SOLUTION),
    over("solution_cancel_rate", Percent, "solution calls canceled / solution_booked", &[(Base::SolutionCanceled, 1)], SOLUTION),
    over("solution_no_show_rate", Percent, "solution calls missed / solution_booked", &[(Base::SolutionNoShow, 1)], SOLUTION),
    over("triage_to_solution_rate", Percent, "contacts with an attended triage call who booked a solution call / contacts with an attended triage call", &[(Base::TriageToSolution, 1)], &[(Base::TriageContacts, 1)]),
    over("solution_per_triage_attended", Ratio, "solution_booked / triage_attended", SOLUTION, TRIAGE_HELD),
    over("direct_booking_rate", Percent, "leads whose first booked call is a solution call / leads", &[(Base::DirectBookings, 1)], LEADS),
    sum("deals_won", Count, "deals by the day they were won, less those reopened", DEALS),
    over("close_rate", Percent, "deals_won / solution_attended", DEALS, SOLUTION_HELD),
    over("lead_to_close_rate", Percent, "deals_won / leads", DEALS, LEADS),
    sum("revenue", Money, "contracted value of deals won", REVENUE),
    sum("cash_collected", Money, "payments less refunds, and cash of deals won", CASH),
    sum("spend", Money, "advertising by its day", SPEND),
    over("cpl", Money, "spend / leads", SPEND, LEADS),
    over("cost_per_triage_booked", Money, "spend / triage_booked", SPEND, TRIAGE),
    over("cost_per_solution_booked", Money, "spend / solution_booked", SPEND, SOLUTION),
    over("cost_per_solution_attended", Money, "spend / solution_attended", SPEND, SOLUTION_HELD),
    over("cash_per_solution_booked", Money, "cash_collected / solution_booked", CASH, SOLUTION),
    over("cash_per_solution_attended", Money, "cash_collected / solution_attended", CASH, SOLUTION_HELD),
    over("epc2_revenue", Money, "revenue / solution_attended", REVENUE, SOLUTION_HELD),
    over("epc2_cash", Money, "cash_collected / solution_attended", CASH, SOLUTION_HELD),
    sum("profit", Money, "revenue - spend", PROFIT),
    over("profit_per_solution_attended", Money, "(revenue - spend) / solution_attended", PROFIT, SOLUTION_HELD),
    over("profit_per_call2", Money, "(cash_collected - spend) / solution_attended", CASH_PROFIT, SOLUTION_HELD),
    over("avg_contract_value", Money, "revenue / deals won in its currency", REVENUE, DEALS_WITH_MONEY),
    over("avg_cash_per_deal", Money, "cash_collected / deals won in its currency", CASH, DEALS_WITH_MONEY),
    over("calls_to_close", Ratio, "solution_attended / deals_won", SOLUTION_HELD, DEALS),
    over("cash_efficiency", Percent, "revenue / spend", REVENUE, SPEND),
    over("cash_roi", Percent, "cash_collected / spend", CASH, SPEND),
    over("profit_efficiency", Percent, "(revenue - spend) / spend", PROFIT, SPEND),
    over("admin_missing_rate", Percent, "past solution calls whose attendance is only the default / past solution calls", &[(Base::SolutionUnrecorded, 1)], &[(Base::SolutionPast, 1)]),
];
