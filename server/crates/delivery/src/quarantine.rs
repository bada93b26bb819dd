//! What was quarantined, judged again and let go. What happened before stays: events follow on it.

use crate::Engine;
use crate::accept::faults_column;
use crate::dedupe::{Claims, DedupeKey};
use crate::delivery_rows::DeliveryColumns;
use crate::jobs::{DELIVER_QUEUE, Due, JobPacker};
use crate::matching::{self, MatchKey, Matched};
use hookreel_database::TenantTx;
use hookreel_domain::traffic::{
    DuplicateFound, MESSAGE_DUPLICATE_FOUND, MESSAGE_RELEASED, MESSAGE_REVERIFIED, MESSAGE_STREAM, MessageReleased,
    MessageReverified, PlannedDelivery,
};
use hookreel_event_store::{AppendError, NewEvent, Stream};
use hookreel_kernel::{
    Actor, ApplicationId, DeliveryId, EventId, MessageId, Metadata, SchemaFault, SourceId, TenantId,
};
use std::collections::HashSet;
use std::time::Duration;
use uuid::Uuid;

/// Messages judged or released in one transaction.
pub const QUARANTINE_BATCH: usize = 500;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum QuarantineError {
    /// One of the messages was changed at the same moment; asking again helps.
    #[error("a message was changed at the same moment")]
    Conflict,
    /// The database refused or is away.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<AppendError> for QuarantineError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict => Self::Conflict,
            AppendError::Database(error) => Self::Database(error),
        }
    }
}

/// What a second look at a quarantined message has shown.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Which.
    pub message_id: MessageId,
    /// What was found.
    pub finding: MessageReverified,
}

/// A quarantined message that is to be delivered.
#[derive(Debug, Clone)]
pub struct Quarantined {
    /// Which.
    pub message_id: MessageId,
    /// By what a repetition of it is recognised, if that is known.
    pub dedupe: Option<DedupeKey>,
    /// What comes in one request only.
    pub nonce: Option<String>,
    /// What does not fit the schema of its event type.
    pub schema_faults: Vec<SchemaFault>,
}

/// What became of quarantined messages that were to be delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Released {
    /// These are delivered.
    pub delivered: Vec<MessageId>,
    /// These repeat what was accepted: they left quarantine as its duplicates.
    pub duplicates: Vec<MessageId>,
}

/// A quarantined message's row, locked.
struct Row {
    message_id: MessageId,
    application_id: ApplicationId,
    source_id: Option<SourceId>,
    event_type: String,
    verdict: String,
    body_bytes: usize,
    stream_version: i32,
}

impl Engine {
    /// Records what a second look has shown. A message that is not quarantined any more is left alone. Returns how many
    /// were recorded.
    ///
    /// # Errors
    /// See [`QuarantineError`].
    pub async fn reverified(
        &self,
        mut tx: TenantTx,
        actor: Actor,
        judged: &[Judged],
    ) -> Result<usize, QuarantineError> {
        let tenant_id = tx.tenant_id();
        let ids: Vec<MessageId> = judged.iter().map(|one| one.message_id).collect();
        let rows = lock(&mut tx, &ids).await?;
        let found: Vec<(&Row, &MessageReverified)> = rows
            .iter()
            .filter_map(|row| Some((row, &judged.iter().find(|one| one.message_id == row.message_id)?.finding)))
            .collect();
        let message_ids: Vec<Uuid> = found.iter().map(|(row, _)| row.message_id.uuid()).collect();
        let verdicts: Vec<&str> = found.iter().map(|(_, finding)| finding.verdict.as_str()).collect();
        let refusals: Vec<Option<&str>> = found.iter().map(|(_, finding)| finding.refusal.as_deref()).collect();
        let rungs: Vec<Option<&str>> = found.iter().map(|(_, finding)| finding.dedupe_rung.as_deref()).collect();
        let types: Vec<Option<&str>> = found.iter().map(|(_, finding)| finding.event_type.as_deref()).collect();
        let event_ids: Vec<Option<&str>> =
            found.iter().map(|(_, finding)| finding.provider_event_id.as_deref()).collect();
        sqlx::query!(
            "update read.messages m
             set verdict = u.verdict, refusal = u.refusal, dedupe_rung = u.rung, stream_version = stream_version + 1,
                 event_type = coalesce(u.event_type, m.event_type), provider_event_id = u.provider_event_id
             from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
                 as u (message_id, verdict, refusal, rung, event_type, provider_event_id)
             where m.tenant_id = $1 and m.message_id = u.message_id",
            tenant_id.uuid(),
            &message_ids,
            &verdicts as &[&str],
            &refusals as &[Option<&str>],
            &rungs as &[Option<&str>],
            &types as &[Option<&str>],
            &event_ids as &[Option<&str>],
        )
        .execute(tx.connection())
        .await?;
        let event = |(row, finding): &(&Row, &MessageReverified)| {
            let payload = serde_json::to_string(finding).unwrap_or_default();
            event_of(tenant_id, row, MESSAGE_REVERIFIED, payload, &actor)
        };
        let events: Vec<NewEvent> = found.iter().map(event).collect();
        if !events.is_empty() {
            hookreel_event_store::append(tx.connection(), &events).await?;
        }
        tx.commit().await?;
        Ok(events.len())
    }

