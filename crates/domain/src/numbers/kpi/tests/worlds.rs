//! Random worlds: a naive model counts row by row what the tally counts in one pass.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use strum::VariantArray as _;

use super::{call, day, lead};
use crate::bookings::attendance::{Attendance, AttendanceSource};
use crate::config::CallType;
use crate::numbers::kpi::{
    Base, Bases, CallFact, CashLine, DealCause, DealLine, DealMoney, Facts, FiguresOf, InCurrency,
    KEYS, LeftOut, Mode, Period, Query, SpendLine, Why, count, drill, drill_terms, monthly, tally,
    total,
};
use crate::numbers::month::Month;
use crate::testing::at;

const START: &str = "2026-01-01T00:00:00Z";
const USERS: [Option<&str>; 3] = [None, Some("a"), Some("b")];
const CAMPAIGNS: [Option<&str>; 3] = [None, Some("x"), Some("y")];
const MONTHS: [&str; 4] = ["2026-01", "2026-02", "2026-03", "2026-04"];

fn pick(of: [Option<&'static str>; 3]) -> impl Strategy<Value = Option<String>> {
    prop::sample::select(of.to_vec()).prop_map(|text| text.map(str::to_owned))
}

fn a_day() -> impl Strategy<Value = Date> {
    (0..110_i64).prop_map(|days| {
        let day = day("2026-01-01");
        day.saturating_add(SignedDuration::from_hours(24 * days))
    })
}

fn came() -> impl Strategy<Value = Attendance> {
    use Attendance::{Attended, CanceledEarly, CanceledLate, NoShow, Pending};
    prop::sample::select(vec![
        Attended,
        Attended,
        CanceledEarly,
        CanceledLate,
        NoShow,
        Pending,
    ])
}

fn a_call() -> impl Strategy<Value = CallFact> {
    let times = (0..2600_i64, 0..300_i64);
    (
        0..6_usize,
        any::<bool>(),
        times,
        came(),
        any::<bool>(),
        pick(USERS),
    )
        .prop_map(|(who, triage, (hour, before), came, said, user)| {
            let kind = if triage {
                CallType::Triage
            } else {
                CallType::Solution
            };
            let mut row = call("", &format!("c{who}"), kind, START, came);
            row.start += SignedDuration::from_hours(hour);
            row.booked_at = row.start - SignedDuration::from_hours(before);
            row.user = user;
            if said {
                row.attendance_source = AttendanceSource::Calendly;
            }
            row
        })
}

fn some_calls() -> impl Strategy<Value = Vec<CallFact>> {
    prop::collection::vec(a_call(), 0..25).prop_map(|mut calls| {
        for (n, call) in calls.iter_mut().enumerate() {
            call.row_id = format!("k{n}");
        }
        calls
    })
}

fn in_euro<L>(line: L) -> InCurrency<L> {
    let currency = "EUR".to_owned();
    InCurrency { currency, line }
}

prop_compose! {
    fn some_money()(rows in prop::collection::vec(
        (0..7_usize, a_day(), -500..2000_i64, -1..=1_i64, 0..300_i64, pick(USERS), pick(CAMPAIGNS)), 0..30,
    )) -> (Vec<DealLine>, Vec<CashLine>, Vec<SpendLine>, LeftOut) {
        let mut out = (Vec::new(), Vec::new(), Vec::new(), LeftOut::default());
        for (n, (who, on, amount_minor, deals, cash_minor, user, campaign)) in rows.into_iter().enumerate() {
            let (row_id, contact_id) = (format!("m{n}"), format!("c{who}"));
            // Every other one of each kind is in another currency.
            let other = n % 2 == 1;
            match n % 3 {
                0 if other => out.0.push(DealLine {
                    opportunity_id: row_id.clone(), row_id, contact_id, user, on, cause: DealCause::Won,
                    deals, deals_adding_up: 0, revenue_minor: 0, cash_minor: 0,
                    left_out: vec![DealMoney { currency: "EUR".to_owned(), revenue_minor: amount_minor, cash_minor }],
                }),
                0 => out.0.push(DealLine {
                    opportunity_id: row_id.clone(), row_id, contact_id, user, on, cause: DealCause::Won,
                    deals, deals_adding_up: deals, revenue_minor: amount_minor, cash_minor, left_out: Vec::new(),
                }),
                1 => {
                    let line = CashLine { row_id, contact_id: (who > 0).then_some(contact_id), at: Timestamp::UNIX_EPOCH, on, amount_minor, user };
                    if other { out.3.cash.push(in_euro(line)) } else { out.1.push(line) }
                }
                _ => {
                    let line = SpendLine { row_id, on, campaign, amount_minor };
                    if other { out.3.spend.push(in_euro(line)) } else { out.2.push(line) }
                }
            }
        }
        out
    }
}

prop_compose! {
    fn world()(
        touches in prop::collection::vec((0..2600_i64, pick(CAMPAIGNS)), 0..6),
        calls in some_calls(),
        (deals, cash, spend, left_out) in some_money(),
    ) -> Facts {
        let leads = touches.into_iter().enumerate().map(|(n, (hour, campaign))| {
            let mut row = lead(&format!("c{n}"), START, campaign.as_deref());
            row.first_touch_at += SignedDuration::from_hours(hour);
            row
        });
        Facts { leads: leads.collect(), calls, deals, cash, spend, left_out }
    }
}

prop_compose! {
    fn query()(
        month in prop::option::of(prop::sample::select(&MONTHS[..])),
        cohort in any::<bool>(),
        who in 0..4_usize,
        campaign in pick(CAMPAIGNS),
        until in prop::option::of(a_day()),
        alone in any::<bool>(),
    ) -> Query {
        Query {
            period: month.map_or_else(Period::default, |m| Period::from_month(m.parse().unwrap())),
            mode: if cohort { Mode::Cohort } else { Mode::Period },
            who: match who {
                0 => FiguresOf::Unassigned,
                n => USERS.get(n).copied().flatten().map_or(FiguresOf::Everybody, |u| FiguresOf::User(u.to_owned())),
            },
            campaign,
            until,
            alone,
        }
    }
}

fn zone() -> TimeZone {
    TimeZone::get("America/New_York").unwrap()
}

/// Every number by its own loop over its own table.
struct Naive<'a> {
    facts: &'a Facts,
    query: &'a Query,
}

