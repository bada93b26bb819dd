//! Receiving: a webhook of a provider. Judged on the raw bytes, stored, and then answered; nothing else is done here.
//!
//! Whatever is refused is kept as a quarantined message, as long as the source has not kept too much lately or in all.

use super::inbound::{StoredRequest, keyring, received_header};
use super::{Messages, not_accepted};
use crate::error::failed;
use crate::plans::Room;
use crate::sources::InboundSource;
use bytes::Bytes;
use hookreel_contract::ApiError;
use hookreel_contract::source::{CustomResponse, SourceSettings};
use hookreel_delivery::{Count, DedupeKey, NewMessage};
use hookreel_domain::plan::OVER_QUOTA;
use hookreel_domain::traffic::{InboundFacts, InboundItem};
use hookreel_ingest::{HandshakeAnswer, Inbound, Item, Keyring, Verdict, Verified, acknowledgement, answer, verify};
use hookreel_kernel::{Actor, EventType, MessageId, Metadata};
use std::net::IpAddr;
use std::time::Duration;

/// What a message is called whose provider says nothing that could be an event type.
pub(super) const UNKNOWN_EVENT_TYPE: &str = "unknown";
/// The longest `webhook-id` that tells events apart.
const WEBHOOK_ID_BYTES_MAX: usize = 256;
/// When a provider should come back whose messages there is no room for.
const OVERFULL_RETRY: Duration = Duration::from_hours(1);
/// When a provider should come back whose message a paused source has no room for.
const PAUSED_RETRY: Duration = Duration::from_mins(10);

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct ReceivedRequest {
    /// `POST`.
    pub method: String,
    /// `/in/abc?x=1`: as it was asked for.
    pub path_and_query: String,
    /// In order, values byte for byte.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Byte for byte.
    pub body: Bytes,
    /// The body was larger than so many bytes, which are the most that is taken.
    pub larger_than: Option<usize>,
    /// Only the beginning of the body is here.
    pub is_truncated: bool,
    /// Where it came from.
    pub sender: Option<IpAddr>,
}

/// What a request is answered with.
#[derive(Debug, Clone)]
pub enum ReceiveAnswer {
    /// It is durable.
    Stored(Received),
    /// It is no event: the provider asks whether it may send.
    Handshake(Box<HandshakeAnswer>),
}

/// A request that was believed and is durable.
#[derive(Debug, Clone)]
pub struct Received {
    /// The message; the earlier one if it was a duplicate.
    pub message_id: MessageId,
    /// The provider had sent this event before: nothing new was stored, nothing is delivered again.
    pub is_duplicate: bool,
    /// What the source answers instead of the message's id.
    pub response: Option<CustomResponse>,
    /// Headers that the provider expects.
    pub headers: Vec<(&'static str, String)>,
}

/// Why a request was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiveRefusal {
    /// It is not believed or not wanted; it is kept, unless too much was kept lately.
    #[error("{reason}")]
    Refused {
        /// What is wrong.
        kind: RefusalKind,
        /// One line that names no secret.
        reason: String,
        /// What was kept.
        message_id: Option<MessageId>,
    },
    /// It could not be stored: the provider has to send it again.
    #[error("the request could not be stored; send it again")]
    NotStored(ApiError),
}

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// It is not the provider's, or that cannot be told.
    Unverified,
    /// Its sender may not send here.
    Sender,
    /// A method that carries no events here.
    Method,
    /// A content type that is not wanted.
    ContentType,
    /// The body is too large.
    TooLarge,
    /// Too many; the next may come then.
    TooMany {
        /// When.
        retry_after: Duration,
    },
    /// The source is paused: it is kept, and a person decides.
    Paused,
    /// The plan's messages are used up: it is kept, and can be released.
    OverQuota,
    /// It repeats what was accepted, with another body: it is kept, and a person decides.
    Altered,
}

/// Who made a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Somebody who reached the source's URL.
    Outside,
    /// This installation, which plays the provider: rules about who may send, and how, are not about it.
    Ourselves,
}

