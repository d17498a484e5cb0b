//! What does not depend on time: contacts and their touches, whose the rows of forms and the CRM are, and what
//! the CRM says of calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{AsArray as _, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use bookpath_domain::bookings::attendance::CrmOutcome;
use bookpath_domain::people::resolved::{Resolved, ResolvedContact};
use bookpath_models::Catalog;

use crate::error::Result;
use crate::input::GoldInput;
use crate::lake::Lake;
use crate::report::{RunReport, TableReport};
use crate::schema::ArrowSchema as _;
use crate::silver::heard::Heard;
use crate::sources::read::Read;
use crate::table::batch::{BatchBuilder, Cell};
use crate::table::rewrite::Rewrite;
use crate::table::rows::{Keys, column};
use crate::table::{AS_OF, Table};
use crate::time::days;

/// The contact of a row, by the row's key.
type ContactOf = for<'r> fn(&'r Resolved, &str) -> Option<&'r ResolvedContact>;

/// All rows of a table.
type Made = (&'static str, RecordBatch);

/// People and where they go.
pub(super) struct People<'a> {
    pub(super) lake: &'a Lake,
    pub(super) input: &'a GoldInput<'a>,
    pub(super) resolved: &'a Resolved,
    pub(super) read: &'a Read,
}

impl People<'_> {
    /// Writes what changed.
    pub(super) async fn write(&self, report: &mut RunReport) -> Result<()> {
        let (lake, run) = (self.lake, self.input.into());
        // One after the other: each is as large as all people.
        let all: [fn(&Self) -> Result<Made>; 3] = [Self::contacts, Self::touches, Self::spend];
        for made in all {
            report.tables.extend(lake.put(made(self)?, run).await?);
        }
        let of_form = Resolved::contact_of_form;
        let of_deal = Resolved::contact_of_opportunity;
        let of_contact = Resolved::contact_of_crm_contact;
        self.name("silver.form_responses", "token", of_form, report)
            .await?;
        self.name("silver.opportunities", "opportunity_id", of_deal, report)
            .await?;
        self.name("silver.calls", "crm_contact_id", of_contact, report)
            .await?;
        self.judge(report).await
    }

    fn contacts(&self) -> Result<Made> {
        const NAME: &str = "silver.contacts";
        let mut rows = BatchBuilder::new(Catalog::get()?.find(NAME)?);
        for contact in &self.resolved.contacts {
            push_contact(&mut rows, contact)?;
        }
        Ok((NAME, rows.finish()?))
    }

    fn touches(&self) -> Result<Made> {
        const NAME: &str = "silver.touches";
        let mut rows = BatchBuilder::new(Catalog::get()?.find(NAME)?);
        for touch in &self.resolved.touches {
            rows.push(&[
                Cell::Text(&touch.contact_id),
                Cell::at(Some(touch.at)),
                Cell::Text(touch.kind.into()),
                Cell::Text(&touch.channel),
                Cell::text(touch.campaign.as_deref()),
                Cell::Text(&touch.row_id),
            ])?;
        }
        Ok((NAME, rows.finish()?))
    }

    /// Spend by its newest revision.
    fn spend(&self) -> Result<Made> {
        const NAME: &str = "silver.counted_spend";
        let left_out = &self.resolved.currencies.left_out;
        let mut rows = BatchBuilder::new(Catalog::get()?.find(NAME)?);
        for spend in &self.read.sources.spend {
            rows.push(&[
                Cell::Date(days(spend.day)),
                Cell::Text(&spend.channel),
                Cell::text(spend.campaign.as_deref()),
                Cell::Long(spend.amount_minor),
                Cell::Text(&spend.currency),
                Cell::Bool(!left_out.contains_key(&spend.currency.to_ascii_uppercase())),
            ])?;
        }
        Ok((NAME, rows.finish()?))
    }

    /// Says whose the rows of a table are, by the column `key`.
    async fn name(
        &self,
        name: &'static str,
        key: &str,
        contact_of: ContactOf,
        report: &mut RunReport,
    ) -> Result<()> {
        let table = Table::open(self.lake, Catalog::get()?.find(name)?).await?;
        if table.version().is_none() {
            return Ok(());
        }
        let mut table = Rewrite::begin(table, None, true)?;
        table.load_where(|_| true).await?;
        let named = table
            .loaded()
            .map(|batch| named(batch, key, self.resolved, contact_of));
        let named = named.collect::<Result<Vec<_>>>()?;
        let rows = concat_batches(&table.table.model.schema(), &named)?;
        table.apply(&rows, &Keys::new()).await?;
        let as_of = (AS_OF.to_owned(), self.input.as_of.as_microsecond());
        let now_ms = self.input.now.as_millisecond();
        let commits = table.commit(vec![as_of], now_ms, false).await?;
        let counts = TableReport {
            rows_read: rows.num_rows() as u64,
            rows_written: table.written,
            keys_recomputed: rows.num_rows() as u64,
            commits,
            duration_ms: 0,
        };
        report.tables.insert(name, counts);
        Ok(())
    }

    /// Puts what the CRM says of calls beside their invitees, where it says something else than before.
    async fn judge(&self, report: &mut RunReport) -> Result<()> {
        let (before, now) = (&self.read.outcomes, &self.resolved.outcomes);
        let of = |outcomes: &BTreeMap<String, CrmOutcome>, uri: &str| outcomes.get(uri).copied();
        let news = before.keys().chain(now.keys());
        let news = news.filter(|uri| of(before, uri) != of(now, uri));
        let news: BTreeMap<&str, Option<CrmOutcome>> =
            news.map(|uri| (&**uri, of(now, uri))).collect();
        if news.is_empty() {
            return Ok(());
        }
        let invitees = self.read.sources.invitees.iter();
        let heard = invitees.filter_map(|row| {
            let outcome = *news.get(row.invitee_uri.as_str())?;
            Some(Heard {
                invitee_uri: row.invitee_uri.clone(),
                created_at: row.created_at,
                outcome,
            })
        });
        let heard: Vec<Heard> = heard.collect();
        report.merge(self.lake.hear(&heard, self.input).await?);
        Ok(())
    }
}

