//! `GET /live`: tells a signed-in member's open pages that something changed, as server-sent events.
//!
//! An event says what changed, not what it is now: the page reads that itself. The stream ends when the session does.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::stream::{self, Stream, StreamExt as _};
use hookreel_auth::{PostgresSessionStore, caller_from_session};
use hookreel_delivery::Topic;
use hookreel_services::Services;
use hookreel_services::live::{LiveNews, News};
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tower_sessions::Session;
use tower_sessions::session::Id;

/// How often something is sent so that proxies keep the connection, and the session is looked at.
const HEARTBEAT: Duration = Duration::from_secs(15);
const TOPICS: [&str; 6] = ["message", "delivery", "replay", "endpoint", "source", "usage"];

/// What the stream is made from.
#[derive(Debug, Clone)]
pub(crate) struct LiveState {
    pub(crate) services: Services,
    pub(crate) sessions: PostgresSessionStore,
    /// Ends all streams, so that open pages do not hold a stop up.
    pub(crate) stop: CancellationToken,
}

struct Listener {
    news: LiveNews,
    session: Id,
    state: LiveState,
    heartbeat: Interval,
}

/// The one route. Needs the session layer.
pub(crate) fn routes(state: LiveState) -> Router {
    Router::new().route("/live", get(live)).with_state(state)
}

async fn live(State(state): State<LiveState>, session: Session) -> Response {
    let caller = match caller_from_session(&session).await {
        Ok(Some((caller, _))) => caller,
        Ok(None) => return (StatusCode::UNAUTHORIZED, "Sign in first.\n").into_response(),
        Err(error) => {
            tracing::error!(%error, "the session could not be read");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let Some(session) = session.id() else { return StatusCode::UNAUTHORIZED.into_response() };
    let mut heartbeat = tokio::time::interval_at(tokio::time::Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let listener = Listener { news: state.services.live.subscribe(caller), session, state, heartbeat };
    Sse::new(events(listener)).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response()
}

fn events(listener: Listener) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(listener, |mut listener| async move {
        let events = listener.next().await?;
        Some((stream::iter(events.into_iter().map(Ok)), listener))
    })
    .flatten()
}

impl Listener {
    /// What to send next; `None` at the end.
    async fn next(&mut self) -> Option<Vec<Event>> {
        loop {
            tokio::select! {
                () = self.state.stop.cancelled() => return None,
                news = self.news.next() => return news.map(events_of),
                _ = self.heartbeat.tick() => {
                    // A database that is away for a moment ends nothing.
                    if let Ok(false) = self.state.sessions.is_valid(self.session).await {
                        return None;
                    }
                }
            }
        }
    }
}

fn events_of(news: News) -> Vec<Event> {
    let event = |topic: &str, id: &str| {
        // Neither a topic nor an id needs escaping in JSON.
        Event::default().event(topic).data(format!(r#"{{"topic":"{topic}","id":"{id}"}}"#))
    };
    match news {
        News::Changed(Topic::Message(id)) => vec![event("message", &id.to_string())],
        News::Changed(Topic::Delivery(id)) => vec![event("delivery", &id.to_string())],
        News::Changed(Topic::Replay(id)) => vec![event("replay", &id.to_string())],
        News::Changed(Topic::Endpoint(id)) => vec![event("endpoint", &id.to_string())],
        News::Changed(Topic::Source(id)) => vec![event("source", &id.to_string())],
        News::Changed(Topic::Usage) => vec![event("usage", "")],
        // Something of every topic may have been missed.
        News::Missed => TOPICS.iter().map(|topic| event(topic, "")).collect(),
    }
}