/// What was found out about a request.
struct Judged<'v> {
    verified: Option<&'v Verified>,
    verdict: Verdict,
    refusal: Option<String>,
    dedupe: Option<DedupeKey>,
    repeats: Option<MessageId>,
}

/// A refusal before it is known whether the request is kept.
pub(super) struct Objection {
    pub(super) kind: RefusalKind,
    pub(super) reason: String,
    pub(super) verdict: Verdict,
    /// What verification found, if it was not verification that objected.
    pub(super) verified: Option<Box<Verified>>,
    /// What was accepted, and is repeated with another body.
    pub(super) repeats: Option<MessageId>,
}

impl Objection {
    pub(super) fn new(kind: RefusalKind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into(), verdict: Verdict::Unattempted, verified: None, repeats: None }
    }
}

impl Messages {
    /// Judges a request and stores it, accepted or quarantined. Returns when it is durable.
    ///
    /// # Errors
    /// See [`ReceiveRefusal`].
    pub async fn receive(
        &self,
        source: &InboundSource,
        request: ReceivedRequest,
    ) -> Result<ReceiveAnswer, ReceiveRefusal> {
        self.receive_from(Origin::Outside, source, request).await
    }

    /// [`Self::receive`], whoever made the request.
    pub(super) async fn receive_from(
        &self,
        origin: Origin,
        source: &InboundSource,
        request: ReceivedRequest,
    ) -> Result<ReceiveAnswer, ReceiveRefusal> {
        let url = self.asked_url(source, &request.path_and_query);
        let inbound =
            Inbound { method: &request.method, public_url: &url, headers: &request.headers, body: &request.body };
        let judged = match self.before_verification(origin, source, &request) {
            Err(objection) => Err(objection),
            Ok(()) => match self.handshake(source, &inbound).await? {
                Some(answer) => return Ok(ReceiveAnswer::Handshake(Box::new(answer))),
                None => match wanted(origin, &source.settings, &inbound) {
                    Ok(()) => self.judge(source, &inbound).await,
                    Err(objection) => Err(objection),
                },
            },
        };
        match judged {
            Ok((verified, headers)) => {
                let dedupe = dedupe_key(&source.settings, &verified, &inbound);
                let verdict = verified.verdict;
                let judged = Judged { verified: Some(&verified), verdict, refusal: None, dedupe, repeats: None };
                let mut message = message_of(source, &request, &url, judged);
                // What a provider sent is never refused for its shape: nobody else has it.
                let held = self.schemas.judge(source.tenant_id, &message.event_type, &message.body).await;
                message.schema_faults = held.map_err(ReceiveRefusal::NotStored)?.faults;
                let accepted = self.accept(message).await?;
                if accepted.is_duplicate {
                    self.engine.count(source.tenant_id, source.source_id, Count::Duplicate);
                }
                if accepted.is_altered {
                    self.engine.count(source.tenant_id, source.source_id, Count::Altered);
                    self.keep_altered(source, &request, &url, verified, accepted.message_id).await?;
                }
                let (message_id, is_duplicate) = (accepted.message_id, accepted.is_duplicate);
                let response = source.settings.response.clone();
                Ok(ReceiveAnswer::Stored(Received { message_id, is_duplicate, response, headers }))
            }
            Err(objection) => Err(self.refuse(source, &request, &url, objection).await?),
        }
    }

    /// Counts a request whose body did not come to its end. There is nothing that could be judged or kept.
    pub fn broken_off(&self, source: &InboundSource) {
        self.engine.count(source.tenant_id, source.source_id, Count::BrokenOff);
    }

    /// The URL that the provider asked for, as it was given to it.
    pub(super) fn asked_url(&self, source: &InboundSource, path_and_query: &str) -> String {
        let Some(given) = &source.settings.public_url else { return format!("{}{path_and_query}", self.public_url) };
        match path_and_query.split_once('?') {
            Some((_, query)) => format!("{given}?{query}"),
            None => given.clone(),
        }
    }

