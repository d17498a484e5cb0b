//! What the demo is sure to have in it, so that every page has something to show: a customer's whole way, two pairs that
//! may be one person each, a deal of nobody on the team, a refund that is refused, a delivery that nobody can read, and
//! news about the month before.

use bookpath_domain::Vendor;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde_json::Value;

use super::booking::{Booking, Kind};
use super::campaigns::{self, Campaign};
use super::happening::{Happening, What};
use super::people::{ANN, CLEO, Host, Person};
use super::sales::{Deal, Sales};

/// Sold a deal and has left the team since.
const ROBIN: Host = Host {
    id: "robin",
    email: "robin@demo.test",
    name: "Robin Former",
};
/// Numbers of leads from here on are the placed people's.
const FIRST_NUMBER: u64 = 9_001;

/// Everything that is placed, in no order.
pub(super) fn all(now: Timestamp, last_night: Timestamp, zone: &TimeZone) -> Vec<Happening> {
    let mut placed = Placed {
        today: last_night.to_zoned(zone.clone()).date(),
        news_at: last_night + now.duration_since(last_night) / 2,
        zone,
        told: Vec::new(),
    };
    placed.whole_way();
    placed.pairs();
    placed.refused_refund();
    placed.news_of_last_month();
    placed.told
}

struct Placed<'a> {
    today: Date,
    /// When news comes in: after the last computation of the numbers.
    news_at: Timestamp,
    zone: &'a TimeZone,
    told: Vec<Happening>,
}

