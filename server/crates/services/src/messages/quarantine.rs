//! What was quarantined: explained, judged again, and released.

use super::Messages;
use super::inbound::{StoredRequest, keyring};
use super::receive::{dedupe_key, event_type_of, items_of};
use crate::error::{Failure, failed};
use crate::sources::{InboundSource, inbound_source};
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::source::{
    FindingView, QuarantineCounts, QuarantineOutcome, QuarantineSelection, VerificationView,
};
use hookreel_delivery::{DedupeKey, Judged, QUARANTINE_BATCH, QuarantineError, Quarantined};
use hookreel_domain::traffic::MessageReverified;
use hookreel_ingest::{Finding, Keyring, SecretOutcome, Verdict, explain, verify};
use hookreel_kernel::{MessageId, SchemaFault, SourceId};
use hookreel_read_models::messages as read;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// What a message in quarantine can be.
const BELIEVED: [&str; 2] = ["verified", "authenticated"];
const NOT_BELIEVED: [&str; 2] = ["failed", "unattempted"];
const ANY: [&str; 4] = ["verified", "authenticated", "failed", "unattempted"];

/// A call that has worked for so long says how far it came.
const WORK_MAX: Duration = Duration::from_secs(15);

/// A second look at one message.
struct SecondLook {
    finding: MessageReverified,
    dedupe: Option<DedupeKey>,
    nonce: Option<String>,
    /// Only the beginning of the body was kept.
    is_truncated: bool,
    /// It repeats what was accepted, with another body.
    is_altered: bool,
}

impl Messages {
    /// What a second look at a received request shows, with the source's secrets of now and the time of then.
    ///
    /// # Errors
    /// [`ApiError::NotFound`], also for what was published by API.
    pub async fn explain(&self, caller: &Caller, id: MessageId) -> Result<VerificationView, ApiError> {
        let (request, source_id) = self.stored_request(caller, id).await.map_err(ApiError::from)?;
        let source = self.source_of(caller, source_id).await.map_err(ApiError::from)?.ok_or_else(super::not_found)?;
        let inbound = request.inbound();
        let fetched = keyring(&self.provider_keys, &source, &inbound).await;
        let keys = Keyring { secrets: &source.secrets, fetched: &fetched };
        let findings = explain(&source.rule, &keys, &inbound, request.at);
        let verdict = match findings.last() {
            Some(Finding::Accepted { verdict, .. }) => *verdict,
            _ => Verdict::Failed,
        };
        Ok(VerificationView {
            verdict: verdict.name().to_owned(),
            findings: findings.into_iter().map(finding_view).collect(),
        })
    }

    /// Judges quarantined messages that were not believed again, with the source's secrets of now and the time of then.
    /// Those that are genuine after all can be released.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] without a source or messages; [`ApiError::Conflict`] when somebody else changed one of them;
    /// [`ApiError::Unavailable`]. What was done until then stays done.
    pub async fn reverify(
        &self,
        caller: &Caller,
        mut selection: QuarantineSelection,
    ) -> Result<QuarantineOutcome, ApiError> {
        let (mut outcome, began) = (QuarantineOutcome::default(), Instant::now());
        loop {
            let (found, all) = self.select(caller, &selection, &NOT_BELIEVED, QUARANTINE_BATCH).await?;
            let looks = self.look_again(caller, &found).await.map_err(ApiError::from)?;
            let genuine = looks.values().filter(|look| look.finding.refusal.is_none()).count();
            let judged: Vec<Judged> =
                looks.into_iter().map(|(message_id, look)| Judged { message_id, finding: look.finding }).collect();
            let tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
            self.engine.reverified(tx, caller.actor().clone(), &judged).await.map_err(refused)?;
            step(&mut outcome, &mut selection, &found, genuine, all);
            if outcome.remaining == 0 || began.elapsed() > WORK_MAX {
                return Ok(outcome);
            }
        }
    }

