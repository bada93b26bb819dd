//! Signatures and times: from text to octets and seconds.

use crate::octets::{decode, encode};
use crate::pointer::scalar_at;
use crate::refusal::Refusal;
use crate::request::Inbound;
use crate::scheme::{Algorithm, Encoding, Format, Scheme, SignaturePlace, Time, TimePlace, TimeUnit};
use std::borrow::Cow;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// More digits than this are no time, in seconds.
const SECONDS_DIGITS_MAX: usize = 12;
/// And in milliseconds.
const MILLISECONDS_DIGITS_MAX: usize = 15;
/// A longer text is no time of RFC 3339.
const RFC3339_BYTES_MAX: usize = 64;
/// Headers are numbered up to this.
const HEADER_NUMBER_MAX: u8 = 100;
/// At most so many signatures of one request are tried.
const SIGNATURES_MAX: usize = 100;
/// And so many that were made with a private key: each costs a pass over the whole body, where HMACs are compared with
/// one that is made once.
const KEY_PAIR_SIGNATURES_MAX: usize = 10;

/// What a request claims about itself.
#[derive(Debug)]
pub(crate) struct Claim<'r> {
    /// The signatures, at least one.
    pub(crate) signatures: Vec<Vec<u8>>,
    /// The time of sending, if the scheme has one.
    pub(crate) sent_at: Option<SentAt<'r>>,
}

/// When a request says it was sent.
#[derive(Debug, Clone)]
pub(crate) struct SentAt<'r> {
    /// As it was written, which is what was signed.
    pub(crate) text: Cow<'r, str>,
    /// In Unix seconds.
    pub(crate) seconds: i64,
}

/// Reads what a request claims under a scheme.
pub(crate) fn read_claim<'r>(scheme: &Scheme<'_>, request: &Inbound<'r>) -> Result<Claim<'r>, Refusal> {
    let texts = signature_texts(scheme.signature, request)?;
    let signatures_max = match scheme.algorithm {
        Algorithm::Hmac(_) => SIGNATURES_MAX,
        Algorithm::Ed25519 | Algorithm::EcdsaP256 => KEY_PAIR_SIGNATURES_MAX,
    };
    let signatures: Vec<_> = texts.iter().flat_map(|text| read_signatures(scheme, text)).take(signatures_max).collect();
    if signatures.is_empty() {
        return Err(malformed(scheme));
    }
    let sent_at = scheme.time.map(|time| read_time(scheme, time, &texts, request)).transpose()?;
    Ok(Claim { signatures, sent_at })
}

/// Whether the request carries anything where the scheme has its signature.
pub(crate) fn is_present(place: SignaturePlace<'_>, request: &Inbound<'_>) -> bool {
    match place {
        SignaturePlace::Header(name) => request.has_header(name),
        SignaturePlace::NumberedHeaders(stem) => numbered(stem, request).next().is_some(),
        SignaturePlace::Body(_) => true,
    }
}

/// The texts where the signatures are.
pub(crate) fn signature_texts<'r>(
    place: SignaturePlace<'_>,
    request: &Inbound<'r>,
) -> Result<Vec<Cow<'r, str>>, Refusal> {
    match place {
        SignaturePlace::Header(name) => Ok(vec![Cow::Borrowed(request.the_header(name)?)]),
        SignaturePlace::NumberedHeaders(stem) => {
            Ok(numbered(stem, request).filter_map(|value| std::str::from_utf8(value).ok()).map(Cow::Borrowed).collect())
        }
        SignaturePlace::Body(pointer) => {
            let text = scalar_at(request.body, pointer);
            text.map(|text| vec![Cow::Owned(text)]).ok_or(Refusal::MalformedBody { expected: "a signature in it" })
        }
    }
}

fn numbered<'r>(stem: &str, request: &Inbound<'r>) -> impl Iterator<Item = &'r [u8]> {
    let is_one = move |name: &str| {
        let split = name.len().min(stem.len());
        let (Some(start), Some(number)) = (name.get(..split), name.get(split..)) else { return false };
        start.eq_ignore_ascii_case(stem)
            && number.parse().is_ok_and(|number: u8| (1..=HEADER_NUMBER_MAX).contains(&number))
    };
    request.headers.iter().filter(move |(name, _)| is_one(name)).map(|(_, value)| &value[..])
}

