//! What happens to one lead, from the first booking on.

use fastrand::Rng;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::booking::{Booking, Kind};
use super::campaigns::{self, Campaign};
use super::days::is_weekend;
use super::happening::{Happening, What};
use super::people::{self, Host, Person, pick};
use super::sales::Sales;

const YES: [&str; 6] = [
    "Yes, see you then!",
    "Confirmed, thank you",
    "YES",
    "Perfect 👍",
    "Looking forward to it",
    "ok",
];
const QUESTIONS: [&str; 3] = [
    "Can I bring my business partner?",
    "Is this by phone or by video?",
    "Running late on something that day, could we start at quarter past?",
];
/// Unpaid sessions are held for an hour and a quarter, and then given free.
const RELEASE_AFTER: SignedDuration = SignedDuration::from_mins(77);
/// A second before Stripe would close the checkout by itself.
const EXPIRES_AFTER: SignedDuration = SignedDuration::from_secs(3_599);

impl Sales<'_> {
    fn call_ended(&mut self, name: &str, host: Host, ended: &Ended) {
        match ended {
            Ended::Off => {}
            Ended::Missed(start) => self.call(name, host, *start, false),
            Ended::Held(start, _) => self.call(name, host, *start, true),
        }
    }
}

/// Tells one lead's story.
pub(super) struct Teller<'a> {
    pub(super) rng: &'a mut Rng,
    /// From this instant on people get texts, and strategy sessions are paid.
    pub(super) live_from: Timestamp,
    pub(super) zone: &'a TimeZone,
    pub(super) told: Vec<Happening>,
}

/// Who books, and where they came from.
#[derive(Clone)]
struct Lead {
    number: u64,
    person: Person,
    campaign: &'static Campaign,
}

/// What became of a booking.
enum Ended {
    /// It was cancelled, or not paid for.
    Off,
    /// Nobody came to the call of this start.
    Missed(Timestamp),
    /// It took place from the first to the second.
    Held(Timestamp, Timestamp),
}