    /// Delivers quarantined messages after all: those that are genuine, and if asked for also those that are not known
    /// to be. What repeats a message that was accepted becomes its duplicate; what was kept because it does so with another
    /// body is delivered if it is among messages that are named one by one, and all of them are asked for. What the plan has
    /// no room for this month stays: the oldest come first, and the outcome says how many were left out.
    ///
    /// # Errors
    /// As [`Messages::reverify`]; [`ApiError::QuotaExceeded`] when the plan's messages of this month are used up.
    pub async fn release(
        &self,
        caller: &Caller,
        mut selection: QuarantineSelection,
        unverified_too: bool,
    ) -> Result<QuarantineOutcome, ApiError> {
        let mut left = self.plans.messages_left(caller.tenant_id()).await?;
        let verdicts: &[&str] = if unverified_too { &ANY } else { &BELIEVED };
        let takes_altered = unverified_too && selection.ids.is_some();
        let (mut outcome, began) = (QuarantineOutcome::default(), Instant::now());
        loop {
            let batch =
                left.map_or(QUARANTINE_BATCH, |left| QUARANTINE_BATCH.min(usize::try_from(left).unwrap_or(usize::MAX)));
            let (found, all) = self.select(caller, &selection, verdicts, batch).await?;
            let looks = self.look_again(caller, &found).await.map_err(ApiError::from)?;
            let ids: Vec<MessageId> = found.iter().map(|(id, _)| *id).collect();
            let mut faults = self.schema_faults(caller, &ids).await?;
            let wanted: Vec<Quarantined> = found
                .iter()
                // Half a body is nobody's message, whoever asks for it.
                .filter(|(message_id, _)| looks.get(message_id).is_none_or(|look| !look.is_truncated))
                .map(|(message_id, _)| {
                    // What is wanted beside what it repeats claims nothing.
                    let look = looks.get(message_id).filter(|look| !(look.is_altered && takes_altered));
                    Quarantined {
                        message_id: *message_id,
                        dedupe: look.and_then(|look| look.dedupe.clone()),
                        nonce: look.and_then(|look| look.nonce.clone()),
                        schema_faults: faults.remove(message_id).unwrap_or_default(),
                    }
                })
                .collect();
            let tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
            let released = self.engine.release(tx, caller.actor().clone(), &wanted).await.map_err(refused)?;
            step(&mut outcome, &mut selection, &found, released.delivered.len(), all);
            outcome.duplicates += released.duplicates.len() as u64;
            left = left.map(|left| left.saturating_sub(released.delivered.len() as u64));
            let is_full = left == Some(0);
            if is_full {
                outcome.over_quota = outcome.remaining;
            }
            if outcome.remaining == 0 || is_full || began.elapsed() > WORK_MAX {
                return Ok(outcome);
            }
        }
    }

    /// What does not fit the schemas of these messages' event types of now.
    async fn schema_faults(
        &self,
        caller: &Caller,
        ids: &[MessageId],
    ) -> Result<HashMap<MessageId, Vec<SchemaFault>>, ApiError> {
        let tenant_id = caller.tenant_id();
        let mut found = HashMap::new();
        if ids.is_empty() || !self.schemas.are_any(tenant_id).await? {
            return Ok(found);
        }
        let (rows, mut bodies) = (self.rows(caller, ids).await?, self.bodies(caller, ids).await?);
        for row in rows {
            let body = bodies.remove(&row.id).unwrap_or_default().into();
            let judged = self.schemas.judge(tenant_id, &row.event_type, &body).await?;
            found.insert(row.id, judged.faults);
        }
        Ok(found)
    }

    /// How many messages of a selection are in quarantine.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn count_quarantined(
        &self,
        caller: &Caller,
        selection: &QuarantineSelection,
    ) -> Result<QuarantineCounts, ApiError> {
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let (_, genuine) =
            read::quarantined(tx.connection(), caller.tenant_id(), selection, &BELIEVED, 1).await.map_err(failed)?;
        let (_, doubtful) = read::quarantined(tx.connection(), caller.tenant_id(), selection, &NOT_BELIEVED, 1)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(QuarantineCounts { genuine, doubtful })
    }

    async fn select(
        &self,
        caller: &Caller,
        selection: &QuarantineSelection,
        verdicts: &[&str],
        limit: usize,
    ) -> Result<(Vec<(MessageId, SourceId)>, u64), ApiError> {
        if selection.source_id.is_none() && selection.ids.is_none() {
            return Err(ApiError::invalid("sourceId", "name a source, or the messages one by one"));
        }
        let mut tx = self.database.tenant(caller.tenant_id()).await.map_err(failed)?;
        let found = read::quarantined(tx.connection(), caller.tenant_id(), selection, verdicts, limit as i64).await;
        let found = found.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(found)
    }

    async fn look_again(
        &self,
        caller: &Caller,
        messages: &[(MessageId, SourceId)],
    ) -> Result<HashMap<MessageId, SecondLook>, Failure> {
        let mut sources: HashMap<SourceId, Option<InboundSource>> = HashMap::new();
        for (_, source_id) in messages {
            if !sources.contains_key(source_id) {
                sources.insert(*source_id, self.source_of(caller, *source_id).await?);
            }
        }
        let ids: Vec<MessageId> = messages.iter().map(|(id, _)| *id).collect();
        let mut tx = self.database.tenant(caller.tenant_id()).await?;
        let stored = read::received(tx.connection(), caller.tenant_id(), &ids).await?;
        tx.commit().await?;
        let mut looks = HashMap::new();
        for received in stored {
            let (id, source_id) = (received.id, received.facts.source_id);
            // The source of a message may be gone: there is nothing to judge it by any more.
            let source = source_id.and_then(|id| sources.get(&id)).and_then(Option::as_ref);
            if let (Some(source), Some(request)) = (source, StoredRequest::of(received)) {
                looks.insert(id, self.second_look(source, &request).await);
            }
        }
        Ok(looks)
    }

    async fn second_look(&self, source: &InboundSource, request: &StoredRequest) -> SecondLook {
        let inbound = request.inbound();
        let fetched = keyring(&self.provider_keys, source, &inbound).await;
        let keys = Keyring { secrets: &source.secrets, fetched: &fetched };
        let judged = if request.is_truncated {
            Err("only the beginning of the body was kept, so it cannot be verified".to_owned())
        } else {
            verify(&source.rule, &keys, &inbound, request.at).map_err(|refusal| refusal.to_string())
        };
        match judged {
            Ok(verified) => {
                let dedupe = dedupe_key(&source.settings, &verified, &inbound);
                let finding = MessageReverified {
                    verdict: verified.verdict.name().to_owned(),
                    rule: Some(verified.rule.clone()),
                    refusal: None,
                    event_type: event_type_of(&verified),
                    items: items_of(&verified),
                    provider_event_id: verified.event_id,
                    dedupe_rung: dedupe.as_ref().map(|key| key.rung.to_owned()),
                };
                let is_altered = request.is_altered;
                SecondLook { finding, dedupe, nonce: verified.nonce, is_truncated: false, is_altered }
            }
            Err(reason) => {
                let finding = MessageReverified {
                    verdict: Verdict::Failed.name().to_owned(),
                    rule: None,
                    refusal: Some(reason),
                    event_type: None,
                    provider_event_id: None,
                    dedupe_rung: None,
                    items: Vec::new(),
                };
                let (is_truncated, is_altered) = (request.is_truncated, request.is_altered);
                SecondLook { finding, dedupe: None, nonce: None, is_truncated, is_altered }
            }
        }
    }

    async fn stored_request(&self, caller: &Caller, id: MessageId) -> Result<(StoredRequest, SourceId), Failure> {
        let mut tx = self.database.tenant(caller.tenant_id()).await?;
        let received = read::received(tx.connection(), caller.tenant_id(), &[id]).await?.pop();
        tx.commit().await?;
        let received = received.ok_or_else(super::not_found)?;
        let source_id = received.facts.source_id.ok_or_else(super::not_found)?;
        Ok((StoredRequest::of(received).ok_or_else(super::not_found)?, source_id))
    }

    async fn source_of(&self, caller: &Caller, id: SourceId) -> Result<Option<InboundSource>, Failure> {
        inbound_source(&self.database, &self.secrets, caller.tenant_id(), id).await
    }
}

