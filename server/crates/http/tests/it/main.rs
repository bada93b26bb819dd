//! The REST API and the inbound URLs on a real database and the real engine.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has to fail loudly")]

mod app;
mod bad_input;
mod contract;
mod deliveries;
mod idempotency;
mod inbound;
mod isolation;
mod openapi;
mod quotas;
mod receiving;
mod repositories;
mod schemas;
mod sdk;
mod source_rules;
