//! Received requests, genuine and otherwise, against the rules of their sources.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod bespoke;
mod corpus;
mod coverage;
mod explaining;
mod generic_hmac;
mod github;
mod gitlab;
mod handshakes;
mod lists;
mod properties;
mod rules;
mod samples;
mod secrets;
mod standard_webhooks;
mod stripe;
mod support;
mod vectors;
