//! Everything this crate answers.

use crate::cancel_proof::cancel_proof;
use crate::request_id::request_id;
use crate::state::HttpState;
use crate::{docs, inbound, v1};
use axum::Router;
use axum::middleware::from_fn;

/// `/api/v1`, `/in/{token}` and `/docs`. No fallback of its own: it can be merged into a larger router.
///
/// From the outside in: each request gets its id, is handled in a task of its own, and a `POST` to the API is done once
/// per `Idempotency-Key`.
pub fn router(state: HttpState) -> Router {
    inbound::routes(v1::routes(&state))
        .merge(docs::routes())
        .layer(from_fn(cancel_proof))
        .layer(from_fn(request_id))
        .with_state(state)
}
