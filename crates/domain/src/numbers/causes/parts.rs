//! What each row of a gold table is made of, and which of these parts moved.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher as _};

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};

use super::moment::Moment;
use crate::config::BusinessConfig;
use crate::numbers::attribution::{Model, Options, credits};
use crate::numbers::kpi::{FactKind, monthly_parts};
use crate::people::resolved::{Booking, Resolved};

/// Values of a row's key, `None` for NULL.
pub(super) type Key = Vec<Option<String>>;

/// Whose a fact is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum FactOwner {
    Contact(String),
    /// A payment whose payer is unknown.
    Payment(String),
}

/// Whose facts moved, by row.
pub(super) type Moved = HashMap<Key, BTreeSet<FactOwner>>;

/// The facts of each row as one number for each person; two moments with the same number have the same facts.
#[derive(Default)]
struct Parts(HashMap<(Key, FactOwner), u64>);

impl Parts {
    fn add(&mut self, key: Key, whose: FactOwner, fact: &impl Hash) {
        let mut hasher = DefaultHasher::new();
        fact.hash(&mut hasher);
        // A sum, because the order of facts means nothing.
        let sum = self.0.entry((key, whose)).or_default();
        *sum = sum.wrapping_add(hasher.finish());
    }
}

/// Whose facts differ between the moments, by row of the table.
pub(super) fn moved(table: &str, before: &Moment, after: &Moment, rules: &BusinessConfig) -> Moved {
    let of = |moment: &Moment| parts(table, &moment.resolved, rules).0;
    let (mut then, now) = (of(before), of(after));
    let mut moved = Moved::new();
    for ((key, whose), sum) in now {
        let place = (key, whose);
        if then.remove(&place) != Some(sum) {
            moved.entry(place.0).or_default().insert(place.1);
        }
    }
    for (key, whose) in then.into_keys() {
        moved.entry(key).or_default().insert(whose);
    }
    moved
}

fn parts(table: &str, resolved: &Resolved, rules: &BusinessConfig) -> Parts {
    match table {
        "gold.kpi_monthly" => of_months(resolved, rules),
        "gold.channel_attribution" => of_attribution(resolved, rules),
        // Each row is one person's: the key says whose.
        "gold.unified_customers" => Parts::default(),
        _ => of_bookings(table, resolved, rules),
    }
}

fn of_months(resolved: &Resolved, rules: &BusinessConfig) -> Parts {
    let mut parts = Parts::default();
    for part in monthly_parts(&resolved.facts, &rules.reporting_timezone) {
        let (month, user, campaign) = part.key;
        let whose = match (part.contact_id, part.fact == FactKind::Spend) {
            (Some(contact), _) => FactOwner::Contact(contact),
            (None, false) => FactOwner::Payment(part.row_id.clone()),
            (None, true) => continue,
        };
        let key = vec![Some(month.to_string()), user, campaign];
        parts.add(key, whose, &(part.row_id, part.parts));
    }
    parts
}

fn of_bookings(table: &str, resolved: &Resolved, rules: &BusinessConfig) -> Parts {
    let zone = &rules.reporting_timezone;
    let mut first: HashMap<&str, (Timestamp, &str)> = HashMap::new();
    for booking in &resolved.bookings {
        let this = (booking.booked_at, &*booking.chain_id);
        let earliest = first.entry(&booking.contact_id).or_insert(this);
        *earliest = this.min(*earliest);
    }
    let mut parts = Parts::default();
    for booking in &resolved.bookings {
        let local = zone.to_datetime(booking.booked_at);
        let key = key_of_booking(table, booking, local.date(), local.weekday(), local.hour());
        let whose = FactOwner::Contact(booking.contact_id.clone());
        let is_first =
            first.get(&*booking.contact_id).map(|(_, id)| *id) == Some(&*booking.chain_id);
        let attendance: &'static str = booking.attendance.into();
        let fact = (
            &booking.chain_id,
            attendance,
            booking.start,
            booking.booked_at,
            is_first,
        );
        parts.add(key, whose, &fact);
    }
    parts
}

fn key_of_booking(table: &str, booking: &Booking, day: Date, weekday: Weekday, hour: i8) -> Key {
    let channel = Some(booking.channel.clone());
    let day = Some(day.to_string());
    match table {
        "gold.booking_time_analysis" => {
            vec![
                Some(format!("{weekday:?}")),
                Some(hour.to_string()),
                channel,
            ]
        }
        "gold.cost_per_booking" => vec![day, channel, booking.campaign.clone()],
        "gold.daily_bookings_by_source" => vec![day, booking.utm_source.clone(), channel],
        _ => vec![day],
    }
}

fn of_attribution(resolved: &Resolved, rules: &BusinessConfig) -> Parts {
    let (zone, input) = (&rules.reporting_timezone, resolved.attribution_input());
    let options = Options::configured(&rules.attribution);
    let touches = input.touches.iter();
    let of_touch: HashMap<&str, &str> = touches
        .map(|touch| (&*touch.row_id, &*touch.contact_id))
        .collect();
    let mut parts = Parts::default();
    for model in Model::all() {
        for credit in credits(input, zone, &options, *model) {
            let of_deal = |deal| Some(&*resolved.contact_of_opportunity(deal)?.contact_id);
            let contact = match credit.opportunity_id.as_deref() {
                Some(deal) => of_deal(deal),
                None => of_touch.get(&*credit.line_row_id).copied(),
            };
            let Some(contact) = contact else { continue };
            let model: &'static str = (*model).into();
            let key = vec![
                Some(credit.month.to_string()),
                Some(credit.channel),
                credit.campaign,
                Some(model.to_owned()),
            ];
            let fact = (
                credit.line_row_id,
                credit.touch_row_id,
                credit.conversions_micro,
                credit.revenue_minor,
                credit.cash_minor,
            );
            parts.add(key, FactOwner::Contact(contact.to_owned()), &fact);
        }
    }
    // The models that divide months look at everybody's path.
    let everybody = |parts: &mut Parts, contact: &str, fact: String| {
        parts.add(Key::new(), FactOwner::Contact(contact.to_owned()), &fact);
    };
    for touch in input.touches {
        everybody(&mut parts, &touch.contact_id, format!("{touch:?}"));
    }
    for deal in input.deals {
        everybody(&mut parts, &deal.contact_id, format!("{deal:?}"));
    }
    for cash in input.cash {
        if let Some(contact) = &cash.contact_id {
            everybody(&mut parts, contact, format!("{cash:?}"));
        }
    }
    parts
}
