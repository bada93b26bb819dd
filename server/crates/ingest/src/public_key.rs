//! Signatures that are made with a private key and verified with a public one.

use crate::refusal::Refusal;
use hookreel_kernel::Timestamp;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use x509_parser::certificate::X509Certificate;
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

/// An Ed25519 public key, in octets.
pub(crate) const ED25519_KEY_BYTES: usize = 32;

/// How a signature was made.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Made {
    /// Ed25519.
    Ed25519,
    /// ECDSA on P-256 with SHA-256, in DER.
    EcdsaDer,
    /// The same as two numbers of 32 octets, as JSON Web Tokens have it.
    EcdsaFixed,
    /// RSA of PKCS #1 v1.5 with SHA-256.
    RsaSha256,
    /// The same with SHA-1: only for Amazon SNS, whose first version has nothing better.
    RsaSha1,
}

/// Whether the signature is that of the message. The key is the raw octets: a point, or PKCS #1.
pub(crate) fn is_signed(made: Made, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let algorithm: &'static dyn VerificationAlgorithm = match made {
        Made::Ed25519 => &ED25519,
        Made::EcdsaDer => &ECDSA_P256_SHA256_ASN1,
        Made::EcdsaFixed => &ECDSA_P256_SHA256_FIXED,
        Made::RsaSha256 => &RSA_PKCS1_2048_8192_SHA256,
        Made::RsaSha1 => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
    };
    UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
}

/// Whether an RSA signature of PKCS #1 v1.5 with SHA-256 is that of the message, for a key of two numbers.
pub(crate) fn is_signed_with_rsa(modulus: &[u8], exponent: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = RsaPublicKeyComponents { n: modulus, e: exponent };
    key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
}

/// The raw key in a DER `SubjectPublicKeyInfo`.
pub(crate) fn key_in_spki(der: &[u8]) -> Option<Vec<u8>> {
    let (rest, info) = SubjectPublicKeyInfo::from_der(der).ok()?;
    rest.is_empty().then(|| info.subject_public_key.data.to_vec())
}

/// The raw key in a PEM public key.
pub(crate) fn key_in_pem(pem: &[u8]) -> Option<Vec<u8>> {
    let pem = first_pem(pem, "PUBLIC KEY")?;
    key_in_spki(&pem.contents)
}

/// The raw key in the first certificate of a PEM document, if that certificate is valid at the time.
///
/// No chain is checked: the certificate was fetched over TLS from the provider's own, fixed address,
/// and that is what it is believed for.
pub(crate) fn key_in_certificate(pem: &[u8], now: Timestamp) -> Result<Vec<u8>, Refusal> {
    let pem = first_pem(pem, "CERTIFICATE").ok_or(Refusal::UnusableKey)?;
    let (_, certificate) = X509Certificate::from_der(&pem.contents).map_err(|_| Refusal::UnusableKey)?;
    let validity = certificate.validity();
    let seconds = now.unix_timestamp();
    if seconds < validity.not_before.timestamp() || seconds > validity.not_after.timestamp() {
        return Err(Refusal::UnusableKey);
    }
    Ok(certificate.public_key().subject_public_key.data.to_vec())
}

/// Whether a PEM document has a certificate, valid or not.
pub(crate) fn has_certificate(pem: &[u8]) -> bool {
    first_pem(pem, "CERTIFICATE").is_some_and(|pem| X509Certificate::from_der(&pem.contents).is_ok())
}

fn first_pem(document: &[u8], label: &str) -> Option<Pem> {
    Pem::iter_from_buffer(document).filter_map(Result::ok).find(|pem| pem.label == label)
}
