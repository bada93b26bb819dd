//! Counting requests, by what they are for and how they were answered. One addition a request.

use super::exposition::{Exposition, Kind};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const CLASSES: [&str; 6] = ["api", "inbound", "pages", "files", "live", "health"];
const STATUSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// How many there were. Clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Requests(Arc<[[AtomicU64; STATUSES.len()]; CLASSES.len()]>);

impl Requests {
    fn add(&self, class: usize, status: u16) {
        let status = usize::from(status / 100).clamp(1, STATUSES.len()) - 1;
        self.0[class][status].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn tell(&self, out: &mut Exposition) {
        let name = "hookreel_http_requests_total";
        out.family(name, Kind::Counter, "Requests that this process answered, by what they were for and the status.");
        for (class, statuses) in CLASSES.iter().zip(self.0.iter()) {
            for (status, count) in STATUSES.iter().zip(statuses) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    out.sample(name, &[("route", class), ("status", status)], count);
                }
            }
        }
    }
}

/// Middleware for every answer.
pub(crate) async fn count_request(State(requests): State<Requests>, request: Request, next: Next) -> Response {
    let class = class_of(request.uri().path());
    let response = next.run(request).await;
    requests.add(class, response.status().as_u16());
    response
}

/// The place in [`CLASSES`].
fn class_of(path: &str) -> usize {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    match first {
        "api" => 0,
        "in" => 1,
        "pkg" | "favicon.svg" | "robots.txt" => 3,
        "live" => 4,
        "healthz" | "readyz" => 5,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_what_they_are_for_and_how_they_were_answered() {
        let requests = Requests::default();
        for (path, status) in [
            ("/in/tok_abc", 200),
            ("/in/nobody", 404),
            ("/in/nobody", 404),
            ("/api/v1/app/", 401),
            ("/inbox", 404),
            ("/", 200),
            ("/do/sign_in", 302),
            ("/readyz", 503),
            ("/pkg/hookreel.js", 304),
        ] {
            requests.add(class_of(path), status);
        }
        let mut out = Exposition::default();
        requests.tell(&mut out);
        let text = out.into_text();
        for line in [
            "{route=\"inbound\",status=\"2xx\"} 1",
            "{route=\"inbound\",status=\"4xx\"} 2",
            "{route=\"api\",status=\"4xx\"} 1",
            "{route=\"pages\",status=\"4xx\"} 1",
            "{route=\"pages\",status=\"2xx\"} 1",
            "{route=\"pages\",status=\"3xx\"} 1",
            "{route=\"health\",status=\"5xx\"} 1",
            "{route=\"files\",status=\"3xx\"} 1",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert_eq!(text.lines().count(), 2 + 8);
    }
}
