//! The rows behind a number, as people read them: who it was, what it adds, and why it does not.

mod made_of;
mod own;
mod source;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

pub use made_of::{asks_people, made_of, named_by};
pub use own::own;
pub use source::Source;

use super::attribution::{CreditFilter, Days, Model, Options, Share, Touch, behind};
use super::kpi::{FactKind, Judged, OwnMoney, Query, SpendLine, Terms, Why, drill_terms, is_money};
use crate::bookings::attendance::Attendance;
use crate::people::resolved::{Booking, Resolved};
use crate::people::sources::LocalHour;

/// A row of facts with the person it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct FactRow {
    pub row_id: String,
    /// The table that it is a row of: `leads`, `calls`, `deals`, `cash`, `spend`, `touches` or `bookings`.
    pub fact: &'static str,
    /// Day of the reporting zone.
    pub on: Date,
    /// Of a row that only has a day its beginning.
    pub occurred_at: Timestamp,
    pub contact_id: Option<String>,
    /// The contact's name, else its address; of spend its channel and campaign.
    pub name: Option<String>,
    /// Its amount, in the unit of the figure.
    pub amount: i64,
    pub unit: AmountUnit,
    /// Of a row in another currency than that in which amounts add up: what it would add.
    pub own: Option<OwnMoney>,
    pub counted: bool,
    pub why: &'static str,
    pub source: Source,
}

/// What amounts are measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountUnit {
    Count,
    /// Minor units of money.
    Minor,
    /// Millionths of a conversion.
    Micro,
}

/// What counted rows add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// The sum of what is counted; of money and conversions how many rows.
    pub count: i64,
    /// Of money the sum.
    pub minor: Option<i64>,
    /// Of conversions the sum.
    pub micro: Option<i64>,
}

/// The sum of the counted rows, whose amounts are in this unit.
#[must_use]
pub fn totals(rows: &[FactRow], unit: AmountUnit) -> Totals {
    let counted = || rows.iter().filter(|row| row.counted);
    let sum = counted().fold(0_i64, |sum, row| sum.saturating_add(row.amount));
    let rows = i64::try_from(counted().count()).unwrap_or(i64::MAX);
    Totals {
        count: if unit == AmountUnit::Count { sum } else { rows },
        minor: (unit == AmountUnit::Minor).then_some(sum),
        micro: (unit == AmountUnit::Micro).then_some(sum),
    }
}

/// What the numbers of these terms are measured in.
#[must_use]
pub fn unit_of(terms: Terms) -> AmountUnit {
    if is_money(terms) {
        AmountUnit::Minor
    } else {
        AmountUnit::Count
    }
}

/// The rows of a number of the key figures.
#[must_use]
pub fn of_number(
    resolved: &Resolved,
    zone: &TimeZone,
    query: &Query,
    terms: Terms,
) -> Vec<FactRow> {
    let unit = unit_of(terms);
    let judged = drill_terms(&resolved.facts, zone, query, terms).into_iter();
    judged
        .map(|row| of_judged(resolved, zone, row, unit))
        .collect()
}

fn of_judged(resolved: &Resolved, zone: &TimeZone, row: Judged, unit: AmountUnit) -> FactRow {
    let source = Source::of_judged(resolved, &row);
    let name = if row.fact == FactKind::Spend {
        Some(name_of_spend(&row.row_id))
    } else {
        name_of(resolved, row.contact_id.as_deref())
    };
    FactRow {
        fact: row.fact.into(),
        on: row.on,
        occurred_at: row.occurred_at.unwrap_or_else(|| start_of(row.on, zone)),
        contact_id: row.contact_id,
        row_id: row.row_id,
        name,
        amount: row.amount,
        unit,
        own: row.own,
        counted: row.counted,
        why: row.why.into(),
        source,
    }
}

fn name_of_spend(row_id: &str) -> String {
    let mut parts = row_id.splitn(3, '|').skip(1);
    let channel = parts.next().unwrap_or_default();
    let campaign = parts.next().filter(|campaign| !campaign.is_empty());
    campaign.map_or_else(
        || channel.to_owned(),
        |campaign| format!("{channel} {campaign}"),
    )
}

/// The name of a contact, else its main address.
fn name_of(resolved: &Resolved, contact_id: Option<&str>) -> Option<String> {
    let merged = &resolved.contact(contact_id?)?.merged;
    merged
        .name
        .clone()
        .or_else(|| merged.emails.first().cloned())
}

fn start_of(day: Date, zone: &TimeZone) -> Timestamp {
    let start = day.to_zoned(zone.clone());
    start.map(|zoned| zoned.timestamp()).unwrap_or_default()
}

