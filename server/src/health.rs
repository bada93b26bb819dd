//! `/healthz`: the process lives. `/readyz`: it can do its work; `/readyz?verbose` tells more, and judges by the same.

use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use hookreel_database::Database;
use hookreel_delivery::Engine;
use hookreel_integrations::BreakerSnapshot;
use hookreel_services::operations::Vitals;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long the database may take to answer the simplest question.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);
/// The answer is kept for this long: anybody may ask, and nobody should keep the database busy by it.
const REMEMBERED_FOR: Duration = Duration::from_millis(500);
/// The same for what is told beside it, which costs more.
const CONDITION_AGE_MAX: Duration = Duration::from_secs(2);
/// Workers poll every second at least, and that they did is known every five, so after this long something is wrong.
const FETCH_AGE_MAX: Duration = Duration::from_secs(15);

/// What readiness is judged by.
#[derive(Debug, Clone)]
pub(crate) struct Health(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    database: Database,
    engine: Engine,
    /// Whether this process delivers.
    with_workers: bool,
    vitals: Vitals,
    stopping: AtomicBool,
    database_answer: Mutex<Option<(Instant, bool)>>,
}

#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    /// `ok` or `unreachable`.
    database: &'static str,
    /// `ok`, `starting` until they are first heard of, `stalled`, or `elsewhere` when this process has none.
    workers: &'static str,
    /// Milliseconds since the worker that has fetched least recently came back from it, with work or without.
    #[serde(skip_serializing_if = "Option::is_none")]
    workers_last_fetch_ms: Option<u64>,
    stopping: bool,
}

/// What else can be told. Whether a person has to do something says nothing about whether requests should come here.
#[derive(Debug, Serialize)]
struct Condition {
    handlers: Vec<HandlerCondition>,
    jobs_due: u64,
    mails_queued: u64,
    mails_failed_24h: u64,
    /// How many; why is for operators alone.
    subscriptions_unread: u64,
}

#[derive(Debug, Serialize)]
struct HandlerCondition {
    name: String,
    position: i64,
    behind: i64,
    retrying: u64,
    waiting: u64,
    parked: u64,
}

#[derive(Debug, Serialize)]
struct Verbose {
    #[serde(flatten)]
    readiness: Readiness,
    /// Of the services that this process calls.
    breakers: Vec<BreakerSnapshot>,
    /// Left out while the database does not answer.
    #[serde(flatten)]
    condition: Option<Condition>,
}

impl Health {
    /// Judges these.
    pub(crate) fn new(database: Database, engine: Engine, with_workers: bool, vitals: Vitals) -> Self {
        let (stopping, database_answer) = (AtomicBool::new(false), Mutex::new(None));
        Self(Arc::new(Parts { database, engine, with_workers, vitals, stopping, database_answer }))
    }

    /// From now on the answer is that no more requests should come.
    pub(crate) fn stop(&self) {
        self.0.stopping.store(true, Ordering::Relaxed);
    }

    /// The two routes.
    pub(crate) fn routes(self) -> Router {
        Router::new().route("/healthz", get(|| async { "ok\n" })).route("/readyz", get(readyz)).with_state(self)
    }

    async fn readiness(&self) -> Readiness {
        let database = self.database_answers().await;
        let fetch_age = self.0.engine.last_fetch_age();
        let fetches = fetch_age.is_some_and(|age| age < FETCH_AGE_MAX);
        let stopping = self.0.stopping.load(Ordering::Relaxed);
        Readiness {
            ready: database && !stopping && (fetches || !self.0.with_workers),
            database: if database { "ok" } else { "unreachable" },
            workers: match (self.0.with_workers, fetches) {
                (false, _) => "elsewhere",
                (true, true) => "ok",
                (true, false) if fetch_age.is_none() => "starting",
                (true, false) => "stalled",
            },
            workers_last_fetch_ms: fetch_age
                .filter(|_| self.0.with_workers)
                .map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
            stopping,
        }
    }

    async fn condition(&self) -> Option<Condition> {
        let reading = tokio::time::timeout(DATABASE_TIMEOUT, self.0.vitals.read(CONDITION_AGE_MAX)).await.ok()?.ok()?;
        let handlers = reading.handlers.into_iter().map(|status| HandlerCondition {
            name: status.name,
            position: status.position,
            behind: status.behind,
            retrying: status.retrying,
            waiting: status.waiting,
            parked: status.parked,
        });
        Some(Condition {
            handlers: handlers.collect(),
            jobs_due: reading.jobs.iter().map(|jobs| jobs.due).sum(),
            mails_queued: reading.mails.queued,
            mails_failed_24h: reading.mails.failed_24h,
            subscriptions_unread: reading.subscriptions_unread.count,
        })
    }

    async fn database_answers(&self) -> bool {
        let mut known = self.0.database_answer.lock().await;
        if let Some((at, answer)) = *known
            && at.elapsed() < REMEMBERED_FOR
        {
            return answer;
        }
        let question = sqlx::query("select 1").execute(self.0.database.engine());
        let answer = matches!(tokio::time::timeout(DATABASE_TIMEOUT, question).await, Ok(Ok(_)));
        *known = Some((Instant::now(), answer));
        answer
    }
}

async fn readyz(State(health): State<Health>, RawQuery(query): RawQuery) -> Response {
    let readiness = health.readiness().await;
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let unkept = [(header::CACHE_CONTROL, "no-store")];
    let is_verbose = query.is_some_and(|query| query.split('&').any(|part| matches!(part, "verbose" | "verbose=")));
    if !is_verbose {
        return (status, unkept, Json(readiness)).into_response();
    }
    let condition = if readiness.database == "ok" { health.condition().await } else { None };
    let breakers = health.0.vitals.breakers();
    (status, unkept, Json(Verbose { readiness, breakers, condition })).into_response()
}
