//! Octets as text.

use crate::scheme::Encoding;
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Padding is written, and not insisted on.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const BASE64URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// The octets that a text stands for.
pub(crate) fn decode(encoding: Encoding, text: &str) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Hex => hex::decode(text).ok(),
        Encoding::Base64 => BASE64.decode(text).ok(),
        Encoding::Base64Url => BASE64URL.decode(text).ok(),
    }
}

/// The text that stands for octets.
pub(crate) fn encode(encoding: Encoding, octets: &[u8]) -> String {
    match encoding {
        Encoding::Hex => hex::encode(octets),
        Encoding::Base64 => BASE64.encode(octets),
        Encoding::Base64Url => BASE64URL.encode(octets),
    }
}
