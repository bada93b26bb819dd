//! Keys that providers publish: fetched from the provider's own address, and kept for a while.

use super::Limits;
use bytes::Bytes;
use hookreel_egress::{Egress, OutgoingRequest};
use hookreel_ingest::{FetchedKey, KeyRequest};
use hookreel_kernel::SourceId;
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
/// Beyond this, what was not there is forgotten. Keys that are there are few.
const DOCUMENTS_MAX: usize = 1_000;

type Slot = Arc<tokio::sync::Mutex<Option<(Instant, Option<Vec<u8>>)>>>;

/// What was fetched, and the way to fetch it.
#[derive(Debug, Clone)]
pub(crate) struct ProviderKeys {
    egress: Egress,
    limits: Limits,
    slots: Arc<Mutex<HashMap<String, Slot>>>,
}

impl ProviderKeys {
    pub(crate) fn new(egress: Egress, limits: Limits) -> Self {
        Self { egress, limits, slots: Arc::default() }
    }

    /// The key, if the provider has it. Whoever asks for the same one at the same time waits for one answer. Of names
    /// that have brought no key yet a source may ask for so many only: whoever sends chooses them.
    pub(crate) async fn get(&self, source_id: SourceId, wanted: KeyRequest) -> Option<FetchedKey> {
        let slot = self.slot(&wanted.cache_key);
        let mut known = slot.lock().await;
        if let Some((at, document)) = &*known {
            let kept_for = if document.is_some() { KEPT_FOR } else { ABSENCE_KEPT_FOR };
            if at.elapsed() < kept_for {
                return document.clone().map(|document| FetchedKey { cache_key: wanted.cache_key, document });
            }
        }
        let was_there = known.as_ref().is_some_and(|(_, document)| document.is_some());
        if !was_there && !self.limits.may_fetch_key(source_id) {
            return None;
        }
        let cache_key = wanted.cache_key.clone();
        let document = self.fetch(wanted).await;
        *known = Some((Instant::now(), document.clone()));
        document.map(|document| FetchedKey { cache_key, document })
    }

    fn slot(&self, cache_key: &str) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= DOCUMENTS_MAX && !slots.contains_key(cache_key) {
            slots.retain(|_, slot| is_worth_keeping(slot));
            if slots.len() >= DOCUMENTS_MAX {
                return Slot::default();
            }
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

/// Whether there is a key, or somebody is asking for it right now.
fn is_worth_keeping(slot: &Slot) -> bool {
    slot.try_lock().map_or(true, |known| {
        known.as_ref().is_some_and(|(at, document)| document.is_some() && at.elapsed() < KEPT_FOR)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_egress::EgressPolicy;
    use hookreel_testing::{Answer, FakeReceiver};

    fn keys() -> ProviderKeys {
        let egress = Egress::new(EgressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()])).unwrap();
        ProviderKeys::new(egress, Limits::default())
    }

    fn at(provider: &FakeReceiver, name: &str) -> KeyRequest {
        KeyRequest { cache_key: name.to_owned(), url: provider.url(&format!("/{name}")), body: None }
    }

    #[tokio::test]
    async fn unknown_names_are_asked_for_so_often_and_neither_cost_the_known_keys_nor_other_sources() {
        let (provider, keys) = (FakeReceiver::start().await, keys());
        let (attacked, other) = (SourceId::generate(), SourceId::generate());
        provider.answer("/good", Answer::Full(200, Vec::new(), b"key".to_vec()));
        assert_eq!(keys.get(attacked, at(&provider, "good")).await.unwrap().document, b"key");
        let mut asked = 0;
        for n in 0..200 {
            let name = format!("forged{n}");
            provider.answer(&format!("/{name}"), Answer::Status(404));
            assert!(keys.get(attacked, at(&provider, &name)).await.is_none());
            asked += provider.requests(&format!("/{name}")).len();
        }
        assert!((29..100).contains(&asked), "{asked} of 200 were asked for");

        assert!(keys.get(attacked, at(&provider, "good")).await.is_some());
        assert_eq!(provider.requests("/good").len(), 1, "it is still known");
        provider.answer("/others", Answer::Full(200, Vec::new(), b"another".to_vec()));
        assert!(keys.get(other, at(&provider, "others")).await.is_some());
    }

    #[tokio::test]
    async fn what_was_not_there_makes_room_and_keys_stay() {
        let keys = keys();
        for n in 0..DOCUMENTS_MAX {
            let document = (n < 10).then(|| b"key".to_vec());
            let slot = keys.slot(&n.to_string());
            *slot.try_lock().unwrap() = Some((Instant::now(), document));
        }
        drop(keys.slot("one more"));
        let kept = keys.slots.lock().unwrap().len();
        assert_eq!(kept, 11);
        assert!(keys.slot("3").try_lock().unwrap().is_some());
    }
}
