//! Standing alarms for what has not ended after an hour: bookings, effects, deliveries.

use bookpath_domain::DeliveryStatus;
use bookpath_domain::bookings::BookingState;
use jiff::{SignedDuration, Timestamp};

use super::{given_up, refunds, trend};
use crate::bookings::list;
use crate::bookings::repository::{self, BookingRow};
use crate::effects::Performer;
use crate::effects::outbox::{self, EffectRow};
use crate::inbox::consumers::{REACT, WRITE_BRONZE};
use crate::inbox::dead_letters;
use crate::inbox::delivery::{self, DeliveryRow};
use crate::operators::alarms::{Alarm, Settled, counted, moment, settle};
use crate::ports::{Store, StoreError};

/// The codes that a sweep raises and ends, besides those of the trend.
const OWN_CODES: [&str; 7] = [
    "booking_stuck",
    "effect_overdue",
    given_up::CODE,
    "effect_retrying",
    "webhooks_failed",
    "dead_letters",
    "vendor_limit_near",
];
/// What is not done this long after it was due is overdue.
const OVERDUE_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// Tries after which an effect is worth a warning.
const ATTEMPTS_WARNING: u32 = 5;
/// Failed deliveries are looked back at for so long.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24);
/// Most alarms of one kind.
const KIND_MAX: usize = 200;
/// Most unconfirmed bookings that are counted.
const UNCONFIRMED_MAX: usize = 1000;
/// The code of bookings that wait for too long.
const STUCK: &str = "booking_stuck";

/// Raises what is to be raised, `found` among it; ends what is over.
pub(super) async fn look(
    performer: &Performer,
    mut found: Vec<Alarm>,
) -> Result<Settled, StoreError> {
    let store = performer.reactor.store.as_ref();
    let now = performer.reactor.now();
    found.extend(stuck(store, now).await?);
    let open = outbox::open(store, KIND_MAX).await?;
    found.extend(open.iter().filter_map(|row| waiting(row, now)));
    found.extend(given_up::look(performer, KIND_MAX).await?);
    found.extend(failed_deliveries(store, now).await?);
    for consumer in [REACT, WRITE_BRONZE] {
        let letters = dead_letters::letters(store, consumer).await?.len();
        if letters > 0 {
            let records = counted(letters, "record", "records");
            let detail = format!("{records} of the stream that no retry can save");
            found.push(Alarm::new("dead_letters", consumer, now, detail));
        }
    }
    let headroom = performer.calendar.headroom();
    if let Some(headroom) = headroom.filter(|headroom| headroom.is_low()) {
        let left = format!(
            "{} of {} calls are left in its present window",
            headroom.remaining, headroom.limit
        );
        found.push(Alarm::new("vendor_limit_near", "calendly", now, left));
    }
    let codes: Vec<&str> = OWN_CODES
        .into_iter()
        .chain(trend::CODES)
        .chain([refunds::CODE])
        .collect();
    settle(store, &codes, &found).await
}

/// One alarm for the authentic deliveries of the last day that can't be understood.
async fn failed_deliveries(store: &dyn Store, now: Timestamp) -> Result<Option<Alarm>, StoreError> {
    let failed = Some(DeliveryStatus::Failed);
    let page = delivery::inbox(store, failed, KIND_MAX, None).await?;
    let recent = |row: &&DeliveryRow| now.duration_since(row.received_at) < LOOK_BACK;
    let count = page.rows.iter().filter(recent).count();
    let deliveries = counted(count, "delivery", "deliveries");
    let detail = format!("{deliveries} of the last day can't be understood");
    Ok((count > 0).then(|| Alarm::new("webhooks_failed", "inbox", now, detail)))
}

/// Bookings that wait for too long. One that Calendly knows is an alarm of its own. Those that only a page has named are
/// one alarm together: anybody can post them, so their number must not push out the others.
async fn stuck(store: &dyn Store, now: Timestamp) -> Result<Vec<Alarm>, StoreError> {
    let waits = |row: &BookingRow| row.stuck(now);
    let known: Vec<BookingState> = repository::STUCK_STATES
        .into_iter()
        .filter(|state| *state != BookingState::Pending)
        .collect();
    let (rows, _) = list::newest(store, &known, KIND_MAX, None, &waits).await?;
    let mut alarms: Vec<Alarm> = rows.iter().map(|row| own(row, now)).collect();
    let pending = [BookingState::Pending];
    let (rows, next) = list::newest(store, &pending, UNCONFIRMED_MAX, None, &waits).await?;
    if !rows.is_empty() {
        let more = next.as_ref().map_or("", |_| "more than ");
        let detail = format!(
            "{more}{} that a page has named and of which Calendly has said nothing",
            counted(rows.len(), "booking", "bookings")
        );
        alarms.push(Alarm::new(STUCK, "unconfirmed", now, detail));
    }
    Ok(alarms)
}

/// Why a booking is stuck: the money that waits for an admin, or how long it has been in its state.
fn own(row: &BookingRow, now: Timestamp) -> Alarm {
    let booking = &row.booking;
    let state = booking.state.as_str().replace('_', " ").to_lowercase();
    let detail = match booking.differing().first() {
        Some(charge) => format!(
            "{} was paid, the price is {}",
            charge.money(),
            booking.price()
        ),
        None => format!("{state} since {}", moment(row.state_since)),
    };
    Alarm::new(STUCK, &booking.booking_id, now, detail)
}

fn waiting(row: &EffectRow, now: Timestamp) -> Option<Alarm> {
    let class = row
        .failed
        .as_ref()
        .map_or("", |failure| failure.class.as_str());
    let tries = counted(row.attempts as usize, "try", "tries");
    let late = |since: Timestamp| now.duration_since(since) >= OVERDUE_AFTER;
    if (row.attempts > 0 && late(row.wanted_since())) || late(row.due) {
        return Some(Alarm::new(
            "effect_overdue",
            &row.key,
            now,
            format!("{tries} since {}: {class}", moment(row.wanted_since())),
        ));
    }
    (row.attempts >= ATTEMPTS_WARNING).then(|| {
        Alarm::new(
            "effect_retrying",
            &row.key,
            now,
            format!("{tries}: {class}"),
        )
    })
}
