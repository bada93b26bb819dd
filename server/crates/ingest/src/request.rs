//! A request as it was received, and what can be read from it without believing it.

use crate::refusal::Refusal;
use sha2::{Digest as _, Sha256};

/// A request as it was received.
#[derive(Debug, Clone, Copy)]
pub struct Inbound<'r> {
    /// The method, in capitals.
    pub method: &'r str,
    /// The URL that the provider was given, with scheme, host and query: what several of them sign.
    pub public_url: &'r str,
    /// The headers, in the order and as often as they came.
    pub headers: &'r [(String, Vec<u8>)],
    /// The body, octet for octet.
    pub body: &'r [u8],
}

impl<'r> Inbound<'r> {
    /// The values of a header, whatever the case of its name.
    pub fn header_values(&self, name: &str) -> impl Iterator<Item = &'r [u8]> {
        self.headers.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| &value[..])
    }

    pub(crate) fn is_get(&self) -> bool {
        self.method.eq_ignore_ascii_case("GET")
    }

    pub(crate) fn is_post(&self) -> bool {
        self.method.eq_ignore_ascii_case("POST")
    }

    /// Whether a header is there at all.
    pub(crate) fn has_header(&self, name: &str) -> bool {
        self.header_values(name).next().is_some()
    }

    /// The value of a header that must be there exactly once. White space around it does not count.
    pub(crate) fn the_header(&self, name: &str) -> Result<&'r str, Refusal> {
        let mut values = self.header_values(name);
        let value = values.next().ok_or_else(|| Refusal::MissingHeader { header: name.to_owned() })?;
        if values.next().is_some() {
            return Err(Refusal::RepeatedHeader { header: name.to_owned() });
        }
        let text = std::str::from_utf8(value).map_err(|_| Refusal::malformed_header(name, "<text>"))?;
        Ok(text.trim_ascii())
    }

    /// The value of a query parameter that is there exactly once.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let without_fragment = self.public_url.split('#').next().unwrap_or_default();
        let (_, query) = without_fragment.split_once('?')?;
        the_pair(query.as_bytes(), name)
    }

    /// The value of a form field that is there exactly once.
    pub(crate) fn form_field(&self, name: &str) -> Option<String> {
        self.is_form().then(|| the_pair(self.body, name)).flatten()
    }

    /// Whether the body says that it is a form.
    pub(crate) fn is_form(&self) -> bool {
        let content_type = self.the_header("content-type").unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default();
        essence.trim_ascii().eq_ignore_ascii_case("application/x-www-form-urlencoded")
    }
}

fn the_pair(encoded: &[u8], name: &str) -> Option<String> {
    let mut values = form_urlencoded::parse(encoded).filter(|(key, _)| key == name);
    let (_, value) = values.next()?;
    values.next().is_none().then(|| value.into_owned())
}

/// What two deliveries of the same content have in common: the SHA-256 of the body, in hexadecimal.
///
/// Only for sources that asked for it: a provider may have two things to say in the same words.
pub fn content_hash(request: &Inbound<'_>) -> String {
    hex::encode(Sha256::digest(request.body))
}