fn read_signatures(scheme: &Scheme<'_>, text: &str) -> Vec<Vec<u8>> {
    let text = text.trim_ascii();
    let decode = |text: &str| {
        let octets = decode(scheme.encoding, text)?;
        let is_long_enough = scheme.algorithm.signature_bytes().is_none_or(|bytes| octets.len() == bytes);
        (is_long_enough && !octets.is_empty()).then_some(octets)
    };
    match scheme.format {
        Format::Prefixed(prefix) => text.strip_prefix(prefix).and_then(decode).into_iter().collect(),
        Format::Fields { key, separator } => fields(text, separator, key).filter_map(decode).collect(),
        Format::Tagged(tag) => text
            .split_ascii_whitespace()
            .filter_map(|entry| entry.split_once(',').filter(|(entry_tag, _)| *entry_tag == tag))
            .filter_map(|(_, text)| decode(text))
            .collect(),
    }
}

/// The values of a key among `key=value` pairs.
fn fields<'t>(text: &'t str, separator: char, key: &str) -> impl Iterator<Item = &'t str> {
    text.split(separator)
        .filter_map(|pair| pair.split_once('='))
        .filter(move |(name, _)| name.trim_ascii() == key)
        .map(|(_, value)| value.trim_ascii())
}

/// The value of a key that must be there exactly once.
fn the_field<'t>(text: &'t str, separator: char, key: &str) -> Option<&'t str> {
    let mut values = fields(text, separator, key);
    values.next().filter(|_| values.next().is_none())
}

fn read_time<'r>(
    scheme: &Scheme<'_>,
    time: Time<'_>,
    texts: &[Cow<'r, str>],
    request: &Inbound<'r>,
) -> Result<SentAt<'r>, Refusal> {
    let (text, refusal) = match time.place {
        TimePlace::Field(key) => {
            let separator = if let Format::Fields { separator, .. } = scheme.format { separator } else { ',' };
            let text = match texts.first() {
                Some(Cow::Borrowed(text)) => the_field(text, separator, key).map(Cow::Borrowed),
                Some(Cow::Owned(text)) => the_field(text, separator, key).map(|text| Cow::Owned(text.to_owned())),
                None => None,
            };
            (text, malformed(scheme))
        }
        TimePlace::Header(name) => {
            let text = request.the_header(name)?;
            (Some(Cow::Borrowed(text)), Refusal::malformed_header(name, expected_time(time.unit)))
        }
        TimePlace::Body(pointer) => {
            let text = scalar_at(request.body, pointer).map(Cow::Owned);
            (text, Refusal::MalformedBody { expected: "the time of sending in it" })
        }
    };
    let read = text.and_then(|text| Some(SentAt { seconds: seconds_of(&text, time.unit)?, text }));
    read.ok_or(refusal)
}

/// The Unix seconds that a text says.
pub(crate) fn seconds_of(text: &str, unit: TimeUnit) -> Option<i64> {
    let digits = |digits_max: usize| -> Option<i64> {
        let is_plain = text.len() <= digits_max && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_plain { text.parse().ok() } else { None }
    };
    match unit {
        TimeUnit::Seconds => digits(SECONDS_DIGITS_MAX),
        TimeUnit::Milliseconds => digits(MILLISECONDS_DIGITS_MAX).map(|milliseconds| milliseconds / 1_000),
        TimeUnit::SecondsOrMilliseconds if text.len() < SECONDS_DIGITS_MAX => digits(SECONDS_DIGITS_MAX),
        TimeUnit::SecondsOrMilliseconds => digits(MILLISECONDS_DIGITS_MAX).map(|milliseconds| milliseconds / 1_000),
        TimeUnit::Rfc3339 if text.len() <= RFC3339_BYTES_MAX => {
            OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp)
        }
        TimeUnit::Rfc3339 => None,
    }
}

