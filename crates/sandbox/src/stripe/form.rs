//! Form fields, as Stripe's API takes them.

use std::collections::BTreeMap;

/// The fields by name.
pub(super) type Form = BTreeMap<String, String>;

pub(super) fn number(form: &Form, name: &str) -> Option<i64> {
    form.get(name)?.parse().ok()
}

/// The members `prefix[name]` of a form.
pub(super) fn nested(form: &Form, prefix: &str) -> BTreeMap<String, String> {
    let inner = |name: &str| {
        name.strip_prefix(prefix)?
            .strip_prefix('[')?
            .strip_suffix(']')
            .map(str::to_owned)
    };
    form.iter()
        .filter_map(|(name, value)| Some((inner(name)?, value.clone())))
        .collect()
}
