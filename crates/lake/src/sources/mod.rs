//! Silver as the typed rows that contacts and numbers are made of, kept as long as the tables stay as they are.

mod cells;
mod part;
pub(crate) mod read;
mod rows;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use arrow::array::RecordBatch;
use bookpath_domain::people::sources::{InviteeRow, Sources, SpendRow};
use futures::future::try_join_all;
use futures::{StreamExt as _, TryStreamExt as _};

pub(crate) use self::part::{SPEND, models, put, schema_of, spend};
use self::read::{Outcomes, Read, Versions};
use crate::background::Background;
use crate::error::Result;
use crate::input::LakeRules;
use crate::lake::Lake;
use crate::table::Table;

/// The tables that are read, in the order of [`Versions`].
pub(crate) const TABLES: [&str; 8] = [
    "silver.invitees",
    "silver.form_responses",
    "silver.crm_leads",
    "silver.crm_contacts",
    "silver.opportunities",
    "silver.calls",
    "silver.payments",
    part::SPEND,
];

/// Files of a table that are read at the same time.
const READS: usize = 8;

impl Lake {
    /// All rows of silver that say something of people and money, as of the tables' newest versions.
    ///
    /// # Errors
    /// Whatever the store refuses; [`crate::LakeError::VersionGone`] of [`Lake::known_at`].
    pub async fn sources(&self, rules: &LakeRules) -> Result<Arc<Sources>> {
        Ok(self.read_sources(rules).await?.sources)
    }

    /// The rows with the versions that they are from. A table that did not change is not read again.
    pub(crate) async fn read_sources(&self, rules: &LakeRules) -> Result<Read> {
        let open = models()?.into_iter();
        let open = open.map(|model| Table::open(self, model));
        self.read_tables(&try_join_all(open).await?, rules).await
    }

    /// The rows of these tables, in the order of [`TABLES`].
    pub(crate) async fn read_tables(&self, tables: &[Table], rules: &LakeRules) -> Result<Read> {
        let country = &rules.business.default_country;
        let known = self.known_sources().filter(|read| read.country == *country);
        let versions: Versions = std::array::from_fn(|at| tables[at].identity());
        if let Some(read) = known.as_ref().filter(|read| read.versions == versions) {
            return Ok(read.clone());
        }
        let loader = Loader {
            tables,
            versions: &versions,
            known: known.as_ref(),
            country,
        };
        let (sources, outcomes) = loader.load().await?;
        let read = Read {
            sources: Arc::new(sources),
            outcomes,
            versions,
            country: country.clone(),
        };
        let mut kept = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(read.clone());
        Ok(read)
    }

    fn known_sources(&self) -> Option<Read> {
        let kept = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone()
    }
}

/// Tables, and the rows that are known of those that did not change.
struct Loader<'a> {
    tables: &'a [Table],
    versions: &'a Versions,
    known: Option<&'a Read>,
    country: &'a str,
}

impl Loader<'_> {
    /// The rows of all tables, in the order of [`TABLES`].
    async fn load(&self) -> Result<(Sources, Arc<Outcomes>)> {
        let joined = tokio::try_join!(
            self.invitees(),
            self.rows(1, |s| &s.forms, rows::FORMS, rows::forms),
            self.rows(2, |s| &s.crm_leads, rows::LEADS, rows::leads),
            self.rows(3, |s| &s.crm_contacts, rows::CONTACTS, rows::contacts),
            self.rows(4, |s| &s.opportunities, rows::DEALS, rows::opportunities),
            self.rows(5, |s| &s.activities, rows::ACTIVITIES, rows::activities),
            self.rows(6, |s| &s.payments, rows::PAYMENTS, rows::payments),
            self.spend(),
        );
        let (invitees, forms, crm_leads, crm_contacts, opportunities, activities, payments, spend) =
            joined?;
        let (invitees, outcomes) = invitees;
        let sources = Sources {
            invitees,
            forms,
            crm_leads,
            crm_contacts,
            opportunities,
            activities,
            payments,
            spend,
        };
        Ok((sources, outcomes))
    }

    fn unchanged(&self, at: usize) -> Option<&Read> {
        self.known
            .filter(|known| known.versions[at] == self.versions[at])
    }

    async fn rows<T: Clone + Send + 'static>(
        &self,
        at: usize,
        of: fn(&Sources) -> &Vec<T>,
        columns: &[&str],
        typed: fn(&RecordBatch) -> Result<Vec<T>>,
    ) -> Result<Vec<T>> {
        match self.unchanged(at) {
            Some(known) => Ok(of(&known.sources).clone()),
            None => read(&self.tables[at], columns, typed).await,
        }
    }

    async fn invitees(&self) -> Result<(Vec<InviteeRow>, Arc<Outcomes>)> {
        if let Some(known) = self.unchanged(0) {
            return Ok((known.sources.invitees.clone(), known.outcomes.clone()));
        }
        let country = self.country.to_owned();
        let typed = move |batch: &RecordBatch| rows::invitees(batch, &country);
        let found = read(&self.tables[0], rows::INVITEES, typed).await?;
        let (mut invitees, mut outcomes) = (Vec::with_capacity(found.len()), Outcomes::new());
        for (row, heard) in found {
            outcomes.extend(heard.map(|outcome| (row.invitee_uri.clone(), outcome)));
            invitees.push(row);
        }
        Ok((invitees, Arc::new(outcomes)))
    }

    async fn spend(&self) -> Result<Vec<SpendRow>> {
        match self.unchanged(7) {
            Some(known) => Ok(known.sources.spend.clone()),
            None => part::spend(&self.tables[7]).await,
        }
    }
}

/// Some columns of all rows of a table, as typed rows, which several threads make.
async fn read<T: Send + 'static>(
    table: &Table,
    columns: &[&str],
    typed: impl Fn(&RecordBatch) -> Result<Vec<T>> + Clone + Send + Sync + 'static,
) -> Result<Vec<T>> {
    let schema = part::project(table.model, columns)?;
    let store = table.inner.log_store();
    let mut batches = futures::stream::iter(table.files()?)
        .map(|file| {
            let (model, store, schema) = (table.model, store.clone(), schema.clone());
            let typed = typed.clone();
            let read = async move { typed(&file.read(&store, model, &schema).await?) };
            Background::begin(read).end()
        })
        .buffered(READS);
    let mut found = Vec::new();
    let failed = |error| table.lake.read_failed(error, table.model);
    while let Some(rows) = batches.try_next().await.map_err(failed)? {
        found.extend(rows);
    }
    Ok(found)
}

/// The newest revision of each day, channel and campaign.
fn newest(revisions: Vec<(i64, SpendRow)>) -> Vec<SpendRow> {
    let mut newest: BTreeMap<_, (i64, SpendRow)> = BTreeMap::new();
    for (revision, spend) in revisions {
        let key = (spend.day, spend.channel.clone(), spend.campaign.clone());
        let held = newest
            .entry(key)
            .or_insert_with(|| (revision, spend.clone()));
        if held.0 < revision {
            *held = (revision, spend);
        }
    }
    newest.into_values().map(|(_, spend)| spend).collect()
}
