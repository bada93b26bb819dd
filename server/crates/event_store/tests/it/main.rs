//! The store against a real PostgreSQL.

mod append_only;
mod appending;
mod group_commit;
mod order;
mod support;
