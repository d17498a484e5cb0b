//! Bookings and what became of them as notes in the CRM (S2-51). Off unless `[close] write_back` is on.
//!
//! Close knows no idempotency keys, so each note carries its own key in its text, and whoever writes it looks for that key
//! first.

use bookpath_domain::bookings::{Booking, BookingState};

use super::held::CallEnding;
use super::performer::Performer;
use crate::bookings::repository;
use crate::ports::{CallError, CrmNote, StoreError};

/// Writes the note, unless it is there, or nobody in the CRM has the booking's address.
pub(super) async fn write(
    performer: &Performer,
    booking_id: &str,
    state: BookingState,
) -> Result<Result<CallEnding, CallError>, StoreError> {
    let found = repository::by_id(performer.reactor.store.as_ref(), booking_id).await?;
    let (Some(crm), Some(found)) = (&performer.crm, found) else {
        return Ok(Ok(CallEnding::Done));
    };
    let booking = &found.row.booking;
    let Some(email) = booking.proven_email() else {
        return Ok(Ok(CallEnding::Done));
    };
    let key = format!("bookpath:{booking_id}:{}", state.as_str());
    let written = async {
        let Some((lead_id, contact_id)) = crm.lead_of(email).await? else {
            return Ok(false);
        };
        if crm.has_note(&lead_id, &key).await? {
            return Ok(false);
        }
        let note = CrmNote {
            lead_id,
            contact_id,
            text: words(performer, booking, state),
            key,
        };
        crm.write_note(&note).await.map(|()| true)
    };
    match written.await {
        Ok(true) => performer.count("effects_close").await?,
        Ok(false) => {}
        Err(error) => return Ok(Err(error)),
    }
    Ok(Ok(CallEnding::Done))
}

fn words(performer: &Performer, booking: &Booking, state: BookingState) -> String {
    let what = match state {
        BookingState::Completed => "Attended",
        BookingState::NoShow => "No-show",
        BookingState::Cancelled => "Cancelled",
        _ => "Booked",
    };
    let details = booking.chain.details();
    let name = details
        .and_then(|seen| seen.event_name.as_deref())
        .unwrap_or("a call");
    let zone = performer.reactor.rules.reporting_timezone.clone();
    let at = booking.times().map(|(start, _)| start.to_zoned(zone));
    let at = at.map_or(String::new(), |at| {
        format!(", {}", at.strftime("%Y-%m-%d %H:%M %Z"))
    });
    let host = details.and_then(|seen| seen.host_name.as_deref());
    let host = host.map_or(String::new(), |host| format!(", with {host}"));
    format!("{what}: {name}{at}{host}")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use async_trait::async_trait;
    use bookpath_domain::BusinessConfig;

    use crate::ports::{CallError, CrmNote, CrmNotes};
    use crate::testing::{World, canceled, invitee, paid, seen};

    /// A CRM with one lead. The answer to the first note is lost.
    #[derive(Default)]
    struct Crm {
        notes: Mutex<Vec<CrmNote>>,
        lost: Mutex<bool>,
    }

    #[async_trait]
    impl CrmNotes for Crm {
        async fn lead_of(
            &self,
            email: &str,
        ) -> Result<Option<(String, Option<String>)>, CallError> {
            let known = email == "jane@example.com";
            Ok(known.then(|| ("lead_1".to_owned(), Some("cont_1".to_owned()))))
        }

        async fn has_note(&self, _: &str, key: &str) -> Result<bool, CallError> {
            Ok(self
                .notes
                .lock()
                .unwrap()
                .iter()
                .any(|note| note.key == key))
        }

        async fn write_note(&self, note: &CrmNote) -> Result<(), CallError> {
            self.notes.lock().unwrap().push(note.clone());
            if std::mem::replace(&mut *self.lost.lock().unwrap(), true) {
                Ok(())
            } else {
                Err(CallError::transient("the answer is lost"))
            }
        }
    }

    async fn story(write_back: bool) -> Vec<CrmNote> {
        let (mut world, crm) = (World::new(), Arc::new(Crm::default()));
        let config = format!("[close]\nwrite_back = {write_back}\n");
        let rules = BusinessConfig::from_toml(&config).unwrap();
        world.with_rules(rules);
        world.performer.crm = Some(crm.clone());
        let booked = invitee("A1");
        world.take(None, seen(&booked)).await;
        world.perform().await;
        world.pass(60).await;
        world.pass(60).await;
        world.take(None, canceled(&booked, world.now())).await;
        world.perform().await;
        crm.notes.lock().unwrap().clone()
    }

    #[tokio::test]
    async fn a_booking_and_its_outcome_are_told_once_each() {
        let notes = story(true).await;
        let told: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("Booked: Strategy session, 2026-03-10"));
        assert!(told[1].starts_with("Cancelled: Strategy session"));
        assert_eq!(notes[0].contact_id.as_deref(), Some("cont_1"));
        assert_ne!(notes[0].key, notes[1].key);
    }

    #[tokio::test]
    async fn it_is_off_unless_somebody_turns_it_on() {
        assert!(story(false).await.is_empty());
        // A paid booking is told once it is paid, and not before.
        let world = World::new();
        let id = world.awaiting().await;
        world.take(Some(&id), paid("cs_1", world.now())).await;
        assert!(world.open("crm:").await.is_empty());
    }
}
