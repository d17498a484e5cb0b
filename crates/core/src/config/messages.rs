//! Message templates: known placeholders only, so a typo fails when the file loads and not at a customer.

use serde::Deserialize;

/// What a template may name (CONTRACT-DETAILS 3).
const PLACEHOLDERS: [&str; 4] = ["first_name", "event_name", "start_local", "host_name"];

/// The texts of one language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageSet {
    pub confirmation: String,
    pub follow_up: String,
    pub reminder_24h: String,
}

/// A template that can't be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("unknown placeholder `{{{0}}}`")]
    Unknown(String),
    #[error("a single `{0}` (write it twice for a literal brace)")]
    Brace(char),
}

impl MessageSet {
    pub(super) fn faults(&self) -> Vec<String> {
        [("confirmation", &self.confirmation), ("follow_up", &self.follow_up), ("reminder_24h", &self.reminder_24h)]
            .into_iter()
            .filter_map(|(name, template)| render(template, |_| Some(String::new())).err().map(|e| format!("{name}: {e}")))
            .collect()
    }
}

/// Fills a template; `value` is asked for each placeholder and may answer `None` for one that it lacks,
/// which leaves it empty.
///
/// # Errors
/// An unknown placeholder or a lone brace.
pub fn render(template: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, TemplateError> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        if let Some(after) = tail.strip_prefix("{{") {
            out.push('{');
            rest = after;
        } else if let Some(after) = tail.strip_prefix("}}") {
            out.push('}');
            rest = after;
        } else if let Some(after) = tail.strip_prefix('{') {
            let (name, after) = after.split_once('}').ok_or(TemplateError::Brace('{'))?;
            if !PLACEHOLDERS.contains(&name) {
                return Err(TemplateError::Unknown(name.to_owned()));
            }
            out.push_str(&value(name).unwrap_or_default());
            rest = after;
        } else {
            return Err(TemplateError::Brace('}'));
        }
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_and_literal_braces() {
        let value = |name: &str| (name == "first_name").then(|| "Jane".to_owned());
        assert_eq!(render("Hi {first_name}{{!}} {host_name}", value), Ok("Hi Jane{!} ".to_owned()));
        assert_eq!(render("{name}", value), Err(TemplateError::Unknown("name".to_owned())));
        assert_eq!(render("a } b", value), Err(TemplateError::Brace('}')));
        assert_eq!(render("a { b", value), Err(TemplateError::Brace('{')));
    }
}
