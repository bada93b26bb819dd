//! `/metrics` in the text format of Prometheus, on a listener of its own: what this process counts, and how the
//! installation is doing as the database knows it.
//!
//! Written by hand: the format is a few lines of text, the numbers are sums that exist anyway, and nothing is looked up
//! or allocated while a message goes through.

mod exposition;
mod process;
mod requests;

pub(crate) use requests::{Requests, count_request};

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use exposition::{Exposition, Kind};
use hookreel_delivery::{DURATION_BOUNDS_MS, Tallied};
use hookreel_integrations::{BreakerPhase, BreakerSnapshot};
use hookreel_services::operations::{Reading, Vitals};
use std::time::Duration;

/// Scrapes closer together than this are told the same of the database.
const READING_AGE_MAX: Duration = Duration::from_secs(5);
/// How long the database may take; what it knows is left out then.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(5);
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is told.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    pub(crate) vitals: Vitals,
    pub(crate) requests: Requests,
}

impl Metrics {
    /// The one route.
    pub(crate) fn routes(self) -> Router {
        Router::new().route("/metrics", get(tell)).with_state(self)
    }

    async fn text(&self) -> String {
        let mut out = Exposition::default();
        out.family("hookreel_build_info", Kind::Gauge, "The version of Hookreel; always 1.");
        out.sample("hookreel_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        process::tell(&mut out);
        self.requests.tell(&mut out);
        tell_work(&mut out, &self.vitals.tally(), self.vitals.in_flight());
        tell_breakers(&mut out, &self.vitals.breakers());
        tell_pools(&mut out, &self.vitals);
        let reading = tokio::time::timeout(DATABASE_TIMEOUT, self.vitals.read(READING_AGE_MAX)).await;
        let reading = reading.ok().and_then(Result::ok);
        out.family("hookreel_database_up", Kind::Gauge, "Whether the database answered this scrape.");
        out.sample("hookreel_database_up", &[], u8::from(reading.is_some()));
        if let Some(reading) = reading {
            tell_reading(&mut out, &reading);
        }
        out.into_text()
    }
}

async fn tell(State(metrics): State<Metrics>) -> Response {
    let headers = [(header::CONTENT_TYPE, CONTENT_TYPE), (header::CACHE_CONTROL, "no-store")];
    (headers, metrics.text().await).into_response()
}

fn tell_work(out: &mut Exposition, tally: &Tallied, in_flight: usize) {
    let messages = "hookreel_messages_total";
    out.family(messages, Kind::Counter, "Messages that this process took in, by what became of them.");
    out.sample(messages, &[("result", "accepted")], tally.accepted);
    out.sample(messages, &[("result", "quarantined")], tally.quarantined);
    out.sample(messages, &[("result", "duplicate")], tally.duplicates);
    let attempts = "hookreel_attempts_total";
    out.family(attempts, Kind::Counter, "Attempts that this process made, by what follows on them.");
    out.sample(attempts, &[("outcome", "succeeded")], tally.succeeded);
    out.sample(attempts, &[("outcome", "retrying")], tally.retrying);
    out.sample(attempts, &[("outcome", "exhausted")], tally.exhausted);
    let bounds = DURATION_BOUNDS_MS.map(|bound| f64::from(bound) / 1000.0);
    let sum_s = tally.duration_ms as f64 / 1000.0;
    let name = "hookreel_attempt_duration_seconds";
    out.histogram(name, "How long attempts of this process took.", &bounds, &tally.durations, sum_s);
    out.family("hookreel_attempts_in_flight", Kind::Gauge, "Attempts under way in this process.");
    out.sample("hookreel_attempts_in_flight", &[], in_flight);
}

fn tell_breakers(out: &mut Exposition, breakers: &[BreakerSnapshot]) {
    let name = "hookreel_service_breaker";
    out.family(name, Kind::Gauge, "How the breaker of a service stands in this process: 1 for its state.");
    for breaker in breakers {
        for phase in [BreakerPhase::Closed, BreakerPhase::Open, BreakerPhase::HalfOpen] {
            let labels = [("service", breaker.service), ("state", phase.as_str())];
            out.sample(name, &labels, u8::from(breaker.state == phase));
        }
    }
}

fn tell_pools(out: &mut Exposition, vitals: &Vitals) {
    let (open, max) = ("hookreel_database_connections", "hookreel_database_connections_max");
    out.family(open, Kind::Gauge, "Open database connections of this process.");
    for pool in vitals.pools() {
        out.sample(open, &[("pool", pool.name), ("state", "idle")], pool.idle);
        out.sample(open, &[("pool", pool.name), ("state", "used")], pool.open.saturating_sub(pool.idle));
    }
    out.family(max, Kind::Gauge, "Database connections that this process may open.");
    for pool in vitals.pools() {
        out.sample(max, &[("pool", pool.name)], pool.max);
    }
}

fn tell_reading(out: &mut Exposition, reading: &Reading) {
    let name = "hookreel_event_store_position";
    out.family(name, Kind::Counter, "The newest event's position.");
    out.sample(name, &[], reading.head);
    let name = "hookreel_handler_behind";
    out.family(name, Kind::Gauge, "Positions that a handler has not come to yet.");
    for handler in &reading.handlers {
        out.sample(name, &[("handler", &handler.name)], handler.behind);
    }
    let name = "hookreel_handler_backlog";
    out.family(name, Kind::Gauge, "Events that a handler could not handle yet. Those parked wait for an operator.");
    for handler in &reading.handlers {
        for (state, count) in [("retrying", handler.retrying), ("waiting", handler.waiting), ("parked", handler.parked)]
        {
            out.sample(name, &[("handler", &handler.name), ("state", state)], count);
        }
    }
    let (jobs, due) = ("hookreel_jobs", "hookreel_jobs_due");
    out.family(jobs, Kind::Gauge, "Jobs by queue and state.");
    for one in &reading.jobs {
        out.sample(jobs, &[("queue", &one.queue), ("state", &one.state)], one.count);
    }
    out.family(due, Kind::Gauge, "Jobs that could be run now and are not taken yet.");
    for one in reading.jobs.iter().filter(|one| one.state == "Pending") {
        out.sample(due, &[("queue", &one.queue)], one.due);
    }
    let name = "hookreel_workers";
    out.family(name, Kind::Gauge, "Workers heard of in the last 30 seconds, in all processes.");
    for one in &reading.workers {
        out.sample(name, &[("queue", &one.queue)], one.count);
    }
    let mails = &reading.mails;
    let name = "hookreel_mails";
    out.family(name, Kind::Gauge, "Mails by state.");
    for (state, count) in
        [("queued", mails.queued), ("sent", mails.sent), ("failed", mails.failed), ("shown", mails.shown)]
    {
        out.sample(name, &[("state", state)], count);
    }
    let name = "hookreel_subscriptions_unread";
    out.family(name, Kind::Gauge, "Subscriptions that could not be read at Stripe when that was tried last.");
    out.sample(name, &[], reading.subscriptions_unread.count);
}