/// Which credits are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Credited<'a> {
    pub options: &'a Options,
    pub model: Model,
    /// Channel and campaign.
    pub wanted: CreditFilter<'a>,
    /// As of [`super::attribution::rows()`].
    pub today: Date,
    /// `None` is the revenue, of model `booking` the bookings.
    pub figure: Option<Figure>,
}

/// A figure that credits add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum Figure {
    Touches,
    Conversions,
    Revenue,
    Cash,
}

impl Credited<'_> {
    /// What the amounts are measured in.
    #[must_use]
    pub fn unit(&self) -> AmountUnit {
        match self.figure {
            None if self.model == Model::Booking => AmountUnit::Count,
            None | Some(Figure::Revenue | Figure::Cash) => AmountUnit::Minor,
            Some(Figure::Touches) => AmountUnit::Count,
            Some(Figure::Conversions) => AmountUnit::Micro,
        }
    }

    fn amount(&self, share: &Share) -> i64 {
        match self.figure {
            None if self.model == Model::Booking => 1,
            None | Some(Figure::Revenue) => share.revenue_minor,
            Some(Figure::Cash) => share.cash_minor,
            Some(Figure::Conversions) => share.conversions_micro,
            Some(Figure::Touches) => share.touches,
        }
    }
}

/// What channels or campaigns earned by a model, touch by touch; of model `booking` the bookings.
#[must_use]
pub fn of_credits(resolved: &Resolved, zone: &TimeZone, asked: &Credited<'_>) -> Vec<FactRow> {
    let input = resolved.attribution_input();
    let parts = behind(
        input,
        zone,
        asked.options,
        asked.model,
        asked.today,
        asked.wanted,
    );
    let touches = resolved.touches.iter();
    let touches = touches.map(|touch| (&*touch.row_id, touch)).collect();
    parts
        .into_iter()
        .map(|share| of_share(resolved, zone, &touches, asked, share))
        .collect()
}

fn of_share(
    resolved: &Resolved,
    zone: &TimeZone,
    touches: &std::collections::HashMap<&str, &Touch>,
    asked: &Credited<'_>,
    share: Share,
) -> FactRow {
    let touch = share.touch_row_id.as_deref().and_then(|id| touches.get(id));
    let deal = share.opportunity_id.as_deref();
    let of_deal = deal.and_then(|id| resolved.contact_of_opportunity(id));
    let contact_id = touch
        .map(|touch| touch.contact_id.clone())
        .or_else(|| of_deal.map(|contact| contact.contact_id.clone()));
    FactRow {
        fact: "touches",
        on: touch.map_or(share.on, |touch| zone.to_datetime(touch.at).date()),
        occurred_at: touch.map_or_else(|| start_of(share.on, zone), |touch| touch.at),
        name: name_of(resolved, contact_id.as_deref()),
        amount: asked.amount(&share),
        unit: asked.unit(),
        own: None,
        counted: true,
        why: match (touch, deal) {
            (Some(_), _) => "counted",
            (None, Some(_)) => "deal_without_touches",
            (None, None) => "share_of_month",
        },
        source: touch.map_or_else(
            || Source::of_deal(deal.unwrap_or_default()),
            |touch| Source::of_touch(touch),
        ),
        contact_id,
        row_id: share.row_id,
    }
}

/// Which touches or bookings are asked for; `None` is any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Of the touch, or of when the first member was booked.
    pub days: Days,
    pub channel: Option<String>,
    /// Empty is none.
    pub campaign: Option<String>,
    /// `utm_source`; empty is none.
    pub source: Option<String>,
    pub weekday: Option<Weekday>,
    /// 0 to 23.
    pub hour: Option<i8>,
    /// Weekday and hour are those of the invitee's zone, not of the reporting zone. Only bookings have one.
    pub local: bool,
    /// Only bookings that were attended count.
    pub attended: bool,
    /// Of spend: the currency that counts, by default that in which amounts add up.
    pub currency: Option<String>,
}

impl Filter {
    /// Whether the day, channel and campaign are asked for.
    fn has(&self, day: Date, channel: &str, campaign: Option<&str>) -> bool {
        self.days.has(day)
            && self
                .channel
                .as_deref()
                .is_none_or(|wanted| wanted == channel)
            && same(self.campaign.as_deref(), campaign)
    }

    /// Whether the weekday and hour are asked for; a clock that nobody knows shows none.
    fn clock(&self, clock: Option<LocalHour>) -> bool {
        let shows = |wanted: &dyn Fn(LocalHour) -> bool| clock.is_some_and(wanted);
        self.weekday
            .is_none_or(|day| shows(&|clock| clock.weekday == day))
            && self
                .hour
                .is_none_or(|hour| shows(&|clock| clock.hour == hour))
    }
}

