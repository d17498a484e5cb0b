//! One currency: amounts of another one are never added to it.

use std::collections::BTreeMap;

use crate::people::sources::Sources;

/// Which amounts add up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Currencies {
    /// The currency of most rows with money, of equally many the first by name (ISO 4217). `None`: there is no money.
    pub main: Option<String>,
    /// Rows in other currencies, whose amounts are in no figure.
    pub left_out: BTreeMap<String, u64>,
}

impl Currencies {
    pub(super) fn new(sources: &Sources) -> Self {
        let deals = sources.opportunities.iter();
        let deals = deals.filter_map(|row| row.currency.as_deref());
        let payments = sources.payments.iter().map(|row| &*row.currency);
        let spend = sources.spend.iter().map(|row| &*row.currency);
        let mut rows: BTreeMap<String, u64> = BTreeMap::new();
        for currency in deals.chain(payments).chain(spend) {
            *rows.entry(currency.to_ascii_uppercase()).or_default() += 1;
        }
        Self::from_counts(rows)
    }

    /// From the number of rows in each currency, in upper case.
    pub(in crate::people) fn from_counts(mut rows: BTreeMap<String, u64>) -> Self {
        let most = rows.iter().rev().max_by_key(|(_, rows)| **rows);
        let main = most.map(|(currency, _)| currency.clone());
        if let Some(main) = &main {
            rows.remove(main);
        }
        Self {
            main,
            left_out: rows,
        }
    }

    /// The currency of an amount that does not add up, in upper case. An amount without a currency is in the main one.
    pub(super) fn other(&self, currency: Option<&str>) -> Option<String> {
        let (main, currency) = (self.main.as_deref()?, currency?);
        (!main.eq_ignore_ascii_case(currency)).then(|| currency.to_ascii_uppercase())
    }
}
