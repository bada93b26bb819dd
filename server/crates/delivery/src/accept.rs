//! Accepting messages: the first hot path's one transaction.
//!
//! Message, deliveries, jobs and the event that says so become durable together or not at all, and many callers share
//! one commit. What is decided here, which endpoints a message goes to, is part of the event and never changes.

use crate::dedupe::{Claims, DedupeKey};
use crate::delivery_rows::DeliveryColumns;
use crate::intake::{Intake, Taker};
use crate::jobs::{DELIVER_QUEUE, Due, JobPacker, NewJob};
use crate::matching::{self, MatchKey, Matched};
use crate::tally::{Tallied, Tally};
use crate::wake::Wake;
use bytes::Bytes;
use hookreel_domain::traffic::{
    InboundFacts, MESSAGE_ACCEPTED, MESSAGE_QUARANTINED, MESSAGE_STREAM, MessageReceived, PlannedDelivery,
    ReceivedHeader,
};
use hookreel_event_store::{AppendError, Commit, NewEvent, Stream, Turn, bucket_of};
use hookreel_kernel::id::unix_ms_of;
use hookreel_kernel::{
    ApplicationId, DeliveryId, EndpointId, EventId, MessageId, Metadata, SchemaFault, SourceId, TenantId, Timestamp,
};
use sqlx::{PgConnection, PgPool};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// A message on its way in, already authorized or verified.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// Whose.
    pub tenant_id: TenantId,
    /// Its id; a message whose id exists already is answered as that one.
    pub message_id: MessageId,
    /// The application it belongs to.
    pub application_id: ApplicationId,
    /// Where it came in; `None` when it was published by API.
    pub source_id: Option<SourceId>,
    /// What it is about.
    pub event_type: String,
    /// The publisher's own id of it: unique per application.
    pub uid: Option<String>,
    /// The provider's id of it: unique per source.
    pub provider_event_id: Option<String>,
    /// The channels it is published on.
    pub channels: Option<Vec<String>>,
    /// The request's headers in order.
    pub headers: Vec<ReceivedHeader>,
    /// The exact body.
    pub body: Bytes,
    /// Goes to this endpoint alone, whatever its filters say.
    pub only_endpoint: Option<EndpointId>,
    /// How it came in, if it did.
    pub received: Option<Inbound>,
    /// Why it must not be delivered: kept as a quarantined message.
    pub refusal: Option<String>,
    /// What does not fit the schema of its event type: it is delivered all the same.
    pub schema_faults: Vec<SchemaFault>,
    /// Who and why.
    pub metadata: Metadata,
}

/// How a message came in.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// What is kept of it.
    pub facts: InboundFacts,
    /// By what a repetition of it is recognised.
    pub dedupe: Option<DedupeKey>,
    /// What comes in one request only: a second one with it is a repetition, whatever else it says.
    pub nonce: Option<String>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The message; the earlier one if it is a duplicate.
    pub message_id: MessageId,
    /// It was accepted before: nothing new was stored.
    pub is_duplicate: bool,
    /// It is a duplicate of what came in with another body.
    pub is_altered: bool,
    /// When it was accepted.
    pub received_at: Timestamp,
    /// How many endpoints it goes to.
    pub deliveries: usize,
}

/// The writer behind [`crate::Engine::accept`].
#[derive(Debug)]
pub(crate) struct AcceptMessages {
    pub(crate) pool: PgPool,
    pub(crate) turn: Turn,
    pub(crate) tally: Arc<Tally>,
    pub(crate) intake: Arc<Intake>,
    pub(crate) wake: Wake,
}

impl Commit for AcceptMessages {
    type Item = NewMessage;
    type Outcome = Accepted;
    type Error = AppendError;

    fn bytes(item: &NewMessage) -> usize {
        item.body.len() + 512
    }

