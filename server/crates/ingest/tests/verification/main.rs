//! Received requests, genuine and otherwise, against the rules of their sources.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod generic_hmac;
mod github;
mod properties;
mod rules;
mod secrets;
mod standard_webhooks;
mod stripe;
mod support;
