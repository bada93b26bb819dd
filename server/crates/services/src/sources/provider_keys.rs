//! Keys that providers publish: fetched from the provider's own address, and kept for a while.

use super::Limits;
use bytes::Bytes;
use hookreel_domain::parse_retry_after;
use hookreel_egress::{Egress, IncomingResponse, OutgoingRequest};
use hookreel_ingest::{FetchedKey, KeyRequest};
use hookreel_integrations::Backoff;
use hookreel_kernel::{Clock, SourceId};
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
/// How long a provider that was in trouble is not asked for the same key again. It is short, since every genuine webhook
/// in it is quarantined; without it each request would make this installation ask.
const TROUBLE_KEPT_FOR: Duration = Duration::from_secs(3);
/// The longest that it is because the provider asked for more.
const TROUBLE_KEPT_FOR_MAX: Duration = Duration::from_mins(1);
/// Of both tries together: the sender waits for them.
const DEADLINE: Duration = Duration::from_secs(5);
/// Leaves time for the second.
const FIRST_TRY_DEADLINE: Duration = Duration::from_secs(3);
/// Between the two.
const PAUSE: Backoff = Backoff { first: Duration::from_millis(250), max: Duration::from_millis(250) };
const DOCUMENT_BYTES_MAX: usize = 64 * 1024;
/// Beyond this, what was not there is forgotten. Keys that are there are few.
const DOCUMENTS_MAX: usize = 1_000;

type Slot = Arc<tokio::sync::Mutex<Option<Known>>>;

/// What is known of a key.
#[derive(Debug)]
struct Known {
    document: Option<Vec<u8>>,
    /// After that it is asked for again.
    until: Instant,
    /// Whether the provider has handed it out before: then it is not a name that somebody made up.
    was_there: bool,
}

/// What became of asking for a key.
#[derive(Debug)]
enum Fetched {
    Key(Vec<u8>),
    /// The provider answered, and has none.
    Absent,
    /// The provider could not answer: that says nothing about the key.
    Trouble {
        /// How long it wants to be left alone.
        asked: Option<Duration>,
    },
}

/// What was fetched, and the way to fetch it.
///
/// This is no client of `hookreel_integrations`, and has no breaker: which key is asked for is said by requests that are
/// not believed yet, and a stranger who names what a provider stumbles over must not take it away from all others. So
/// trouble is remembered key by key, and how often somebody may cause it is limited source by source.
#[derive(Debug, Clone)]
pub(crate) struct ProviderKeys {
    egress: Egress,
    limits: Limits,
    clock: Arc<dyn Clock>,
    slots: Arc<Mutex<HashMap<String, Slot>>>,
}

impl ProviderKeys {
    pub(crate) fn new(egress: Egress, limits: Limits, clock: Arc<dyn Clock>) -> Self {
        Self { egress, limits, clock, slots: Arc::default() }
    }

    /// The key, if the provider has it. Whoever asks for the same one at the same time waits for one answer. Of names
    /// that have brought no key yet a source may ask for so many only: whoever sends chooses them.
    pub(crate) async fn get(&self, source_id: SourceId, wanted: KeyRequest) -> Option<FetchedKey> {
        let slot = self.slot(&wanted.cache_key);
        let mut known = slot.lock().await;
        let was_there = known.as_ref().is_some_and(|known| known.was_there);
        if let Some(known) = known.as_ref().filter(|known| Instant::now() < known.until) {
            let document = known.document.clone()?;
            return Some(FetchedKey { cache_key: wanted.cache_key, document });
        }
        if !self.may_ask(source_id, was_there) {
            return None;
        }
        let fetched = self.fetch(&wanted, source_id, was_there).await;
        let (document, kept_for, was_there) = match fetched {
            Fetched::Key(document) => (Some(document), KEPT_FOR, true),
            Fetched::Absent => (None, ABSENCE_KEPT_FOR, false),
            Fetched::Trouble { asked } => {
                (None, asked.unwrap_or_default().clamp(TROUBLE_KEPT_FOR, TROUBLE_KEPT_FOR_MAX), was_there)
            }
        };
        *known = Some(Known { document: document.clone(), until: Instant::now() + kept_for, was_there });
        document.map(|document| FetchedKey { cache_key: wanted.cache_key, document })
    }

