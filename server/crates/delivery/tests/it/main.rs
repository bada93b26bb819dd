//! The engine against a real PostgreSQL, real apalis workers and real HTTP endpoints.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has to fail loudly")]

mod accepting;
mod cancelling;
mod delivering;
mod faults;
mod replaying;
mod resending;
mod sharing;
mod silence;
mod support;