fn push_contact(rows: &mut BatchBuilder, contact: &ResolvedContact) -> Result<()> {
    let merged = &contact.merged;
    rows.push_named(&[
        ("contact_id", Cell::Text(&contact.contact_id)),
        ("emails", Cell::Texts(&merged.emails)),
        ("phones", Cell::Texts(&merged.phones)),
        ("name", Cell::text(merged.name.as_deref())),
        ("first_touch_at", Cell::at(Some(contact.first_touch_at))),
        (
            "first_touch_channel",
            Cell::text(contact.first_touch_channel.as_deref()),
        ),
        (
            "first_touch_campaign",
            Cell::text(contact.first_touch_campaign.as_deref()),
        ),
        ("aliases", Cell::Texts(&merged.aliases)),
        (
            "original_source",
            Cell::text(merged.original_source.as_deref()),
        ),
        ("latest_source", Cell::text(merged.latest_source.as_deref())),
        ("close_source", Cell::text(merged.close_source.as_deref())),
        ("lead_status", Cell::text(contact.lead_status.as_deref())),
        ("owner_email", Cell::text(contact.owner_email.as_deref())),
        ("crm_contact_ids", Cell::Texts(&contact.crm_contact_ids)),
        ("crm_lead_ids", Cell::Texts(&contact.crm_lead_ids)),
        ("opportunity_ids", Cell::Texts(&contact.opportunities)),
    ])
}

/// The rows with `contact_id` by their column `key`.
fn named(
    batch: &RecordBatch,
    key: &str,
    resolved: &Resolved,
    contact_of: ContactOf,
) -> Result<RecordBatch> {
    let schema = batch.schema();
    let keys = column(batch, key)?.as_string::<i32>();
    let contact = |key: Option<&str>| Some(contact_of(resolved, key?)?.contact_id.as_str());
    let contacts: StringArray = keys.iter().map(contact).collect();
    let mut columns = batch.columns().to_vec();
    columns[schema.index_of("contact_id")?] = Arc::new(contacts);
    Ok(RecordBatch::try_new(schema, columns)?)
}