impl Naive<'_> {
    fn campaign_of(&self, contact: Option<&str>) -> Option<&str> {
        let lead = self
            .facts
            .leads
            .iter()
            .find(|l| Some(&*l.contact_id) == contact)?;
        lead.campaign.as_deref()
    }

    fn in_month(&self, contact: Option<&str>, on: Date) -> bool {
        let first = self
            .facts
            .leads
            .iter()
            .find(|l| Some(&*l.contact_id) == contact);
        let first = first.map(|l| Month::at(l.first_touch_at, &zone()));
        let month = if self.query.mode == Mode::Cohort {
            first
        } else {
            Some(Month::containing(on))
        };
        self.in_time(on)
            && month.is_some_and(|m| {
                self.query.period == Period::default() || self.query.period == Period::from_month(m)
            })
    }

    fn in_time(&self, on: Date) -> bool {
        self.query.until.is_none_or(|until| on <= until)
    }

    fn asked(&self, user: Option<&str>, campaign: Option<&str>) -> bool {
        let user = match &self.query.who {
            FiguresOf::Everybody => true,
            FiguresOf::User(wanted) => user == Some(wanted),
            FiguresOf::Unassigned => user.is_none(),
        };
        user && (self.query.campaign.is_none() || campaign == self.query.campaign.as_deref())
    }

    fn calls(&self, holds: impl Fn(&CallFact) -> bool) -> i64 {
        let counted = self.facts.calls.iter().filter(|c| {
            self.call_in_month(c)
                && self.asked(c.user.as_deref(), self.campaign_of(Some(&c.contact_id)))
                && holds(c)
        });
        i64::try_from(counted.count()).unwrap()
    }

    fn call_in_month(&self, c: &CallFact) -> bool {
        self.in_month(Some(&c.contact_id), zone().to_datetime(c.start).date())
    }

    fn triage_contacts(&self, went_on: bool) -> i64 {
        let calls = &self.facts.calls;
        let held = |c: &&CallFact| {
            c.call_type == CallType::Triage
                && c.attendance == Attendance::Attended
                && self.call_in_month(c)
        };
        let contacts: BTreeSet<&str> = calls.iter().filter(held).map(|c| &*c.contact_id).collect();
        let counted = contacts.into_iter().filter(|contact| {
            let mut own: Vec<_> = calls
                .iter()
                .filter(held)
                .filter(|c| c.contact_id == *contact)
                .collect();
            own.sort_by_key(|c| (c.start, &c.row_id));
            let solution = calls
                .iter()
                .any(|c| c.contact_id == *contact && c.call_type == CallType::Solution);
            self.asked(own[0].user.as_deref(), self.campaign_of(Some(contact)))
                && (!went_on || solution)
        });
        i64::try_from(counted.count()).unwrap()
    }

    fn leads(&self, direct: bool) -> i64 {
        let counted = self.facts.leads.iter().filter(|l| {
            let mut booked: Vec<_> = self
                .facts
                .calls
                .iter()
                .filter(|c| c.contact_id == l.contact_id)
                .collect();
            booked.sort_by_key(|c| (c.booked_at, c.call_type == CallType::Solution));
            let first_is_solution = booked
                .first()
                .is_some_and(|c| c.call_type == CallType::Solution);
            self.in_month(
                Some(&l.contact_id),
                zone().to_datetime(l.first_touch_at).date(),
            ) && self.asked(None, l.campaign.as_deref())
                && (!direct || first_is_solution)
        });
        i64::try_from(counted.count()).unwrap()
    }

    fn deals(&self, of: impl Fn(&DealLine) -> i64) -> i64 {
        let counted = self.facts.deals.iter().filter(|d| {
            let contact = Some(&*d.contact_id);
            self.in_month(contact, d.on) && self.asked(d.user.as_deref(), self.campaign_of(contact))
        });
        counted.map(of).sum()
    }

    fn cash(&self) -> i64 {
        let counted = self.facts.cash.iter().filter(|c| {
            let contact = c.contact_id.as_deref();
            self.in_month(contact, c.on) && self.asked(c.user.as_deref(), self.campaign_of(contact))
        });
        counted.map(|c| c.amount_minor).sum::<i64>() + self.deals(|d| d.cash_minor)
    }

    fn spend(&self) -> i64 {
        let period = self.query.period;
        let counted = self.facts.spend.iter().filter(|s| {
            period.has(Month::containing(s.on))
                && self.in_time(s.on)
                && self.asked(None, s.campaign.as_deref())
        });
        counted.map(|s| s.amount_minor).sum()
    }

    fn base(&self, base: Base) -> i64 {
        use Attendance::{Attended, CanceledEarly, CanceledLate, NoShow};
        let of = |kind: CallType, came: &'static [Attendance]| {
            self.calls(|c| c.call_type == kind && (came.is_empty() || came.contains(&c.attendance)))
        };
        let (triage, solution) = (CallType::Triage, CallType::Solution);
        match base {
            Base::Leads => self.leads(false),
            Base::DirectBookings => self.leads(true),
            Base::TriageBooked => of(triage, &[]),
            Base::TriageAttended => of(triage, &[Attended]),
            Base::TriageCanceled => of(triage, &[CanceledEarly, CanceledLate]),
            Base::TriageNoShow => of(triage, &[NoShow]),
            Base::TriageContacts => self.triage_contacts(false),
            Base::TriageToSolution => self.triage_contacts(true),
            Base::SolutionBooked => of(solution, &[]),
            Base::SolutionAttended => of(solution, &[Attended]),
            Base::SolutionCanceled => of(solution, &[CanceledEarly, CanceledLate]),
            Base::SolutionNoShow => of(solution, &[NoShow]),
            Base::SolutionPast => of(solution, &[Attended, NoShow]),
            Base::SolutionUnrecorded => self.calls(|c| {
                c.call_type == solution
                    && c.attendance == Attended
                    && c.attendance_source == AttendanceSource::Default
            }),
            Base::DealsWon => self.deals(|d| d.deals),
            Base::DealsAddingUp => self.deals(|d| if d.left_out.is_empty() { d.deals } else { 0 }),
            Base::Revenue => self.deals(|d| d.revenue_minor),
            Base::CashCollected => self.cash(),
            Base::Spend => self.spend(),
        }
    }
}

