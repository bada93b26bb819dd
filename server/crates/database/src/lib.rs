//! The one way to PostgreSQL: a pool per role, the transaction that names its tenant, and the migrations.
//!
//! Tenant SQL runs only inside a [`TenantTx`]: row-level security is forced on every tenant table, so a connection of
//! the role `hookreel_app` that has named no tenant sees no rows at all.

pub mod migrate;
mod pools;
mod tenant_tx;

pub use migrate::MigrateError;
pub use pools::{Database, DatabaseOptions, PoolUsage};
pub use tenant_tx::TenantTx;
