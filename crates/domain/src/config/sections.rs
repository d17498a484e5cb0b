//! The sections of `bookpath.toml`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::fault::ConfigFault;
use super::networks::Network;
use super::rollout::Rollout;
use super::{glob, same_event_type};
use crate::money::currency;

pub(super) fn time_zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeZone, D::Error> {
    let name = String::deserialize(deserializer)?;
    TimeZone::get(&name).map_err(|_| D::Error::custom(format!("unknown time zone `{name}`")))
}

fn clock_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    let text = String::deserialize(deserializer)?;
    Time::strptime("%H:%M", &text)
        .map_err(|_| D::Error::custom(format!("`{text}` is no time of day (HH:MM)")))
}

/// When texts other than confirmations wait, in the invitee's own zone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QuietHours {
    pub enabled: bool,
    #[serde(deserialize_with = "clock_time")]
    pub start: Time,
    #[serde(deserialize_with = "clock_time")]
    pub end: Time,
}

impl Default for QuietHours {
    fn default() -> Self {
        // TCPA: nothing before 8 and after 21 o'clock of the recipient.
        Self {
            enabled: false,
            start: Time::constant(21, 0, 0, 0),
            end: Time::constant(8, 0, 0, 0),
        }
    }
}

/// The two kinds of sales call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallType {
    Triage,
    Solution,
}

/// One rule of `[[call_types]]`: every given key must match.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallTypeRule {
    pub call_type: CallType,
    /// Case-insensitive glob.
    pub event_name: Option<String>,
    /// Uri or last segment.
    pub event_type: Option<String>,
}

impl CallTypeRule {
    pub(super) fn matches(&self, event_name: &str, event_type: &str) -> bool {
        (self.event_name.is_some() || self.event_type.is_some())
            && self
                .event_name
                .as_ref()
                .is_none_or(|pattern| glob::matches(pattern, event_name))
            && self
                .event_type
                .as_ref()
                .is_none_or(|rule| same_event_type(rule, event_type))
    }
}

/// `[channels]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelConfig {
    /// Event-type uri or last segment to channel.
    pub event_types: BTreeMap<String, String>,
    pub utm_rules: Vec<UtmRule>,
    pub referrer_rules: Vec<ReferrerRule>,
}

/// One UTM rule: every given key must equal, whatever the case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UtmRule {
    pub utm_source: Option<String>,
    pub utm_medium: Option<String>,
    pub utm_campaign: Option<String>,
    pub utm_content: Option<String>,
    pub utm_term: Option<String>,
    pub channel: String,
}

/// One referrer rule: the referrer contains the text, whatever the case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferrerRule {
    pub contains: String,
    pub channel: String,
}

/// A kind of paid or free session that customers book.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionType {
    pub id: String,
    pub name: String,
    /// A booking of this Calendly event type is a booking of this session type.
    pub event_type: String,
    pub duration_minutes: u32,
    pub price_minor: i64,
    pub currency: String,
    #[serde(default)]
    pub refund_policy: RefundPolicy,
    pub scheduling_url: String,
}

impl SessionType {
    pub(super) fn faults(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        if self.id.trim().is_empty() {
            faults.push(ConfigFault::new("id", "is empty"));
        }
        if self.duration_minutes == 0 {
            faults.push(ConfigFault::new("duration_minutes", "must be at least 1"));
        }
        let url = &self.scheduling_url;
        if !["https://", "http://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
        {
            let problem = format!("is `{url}`, but must be an address that starts with https://");
            faults.push(ConfigFault::new("scheduling_url", problem));
        }
        if self.price_minor < 0 {
            faults.push(ConfigFault::new("price_minor", "must not be negative"));
        }
        if !currency::is_known(&self.currency) {
            let problem = format!(
                "is `{}`, but must be a three-letter code of ISO 4217",
                self.currency
            );
            faults.push(ConfigFault::new("currency", problem));
        }
        let step = currency::payment_step(&self.currency);
        if self.price_minor % step != 0 {
            let problem = format!(
                "is {}, but must be a multiple of {step} in {}, else no card can pay it",
                self.price_minor, self.currency
            );
            faults.push(ConfigFault::new("price_minor", problem));
        }
        let percents: Vec<u32> = match &self.refund_policy {
            RefundPolicy::Percent { percent } => vec![*percent],
            RefundPolicy::ByNotice { tiers } => tiers.iter().map(|tier| tier.percent).collect(),
            RefundPolicy::Full | RefundPolicy::None => Vec::new(),
        };
        if let Some(percent) = percents.into_iter().find(|percent| *percent > 100) {
            let problem = format!("gives back {percent} percent, but 100 is the most");
            faults.push(ConfigFault::new("refund_policy", problem));
        }
        faults
    }
}

/// Share of a payment that a cancellation refunds (X50).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RefundPolicy {
    #[default]
    Full,
    None,
    Percent {
        percent: u32,
    },
    /// By the notice given; the tier with the greatest `hours_before` that fits counts.
    ByNotice {
        tiers: Vec<RefundTier>,
    },
}

/// One step of a time-based refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundTier {
    pub hours_before: u32,
    pub percent: u32,
}

