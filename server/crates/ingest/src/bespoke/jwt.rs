//! JSON Web Tokens, as far as webhooks use them: three parts of Base64 for URLs (RFC 7519).

use crate::octets::decode;
use crate::scheme::Encoding;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A longer token is none.
const TOKEN_BYTES_MAX: usize = 8_192;

/// A token, not yet verified.
pub(super) struct Token<'t> {
    pub(super) header: Header,
    /// What is signed: the first two parts.
    pub(super) signed: &'t str,
    claims: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

/// What a token says about its signature. The algorithm is compared, never chosen by it.
#[derive(Deserialize)]
pub(super) struct Header {
    pub(super) alg: String,
    #[serde(default)]
    pub(super) kid: String,
}

impl<'t> Token<'t> {
    /// Reads a token, or nothing if it is none or signed in another way.
    pub(super) fn read(text: &'t str, alg: &str) -> Option<Self> {
        if text.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header: Header = serde_json::from_slice(&decode(Encoding::Base64Url, header)?).ok()?;
        if header.alg != alg {
            return None;
        }
        let claims = decode(Encoding::Base64Url, claims)?;
        Some(Self { header, signed, claims, signature: decode(Encoding::Base64Url, signature)? })
    }

    /// What it claims. To be asked only once the signature was found good.
    pub(super) fn claims<C: DeserializeOwned>(&self) -> Option<C> {
        serde_json::from_slice(&self.claims).ok()
    }
}
