//! What the CRM says of calls, beside their invitees (X5): attendance, bookings and gold follow it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{AsArray as _, RecordBatch, StringArray};
use bookpath_domain::bookings::attendance::CrmOutcome;
use bookpath_models::Catalog;
use jiff::Timestamp;

use super::invitees::{self, Invitees};
use crate::error::Result;
use crate::input::{GoldInput, RunInput};
use crate::lake::Lake;
use crate::report::{RunReport, TableReport};
use crate::table::layout::RowPlace;
use crate::table::rewrite::Rewrite;
use crate::table::rows::column;
use crate::table::{AS_OF, Table};
use crate::time::local;

/// What the CRM says now of the call of an invitee, where it said something else before.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) invitee_uri: String,
    /// When it was booked.
    pub(crate) created_at: Timestamp,
    /// `None`: what it said was withdrawn.
    pub(crate) outcome: Option<CrmOutcome>,
}

impl Lake {
    /// Puts what was heard beside the invitees, and judges their calls again.
    pub(crate) async fn hear(&self, heard: &[Heard], input: &GoldInput<'_>) -> Result<RunReport> {
        let catalog = Catalog::get()?;
        let zone = input.rules.zone_name();
        let open = |name: &'static str| async move { Table::open(self, catalog.find(name)?).await };
        let (rows, links, bookings) = tokio::try_join!(
            open("silver.invitees"),
            open("silver.links"),
            open("silver.bookings"),
        )?;
        let begin = |table: Table| Rewrite::begin(table, Some(&zone), true);
        let (rows, links, bookings) = (begin(rows)?, begin(links)?, begin(bookings)?);
        let run = RunInput {
            batch: 0,
            objects: &[],
            rules: input.rules,
            as_of: input.as_of,
            now: input.now,
        };
        let mut invitees = Invitees::begin(rows, links, bookings, &run).await?;
        let place = |heard: &Heard| {
            let created = heard.created_at.as_microsecond();
            let booked = local(created, &input.rules.reporting_timezone).date;
            RowPlace {
                partition: vec![booked.year().to_string(), booked.month().to_string()],
                at: Some(created),
            }
        };
        let places: BTreeSet<RowPlace> = heard.iter().map(place).collect();
        let outcomes = heard.iter().map(|heard| {
            let said: Option<&str> = heard.outcome.as_ref().map(CrmOutcome::into_str);
            (heard.invitee_uri.as_str(), said)
        });
        let outcomes: HashMap<&str, Option<&str>> = outcomes.collect();
        invitees
            .judge(
                &places,
                |uri| outcomes.contains_key(uri),
                |rows| with_outcomes(rows, &outcomes),
            )
            .await?;
        commit(invitees, input, heard.len() as u64).await
    }
}

async fn commit(
    mut invitees: Invitees,
    input: &GoldInput<'_>,
    rows_read: u64,
) -> Result<RunReport> {
    let now_ms = input.now.as_millisecond();
    let as_of = (AS_OF.to_owned(), input.as_of.as_microsecond());
    let mut report = RunReport::default();
    let mut told = |rewrite: &Rewrite, rows_read: u64, commits: u64| {
        let counts = TableReport {
            rows_read,
            rows_written: rewrite.written,
            keys_recomputed: rewrite.written,
            commits,
            duration_ms: 0,
        };
        let name = rewrite.table.model.name.as_str();
        report.tables.insert(name, counts);
    };
    let links = &mut invitees.links;
    let commits = links.commit(vec![as_of.clone()], now_ms, false).await?;
    told(links, 0, commits);
    let rows = &mut invitees.rows;
    let changed = !rows.is_unchanged();
    let commits = rows.commit(vec![as_of.clone()], now_ms, false).await?;
    told(rows, rows_read, commits);
    let source = rows.table.version();
    let bookings = &mut invitees.bookings;
    let seen = invitees::seen(source, as_of);
    let commits = bookings.commit(seen, now_ms, changed).await?;
    told(bookings, invitees.chains_recomputed, commits);
    Ok(report)
}

/// The rows with what the CRM says of each.
fn with_outcomes(
    rows: &RecordBatch,
    outcomes: &HashMap<&str, Option<&str>>,
) -> Result<RecordBatch> {
    let schema = rows.schema();
    let uris = column(rows, "invitee_uri")?.as_string::<i32>();
    let said = |uri: Option<&str>| outcomes.get(uri?).copied().flatten();
    let said: StringArray = uris.iter().map(said).collect();
    let mut columns = rows.columns().to_vec();
    columns[schema.index_of("crm_outcome")?] = Arc::new(said);
    Ok(RecordBatch::try_new(schema, columns)?)
}
