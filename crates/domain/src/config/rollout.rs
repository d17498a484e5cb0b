//! A feature that is switched on for some customers first (S4-50).

use serde::{Deserialize, Deserializer, de::Error as _};
use sha2::{Digest, Sha256};

use super::glob;

/// For whom a feature is on: `true`, `false`, or `{ percent = 10, emails = ["*@acme.co"] }`.
///
/// A customer is always on the same side, also as the share grows: raising it only ever adds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rollout {
    percent: u32,
    /// Case-insensitive globs; whoever matches one has it, whatever the share.
    emails: Vec<String>,
}

impl Rollout {
    /// On for everybody.
    #[must_use]
    pub fn on() -> Self {
        Self {
            percent: 100,
            emails: Vec::new(),
        }
    }

    /// Whether `contact`, an e-mail address or another lasting name, has the feature called `feature`.
    #[must_use]
    pub fn allows(&self, feature: &str, contact: &str) -> bool {
        let contact = contact.trim().to_lowercase();
        self.percent >= 100
            || self
                .emails
                .iter()
                .any(|pattern| glob::matches(pattern, &contact))
            || share(feature, &contact) < self.percent
    }
}

/// A number from 0 to 99 that a contact keeps for a feature.
fn share(feature: &str, contact: &str) -> u32 {
    let hash = Sha256::new()
        .chain_update(feature)
        .chain_update([0])
        .chain_update(contact)
        .finalize();
    let number = hash
        .iter()
        .take(8)
        .fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
    u32::try_from(number % 100).unwrap_or(0)
}

impl<'de> Deserialize<'de> for Rollout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Wire {
            Switch(bool),
            Some(Share),
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Share {
            #[serde(default)]
            percent: u32,
            #[serde(default)]
            emails: Vec<String>,
        }
        match Wire::deserialize(deserializer)
            .map_err(|_| D::Error::custom("give true, false or {percent = N, emails = [..]}"))?
        {
            Wire::Switch(true) => Ok(Self::on()),
            Wire::Switch(false) => Ok(Self::default()),
            Wire::Some(Share { percent, .. }) if percent > 100 => {
                Err(D::Error::custom(format!("percent {percent} is over 100")))
            }
            Wire::Some(Share { percent, emails }) => Ok(Self { percent, emails }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rollout(text: &str) -> Result<Rollout, toml::de::Error> {
        #[derive(Deserialize)]
        struct File {
            feature: Rollout,
        }
        toml::from_str::<File>(&format!("feature = {text}")).map(|file| file.feature)
    }

    #[test]
    fn a_share_only_ever_grows_and_is_about_what_it_says() {
        let has = |text: &str| -> Vec<bool> {
            let rollout = rollout(text).unwrap();
            (0..1_000)
                .map(|n| rollout.allows("x", &format!("C{n}@acme.co")))
                .collect()
        };
        let (tenth, half) = (has("{ percent = 10 }"), has("{ percent = 50 }"));
        assert!(tenth.iter().zip(&half).all(|(a, b)| !a || *b));
        let count = |list: &[bool]| list.iter().filter(|b| **b).count();
        assert!((60..140).contains(&count(&tenth)) && (430..570).contains(&count(&half)));
        assert_eq!(
            (
                count(&has("true")),
                count(&has("false")),
                count(&has("{ percent = 0 }"))
            ),
            (1_000, 0, 0)
        );
    }

    #[test]
    fn a_segment_has_it_whatever_the_share() {
        let rollout = rollout("{ emails = [\"*@Acme.co\"] }").unwrap();
        assert!(rollout.allows("x", "Jane@ACME.co") && !rollout.allows("x", "jane@other.co"));
        for wrong in ["{ percent = 101 }", "\"yes\"", "{ share = 1 }"] {
            assert!(super::tests::rollout(wrong).is_err(), "{wrong}");
        }
    }
}
