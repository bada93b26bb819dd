//! Accepting messages: the first hot path's one transaction.
//!
//! Message, deliveries, jobs and the event that says so become durable together or not at all, and many callers share
//! one commit. What is decided here, which endpoints a message goes to, is part of the event and never changes.

mod answers;
mod write;

use crate::dedupe::{Claims, DedupeKey};
use crate::delivery_rows::DeliveryColumns;
use crate::intake::{Intake, Taker};
use crate::jobs::{self, DELIVER_QUEUE, Due, JobPacker, NewJob};
use crate::load::LoadedDelivery;
use crate::matching::{self, MatchKey, Matched};
use crate::tally::{Tallied, Tally};
use crate::wake::Wake;
use bytes::Bytes;
use hookreel_domain::traffic::{InboundFacts, MessageReceived, PlannedDelivery, ReceivedHeader};
use hookreel_event_store::{AppendError, Commit, Turn};
use hookreel_kernel::{
    ApplicationId, DeliveryId, EndpointId, EventId, MessageId, Metadata, SchemaFault, SourceId, TenantId, Timestamp,
};
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
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
        let at = Instant::now();
        let claims = Claims::of(messages);
        let mut session = Session::begin(&self.pool, !claims.is_empty()).await?;
        let targets = matching::find(session.connection(), messages.iter().filter_map(match_key)).await?;
        let duplicates = claims.make(session.connection()).await?;
        let plan = Plan::of(messages, &duplicates, &targets);
        let taker = self.intake.reserve(plan.jobs.len());

        let turn = self.turn.wait().await;
        let received = match write_and_commit(session, &plan, taker.as_ref().map(Taker::worker)).await {
            Ok(received) => received,
            Err(error) => {
                // A connection that breaks at the end leaves it open whether the jobs are there.
                if let Some(taker) = taker {
                    taker.take_unsure(&plan.jobs);
                }
                return Err(error);
            }
        };
        drop(turn);
        self.begin(&plan.jobs, taker, at, &received).await;
        self.tally.add(&plan.tallied(messages.len(), &received));
        Ok(answers::answers(&self.pool, messages, &plan, &received, &duplicates).await?)
    }
}

impl AcceptMessages {
    /// Has the jobs run.
    async fn begin(
        &self,
        jobs: &[NewJob],
        taker: Option<Taker>,
        known_at: Instant,
        received: &HashMap<Uuid, Timestamp>,
    ) {
        if let Some(taker) = taker {
            let worker = taker.worker().to_owned();
            if taker.take(jobs, known_at, |delivery| received.contains_key(&delivery.message_id.uuid())) {
                return;
            }
            // It ended while they were being committed. Those it has are given back twice, which does no harm.
            if let Err(error) = jobs::release(&self.pool, &worker, jobs).await {
                tracing::debug!(worker, %error, "jobs could not be given back; they come back by themselves");
            }
        }
        if !jobs.is_empty() {
            self.wake.workers(DELIVER_QUEUE);
        }
    }
}

async fn write_and_commit(
    mut session: Session,
    plan: &Plan<'_>,
    taken_by: Option<&str>,
) -> Result<HashMap<Uuid, Timestamp>, AppendError> {
    let received = write::write(session.connection(), plan, taken_by).await?;
    session.commit().await?;
    Ok(received)
}

/// By what a batch is written: a single statement is a transaction by itself, at a third of the round trips.
enum Session {
    Statement(PoolConnection<Postgres>),
    Transaction(Transaction<'static, Postgres>),
}

impl Session {
    async fn begin(pool: &PgPool, in_transaction: bool) -> Result<Self, sqlx::Error> {
        Ok(if in_transaction { Self::Transaction(pool.begin().await?) } else { Self::Statement(pool.acquire().await?) })
    }

    fn connection(&mut self) -> &mut PgConnection {
        match self {
            Self::Statement(connection) => connection,
            Self::Transaction(transaction) => transaction,
        }
    }

    async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Statement(_) => Ok(()),
            Self::Transaction(transaction) => transaction.commit().await,
        }
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

/// What is to be written of a batch.
struct Plan<'a> {
    messages: Vec<Planned<'a>>,
    deliveries: DeliveryColumns,
    jobs: Vec<NewJob>,
}

/// A message that is new, as far as its batch and its dedupe key say.
struct Planned<'a> {
    message: &'a NewMessage,
    event_id: EventId,
    /// What its event says.
    payload: String,
    deliveries: usize,
}

impl<'a> Plan<'a> {
    /// Two items of one batch may carry the same id; the first one wins.
    fn of(
        messages: &'a [NewMessage],
        duplicates: &HashMap<MessageId, MessageId>,
        targets: &HashMap<MatchKey, Vec<Matched>>,
    ) -> Self {
        let mut plan = Self { messages: Vec::new(), deliveries: DeliveryColumns::default(), jobs: Vec::new() };
        let (mut seen, mut packer) = (HashSet::new(), JobPacker::new(DELIVER_QUEUE, Duration::ZERO));
        for message in messages {
            if !duplicates.contains_key(&message.message_id) && seen.insert(message.message_id) {
                let matched = match_key(message).and_then(|key| targets.get(&key));
                plan.add(message, matched.map_or(&[][..], Vec::as_slice), &mut packer);
            }
        }
        plan.jobs = packer.into_jobs();
        plan
    }

    fn add(&mut self, message: &'a NewMessage, matched: &[Matched], packer: &mut JobPacker) {
        let event_id = EventId::generate();
        let mut planned = Vec::with_capacity(matched.len());
        for target in matched {
            let delivery_id = DeliveryId::generate();
            let due = Due { tenant_id: message.tenant_id, delivery_id, message_id: message.message_id };
            let known = || LoadedDelivery::of_new(message, event_id, due, *target);
            let job = (!target.is_held()).then(|| packer.add_known(known()).as_str().to_owned());
            self.deliveries.push(due, message.application_id, target.endpoint_id, &message.event_type, job);
            planned.push(PlannedDelivery { delivery_id, endpoint_id: target.endpoint_id, held: target.is_held() });
        }
        let (deliveries, payload) = (planned.len(), payload_of(message, planned));
        self.messages.push(Planned { message, event_id, payload, deliveries });
    }

    fn tallied(&self, messages: usize, received: &HashMap<Uuid, Timestamp>) -> Tallied {
        let new = received.len() as u64;
        let is_accepted = |planned: &&Planned<'_>| {
            planned.message.refusal.is_none() && received.contains_key(&planned.message.message_id.uuid())
        };
        let accepted = self.messages.iter().filter(is_accepted).count() as u64;
        let duplicates = (messages as u64).saturating_sub(new);
        Tallied { accepted, quarantined: new - accepted, duplicates, ..Tallied::default() }
    }
}

fn payload_of(message: &NewMessage, deliveries: Vec<PlannedDelivery>) -> String {
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
    serde_json::to_string(&payload).unwrap_or_default()
}

/// Faults as JSON text; none are no text.
pub(crate) fn faults_column(faults: &[SchemaFault]) -> Option<String> {
    if faults.is_empty() { None } else { serde_json::to_string(faults).ok() }
}
