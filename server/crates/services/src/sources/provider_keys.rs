//! Keys that providers publish: fetched from the provider's own address, and kept for a while.

use bytes::Bytes;
use hookreel_egress::{Egress, OutgoingRequest};
use hookreel_ingest::{FetchedKey, KeyRequest};
use http::{HeaderMap, HeaderValue, Method, header};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use url::Url;

/// How long a key is kept.
const KEPT_FOR: Duration = Duration::from_hours(24);
/// How long it is remembered that there was none: the request that asks is not believed yet, and must not make this
/// installation ask the provider again and again.
const ABSENCE_KEPT_FOR: Duration = Duration::from_mins(1);
const DEADLINE: Duration = Duration::from_secs(5);
const DOCUMENT_BYTES_MAX: usize = 64 * 1024;
/// Beyond this everything is forgotten.
const DOCUMENTS_MAX: usize = 1_000;

type Slot = Arc<tokio::sync::Mutex<Option<(Instant, Option<Vec<u8>>)>>>;

/// What was fetched, and the way to fetch it.
#[derive(Debug, Clone)]
pub(crate) struct ProviderKeys {
    egress: Egress,
    slots: Arc<Mutex<HashMap<String, Slot>>>,
}

impl ProviderKeys {
    pub(crate) fn new(egress: Egress) -> Self {
        Self { egress, slots: Arc::default() }
    }

    /// The key, if the provider has it. Whoever asks for the same one at the same time waits for one answer.
    pub(crate) async fn get(&self, wanted: KeyRequest) -> Option<FetchedKey> {
        let slot = self.slot(&wanted.cache_key);
        let mut known = slot.lock().await;
        if let Some((at, document)) = &*known {
            let kept_for = if document.is_some() { KEPT_FOR } else { ABSENCE_KEPT_FOR };
            if at.elapsed() < kept_for {
                return document.clone().map(|document| FetchedKey { cache_key: wanted.cache_key, document });
            }
        }
        let cache_key = wanted.cache_key.clone();
        let document = self.fetch(wanted).await;
        *known = Some((Instant::now(), document.clone()));
        document.map(|document| FetchedKey { cache_key, document })
    }

    fn slot(&self, cache_key: &str) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= DOCUMENTS_MAX && !slots.contains_key(cache_key) {
            slots.clear();
        }
        Arc::clone(slots.entry(cache_key.to_owned()).or_default())
    }

    async fn fetch(&self, wanted: KeyRequest) -> Option<Vec<u8>> {
        let url = Url::parse(&wanted.url).ok()?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut headers = HeaderMap::new();
        let (method, body) = match &wanted.body {
            Some(body) => {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                (Method::POST, Bytes::from(body.expose().clone()))
            }
            None => (Method::GET, Bytes::new()),
        };
        let request =
            OutgoingRequest { method, url, headers, body, deadline: DEADLINE, response_bytes_max: DOCUMENT_BYTES_MAX };
        match self.egress.send(request).await {
            Ok(answer) if answer.status.is_success() && !answer.body_truncated => Some(answer.body.to_vec()),
            Ok(answer) => {
                tracing::info!(host, status = answer.status.as_u16(), "a provider did not hand out its key");
                None
            }
            Err(error) => {
                tracing::info!(host, %error, "a provider's key could not be fetched");
                None
            }
        }
    }
}