    async fn commit(&self, messages: &[NewMessage]) -> Result<Vec<Accepted>, AppendError> {
        let mut transaction = self.pool.begin().await?;
        let targets = matching::find(&mut transaction, messages.iter().filter_map(match_key)).await?;
        let duplicates = Claims::of(messages).make(&mut transaction).await?;
        let fresh: Vec<&NewMessage> =
            messages.iter().filter(|message| !duplicates.contains_key(&message.message_id)).collect();
        let inserted = insert_messages(&mut transaction, &fresh).await?;

        let mut plan = Plan::new();
        for message in fresh {
            if inserted.contains_key(&message.message_id.uuid()) && plan.first_time(message) {
                let matched = match_key(message).and_then(|key| targets.get(&key));
                plan.add(message, matched.map_or(&[][..], Vec::as_slice));
            }
        }
        let (rows, jobs) = plan.deliveries();
        let taker = self.intake.reserve(jobs.len());
        if !rows.is_empty() {
            rows.insert(&mut transaction, &jobs, taker.as_ref().map(Taker::worker), None).await?;
        }

        let outcomes = outcomes(&mut transaction, messages, &inserted, &duplicates, &plan).await?;
        let turn = self.turn.wait().await;
        if !plan.events.is_empty() {
            hookreel_event_store::append(&mut transaction, &plan.events).await?;
        }
        transaction.commit().await?;
        drop(turn);
        match taker {
            Some(taker) => taker.take(&jobs),
            None if jobs.is_empty() => {}
            None => self.wake.workers(DELIVER_QUEUE),
        }
        self.tally.add(&plan.tallied(messages.len()));
        Ok(outcomes)
    }
}

/// Which endpoints to ask for; `None` for a message that is not delivered.
fn match_key(message: &NewMessage) -> Option<MatchKey> {
    message.refusal.is_none().then(|| MatchKey {
        tenant_id: message.tenant_id,
        application_id: message.application_id,
        source_id: message.source_id,
        event_type: message.event_type.clone(),
        channels: message.channels.clone().unwrap_or_default(),
        only_endpoint: message.only_endpoint,
    })
}

/// Inserts what is new and returns when; a message that is not in the answer is a duplicate by one of its ids.
async fn insert_messages(
    connection: &mut PgConnection,
    messages: &[&NewMessage],
) -> Result<HashMap<Uuid, Timestamp>, sqlx::Error> {
    if messages.is_empty() {
        return Ok(HashMap::new());
    }
    let columns = MessageColumns::of(messages);
    let rows = sqlx::query!(
        r#"insert into read.messages (
               tenant_id, message_id, application_id, source_id, event_type, state, uid, provider_event_id,
               channels, body_bytes, refusal, verdict, dedupe_rung, schema_faults, only_endpoint_id, received_at
           )
           select tenant_id, message_id, application_id, source_id, event_type,
                  case when refusal is null then 'accepted' else 'quarantined' end, uid, provider_event_id,
                  string_to_array(channels, E'\x1f'), body_bytes, refusal, verdict, dedupe_rung, schema_faults::jsonb,
                  only_endpoint_id, now()
           from unnest(
               $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
               $9::integer[], $10::text[], $11::text[], $12::text[], $13::text[], $14::uuid[]
           ) as u (tenant_id, message_id, application_id, source_id, event_type, uid, provider_event_id, channels,
                   body_bytes, refusal, verdict, dedupe_rung, schema_faults, only_endpoint_id)
           on conflict do nothing
           returning message_id, received_at"#,
        &columns.tenant_ids,
        &columns.message_ids,
        &columns.application_ids,
        &columns.source_ids as &[Option<Uuid>],
        &columns.event_types as &[&str],
        &columns.uids as &[Option<&str>],
        &columns.provider_event_ids as &[Option<&str>],
        &columns.channels as &[Option<String>],
        &columns.body_bytes,
        &columns.refusals as &[Option<&str>],
        &columns.verdicts as &[Option<&str>],
        &columns.dedupe_rungs as &[Option<&str>],
        &columns.schema_faults as &[Option<String>],
        &columns.only_endpoint_ids as &[Option<Uuid>],
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.message_id, row.received_at)).collect())
}

/// What a batch adds, beside the message rows.
struct Plan {
    seen: HashSet<MessageId>,
    deliveries: Vec<(TenantId, ApplicationId, MessageId, String, PlannedDelivery, usize)>,
    counts: HashMap<MessageId, usize>,
    events: Vec<NewEvent>,
}

impl Plan {
    fn new() -> Self {
        Self { seen: HashSet::new(), deliveries: Vec::new(), counts: HashMap::new(), events: Vec::new() }
    }

    /// Two items of one batch may carry the same id; the first one wins.
    fn first_time(&mut self, message: &NewMessage) -> bool {
        self.seen.insert(message.message_id)
    }

