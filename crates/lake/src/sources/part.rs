//! Some rows of the tables, as the changes between two versions.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bookpath_domain::people::sources::{Sources, SpendRow};
use bookpath_models::{Catalog, Model};

use super::{TABLES, newest, read, rows};
use crate::error::Result;
use crate::schema::ArrowSchema as _;
use crate::table::Table;

/// Ad spend: the newest revision of a key counts, so a single row says nothing alone.
pub(crate) const SPEND: &str = "silver.ad_spend";

/// The columns that are read of each table, in the order of [`TABLES`].
const COLUMNS: [&[&str]; 8] = [
    rows::INVITEES,
    rows::FORMS,
    rows::LEADS,
    rows::CONTACTS,
    rows::DEALS,
    rows::ACTIVITIES,
    rows::PAYMENTS,
    rows::SPEND,
];

/// The models of [`TABLES`].
pub(crate) fn models() -> Result<Vec<&'static Model>> {
    let catalog = Catalog::get()?;
    let models = TABLES.iter().map(|name| catalog.find(name));
    Ok(models.collect::<std::result::Result<Vec<_>, _>>()?)
}

/// What is read of the table at a place of [`TABLES`].
pub(crate) fn schema_of(place: usize, model: &Model) -> Result<SchemaRef> {
    project(model, COLUMNS[place])
}

/// Some columns of a table.
pub(super) fn project(model: &Model, columns: &[&str]) -> Result<SchemaRef> {
    let schema = model.schema();
    let places = columns.iter().map(|name| schema.index_of(name));
    let places = places.collect::<std::result::Result<Vec<_>, _>>()?;
    Ok(Arc::new(schema.project(&places)?))
}

/// Puts rows of the table at a place of [`TABLES`] among others; of spend nothing.
pub(crate) fn put(
    place: usize,
    batch: &RecordBatch,
    country: &str,
    among: &mut Sources,
) -> Result<()> {
    match place {
        0 => {
            let found = rows::invitees(batch, country)?.into_iter();
            among.invitees.extend(found.map(|(row, _)| row));
        }
        1 => among.forms.extend(rows::forms(batch)?),
        2 => among.crm_leads.extend(rows::leads(batch)?),
        3 => among.crm_contacts.extend(rows::contacts(batch)?),
        4 => among.opportunities.extend(rows::opportunities(batch)?),
        5 => among.activities.extend(rows::activities(batch)?),
        6 => among.payments.extend(rows::payments(batch)?),
        _ => {}
    }
    Ok(())
}

/// All rows of spend.
pub(crate) async fn spend(table: &Table) -> Result<Vec<SpendRow>> {
    Ok(newest(read(table, rows::SPEND, rows::spend).await?))
}
