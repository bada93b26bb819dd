//! The client that all services share: one call is up to a few tries, within one deadline, past one breaker.

use crate::breaker::{BreakerSnapshot, Permit, ServiceBreaker};
use crate::config::{ConfigError, ServiceConfig};
use crate::decode::decode;
use crate::error::{IntegrationError, Problem, is_of_the_network};
use crate::pace::{Pace, Pauses};
use crate::prepared::{Prepared, bearer};
use crate::request::ApiRequest;
use crate::verdict::{Verdict, exhausted_for, verdict};
use bytes::Bytes;
use hookreel_domain::Outcome;
use hookreel_egress::{Egress, IncomingResponse, OutgoingRequest, SendFailure};
use hookreel_kernel::{Clock, FailureReason};
use http::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// Calls one service. Clones share its breaker, its rate and its pauses: make one per service and process.
#[derive(Debug, Clone)]
pub struct ApiClient(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    service: &'static str,
    base_url: Url,
    user_agent: HeaderValue,
    config: ServiceConfig,
    egress: Egress,
    clock: Arc<dyn Clock>,
    breaker: Arc<ServiceBreaker>,
    pace: Pace,
    pauses: Pauses,
}

/// What a service answered.
#[derive(Debug, Clone)]
pub struct Answer<T> {
    /// The body, decoded.
    pub value: T,
    /// The headers.
    pub headers: HeaderMap,
}

/// A try that was none, and whether another may be.
struct FailedTry {
    error: IntegrationError,
    is_repeatable: bool,
    /// How long the service wants to be left alone.
    asked: Option<Duration>,
}

impl ApiClient {
    /// A client for `service`, by which name it appears in errors and logs.
    pub fn new(
        service: &'static str,
        config: ServiceConfig,
        egress: Egress,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        let base_url = checked_base_url(service, &config.base_url, &egress)?;
        let user_agent = HeaderValue::from_str(&config.user_agent)
            .map_err(|_| ConfigError::Header { service, name: "user-agent" })?;
        if let Some(key) = &config.key {
            bearer(key).ok_or(ConfigError::Key { service })?;
        }
        let breaker = ServiceBreaker::new(service, &config.breaker, config.deadline, Arc::clone(&clock));
        Ok(Self(Arc::new(Shared {
            service,
            base_url,
            user_agent,
            breaker: Arc::new(breaker),
            pace: Pace::new(config.rate),
            pauses: Pauses::default(),
            config,
            egress,
            clock,
        })))
    }

    /// The name of the service.
    pub fn service(&self) -> &'static str {
        self.0.service
    }

    /// How the service is called.
    pub fn config(&self) -> &ServiceConfig {
        &self.0.config
    }

    /// How the service's breaker stands.
    pub fn breaker(&self) -> BreakerSnapshot {
        self.0.breaker.snapshot()
    }

    /// Makes a call whose answer is JSON.
    pub async fn call<T: DeserializeOwned>(&self, request: ApiRequest) -> Result<Answer<T>, IntegrationError> {
        let (answer, permit) = self.0.exchange(&request).await?;
        let decoded = decode(self.0.service, &answer.body);
        permit.report(match &decoded {
            Err(error) if error.is_trouble() => Outcome::Failure,
            _ => Outcome::Success,
        });
        Ok(Answer { value: decoded?, headers: answer.headers })
    }

    /// Makes a call of whose answer only the success matters.
    pub async fn call_for_effect(&self, request: ApiRequest) -> Result<(), IntegrationError> {
        let (_, permit) = self.0.exchange(&request).await?;
        permit.report(Outcome::Success);
        Ok(())
    }
}

/// Everything that is known before anything is sent.
fn checked_base_url(service: &'static str, text: &str, egress: &Egress) -> Result<Url, ConfigError> {
    let refused = |reason: String| ConfigError::BaseUrl { service, reason };
    let url: Url = text.parse().map_err(|error: url::ParseError| refused(error.to_string()))?;
    egress.check_url(&url).map_err(|refusal| refused(refusal.to_string()))?;
    if url.query().is_some() {
        return Err(refused("it must not have a query".to_owned()));
    }
    Ok(url)
}

impl Shared {
    /// Asks until there is an answer of success. The permit is for whoever reads the answer to report on.
    async fn exchange(&self, request: &ApiRequest) -> Result<(IncomingResponse, Permit), IntegrationError> {
        let service = self.service;
        let prepared = Prepared::new(request, &self.base_url, &self.user_agent, self.config.key.as_ref())
            .map_err(|part| IntegrationError::InvalidRequest { service, part })?;
        let permit = self.breaker.admit().map_err(|until| IntegrationError::CircuitOpen { service, until })?;
        let error = match self.tries(&prepared, &permit).await {
            Ok(answer) => return Ok((answer, permit)),
            Err(error) => error,
        };
        if error.is_trouble() {
            permit.report(Outcome::Failure);
        } else if error.status().is_some() {
            // A refusal is an answer: the service works.
            permit.report(Outcome::Success);
        }
        // A limit says nothing about whether the service works.
        Err(error)
    }

