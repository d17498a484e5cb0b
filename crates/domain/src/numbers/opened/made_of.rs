//! The rows of silver that a row of another table is made of, as far as each of them holds what a vendor sent.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::Source;
use crate::config::BusinessConfig;
use crate::numbers::attribution::{Days, Model, Options, Touch, credits};
use crate::numbers::kpi::{MonthlyPart, monthly_parts};
use crate::numbers::month::Month;
use crate::people::identity::Node;
use crate::people::resolved::Resolved;

/// A row of a table, by column.
type Row = Map<String, Value>;

/// What a row of this table is made of, each source once. Empty for the tables that are read from bronze, for those of
/// bookings, which the tables themselves follow, and for what nobody sent: days, and decisions of the team.
///
/// Markov and Shapley look at everybody's way; named are the month's deals, which they divide, and the touches on the ways to
/// them.
#[must_use]
pub fn made_of(table: &str, row: &Row, resolved: &Resolved, rules: &BusinessConfig) -> Vec<Source> {
    let text = |column: &str| row.get(column).and_then(Value::as_str);
    let own = |column: &str| text(column).unwrap_or_default().to_owned();
    let mut sources = match table {
        "silver.bookings" => vec![Source::of_chain(&own("chain_id"))],
        "silver.links" => vec![Source::new(
            "silver.invitees",
            "invitee_uri",
            &own("invitee_uri"),
        )],
        "silver.touches" => vec![Source::of_touch_row(&own("kind"), &own("row_id"))],
        "silver.identity_edges" => match own("subject").parse() {
            Ok(Node::Record(key)) => vec![Source::of_record(&key)],
            _ => Vec::new(),
        },
        "silver.contacts" | "gold.unified_customers" => of_contact(resolved, &own("contact_id")),
        "silver.counted_spend" => {
            vec![Source::of_spend_key(
                &own("day"),
                &own("channel"),
                &own("campaign"),
            )]
        }
        "gold.cost_per_booking" => vec![Source::of_spend_key(
            &own("booking_date"),
            &own("channel"),
            &own("campaign"),
        )],
        "silver.attribution_credits" | "gold.channel_attribution" => {
            of_attribution(row, resolved, rules)
        }
        "gold.kpi_monthly" => of_month(row, resolved, rules),
        _ => Vec::new(),
    };
    sources.sort();
    sources.dedup();
    sources
}

fn of_contact(resolved: &Resolved, contact_id: &str) -> Vec<Source> {
    let records = resolved.records_of(contact_id);
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
        window_days: rules.attribution.window_days,
        half_life_days: rules.attribution.half_life_days,
        days: Days {
            from: Some(month.first_day()),
            to: month.next().first_day().yesterday().ok(),
        },
        ..Options::default()
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
    let spend = resolved.facts.spend.iter().filter(|line| {
        let same_channel = line.row_id.split('|').nth(1) == Some(channel);
        let same_campaign = of_months || line.campaign.as_deref() == campaign;
        options.days.has(line.on) && same_channel && same_campaign
    });
    sources.extend(spend.map(|line| Source::of_spend(&line.row_id)));
    sources
}
