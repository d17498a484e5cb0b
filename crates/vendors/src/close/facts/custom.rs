//! Custom fields: Close names them by id, so that renaming one changes nothing here.

use std::collections::BTreeMap;

use bookpath_domain::money::currency;
use bookpath_domain::money::decimal::Decimal;
use serde_json::Value;

/// What Close puts before a field's id where the fields are not in an object of their own.
const PREFIX: &str = "custom.";

/// Values of one choice that are read.
const VALUES_MAX: usize = 100;

/// The custom fields of an object by their ids (`cf_…`).
#[derive(derive_more::Debug, Clone, PartialEq, Default)]
#[debug("CustomFields({:?})", self.0.keys())]
pub struct CustomFields(pub BTreeMap<String, Value>);

impl CustomFields {
    /// Both shapes: members `custom.cf_…` beside the others, and an object `custom`.
    pub(super) fn read(data: &Value) -> Self {
        let mut fields = BTreeMap::new();
        let members = data.as_object();
        for (name, value) in members.into_iter().flatten() {
            if let Some(id) = name.strip_prefix(PREFIX) {
                fields.insert(id.to_owned(), value.clone());
            }
        }
        let nested = data.get("custom").and_then(Value::as_object);
        for (id, value) in nested.into_iter().flatten() {
            fields.entry(id.clone()).or_insert_with(|| value.clone());
        }
        fields.retain(|_, value| !value.is_null());
        Self(fields)
    }

    /// The value of a field; `id` with or without `custom.`.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Value> {
        self.0.get(id.strip_prefix(PREFIX).unwrap_or(id))
    }

    /// A field as text: of a choice with several values the first.
    #[must_use]
    pub fn text(&self, id: &str) -> Option<String> {
        text(match self.get(id)? {
            Value::Array(items) => items.first()?,
            one => one,
        })
    }

    /// All values of a choice, in Close's order; at most a hundred.
    #[must_use]
    pub fn texts(&self, id: &str) -> Vec<String> {
        let values = match self.get(id) {
            Some(Value::Array(items)) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        values.iter().take(VALUES_MAX).filter_map(text).collect()
    }

    /// A field that holds an amount in major units of `currency` (ISO 4217), in minor units: `1250.5` of USD is 125050.
    /// `None` where there is none or it is no amount. Half a minor unit is rounded away from zero.
    #[must_use]
    pub fn minor_units(&self, id: &str, currency: &str) -> Option<i64> {
        let typed: String = self
            .text(id)?
            .chars()
            .filter(|c| c.is_ascii_digit() || matches!(c, '.' | '-'))
            .collect();
        let major: Decimal = typed.parse().ok()?;
        let unit = 10_i128.checked_pow(currency::exponent(currency))?;
        major.times_ratio(unit, 1)?.to_places(0).parse().ok()
    }
}

fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}