    /// Delivers quarantined messages after all: each to the endpoints that match now. One that repeats what was accepted
    /// becomes its duplicate, and one that is not quarantined any more stays as it is.
    ///
    /// # Errors
    /// See [`QuarantineError`].
    pub async fn release(
        &self,
        mut tx: TenantTx,
        actor: Actor,
        wanted: &[Quarantined],
    ) -> Result<Released, QuarantineError> {
        let tenant_id = tx.tenant_id();
        let ids: Vec<MessageId> = wanted.iter().map(|one| one.message_id).collect();
        let rows = lock(&mut tx, &ids).await?;
        let originals = claims_of(tenant_id, &rows, wanted).make(tx.connection()).await?;
        let (late, rows): (Vec<Row>, Vec<Row>) =
            rows.into_iter().partition(|row| originals.contains_key(&row.message_id));
        // Where nobody can say any more what it repeats, it stays for another time.
        let duplicates: Vec<(&Row, MessageId)> = late
            .iter()
            .filter_map(|row| Some((row, *originals.get(&row.message_id)?)))
            .filter(|(row, original)| row.message_id != *original)
            .collect();
        let mut events = deliver(&mut tx, &rows, wanted, &actor).await?;
        for (row, original) in &duplicates {
            let payload = serde_json::to_string(&DuplicateFound { duplicate_of: *original }).unwrap_or_default();
            events.push(event_of(tenant_id, row, MESSAGE_DUPLICATE_FOUND, payload, &actor));
        }
        settle(&mut tx, &duplicates).await?;
        if !events.is_empty() {
            hookreel_event_store::append(tx.connection(), &events).await?;
        }
        tx.commit().await?;
        if !rows.is_empty() {
            self.shared().wake.workers(DELIVER_QUEUE);
        }
        Ok(Released {
            delivered: rows.iter().map(|row| row.message_id).collect(),
            duplicates: duplicates.iter().map(|(row, _)| row.message_id).collect(),
        })
    }
}

/// Plans the deliveries of released messages, and returns the events that say so.
async fn deliver(
    tx: &mut TenantTx,
    rows: &[Row],
    wanted: &[Quarantined],
    actor: &Actor,
) -> Result<Vec<NewEvent>, sqlx::Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let tenant_id = tx.tenant_id();
    let targets = matching::find(tx.connection(), rows.iter().map(|row| match_key(tenant_id, row))).await?;
    let mut packer = JobPacker::new(DELIVER_QUEUE, Duration::ZERO);
    let mut columns = DeliveryColumns::default();
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        let matched = targets.get(&match_key(tenant_id, row)).map_or(&[][..], Vec::as_slice);
        let planned: Vec<PlannedDelivery> = matched.iter().map(planned).collect();
        for delivery in &planned {
            let due = Due { tenant_id, delivery_id: delivery.delivery_id, message_id: row.message_id };
            let job = (!delivery.held).then(|| packer.add(due, row.body_bytes).as_str().to_owned());
            columns.push(due, row.application_id, delivery.endpoint_id, &row.event_type, job);
        }
        let schema_faults = faults_of(row, wanted).to_vec();
        let released = MessageReleased { verdict: row.verdict.clone(), schema_faults, deliveries: planned };
        let payload = serde_json::to_string(&released).unwrap_or_default();
        events.push(event_of(tenant_id, row, MESSAGE_RELEASED, payload, actor));
    }
    columns.insert(tx.connection(), &packer.into_jobs(), None).await?;
    accept(tx, rows, wanted).await?;
    Ok(events)
}

