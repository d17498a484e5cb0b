//! Refunds and disputes of a price that Stripe converted for the customer, in the currency of the price.

use std::collections::BTreeMap;

use super::charge::{Charge, index_of};
use super::payment::Payment;
use super::refund::{Dispute, Refund};
use crate::money::Money;
use crate::money::round::div_round;

impl Charge {
    /// An amount in minor units of the charge's own currency; `None` if the charge was never shown in `currency`.
    fn own_minor(&self, amount_minor: i64, currency: Option<&str>) -> Option<i64> {
        let same = |other: &str| currency.is_none_or(|c| c.eq_ignore_ascii_case(other));
        if same(&self.currency) {
            return Some(amount_minor);
        }
        let seen = self
            .presented
            .as_ref()
            .filter(|seen| same(&seen.currency))?;
        let product = i128::from(amount_minor) * i128::from(self.amount_minor);
        div_round(product, i128::from(seen.amount_minor))
    }
}

impl Payment {
    /// The refunds of the charge at `index` by their ids, in minor units of the charge; 0 where no amount was told.
    ///
    /// Those that stand are converted as one sum that grows: parts that add up to what the customer paid give back the price,
    /// although each alone would be rounded.
    pub(super) fn refund_minors<'a>(
        &'a self,
        charges: &'a [Charge],
        index: usize,
    ) -> BTreeMap<&'a str, i64> {
        let charge = charges.get(index);
        let own = |minor: i64, refund: &Refund| {
            let of = |c: &Charge| c.own_minor(minor, refund.currency.as_deref()).unwrap_or(0);
            charge.map_or(minor, of)
        };
        let mut refunds: Vec<(&String, &Refund)> = self.refunds_at(charges, index).collect();
        refunds.sort_by_key(|(id, refund)| (refund.made_at(), *id));
        let mut sums: BTreeMap<Option<String>, i64> = BTreeMap::new();
        let minors = refunds.into_iter().map(|(id, refund)| {
            let told = refund.amount_minor.unwrap_or(0);
            if !refund.stands() {
                return (id.as_str(), own(told, refund));
            }
            let currency = refund.currency.as_ref().map(|code| code.to_uppercase());
            let sum = sums.entry(currency).or_default();
            let before = own(*sum, refund);
            *sum = sum.saturating_add(told);
            (id.as_str(), own(*sum, refund) - before)
        });
        minors.collect()
    }

    /// A total that the charge of a payment intent reported, in the minor units of the charge.
    pub(super) fn total_minor(&self, charge: Option<&Charge>, intent: &str, total: i64) -> i64 {
        let reported = self.refunds.get(&format!("charge:{intent}"));
        let currency = reported.and_then(|r| r.currency.as_deref());
        charge.map_or(total, |charge| {
            charge.own_minor(total, currency).unwrap_or(0)
        })
    }
}

impl Dispute {
    /// What is disputed, in the currency of its charge; as the bank says where the charge was never shown in that currency.
    pub(super) fn money(&self, charges: &[Charge], price: &Money) -> Money {
        let intent = self.payment_intent.as_deref().unwrap_or("");
        let charge = charges.get(index_of(charges, intent));
        let own = charge.and_then(|charge| {
            Some(Money {
                amount_minor: charge.own_minor(self.amount_minor, self.currency.as_deref())?,
                currency: charge.currency.clone(),
            })
        });
        own.unwrap_or_else(|| Money {
            amount_minor: self.amount_minor,
            currency: self.currency.as_ref().unwrap_or(&price.currency).clone(),
        })
    }
}
