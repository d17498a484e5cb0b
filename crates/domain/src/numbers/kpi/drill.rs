//! Which facts a number is made of, and which not, with the reason.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::base::Base;
use super::facts::{FactKind, Facts};
use super::keys::Terms;
use super::query::Query;
use super::row::{Fact, Row, World};
use super::why::Why;
use crate::bookings::attendance::Attendance;
use crate::config::CallType;

/// A row of facts, judged for one number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judged {
    pub row_id: String,
    pub fact: FactKind,
    /// Day of the reporting zone.
    pub on: Date,
    pub occurred_at: Option<Timestamp>,
    pub contact_id: Option<String>,
    /// What it adds to the number: 1, or minor units; 0 where it does not count.
    pub amount: i64,
    /// What it would add, where that is in another currency.
    pub own: Option<OwnMoney>,
    pub counted: bool,
    pub why: Why,
}

/// Money in another currency than that in which amounts add up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnMoney {
    /// ISO 4217.
    pub currency: String,
    pub amount_minor: i64,
}

/// The table of facts that a number sums up.
#[must_use]
pub const fn fact_of(base: Base) -> FactKind {
    match base {
        Base::Leads | Base::DirectBookings => FactKind::Leads,
        Base::DealsWon | Base::DealsAddingUp | Base::Revenue => FactKind::Deals,
        Base::CashCollected => FactKind::Cash,
        Base::Spend => FactKind::Spend,
        _ => FactKind::Calls,
    }
}

/// The table of a sum's first number, by which its drill-down is named.
#[must_use]
pub fn table_of(terms: Terms) -> FactKind {
    terms
        .first()
        .map_or(FactKind::Leads, |(base, _)| fact_of(*base))
}

/// The rows of the number's table that lie in the period, each with whether it counts; by day and id.
///
/// The amounts of the counted ones add up to the number.
#[must_use]
pub fn drill(facts: &Facts, zone: &TimeZone, query: &Query, base: Base) -> Vec<Judged> {
    let world = World::new(facts, zone, query.mode, Some(query.period));
    let rows = world.rows_of(fact_of(base));
    let judged = rows.into_iter().filter_map(|row| {
        let why = query
            .excludes(&row, zone)
            .unwrap_or_else(|| why(&row, base));
        (!query.hides(why)).then(|| judge(&row, base, why, zone))
    });
    let by_day: BTreeMap<(Date, String, FactKind), Judged> = judged
        .map(|row| ((row.on, row.row_id.clone(), row.fact), row))
        .collect();
    by_day.into_values().collect()
}

/// The rows of a sum of numbers: those of every one, with its sign. A row counts where one of the numbers counts it.
#[must_use]
pub fn drill_terms(facts: &Facts, zone: &TimeZone, query: &Query, terms: Terms) -> Vec<Judged> {
    let mut out: BTreeMap<(Date, String, FactKind), Judged> = BTreeMap::new();
    for (base, sign) in terms {
        for mut row in drill(facts, zone, query, *base) {
            row.amount = row.amount.saturating_mul(*sign);
            if let Some(own) = &mut row.own {
                own.amount_minor = own.amount_minor.saturating_mul(*sign);
            }
            let key = (row.on, row.row_id.clone(), row.fact);
            match out.get_mut(&key) {
                Some(known) if known.counted && row.counted => {
                    known.amount = known.amount.saturating_add(row.amount);
                }
                Some(known) if known.counted => {}
                _ => {
                    out.insert(key, row);
                }
            }
        }
    }
    out.into_values().collect()
}

fn judge(row: &Row<'_>, base: Base, why: Why, zone: &TimeZone) -> Judged {
    let part = row.parts.iter().find(|(part, _)| *part == base);
    let counted = why == Why::Counted;
    let own = row.left_out_of(money_of(base));
    let own = own.filter(|_| why == Why::OtherCurrency);
    let (on, occurred_at) = row.date(zone);
    Judged {
        row_id: row.row_id().to_owned(),
        fact: row.fact.kind(),
        on,
        occurred_at,
        contact_id: row.contact_id().map(str::to_owned),
        amount: part.filter(|_| counted).map_or(0, |(_, amount)| *amount),
        own: own.map(|money| OwnMoney {
            currency: money.currency.to_owned(),
            amount_minor: money.amount_minor,
        }),
        counted,
        why,
    }
}

/// The number of money by which a row says that it is in another currency.
const fn money_of(base: Base) -> Base {
    match base {
        Base::DealsAddingUp => Base::Revenue,
        other => other,
    }
}

/// Why a row within the query adds to the number or not.
fn why(row: &Row<'_>, base: Base) -> Why {
    if row.adds(base) {
        return Why::Counted;
    }
    let call = match row.fact {
        Fact::Call(call) => call,
        Fact::Lead(_) => return why_not_direct(row),
        Fact::Deal(deal) if base == Base::DealsAddingUp && deal.deals != 0 => {
            return Why::OtherCurrency;
        }
        Fact::Deal(_) | Fact::Cash(_) | Fact::Spend(_) => return why_no_money(row, base),
    };
    let of_triage = matches!(
        base,
        Base::TriageBooked
            | Base::TriageAttended
            | Base::TriageCanceled
            | Base::TriageNoShow
            | Base::TriageContacts
            | Base::TriageToSolution
    );
    if of_triage != (call.call_type == CallType::Triage) {
        return Why::OtherCallType;
    }
    match call.attendance {
        Attendance::Pending => Why::Pending,
        Attendance::NoShow => Why::NoShow,
        Attendance::CanceledEarly | Attendance::CanceledLate => Why::Canceled,
        Attendance::Attended => match base {
            Base::TriageContacts => Why::FurtherCallOfContact,
            Base::TriageToSolution if row.adds(Base::TriageContacts) => Why::NoSolutionCall,
            Base::TriageToSolution => Why::FurtherCallOfContact,
            Base::SolutionUnrecorded => Why::Recorded,
            _ => Why::Attended,
        },
    }
}

fn why_no_money(row: &Row<'_>, base: Base) -> Why {
    if row.left_out_of(base).is_some() {
        Why::OtherCurrency
    } else {
        Why::NoChange
    }
}

fn why_not_direct(row: &Row<'_>) -> Why {
    if row.has_call {
        Why::FirstCallIsTriage
    } else {
        Why::NoCall
    }
}