    fn add(&mut self, message: &NewMessage, matched: &[Matched]) {
        let planned: Vec<PlannedDelivery> = matched
            .iter()
            .map(|target| PlannedDelivery {
                delivery_id: DeliveryId::generate(),
                endpoint_id: target.endpoint_id,
                held: target.held,
            })
            .collect();
        self.counts.insert(message.message_id, planned.len());
        for delivery in &planned {
            self.deliveries.push((
                message.tenant_id,
                message.application_id,
                message.message_id,
                message.event_type.clone(),
                delivery.clone(),
                message.body.len(),
            ));
        }
        self.events.push(event_of(message, planned));
    }

    fn tallied(&self, messages: usize) -> Tallied {
        let accepted = self.events.iter().filter(|event| event.kind == MESSAGE_ACCEPTED).count();
        let (accepted, new) = (accepted as u64, self.events.len() as u64);
        let duplicates = (messages as u64).saturating_sub(new);
        Tallied { accepted, quarantined: new - accepted, duplicates, ..Tallied::default() }
    }

    /// The delivery rows, and the jobs that will attempt them.
    fn deliveries(&self) -> (DeliveryColumns, Vec<NewJob>) {
        let mut packer = JobPacker::new(DELIVER_QUEUE, Duration::ZERO);
        let mut rows = DeliveryColumns::default();
        for (tenant_id, application_id, message_id, event_type, delivery, body_bytes) in &self.deliveries {
            let due = Due { tenant_id: *tenant_id, delivery_id: delivery.delivery_id, message_id: *message_id };
            let job = (!delivery.held).then(|| packer.add(due, *body_bytes).as_str().to_owned());
            rows.push(due, *application_id, delivery.endpoint_id, event_type, job);
        }
        (rows, packer.into_jobs())
    }
}

fn event_of(message: &NewMessage, deliveries: Vec<PlannedDelivery>) -> NewEvent {
    let payload = MessageReceived {
        application_id: message.application_id,
        source_id: message.source_id,
        event_type: message.event_type.clone(),
        uid: message.uid.clone(),
        provider_event_id: message.provider_event_id.clone(),
        channels: message.channels.clone(),
        headers: message.headers.clone(),
        inbound: message.received.as_ref().map(|received| received.facts.clone()),
        only_endpoint_id: message.only_endpoint,
        refusal: message.refusal.clone(),
        schema_faults: message.schema_faults.clone(),
        deliveries,
    };
    NewEvent {
        tenant_id: message.tenant_id,
        stream: Stream::traffic(MESSAGE_STREAM, message.message_id.uuid()),
        stream_version: 1,
        event_id: EventId::generate(),
        kind: if message.refusal.is_none() { MESSAGE_ACCEPTED } else { MESSAGE_QUARANTINED },
        revision: 1,
        payload: serde_json::to_string(&payload).unwrap_or_default(),
        body: Some(message.body.clone()),
        metadata: message.metadata.clone(),
    }
}

/// An answer for each message, in order; for duplicates, the one that was there before.
async fn outcomes(
    connection: &mut PgConnection,
    messages: &[NewMessage],
    inserted: &HashMap<Uuid, Timestamp>,
    duplicates: &HashMap<MessageId, MessageId>,
    plan: &Plan,
) -> Result<Vec<Accepted>, sqlx::Error> {
    let mut answered = HashSet::new();
    let mut outcomes = Vec::with_capacity(messages.len());
    for message in messages {
        let is_new = answered.insert(message.message_id);
        if let Some(received_at) = inserted.get(&message.message_id.uuid()) {
            outcomes.push(Accepted {
                message_id: message.message_id,
                is_duplicate: !is_new,
                is_altered: false,
                received_at: *received_at,
                deliveries: plan.counts.get(&message.message_id).copied().unwrap_or_default(),
            });
        } else {
            // Rare: a query of its own does no harm.
            let original = duplicates.get(&message.message_id).copied().unwrap_or(message.message_id);
            let mut outcome = find_original(connection, message, original).await?;
            outcome.is_altered = is_altered(connection, messages, message, original).await?;
            outcomes.push(outcome);
        }
    }
    Ok(outcomes)
}