/// A time as a provider writes it.
pub(crate) fn spell_time(now: OffsetDateTime, unit: TimeUnit) -> String {
    match unit {
        TimeUnit::Seconds => now.unix_timestamp().to_string(),
        TimeUnit::Milliseconds | TimeUnit::SecondsOrMilliseconds => {
            now.unix_timestamp().saturating_mul(1_000).to_string()
        }
        TimeUnit::Rfc3339 => now.format(&Rfc3339).unwrap_or_default(),
    }
}

/// A signature as the provider writes it.
pub(crate) fn spell_signature(scheme: &Scheme<'_>, signature: &[u8], sent_at: &str) -> String {
    let text = encode(scheme.encoding, signature);
    spell(scheme, &text, sent_at)
}

fn spell(scheme: &Scheme<'_>, signature: &str, sent_at: &str) -> String {
    match (scheme.format, scheme.time.map(|time| time.place)) {
        (Format::Prefixed(prefix), _) => format!("{prefix}{signature}"),
        (Format::Fields { key, separator }, Some(TimePlace::Field(time))) => {
            format!("{time}={sent_at}{separator}{key}={signature}")
        }
        (Format::Fields { key, .. }, _) => format!("{key}={signature}"),
        (Format::Tagged(tag), _) => format!("{tag},{signature}"),
    }
}

const fn expected_time(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Seconds => "<Unix seconds>",
        TimeUnit::Milliseconds => "<Unix milliseconds>",
        TimeUnit::SecondsOrMilliseconds => "<Unix seconds or milliseconds>",
        TimeUnit::Rfc3339 => "<a time of RFC 3339>",
    }
}

fn malformed(scheme: &Scheme<'_>) -> Refusal {
    let name = match scheme.signature {
        SignaturePlace::Header(name) => name.to_owned(),
        SignaturePlace::NumberedHeaders(stem) => format!("{stem}1"),
        SignaturePlace::Body(_) => return Refusal::MalformedBody { expected: "a signature in it" },
    };
    let signature = expected_signature(scheme.encoding, scheme.algorithm);
    let time = scheme.time.map_or("", |time| expected_time(time.unit));
    Refusal::malformed_header(&name, spell(scheme, &signature, time))
}

fn expected_signature(encoding: Encoding, algorithm: Algorithm) -> String {
    match (encoding, algorithm.signature_bytes()) {
        (Encoding::Hex, Some(bytes)) => format!("<{} hexadecimal digits>", bytes * 2),
        (Encoding::Hex, None) => "<hexadecimal digits>".to_owned(),
        (Encoding::Base64 | Encoding::Base64Url, Some(bytes)) => {
            format!("<{} characters of Base64>", bytes.div_ceil(3) * 4)
        }
        (Encoding::Base64 | Encoding::Base64Url, None) => "<Base64>".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_their_unit_and_not_guessed() {
        for (text, unit, seconds) in [
            ("1763892600", TimeUnit::Seconds, Some(1_763_892_600)),
            ("1763892600000", TimeUnit::Seconds, None),
            ("1763892600999", TimeUnit::Milliseconds, Some(1_763_892_600)),
            ("1763892600", TimeUnit::SecondsOrMilliseconds, Some(1_763_892_600)),
            ("1763892600999", TimeUnit::SecondsOrMilliseconds, Some(1_763_892_600)),
            ("2025-11-23T10:10:00.634234626Z", TimeUnit::Rfc3339, Some(1_763_892_600)),
            ("2025-11-23T11:10:00+01:00", TimeUnit::Rfc3339, Some(1_763_892_600)),
            ("2025-11-23", TimeUnit::Rfc3339, None),
            ("-1", TimeUnit::Seconds, None),
            ("", TimeUnit::Milliseconds, None),
            ("99999999999999999999", TimeUnit::SecondsOrMilliseconds, None),
        ] {
            assert_eq!(seconds_of(text, unit), seconds, "{text} in {unit:?}");
        }
    }
}
