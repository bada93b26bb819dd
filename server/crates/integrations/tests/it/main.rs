//! The client against services that answer as a test likes, all on this machine.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod answers;
mod breaking;
mod configuration;
mod github;
mod github_deliveries;
mod idempotency;
mod limits;
mod retries;
mod secrecy;
mod stripe;
mod stripe_subscriptions;
mod support;
