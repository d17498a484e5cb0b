//! Facts as rows of the key figures: month, user, campaign, and the amounts that each adds.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::base::Base;
use super::deals::DealLine;
use super::facts::{CallFact, CashLine, FactKind, Facts, InCurrency, Lead, SpendLine};
use super::period::{Mode, Period};
use crate::bookings::attendance::{Attendance, AttendanceSource};
use crate::config::CallType;
use crate::numbers::month::Month;

/// A row of facts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fact<'a> {
    Lead(&'a Lead),
    Call(&'a CallFact),
    Deal(&'a DealLine),
    Cash(&'a CashLine),
    Spend(&'a SpendLine),
}

impl Fact<'_> {
    /// The table that it is a row of.
    pub(super) const fn kind(self) -> FactKind {
        match self {
            Self::Lead(_) => FactKind::Leads,
            Self::Call(_) => FactKind::Calls,
            Self::Deal(_) => FactKind::Deals,
            Self::Cash(_) => FactKind::Cash,
            Self::Spend(_) => FactKind::Spend,
        }
    }
}

/// A row with its place.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) fact: Fact<'a>,
    /// Month; `None` where the contact has no first touch and so no cohort.
    pub(super) month: Option<Month>,
    pub(super) user: Option<&'a str>,
    /// Of the contact's first touch; of spend its own.
    pub(super) campaign: Option<&'a str>,
    pub(super) parts: Vec<(Base, i64)>,
    /// Of a lead: it has booked a call.
    pub(super) has_call: bool,
    /// Money in other currencies, which is in no part.
    pub(super) left_out: Vec<Money<'a>>,
}

/// Money in another currency than that in which amounts add up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Money<'a> {
    /// The number that it would add to.
    pub(super) base: Base,
    pub(super) currency: &'a str,
    pub(super) amount_minor: i64,
}

/// What is known of all facts together.
pub(super) struct World<'a> {
    facts: &'a Facts,
    zone: &'a TimeZone,
    mode: Mode,
    lead_of: HashMap<&'a str, &'a Lead>,
    /// Contacts that have booked a solution call.
    solution: HashSet<&'a str>,
    /// By contact: when the first call was booked and of which type.
    first_call: HashMap<&'a str, (Timestamp, CallType)>,
    /// Calls that are the first attended triage call of their contact in their month, or in the period.
    first_triage: HashSet<&'a str>,
}

impl<'a> World<'a> {
    /// With a `period` contacts are counted once in the whole of it, without one once in each month.
    pub(super) fn new(
        facts: &'a Facts,
        zone: &'a TimeZone,
        mode: Mode,
        period: Option<Period>,
    ) -> Self {
        let mut world = Self {
            facts,
            zone,
            mode,
            lead_of: facts.leads.iter().map(|l| (&*l.contact_id, l)).collect(),
            solution: HashSet::new(),
            first_call: HashMap::new(),
            first_triage: HashSet::new(),
        };
        for call in &facts.calls {
            if call.call_type == CallType::Solution {
                world.solution.insert(&call.contact_id);
            }
            let this = (call.booked_at, call.call_type);
            let first = world.first_call.entry(&call.contact_id).or_insert(this);
            let triage = |call: (Timestamp, CallType)| (call.0, call.1 == CallType::Solution);
            if triage(this) < triage(*first) {
                *first = this;
            }
        }
        world.first_triage = world.first_triage_calls(period);
        world
    }

