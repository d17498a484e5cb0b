//! Message templates: known placeholders only, so a typo fails when the file loads and not at a customer.

use serde::Deserialize;

use super::fault::ConfigFault;
use super::rollout::Rollout;

/// The placeholders of a template.
const PLACEHOLDERS: [&str; 4] = ["first_name", "event_name", "start_local", "host_name"];

/// The texts of one language. What is left out is taken from the next language of the fall-back (docs/MESSAGES.md).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MessageSet {
    pub confirmation: Option<String>,
    pub follow_up: Option<String>,
    pub reminder_24h: Option<String>,
    pub feedback: Option<String>,
    /// Other wordings of the same texts: contacts are spread evenly over them and the set itself (S2-52).
    pub variants: Vec<MessageVariant>,
}

/// One other wording. What is left out is worded as in its set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MessageVariant {
    pub confirmation: Option<String>,
    pub follow_up: Option<String>,
    pub reminder_24h: Option<String>,
    pub feedback: Option<String>,
}

/// Variants are named by letters: `a` is the set itself.
pub const VARIANTS_MAX: usize = 25;

/// `[sms]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmsConfig {
    pub reminder_24h: bool,
    /// A question after the call (S2-54).
    pub feedback: Rollout,
    /// How long after the end of the call it is asked, in minutes.
    pub feedback_after_minutes: u32,
    /// What the number may send, in message parts per second; absent is no limit of ours, and the carrier's own
    /// refusals are obeyed.
    pub parts_per_second: Option<u32>,
    /// Names the present A/B test: another name spreads the contacts anew.
    pub experiment: String,
}

impl Default for SmsConfig {
    fn default() -> Self {
        Self {
            reminder_24h: false,
            feedback: Rollout::default(),
            feedback_after_minutes: 60,
            parts_per_second: None,
            experiment: "messages".to_owned(),
        }
    }
}

impl SmsConfig {
    pub(super) fn faults(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        if self
            .parts_per_second
            .is_some_and(|n| !(1..=1000).contains(&n))
        {
            let problem = "must be from 1 to 1000";
            faults.push(ConfigFault::new("parts_per_second", problem));
        }
        if self.feedback_after_minutes > 10_080 {
            let problem = "must be at most 10080 (a week)";
            faults.push(ConfigFault::new("feedback_after_minutes", problem));
        }
        faults
    }
}

/// A template that can't be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("the unknown placeholder `{{{0}}}`")]
    Unknown(String),
    #[error("a single `{0}` (write it twice for a literal brace)")]
    Brace(char),
}

/// Templates by the name of their intent.
pub(crate) type Named<'a> = [(&'static str, &'a Option<String>); 4];

impl MessageVariant {
    pub(crate) fn named(&self) -> Named<'_> {
        let Self {
            confirmation,
            follow_up,
            reminder_24h,
            feedback,
        } = self;
        [
            ("confirmation", confirmation),
            ("follow_up", follow_up),
            ("reminder_24h", reminder_24h),
            ("feedback", feedback),
        ]
    }
}

impl MessageSet {
    pub(crate) fn named(&self) -> Named<'_> {
        let Self {
            confirmation,
            follow_up,
            reminder_24h,
            feedback,
            variants: _,
        } = self;
        [
            ("confirmation", confirmation),
            ("follow_up", follow_up),
            ("reminder_24h", reminder_24h),
            ("feedback", feedback),
        ]
    }

    pub(super) fn faults(&self) -> Vec<ConfigFault> {
        let fault = |(name, template): (&str, &Option<String>)| {
            let template = template.as_deref()?;
            if template.trim().is_empty() {
                let problem = "is empty; leave it out for the text of the next language";
                return Some(ConfigFault::new(name, problem.to_owned()));
            }
            let error = render(template, |_| Some(String::new())).err()?;
            Some(ConfigFault::new(name, format!("has {error}")))
        };
        let mut faults: Vec<ConfigFault> = self.named().into_iter().filter_map(fault).collect();
        for (place, variant) in self.variants.iter().enumerate() {
            let section = format!("variants.{place}");
            let of_variant = variant.named().into_iter().filter_map(fault);
            faults.extend(of_variant.map(|fault| fault.below(&section)));
        }
        if self.variants.len() > VARIANTS_MAX {
            let problem = format!(
                "has {} entries, but must have at most {VARIANTS_MAX}",
                self.variants.len()
            );
            faults.push(ConfigFault::new("variants", problem));
        }
        faults
    }
}

/// Fills a template; `value` is asked for each placeholder and may answer `None` for one that it lacks,
/// which leaves it empty.
///
/// # Errors
/// An unknown placeholder or a lone brace.
pub fn render(
    template: &str,
    value: impl Fn(&str) -> Option<String>,
) -> Result<String, TemplateError> {
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
        assert_eq!(
            render("Hi {first_name}{{!}} {host_name}", value),
            Ok("Hi Jane{!} ".to_owned())
        );
        assert_eq!(
            render("{name}", value),
            Err(TemplateError::Unknown("name".to_owned()))
        );
        assert_eq!(render("a } b", value), Err(TemplateError::Brace('}')));
        assert_eq!(render("a { b", value), Err(TemplateError::Brace('{')));
    }
}