impl Placed<'_> {
    /// Form, a first call that was moved, a second call through another campaign, a deal that was won; a third of the
    /// session's price is given back.
    fn whole_way(&mut self) {
        let priya = person("Priya Patel", super::PRIYA, 1);
        let campaign = campaigns::named("lookalike_1pct");
        let first = booking(
            "9001-t",
            &priya,
            campaign,
            (ANN, Kind::Triage),
            (self.at(24, 10), self.at(22, 11)),
        );
        let moved = Booking {
            id: "demo-9001-t2".to_owned(),
            created_at: self.at(23, 9),
            start: self.at(21, 14),
            ..first.clone()
        };
        let mut sales = Sales::new(FIRST_NUMBER, &priya, campaign);
        sales.arrives(first.created_at);
        self.calendly(first.created_at, first.created(None));
        self.calendly(moved.created_at, first.moved(&moved));
        self.calendly(
            moved.created_at + SignedDuration::from_secs(1),
            moved.created(Some(&first)),
        );
        sales.call("t", ANN, moved.start, true);
        let back = campaigns::named("weekly");
        let second = booking(
            "9001-s",
            &priya,
            back,
            (CLEO, Kind::PaidStrategy),
            (self.at(12, 9), self.at(9, 15)),
        );
        self.calendly(second.created_at, second.created(None));
        self.pays(&second);
        sales.call("s", CLEO, second.start, true);
        let (invitee_uri, amount_minor) = (second.invitee_uri(), 5_000);
        let what = What::RefundOfAPart {
            invitee_uri,
            amount_minor,
        };
        self.tell(self.at(6, 10), what);
        let deal = Deal {
            host: CLEO,
            opened: second.end(),
            value: 1_000_000,
        };
        sales.open(&deal);
        sales.win(&deal, self.at(7, 16), self.zone);
        self.told.extend(sales.told);
    }

    /// One telephone with two addresses, and one address with a tag. The second pair's deal belongs to somebody who has
    /// left.
    fn pairs(&mut self) {
        let campaign = campaigns::named("coach_near_me");
        let elena = person("Elena Marsh", "elena@marsh.example", 2);
        let home = Person {
            email: "e.marsh@home.example".to_owned(),
            ..elena.clone()
        };
        let jonas = person("Jonas Weber", "jonas@weber.example", 3);
        let tagged = Person {
            email: "jonas+calls@weber.example".to_owned(),
            ..person("Jonas Weber", "", 4)
        };
        for (id, person, days) in [
            ("9002-t", &elena, 30),
            ("9003-t", &home, 19),
            ("9004-t", &jonas, 33),
            ("9005-t", &tagged, 18),
        ] {
            let call = booking(
                id,
                person,
                campaign,
                (ANN, Kind::Triage),
                (self.at(days, 10), self.at(days - 2, 15)),
            );
            self.calendly(call.created_at, call.created(None));
        }
        let mut sales = Sales::new(FIRST_NUMBER + 3, &jonas, campaign);
        sales.arrives(self.at(33, 10));
        let deal = Deal {
            host: ROBIN,
            opened: self.at(30, 10),
            value: 400_000,
        };
        sales.open(&deal);
        sales.win(&deal, self.at(6, 12), self.zone);
        self.told.extend(sales.told);
    }

    /// A paid session that is cancelled, and a bank that does not take the money back.
    fn refused_refund(&mut self) {
        let marta = person("Marta Silva", "marta@silva.example", 5);
        let paid = booking(
            "9006-s",
            &marta,
            campaigns::named("brand"),
            (CLEO, Kind::PaidStrategy),
            (self.at(2, 10), self.at(-3, 11)),
        );
        self.calendly(paid.created_at, paid.created(None));
        self.pays(&paid);
        let canceled_at = self.at(1, 12);
        self.tell(
            canceled_at - SignedDuration::from_secs(1),
            What::RefundIsRefused,
        );
        self.calendly(canceled_at, paid.canceled(canceled_at, false));
    }

    /// Told after the numbers of last night: that somebody missed a call of the month before, a booking of that month,
    /// and one that a release before this one refused.
    fn news_of_last_month(&mut self) {
        let campaign = campaigns::named("vsl_cold");
        // Days since the month before was over.
        let days = i64::from(self.today.day()) - 1;
        let diego = person("Diego Santos", "diego@santos.example", 6);
        let missed = booking(
            "9007-t",
            &diego,
            campaign,
            (ANN, Kind::Triage),
            (self.at(days + 7, 9), self.at(days + 4, 13)),
        );
        self.calendly(missed.created_at, missed.created(None));
        let marked_at = missed.start + SignedDuration::from_mins(15);
        self.calendly(self.news_at, missed.no_show(marked_at));

        let freya = person("Freya Lund", "freya@lund.example", 7);
        let late = booking(
            "9008-t",
            &freya,
            campaign,
            (ANN, Kind::Triage),
            (self.at(days + 6, 11), self.at(days + 3, 10)),
        );
        self.calendly(self.news_at, late.created(None));

        let again = booking(
            "9009-t",
            &freya,
            campaign,
            (ANN, Kind::Triage),
            (self.at(days + 5, 9), self.at(days + 2, 10)),
        );
        let (vendor, body) = (Vendor::Calendly, again.created(None));
        self.tell(self.news_at, What::RefusedByOlderRelease { vendor, body });
    }

    /// The customer pays three minutes after booking.
    fn pays(&mut self, booking: &Booking<'_>) {
        let invitee_uri = booking.invitee_uri();
        let at = booking.created_at + SignedDuration::from_mins(3);
        self.tell(at, What::Pays { invitee_uri });
    }

    /// An hour of a day before today; negative: after it.
    fn at(&self, days_ago: i64, hour: i8) -> Timestamp {
        self.local(self.today.saturating_sub(Span::new().days(days_ago)), hour)
    }

    fn local(&self, day: Date, hour: i8) -> Timestamp {
        let local = day.at(hour, 0, 0, 0).to_zoned(self.zone.clone());
        local.map_or(self.news_at, |at| at.timestamp())
    }

    fn calendly(&mut self, at: Timestamp, body: Value) {
        self.tell(at, What::Calendly { body });
    }

    fn tell(&mut self, at: Timestamp, what: What) {
        self.told.push(Happening { at, what });
    }
}

/// Numbers of this area code are no other lead's.
fn person(name: &str, email: &str, line: u8) -> Person {
    Person {
        name: name.to_owned(),
        email: email.to_owned(),
        phone: format!("+170255501{line:02}"),
        zone: "America/Los_Angeles",
    }
}

fn booking<'a>(
    id: &str,
    person: &'a Person,
    campaign: &'a Campaign,
    (host, kind): (Host, Kind),
    (created_at, start): (Timestamp, Timestamp),
) -> Booking<'a> {
    Booking {
        id: format!("demo-{id}"),
        person,
        campaign,
        host,
        kind,
        created_at,
        start,
    }
}