    fn first_triage_calls(&self, period: Option<Period>) -> HashSet<&'a str> {
        let mut first: HashMap<(Option<Month>, &str), &CallFact> = HashMap::new();
        let held = |call: &&CallFact| {
            call.call_type == CallType::Triage && call.attendance == Attendance::Attended
        };
        for call in self.facts.calls.iter().filter(held) {
            let Some(month) = self.month_of_call(call) else {
                continue;
            };
            let span = match period {
                Some(period) if period.has(month) => None,
                Some(_) => continue,
                None => Some(month),
            };
            let earliest = first.entry((span, &call.contact_id)).or_insert(call);
            if (call.start, &call.row_id) < (earliest.start, &earliest.row_id) {
                *earliest = call;
            }
        }
        first.into_values().map(|call| &*call.row_id).collect()
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'a>> {
        let facts = self.facts;
        let leads = facts.leads.iter().map(|lead| self.lead(lead));
        let calls = facts.calls.iter().map(|call| self.call(call));
        let deals = facts.deals.iter().map(|deal| self.deal(deal));
        let cash = facts.cash.iter().map(|cash| self.cash(cash));
        let cash = cash.chain(self.other_cash());
        let spend = facts.spend.iter().map(spend).chain(self.other_spend());
        leads.chain(calls).chain(deals).chain(cash).chain(spend)
    }

    pub(super) fn rows_of(&self, kind: FactKind) -> Vec<Row<'a>> {
        let facts = self.facts;
        match kind {
            FactKind::Leads => facts.leads.iter().map(|lead| self.lead(lead)).collect(),
            FactKind::Calls => facts.calls.iter().map(|call| self.call(call)).collect(),
            FactKind::Deals => facts.deals.iter().map(|deal| self.deal(deal)).collect(),
            FactKind::Cash => {
                let deals = facts.deals.iter().map(|deal| self.deal(deal));
                let deals = deals.filter(Row::has_cash);
                let cash = facts.cash.iter().map(|cash| self.cash(cash));
                cash.chain(self.other_cash()).chain(deals).collect()
            }
            FactKind::Spend => {
                let spend = facts.spend.iter().map(spend);
                spend.chain(self.other_spend()).collect()
            }
        }
    }

    /// Payments in other currencies.
    fn other_cash(&self) -> impl Iterator<Item = Row<'a>> {
        let cash = self.facts.left_out.cash.iter();
        cash.map(|other| {
            let row = self.cash(&other.line);
            row.without_parts(other, Base::CashCollected, other.line.amount_minor)
        })
    }

    /// Spend in other currencies.
    fn other_spend(&self) -> impl Iterator<Item = Row<'a>> + use<'a> {
        let rows = self.facts.left_out.spend.iter();
        rows.map(|other| {
            let row = spend(&other.line);
            row.without_parts(other, Base::Spend, other.line.amount_minor)
        })
    }

    /// The month of the contact's first touch, or that of the fact itself.
    fn month(&self, contact: Option<&str>, own: Month) -> Option<Month> {
        match self.mode {
            Mode::Period => Some(own),
            Mode::Cohort => {
                let lead = self.lead_of.get(contact?)?;
                Some(Month::at(lead.first_touch_at, self.zone))
            }
        }
    }

    fn month_of_call(&self, call: &CallFact) -> Option<Month> {
        self.month(Some(&call.contact_id), Month::at(call.start, self.zone))
    }

    fn campaign(&self, contact: Option<&str>) -> Option<&'a str> {
        self.lead_of.get(contact?)?.campaign.as_deref()
    }

    fn lead(&self, lead: &'a Lead) -> Row<'a> {
        let first = self.first_call.get(&*lead.contact_id);
        let direct = first.is_some_and(|(_, call_type)| *call_type == CallType::Solution);
        let parts = [(Base::Leads, true), (Base::DirectBookings, direct)];
        Row {
            fact: Fact::Lead(lead),
            month: Some(Month::at(lead.first_touch_at, self.zone)),
            user: None,
            campaign: lead.campaign.as_deref(),
            parts: ones(&parts),
            has_call: first.is_some(),
            left_out: Vec::new(),
        }
    }

    fn call(&self, call: &'a CallFact) -> Row<'a> {
        use Base::{
            SolutionAttended, SolutionBooked, SolutionCanceled, SolutionNoShow, SolutionPast,
            SolutionUnrecorded, TriageAttended, TriageBooked, TriageCanceled, TriageContacts,
            TriageNoShow, TriageToSolution,
        };
        let attended = call.attendance == Attendance::Attended;
        let missed = call.attendance == Attendance::NoShow;
        let canceled = call.attendance.is_canceled();
        let parts = match call.call_type {
            CallType::Triage => {
                let first = self.first_triage.contains(&*call.row_id);
                let went_on = self.solution.contains(&*call.contact_id);
                ones(&[
                    (TriageBooked, true),
                    (TriageAttended, attended),
                    (TriageCanceled, canceled),
                    (TriageNoShow, missed),
                    (TriageContacts, first),
                    (TriageToSolution, first && went_on),
                ])
            }
            CallType::Solution => {
                let unsaid = call.attendance_source == AttendanceSource::Default;
                ones(&[
                    (SolutionBooked, true),
                    (SolutionAttended, attended),
                    (SolutionCanceled, canceled),
                    (SolutionNoShow, missed),
                    (SolutionPast, attended || missed),
                    (SolutionUnrecorded, attended && unsaid),
                ])
            }
        };
        Row {
            fact: Fact::Call(call),
            month: self.month_of_call(call),
            user: call.user.as_deref(),
            campaign: self.campaign(Some(&call.contact_id)),
            parts,
            has_call: true,
            left_out: Vec::new(),
        }
    }

    fn deal(&self, deal: &'a DealLine) -> Row<'a> {
        let contact = Some(&*deal.contact_id);
        Row {
            fact: Fact::Deal(deal),
            month: self.month(contact, Month::containing(deal.on)),
            user: deal.user.as_deref(),
            campaign: self.campaign(contact),
            parts: amounts(&[
                (Base::DealsWon, deal.deals),
                (Base::DealsAddingUp, deal.deals_adding_up),
                (Base::Revenue, deal.revenue_minor),
                (Base::CashCollected, deal.cash_minor),
            ]),
            has_call: false,
            left_out: left_out(deal),
        }
    }

    fn cash(&self, cash: &'a CashLine) -> Row<'a> {
        let contact = cash.contact_id.as_deref();
        Row {
            fact: Fact::Cash(cash),
            month: self.month(contact, Month::containing(cash.on)),
            user: cash.user.as_deref(),
            campaign: self.campaign(contact),
            parts: amounts(&[(Base::CashCollected, cash.amount_minor)]),
            has_call: false,
            left_out: Vec::new(),
        }
    }
}

/// Spend stays on its day in either mode.
fn spend(spend: &SpendLine) -> Row<'_> {
    Row {
        fact: Fact::Spend(spend),
        month: Some(Month::containing(spend.on)),
        user: None,
        campaign: spend.campaign.as_deref(),
        parts: amounts(&[(Base::Spend, spend.amount_minor)]),
        has_call: false,
        left_out: Vec::new(),
    }
}

/// Amounts of a deal in currencies other than the reporting one; the key figures leave them out.
fn left_out(deal: &DealLine) -> Vec<Money<'_>> {
    let of_one = deal.left_out.iter().flat_map(|money| {
        let amounts = [
            (Base::Revenue, money.revenue_minor),
            (Base::CashCollected, money.cash_minor),
        ];
        amounts.map(|(base, amount_minor)| Money {
            base,
            currency: &money.currency,
            amount_minor,
        })
    });
    of_one.filter(|money| money.amount_minor != 0).collect()
}

fn ones(parts: &[(Base, bool)]) -> Vec<(Base, i64)> {
    let held = parts.iter().filter(|(_, holds)| *holds);
    held.map(|(base, _)| (*base, 1)).collect()
}

fn amounts(parts: &[(Base, i64)]) -> Vec<(Base, i64)> {
    parts.iter().filter(|(_, n)| *n != 0).copied().collect()
}

impl<'a> Row<'a> {
    pub(super) fn adds(&self, base: Base) -> bool {
        self.parts.iter().any(|(part, _)| *part == base)
    }

    /// The money in another currency that would add to the number.
    pub(super) fn left_out_of(&self, base: Base) -> Option<&Money<'a>> {
        self.left_out.iter().find(|money| money.base == base)
    }

    /// Whether it has cash in any currency.
    fn has_cash(&self) -> bool {
        let cash = Base::CashCollected;
        self.adds(cash) || self.left_out_of(cash).is_some()
    }

    /// The row of a line in another currency: it adds nothing.
    fn without_parts<L>(self, other: &'a InCurrency<L>, base: Base, amount_minor: i64) -> Self {
        let money = Money {
            base,
            currency: &other.currency,
            amount_minor,
        };
        Self {
            parts: Vec::new(),
            left_out: vec![money],
            ..self
        }
    }

    /// The tables that list it: a deal's cash stands beside the payments.
    pub(super) fn kinds(&self) -> impl Iterator<Item = FactKind> {
        let own = self.fact.kind();
        let of_cash = own == FactKind::Deals && self.has_cash();
        [own].into_iter().chain(of_cash.then_some(FactKind::Cash))
    }

    pub(super) fn row_id(&self) -> &'a str {
        match self.fact {
            Fact::Lead(lead) => &lead.contact_id,
            Fact::Call(call) => &call.row_id,
            Fact::Deal(deal) => &deal.row_id,
            Fact::Cash(cash) => &cash.row_id,
            Fact::Spend(spend) => &spend.row_id,
        }
    }

    pub(super) fn contact_id(&self) -> Option<&'a str> {
        match self.fact {
            Fact::Lead(lead) => Some(&lead.contact_id),
            Fact::Call(call) => Some(&call.contact_id),
            Fact::Deal(deal) => Some(&deal.contact_id),
            Fact::Cash(cash) => cash.contact_id.as_deref(),
            Fact::Spend(_) => None,
        }
    }

    /// The day in the reporting zone, and the instant where the fact has one.
    pub(super) fn date(&self, zone: &TimeZone) -> (Date, Option<Timestamp>) {
        let of = |at: Timestamp| (zone.to_datetime(at).date(), Some(at));
        match self.fact {
            Fact::Lead(lead) => of(lead.first_touch_at),
            Fact::Call(call) => of(call.start),
            Fact::Deal(deal) => (deal.on, None),
            Fact::Cash(cash) => (cash.on, Some(cash.at)),
            Fact::Spend(spend) => (spend.on, None),
        }
    }
}
