//! Deleting an invitee's data, which Calendly does by e-mail address and for Enterprise accounts only.

use async_trait::async_trait;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::client::{CalendlyClient, VENDOR, id_of};
use crate::calls::CallError;
use crate::erasing::{Deletion, PersonRecords};
use crate::http_call::deletion;

#[async_trait]
impl PersonRecords for CalendlyClient {
    /// The address is read from Calendly itself, so that nobody has to keep it until then.
    async fn delete(&self, id: &str) -> Result<Deletion, CallError> {
        let (event, invitee) = id
            .split_once("/invitees/")
            .ok_or_else(|| CallError::refused("that is no invitee's uri"))?;
        let (event, invitee) = (id_of(event.rsplit('/').next())?, id_of(Some(invitee))?);
        let path = format!("/scheduled_events/{event}/invitees/{invitee}");
        let found = self.call(self.get(&path, &[])).await?;
        if !found.status.is_success() {
            return deletion(VENDOR, &found);
        }
        let email = found.body.pointer("/resource/email");
        let Some(email) = email
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
        else {
            return Ok(Deletion::Gone);
        };
        let body = json!({ "emails": [email] });
        let asked = self
            .call(self.post("/data_compliance/deletion/invitees", &body))
            .await?;
        match asked.status {
            // Of a deletion by address nothing can be missing but the route.
            StatusCode::NOT_FOUND => Err(asked.failure(VENDOR)),
            _ => deletion(VENDOR, &asked),
        }
    }
}
