//! The store against a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has to fail loudly")]

mod append_only;
mod appending;
mod group_commit;
mod order;
mod support;
