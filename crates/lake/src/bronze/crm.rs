//! Close's bronze lines as rows in the columns of the CRM's tables: one per telling, before they are folded.

use arrow::array::RecordBatch;
use bookpath_domain::Attendance;
use bookpath_domain::config::{CloseConfig, SOURCE_FIELD};
use bookpath_models::Catalog;
use bookpath_vendors::close::facts::{
    Activity, Change, CloseRecord, Contact, Lead, ObjectKind, Opportunity, records,
};
use jiff::civil::Date;

use super::lines::{Line, parsed, raw_sha256};
use super::rejected::Rejected;
use crate::error::{LakeError, Result};
use crate::input::LakeRules;
use crate::table::batch::{BatchBuilder, Cell};
use crate::time::days;

const LEADS: &str = "silver.crm_leads";
const CONTACTS: &str = "silver.crm_contacts";
const OPPORTUNITIES: &str = "silver.opportunities";
const CALLS: &str = "silver.calls";

/// Collects the tellings of several objects.
pub(super) struct CrmBuilder<'a> {
    rules: &'a LakeRules,
    leads: BatchBuilder,
    contacts: BatchBuilder,
    opportunities: BatchBuilder,
    calls: BatchBuilder,
    /// Lines read.
    pub(super) records: usize,
}

/// What every telling has.
struct Head<'a> {
    record: &'a CloseRecord,
    version_at: Cell<'a>,
    raw_sha256: &'a str,
}

impl<'a> CrmBuilder<'a> {
    pub(super) fn new(rules: &'a LakeRules) -> Result<Self> {
        let catalog = Catalog::get()?;
        let rows = |name| Ok::<_, LakeError>(BatchBuilder::new(catalog.find(name)?));
        Ok(Self {
            rules,
            leads: rows(LEADS)?,
            contacts: rows(CONTACTS)?,
            opportunities: rows(OPPORTUNITIES)?,
            calls: rows(CALLS)?,
            records: 0,
        })
    }

    /// Takes in an object of lines.
    pub(super) fn read(
        &mut self,
        key: &str,
        body: &[u8],
        rejected: &mut Vec<Rejected>,
    ) -> Result<()> {
        for line in parsed(key, body, rejected) {
            self.records += 1;
            if let Err(reason) = self.line(&line)? {
                rejected.push(line.refused(reason));
            }
        }
        Ok(())
    }