proptest! {
    #[test]
    fn every_number_is_what_a_naive_loop_counts(facts in world(), query in query()) {
        let found = total(&tally(&facts, &zone(), &query));
        let naive = Naive { facts: &facts, query: &query };
        for base in Base::VARIANTS {
            prop_assert_eq!(found[*base], naive.base(*base), "{:?}", base);
        }
    }

    #[test]
    fn the_rows_of_a_number_add_up_to_it(facts in world(), query in query()) {
        let found = total(&tally(&facts, &zone(), &query));
        for base in Base::VARIANTS {
            let rows = drill(&facts, &zone(), &query, *base);
            let sum: i64 = rows.iter().filter(|row| row.counted).map(|row| row.amount).sum();
            prop_assert_eq!(found[*base], sum, "{:?}", base);
            prop_assert!(rows.iter().all(|row| row.counted || row.amount == 0));
        }
    }

    /// Payments and spend that are in no sum because of their currency are listed with that reason, and what they come to.
    #[test]
    fn money_in_another_currency_is_listed_with_its_amount(facts in world()) {
        let query = Query::default();
        for (base, others) in [
            (Base::CashCollected, facts.left_out.cash.iter().map(|o| (&o.line.row_id, o.line.amount_minor)).collect::<Vec<_>>()),
            (Base::Spend, facts.left_out.spend.iter().map(|o| (&o.line.row_id, o.line.amount_minor)).collect()),
        ] {
            let rows = drill(&facts, &zone(), &query, base);
            for (row_id, amount_minor) in others {
                let row = rows.iter().find(|row| row.row_id == *row_id).unwrap();
                let own = row.own.as_ref().map(|own| (&*own.currency, own.amount_minor));
                prop_assert_eq!((row.why, row.counted, own), (Why::OtherCurrency, false, Some(("EUR", amount_minor))));
            }
        }
    }

    #[test]
    fn what_opens_behind_a_figure_is_what_it_said(facts in world(), query in query()) {
        let counts = count(&facts, &zone(), &query);
        let all = counts.total();
        for key in &KEYS {
            for terms in [Some(key.numerator), key.denominator].into_iter().flatten() {
                let rows = drill_terms(&facts, &zone(), &query, terms);
                let opened = counts.open(&all, terms);
                let sum: i64 = rows.iter().map(|row| row.amount).sum();
                let counted = rows.iter().filter(|row| row.counted).count();
                prop_assert_eq!(opened.sum_minor.unwrap_or(opened.count), sum, "{}", key.key);
                let shown = counted + usize::try_from(opened.not_counted).unwrap();
                prop_assert_eq!(shown, rows.len(), "{}", key.key);
                if opened.sum_minor.is_some() {
                    prop_assert_eq!(usize::try_from(opened.count).unwrap(), counted);
                }
                let figure = key.figure(&all.bases);
                if terms == key.numerator {
                    prop_assert_eq!(figure.numerator, sum);
                }
            }
        }
    }

    #[test]
    fn the_monthly_table_adds_up_to_each_month(facts in world()) {
        let table = monthly(&facts, &zone());
        for month in MONTHS {
            let month: Month = month.parse().unwrap();
            let query = Query { period: Period::from_month(month), ..Query::default() };
            let mut sum = Bases::default();
            for (_, bases) in table.iter().filter(|((m, ..), _)| *m == month) {
                sum += bases;
            }
            prop_assert_eq!(sum, total(&tally(&facts, &zone(), &query)));
        }
    }
}

#[test]
fn a_month_of_the_zone_ends_before_the_next_begins() {
    let facts = Facts {
        leads: vec![
            lead("in", "2026-04-01T03:59:59Z", None),
            lead("out", "2026-04-01T04:00:00Z", None),
        ],
        ..Facts::default()
    };
    let march = Query {
        period: Period::from_month("2026-03".parse().unwrap()),
        ..Query::default()
    };
    assert_eq!(total(&tally(&facts, &zone(), &march))[Base::Leads], 1);
    assert_eq!(
        Month::at(at("2026-04-01T03:59:59Z"), &zone()).to_string(),
        "2026-03"
    );
}
