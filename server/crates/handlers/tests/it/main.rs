//! Handlers against a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has to fail loudly")]

mod following;
mod mailing;
mod metering;
mod naming;
mod news;
mod racing;
mod searching;
