//! Requests as they came in, to be judged again.

use crate::sources::{InboundSource, ProviderKeys};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hookreel_domain::traffic::ReceivedHeader;
use hookreel_ingest::{FetchedKey, Inbound, needed_key};
use hookreel_kernel::Timestamp;
use hookreel_read_models::messages::Received;

/// The longest URL that is kept: some providers sign theirs, and a cut one can never be verified again.
const URL_BYTES_MAX: usize = 8_192;

/// A request that came in some time ago.
#[derive(Debug)]
pub(super) struct StoredRequest {
    method: String,
    url: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    /// When it came in.
    pub(super) at: Timestamp,
    /// Only its beginning was kept.
    pub(super) is_truncated: bool,
    /// It repeats what was accepted, with another body.
    pub(super) is_altered: bool,
}

impl StoredRequest {
    /// The request of a message, if it came in at a source.
    pub(super) fn of(received: Received) -> Option<Self> {
        let inbound = received.facts.inbound;
        received.facts.source_id?;
        Some(Self {
            method: inbound.as_ref().map_or_else(|| "POST".to_owned(), |inbound| inbound.method.clone()),
            url: inbound.as_ref().map(|inbound| inbound.url.clone()).unwrap_or_default(),
            headers: received.facts.headers.into_iter().map(header_bytes).collect(),
            body: received.body,
            at: received.at,
            is_truncated: inbound.as_ref().is_some_and(|inbound| inbound.truncated),
            is_altered: inbound.is_some_and(|inbound| inbound.repeats.is_some()),
        })
    }

    pub(super) fn inbound(&self) -> Inbound<'_> {
        Inbound { method: &self.method, public_url: &self.url, headers: &self.headers, body: &self.body }
    }

    /// What is kept of a URL.
    pub(super) fn url_to_keep(url: &str) -> String {
        url.chars().filter(|c| !c.is_control()).take(URL_BYTES_MAX).collect()
    }
}

/// A header as it is kept.
pub(super) fn received_header((name, value): &(String, Vec<u8>)) -> ReceivedHeader {
    // PostgreSQL's JSON cannot hold a NUL; HTTP does not allow one either, but nothing here depends on that.
    let name = name.clone();
    match std::str::from_utf8(value) {
        Ok(text) if !text.contains('\0') => ReceivedHeader { name, value: text.to_owned(), is_base64: false },
        _ => ReceivedHeader { name, value: STANDARD.encode(value), is_base64: true },
    }
}

fn header_bytes(header: ReceivedHeader) -> (String, Vec<u8>) {
    let value =
        if header.is_base64 { STANDARD.decode(&header.value).unwrap_or_default() } else { header.value.into_bytes() };
    (header.name, value)
}

/// The provider's keys that a request has to be verified with.
pub(super) async fn keyring(keys: &ProviderKeys, source: &InboundSource, inbound: &Inbound<'_>) -> Vec<FetchedKey> {
    match needed_key(&source.rule, &source.secrets, inbound) {
        Some(wanted) => keys.get(source.source_id, wanted).await.into_iter().collect(),
        None => Vec::new(),
    }
}