/// Whether what came in again has another body than the original, which may be of the same batch.
async fn is_altered(
    connection: &mut PgConnection,
    messages: &[NewMessage],
    message: &NewMessage,
    original: MessageId,
) -> Result<bool, sqlx::Error> {
    if message.received.is_none() {
        return Ok(false);
    }
    if let Some(first) = messages.iter().find(|other| other.message_id == original) {
        return Ok(first.body != message.body);
    }
    let differs = sqlx::query_scalar!(
        r#"select body is distinct from $3::bytea as "differs!" from event_store.events
           where bucket = $1 and stream_id = $2 and stream_version = 1"#,
        bucket_of(original.uuid()),
        original.uuid(),
        &message.body[..],
    )
    .fetch_optional(connection)
    .await?;
    Ok(differs.unwrap_or(false))
}

async fn find_original(
    connection: &mut PgConnection,
    message: &NewMessage,
    original: MessageId,
) -> Result<Accepted, sqlx::Error> {
    let row = sqlx::query!(
        "select message_id, received_at from read.messages
         where tenant_id = $1
           and (message_id = $2 or (uid = $3 and application_id = $4))
         order by message_id limit 1",
        message.tenant_id.uuid(),
        original.uuid(),
        message.uid.as_deref(),
        message.application_id.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    // It may have been removed with old history, while its key still counts.
    let (message_id, received_at) = row
        .map_or_else(|| (original, born_at(original)), |row| (MessageId::from_uuid(row.message_id), row.received_at));
    Ok(Accepted { message_id, is_duplicate: true, is_altered: false, received_at, deliveries: 0 })
}

/// When a message was given its id.
fn born_at(id: MessageId) -> Timestamp {
    let nanos = i128::from(unix_ms_of(id.uuid())) * 1_000_000;
    Timestamp::from_unix_timestamp_nanos(nanos).unwrap_or(Timestamp::UNIX_EPOCH)
}

struct MessageColumns<'a> {
    tenant_ids: Vec<Uuid>,
    message_ids: Vec<Uuid>,
    application_ids: Vec<Uuid>,
    source_ids: Vec<Option<Uuid>>,
    event_types: Vec<&'a str>,
    uids: Vec<Option<&'a str>>,
    provider_event_ids: Vec<Option<&'a str>>,
    channels: Vec<Option<String>>,
    body_bytes: Vec<i32>,
    refusals: Vec<Option<&'a str>>,
    verdicts: Vec<Option<&'a str>>,
    dedupe_rungs: Vec<Option<&'a str>>,
    schema_faults: Vec<Option<String>>,
    only_endpoint_ids: Vec<Option<Uuid>>,
}

impl<'a> MessageColumns<'a> {
    fn of(messages: &[&'a NewMessage]) -> Self {
        let facts = |message: &&'a NewMessage| message.received.as_ref().map(|received| &received.facts);
        Self {
            tenant_ids: messages.iter().map(|m| m.tenant_id.uuid()).collect(),
            message_ids: messages.iter().map(|m| m.message_id.uuid()).collect(),
            application_ids: messages.iter().map(|m| m.application_id.uuid()).collect(),
            source_ids: messages.iter().map(|m| m.source_id.map(SourceId::uuid)).collect(),
            event_types: messages.iter().map(|m| m.event_type.as_str()).collect(),
            uids: messages.iter().map(|m| m.uid.as_deref()).collect(),
            provider_event_ids: messages.iter().map(|m| m.provider_event_id.as_deref()).collect(),
            channels: messages.iter().map(|m| m.channels.as_ref().map(|c| c.join("\u{1f}"))).collect(),
            body_bytes: messages.iter().map(|m| i32::try_from(m.body.len()).unwrap_or(i32::MAX)).collect(),
            refusals: messages.iter().map(|m| m.refusal.as_deref()).collect(),
            verdicts: messages.iter().map(|m| facts(m).map(|facts| facts.verdict.as_str())).collect(),
            dedupe_rungs: messages.iter().map(|m| facts(m)?.dedupe_rung.as_deref()).collect(),
            schema_faults: messages.iter().map(|m| faults_column(&m.schema_faults)).collect(),
            only_endpoint_ids: messages.iter().map(|m| m.only_endpoint.map(EndpointId::uuid)).collect(),
        }
    }
}

/// Faults as JSON text; none are no text.
pub(crate) fn faults_column(faults: &[SchemaFault]) -> Option<String> {
    if faults.is_empty() { None } else { serde_json::to_string(faults).ok() }
}
