//! `bookpath.toml`: the business rules, in one file. `bookpath.example.toml` shows every key.
//!
//! First match wins in every list; an absent section means its defaults; an unknown key is an error that
//! names it. Secrets and addresses are not here: they come from the environment.

mod about;
mod fault;
mod faults;
mod glob;
mod messages;
mod networks;
mod retention;
mod rollout;
mod sections;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::money::prices::Prices;

pub use about::AboutConfig;
pub use fault::{ConfigError, ConfigFault};
pub(crate) use messages::Named;
pub use messages::{MessageSet, MessageVariant, SmsConfig, TemplateError, VARIANTS_MAX, render};
pub use networks::{Network, NotNetwork};
pub use retention::RetentionConfig;
pub use rollout::Rollout;
pub use sections::{
    AccessConfig, AttributionConfig, CalendlyConfig, CallType, CallTypeRule, ChannelConfig,
    CloseConfig, EtlConfig, LimitsConfig, QuietHours, ReferrerRule, RefundPolicy, RefundTier,
    SOURCE_FIELD, SessionType, StripeConfig, TeamMember, TeamRole, TypeformConfig, UtmRule,
};

/// All business rules.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BusinessConfig {
    /// The zone of `booking_*` columns, months and ad-spend days (X16).
    #[serde(deserialize_with = "sections::time_zone")]
    pub reporting_timezone: TimeZone,
    /// ISO 3166 code for phone numbers without a country (X34).
    pub default_country: String,
    /// Silence before the follow-up text, in seconds (X42).
    pub follow_up_wait_seconds: u32,
    /// How much a webhook's signed time may differ from the clock, in seconds.
    pub signature_tolerance_seconds: u32,
    /// Base of the health score (X10).
    pub health_base: i32,
    /// Won revenue from which a customer is high-value, in minor units (X15).
    pub high_value_minor: i64,
    pub quiet_hours: QuietHours,
    pub call_types: Vec<CallTypeRule>,
    pub channels: ChannelConfig,
    pub session_types: Vec<SessionType>,
    /// Language tag to templates.
    pub messages: BTreeMap<String, MessageSet>,
    pub sms: SmsConfig,
    pub limits: LimitsConfig,
    pub access: AccessConfig,
    pub etl: EtlConfig,
    pub retention: RetentionConfig,
    pub calendly: CalendlyConfig,
    pub stripe: StripeConfig,
    pub bill: Prices,
    pub attribution: AttributionConfig,
    pub close: CloseConfig,
    pub typeform: TypeformConfig,
    pub team: Vec<TeamMember>,
    pub business: AboutConfig,
}

impl Default for BusinessConfig {
    fn default() -> Self {
        Self {
            reporting_timezone: TimeZone::UTC,
            default_country: "US".to_owned(),
            follow_up_wait_seconds: 1800,
            signature_tolerance_seconds: 300,
            health_base: 50,
            high_value_minor: 1_000_000,
            quiet_hours: QuietHours::default(),
            call_types: Vec::new(),
            channels: ChannelConfig::default(),
            session_types: Vec::new(),
            messages: BTreeMap::new(),
            sms: SmsConfig::default(),
            limits: LimitsConfig::default(),
            access: AccessConfig::default(),
            etl: EtlConfig::default(),
            retention: RetentionConfig::default(),
            calendly: CalendlyConfig::default(),
            stripe: StripeConfig::default(),
            bill: Prices::default(),
            attribution: AttributionConfig::default(),
            close: CloseConfig::default(),
            typeform: TypeformConfig::default(),
            team: Vec::new(),
            business: AboutConfig::default(),
        }
    }
}

impl BusinessConfig {
    /// Reads the file's text.
    ///
    /// # Errors
    /// [`ConfigError`] names the line and the key of what can't be used.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let file = toml::Deserializer::parse(text).map_err(|e| fault::syntax(text, &e))?;
        let config: Self = serde_path_to_error::deserialize(file).map_err(|e| {
            fault::unknown_keys::<Self>(text).unwrap_or_else(|| fault::value(text, &e))
        })?;
        let faults = config.faults();
        if faults.is_empty() {
            Ok(config)
        } else {
            Err(fault::locate(text, faults))
        }
    }

    /// The call type of an event; `None` when no rule matches.
    #[must_use]
    pub fn call_type(&self, event_name: &str, event_type: &str) -> Option<CallType> {
        self.call_types
            .iter()
            .find(|rule| rule.matches(event_name, event_type))
            .map(|rule| rule.call_type)
    }

    /// The session type whose event type is this one, by uri or last segment.
    #[must_use]
    pub fn session_type_of(&self, event_type: &str) -> Option<&SessionType> {
        self.session_types
            .iter()
            .find(|s| same_event_type(&s.event_type, event_type))
    }
}