impl Teller<'_> {
    /// A new lead books a triage call; of those who come to it, every other books a strategy session.
    pub(super) fn lead(&mut self, number: u64, opens: Timestamp, days_ago: i64) {
        let lead = Lead {
            number,
            person: Person::new(number),
            campaign: campaigns::of_lead(self.rng, days_ago),
        };
        let created_at = opens + self.between(8 * 3600, 21 * 3600);
        let start = self.slot(created_at, 6);
        let mut sales = Sales::new(number, &lead.person, lead.campaign);
        sales.arrives(created_at);
        let setter = people::setter(self.rng, days_ago);
        let held = self.booking(&lead, "t", Kind::Triage, setter, created_at, start);
        sales.call_ended("t", setter, &held);
        if let Ended::Held(_, end) = held
            && self.chance(46)
        {
            let created_at = end + self.between(600, 2 * 86_400);
            let kind = if created_at >= self.live_from {
                Kind::PaidStrategy
            } else {
                Kind::FreeStrategy
            };
            let host = people::closer(self.rng, days_ago);
            let back = Lead {
                campaign: campaigns::of_return(self.rng, lead.campaign),
                ..lead.clone()
            };
            let start = self.slot(created_at, 8);
            let held = self.booking(&back, "s", kind, host, created_at, start);
            sales.call_ended("s", host, &held);
            if let Ended::Held(_, end) = held {
                sales.deal(host, end, self.zone);
            }
        }
        self.told.extend(sales.told);
    }

    /// One booking and what becomes of it.
    fn booking(
        &mut self,
        lead: &Lead,
        generation: &str,
        kind: Kind,
        host: Host,
        created_at: Timestamp,
        start: Timestamp,
    ) -> Ended {
        let booking = Booking {
            id: format!("demo-{:04}-{generation}", lead.number),
            person: &lead.person,
            campaign: lead.campaign,
            host,
            kind,
            created_at,
            start,
        };
        self.calendly(created_at, booking.created(None));
        let live = created_at >= self.live_from;
        if live {
            self.answers(&booking);
        }
        if kind == Kind::PaidStrategy && !self.payment(&booking) {
            return Ended::Off;
        }
        let before_the_call = start.duration_since(created_at).as_secs().max(7_200);
        let later = created_at + self.between(3_600, before_the_call - 1_800);
        match self.rng.u64(0..100) {
            0..10 => {
                self.calendly(later, booking.canceled(later, false));
                Ended::Off
            }
            10..18 => {
                let moved = Booking {
                    id: format!("{}2", booking.id),
                    created_at: later,
                    start: self.slot(start + SignedDuration::from_hours(6), 4),
                    ..booking.clone()
                };
                self.calendly(later, booking.moved(&moved));
                self.calendly(
                    later + SignedDuration::from_millis(400),
                    moved.created(Some(&booking)),
                );
                self.attends(&moved)
            }
            _ => self.attends(&booking),
        }
    }

    fn attends(&mut self, booking: &Booking<'_>) -> Ended {
        if self.chance(booking.campaign.no_show_percent) {
            let at = booking.start + self.between(600, 1_500);
            self.calendly(at, booking.no_show(at));
            Ended::Missed(booking.start)
        } else {
            Ended::Held(booking.start, booking.end())
        }
    }

    /// What the customer answers to the confirmation or, half an hour later, to the follow-up.
    fn answers(&mut self, booking: &Booking<'_>) {
        let (after, text) = match self.rng.u64(0..100) {
            0..48 => (self.between(60, 1_500), pick(self.rng, &YES)),
            48..55 => (self.between(120, 1_500), pick(self.rng, &QUESTIONS)),
            55..58 => (self.between(60, 900), "STOP"),
            58..76 => (self.between(1_920, 5_400), pick(self.rng, &YES)),
            _ => return,
        };
        let what = What::Text {
            from: booking.person.phone.clone(),
            body: text.to_owned(),
        };
        self.tell(booking.created_at + after, what);
    }

    /// Whether the session is paid for, and how that goes.
    fn payment(&mut self, booking: &Booking<'_>) -> bool {
        let invitee_uri = booking.invitee_uri();
        let pays = |invitee_uri: &str| What::Pays {
            invitee_uri: invitee_uri.to_owned(),
        };
        let at = booking.created_at + self.between(90, 1_200);
        match self.rng.u64(0..100) {
            0..70 => {
                self.tell(at, pays(&invitee_uri));
                true
            }
            70..80 => {
                let declined = What::CardIsDeclined {
                    invitee_uri: invitee_uri.clone(),
                };
                self.tell(at, declined);
                let again = at + self.between(60, 600);
                self.tell(again, pays(&invitee_uri));
                true
            }
            _ => {
                let expires = booking.created_at + EXPIRES_AFTER;
                self.tell(expires, What::CheckoutExpires { invitee_uri });
                let released = booking.created_at + RELEASE_AFTER;
                self.tell(released, What::Sweep);
                let at = released + SignedDuration::from_secs(2);
                self.calendly(at, booking.canceled(at, true));
                false
            }
        }
    }

    /// A time of the calendar, on the half hour of a weekday between 9 and 17, at least a day and at most `days` later.
    fn slot(&mut self, after: Timestamp, days: i64) -> Timestamp {
        let mut day = (after + SignedDuration::from_hours(24 + 24 * self.rng.i64(0..days)))
            .to_zoned(self.zone.clone())
            .date();
        while is_weekend(day) {
            day = day.tomorrow().unwrap_or(day);
        }
        let half_hours = self.rng.i8(0..16);
        day.at(9 + half_hours / 2, half_hours % 2 * 30, 0, 0)
            .to_zoned(self.zone.clone())
            .map_or(after, |at| at.timestamp())
    }

    fn calendly(&mut self, at: Timestamp, body: serde_json::Value) {
        self.tell(at, What::Calendly { body });
    }

    fn tell(&mut self, at: Timestamp, what: What) {
        self.told.push(Happening { at, what });
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.rng.u64(0..100) < percent
    }

    /// Seconds from `from` to `to`.
    fn between(&mut self, from: i64, to: i64) -> SignedDuration {
        SignedDuration::from_secs(self.rng.i64(from..=to.max(from)))
    }
}
