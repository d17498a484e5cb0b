//! Figures of bookings (S4-44) and of how long they stay where (S4-45).

use std::collections::BTreeMap;

use super::{Booking, BookingState};

/// Money of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Paid {
    pub bookings: u64,
    /// Minor units.
    pub paid_minor: i64,
}

/// How long a transition took, in seconds since the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransitionTiming {
    pub from: BookingState,
    pub to: BookingState,
    pub count: u64,
    pub median_s: i64,
    pub p90_s: i64,
}

/// The figures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BookingFigures {
    pub bookings: u64,
    /// Those that were ever CONFIRMED.
    pub confirmed: u64,
    /// Cancelled bookings, refunded or not.
    pub canceled: u64,
    /// Those for which money was paid, and those of them to which some came back.
    pub paid: u64,
    pub refunded: u64,
    /// Payments that succeeded and that failed.
    pub payments: u64,
    pub payments_failed: u64,
    pub by_currency: BTreeMap<String, Paid>,
    pub transitions: Vec<TransitionTiming>,
}

/// The figures of these bookings.
#[must_use]
pub fn figures<'a>(bookings: impl IntoIterator<Item = &'a Booking>) -> BookingFigures {
    use BookingState::{
        CancelPending, Cancelled, Confirmed, RefundFailed, RefundPending, Refunded,
    };
    let mut out = BookingFigures::default();
    let mut times: BTreeMap<(BookingState, BookingState), Vec<i64>> = BTreeMap::new();
    for booking in bookings {
        let paid_minor = booking.paid_minor();
        out.bookings += 1;
        out.confirmed += u64::from(
            booking
                .history
                .iter()
                .any(|e| e.accepted && e.to == Confirmed),
        );
        let off = matches!(
            booking.state,
            CancelPending | Cancelled | RefundPending | Refunded | RefundFailed
        );
        out.canceled += u64::from(off);
        out.payments += u64::try_from(booking.payment.paid.len()).unwrap_or(u64::MAX);
        out.payments_failed += u64::try_from(booking.payment.failed_attempts()).unwrap_or(u64::MAX);
        if paid_minor > 0 {
            out.paid += 1;
            out.refunded += u64::from(booking.refunded_in_all_minor() > 0);
            let cell = out
                .by_currency
                .entry(booking.currency().to_uppercase())
                .or_default();
            (cell.bookings, cell.paid_minor) = (cell.bookings + 1, cell.paid_minor + paid_minor);
        }
        moves(booking, &mut times);
    }
    out.transitions = times
        .into_iter()
        .map(|((from, to), times)| timing(from, to, times))
        .collect();
    out
}

/// The vendors' clocks need not agree with each other, so no transition takes less than no time.
fn moves(booking: &Booking, times: &mut BTreeMap<(BookingState, BookingState), Vec<i64>>) {
    let mut since = booking.history.first().map(|e| e.at);
    for entry in booking.history.iter().skip(1).filter(|e| e.accepted) {
        let Some(from) = entry.from.filter(|from| *from != entry.to) else {
            continue;
        };
        let took = since.map_or(0, |since| (entry.at.as_second() - since.as_second()).max(0));
        times.entry((from, entry.to)).or_default().push(took);
        since = Some(entry.at);
    }
}

fn timing(from: BookingState, to: BookingState, mut times: Vec<i64>) -> TransitionTiming {
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    let at = |place: usize| times.get(place).copied().unwrap_or(0);
    TransitionTiming {
        from,
        to,
        count: u64::try_from(times.len()).unwrap_or(u64::MAX),
        median_s: at(last / 2),
        p90_s: at(last * 9 / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bookings::tests::{NOW, Story, canceled, created, failed, paid, post, refund, seen};
    use crate::bookings::{ActionKind, RefundStatus};
    use crate::testing::invitee;

    #[test]
    fn what_was_booked_paid_and_given_back() {
        let invitee = invitee("A1", NOW);
        let mut story = Story::new();
        for fact in [
            post("strategy", Some("A1")),
            seen(&invitee),
            created("session:b1:1", "cs_1"),
            failed("evt_1", Some("cs_1"), "2026-03-01T10:05:00Z"),
            crate::bookings::tests::act(ActionKind::Pay),
            created("session:b1:2", "cs_2"),
            paid("cs_2", "2026-03-01T10:15:00Z"),
        ] {
            story.take(&fact);
        }
        let alive = story.booking().clone();
        story.take(&seen(&canceled(&invitee, "2026-03-01T10:30:00Z")));
        story.take(&refund(
            "re_1",
            RefundStatus::Succeeded,
            15_000,
            "2026-03-01T10:31:00Z",
        ));
        let figures = figures([&alive, story.booking()]);
        assert_eq!(
            (figures.bookings, figures.confirmed, figures.canceled),
            (2, 2, 1)
        );
        assert_eq!(
            (
                figures.paid,
                figures.refunded,
                figures.payments,
                figures.payments_failed
            ),
            (2, 1, 2, 2)
        );
        assert_eq!(
            figures.by_currency["USD"],
            Paid {
                bookings: 2,
                paid_minor: 30_000
            }
        );
        let refunded = figures
            .transitions
            .iter()
            .find(|t| t.to == BookingState::Refunded)
            .unwrap();
        assert_eq!(
            (refunded.from, refunded.count, refunded.median_s),
            (BookingState::RefundPending, 1, 60)
        );
        assert_eq!(super::figures([]), BookingFigures::default());
    }
}
