//! What each touch of one person earned: the credits of `channel_attribution`, seen from the touches.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::Serialize;

use super::credits::{Credit, credits};
use super::{Input, Model, Options};
use crate::money::round::percent2;

/// What was credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Earned {
    /// Deals won, in millionths.
    pub conversions_micro: i64,
    pub revenue_minor: i64,
    pub cash_minor: i64,
}

/// What a touch got by a model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TouchCredit {
    pub model: Model,
    #[serde(flatten)]
    pub earned: Earned,
    /// Of all the person's revenue; two decimals.
    pub share_percent: Option<f64>,
}

/// What a person's deals and payments came to, and which touches earned it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PersonCredits {
    /// By row of the touch, in the order of [`Model::OF_TOUCHES`].
    pub touches: BTreeMap<String, Vec<TouchCredit>>,
    /// What every model divides.
    pub total: Earned,
    /// The part of it that no touch gets, because none lies in the window before the deal.
    pub without_touch: Earned,
}

impl Earned {
    fn add(&mut self, credit: &Credit) {
        self.conversions_micro += credit.conversions_micro;
        self.revenue_minor += credit.revenue_minor;
        self.cash_minor += credit.cash_minor;
    }
}

/// The credits of a contact's touches by each model that divides deals among touches.
///
/// For each model the touches and `without_touch` add up exactly to `total`.
#[must_use]
pub fn of_person(
    input: Input<'_>,
    zone: &TimeZone,
    options: &Options,
    contact_id: &str,
) -> PersonCredits {
    let touches = input.touches.iter().filter(|t| t.contact_id == contact_id);
    let deals = input.deals.iter().filter(|d| d.contact_id == contact_id);
    let paid = |contact: &Option<String>| contact.as_deref() == Some(contact_id);
    let cash = input.cash.iter().filter(|line| paid(&line.contact_id));
    let touches: Vec<_> = touches.cloned().collect();
    let deals: Vec<_> = deals.cloned().collect();
    let cash: Vec<_> = cash.cloned().collect();
    let own = Input {
        touches: &touches,
        deals: &deals,
        cash: &cash,
    };
    let mut found = PersonCredits::default();
    for model in Model::OF_TOUCHES {
        add_model(&mut found, model, &credits(own, zone, options, model));
    }
    found
}

fn add_model(found: &mut PersonCredits, model: Model, credits: &[Credit]) {
    let (mut total, mut without_touch) = (Earned::default(), Earned::default());
    let mut by_touch: BTreeMap<&str, Earned> = BTreeMap::new();
    for credit in credits {
        total.add(credit);
        match credit.touch_row_id.as_deref() {
            Some(row_id) => by_touch.entry(row_id).or_default().add(credit),
            None => without_touch.add(credit),
        }
    }
    for (row_id, earned) in by_touch {
        let of = found.touches.entry(row_id.to_owned()).or_default();
        of.push(TouchCredit {
            model,
            earned,
            share_percent: percent2(earned.revenue_minor.into(), total.revenue_minor.into()),
        });
    }
    (found.total, found.without_touch) = (total, without_touch);
}
