//! Finds the marketing channel of a booking by its event type and UTM values.

use serde::{Deserialize, Serialize};

use super::tracking::Tracking;
use crate::config::{ChannelConfig, UtmRule, last_segment};

/// The channel of a booking that no rule matches (X21).
pub const UNKNOWN: &str = "unknown";

/// A channel and how it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    pub name: String,
    /// The event-type map and the UTM rules named different channels; the map won (X21).
    pub conflict: bool,
}

/// Event-type map, then the first matching UTM rule, then the first matching referrer rule, then
/// `unknown` (X21).
#[must_use]
pub fn resolve(
    config: &ChannelConfig,
    event_type: Option<&str>,
    tracking: &Tracking<'_>,
) -> Channel {
    let mapped = event_type.and_then(|uri| {
        config
            .event_types
            .get(uri)
            .or_else(|| config.event_types.get(last_segment(uri)))
            .or_else(|| by_prefix(config, uri))
    });
    let by_rule = config
        .utm_rules
        .iter()
        .find(|rule| matches(rule, tracking))
        .map(|rule| &rule.channel);
    let by_referrer = || {
        config
            .referrer_rules
            .iter()
            .find(|rule| {
                tracking
                    .referrer
                    .is_some_and(|r| r.to_lowercase().contains(&rule.contains.to_lowercase()))
            })
            .map(|rule| &rule.channel)
    };
    let conflict = matches!((mapped, by_rule), (Some(map), Some(rule)) if map != rule);
    let name = mapped
        .or(by_rule)
        .or_else(by_referrer)
        .map_or(UNKNOWN, String::as_str)
        .to_owned();
    Channel { name, conflict }
}

/// Whether every key that a rule gives equals the touch's, whatever the case.
fn matches(rule: &UtmRule, tracking: &Tracking<'_>) -> bool {
    let pairs = [
        (&rule.utm_source, tracking.utm_source),
        (&rule.utm_medium, tracking.utm_medium),
        (&rule.utm_campaign, tracking.utm_campaign),
        (&rule.utm_content, tracking.utm_content),
        (&rule.utm_term, tracking.utm_term),
    ];
    let mut given = pairs
        .iter()
        .filter_map(|(wanted, value)| wanted.as_ref().map(|wanted| (wanted, value)))
        .peekable();
    given.peek().is_some()
        && given
            .all(|(wanted, value)| value.is_some_and(|v| v.to_lowercase() == wanted.to_lowercase()))
}

/// A key such as `d639ecd3` also stands for `d639ecd3-8718-…`: the configuration may abbreviate an event type's id (S0-5).
fn by_prefix<'a>(config: &'a ChannelConfig, uri: &str) -> Option<&'a String> {
    let id = last_segment(uri);
    let first_group = id.split('-').next()?;
    (first_group.len() < id.len())
        .then(|| config.event_types.get(first_group))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> ChannelConfig {
        toml::from_str(
            r#"
            event_types = { d639ecd3 = "facebook_paid_ads", "https://api.calendly.com/event_types/FULL" = "podcast" }
            utm_rules = [{ utm_source = "google", utm_medium = "cpc", channel = "google_ads" }, { utm_source = "google", channel = "google" }]
            referrer_rules = [{ contains = "linkedin.com", channel = "linkedin" }]
            "#,
        )
        .unwrap()
    }

    #[test]
    fn the_map_beats_the_rules_and_the_conflict_is_told() {
        let google = Tracking {
            utm_source: Some("Google"),
            ..Tracking::default()
        };
        let cases = [
            (
                Some("https://api.calendly.com/event_types/d639ecd3"),
                google,
                "facebook_paid_ads",
                true,
            ),
            (
                Some("https://api.calendly.com/event_types/d639ecd3-8718-4068"),
                Tracking::default(),
                "facebook_paid_ads",
                false,
            ),
            (
                Some("https://api.calendly.com/event_types/FULL"),
                Tracking::default(),
                "podcast",
                false,
            ),
            (
                Some("https://api.calendly.com/event_types/other"),
                google,
                "google",
                false,
            ),
            (
                None,
                Tracking {
                    utm_medium: Some("CPC"),
                    ..google
                },
                "google_ads",
                false,
            ),
            (
                None,
                Tracking {
                    referrer: Some("https://www.LinkedIn.com/x"),
                    ..Tracking::default()
                },
                "linkedin",
                false,
            ),
            (None, Tracking::default(), UNKNOWN, false),
        ];
        for (event_type, tracking, name, conflict) in cases {
            assert_eq!(
                resolve(&config(), event_type, &tracking),
                Channel {
                    name: name.to_owned(),
                    conflict
                },
                "{event_type:?} {tracking:?}"
            );
        }
    }
}
