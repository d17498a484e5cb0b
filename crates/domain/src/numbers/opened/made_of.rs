//! The rows of silver that a row of another table is made of, as far as each of them holds what a vendor sent.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};

use super::{Filter, Source, of_spend};
use crate::config::BusinessConfig;
use crate::numbers::attribution::{Days, Model, Options, Touch, credits};
use crate::numbers::kpi::{MonthlyPart, monthly_parts};
use crate::numbers::month::Month;
use crate::people::identity::Node;
use crate::people::resolved::Resolved;

/// A row of a table, by column.
type Row = Map<String, Value>;

/// The rows of this table are made of everybody's records: [`made_of`] follows them, and [`named_by`] those of any other.
#[must_use]
pub fn asks_people(table: &str) -> bool {
    matches!(
        table,
        "silver.contacts"
            | "silver.attribution_credits"
            | "gold.unified_customers"
            | "gold.channel_attribution"
            | "gold.kpi_monthly"
    )
}

/// The rows that a row of this table names itself. `None` for the tables that are read from bronze, for days, for the gold
/// tables of bookings, which the lake follows, and for a decision of the team.
#[must_use]
pub fn named_by(table: &str, row: &Row) -> Option<Source> {
    let own = |column: &str| row.get(column).and_then(Value::as_str).unwrap_or_default();
    let spend = |day: &str| Source::of_spend_key(own(day), own("channel"), own("campaign"));
    match table {
        "silver.bookings" => Some(Source::of_chain(own("chain_id"))),
        "silver.links" => Some(Source::of_invitee(own("invitee_uri"))),
        "silver.touches" => Some(Source::of_touch_row(own("kind"), own("row_id"))),
        "silver.identity_edges" => match own("subject").parse() {
            Ok(Node::Record(key)) => Some(Source::of_record(&key)),
            _ => None,
        },
        "silver.counted_spend" => Some(spend("day")),
        "gold.cost_per_booking" => Some(spend("booking_date")),
        _ => None,
    }
}

/// What a row of a table that [`asks_people`] is made of.
///
/// Markov and Shapley look at everybody's way; named are the month's deals, which they divide, and the touches on the ways to
/// them.
#[must_use]
pub fn made_of(
    table: &str,
    row: &Row,
    resolved: &Resolved,
    rules: &BusinessConfig,
) -> BTreeSet<Source> {
    let sources = match table {
        "silver.contacts" | "gold.unified_customers" => of_contact(row, resolved),
        "gold.kpi_monthly" => of_month(row, resolved, rules),
        _ => of_attribution(row, resolved, rules),
    };
    sources.into_iter().collect()
}

fn of_contact(row: &Row, resolved: &Resolved) -> Vec<Source> {
    let contact_id = row.get("contact_id").and_then(Value::as_str);
    let records = resolved.records_of(contact_id.unwrap_or_default());
    records.map(Source::of_record).collect()
}

fn of_month(row: &Row, resolved: &Resolved, rules: &BusinessConfig) -> Vec<Source> {
    let text = |column: &str| row.get(column).and_then(Value::as_str);
    let Some(month) = text("month").and_then(|month| month.parse::<Month>().ok()) else {
        return Vec::new();
    };
    let parts = monthly_parts(&resolved.facts, &rules.reporting_timezone).into_iter();
    let parts = parts.filter(|part| {
        let (of, user, campaign) = &part.key;
        *of == month
            && user.as_deref() == text("user_id")
            && campaign.as_deref() == text("campaign")
    });
    let source = |part: MonthlyPart| Source::of_fact(resolved, part.fact, &part.row_id);
    parts.map(source).collect()
}

fn of_attribution(row: &Row, resolved: &Resolved, rules: &BusinessConfig) -> Vec<Source> {
    let text = |column: &str| row.get(column).and_then(Value::as_str);
    let month = text("month").and_then(|month| month.parse::<Month>().ok());
    let model = text("model").and_then(|model| model.parse::<Model>().ok());
    let (Some(month), Some(model), Some(channel)) = (month, model, text("channel")) else {
        return Vec::new();
    };
    // Every touch of a way has a share in the linear model.
    let of_months = model.is_of_months();
    let shared = if of_months { Model::Linear } else { model };
    let options = Options {
        days: Days {
            from: Some(month.first_day()),
            to: month.next().first_day().yesterday().ok(),
        },
        ..Options::configured(&rules.attribution)
    };
    let campaign = text("campaign");
    let (input, zone) = (resolved.attribution_input(), &rules.reporting_timezone);
    let touches: HashMap<&str, &Touch> = input
        .touches
        .iter()
        .map(|touch| (&*touch.row_id, touch))
        .collect();
    let payments: HashSet<&str> = input.cash.iter().map(|line| &*line.row_id).collect();
    let shares = credits(input, zone, &options, shared)
        .into_iter()
        .filter(|credit| {
            of_months || (credit.channel == channel && credit.campaign.as_deref() == campaign)
        });
    let mut sources = Vec::new();
    for credit in shares {
        let touch = credit.touch_row_id.as_deref();
        let touch = touch.and_then(|id| touches.get(id));
        sources.extend(touch.map(|touch| Source::of_touch(touch)));
        sources.extend(credit.opportunity_id.as_deref().map(Source::of_deal));
        if payments.contains(&*credit.line_row_id) {
            sources.push(Source::of_payment(&credit.line_row_id));
        }
    }
    let spend = Filter {
        days: options.days,
        channel: Some(channel.to_owned()),
        campaign: (!of_months).then(|| campaign.unwrap_or_default().to_owned()),
        ..Filter::default()
    };
    // Beside a campaign stands its spend in its own currency, beside several what counts.
    let spend = of_spend(resolved, zone, &spend).into_iter();
    let spend = spend.filter(|row| row.counted || !of_months);
    sources.extend(spend.map(|row| row.source));
    sources
}
