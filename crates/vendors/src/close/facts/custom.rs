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
        let major: Decimal = plain(&self.text(id)?)?.parse().ok()?;
        let unit = 10_i128.checked_pow(currency::exponent(currency))?;
        major.times_ratio(unit, 1)?.to_places(0).parse().ok()
    }
}

/// An amount as people type it, as a plain decimal: `$1,250.50`, `1.250,50 EUR` and `1 250,5` are 1250.50. A single comma
/// before three digits groups thousands, before one or two it is the decimal mark. `None` for anything else.
fn plain(typed: &str) -> Option<String> {
    let digit = |c: char| c.is_ascii_digit();
    let (first, last) = (typed.find(digit)?, typed.rfind(digit)?);
    let (before, number, after) = (&typed[..first], &typed[first..=last], &typed[last + 1..]);
    let is_sign = |c: char| matches!(c, '-' | '\u{2212}');
    if after.contains(is_sign) || before.chars().filter(|c| is_sign(*c)).count() > 1 {
        return None;
    }
    let spaces = |c: &char| !c.is_whitespace() && !matches!(c, '\'' | '\u{2019}');
    let number: String = number.chars().filter(spaces).collect();
    let (commas, points) = (number.matches(',').count(), number.matches('.').count());
    let behind = |mark: char| number.rfind(mark).map_or(0, |at| number.len() - at - 1);
    let mark = match (commas, points) {
        (0, 1) => Some('.'),
        (1, 0) if behind(',') < 3 => Some(','),
        (0, _) | (_, 0) => None,
        (_, 1) if behind('.') < behind(',') => Some('.'),
        (1, _) if behind(',') < behind('.') => Some(','),
        _ => return None,
    };
    let (whole, part) = match mark {
        Some(mark) => number.rsplit_once(mark)?,
        None => (number.as_str(), ""),
    };
    let groups: Vec<&str> = whole.split([',', '.']).collect();
    let grouped = groups.len() == 1 || groups.iter().skip(1).all(|group| group.len() == 3);
    if !grouped
        || !whole.chars().all(|c| digit(c) || matches!(c, ',' | '.'))
        || !part.chars().all(digit)
    {
        return None;
    }
    let sign = if before.contains(is_sign) { "-" } else { "" };
    let part = if part.is_empty() { "0" } else { part };
    Some(format!("{sign}{}.{part}", groups.concat()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_as_people_type_them() {
        let minor = |typed: Value| {
            let fields = CustomFields(BTreeMap::from([("cf_1".to_owned(), typed)]));
            fields.minor_units("cf_1", "USD")
        };
        for (typed, wanted) in [
            (json!(1250.5), Some(125_050)),
            (json!(600_000.0), Some(60_000_000)),
            (json!("1250"), Some(125_000)),
            (json!("$1,250.50"), Some(125_050)),
            (json!("1.250,50 EUR"), Some(125_050)),
            (json!("1000,50"), Some(100_050)),
            (json!("1 250,5"), Some(125_050)),
            (json!("1,250"), Some(125_000)),
            (json!("1,250,000"), Some(125_000_000)),
            (json!("1.250.000"), Some(125_000_000)),
            (json!("-20"), Some(-2_000)),
            (json!("$-20.00"), Some(-2_000)),
            (json!("1e3"), None),
            (json!("12-13"), None),
            (json!("1,25,000"), None),
            (json!("none"), None),
        ] {
            assert_eq!(minor(typed.clone()), wanted, "{typed}");
        }
    }
}
