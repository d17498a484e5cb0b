//! What a decision about who is who moves in the tables: the dry run of a merge.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value, json};
use strum::VariantArray as _;

use crate::config::BusinessConfig;
use crate::numbers::attribution::{CONVERSION, Model, Options, Row, rows};
use crate::numbers::kpi::{Base, monthly};
use crate::people::identity::compare;
use crate::people::resolved::{Resolved, ResolvedContact};
use crate::people::sources::Sources;

/// A value that a decision changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moved {
    /// `silver.touches`, `gold.kpi_monthly`, …
    pub table: &'static str,
    /// `column=value` of the table's key, separated by commas; an empty value is NULL.
    pub key: String,
    pub column: String,
    /// `null` where the row does not exist before.
    pub from: Value,
    /// `null` where the row does not exist afterwards.
    pub to: Value,
}

/// The columns of rows by table and key.
type Cells = BTreeMap<(&'static str, String), Map<String, Value>>;

/// Everything that comes out different, by table, key and column. Both are resolved from the same
/// `sources` for the same instant.
#[must_use]
pub fn moves(
    sources: &Sources,
    rules: &BusinessConfig,
    before: &Resolved,
    after: &Resolved,
) -> Vec<Moved> {
    let touched: BTreeSet<String> = compare(&before.records, &before.people, &after.people)
        .touched()
        .iter()
        .map(ToString::to_string)
        .collect();
    let cells = |resolved: &Resolved| {
        let mut cells = Cells::new();
        of_contacts(&mut cells, resolved, &touched);
        of_records(&mut cells, sources, resolved, &touched);
        of_months(&mut cells, resolved, rules);
        of_credits(&mut cells, resolved, rules);
        cells
    };
    difference(&cells(before), &cells(after))
}

fn difference(before: &Cells, after: &Cells) -> Vec<Moved> {
    let none = Map::new();
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut moves = Vec::new();
    for key in keys {
        let (old, new) = (
            before.get(key).unwrap_or(&none),
            after.get(key).unwrap_or(&none),
        );
        let columns: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for column in columns {
            let value = |row: &Map<String, Value>| row.get(column).cloned().unwrap_or_default();
            let (from, to) = (value(old), value(new));
            if from != to {
                moves.push(Moved {
                    table: key.0,
                    key: key.1.clone(),
                    column: column.clone(),
                    from,
                    to,
                });
            }
        }
    }
    moves
}

fn of_contacts(cells: &mut Cells, resolved: &Resolved, touched: &BTreeSet<String>) {
    let contacts = resolved.contacts.iter();
    for contact in contacts.filter(|contact| touched.contains(&contact.contact_id)) {
        let key = format!("contact_id={}", contact.contact_id);
        cells.insert(("silver.contacts", key.clone()), identity(contact));
        cells.insert(("gold.unified_customers", key), customer(contact));
    }
}

fn identity(contact: &ResolvedContact) -> Map<String, Value> {
    let merged = &contact.merged;
    Map::from_iter([
        ("emails".to_owned(), json!(merged.emails)),
        ("phones".to_owned(), json!(merged.phones)),
        ("name".to_owned(), json!(merged.name)),
        ("first_touch_at".to_owned(), json!(contact.first_touch_at)),
    ])
}

fn customer(contact: &ResolvedContact) -> Map<String, Value> {
    let mut row = match json!(contact.summary) {
        Value::Object(row) => row,
        _ => Map::new(),
    };
    row.insert("email".to_owned(), json!(contact.merged.emails.first()));
    row
}

/// Whose each record of the touched contacts is.
fn of_records(
    cells: &mut Cells,
    sources: &Sources,
    resolved: &Resolved,
    touched: &BTreeSet<String>,
) {
    let mut own = |table, key: String, contact_id: Option<&str>| {
        if let Some(id) = contact_id.filter(|id| touched.contains(*id)) {
            let column = Map::from_iter([("contact_id".to_owned(), json!(id))]);
            cells.insert((table, key), column);
        }
    };
    let id = |contact: Option<&ResolvedContact>| contact.map(|c| c.contact_id.clone());
    for form in &sources.forms {
        let contact = id(resolved.contact_of_form(&form.token));
        let key = format!("token={}", form.token);
        own("silver.form_responses", key, contact.as_deref());
    }
    for row in &sources.opportunities {
        let contact = id(resolved.contact_of_opportunity(&row.opportunity_id));
        let key = format!(
            "opportunity_id={},version_at={}",
            row.opportunity_id, row.version_at
        );
        own("silver.opportunities", key, contact.as_deref());
    }
    for row in &sources.activities {
        let person = row.crm_contact_id.as_deref();
        let contact = id(person.and_then(|person| resolved.contact_of_crm_contact(person)));
        let key = format!("activity_id={}", row.activity_id);
        own("silver.calls", key, contact.as_deref());
    }
    for touch in &resolved.touches {
        let key = format!("row_id={}", touch.row_id);
        own("silver.touches", key, Some(&touch.contact_id));
    }
}

fn of_months(cells: &mut Cells, resolved: &Resolved, rules: &BusinessConfig) {
    for ((month, user, campaign), bases) in monthly(&resolved.facts, &rules.reporting_timezone) {
        let key = format!(
            "month={month},user_id={},campaign={}",
            user.unwrap_or_default(),
            campaign.unwrap_or_default()
        );
        let columns = bases.iter();
        let columns = columns.map(|(base, n)| (base.as_str().to_owned(), json!(n)));
        let profit = bases[Base::Revenue].saturating_sub(bases[Base::Spend]);
        let columns = columns.chain([("profit".to_owned(), json!(profit))]);
        cells.insert(("gold.kpi_monthly", key), columns.collect());
    }
}

/// The models that credit deals; a booking's own channel does not ask whose it is.
fn of_credits(cells: &mut Cells, resolved: &Resolved, rules: &BusinessConfig) {
    let zone = &rules.reporting_timezone;
    let today = zone.to_datetime(resolved.as_of).date();
    let options = Options::configured(&rules.attribution);
    let models = Model::VARIANTS.iter().filter(|m| **m != Model::Booking);
    for model in models {
        let name: &'static str = model.into();
        let credited = rows(resolved.attribution_input(), zone, &options, *model, today);
        for ((month, channel, campaign), row) in credited {
            let campaign = campaign.unwrap_or_default();
            let key = format!("month={month},channel={channel},campaign={campaign},model={name}");
            cells.insert(("gold.channel_attribution", key), credit(row));
        }
    }
}

fn credit(row: Row) -> Map<String, Value> {
    #[expect(clippy::cast_precision_loss, reason = "the column is a double")]
    let conversions = row.conversions_micro as f64 / CONVERSION as f64;
    Map::from_iter([
        ("touches".to_owned(), json!(row.touches)),
        ("conversions_credit".to_owned(), json!(conversions)),
        ("revenue_credit_minor".to_owned(), json!(row.revenue_minor)),
        ("cash_credit_minor".to_owned(), json!(row.cash_minor)),
    ])
}