/// The text after the last `/`.
#[must_use]
pub fn last_segment(uri: &str) -> &str {
    uri.rsplit('/').next().unwrap_or(uri)
}

/// `rule` is an event-type uri or its last segment.
fn same_event_type(rule: &str, uri: &str) -> bool {
    rule == uri || rule == last_segment(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = include_str!("../../tests/bookpath.full.toml");

    #[test]
    fn every_documented_key_is_read() {
        let config = BusinessConfig::from_toml(FULL).unwrap();
        assert_eq!(
            config.reporting_timezone.iana_name(),
            Some("America/New_York")
        );
        assert_eq!(
            config.call_type("My TRIAGE call", "x"),
            Some(CallType::Triage)
        );
        assert_eq!(
            config.call_type("Strategy", "https://api.calendly.com/event_types/SOL1"),
            Some(CallType::Solution)
        );
        assert_eq!(config.call_type("Coffee", "x"), None);
        assert_eq!(
            config
                .session_type_of("https://api.calendly.com/event_types/PAID1")
                .map(|s| s.price_minor),
            Some(15_000)
        );
        assert_eq!(config.session_types[0].refund_policy, RefundPolicy::Full);
        assert_eq!(
            config.session_types[1].refund_policy,
            RefundPolicy::Percent { percent: 50 }
        );
        assert_eq!(
            config.session_types[2].refund_policy.percent_at(48 * 3600),
            100
        );
        assert_eq!(config.session_types[2].refund_policy.percent_at(3600), 0);
        assert!(config.quiet_hours.enabled);
        assert_eq!(config.team[0].role, TeamRole::Closer);
        assert_eq!(
            (
                config.sms.parts_per_second,
                config.messages["en"].variants.len()
            ),
            (Some(20), 1)
        );
        assert!(
            config.sms.feedback.allows("feedback", "jane@acme.co")
                && config.calendly == CalendlyConfig::default()
        );
    }

    #[test]
    fn an_empty_file_is_the_defaults() {
        assert_eq!(BusinessConfig::from_toml(""), Ok(BusinessConfig::default()));
    }

    #[test]
    fn faults_are_named() {
        let cases = [
            ("colour = 1", "colour"),
            ("[channels]\nevent_typs = {}", "event_typs"),
            ("reporting_timezone = \"Mars/Base\"", "Mars/Base"),
            ("default_country = \"USA\"", "default_country"),
            ("follow_up_wait_seconds = 0", "follow_up_wait_seconds"),
            (
                "[messages.en]\nconfirmation = \"Hi {frist_name}\"\nfollow_up = \"x\"\nreminder_24h = \"y\"",
                "frist_name",
            ),
            ("[quiet_hours]\nenabled = true\nstart = \"25:00\"", "25:00"),
            (
                "[[messages.en.variants]]\nconfirmation = \"{frist_name}\"",
                "variants.0.confirmation",
            ),
            ("[sms]\nparts_per_second = 0", "parts_per_second"),
            ("[limits]\nknown_networks = [\"here\"]", "here"),
            ("[stripe]\nsession_minutes = 29", "stripe.session_minutes"),
            ("[stripe]\nsession_minutes = 1441", "from 30 to 1440"),
            ("[attribution]\nhalf_life_days = 0", "half_life_days"),
            ("health_base = 101", "health_base"),
            ("[[call_types]]\ncall_type = \"triage\"", "call_types.0"),
            (
                "[[channels.utm_rules]]\nchannel = \"google\"",
                "channels.utm_rules.0",
            ),
        ];
        for (text, named) in cases {
            let error = BusinessConfig::from_toml(text).unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
        }
    }
}