impl RefundPolicy {
    /// Percent of the payment that a cancellation `notice_seconds` before the start gives back.
    #[must_use]
    pub fn percent_at(&self, notice_seconds: i64) -> u32 {
        match self {
            Self::Full => 100,
            Self::None => 0,
            Self::Percent { percent } => *percent,
            Self::ByNotice { tiers } => {
                let fits = tiers
                    .iter()
                    .filter(|tier| notice_seconds >= i64::from(tier.hours_before) * 3600);
                fits.max_by_key(|tier| tier.hours_before)
                    .map_or(0, |tier| tier.percent)
            }
        }
    }
}

impl<'de> Deserialize<'de> for RefundPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Wire {
            Word(String),
            Percent { percent: u32 },
            Tiers { tiers: Vec<RefundTier> },
        }
        match Wire::deserialize(deserializer).map_err(|_| {
            D::Error::custom("refund_policy is \"full\", \"none\", {percent = N} or {tiers = [{hours_before = N, percent = N}]}")
        })? {
            Wire::Word(word) if word == "full" => Ok(Self::Full),
            Wire::Word(word) if word == "none" => Ok(Self::None),
            Wire::Word(word) => Err(D::Error::custom(format!("unknown refund_policy `{word}`"))),
            Wire::Percent { percent } => Ok(Self::Percent { percent }),
            Wire::Tiers { tiers } => Ok(Self::ByNotice { tiers }),
        }
    }
}

/// Written as it is read: bookings keep the policy under which they were made.
impl Serialize for RefundPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Wire<'a> {
            Word(&'a str),
            Percent { percent: u32 },
            Tiers { tiers: &'a [RefundTier] },
        }
        let wire = match self {
            Self::Full => Wire::Word("full"),
            Self::None => Wire::Word("none"),
            Self::Percent { percent } => Wire::Percent { percent: *percent },
            Self::ByNotice { tiers } => Wire::Tiers { tiers },
        };
        wire.serialize(serializer)
    }
}

/// `[limits]`: the webhook edge, per process.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Of each vendor.
    pub webhooks_per_second: u32,
    /// Of one vendor at once.
    pub webhooks_burst: u32,
    /// Where vendors call from; calls from elsewhere are logged and counted, never refused (X53). Empty: off.
    pub known_networks: Vec<Network>,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            webhooks_per_second: 100,
            webhooks_burst: 1000,
            known_networks: Vec::new(),
        }
    }
}

/// `[access]`: sessions of the team.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccessConfig {
    /// Minutes after which a session that nobody uses ends (S3-106); by default as many as a session lasts.
    pub idle_minutes: u32,
}

impl Default for AccessConfig {
    fn default() -> Self {
        Self { idle_minutes: 480 }
    }
}

impl AccessConfig {
    /// How long a session may stay unused.
    #[must_use]
    pub fn idle(&self) -> SignedDuration {
        SignedDuration::from_mins(self.idle_minutes.into())
    }
}

/// `[etl]`: the short interval between the nightly runs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EtlConfig {
    /// Seconds between two incremental runs; 0 leaves only the nightly one.
    pub interval_seconds: u32,
    /// Hours without any change after which the freshness check fails a run; 0 only reports the age.
    pub freshness_hours: u32,
}

impl Default for EtlConfig {
    fn default() -> Self {
        Self {
            interval_seconds: 300,
            freshness_hours: 0,
        }
    }
}

/// `[calendly]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CalendlyConfig {
    /// Book for customers through the Scheduling API (a paid plan): `POST /api/bookings` takes a `start_time`.
    pub scheduling_api: Rollout,
}

/// `[stripe]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StripeConfig {
    /// Life of a checkout session, in minutes.
    pub session_minutes: u32,
}

impl Default for StripeConfig {
    fn default() -> Self {
        Self {
            session_minutes: 60,
        }
    }
}

/// `[attribution]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttributionConfig {
    pub window_days: u32,
    pub half_life_days: u32,
}

impl Default for AttributionConfig {
    fn default() -> Self {
        Self {
            window_days: 90,
            half_life_days: 7,
        }
    }
}

/// `[close]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CloseConfig {
    /// Custom field of an opportunity with the cash collected, in major units.
    pub cash_custom_field: Option<String>,
    pub attended_outcomes: Vec<String>,
    pub no_show_outcomes: Vec<String>,
    /// Custom field of a lead with its tags.
    pub tag_custom_field: Option<String>,
    /// Tags of a customer of high value whatever they bought (X15); case does not matter.
    pub high_value_tags: Vec<String>,
    /// Bookings and what became of them are written to Close as notes (S2-51).
    pub write_back: bool,
}

/// The CRM's custom field of a lead that says where it came from (S3-8).
pub const SOURCE_FIELD: &str = "cf_lead_source";

impl CloseConfig {
    /// Ids of the custom fields that numbers are made of.
    #[must_use]
    pub fn counted_fields(&self) -> BTreeSet<String> {
        let own = [&self.cash_custom_field, &self.tag_custom_field];
        let own = own.into_iter().flatten();
        let own = own.map(|id| id.strip_prefix("custom.").unwrap_or(id));
        own.chain([SOURCE_FIELD]).map(str::to_owned).collect()
    }
}

/// `[typeform]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TypeformConfig {
    pub forms: Vec<String>,
}

/// A member of the sales team.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeamMember {
    pub email: String,
    pub name: String,
    pub role: TeamRole,
    pub close_user_id: Option<String>,
}

/// What a member does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TeamRole {
    Setter,
    Closer,
    Am,
}
