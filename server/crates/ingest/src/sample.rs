//! Signing as a provider does, to play its part: for samples, demonstrations and tests.

use crate::rule::SourceRule;
use crate::scheme::{Format, Part, Place, Scheme, TimestampPlace};
use crate::secret::{SecretRefusal, key_of};
use crate::signature::encode_mac;
use crate::verify::{Inbound, mac_of};
use hookreel_kernel::{Secret, Timestamp};

/// An event to send as a provider would.
#[derive(Debug, Clone, Copy)]
pub struct SampleEvent<'e> {
    /// The id, for providers that send it in a header.
    pub id: &'e str,
    /// The type, for providers that send it in a header.
    pub event_type: &'e str,
    /// The body, with id and type in it for the other providers.
    pub body: &'e [u8],
}

/// The headers that the source's provider would send with an event, beside its content type.
pub fn sign(
    rule: &SourceRule,
    secret: &Secret<String>,
    event: SampleEvent<'_>,
    now: Timestamp,
) -> Result<Vec<(String, String)>, SecretRefusal> {
    rule.with_schemes(|schemes| match schemes.first() {
        Some(scheme) => sign_as(scheme, secret, event, now),
        None => Ok(Vec::new()),
    })
}

fn sign_as(
    scheme: &Scheme<'_>,
    secret: &Secret<String>,
    event: SampleEvent<'_>,
    now: Timestamp,
) -> Result<Vec<(String, String)>, SecretRefusal> {
    let key = key_of(scheme.key, secret.expose())?;
    let sent_at = now.unix_timestamp().to_string();
    let mut headers = unsigned_headers(scheme, event, &sent_at);
    let raw: Vec<_> = headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
    let request = Inbound { method: "POST", headers: &raw, body: event.body };
    // Every header that is signed is among those above.
    let mac = mac_of(scheme, &key, &request, Some(&sent_at)).map_err(|_| SecretRefusal::Empty)?;
    let mac = encode_mac(scheme.encoding, &mac);
    let signature = match (scheme.format, scheme.timestamp) {
        (Format::Prefixed(prefix), _) => format!("{prefix}{mac}"),
        (Format::Fields(field), Some(TimestampPlace::Field(time))) => format!("{time}={sent_at},{field}={mac}"),
        (Format::Fields(field), _) => format!("{field}={mac}"),
        (Format::Tagged(tag), _) => format!("{tag},{mac}"),
    };
    headers.push((scheme.signature_header.to_owned(), signature));
    Ok(headers)
}

fn unsigned_headers(scheme: &Scheme<'_>, event: SampleEvent<'_>, sent_at: &str) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, value: &str| {
        if !headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    };
    if let Some(Place::Header(name)) = scheme.event_id {
        add(name, event.id);
    }
    if let Some(Place::Header(name)) = scheme.event_type {
        add(name, event.event_type);
    }
    if let Some(TimestampPlace::Header(name)) = scheme.timestamp {
        add(name, sent_at);
    }
    for part in scheme.signed {
        if let Part::Header(name) = part {
            add(name, event.id);
        }
    }
    headers
}
