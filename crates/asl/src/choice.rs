//! Where a choice goes: the first of its rules that holds, else its default.

use crate::path::{self, PathError, Scope};
use crate::states::{Choice, Rule};

/// The state that a choice goes to. `name` is the choice's own.
pub(crate) fn choose(choice: &Choice, name: &str, scope: Scope<'_>) -> Result<String, PathError> {
    for rule in &choice.choices {
        if let Some(next) = &rule.next
            && holds(rule, scope)?
        {
            return Ok(next.clone());
        }
    }
    choice
        .default
        .clone()
        .ok_or_else(|| PathError(format!("no rule of `{name}` fits and it has no Default")))
}

fn holds(rule: &Rule, scope: Scope<'_>) -> Result<bool, PathError> {
    match (&rule.and, &rule.variable) {
        (Some(all), None) => {
            // The first that does not hold decides: later ones may look at what is not there.
            for rule in all {
                if !holds(rule, scope)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (None, Some(variable)) => compares(rule, variable, scope),
        _ => Err(PathError("a rule needs either Variable or And".to_owned())),
    }
}

fn compares(rule: &Rule, variable: &str, scope: Scope<'_>) -> Result<bool, PathError> {
    if let Some(present) = rule.is_present {
        return Ok(path::exists(variable, scope) == present);
    }
    let value = path::get(variable, scope)?;
    let number = value.as_f64();
    let least = rule.numeric_greater_than_equals_path.as_ref();
    let least = least.map(|path| path::get(path, scope)).transpose()?;
    let numeric_equals = rule.numeric_equals.map(|n| number == Some(n));
    let checks = [
        rule.boolean_equals.map(|b| value.as_bool() == Some(b)),
        rule.string_equals
            .as_ref()
            .map(|s| value.as_str() == Some(s)),
        numeric_equals,
        rule.numeric_greater_than
            .map(|n| number.is_some_and(|v| v > n)),
        least.map(|least| {
            number
                .zip(least.as_f64())
                .is_some_and(|(v, least)| v >= least)
        }),
    ];
    let mut given = checks.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(holds), None) => Ok(holds),
        _ => Err(PathError(format!(
            "the rule on `{variable}` needs exactly one operator"
        ))),
    }
}
