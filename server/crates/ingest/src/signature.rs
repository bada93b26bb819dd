//! Signature headers: from text to MACs and times.

use crate::refusal::Refusal;
use crate::scheme::{Encoding, Format, Scheme, TimestampPlace};
use crate::secret::BASE64;
use crate::verify::Inbound;
use base64::Engine;

/// An HMAC-SHA256.
pub(crate) type Mac = [u8; MAC_BYTES];
const MAC_BYTES: usize = 32;

/// More digits than this are no time.
const TIMESTAMP_DIGITS_MAX: usize = 12;

/// What a request claims about itself.
#[derive(Debug)]
pub(crate) struct Claim<'r> {
    /// The MACs, at least one.
    pub(crate) macs: Vec<Mac>,
    /// The time of sending, if the scheme has one.
    pub(crate) timestamp: Option<SentAt<'r>>,
}

/// When a request says it was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SentAt<'r> {
    /// As it was written, which is what was signed.
    pub(crate) text: &'r str,
    /// In Unix seconds.
    pub(crate) seconds: i64,
}

/// Reads what the scheme's headers claim.
pub(crate) fn read_claim<'r>(scheme: &Scheme<'_>, request: &Inbound<'r>) -> Result<Claim<'r>, Refusal> {
    let header = the_header(request, scheme.signature_header)?;
    let macs = read_macs(scheme, header);
    if macs.is_empty() {
        return Err(malformed(scheme));
    }
    let text = match scheme.timestamp {
        None => return Ok(Claim { macs, timestamp: None }),
        Some(TimestampPlace::Field(key)) => the_field(header, key).ok_or_else(|| malformed(scheme))?,
        Some(TimestampPlace::Header(name)) => the_header(request, name)?,
    };
    let timestamp = read_timestamp(text).ok_or_else(|| match scheme.timestamp {
        Some(TimestampPlace::Header(name)) => {
            Refusal::MalformedHeader { header: name.to_owned(), expected: "<Unix seconds>".to_owned() }
        }
        _ => malformed(scheme),
    })?;
    Ok(Claim { macs, timestamp: Some(timestamp) })
}

/// The value of a header that must be there exactly once. White space around it does not count.
pub(crate) fn the_header<'r>(request: &Inbound<'r>, name: &str) -> Result<&'r str, Refusal> {
    let mut values = request.header_values(name);
    let value = values.next().ok_or_else(|| Refusal::MissingHeader { header: name.to_owned() })?;
    if values.next().is_some() {
        return Err(Refusal::RepeatedHeader { header: name.to_owned() });
    }
    let text = std::str::from_utf8(value)
        .map_err(|_| Refusal::MalformedHeader { header: name.to_owned(), expected: "<text>".to_owned() })?;
    Ok(text.trim_ascii())
}

fn read_macs(scheme: &Scheme<'_>, header: &str) -> Vec<Mac> {
    let decode = |text: &str| decode_mac(scheme.encoding, text);
    match scheme.format {
        Format::Prefixed(prefix) => header.strip_prefix(prefix).and_then(decode).into_iter().collect(),
        Format::Fields(key) => fields(header, key).filter_map(decode).collect(),
        Format::Tagged(tag) => header
            .split_ascii_whitespace()
            .filter_map(|entry| entry.split_once(',').filter(|(entry_tag, _)| *entry_tag == tag))
            .filter_map(|(_, text)| decode(text))
            .collect(),
    }
}

/// The values of a key among `key=value` pairs separated by commas.
fn fields<'h>(header: &'h str, key: &str) -> impl Iterator<Item = &'h str> {
    header
        .split(',')
        .filter_map(|pair| pair.split_once('='))
        .filter(move |(name, _)| name.trim_ascii() == key)
        .map(|(_, value)| value.trim_ascii())
}

/// The value of a key that must be there exactly once.
fn the_field<'h>(header: &'h str, key: &str) -> Option<&'h str> {
    let mut values = fields(header, key);
    values.next().filter(|_| values.next().is_none())
}

fn decode_mac(encoding: Encoding, text: &str) -> Option<Mac> {
    let octets = match encoding {
        Encoding::Hex => {
            let mut mac = [0; MAC_BYTES];
            return hex::decode_to_slice(text, &mut mac).ok().map(|()| mac);
        }
        Encoding::Base64 => BASE64.decode(text).ok()?,
    };
    octets.try_into().ok()
}

/// A MAC as the provider writes it.
pub(crate) fn encode_mac(encoding: Encoding, mac: &Mac) -> String {
    match encoding {
        Encoding::Hex => hex::encode(mac),
        Encoding::Base64 => BASE64.encode(mac),
    }
}

fn read_timestamp(text: &str) -> Option<SentAt<'_>> {
    let is_plain = text.len() <= TIMESTAMP_DIGITS_MAX && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = if is_plain { text.parse().ok()? } else { return None };
    Some(SentAt { text, seconds })
}

fn malformed(scheme: &Scheme<'_>) -> Refusal {
    let mac = match scheme.encoding {
        Encoding::Hex => "<64 hexadecimal digits>",
        Encoding::Base64 => "<44 characters of Base64>",
    };
    let expected = match (scheme.format, scheme.timestamp) {
        (Format::Prefixed(prefix), _) => format!("{prefix}{mac}"),
        (Format::Fields(key), Some(TimestampPlace::Field(time))) => format!("{time}=<Unix seconds>,{key}={mac}"),
        (Format::Fields(key), _) => format!("{key}={mac}"),
        (Format::Tagged(tag), _) => format!("{tag},{mac}"),
    };
    Refusal::MalformedHeader { header: scheme.signature_header.to_owned(), expected }
}
