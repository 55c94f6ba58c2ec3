//! By what somebody is known again: the browser they signed in with, and the network they came from.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::secret::{base64url, random, sha256};

/// A browser's lasting name, 128 random bits, sealed in a cookie. It opens nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceId([u8; 16]);

impl DeviceId {
    /// A new one.
    pub fn draw() -> Self {
        Self(random())
    }

    /// From the bytes that [`DeviceId::bytes`] gave.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().map(Self).ok()
    }

    /// For the cookie.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Under what it is remembered: its hash.
    pub fn place(&self) -> String {
        base64url(&sha256(&self.0))
    }
}

/// What a person is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
pub enum Kind {
    /// A browser, by [`DeviceId::place`].
    Device,
    /// A network, by [`network`].
    Network,
}

/// The network of an address: an IPv4 /16 or an IPv6 /32, which is about as much as one provider hands out in one
/// region. Narrower ones change with every walk around the block. What is no address is its own network.
pub fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(v4)) => format!("{}/16", Ipv4Addr::from_bits(v4.to_bits() >> 16 << 16)),
        Ok(IpAddr::V6(v6)) => format!("{}/32", Ipv6Addr::from_bits(v6.to_bits() >> 96 << 96)),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_network() {
        assert_eq!(network("192.0.2.9"), "192.0.0.0/16");
        assert_eq!(network("::ffff:192.0.77.1"), "192.0.0.0/16");
        assert_eq!(network("2001:db8:1:2::3"), "2001:db8::/32");
        assert_eq!(network(""), "");
        assert_eq!(DeviceId::from_bytes(DeviceId::draw().bytes()).map(|id| id.place().len()), Some(43));
        assert!(DeviceId::from_bytes(b"short").is_none());
    }
}
