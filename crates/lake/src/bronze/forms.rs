//! Typeform's bronze lines as rows in the columns of `silver.form_responses`: one per line, before they are folded.

use arrow::array::RecordBatch;
use bookpath_domain::marketing::channel;
use bookpath_domain::marketing::tracking::Tracking;
use bookpath_domain::people::phone::Phone;
use bookpath_models::Catalog;
use bookpath_vendors::typeform::{FormResponse, response};

use super::lines::{parsed, raw_sha256};
use super::rejected::Rejected;
use crate::error::Result;
use crate::input::LakeRules;
use crate::table::batch::{BatchBuilder, Cell};

/// The table of these rows.
pub(super) const TABLE: &str = "silver.form_responses";

/// Collects the responses of several objects.
pub(super) struct FormBuilder<'a> {
    rules: &'a LakeRules,
    rows: BatchBuilder,
    /// Lines read.
    pub(super) records: usize,
}

impl<'a> FormBuilder<'a> {
    pub(super) fn new(rules: &'a LakeRules) -> Result<Self> {
        Ok(Self {
            rules,
            rows: BatchBuilder::new(Catalog::get()?.find(TABLE)?),
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
            match response(&line.value, &self.rules.business.default_country) {
                Ok(response) => self.push(&response, raw_sha256(&line.value))?,
                Err(unreadable) => rejected.push(line.refused(unreadable.reason)),
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<RecordBatch> {
        self.rows.finish()
    }

    fn push(&mut self, response: &FormResponse, raw_sha256: &str) -> Result<()> {
        let channel = self.channel(response);
        let utm = &response.utm;
        self.rows.push_named(&[
            ("token", Cell::Text(&response.token)),
            ("form_id", Cell::text(response.form_id.as_deref())),
            ("email", Cell::text(response.email.as_deref())),
            (
                "phone",
                Cell::text(response.phone.as_ref().map(Phone::as_str)),
            ),
            ("name", Cell::text(response.name.as_deref())),
            ("submitted_at", Cell::at(response.submitted_at)),
            ("partial", Cell::Bool(response.partial)),
            ("landed_at", Cell::at(response.landed_at)),
            ("utm_source", Cell::text(utm.source.as_deref())),
            ("utm_medium", Cell::text(utm.medium.as_deref())),
            ("utm_campaign", Cell::text(utm.campaign.as_deref())),
            ("utm_content", Cell::text(utm.content.as_deref())),
            ("utm_term", Cell::text(utm.term.as_deref())),
            ("channel", Cell::Text(&channel)),
            ("campaign", Cell::text(utm.campaign.as_deref())),
            ("invitee_uri", Cell::text(response.invitee_uri.as_deref())),
            ("raw_sha256", Cell::Text(raw_sha256)),
        ])
    }

    /// The channel by the rules of today (X66).
    fn channel(&self, response: &FormResponse) -> String {
        let tracking = Tracking {
            utm_source: response.utm.source.as_deref(),
            utm_medium: response.utm.medium.as_deref(),
            utm_campaign: response.utm.campaign.as_deref(),
            utm_content: response.utm.content.as_deref(),
            utm_term: response.utm.term.as_deref(),
            referrer: response.referer.as_deref(),
        };
        channel::resolve(&self.rules.business.channels, None, &tracking).name
    }
}
