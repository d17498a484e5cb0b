//! Networks from which a vendor is known to call (X53): only ever logged, because vendors change their ranges.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde_with::DeserializeFromStr;

/// A network, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, DeserializeFromStr)]
pub struct Network(IpNet);

/// The text is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no network (3.5.140.0/22)")]
pub struct NotNetwork(String);

impl FromStr for Network {
    type Err = NotNetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let network = text.trim().parse::<IpNet>();
        let one = || text.trim().parse::<IpAddr>().map(IpNet::from);
        network
            .or_else(|_| one())
            .map(Self)
            .map_err(|_| NotNetwork(text.to_owned()))
    }
}

impl Network {
    /// Whether `address` lies in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
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
