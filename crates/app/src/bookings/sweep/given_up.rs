//! Effects that were given up: an alarm for each that still matters, and an end for those that do not.
//!
//! Anybody can have effects refused, by choosing a time that is taken. What no longer matters is removed, so it hides
//! nothing that does.

use bookpath_domain::bookings::{BookingState, EffectKind, Fact};
use jiff::Timestamp;

use super::learn::about;
use crate::bookings::repository::{self, BookingRow};
use crate::effects::Performer;
use crate::effects::outbox::{self, EffectRow, Work};
use crate::operators::alarms::{Alarm, counted};
use crate::ports::StoreError;
use crate::react::{Intake, apply};

pub(super) const CODE: &str = "effect_given_up";
/// Entries of a page.
const PAGE: usize = 200;
/// Entries that one sweep looks at, the oldest.
const LOOKED_AT_MAX: usize = 5_000;

/// What an entry means now.
enum Standing {
    Matters,
    /// The booking has gone its way without it.
    Over,
    /// As `Over`, and nothing refers to it: its entry may go.
    Obsolete(Box<BookingRow>),
}

/// The alarms of given-up effects, at most `alarms_max`. Entries that are obsolete are removed.
pub(super) async fn look(
    performer: &Performer,
    alarms_max: usize,
) -> Result<Vec<Alarm>, StoreError> {
    let store = performer.reactor.store.as_ref();
    let now = performer.reactor.now();
    let (mut alarms, mut seen, mut after) = (Vec::new(), 0, None);
    loop {
        let page = outbox::given_up(store, PAGE, after).await?;
        seen += page.entries.len();
        for (row, version) in page.entries {
            match standing(performer, &row).await? {
                Standing::Matters => alarms.push(alarm(&row, now)),
                Standing::Over => {}
                Standing::Obsolete(booking) => remove(performer, &booking, row, version).await?,
            }
        }
        after = page.next;
        if after.is_none() || seen >= LOOKED_AT_MAX || alarms.len() >= alarms_max {
            alarms.truncate(alarms_max);
            return Ok(alarms);
        }
    }
}

fn alarm(row: &EffectRow, now: Timestamp) -> Alarm {
    let message = row.failed.as_ref().map_or("", |f| f.message.as_str());
    let tries = counted(row.attempts as usize, "try", "tries");
    let detail = format!("after {tries}: {message}");
    Alarm::new(CODE, &row.key, now, detail)
}

async fn standing(performer: &Performer, row: &EffectRow) -> Result<Standing, StoreError> {
    let Work::Booking(effect) = &row.work else {
        return Ok(Standing::Matters);
    };
    let store = performer.reactor.store.as_ref();
    let Some(found) = repository::by_id(store, &effect.booking_id).await? else {
        return Ok(Standing::Over);
    };
    let booking = &found.row.booking;
    let over = match effect.kind {
        EffectKind::Refund { .. } => !matches!(
            booking.state,
            BookingState::RefundPending | BookingState::RefundFailed
        ),
        // The customer may still try again, and then it was worth knowing why the first try failed.
        EffectKind::CreateCheckoutSession { .. } => {
            booking.state != BookingState::PaymentFailed && !effect.still_wanted(booking)
        }
        _ => !effect.still_wanted(booking),
    };
    Ok(match (over, effect.kind.pays()) {
        (false, _) => Standing::Matters,
        // Stripe keeps the answer under the key, so the entry tells what became of it.
        (true, true) => Standing::Over,
        (true, false) => Standing::Obsolete(Box::new(found.row)),
    })
}

/// Removes an entry in one transaction with the booking's word that it may ask for the effect again.
async fn remove(
    performer: &Performer,
    booking: &BookingRow,
    row: EffectRow,
    version: u64,
) -> Result<(), StoreError> {
    let reported = about(
        booking,
        Fact::EffectDropped {
            key: row.key.clone(),
        },
    );
    let intake = Intake {
        with: vec![row.removal(version)],
        ..Intake::new(&reported)
    };
    match apply(&performer.reactor, intake).await {
        Ok(_) | Err(StoreError::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
