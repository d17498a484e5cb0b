//! What no key alone shows: values out of range, and rules that can never match.

use super::fault::ConfigFault;
use super::{BusinessConfig, CallTypeRule, TeamMember, UtmRule};
use crate::people::email;
use crate::people::phone::is_country;

/// The longest wait of a state machine: a year.
const FOLLOW_UP_WAIT_SECONDS_MAX: u32 = 31_536_000;
/// A checkout session that Stripe opens ends between half an hour and a day later.
const SESSION_MINUTES: std::ops::RangeInclusive<u32> = 30..=1440;
/// Of a health score.
const HEALTH_MAX: i32 = 100;

impl BusinessConfig {
    /// Every value that can't be used.
    pub(super) fn faults(&self) -> Vec<ConfigFault> {
        let mut faults = self.values();
        faults.extend(self.rules());
        for (place, session) in self.session_types.iter().enumerate() {
            let section = format!("session_types.{place}");
            if self.session_types[..place]
                .iter()
                .any(|s| s.id == session.id)
            {
                let problem = format!("is `{}`, as that of an earlier session type", session.id);
                faults.push(ConfigFault::new("id", problem).below(&section));
            }
            faults.extend(session.faults().into_iter().map(|f| f.below(&section)));
        }
        for (place, member) in self.team.iter().enumerate() {
            let section = format!("team.{place}");
            let others = &self.team[..place];
            faults.extend(member.faults(others).into_iter().map(|f| f.below(&section)));
        }
        let both = |outcome: &&String| self.close.no_show_outcomes.contains(outcome);
        if let Some(outcome) = self.close.attended_outcomes.iter().find(both) {
            let problem = format!("has `{outcome}`, which is an attended outcome, too");
            faults.push(ConfigFault::new("close.no_show_outcomes", problem));
        }
        let prices = self.bill.faults().into_iter();
        faults.extend(prices.map(|(key, problem)| ConfigFault::new(key, problem).below("bill")));
        let business = self.business.faults().into_iter();
        faults.extend(business.map(|fault| fault.below("business")));
        let retention = self.retention.faults().into_iter();
        faults.extend(retention.map(|fault| fault.below("retention")));
        faults.extend(self.sms.faults().into_iter().map(|f| f.below("sms")));
        for (language, set) in &self.messages {
            let section = format!("messages.{language}");
            faults.extend(set.faults().into_iter().map(|f| f.below(&section)));
        }
        faults
    }

    fn values(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        let mut check = |fits: bool, key: &str, problem: String| {
            if !fits {
                faults.push(ConfigFault::new(key, problem));
            }
        };
        let country = &self.default_country;
        check(
            is_country(country),
            "default_country",
            format!("is `{country}`, but must be a two-letter country code"),
        );
        check(
            (1..=FOLLOW_UP_WAIT_SECONDS_MAX).contains(&self.follow_up_wait_seconds),
            "follow_up_wait_seconds",
            format!("must be from 1 to {FOLLOW_UP_WAIT_SECONDS_MAX} (a year)"),
        );
        check(
            (0..=HEALTH_MAX).contains(&self.health_base),
            "health_base",
            format!("must be from 0 to {HEALTH_MAX}"),
        );
        check(
            self.high_value_minor >= 0,
            "high_value_minor",
            "must not be negative".to_owned(),
        );
        check(
            SESSION_MINUTES.contains(&self.stripe.session_minutes),
            "stripe.session_minutes",
            format!(
                "must be from {} to {}, else Stripe opens no session",
                SESSION_MINUTES.start(),
                SESSION_MINUTES.end()
            ),
        );
        for (key, value) in [
            (
                "limits.webhooks_per_second",
                self.limits.webhooks_per_second,
            ),
            ("limits.webhooks_burst", self.limits.webhooks_burst),
            ("access.idle_minutes", self.access.idle_minutes),
            (
                "attribution.half_life_days",
                self.attribution.half_life_days,
            ),
        ] {
            check(value > 0, key, "must be at least 1".to_owned());
        }
        faults
    }

