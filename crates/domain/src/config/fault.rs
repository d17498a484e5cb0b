//! What is wrong in `bookpath.toml`, in sentences that name the line and the key.

use std::fmt;

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

/// One key that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    /// Counted from 1. `None` for a key that is not in the file.
    pub line: Option<usize>,
    /// `limits.webhooks_burst`, `session_types.0.currency` (lists count from 0). Empty where the text is not TOML.
    pub key: String,
    /// The rest of the sentence that begins with the key: `must be at least 1`.
    pub problem: String,
}

impl ConfigFault {
    /// A fault whose line is looked up later ([`locate`]).
    pub(super) fn new(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            line: None,
            key: key.into(),
            problem: problem.into(),
        }
    }

    /// The same fault of a key below `section`.
    pub(super) fn below(mut self, section: &str) -> Self {
        self.key = format!("{section}.{}", self.key);
        self
    }
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if self.key.is_empty() {
            f.write_str(&self.problem)
        } else {
            write!(f, "`{}` {}", self.key, self.problem)
        }
    }
}

/// The file can't be used. Names every unknown key, or every value that is out of range, at once; of values of the wrong
/// type, the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub Vec<ConfigFault>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, fault) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { "; " };
            write!(f, "{separator}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// The fault behind an error of the TOML parser.
pub(super) fn syntax(text: &str, error: &toml::de::Error) -> ConfigError {
    ConfigError(vec![ConfigFault {
        line: error.span().map(|span| line(text, span.start)),
        key: String::new(),
        problem: format!("this is not TOML: {}", one_line(error.message())),
    }])
}

/// The fault behind an error of a key or its value.
pub(super) fn value(
    text: &str,
    error: &serde_path_to_error::Error<toml::de::Error>,
) -> ConfigError {
    let key = error
        .path()
        .iter()
        .map(segment)
        .collect::<Vec<_>>()
        .join(".");
    let message = one_line(error.inner().message());
    let fault = ConfigFault::new(if key == "." { "" } else { &key }, problem(&message));
    let line = error.inner().span().map(|span| line(text, span.start));
    let known = line_of(text, &fault.key);
    ConfigError(vec![ConfigFault {
        line: known.or(line),
        ..fault
    }])
}

/// Unknown keys that are named.
const UNKNOWN_MAX: usize = 50;

/// Every key that is unknown, because serde ends at the first; `None` where there is none.
pub(super) fn unknown_keys<T: DeserializeOwned>(text: &str) -> Option<ConfigError> {
    let mut table: Table = text.parse().ok()?;
    let mut faults = Vec::new();
    while faults.len() < UNKNOWN_MAX {
        let Err(error) = serde_path_to_error::deserialize::<_, T>(table.clone()) else {
            break;
        };
        let message = one_line(error.inner().message());
        if !message.starts_with("unknown field") {
            break;
        }
        let path: Vec<String> = error.path().iter().map(segment).collect();
        if !removed(&mut table, &path) {
            break;
        }
        faults.push(ConfigFault::new(path.join("."), problem(&message)));
    }
    (!faults.is_empty()).then(|| locate(text, faults))
}

/// Removes a key; `false` if there is none.
fn removed(table: &mut Table, path: &[String]) -> bool {
    let Some((last, sections)) = path.split_last() else {
        return false;
    };
    let mut sections = sections.iter();
    let Some(first) = sections.next() else {
        return table.remove(last).is_some();
    };
    let mut at = table.get_mut(first);
    for section in sections {
        at = at.and_then(|value| match section.parse::<usize>() {
            Ok(place) if value.is_array() => value.get_mut(place),
            _ => value.get_mut(section.as_str()),
        });
    }
    let inner = at.and_then(Value::as_table_mut);
    inner.is_some_and(|table| table.remove(last).is_some())
}

/// A part of a path; a list's place is shown as `[0]`.
fn segment(segment: &serde_path_to_error::Segment) -> String {
    segment.to_string().trim_matches(['[', ']']).to_owned()
}

/// Looks up the lines of the faults' keys.
pub(super) fn locate(text: &str, faults: Vec<ConfigFault>) -> ConfigError {
    let located = faults.into_iter().map(|fault| ConfigFault {
        line: line_of(text, &fault.key),
        ..fault
    });
    ConfigError(located.collect())
}

/// What serde says of a key, as the rest of a sentence for people who do not know Rust.
fn problem(message: &str) -> String {
    let quoted = |text: &str| -> Vec<String> {
        let names = text.split('`').skip(1).step_by(2);
        names.map(|name| format!("`{name}`")).collect()
    };
    let (what, expected) = message
        .split_once(", expected ")
        .map_or((message, ""), |(what, expected)| (what, expected));
    if what.starts_with("unknown field") {
        return format!("is unknown; known here: {}", quoted(expected).join(", "));
    }
    if let Some(name) = message.strip_prefix("missing field ") {
        return format!("lacks the key {name}");
    }
    if let Some(name) = what.strip_prefix("unknown variant ") {
        return format!("is {name}, but must be {}", quoted(expected).join(" or "));
    }
    let found = what
        .strip_prefix("invalid type: ")
        .or_else(|| what.strip_prefix("invalid value: "));
    match found {
        Some(found) => format!("is {}, but must be {}", noun(found), wanted(expected)),
        None => format!("can't be used: {message}"),
    }
}

fn noun(found: &str) -> String {
    let (kind, value) = found.split_once(' ').unwrap_or((found, ""));
    let value = value.trim_matches('`');
    match kind {
        "string" => format!("the text {value}"),
        "integer" => format!("the number {value}"),
        "floating" => format!("the number {}", value.trim_start_matches("point `")),
        "boolean" => value.to_owned(),
        "map" => "a section".to_owned(),
        "sequence" => "a list".to_owned(),
        _ => found.to_owned(),
    }
}

fn wanted(expected: &str) -> &str {
    match expected {
        "u8" => "a whole number from 0 to 255",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number, 0 or more",
        "i32" | "i64" => "a whole number",
        "a boolean" => "true or false",
        "a string" => "a text in quotes",
        "a sequence" => "a list",
        other if other.starts_with("struct ") || other == "a map" => "a section",
        other => other,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn line(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or(text);
    before.matches('\n').count() + 1
}

/// The line of a key, or of the innermost section around it that the file has.
fn line_of(text: &str, key: &str) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let mut at: Option<usize> = None;
    let mut value: Option<&DeValue<'_>> = None;
    for segment in key.split('.') {
        let inner = match value {
            None => Some(table.get_ref()),
            Some(value) => value.as_table(),
        };
        let found = match inner {
            Some(table) => table
                .iter()
                .find(|(name, _)| name.get_ref() == segment)
                .map(|(name, value)| (name.span(), value.get_ref())),
            None => value
                .and_then(DeValue::as_array)
                .zip(segment.parse().ok())
                .and_then(|(list, place): (_, usize)| list.get(place))
                .map(|value| (value.span(), value.get_ref())),
        };
        let Some((span, found)) = found else { break };
        at = Some(span.start);
        value = Some(found);
    }
    at.map(|at| line(text, at))
}

#[cfg(test)]
mod tests {
    use super::super::BusinessConfig;

    /// Expected sentences are written by hand, from the file's point of view.
    #[test]
    fn every_fault_is_a_sentence_with_its_line_and_key() {
        for (text, sentence) in [
            (
                "default_country = \"US\"\n\n[sms]\nreminder = true\n",
                "line 4: `sms.reminder` is unknown; known here: `reminder_24h`, `feedback`, `feedback_after_minutes`, `parts_per_second`, `experiment`",
            ),
            (
                "default_country = \"ZZ\"\n[bill]\nsms_part_usd = \"abc\"\nathena_tb_scanned_usd = \"-1\"",
                "line 1: `default_country` is `ZZ`, but must be a two-letter country code; line 3: `bill.sms_part_usd` is `abc`, but must be a decimal number, 0 or more; line 4: `bill.athena_tb_scanned_usd` is `-1`, but must be a decimal number, 0 or more",
            ),
            (
                "[[team]]\nemail = \"a@b.c\"\nname = \"A\"\nrole = \"am\"\n[[team]]\nemail = \"A@b.c\"\nname = \"B\"\nrole = \"am\"",
                "line 6: `team.1.email` is `A@b.c`, as that of an earlier member",
            ),
            (
                "health_base = 50\nfollow_up_wait_seconds = \"half an hour\"",
                "line 2: `follow_up_wait_seconds` is the text \"half an hour\", but must be a whole number from 0 to 4294967295",
            ),
            (
                "follow_up_wait_seconds = -1",
                "line 1: `follow_up_wait_seconds` is the number -1, but must be a whole number from 0 to 4294967295",
            ),
            (
                "sms = 3",
                "line 1: `sms` is the number 3, but must be a section",
            ),
            (
                "[sms]\nreminder_24h = \"yes\"",
                "line 2: `sms.reminder_24h` is the text \"yes\", but must be true or false",
            ),
            (
                "[[channels.utm_rules]]\nutm_source = \"google\"",
                "line 1: `channels.utm_rules.0` lacks the key `channel`",
            ),
            (
                "[[team]]\nemail = \"a@b.c\"\nname = \"A\"\nrole = \"boss\"",
                "line 4: `team.0.role` is `boss`, but must be `setter` or `closer` or `am`",
            ),
            (
                "reporting_timezone = \"Mars/Base\"",
                "line 1: `reporting_timezone` can't be used: unknown time zone `Mars/Base`",
            ),
            (
                "[limits]\nwebhooks_burst = 0\nwebhooks_per_second = 0",
                "line 3: `limits.webhooks_per_second` must be at least 1; line 2: `limits.webhooks_burst` must be at least 1",
            ),
        ] {
            let error = BusinessConfig::from_toml(text).unwrap_err().to_string();
            assert_eq!(error, sentence, "{text}");
        }
    }

    #[test]
    fn every_unknown_key_is_named() {
        let text = "foo = 1\n[sms]\nbar = 2\n[[team]]\nemail = \"a@b.c\"\nname = \"A\"\nrole = \"am\"\nshoe = 43";
        let error = BusinessConfig::from_toml(text).unwrap_err();
        let mut named: Vec<_> = error.0.iter().map(|f| (f.line, &*f.key)).collect();
        named.sort_unstable();
        let expected = [
            (Some(1), "foo"),
            (Some(3), "sms.bar"),
            (Some(8), "team.0.shoe"),
        ];
        assert_eq!(named, expected, "{error}");
    }

    #[test]
    fn what_is_no_toml_names_its_line() {
        let error = BusinessConfig::from_toml("health_base = 50\n[sms\n")
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("line 2: this is not TOML: "), "{error}");
    }
}
