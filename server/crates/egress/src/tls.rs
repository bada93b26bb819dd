//! How TLS is spoken: rustls with ring, TLS 1.2 and up, the machine's own roots.

use crate::client::EgressError;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;

/// A client configuration that needs no process-wide provider to be installed.
pub(crate) fn client_config() -> Result<ClientConfig, EgressError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(EgressError::Tls)?
        .with_root_certificates(roots())
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The machine's roots, so that a private authority the operator installed counts. A minimal
/// container has none at all: there, Mozilla's.
fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(native.certs);
    if roots.is_empty() {
        tracing::warn!("this machine has no root certificates: using the built-in ones");
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}
