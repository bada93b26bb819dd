//! How TLS is spoken: rustls with ring, TLS 1.2 and up, the machine's own roots.

use super::config::{Security, SmtpConfig};
use lettre::transport::smtp;
use lettre::transport::smtp::client::{CertificateStore, TlsParameters};

/// The TLS library refused its configuration.
#[derive(Debug, thiserror::Error)]
#[error("TLS to the mail server could not be set up: {0}")]
pub struct SmtpSetupError(#[source] smtp::Error);

/// How to encrypt, if that is wanted. Certificates are always checked: a server with one of its own needs its authority
/// among the machine's.
pub(super) fn parameters(config: &SmtpConfig) -> Result<Option<TlsParameters>, SmtpSetupError> {
    if config.security == Security::None {
        return Ok(None);
    }
    let parameters = TlsParameters::builder(config.host.clone()).certificate_store(roots());
    parameters.build_rustls().map(Some).map_err(SmtpSetupError)
}

/// The machine's roots, so that a private authority the operator installed counts. A minimal container has none at
/// all: there, Mozilla's.
fn roots() -> CertificateStore {
    if rustls_native_certs::load_native_certs().certs.is_empty() {
        tracing::warn!("this machine has no root certificates: using the built-in ones for mail");
        return CertificateStore::WebpkiRoots;
    }
    CertificateStore::Default
}
