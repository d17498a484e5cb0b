//! Loads a state machine and checks that this runner can run it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::states::{Choice, Definition, Rule, State};

/// This runner cannot run the file; the message names the field or state at fault.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("the state machine can't be read: {0}")]
    Syntax(#[from] serde_json::Error),
    #[error("the state machine is not sound: {}", .0.join("; "))]
    Unsound(Vec<String>),
}

/// A loaded state machine.
#[derive(Debug, Clone)]
pub struct Machine {
    pub(crate) definition: Definition,
}

impl Machine {
    /// Loads a definition and replaces each `${Name}` by its value in `substitutions`, as SAM does.
    ///
    /// # Errors
    /// Broken JSON, an unknown state or field, a missing substitution, a state whose next one does not exist.
    pub fn load(text: &str, substitutions: &BTreeMap<&str, &str>) -> Result<Self, LoadError> {
        let mut value: Value = serde_json::from_str(text)?;
        let mut faults = Vec::new();
        substitute(&mut value, substitutions, &mut faults);
        let definition: Definition = serde_json::from_value(value)?;
        faults.extend(unsound(&definition));
        if faults.is_empty() {
            Ok(Self { definition })
        } else {
            Err(LoadError::Unsound(faults))
        }
    }

    /// The names of all states.
    pub fn states(&self) -> impl Iterator<Item = &str> {
        self.definition.states.keys().map(String::as_str)
    }
}

fn substitute(value: &mut Value, substitutions: &BTreeMap<&str, &str>, faults: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            while let Some((start, end)) = text
                .find("${")
                .and_then(|s| text[s..].find('}').map(|e| (s, s + e)))
            {
                let name = text[start + 2..end].to_owned();
                match substitutions.get(name.as_str()) {
                    Some(replacement) => text.replace_range(start..=end, replacement),
                    None => {
                        faults.push(format!("no value is given for `${{{name}}}`"));
                        return;
                    }
                }
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| substitute(item, substitutions, faults)),
        Value::Object(members) => members
            .values_mut()
            .for_each(|member| substitute(member, substitutions, faults)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The states that may follow a state; `None` is the end.
fn exits(state: &State) -> Vec<Option<&str>> {
    match state {
        State::Task(task) => {
            let mut out: Vec<Option<&str>> =
                task.catch.iter().map(|c| Some(c.next.as_str())).collect();
            out.push(task.next.as_deref());
            out
        }
        State::Choice(choice) => choice
            .choices
            .iter()
            .map(|rule| rule.next.as_deref())
            .chain(choice.default.as_deref().map(Some))
            .collect(),
        State::Wait(wait) => vec![wait.next.as_deref()],
        State::Pass(pass) => vec![pass.next.as_deref()],
        State::Succeed(_) | State::Fail(_) => vec![None],
    }
}

fn unsound(definition: &Definition) -> Vec<String> {
    let mut faults = Vec::new();
    let known = |name: &str| definition.states.contains_key(name);
    if !known(&definition.start_at) {
        faults.push(format!("StartAt names no state: `{}`", definition.start_at));
    }
    for (name, state) in &definition.states {
        if let State::Choice(choice) = state {
            faults.extend(unsound_rules(name, choice));
        }
        faults.extend(
            exits(state)
                .into_iter()
                .flatten()
                .filter(|next| !known(next))
                .map(|next| format!("`{name}` goes to `{next}`, which is no state")),
        );
        let (next, end) = match state {
            State::Task(t) => (&t.next, t.end),
            State::Wait(w) => (&w.next, w.end),
            State::Pass(p) => (&p.next, p.end),
            State::Choice(_) | State::Succeed(_) | State::Fail(_) => continue,
        };
        if next.is_some() == end {
            faults.push(format!("`{name}` needs either Next or End"));
        }
        if let State::Wait(wait) = state
            && [
                wait.seconds.is_some(),
                wait.seconds_path.is_some(),
                wait.timestamp_path.is_some(),
            ]
            .iter()
            .filter(|given| **given)
            .count()
                != 1
        {
            faults.push(format!(
                "`{name}` needs one of Seconds, SecondsPath, TimestampPath"
            ));
        }
    }
    faults.extend(unreachable(definition).map(|name| format!("nothing leads to `{name}`")));
    faults
}

/// A rule of a choice leads somewhere; the rules within it lead nowhere by themselves.
fn unsound_rules(name: &str, choice: &Choice) -> Vec<String> {
    fn inner(rule: &Rule) -> impl Iterator<Item = &Rule> {
        rule.and.iter().flatten()
    }
    let mut faults = Vec::new();
    if choice.choices.iter().any(|rule| rule.next.is_none()) {
        faults.push(format!("a rule of `{name}` has no Next"));
    }
    let mut open: Vec<&Rule> = choice.choices.iter().flat_map(inner).collect();
    while let Some(rule) = open.pop() {
        if rule.next.is_some() {
            faults.push(format!("a rule within an And of `{name}` has a Next"));
        }
        open.extend(inner(rule));
    }
    faults
}

fn unreachable(definition: &Definition) -> impl Iterator<Item = &str> {
    let mut seen = BTreeSet::new();
    let mut open = vec![definition.start_at.as_str()];
    while let Some(name) = open.pop() {
        if let Some(state) = definition.states.get(name)
            && seen.insert(name)
        {
            open.extend(exits(state).into_iter().flatten());
        }
    }
    definition
        .states
        .keys()
        .map(String::as_str)
        .filter(move |name| !seen.contains(name))
}
