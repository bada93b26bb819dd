//! The use cases against a real PostgreSQL, a real engine and real HTTP endpoints.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has to fail loudly")]

mod addresses;
mod api_keys;
mod applications;
mod catalog;
mod endpoints;
mod event_types;
mod github;
mod isolation;
mod mails;
mod members;
mod operational_webhooks;
mod operations;
mod password_resets;
mod people;
mod plans;
mod quarantine;
mod reading;
mod rebuilding;
mod recoveries;
mod repository_connections;
mod repository_refusals;
mod schemas;
mod sources;
mod support;
mod why;
