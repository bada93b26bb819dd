//! HTTP for programs: the REST API, its description, and the URLs that providers send webhooks to.
//!
//! Knows no HTML page but the API's reference, no session and no cookie: who calls is told by an API key, and what can
//! be done is what [`hookreel_services`] offers.

mod applications;
mod authorized;
mod body;
mod body_budget;
mod cancel_proof;
pub mod docs;
mod idempotency;
mod ids;
mod inbound;
mod object;
pub mod openapi;
mod plain_words;
mod problem;
mod query;
mod request_id;
mod router;
mod sent_head;
mod sent_heads;
mod state;
mod timestamp;
mod v1;

pub use cancel_proof::{RequestPlace, cancel_proof};
pub use request_id::{X_REQUEST_ID, request_id};
pub use router::router;
pub use sent_head::SentHead;
pub use sent_heads::SentHeads;
pub use state::{HttpSettings, HttpState};