    async fn tries(&self, prepared: &Prepared<'_>, permit: &Permit) -> Result<IncomingResponse, IntegrationError> {
        let deadline = Instant::now() + self.config.deadline;
        let tries_max = if permit.is_probe() { 1 } else { self.config.retries.saturating_add(1) };
        let mut tries = 0;
        let mut last = None;
        loop {
            if let Err(limited) = self.wait_for_a_turn(prepared, deadline).await {
                // What the service did says more than what we would have done next.
                return Err(last.unwrap_or(limited));
            }
            let failed = match self.try_once(prepared, deadline).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            tries += 1;
            let may_repeat = failed.is_repeatable && tries < tries_max && permit.still_holds();
            let Some(delay) = self.delay(&failed, tries, deadline).filter(|_| may_repeat) else {
                return Err(failed.error);
            };
            tracing::debug!(
                service = self.service, method = %prepared.method, path = prepared.path, tries,
                error = %failed.error, delay_ms = delay.as_millis() as u64, "a call failed and is tried again"
            );
            last = Some(failed.error);
            tokio::time::sleep(delay).await;
        }
    }

    /// Waits until the service may be called again, by its own word and by our rate.
    async fn wait_for_a_turn(&self, prepared: &Prepared<'_>, deadline: Instant) -> Result<(), IntegrationError> {
        let too_far = |wait| IntegrationError::RateLimited { service: self.service, retry_after: Some(wait) };
        let now = Instant::now();
        let wait_max = self.config.wait_max.min(deadline.saturating_duration_since(now));
        let pause = self.pauses.left(prepared.credential, now);
        if pause > wait_max {
            return Err(too_far(pause));
        }
        let place =
            self.pace.reserve(now + pause, wait_max.saturating_sub(pause)).map_err(|place| too_far(pause + place))?;
        tokio::time::sleep(pause + place).await;
        Ok(())
    }

    /// How long to wait after a failed try; `None` if there is no time for it, or more was asked for than we wait.
    fn delay(&self, failed: &FailedTry, tries: u32, deadline: Instant) -> Option<Duration> {
        let backoff = self.config.backoff.delay(tries, rand::random());
        let asked = failed.asked.unwrap_or_default();
        let delay = backoff.max(asked);
        (asked <= self.config.wait_max && Instant::now() + delay < deadline).then_some(delay)
    }

    async fn try_once(&self, prepared: &Prepared<'_>, deadline: Instant) -> Result<IncomingResponse, FailedTry> {
        let left = deadline.saturating_duration_since(Instant::now());
        let request = OutgoingRequest {
            method: prepared.method.clone(),
            url: prepared.url.clone(),
            headers: prepared.headers.clone(),
            body: prepared.body.clone(),
            deadline: self.config.try_timeout.min(left),
            response_bytes_max: self.config.answer_bytes_max,
        };
        match self.egress.send(request).await {
            Ok(answer) => self.judge(answer, prepared),
            Err(failure) => Err(self.unanswered(&failure)),
        }
    }

    fn judge(&self, answer: IncomingResponse, prepared: &Prepared<'_>) -> Result<IncomingResponse, FailedTry> {
        let service = self.service;
        let now = self.clock.now();
        let verdict = verdict(answer.status, &answer.headers, now);
        let pause = match verdict {
            Verdict::Limited { asked } => asked,
            _ => exhausted_for(&answer.headers, now),
        };
        if let Some(pause) = pause {
            self.pauses.note(prepared.credential, Instant::now(), pause);
        }
        let status =
            |body: &Bytes| IntegrationError::from_status(service, answer.status.as_u16(), body, &prepared.redactor());
        let failed = |error, is_repeatable, asked| Err(FailedTry { error, is_repeatable, asked });
        match verdict {
            Verdict::Success if answer.body_truncated => {
                let too_long = IntegrationError::Malformed { service, at: "$".to_owned(), problem: Problem::TooLong };
                failed(too_long, false, None)
            }
            Verdict::Success => Ok(answer),
            Verdict::Trouble { asked } => failed(status(&answer.body), true, asked),
            Verdict::Limited { asked } => {
                failed(IntegrationError::RateLimited { service, retry_after: asked }, true, asked)
            }
            Verdict::Refused => failed(status(&answer.body), false, None),
        }
    }

    fn unanswered(&self, failure: &SendFailure) -> FailedTry {
        let service = self.service;
        tracing::debug!(service, reason = %failure.reason, detail = failure.detail, "a try got no answer");
        let error = match failure.reason {
            FailureReason::Timeout => IntegrationError::Timeout { service },
            reason => IntegrationError::Network { service, reason },
        };
        FailedTry { error, is_repeatable: is_of_the_network(failure.reason), asked: None }
    }
}
