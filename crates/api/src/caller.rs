//! Whom a request comes from, as the edge noted it.

use axum::http::HeaderMap;
use bookpath_app::access::network_of;

/// The header in which the process notes the caller's address; a value that a client sends is discarded.
pub const CLIENT_IP: &str = "x-bookpath-client-ip";

/// The caller's address.
pub(crate) fn address(headers: &HeaderMap) -> &str {
    headers
        .get(CLIENT_IP)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("local")
}

/// Whom limits count: an IPv4 address, or the network of an IPv6 address.
pub(crate) fn network(headers: &HeaderMap) -> String {
    network_of(address(headers))
}
