//! The HTTPS client of every SDK client: one pool of connections, ring, and root certificates compiled in.
//!
//! The SDK's default client brings a second TLS provider and parses the system's root certificates at every cold start.

use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::setup_error::SetupError;

/// Idle connections per host that wait for the next request: a batch of the stream makes about as many calls at once.
pub(crate) const CONNECTIONS_KEPT: usize = 32;
/// Limit of the TCP and TLS handshakes.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The services close idle connections after about this long.
const IDLE_MAX: Duration = Duration::from_secs(20);

/// A client with a pool of its own that keeps `kept` idle connections per host. All SDK clients that get it share the
/// pool: the connector is made here, once, and not once per set of timeouts. Limits of a call are the operation's.
///
/// # Errors
/// [`SetupError::Tls`].
pub(crate) fn client(kept: usize) -> Result<SharedHttpClient, SetupError> {
    let roots = TrustStore::empty().with_pem_certificate(roots_pem());
    let tls = TlsContext::builder()
        .with_trust_store(roots)
        .build()
        .map_err(|e| SetupError::Tls(e.to_string()))?;
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .build();
    let connector = Connector::builder()
        .connector_settings(settings)
        .pool_idle_timeout(IDLE_MAX)
        .pool_max_idle_per_host(kept)
        .tls_provider(Provider::rustls(CryptoMode::Ring))
        .tls_context(tls)
        .build();
    let connector = SharedHttpConnector::new(connector);
    Ok(http_client_fn(move |_, _| connector.clone()))
}

/// Mozilla's root certificates, in the only notation that the client takes.
fn roots_pem() -> String {
    let mut pem = String::new();
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        STANDARD.encode_string(certificate, &mut pem);
        pem.push_str("\n-----END CERTIFICATE-----\n");
    }
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_built_with_every_root() {
        let begun = roots_pem().matches("BEGIN CERTIFICATE").count();
        assert_eq!(begun, webpki_root_certs::TLS_SERVER_ROOT_CERTS.len());
        assert!(client(1).is_ok());
    }
}
