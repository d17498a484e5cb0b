//! Who the business is to its customers.

use serde::Deserialize;

use super::fault::ConfigFault;
use crate::people::email;

/// Characters of a name.
const NAME_CHARS_MAX: usize = 80;
/// Characters of an address of the web.
const URL_CHARS_MAX: usize = 500;

/// `[business]`: what the customers' pages tell of the business (WEB G15).
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AboutConfig {
    /// As customers know it.
    pub name: Option<String>,
    /// Where they write to.
    pub contact_email: Option<String>,
    /// The page that says what becomes of their data.
    pub privacy_url: Option<String>,
}

impl AboutConfig {
    pub(super) fn faults(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        let mut check = |fits: bool, key: &str, problem: String| {
            if !fits {
                faults.push(ConfigFault::new(key, problem));
            }
        };
        if let Some(name) = &self.name {
            let chars = name.chars().count();
            let fits = !name.trim().is_empty() && chars <= NAME_CHARS_MAX;
            let problem = format!("must have from 1 to {NAME_CHARS_MAX} characters");
            check(fits, "name", problem);
        }
        if let Some(address) = &self.contact_email {
            let problem = format!("is `{address}`, which is no e-mail address");
            check(
                email::normalize(address).is_some(),
                "contact_email",
                problem,
            );
        }
        if let Some(url) = &self.privacy_url {
            let problem = format!("is `{url}`, but must begin with https:// or http://");
            check(is_page(url), "privacy_url", problem);
        }
        faults
    }
}

fn is_page(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let plain = |rest: &str| !rest.is_empty() && !rest.contains(char::is_whitespace);
    rest.is_some_and(plain) && url.chars().count() <= URL_CHARS_MAX
}

#[cfg(test)]
mod tests {
    use crate::config::BusinessConfig;

    #[test]
    fn what_customers_read_is_checked() {
        let read = |text: &str| BusinessConfig::from_toml(&format!("[business]\n{text}\n"));
        let good = read(
            "name = \"Acme\"\ncontact_email = \"hi@acme.co\"\nprivacy_url = \"https://acme.co/privacy\"",
        );
        assert_eq!(good.unwrap().business.name.as_deref(), Some("Acme"));
        for (text, key) in [
            ("name = \" \"", "business.name"),
            ("contact_email = \"nobody\"", "business.contact_email"),
            (
                "privacy_url = \"javascript:alert(1)\"",
                "business.privacy_url",
            ),
            ("privacy_url = \"https://\"", "business.privacy_url"),
            ("phone = \"1\"", "business.phone"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(key), "{text}: {error}");
        }
    }
}
