//! The embedded PostgreSQL on a real machine, as root and as an ordinary user alike.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed set-up fails the test")]

mod lifecycle;
mod scratch;
mod takeover;
