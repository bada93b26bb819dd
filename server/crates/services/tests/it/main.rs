//! The use cases against a real PostgreSQL, a real engine and real HTTP endpoints.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has to fail loudly")]

mod api_keys;
mod applications;
mod catalog;
mod endpoints;
mod event_types;
mod isolation;
mod password_resets;
mod people;
mod plans;
mod reading;
mod rebuilding;
mod sources;
mod support;