/// Takes what repeats an accepted message out of quarantine.
async fn settle(tx: &mut TenantTx, duplicates: &[(&Row, MessageId)]) -> Result<(), sqlx::Error> {
    if duplicates.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = duplicates.iter().map(|(row, _)| row.message_id.uuid()).collect();
    let tenant_id = tx.tenant_id();
    sqlx::query!(
        "update read.messages set state = 'duplicate', stream_version = stream_version + 1
         where tenant_id = $1 and message_id = any ($2)",
        tenant_id.uuid(),
        &ids,
    )
    .execute(tx.connection())
    .await
    .map(drop)
}

/// In one order, so that two people who release the same range do not wait for each other crosswise.
async fn lock(tx: &mut TenantTx, ids: &[MessageId]) -> Result<Vec<Row>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect::<HashSet<_>>().into_iter().collect();
    let tenant_id = tx.tenant_id();
    let rows = sqlx::query!(
        r#"select message_id, application_id, source_id, event_type, coalesce(verdict, 'failed') as "verdict!",
                  body_bytes, stream_version
           from read.messages
           where tenant_id = $1 and message_id = any ($2) and state = 'quarantined'
           order by message_id for update"#,
        tenant_id.uuid(),
        &ids,
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Row {
            message_id: MessageId::from_uuid(row.message_id),
            application_id: ApplicationId::from_uuid(row.application_id),
            source_id: row.source_id.map(SourceId::from_uuid),
            event_type: row.event_type,
            verdict: row.verdict,
            body_bytes: row.body_bytes.unsigned_abs() as usize,
            stream_version: row.stream_version,
        })
        .collect())
}

async fn accept(tx: &mut TenantTx, rows: &[Row], wanted: &[Quarantined]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.message_id.uuid()).collect();
    let faults: Vec<Option<String>> = rows.iter().map(|row| faults_column(faults_of(row, wanted))).collect();
    let tenant_id = tx.tenant_id();
    sqlx::query!(
        "update read.messages m
         set state = 'accepted', stream_version = stream_version + 1, schema_faults = u.schema_faults::jsonb
         from unnest($2::uuid[], $3::text[]) as u (message_id, schema_faults)
         where m.tenant_id = $1 and m.message_id = u.message_id",
        tenant_id.uuid(),
        &ids,
        &faults as &[Option<String>],
    )
    .execute(tx.connection())
    .await
    .map(drop)
}

fn faults_of<'a>(row: &Row, wanted: &'a [Quarantined]) -> &'a [SchemaFault] {
    wanted.iter().find(|one| one.message_id == row.message_id).map_or(&[], |one| &one.schema_faults)
}

fn claims_of(tenant_id: TenantId, rows: &[Row], wanted: &[Quarantined]) -> Claims {
    let mut claims = Claims::default();
    for row in rows {
        let found = wanted.iter().find(|one| one.message_id == row.message_id);
        if let (Some(one), Some(source_id)) = (found, row.source_id) {
            claims.add((tenant_id, source_id, row.message_id), one.nonce.as_deref(), one.dedupe.as_ref());
        }
    }
    claims
}

fn match_key(tenant_id: TenantId, row: &Row) -> MatchKey {
    MatchKey {
        tenant_id,
        application_id: row.application_id,
        source_id: row.source_id,
        event_type: row.event_type.clone(),
        channels: Vec::new(),
        only_endpoint: None,
    }
}

fn planned(matched: &Matched) -> PlannedDelivery {
    PlannedDelivery { delivery_id: DeliveryId::generate(), endpoint_id: matched.endpoint_id, held: matched.is_held() }
}

fn event_of(tenant_id: TenantId, row: &Row, kind: &'static str, payload: String, actor: &Actor) -> NewEvent {
    NewEvent {
        tenant_id,
        stream: Stream::traffic(MESSAGE_STREAM, row.message_id.uuid()),
        stream_version: row.stream_version + 1,
        event_id: EventId::generate(),
        kind,
        revision: 1,
        payload,
        body: None,
        metadata: Metadata::by(actor.clone()),
    }
}
