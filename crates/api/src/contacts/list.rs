//! `GET /api/contacts`.

use axum::Json;
use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_domain::people::person::{CustomerFilter, Order, customers, shown};
use bookpath_domain::people::resolved::ResolvedContact;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::judged::judged;
use crate::csv_export::{CsvFile, csv_asked};
use crate::instants::Instants;
use crate::list::{Dated, List, limit, offset, page_of};
use crate::match_key::match_key;
use crate::permission::{Allowed, ReadAll};
use crate::{Api, Problem};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Params {
    /// Whatever its case; any address of the person.
    #[param(format = "email")]
    email: Option<String>,
    /// From what was known at this instant; 409 `version_gone` when tables of that time are deleted.
    #[param(value_type = Option<String>, format = DateTime)]
    known_at: Option<Timestamp>,
    /// `json` (default) or `csv`; a CSV file has all rows.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,9}$")]
    cursor: Option<String>,
}

/// A contact in few words.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ContactItem {
    contact_id: String,
    name: Option<String>,
    /// The primary one first.
    emails: Vec<String>,
    /// E.164, the primary one first.
    phones: Vec<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    first_contact_date: Option<Timestamp>,
    lead_status: Option<String>,
}

impl From<&ResolvedContact> for ContactItem {
    fn from(contact: &ResolvedContact) -> Self {
        Self {
            contact_id: contact.contact_id.clone(),
            name: contact.merged.name.clone(),
            emails: shown(&contact.merged.emails),
            phones: contact.merged.phones.clone(),
            first_contact_date: contact.merged.first_contact_date,
            lead_status: contact.lead_status.clone(),
        }
    }
}

const SHEET: CsvFile = CsvFile {
    name: "contacts",
    days: &[],
    instants: &["first_contact_date"],
};

/// Contacts by primary e-mail address.
#[utoipa::path(
    get, path = "/api/contacts", tag = "contacts", params(Params),
    responses((status = 200, description = "a page of contacts and their `total`; with format=csv all of them as text/csv", content((Dated<ContactItem> = "application/json"), (String = "text/csv"))), (status = 409, description = "version_gone", body = Problem))
)]
pub(super) async fn get_contacts(
    _: Allowed<ReadAll>,
    State(api): State<Api>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let csv = csv_asked(params.format.as_deref())?;
    let limit = limit(params.limit)?;
    let offset = offset(params.cursor.as_deref())?;
    let email = params.email.as_deref().map(match_key).transpose()?;
    let wanted = CustomerFilter {
        email,
        ..CustomerFilter::default()
    };
    let judged = judged(&api, Instants::new(None, params.known_at)).await?;
    let found = customers(&judged.known.resolved, &wanted, Order::Email, false);
    let all = found.into_iter().map(ContactItem::from);
    if csv {
        return SHEET.file(&api.rules.reporting_timezone, all);
    }
    let total = all.len();
    let (items, next_cursor) = page_of(all, limit, offset);
    let list = List {
        as_of: judged.as_of,
        lag_seconds: judged.lag_seconds,
        items,
        next_cursor,
    };
    Ok(Json(list.counted(total).dated(&api.rules.reporting_timezone)).into_response())
}
