//! The REST API and the inbound URLs on a real database and the real engine.

mod app;
mod bad_input;
mod contract;
mod deliveries;
mod idempotency;
mod inbound;
mod isolation;
mod openapi;
mod sdk;
