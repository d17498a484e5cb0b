//! A key figure as an answer shows it, with the links to its rows.

use std::collections::BTreeMap;

use bookpath_domain::numbers::kpi::{
    Counted, Counts, Figure as Number, KEYS, Key, Terms, Unit, Value,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::href::Filters;

/// Rows that open behind a number.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Opening {
    /// A list of this server: its `total`, `total_minor` and `total_micro` are those here.
    pub(crate) href: String,
    /// Of money and conversions the rows, of anything else the number itself.
    pub(crate) count: i64,
    /// Of money the number itself, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sum_minor: Option<i64>,
    /// Of conversions the number itself, in millionths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sum_micro: Option<i64>,
}

/// What opens behind a figure.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Drill {
    pub(crate) numerator: Opening,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) denominator: Option<Opening>,
    /// Rows of the same tables and period that the numerator does not count, with the reason of each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) not_counted: Option<Opening>,
}

impl Drill {
    /// Of a figure without a denominator, whose rows all count.
    pub(crate) const fn new(numerator: Opening) -> Self {
        Self {
            numerator,
            denominator: None,
            not_counted: None,
        }
    }
}

/// What opens behind each figure of a row, by its column.
pub(crate) type Drills = BTreeMap<&'static str, Drill>;

/// A key figure.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct KeyFigure {
    /// `null` over a denominator of 0.
    #[schema(value_type = Option<f64>)]
    value: Option<Value>,
    numerator: i64,
    denominator: Option<i64>,
    /// `count`, `percent`, `money` or `ratio`.
    #[schema(value_type = String)]
    unit: Unit,
    formula: &'static str,
    /// ISO 4217, of money.
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    drill: Drill,
    /// The value of the month that it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    previous: Option<Option<Value>>,
    /// How much the value is above that, in its own unit; of per cent in points.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    change: Option<Option<Value>>,
}

impl KeyFigure {
    /// The value alone.
    pub(super) fn json_value(&self) -> Option<serde_json::Value> {
        serde_json::to_value(self.value?).ok()
    }
}

/// Key figures by their key.
pub(super) type KeyFigures = BTreeMap<&'static str, KeyFigure>;

/// What the figures of an answer have in common.
pub(super) struct Shown<'a> {
    pub(super) counts: &'a Counts,
    pub(super) filters: &'a Filters,
    pub(super) currency: Option<&'a str>,
}

impl Shown<'_> {
    /// Every key figure of these numbers, compared with those of `before`.
    pub(super) fn all(&self, counted: &Counted, before: Option<&Counted>) -> KeyFigures {
        let one = |key: &'static Key| (key.key, self.one(key, counted, before));
        KEYS.iter().map(one).collect()
    }

    /// One key figure.
    pub(super) fn one(
        &self,
        key: &'static Key,
        counted: &Counted,
        before: Option<&Counted>,
    ) -> KeyFigure {
        let number: Number = key.figure(&counted.bases);
        let before = before.map(|before| key.figure(&before.bases));
        KeyFigure {
            value: number.value,
            numerator: number.numerator,
            denominator: number.denominator,
            unit: number.unit,
            formula: number.formula,
            currency: self
                .currency
                .filter(|_| number.unit == Unit::Money)
                .map(str::to_owned),
            drill: self.drill(key, counted),
            previous: before.as_ref().map(|before| before.value),
            change: before.as_ref().map(|before| number.change_since(before)),
        }
    }

    fn drill(&self, key: &'static Key, counted: &Counted) -> Drill {
        let (numerator, not_counted) = self.opening(key, "numerator", key.numerator, counted);
        let below = |terms| self.opening(key, "denominator", terms, counted).0;
        Drill {
            numerator,
            denominator: key.denominator.map(below),
            not_counted: Some(not_counted),
        }
    }

    fn opening(
        &self,
        key: &'static Key,
        part: &'static str,
        terms: Terms,
        counted: &Counted,
    ) -> (Opening, Opening) {
        let opened = self.counts.open(counted, terms);
        let path = format!("/api/rows/{}", opened.fact.as_str());
        let href = |counted: bool| {
            let own = Filters::default().with("key", key.key).with("part", part);
            own.and(self.filters).with("counted", &counted).href(&path)
        };
        let counted = Opening {
            href: href(true),
            count: opened.count,
            sum_minor: opened.sum_minor,
            sum_micro: None,
        };
        let not_counted = Opening {
            href: href(false),
            count: opened.not_counted,
            sum_minor: None,
            sum_micro: None,
        };
        (counted, not_counted)
    }
}
