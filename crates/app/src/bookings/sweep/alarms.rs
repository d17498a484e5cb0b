//! What stays in between for over an hour, as standing alarms.

use bookpath_domain::bookings::{BookingState, EffectKind};
use jiff::{SignedDuration, Timestamp};

use super::{refunds, trend};
use crate::bookings::repository::{self, BookingRow};
use crate::bronze::publish;
use crate::effects::Performer;
use crate::effects::outbox::{self, EffectRow, Work};
use crate::inbox::dead_letters;
use crate::inbox::delivery;
use crate::operators::alarms::{Alarm, Settled, settle};
use crate::ports::{Store, StoreError};
use crate::react;

/// The codes that a sweep raises and ends, besides those of the trend.
const OWN_CODES: [&str; 7] = [
    "booking_stuck",
    "effect_overdue",
    "effect_given_up",
    "effect_retrying",
    "webhooks_failed",
    "dead_letters",
    "vendor_limit_near",
];
/// What is not done this long after it was due is overdue.
const OVERDUE_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// Tries after which an effect is worth a warning.
const ATTEMPTS_WARNING: u32 = 5;
/// Failed deliveries and given-up effects are looked back at for so long.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24);
/// Alarms of one kind; more say nothing new.
const KIND_MAX: usize = 200;
/// Bookings without Calendly's word that are counted.
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
    found.extend(
        outbox::open(store, KIND_MAX)
            .await?
            .iter()
            .filter_map(|row| waiting(row, now)),
    );
    for row in outbox::failed(store, KIND_MAX).await? {
        if is_over(performer, &row).await? {
            continue;
        }
        let message = row
            .failed
            .as_ref()
            .map_or("", |failure| failure.message.as_str());
        found.push(Alarm::new(
            "effect_given_up",
            &row.key,
            now,
            format!("after {} tries: {message}", row.attempts),
        ));
    }
    let failed = delivery::inbox(
        store,
        Some(bookpath_domain::DeliveryStatus::Failed),
        KIND_MAX,
        None,
    )
    .await?;
    let recent = failed
        .rows
        .iter()
        .filter(|row| now.duration_since(row.received_at) < LOOK_BACK)
        .count();
    if recent > 0 {
        found.push(Alarm::new(
            "webhooks_failed",
            "inbox",
            now,
            format!("{recent} authentic deliveries of the last day can't be understood"),
        ));
    }
    for consumer in [react::CONSUMER, publish::CONSUMER] {
        let letters = dead_letters::letters(store, consumer).await?.len();
        if letters > 0 {
            found.push(Alarm::new(
                "dead_letters",
                consumer,
                now,
                format!("{letters} records that no retry can save"),
            ));
        }
    }
    if let Some(headroom) = performer
        .calendar
        .headroom()
        .filter(|headroom| headroom.is_low())
    {
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

/// Bookings that wait for too long. One that Calendly knows is an alarm of its own. Those that only a page has named are
/// one alarm together: anybody can post them, so their number must not push out the others.
async fn stuck(store: &dyn Store, now: Timestamp) -> Result<Vec<Alarm>, StoreError> {
    let waits = |row: &BookingRow| row.stuck(now);
    let known: Vec<BookingState> = repository::STUCK_STATES
        .into_iter()
        .filter(|state| *state != BookingState::Pending)
        .collect();
    let page = repository::list_of(store, &known, KIND_MAX, None, &waits).await?;
    let mut alarms: Vec<Alarm> = page.rows.iter().map(|row| own(row, now)).collect();
    let pending = [BookingState::Pending];
    let page = repository::list_of(store, &pending, UNCONFIRMED_MAX, None, &waits).await?;
    if !page.rows.is_empty() {
        let more = page.next_cursor.as_ref().map_or("", |_| "more than ");
        let detail = format!(
            "{more}{} bookings that a page has named wait for Calendly's word",
            page.rows.len()
        );
        alarms.push(Alarm::new(STUCK, "unconfirmed", now, detail));
    }
    Ok(alarms)
}

/// Why a booking is stuck: the money that waits for an admin, or how long it has been in its state.
fn own(row: &BookingRow, now: Timestamp) -> Alarm {
    let (booking, state) = (&row.booking, row.booking.state.as_str());
    let detail = match booking.differing().first() {
        Some(charge) => format!(
            "{} was paid, the price is {}",
            charge.money(),
            booking.price()
        ),
        None => format!("{state} since {}", row.state_since),
    };
    Alarm::new(STUCK, &booking.booking_id, now, detail)
}

/// What was given up and matters no more: the booking has gone its way without it.
async fn is_over(performer: &Performer, row: &EffectRow) -> Result<bool, StoreError> {
    let Work::Booking(effect) = &row.work else {
        return Ok(false);
    };
    let Some(found) =
        repository::by_id(performer.reactor.store.as_ref(), &effect.booking_id).await?
    else {
        return Ok(true);
    };
    let booking = &found.row.booking;
    Ok(match effect.kind {
        EffectKind::Refund { .. } => !matches!(
            booking.state,
            BookingState::RefundPending | BookingState::RefundFailed
        ),
        // The customer may still try again, and then it was worth knowing why the first try failed.
        EffectKind::CreateCheckoutSession { .. } => {
            booking.state != BookingState::PaymentFailed && !effect.still_wanted(booking)
        }
        _ => !effect.still_wanted(booking),
    })
}

fn waiting(row: &EffectRow, now: Timestamp) -> Option<Alarm> {
    let class = row
        .failed
        .as_ref()
        .map_or("", |failure| failure.class.as_str());
    let late = |since: Timestamp| now.duration_since(since) >= OVERDUE_AFTER;
    if (row.attempts > 0 && late(row.created_at)) || late(row.due) {
        return Some(Alarm::new(
            "effect_overdue",
            &row.key,
            now,
            format!("{} tries since {}: {class}", row.attempts, row.created_at),
        ));
    }
    (row.attempts >= ATTEMPTS_WARNING).then(|| {
        Alarm::new(
            "effect_retrying",
            &row.key,
            now,
            format!("{} tries: {class}", row.attempts),
        )
    })
}
