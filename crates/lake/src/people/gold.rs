//! What depends on time: customers, key figures of months, credits of attribution models.

use arrow::array::RecordBatch;
use bookpath_domain::numbers::attribution::{Model, Options, rows};
use bookpath_domain::numbers::kpi::{Base, monthly as months};
use bookpath_domain::people::customer::CallSummary;
use bookpath_domain::people::person::shown;
use bookpath_domain::people::resolved::{Resolved, ResolvedContact};
use bookpath_models::Catalog;
use jiff::tz::TimeZone;

use crate::error::Result;
use crate::input::GoldInput;
use crate::table::batch::{BatchBuilder, Cell};

/// The models whose credits are made here; `booking` is a query.
const MODELS: [Model; 8] = [
    Model::First,
    Model::Last,
    Model::Linear,
    Model::U,
    Model::W,
    Model::TimeDecay,
    Model::Markov,
    Model::Shapley,
];

/// Rows of a table.
pub(super) type Rows = (&'static str, RecordBatch);

/// `silver.attribution_credits`.
pub(super) fn credits(resolved: &Resolved, input: &GoldInput<'_>) -> Result<Rows> {
    const NAME: &str = "silver.attribution_credits";
    let (zone, rules) = (
        &input.rules.reporting_timezone,
        &input.rules.business.attribution,
    );
    let options = Options::configured(rules);
    let today = zone.to_datetime(input.as_of).date();
    let mut batch = BatchBuilder::new(Catalog::get()?.find(NAME)?);
    for model in MODELS {
        let credited = rows(resolved.attribution_input(), zone, &options, model, today);
        for ((month, channel, campaign), row) in credited {
            batch.push(&[
                Cell::Text(&month.to_string()),
                Cell::Text(&channel),
                Cell::text(campaign.as_deref()),
                Cell::Text(model.into()),
                Cell::Long(row.touches),
                Cell::Long(row.conversions_micro),
                Cell::Long(row.revenue_minor),
                Cell::Long(row.cash_minor),
                Cell::text(resolved.currencies.main.as_deref()),
            ])?;
        }
    }
    Ok((NAME, batch.finish()?))
}

/// `gold.kpi_monthly`.
pub(super) fn monthly(resolved: &Resolved, input: &GoldInput<'_>) -> Result<Rows> {
    const NAME: &str = "gold.kpi_monthly";
    let mut batch = BatchBuilder::new(Catalog::get()?.find(NAME)?);
    for ((month, user, campaign), bases) in months(&resolved.facts, zone(input)) {
        let month = month.to_string();
        let profit = bases[Base::Revenue].saturating_sub(bases[Base::Spend]);
        let mut cells = vec![
            ("month", Cell::Text(&month)),
            ("user_id", Cell::text(user.as_deref())),
            ("campaign", Cell::text(campaign.as_deref())),
            ("profit", Cell::Long(profit)),
            ("as_of", Cell::at(Some(input.as_of))),
        ];
        cells.extend(bases.iter().map(|(base, n)| (base.as_str(), Cell::Long(n))));
        batch.push_named(&cells)?;
    }
    Ok((NAME, batch.finish()?))
}

fn zone<'a>(input: &GoldInput<'a>) -> &'a TimeZone {
    &input.rules.reporting_timezone
}

/// `gold.unified_customers`: one row for each contact, also without a call.
pub(super) fn customers(resolved: &Resolved, input: &GoldInput<'_>) -> Result<Rows> {
    const NAME: &str = "gold.unified_customers";
    let mut batch = BatchBuilder::new(Catalog::get()?.find(NAME)?);
    for contact in &resolved.contacts {
        customer(&mut batch, contact, input)?;
    }
    Ok((NAME, batch.finish()?))
}

fn customer(
    batch: &mut BatchBuilder,
    contact: &ResolvedContact,
    input: &GoldInput<'_>,
) -> Result<()> {
    let summary = &contact.summary;
    let alerts: Vec<String> = summary.alerts.iter().map(|&code| code.to_owned()).collect();
    let factors = summary.health_factors.iter();
    let factors: Vec<(&str, i32)> = factors.map(|f| (f.code, f.points)).collect();
    // Somebody who was erased has no address any more (X61).
    let emails = shown(&contact.merged.emails);
    let email = emails.first().map(String::as_str);
    let mut cells = vec![
        ("contact_id", Cell::Text(&contact.contact_id)),
        ("email", Cell::text(email)),
        ("health_factors", Cell::Factors(&factors)),
        ("alerts", Cell::Texts(&alerts)),
        ("last_calendly_sync", Cell::at(Some(input.now))),
        ("as_of", Cell::at(Some(input.as_of))),
    ];
    cells.extend(of_calls(summary));
    batch.push_named(&cells)
}

fn of_calls(summary: &CallSummary) -> [(&'static str, Cell<'_>); 16] {
    let count = |n: u32| Cell::Long(n.into());
    let rate = |rate: Option<f64>| rate.map_or(Cell::Null, Cell::Double);
    [
        ("assigned_am", Cell::text(summary.assigned_am.as_deref())),
        (
            "assigned_am_email",
            Cell::text(summary.assigned_am_email.as_deref()),
        ),
        (
            "last_invitee_uri",
            Cell::text(summary.last_invitee_uri.as_deref()),
        ),
        ("total_calls_booked", count(summary.total_calls_booked)),
        ("calls_completed", count(summary.calls_completed)),
        ("calls_no_show", count(summary.calls_no_show)),
        ("calls_canceled", count(summary.calls_canceled)),
        ("calls_rescheduled", count(summary.calls_rescheduled)),
        ("calls_upcoming", count(summary.calls_upcoming)),
        ("show_rate", rate(summary.show_rate)),
        ("attendance_rate", rate(summary.attendance_rate)),
        ("last_call_date", Cell::at(summary.last_call_date)),
        ("next_call_date", Cell::at(summary.next_call_date)),
        ("quality_points", Cell::Int(summary.quality_points)),
        ("health_call_delta", Cell::Int(summary.health_call_delta)),
        ("health_score", Cell::Int(summary.health_score)),
    ]
}
