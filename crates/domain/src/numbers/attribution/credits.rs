//! Each deal, change and refund divided among touches.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::paths::{Journeys, Won};
use super::weights::weights;
use super::{CONVERSION, Days, Input, Model, Options, Touch, TouchKind, allocate};
use crate::marketing::channel::UNKNOWN;
use crate::numbers::kpi::DealLine;
use crate::numbers::month::Month;

/// What one touch got of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credit {
    pub model: Model,
    /// Of the deal's change, the payment, or for model `booking` the booking.
    pub month: Month,
    /// The day in that month.
    pub on: Date,
    pub line_row_id: String,
    /// `None` for model `booking`.
    pub opportunity_id: Option<String>,
    /// `None`: the deal has no touches, and `unknown` gets it.
    pub touch_row_id: Option<String>,
    pub channel: String,
    pub campaign: Option<String>,
    /// Millionths of a conversion.
    pub conversions_micro: i64,
    pub revenue_minor: i64,
    pub cash_minor: i64,
}

/// The credits of a model that divides deals among touches, or of `booking`; none for Markov and Shapley,
/// which divide months among channels ([`super::rows()`]). In order of the lines, touches by time.
///
/// The credits of a line add up exactly to it. A payment without a deal of its contact is credited to
/// nobody.
#[must_use]
pub fn credits(input: Input<'_>, zone: &TimeZone, options: &Options, model: Model) -> Vec<Credit> {
    match model {
        Model::Markov | Model::Shapley => Vec::new(),
        Model::Booking => input
            .touches
            .iter()
            .filter(|touch| touch.kind != TouchKind::Form)
            .map(|touch| of_booking(touch, zone))
            .filter(|credit| options.days.has(credit.on))
            .collect(),
        _ => of_deals(input, zone, options, model),
    }
}

fn of_booking(touch: &Touch, zone: &TimeZone) -> Credit {
    let on = zone.to_datetime(touch.at).date();
    Credit {
        model: Model::Booking,
        month: Month::containing(on),
        on,
        line_row_id: touch.row_id.clone(),
        opportunity_id: None,
        touch_row_id: Some(touch.row_id.clone()),
        channel: touch.channel.clone(),
        campaign: touch.campaign.clone(),
        conversions_micro: CONVERSION,
        revenue_minor: 0,
        cash_minor: 0,
    }
}

/// A line to divide, and the deal whose shares it follows.
pub(super) struct Line<'a> {
    pub(super) row_id: &'a str,
    pub(super) on: Date,
    pub(super) month: Month,
    pub(super) opening: &'a DealLine,
    pub(super) conversions_micro: i64,
    pub(super) revenue_minor: i64,
    pub(super) cash_minor: i64,
}

/// Everything that is divided: the lines of the deals, then payments and refunds. Money that came before
/// the deal counts with the deal, so no month changes because of a later one.
pub(super) fn lines<'a>(input: Input<'a>, won: &Won<'a>, days: Days) -> Vec<Line<'a>> {
    // What changes other currencies only is no part of what is divided.
    let deals = input.deals.iter().filter(|line| line.adds_up());
    let deals = deals.filter_map(|line| {
        Some(Line {
            row_id: &line.row_id,
            on: line.on,
            month: Month::containing(line.on),
            opening: won.opening.get(&*line.opportunity_id)?,
            conversions_micro: line.deals.saturating_mul(CONVERSION),
            revenue_minor: line.revenue_minor,
            cash_minor: line.cash_minor,
        })
    });
    let cash = input.cash.iter().filter_map(|cash| {
        let opening = won.deal_of(cash.contact_id.as_deref()?, cash.on)?;
        let on = cash.on.max(opening.on);
        Some(Line {
            row_id: &cash.row_id,
            on,
            month: Month::containing(on),
            opening,
            conversions_micro: 0,
            revenue_minor: 0,
            cash_minor: cash.amount_minor,
        })
    });
    let all = deals.chain(cash);
    all.filter(|line| days.has(line.on)).collect()
}

fn of_deals(input: Input<'_>, zone: &TimeZone, options: &Options, model: Model) -> Vec<Credit> {
    let journeys = Journeys::new(input.touches, zone, options);
    let won = Won::new(input.deals);
    let mut out = Vec::new();
    for line in lines(input, &won, options.days) {
        let (path, days) = journeys.until(&line.opening.contact_id, line.opening.on);
        let weights = weights(model, &path, &days, options.half_life_days);
        if path.is_empty() {
            out.push(credit(
                model,
                &line,
                None,
                [line.conversions_micro, line.revenue_minor, line.cash_minor],
            ));
            continue;
        }
        let conversions = allocate(line.conversions_micro, &weights);
        let revenue = allocate(line.revenue_minor, &weights);
        let cash = allocate(line.cash_minor, &weights);
        let weighed = path.into_iter().zip(weights).enumerate();
        for (place, (touch, _)) in weighed.filter(|(_, (_, weight))| *weight > 0) {
            let parts = [conversions[place], revenue[place], cash[place]];
            out.push(credit(model, &line, Some(touch), parts));
        }
    }
    out
}

fn credit(model: Model, line: &Line<'_>, touch: Option<&Touch>, parts: [i64; 3]) -> Credit {
    Credit {
        model,
        month: line.month,
        on: line.on,
        line_row_id: line.row_id.to_owned(),
        opportunity_id: Some(line.opening.opportunity_id.clone()),
        touch_row_id: touch.map(|touch| touch.row_id.clone()),
        channel: touch.map_or_else(|| UNKNOWN.to_owned(), |touch| touch.channel.clone()),
        campaign: touch.and_then(|touch| touch.campaign.clone()),
        conversions_micro: parts[0],
        revenue_minor: parts[1],
        cash_minor: parts[2],
    }
}
