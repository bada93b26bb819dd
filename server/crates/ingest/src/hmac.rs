//! HMAC over three digests.

use crate::scheme::Digest;
use ::hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

/// An HMAC that is being computed.
pub(crate) enum Hmacs {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

impl Hmacs {
    /// HMAC takes keys of any length, so that there is none only in theory.
    pub(crate) fn new(digest: Digest, key: &[u8]) -> Option<Self> {
        match digest {
            Digest::Sha1 => Hmac::new_from_slice(key).ok().map(Self::Sha1),
            Digest::Sha256 => Hmac::new_from_slice(key).ok().map(Self::Sha256),
            Digest::Sha512 => Hmac::new_from_slice(key).ok().map(Self::Sha512),
        }
    }

    pub(crate) fn update(&mut self, octets: &[u8]) {
        match self {
            Self::Sha1(hmac) => hmac.update(octets),
            Self::Sha256(hmac) => hmac.update(octets),
            Self::Sha512(hmac) => hmac.update(octets),
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Sha1(hmac) => hmac.finalize().into_bytes().to_vec(),
            Self::Sha256(hmac) => hmac.finalize().into_bytes().to_vec(),
            Self::Sha512(hmac) => hmac.finalize().into_bytes().to_vec(),
        }
    }
}

/// The HMAC of a message that is at hand as a whole.
pub(crate) fn hmac_of(digest: Digest, key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let mut hmac = Hmacs::new(digest, key)?;
    hmac.update(message);
    Some(hmac.finish())
}