    /// The rows by table.
    pub(super) fn finish(self) -> Result<[(&'static str, RecordBatch); 4]> {
        Ok([
            (LEADS, self.leads.finish()?),
            (CONTACTS, self.contacts.finish()?),
            (OPPORTUNITIES, self.opportunities.finish()?),
            (CALLS, self.calls.finish()?),
        ])
    }

    /// All that a line tells, or why it tells nothing.
    fn line(&mut self, line: &Line<'_>) -> Result<std::result::Result<(), String>> {
        let told = match records(&line.value, &self.rules.business.default_country) {
            Ok(told) => told,
            Err(unreadable) => return Ok(Err(unreadable.reason)),
        };
        if told.iter().any(|record| record.version_at.is_none()) {
            return Ok(Err("the event has no time".to_owned()));
        }
        let too_large = |record: &CloseRecord| match &record.change {
            Change::Opportunity(opportunity) => opportunity.contracted_minor().is_none(),
            _ => false,
        };
        if told.iter().any(too_large) {
            return Ok(Err("the contracted value is too large".to_owned()));
        }
        for record in &told {
            self.record(&Head {
                record,
                version_at: Cell::at(record.version_at),
                raw_sha256: raw_sha256(&line.value),
            })?;
        }
        Ok(Ok(()))
    }

    fn record(&mut self, head: &Head<'_>) -> Result<()> {
        let rules = &self.rules.business.close;
        match &head.record.change {
            Change::Lead(lead) => push_lead(&mut self.leads, head, lead, rules),
            Change::Contact(contact) => push_contact(&mut self.contacts, head, contact),
            Change::Opportunity(deal) => push_deal(&mut self.opportunities, head, deal, rules),
            Change::Activity(activity) => push_activity(&mut self.calls, head, activity, rules),
            Change::Deleted(kind) => self.deleted(head, *kind),
            Change::LeadMerged {
                source,
                destination,
            } => self.leads.push_named(&[
                ("lead_id", Cell::Text(source)),
                ("merged_into", Cell::Text(destination)),
                ("merged_at", head.version_at),
            ]),
        }
    }

    fn deleted(&mut self, head: &Head<'_>, kind: ObjectKind) -> Result<()> {
        let id = Cell::Text(&head.record.object_id);
        let at = ("deleted_at", head.version_at);
        match kind {
            ObjectKind::Lead => self.leads.push_named(&[("lead_id", id), at]),
            ObjectKind::Contact => self.contacts.push_named(&[("crm_contact_id", id), at]),
            ObjectKind::Opportunity => self.opportunities.push_named(&[
                ("opportunity_id", id),
                ("version_at", head.version_at),
                ("lead_id", Cell::text(head.record.lead_id.as_deref())),
                ("value_minor", Cell::Long(0)),
                ("cash_minor", Cell::Long(0)),
                ("deleted", Cell::Bool(true)),
                ("event_id", Cell::Text(&head.record.event_id)),
                ("raw_sha256", Cell::Text(head.raw_sha256)),
            ]),
            ObjectKind::Call | ObjectKind::Meeting | ObjectKind::CustomActivity => {
                let kind = kind.as_str().trim_start_matches("activity.");
                let kind = ("kind", Cell::Text(kind));
                self.calls.push_named(&[("activity_id", id), kind, at])
            }
        }
    }
}

fn push_lead(
    rows: &mut BatchBuilder,
    head: &Head<'_>,
    lead: &Lead,
    rules: &CloseConfig,
) -> Result<()> {
    let source = lead.custom.text(SOURCE_FIELD);
    let tags = rules.tag_custom_field.as_deref();
    let tags = tags.map_or_else(Vec::new, |field| lead.custom.texts(field));
    rows.push_named(&[
        ("lead_id", Cell::Text(&head.record.object_id)),
        ("name", Cell::text(lead.name.as_deref())),
        ("status", Cell::text(lead.status_label.as_deref())),
        ("owner_id", Cell::text(lead.owner_id.as_deref())),
        ("source", Cell::text(source.as_deref())),
        ("tags", Cell::Texts(&tags)),
        ("created_at", Cell::at(lead.date_created)),
        ("snapshot_at", head.version_at),
        ("event_id", Cell::Text(&head.record.event_id)),
        ("raw_sha256", Cell::Text(head.raw_sha256)),
    ])
}

fn push_contact(rows: &mut BatchBuilder, head: &Head<'_>, contact: &Contact) -> Result<()> {
    let mut phones: Vec<String> = Vec::new();
    for phone in contact.phones.iter().filter_map(|p| p.phone.as_ref()) {
        if !phones.iter().any(|known| known == phone.as_str()) {
            phones.push(phone.as_str().to_owned());
        }
    }
    rows.push_named(&[
        ("crm_contact_id", Cell::Text(&head.record.object_id)),
        ("lead_id", Cell::text(head.record.lead_id.as_deref())),
        ("name", Cell::text(contact.name.as_deref())),
        ("emails", Cell::Texts(&contact.emails)),
        ("phones", Cell::Texts(&phones)),
        ("created_at", Cell::at(contact.date_created)),
        ("snapshot_at", head.version_at),
        ("event_id", Cell::Text(&head.record.event_id)),
        ("raw_sha256", Cell::Text(head.raw_sha256)),
    ])
}

/// A version of a deal; its contracted value fits.
fn push_deal(
    rows: &mut BatchBuilder,
    head: &Head<'_>,
    deal: &Opportunity,
    rules: &CloseConfig,
) -> Result<()> {
    let cash = rules.cash_custom_field.as_deref();
    let cash = cash.and_then(|field| deal.cash_minor(field)).unwrap_or(0);
    let day = |day: Option<Date>| day.map_or(Cell::Null, |day| Cell::Date(days(day)));
    rows.push_named(&[
        ("opportunity_id", Cell::Text(&head.record.object_id)),
        ("user_id", Cell::text(deal.user_id.as_deref())),
        ("status", Cell::Text(deal.status.as_str())),
        (
            "value_minor",
            Cell::Long(deal.contracted_minor().unwrap_or(0)),
        ),
        ("date_won", day(deal.date_won)),
        ("date_lost", day(deal.date_lost)),
        ("confidence", deal.confidence.map_or(Cell::Null, Cell::Long)),
        ("version_at", head.version_at),
        ("lead_id", Cell::text(head.record.lead_id.as_deref())),
        ("crm_contact_id", Cell::text(deal.contact_id.as_deref())),
        ("cash_minor", Cell::Long(cash)),
        ("currency", Cell::text(deal.currency.as_deref())),
        ("created_at", Cell::at(deal.date_created)),
        ("deleted", Cell::Bool(false)),
        ("event_id", Cell::Text(&head.record.event_id)),
        ("raw_sha256", Cell::Text(head.raw_sha256)),
    ])
}

fn push_activity(
    rows: &mut BatchBuilder,
    head: &Head<'_>,
    activity: &Activity,
    rules: &CloseConfig,
) -> Result<()> {
    let outcome = activity.attendance(rules).map(Attendance::as_str);
    rows.push_named(&[
        ("activity_id", Cell::Text(&head.record.object_id)),
        ("kind", Cell::Text(activity.kind.as_str())),
        ("lead_id", Cell::text(head.record.lead_id.as_deref())),
        ("crm_contact_id", Cell::text(activity.contact_id.as_deref())),
        ("user_id", Cell::text(activity.user_id.as_deref())),
        ("at", Cell::at(activity.at)),
        ("outcome", Cell::text(outcome)),
        ("snapshot_at", head.version_at),
        ("event_id", Cell::Text(&head.record.event_id)),
        ("raw_sha256", Cell::Text(head.raw_sha256)),
    ])
}