/// Counts a batch, and moves on behind it: what stays in quarantine is not looked at again and again.
fn step(
    outcome: &mut QuarantineOutcome,
    selection: &mut QuarantineSelection,
    found: &[(MessageId, SourceId)],
    done: usize,
    all: u64,
) {
    outcome.looked_at += found.len() as u64;
    outcome.done += done as u64;
    outcome.remaining = all.saturating_sub(found.len() as u64);
    selection.after = found.last().map(|(id, _)| *id);
    outcome.last = selection.after;
}

fn refused(error: QuarantineError) -> ApiError {
    match error {
        QuarantineError::Conflict => ApiError::conflict("One of the messages changed at the same moment. Try again."),
        QuarantineError::Database(error) => failed(error),
    }
}

fn finding_view(finding: Finding) -> FindingView {
    let plain =
        |label: &str, text: String| FindingView { label: label.to_owned(), text, is_good: None, is_verbatim: false };
    match finding {
        Finding::Scheme { text } => plain("How the provider signs", text),
        Finding::Header { name, values } => {
            let label = format!("Header {name}");
            if values.is_empty() {
                FindingView { is_good: Some(false), ..plain(&label, "is not there".to_owned()) }
            } else {
                FindingView { is_verbatim: true, ..plain(&label, values.join("\n")) }
            }
        }
        Finding::Time { text, age_seconds, tolerance_seconds, is_near_enough } => FindingView {
            is_good: Some(is_near_enough),
            ..plain(
                "Signed at",
                format!("{text}: {age_seconds} s before it came in; {tolerance_seconds} s are allowed"),
            )
        },
        Finding::Signed { length_bytes, sha256, excerpt, is_shortened } => {
            let more = if is_shortened { " (beginning)" } else { "" };
            let label = format!("What was signed{more}: {length_bytes} bytes, SHA-256 {sha256}");
            FindingView { is_verbatim: true, ..plain(&label, excerpt) }
        }
        Finding::Secret { index, outcome } => {
            let (is_good, text) = secret_outcome(outcome);
            FindingView { is_good: Some(is_good), ..plain(&format!("Secret {}", index + 1), text.to_owned()) }
        }
        Finding::Accepted { verdict, event_id, event_type, items } => {
            let mut text = verdict.name().to_owned();
            text.extend(event_type.map(|kind| format!(", type {kind}")));
            text.extend(event_id.map(|id| format!(", id {id}")));
            if items > 0 {
                text = format!("{text}, {items} events");
            }
            FindingView { is_good: Some(true), ..plain("Verdict", text) }
        }
        Finding::Refused { text, .. } => FindingView { is_good: Some(false), ..plain("Verdict", text) },
    }
}

fn secret_outcome(outcome: SecretOutcome) -> (bool, &'static str) {
    match outcome {
        SecretOutcome::Matches => (true, "the signature was made with it"),
        SecretOutcome::DoesNotMatch => (false, "no signature was made with it"),
        SecretOutcome::Unusable => (false, "it is not one of this provider's"),
    }
}