    /// What can be said without looking at signatures.
    fn before_verification(
        &self,
        origin: Origin,
        source: &InboundSource,
        request: &ReceivedRequest,
    ) -> Result<(), Objection> {
        let is_allowed = origin == Origin::Ourselves
            || source.allowed_networks.is_empty()
            || request.sender.is_some_and(|sender| {
                source.allowed_networks.iter().any(|network| network.contains(&sender.to_canonical()))
            });
        if !is_allowed {
            let sender = request.sender.map_or_else(|| "unknown".to_owned(), |sender| sender.to_string());
            let reason = format!("the sender's address {sender} is not among those that may send to this source");
            return Err(Objection::new(RefusalKind::Sender, reason));
        }
        if let Some(per_second_max) = source.settings.requests_per_second_max
            && let Err(retry_after) = self.limits.request(source.source_id, per_second_max)
        {
            let reason = format!("more than {per_second_max} requests a second");
            return Err(Objection::new(RefusalKind::TooMany { retry_after }, reason));
        }
        if let Some(bytes_max) = request.larger_than {
            let by_source = source.settings.body_bytes_max.is_some_and(|limit| limit as usize == bytes_max);
            let whose = if by_source { "that this source takes" } else { "that are taken here" };
            let kept = if request.is_truncated { "its beginning was kept" } else { "it was kept whole" };
            let reason = format!("the body is larger than the {bytes_max} bytes {whose}; {kept}");
            return Err(Objection::new(RefusalKind::TooLarge, reason));
        }
        Ok(())
    }

    /// Answers a provider that asks whether it may send.
    async fn handshake(
        &self,
        source: &InboundSource,
        inbound: &Inbound<'_>,
    ) -> Result<Option<HandshakeAnswer>, ReceiveRefusal> {
        if source.rule.provider().handshake().is_none() {
            return Ok(None);
        }
        let fetched = keyring(&self.provider_keys, source, inbound).await;
        let keys = Keyring { secrets: &source.secrets, fetched: &fetched };
        let Some(answer) = answer(&source.rule, &keys, inbound, self.clock.now()) else { return Ok(None) };
        if let Err(retry_after) = self.limits.handshake(source.source_id, answer.is_proven) {
            let reason = "too many handshakes".to_owned();
            let kind = RefusalKind::TooMany { retry_after };
            return Err(ReceiveRefusal::Refused { kind, reason, message_id: None });
        }
        self.engine.count(source.tenant_id, source.source_id, Count::Handshake);
        match self.handshake_answered(source, &answer).await {
            Ok(()) => Ok(Some(answer)),
            Err(ApiError::Conflict { message: reason }) => {
                Err(ReceiveRefusal::Refused { kind: RefusalKind::Unverified, reason, message_id: None })
            }
            Err(error) => Err(ReceiveRefusal::NotStored(error)),
        }
    }