    /// Rules that match nothing, because they ask for nothing.
    fn rules(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        let mut check = |empty: bool, key: String, wanted: &str| {
            if empty {
                let problem = format!("matches nothing: it needs {wanted}");
                faults.push(ConfigFault::new(key, problem));
            }
        };
        for (place, rule) in self.call_types.iter().enumerate() {
            let key = format!("call_types.{place}");
            check(rule.is_empty(), key, "`event_name` or `event_type`");
        }
        for (place, rule) in self.channels.utm_rules.iter().enumerate() {
            let key = format!("channels.utm_rules.{place}");
            check(rule.is_empty(), key, "one of the five `utm_` keys");
        }
        faults
    }
}

impl TeamMember {
    /// What is wrong with this member beside the earlier ones.
    fn faults(&self, earlier: &[Self]) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        let email = self.email.trim();
        if email::normalize(email).is_none() {
            let problem = format!("is `{email}`, which is no e-mail address");
            faults.push(ConfigFault::new("email", problem));
        }
        let same = |other: &Self| other.email.trim().eq_ignore_ascii_case(email);
        if earlier.iter().any(same) {
            let problem = format!("is `{email}`, as that of an earlier member");
            faults.push(ConfigFault::new("email", problem));
        }
        if let Some(owner) = &self.close_user_id
            && earlier
                .iter()
                .any(|other| other.close_user_id.as_ref() == Some(owner))
        {
            let problem = format!("is `{owner}`, as that of an earlier member");
            faults.push(ConfigFault::new("close_user_id", problem));
        }
        faults
    }
}

impl CallTypeRule {
    fn is_empty(&self) -> bool {
        self.event_name.is_none() && self.event_type.is_none()
    }
}

impl UtmRule {
    fn is_empty(&self) -> bool {
        [
            &self.utm_source,
            &self.utm_medium,
            &self.utm_campaign,
            &self.utm_content,
            &self.utm_term,
        ]
        .iter()
        .all(|key| key.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_mean_nothing_are_named() {
        let session = |id: &str, minutes: u32, currency: &str, url: &str| {
            format!(
                "[[session_types]]\nid = \"{id}\"\nname = \"S\"\nevent_type = \"E\"\nduration_minutes = {minutes}\nprice_minor = 501\ncurrency = \"{currency}\"\nscheduling_url = \"{url}\"\n"
            )
        };
        let member = |email: &str, owner: &str| {
            format!(
                "[[team]]\nemail = \"{email}\"\nname = \"A\"\nrole = \"am\"\nclose_user_id = \"{owner}\"\n"
            )
        };
        let url = "https://calendly.com/a/b";
        for (text, key) in [
            (session("", 60, "USD", url), "session_types.0.id"),
            (
                session("s", 0, "USD", url),
                "session_types.0.duration_minutes",
            ),
            (session("s", 60, "MGA", url), "session_types.0.price_minor"),
            (
                session("s", 60, "USD", "javascript:1"),
                "session_types.0.scheduling_url",
            ),
            (member("nobody", "u1"), "team.0.email"),
            (
                member("a@b.c", "u1") + &member("d@b.c", "u1"),
                "team.1.close_user_id",
            ),
            (
                "[close]\nattended_outcomes = [\"o\"]\nno_show_outcomes = [\"o\"]".to_owned(),
                "close.no_show_outcomes",
            ),
            ("high_value_minor = -1".to_owned(), "high_value_minor"),
        ] {
            let error = BusinessConfig::from_toml(&text).unwrap_err();
            let keys: Vec<&str> = error.0.iter().map(|fault| &*fault.key).collect();
            assert_eq!(keys, [key], "{error}");
        }
        let good = session("s", 60, "USD", url) + &member("a@b.c", "u1");
        BusinessConfig::from_toml(&good).unwrap();
    }
}
