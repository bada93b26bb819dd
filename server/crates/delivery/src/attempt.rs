//! One attempt: prepare, send, and what came of it.

use crate::forwarded;
use crate::load::LoadedDelivery;
use crate::outcome::{NextStep, Outcome as RecordedOutcome};
use crate::signing;
use crate::target::Target;
use hookreel_domain::{RetryPolicy, parse_retry_after};
use hookreel_egress::{Egress, OutgoingRequest};
use hookreel_kernel::{AttemptId, Clock, FailureReason, Timestamp};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What an answer's header names are cut to in all, so that a hostile answer cannot fill the store.
const RESPONSE_HEADER_BYTES_MAX: usize = 16 * 1024;

/// How attempts are made.
#[derive(Debug, Clone)]
pub struct AttemptSettings {
    /// Name resolution, connection, TLS, request and answer together.
    pub deadline: Duration,
    /// How much of an answer is read and kept.
    pub response_bytes_max: usize,
    /// When the next attempt follows.
    pub retry_policy: RetryPolicy,
}

/// Makes attempts.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    pub(crate) egress: Egress,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: AttemptSettings,
}

impl Sender {
    /// Sends once and decides what follows. Never fails: an attempt that fails is an outcome.
    pub(crate) async fn attempt(&self, delivery: LoadedDelivery, target: &Target) -> RecordedOutcome {
        let attempt_id = AttemptId::generate();
        let attempted_at = self.clock.now();
        let begun = Instant::now();
        let headers = request_headers(&delivery, target, attempted_at);
        let request_headers = target.displayed(&headers);
        let answer = self
            .egress
            .send(OutgoingRequest {
                method: Method::POST,
                url: target.url.clone(),
                headers,
                body: delivery.body.clone(),
                deadline: self.settings.deadline,
                response_bytes_max: self.settings.response_bytes_max,
            })
            .await;
        let duration = begun.elapsed();
        let number = delivery.attempts + 1;
        let mut outcome = RecordedOutcome {
            attempt_id,
            number,
            url: target.displayed_url(),
            request_headers,
            status: None,
            response_headers: Vec::new(),
            response_body: bytes::Bytes::new(),
            response_truncated: false,
            failure: None,
            duration_ms: u32::try_from(duration.as_millis()).unwrap_or(u32::MAX),
            attempted_at,
            next: NextStep::Succeeded,
            delivery,
        };
        let mut retry_after = None;
        match answer {
            Ok(response) => {
                retry_after = retry_after_of(&response.headers, self.clock.now());
                outcome.status = Some(response.status.as_u16());
                outcome.failure = failure_of(response.status);
                outcome.response_headers = displayed_headers(&response.headers);
                outcome.response_body = response.body;
                outcome.response_truncated = response.body_truncated;
            }
            Err(failure) => {
                tracing::debug!(
                    delivery = %outcome.delivery.delivery_id, reason = %failure.reason, detail = failure.detail,
                    "an attempt failed before an answer came"
                );
                outcome.failure = Some(failure.reason);
            }
        }
        outcome.next = self.next_step(&outcome, retry_after);
        outcome
    }

    fn next_step(&self, outcome: &RecordedOutcome, retry_after: Option<Duration>) -> NextStep {
        let Some(failure) = outcome.failure else { return NextStep::Succeeded };
        let delivery = &outcome.delivery;
        // A person's own attempt at a delivery that had ended is not retried by itself.
        let is_over = delivery.is_manual && delivery.ended_as.is_some();
        if failure == FailureReason::Gone || is_over {
            return NextStep::Exhausted;
        }
        if delivery.resend_id.is_some() {
            return NextStep::BackToSchedule;
        }
        let policy = &self.settings.retry_policy;
        match policy.next_delay(
            outcome.number.saturating_sub(delivery.manual_attempts),
            failure,
            retry_after,
            rand::random::<f64>(),
        ) {
            Some(delay) => NextStep::Retry(delay),
            None => NextStep::Exhausted,
        }
    }
}

/// 2xx alone is success.
fn failure_of(status: http::StatusCode) -> Option<FailureReason> {
    match status.as_u16() {
        200..=299 => None,
        300..=399 => Some(FailureReason::Redirect),
        410 => Some(FailureReason::Gone),
        _ => Some(FailureReason::Status),
    }
}

fn retry_after_of(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    parse_retry_after(headers.get(RETRY_AFTER)?.to_str().ok()?, now)
}

fn request_headers(delivery: &LoadedDelivery, target: &Target, now: Timestamp) -> HeaderMap {
    let mut headers = forwarded::headers(&delivery.forwarded);
    headers.extend(target.headers.clone());
    let content_type = delivery.content_type.as_deref().unwrap_or("application/json");
    if let Ok(value) = HeaderValue::from_str(content_type) {
        headers.insert(CONTENT_TYPE, value);
    }
    // Without it nobody could read a body that goes on compressed, as it came.
    if let Some(value) = delivery.content_encoding.as_deref().and_then(|text| HeaderValue::from_str(text).ok()) {
        headers.entry(CONTENT_ENCODING).or_insert(value);
    }
    if let Some(replay_id) = delivery.replay_id
        && let Ok(value) = HeaderValue::from_str(&replay_id.to_string())
    {
        headers.insert("webhook-replay-id", value);
    }
    let message_id = delivery.message_id.to_string();
    signing::sign(&mut headers, target.scheme, &target.keys, &message_id, now, &delivery.body);
    headers
}

/// Headers as they are shown and stored: in order, cut at a sane size.
fn displayed_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut bytes = 0;
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).replace('\0', "")))
        .take_while(|(name, value)| {
            bytes += name.len() + value.len();
            bytes <= RESPONSE_HEADER_BYTES_MAX
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;

    #[test]
    fn only_2xx_is_success() {
        assert_eq!(failure_of(StatusCode::OK), None);
        assert_eq!(failure_of(StatusCode::NO_CONTENT), None);
        assert_eq!(failure_of(StatusCode::FOUND), Some(FailureReason::Redirect));
        assert_eq!(failure_of(StatusCode::NOT_FOUND), Some(FailureReason::Status));
        assert_eq!(failure_of(StatusCode::GONE), Some(FailureReason::Gone));
        assert_eq!(failure_of(StatusCode::INTERNAL_SERVER_ERROR), Some(FailureReason::Status));
    }

    #[test]
    fn a_hostile_answers_headers_are_cut() {
        let mut headers = HeaderMap::new();
        for n in 0..100 {
            headers.append("x-much", HeaderValue::from_str(&"y".repeat(1000 + n)).unwrap());
        }
        let bytes: usize = displayed_headers(&headers).iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(bytes <= RESPONSE_HEADER_BYTES_MAX);
    }
}