fn clock_of(at: DateTime) -> LocalHour {
    LocalHour {
        weekday: at.weekday(),
        hour: at.hour(),
    }
}

fn same(wanted: Option<&str>, value: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| wanted == value.unwrap_or_default())
}

/// All touches that the filter lets through, by time.
#[must_use]
pub fn of_touches(resolved: &Resolved, zone: &TimeZone, filter: &Filter) -> Vec<FactRow> {
    let asked = resolved.touches.iter().filter(|touch| {
        let at = zone.to_datetime(touch.at);
        filter.has(at.date(), &touch.channel, touch.campaign.as_deref())
            && filter.clock(Some(clock_of(at)))
    });
    let row = |touch: &Touch| FactRow {
        row_id: touch.row_id.clone(),
        fact: "touches",
        on: zone.to_datetime(touch.at).date(),
        occurred_at: touch.at,
        contact_id: Some(touch.contact_id.clone()),
        name: name_of(resolved, Some(&touch.contact_id)),
        amount: 1,
        unit: AmountUnit::Count,
        own: None,
        counted: true,
        why: "counted",
        source: Source::of_touch(touch),
    };
    in_order(asked.map(row).collect())
}

/// All bookings that the filter lets through, by when they were made.
#[must_use]
pub fn of_bookings(resolved: &Resolved, zone: &TimeZone, filter: &Filter) -> Vec<FactRow> {
    let asked = resolved.bookings.iter().filter(|booking| {
        let campaign = booking.campaign.as_deref();
        let at = zone.to_datetime(booking.booked_at);
        let clock = match filter.local {
            true => booking.booked_local,
            false => Some(clock_of(at)),
        };
        filter.has(at.date(), &booking.channel, campaign)
            && filter.clock(clock)
            && same(filter.source.as_deref(), booking.utm_source.as_deref())
    });
    let row = |booking: &Booking| {
        let attended = booking.attendance == Attendance::Attended;
        let counted = attended || !filter.attended;
        let attendance: &'static str = booking.attendance.into();
        FactRow {
            row_id: booking.chain_id.clone(),
            fact: "bookings",
            on: zone.to_datetime(booking.booked_at).date(),
            occurred_at: booking.booked_at,
            contact_id: Some(booking.contact_id.clone()),
            name: name_of(resolved, Some(&booking.contact_id)),
            amount: i64::from(counted),
            unit: AmountUnit::Count,
            own: None,
            counted,
            why: if counted { "counted" } else { attendance },
            source: Source::of_chain(&booking.chain_id),
        }
    };
    in_order(asked.map(row).collect())
}

/// The spend of channels and campaigns, by day. What is in another currency than the one that is asked for does not count.
#[must_use]
pub fn of_spend(resolved: &Resolved, zone: &TimeZone, filter: &Filter) -> Vec<FactRow> {
    let channel = |row: &SpendLine| row.row_id.split('|').nth(1).map(str::to_owned);
    let main = resolved.currencies.main.as_deref();
    let wanted = filter.currency.as_deref().or(main).unwrap_or_default();
    let spend = resolved.facts.spend.iter();
    let spend = spend.map(|row| (row, main.unwrap_or_default()));
    let others = resolved.facts.left_out.spend.iter();
    let others = others.map(|other| (&other.line, &*other.currency));
    let asked = spend.chain(others).filter(|(row, _)| {
        filter.days.has(row.on)
            && (filter.channel.is_none() || filter.channel == channel(row))
            && same(filter.campaign.as_deref(), row.campaign.as_deref())
    });
    let row = |(row, currency): (&SpendLine, &str)| {
        let counted = currency.eq_ignore_ascii_case(wanted);
        let why = if counted {
            Why::Counted
        } else {
            Why::OtherCurrency
        };
        FactRow {
            row_id: row.row_id.clone(),
            fact: "spend",
            on: row.on,
            occurred_at: start_of(row.on, zone),
            contact_id: None,
            name: Some(name_of_spend(&row.row_id)),
            amount: if counted { row.amount_minor } else { 0 },
            unit: AmountUnit::Minor,
            own: (!counted).then(|| OwnMoney {
                currency: currency.to_owned(),
                amount_minor: row.amount_minor,
            }),
            counted,
            why: why.into(),
            source: Source::of_spend(&row.row_id),
        }
    };
    in_order(asked.map(row).collect())
}

fn in_order(mut rows: Vec<FactRow>) -> Vec<FactRow> {
    rows.sort_by(|a, b| (a.occurred_at, &a.row_id).cmp(&(b.occurred_at, &b.row_id)));
    rows
}
