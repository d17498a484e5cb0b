//! Networks from which a vendor is known to call (X53): only ever logged, because vendors change their ranges.

use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de::Error as _};

/// An address and how many of its first bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// The text is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no network (3.5.140.0/22)")]
pub struct NotNetwork(String);

impl FromStr for Network {
    type Err = NotNetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotNetwork(text.to_owned());
        let (address, bits) = text
            .split_once('/')
            .map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.trim().parse().map_err(|_| wrong()))?;
        if bits <= most {
            Ok(Self { address, bits })
        } else {
            Err(wrong())
        }
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

impl Network {
    /// Whether `address` lies in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let same = |a: u128, b: u128, width: u32| {
            let rest = width - u32::from(self.bits).min(width);
            rest >= width || (a >> rest) == (b >> rest)
        };
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                same(own.to_bits().into(), other.to_bits().into(), 32)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => same(own.to_bits(), other.to_bits(), 128),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_and_outside() {
        for (network, address, inside) in [
            ("3.5.140.0/22", "3.5.143.255", true),
            ("3.5.140.0/22", "3.5.144.0", false),
            ("10.0.0.7", "10.0.0.7", true),
            ("0.0.0.0/0", "9.9.9.9", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "3.5.140.1", false),
        ] {
            assert_eq!(
                network
                    .parse::<Network>()
                    .unwrap()
                    .contains(address.parse().unwrap()),
                inside,
                "{network} {address}"
            );
        }
        for text in ["", "host", "1.2.3.4/33", "1.2.3.4/x"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