    fn may_ask(&self, source_id: SourceId, was_there: bool) -> bool {
        was_there || self.limits.may_fetch_key(source_id)
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

    /// Asks, and once more if the provider was in trouble and there is time. The second try counts like another name.
    async fn fetch(&self, wanted: &KeyRequest, source_id: SourceId, was_there: bool) -> Fetched {
        let begin = Instant::now();
        let first = self.try_once(wanted, FIRST_TRY_DEADLINE).await;
        let Fetched::Trouble { asked } = first else { return first };
        let pause = PAUSE.delay(1, rand::random()).max(asked.unwrap_or_default());
        let left = DEADLINE.saturating_sub(begin.elapsed()).saturating_sub(pause);
        if left.is_zero() || !self.may_ask(source_id, was_there) {
            return first;
        }
        tokio::time::sleep(pause).await;
        self.try_once(wanted, left).await
    }

    async fn try_once(&self, wanted: &KeyRequest, deadline: Duration) -> Fetched {
        let Ok(url) = Url::parse(&wanted.url) else { return Fetched::Absent };
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut headers = HeaderMap::new();
        let (method, body) = match &wanted.body {
            Some(body) => {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                (Method::POST, Bytes::from(body.expose().clone()))
            }
            None => (Method::GET, Bytes::new()),
        };
        let request = OutgoingRequest { method, url, headers, body, deadline, response_bytes_max: DOCUMENT_BYTES_MAX };
        match self.egress.send(request).await {
            Ok(answer) if has_key(&answer, wanted) => Fetched::Key(answer.body.to_vec()),
            Ok(answer) if answer.status.is_server_error() || matches!(answer.status.as_u16(), 408 | 429) => {
                tracing::warn!(host, status = answer.status.as_u16(), "a provider could not hand out its key");
                Fetched::Trouble { asked: self.asked_for(&answer.headers) }
            }
            Ok(answer) => {
                tracing::info!(host, status = answer.status.as_u16(), "a provider did not hand out its key");
                Fetched::Absent
            }
            Err(error) => {
                tracing::warn!(host, %error, "a provider's key could not be fetched");
                Fetched::Trouble { asked: None }
            }
        }
    }

    fn asked_for(&self, headers: &HeaderMap) -> Option<Duration> {
        parse_retry_after(headers.get(header::RETRY_AFTER)?.to_str().ok()?, self.clock.now())
    }
}

/// A cut document is none, and one that does not hold the key is as good as none.
fn has_key(answer: &IncomingResponse, wanted: &KeyRequest) -> bool {
    answer.status.is_success() && !answer.body_truncated && wanted.is_answered_by(&answer.body)
}

/// Whether there is a key, or somebody is asking for it right now.
fn is_worth_keeping(slot: &Slot) -> bool {
    slot.try_lock().map_or(true, |known| {
        known.as_ref().is_some_and(|known| known.document.is_some() && Instant::now() < known.until)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_egress::EgressPolicy;
    use hookreel_ingest::KeyDocument;
    use hookreel_kernel::SystemClock;
    use hookreel_testing::{Answer, FakeReceiver};
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

    fn keys() -> ProviderKeys {
        let egress = Egress::new(EgressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()])).unwrap();
        ProviderKeys::new(egress, Limits::default(), Arc::new(SystemClock))
    }

    fn named(name: &str, url: String) -> KeyRequest {
        KeyRequest { cache_key: name.to_owned(), url, body: None, document: KeyDocument::Named(name.to_owned()) }
    }

    fn at(provider: &FakeReceiver, name: &str) -> KeyRequest {
        named(name, provider.url(&format!("/{name}")))
    }

    fn document(name: &str) -> Vec<u8> {
        format!(r#"{{"key":{{"kid":"{name}"}}}}"#).into_bytes()
    }

    fn with_key(name: &str) -> Answer {
        Answer::Full(200, Vec::new(), document(name))
    }

    /// For how long nobody is asked for a key again.
    async fn kept_for(keys: &ProviderKeys, name: &str) -> Duration {
        let slot = keys.slot(name);
        let known = slot.lock().await;
        known.as_ref().unwrap().until.duration_since(Instant::now())
    }

    async fn let_it_pass(keys: &ProviderKeys, name: &str) {
        keys.slot(name).lock().await.as_mut().unwrap().until = Instant::now();
    }

    #[tokio::test]
    async fn a_provider_that_stumbles_is_asked_once_more_at_once() {
        let (provider, keys) = (MockServer::start().await, keys());
        let stumble = Mock::given(matchers::path("/k")).respond_with(ResponseTemplate::new(500));
        stumble.up_to_n_times(1).expect(1).mount(&provider).await;
        let answer =
            Mock::given(matchers::path("/k")).respond_with(ResponseTemplate::new(200).set_body_bytes(document("k")));
        answer.expect(1).mount(&provider).await;
        let wanted = named("k", format!("{}/k", provider.uri()));
        assert_eq!(keys.get(SourceId::generate(), wanted).await.unwrap().document, document("k"));
    }

    #[tokio::test]
    async fn trouble_is_no_absence_and_whoever_asks_meanwhile_shares_the_answer() {
        let (provider, keys, source) = (FakeReceiver::start().await, keys(), SourceId::generate());
        for status in [500, 503, 429] {
            let name = status.to_string();
            let path = format!("/{name}");
            provider.answer(&path, Answer::Status(status));
            let (one, other) =
                tokio::join!(keys.get(source, at(&provider, &name)), keys.get(source, at(&provider, &name)));
            assert!(one.is_none() && other.is_none());
            assert!(keys.get(source, at(&provider, &name)).await.is_none());
            assert_eq!(provider.requests(&path).len(), 2, "two tries for all three");
            assert!(kept_for(&keys, &name).await <= TROUBLE_KEPT_FOR);

            let_it_pass(&keys, &name).await;
            provider.answer(&path, with_key(&name));
            assert_eq!(keys.get(source, at(&provider, &name)).await.unwrap().document, document(&name));
        }
    }

    #[tokio::test]
    async fn who_does_not_answer_is_in_trouble() {
        // Taken, so that nobody else gets it, and not listened on.
        let taken = tokio::net::TcpSocket::new_v4().unwrap();
        taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let url = format!("http://{}/k", taken.local_addr().unwrap());
        let keys = keys();
        assert!(keys.get(SourceId::generate(), named("k", url)).await.is_none());
        assert!(kept_for(&keys, "k").await <= TROUBLE_KEPT_FOR);
    }

    #[tokio::test]
    async fn a_definite_no_is_remembered_for_a_minute() {
        let (provider, keys, source) = (FakeReceiver::start().await, keys(), SourceId::generate());
        // Its beginning alone would do.
        let mut too_long = document("long");
        too_long.resize(DOCUMENT_BYTES_MAX + 1, b' ');
        provider.answer("/missing", Answer::Status(404));
        provider.answer("/long", Answer::Full(200, Vec::new(), too_long));
        provider.answer("/page", Answer::Full(200, Vec::new(), b"<h1>We are moving</h1>".to_vec()));
        provider.answer("/newer", with_key("older"));
        for name in ["missing", "long", "page", "newer"] {
            assert!(keys.get(source, at(&provider, name)).await.is_none());
            assert_eq!(provider.requests(&format!("/{name}")).len(), 1, "{name}");
            assert!(kept_for(&keys, name).await > TROUBLE_KEPT_FOR, "{name}");
        }
    }

    #[tokio::test]
    async fn a_provider_is_left_alone_as_long_as_it_asks_up_to_a_minute() {
        let (provider, keys, source) = (FakeReceiver::start().await, keys(), SourceId::generate());
        for (asked, least_s, most_s) in [("30", 20, 30), ("99999999999999999999", 50, 60)] {
            let path = format!("/{asked}");
            let headers = vec![("retry-after".to_owned(), asked.to_owned())];
            provider.answer(&path, Answer::Full(429, headers, Vec::new()));
            assert!(keys.get(source, at(&provider, asked)).await.is_none());
            assert_eq!(provider.requests(&path).len(), 1, "there is no time for another try");
            let kept_for = kept_for(&keys, asked).await;
            assert!((Duration::from_secs(least_s)..=Duration::from_secs(most_s)).contains(&kept_for), "{kept_for:?}");
        }
    }

    #[tokio::test]
    async fn a_key_that_was_there_is_asked_for_again_however_often_others_were_made_up() {
        let (provider, keys, source) = (FakeReceiver::start().await, keys(), SourceId::generate());
        provider.answer("/good", with_key("good"));
        assert!(keys.get(source, at(&provider, "good")).await.is_some());
        while keys.limits.may_fetch_key(source) {}
        provider.answer("/good", Answer::Status(503));
        let_it_pass(&keys, "good").await;
        assert!(keys.get(source, at(&provider, "good")).await.is_none());
        provider.answer("/good", with_key("good"));
        let_it_pass(&keys, "good").await;
        assert!(keys.get(source, at(&provider, "good")).await.is_some());
    }

    #[tokio::test]
    async fn unknown_names_are_asked_for_so_often_and_neither_cost_the_known_keys_nor_other_sources() {
        let (provider, keys) = (FakeReceiver::start().await, keys());
        let (attacked, other) = (SourceId::generate(), SourceId::generate());
        provider.answer("/good", with_key("good"));
        assert_eq!(keys.get(attacked, at(&provider, "good")).await.unwrap().document, document("good"));
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
        provider.answer("/others", with_key("others"));
        assert!(keys.get(other, at(&provider, "others")).await.is_some());
    }

    #[tokio::test]
    async fn what_was_not_there_makes_room_and_keys_stay() {
        let keys = keys();
        for n in 0..DOCUMENTS_MAX {
            let document = (n < 10).then(|| b"key".to_vec());
            let slot = keys.slot(&n.to_string());
            let was_there = document.is_some();
            *slot.try_lock().unwrap() = Some(Known { document, until: Instant::now() + KEPT_FOR, was_there });
        }
        drop(keys.slot("one more"));
        let kept = keys.slots.lock().unwrap().len();
        assert_eq!(kept, 11);
        assert!(keys.slot("3").try_lock().unwrap().is_some());
    }
}