    /// Verifies, and asks whether it may go on now.
    async fn judge(
        &self,
        source: &InboundSource,
        inbound: &Inbound<'_>,
    ) -> Result<(Verified, Vec<(&'static str, String)>), Objection> {
        let fetched = keyring(&self.provider_keys, source, inbound).await;
        let keys = Keyring { secrets: &source.secrets, fetched: &fetched };
        let verified = verify(&source.rule, &keys, inbound, self.clock.now()).map_err(|refusal| Objection {
            kind: RefusalKind::Unverified,
            reason: refusal.to_string(),
            verdict: Verdict::Failed,
            verified: None,
            repeats: None,
        })?;
        if source.is_paused {
            let reason = "the source is paused: release the message to deliver it";
            let verdict = verified.verdict;
            return Err(Objection {
                verdict,
                verified: Some(Box::new(verified)),
                ..Objection::new(RefusalKind::Paused, reason)
            });
        }
        if let Some(objection) = self.over_quota(source, &verified).await {
            return Err(objection);
        }
        let headers = acknowledgement(&source.rule, &keys, inbound);
        Ok((verified, headers))
    }

    /// What is genuine is never lost: it is kept until the plan has room again, or else the provider is asked to send it
    /// again later.
    async fn over_quota(&self, source: &InboundSource, verified: &Verified) -> Option<Objection> {
        let (kind, reason) = match self.plans.room_for_received(source.tenant_id).await {
            Room::Left => return None,
            Room::UsedUp => (RefusalKind::OverQuota, OVER_QUOTA),
            Room::Overfull => {
                let reason = "the plan's messages of this month are used up, and as many again are kept already";
                (RefusalKind::TooMany { retry_after: OVERFULL_RETRY }, reason)
            }
        };
        let (verdict, verified) = (verified.verdict, Some(Box::new(verified.clone())));
        Some(Objection { verdict, verified, ..Objection::new(kind, reason) })
    }

    async fn accept(&self, message: NewMessage) -> Result<hookreel_delivery::Accepted, ReceiveRefusal> {
        self.engine.accept(message).await.map_err(|error| ReceiveRefusal::NotStored(not_accepted(&error)))
    }

    /// Keeps what is refused, if it may be kept.
    pub(super) async fn refuse(
        &self,
        source: &InboundSource,
        request: &ReceivedRequest,
        url: &str,
        objection: Objection,
    ) -> Result<ReceiveRefusal, ReceiveRefusal> {
        // A browser that opens the address has sent nothing that could be kept.
        let is_empty_visit = objection.kind == RefusalKind::Method && request.body.is_empty();
        if !is_empty_visit && !self.may_keep(source, request, &objection).await? {
            self.engine.count(source.tenant_id, source.source_id, Count::Dropped);
            return Ok(not_kept(objection));
        }
        let message_id = if is_empty_visit {
            None
        } else {
            let dedupe = objection.verified.as_deref().and_then(|verified| {
                let inbound = Inbound {
                    method: &request.method,
                    public_url: url,
                    headers: &request.headers,
                    body: &request.body,
                };
                dedupe_key(&source.settings, verified, &inbound)
            });
            let judged = Judged {
                verified: objection.verified.as_deref(),
                verdict: objection.verdict,
                refusal: Some(objection.reason.clone()),
                dedupe,
                repeats: objection.repeats,
            };
            let message = message_of(source, request, url, judged);
            Some(self.accept(message).await?.message_id)
        };
        Ok(ReceiveRefusal::Refused { kind: objection.kind, reason: objection.reason, message_id })
    }

    /// Whether what is refused is kept: at most so much at a time, and of what nobody believes at most so much in all.
    async fn may_keep(
        &self,
        source: &InboundSource,
        request: &ReceivedRequest,
        objection: &Objection,
    ) -> Result<bool, ReceiveRefusal> {
        if objection.kind == RefusalKind::OverQuota {
            return Ok(true);
        }
        let bytes = request.body.len();
        if !self.limits.may_keep(source.source_id, bytes) {
            return Ok(false);
        }
        // Strangers cannot use up the room of the provider itself.
        if matches!(objection.verdict, Verdict::Verified | Verdict::Authenticated) {
            return Ok(true);
        }
        let taken = self.quarantine_space.take(source.tenant_id, source.source_id, bytes).await;
        taken.map_err(|failure| ReceiveRefusal::NotStored(failed(failure)))
    }
}

/// What is not kept is not answered as if it were: the sender to a paused source has to come back.
fn not_kept(objection: Objection) -> ReceiveRefusal {
    let Objection { kind, reason, .. } = objection;
    if kind == RefusalKind::Paused {
        let kind = RefusalKind::TooMany { retry_after: PAUSED_RETRY };
        let reason = "the source is paused, and there is no room to keep more".to_owned();
        return ReceiveRefusal::Refused { kind, reason, message_id: None };
    }
    ReceiveRefusal::Refused { kind, reason, message_id: None }
}

/// Whether the source takes events that come like this.
fn wanted(origin: Origin, settings: &SourceSettings, inbound: &Inbound<'_>) -> Result<(), Objection> {
    if origin == Origin::Ourselves {
        return Ok(());
    }
    if !settings.methods.iter().any(|method| method == inbound.method) {
        let reason = format!("events come by {}", settings.methods.join(", "));
        return Err(Objection::new(RefusalKind::Method, reason));
    }
    match unwanted_content_type(settings, inbound) {
        Some(reason) => Err(Objection::new(RefusalKind::ContentType, reason)),
        None => Ok(()),
    }
}

fn unwanted_content_type(settings: &SourceSettings, inbound: &Inbound<'_>) -> Option<String> {
    if settings.content_types.is_empty() {
        return None;
    }
    let given = inbound.header_values("content-type").next();
    let given = given.map(|value| String::from_utf8_lossy(value).to_ascii_lowercase()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    let is_wanted = settings.content_types.iter().any(|wanted| wanted == essence);
    (!is_wanted).then(|| format!("the content type is not one of {}", settings.content_types.join(", ")))
}

/// The ladder: what the provider says of its event, or of all events of a list, what Standard Webhooks says, and what is
/// in it if the source wants that.
pub(super) fn dedupe_key(settings: &SourceSettings, verified: &Verified, inbound: &Inbound<'_>) -> Option<DedupeKey> {
    let window = Duration::from_hours(u64::from(settings.dedupe_window_h));
    let key = |rung, value| Some(DedupeKey { rung, value, window });
    if let Some(event_id) = &verified.event_id {
        return key("event_id", event_id.clone());
    }
    if let Some(digest) = verified.event_ids_digest() {
        return key("event_ids", digest);
    }
    if let Some(text) = inbound.header_values("webhook-id").next().and_then(|value| std::str::from_utf8(value).ok())
        && !text.is_empty()
        && text.len() <= WEBHOOK_ID_BYTES_MAX
        && !text.contains('\0')
    {
        return key("webhook_id", text.to_owned());
    }
    settings
        .dedupe_by_content
        .then(|| hookreel_ingest::content_hash(inbound))
        .and_then(|hash| key("content_hash", hash))
}

/// The type that a provider's own name for it becomes.
pub(super) fn event_type_of(verified: &Verified) -> Option<String> {
    verified.event_type.as_deref().and_then(EventType::from_provider).map(EventType::into_string)
}

/// The events of a body that is a list of them, as they are kept.
pub(super) fn items_of(verified: &Verified) -> Vec<InboundItem> {
    let kept = |item: &Item| InboundItem { event_id: item.event_id.clone(), event_type: item.event_type.clone() };
    verified.items.iter().map(kept).collect()
}

fn message_of(source: &InboundSource, request: &ReceivedRequest, url: &str, judged: Judged<'_>) -> NewMessage {
    let Judged { verified, verdict, refusal, dedupe, repeats } = judged;
    let nonce = verified.and_then(|verified| verified.nonce.clone());
    let facts = InboundFacts {
        method: request.method.clone(),
        url: StoredRequest::url_to_keep(url),
        sender: request.sender.map(|sender| sender.to_canonical().to_string()),
        verdict: verdict.name().to_owned(),
        rule: verified.map(|verified| verified.rule.clone()),
        dedupe_rung: dedupe.as_ref().map(|key| key.rung.to_owned()),
        items: verified.map(items_of).unwrap_or_default(),
        truncated: request.is_truncated,
        repeats,
    };
    NewMessage {
        tenant_id: source.tenant_id,
        message_id: MessageId::generate(),
        application_id: source.application_id,
        source_id: Some(source.source_id),
        event_type: verified.and_then(event_type_of).unwrap_or_else(|| UNKNOWN_EVENT_TYPE.to_owned()),
        uid: None,
        provider_event_id: verified.and_then(|verified| verified.event_id.clone()),
        channels: None,
        headers: request.headers.iter().map(received_header).collect(),
        body: request.body.clone(),
        only_endpoint: None,
        received: Some(hookreel_delivery::Inbound { facts, dedupe, nonce }),
        refusal,
        schema_faults: Vec::new(),
        metadata: Metadata::by(Actor::Source(source.source_id)),
    }
}
