//! The transaction that names its tenant first.

use hookreel_kernel::TenantId;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

/// A transaction of the role `hookreel_app` in which exactly one tenant's rows exist.
///
/// Dropped without [`TenantTx::commit`], it rolls back.
#[derive(Debug)]
pub struct TenantTx {
    transaction: Transaction<'static, Postgres>,
    tenant_id: TenantId,
}

impl TenantTx {
    pub(crate) async fn begin(pool: &PgPool, tenant_id: TenantId) -> Result<Self, sqlx::Error> {
        let mut transaction = pool.begin().await?;
        sqlx::query("select set_config('app.tenant', $1, true)")
            .bind(tenant_id.uuid().to_string())
            .execute(&mut *transaction)
            .await?;
        Ok(Self { transaction, tenant_id })
    }

    /// Whose rows this transaction sees.
    pub const fn tenant_id(&self) -> TenantId {
        self.tenant_id
    }

    /// The connection to run statements on.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    /// Makes everything done here permanent.
    ///
    /// # Errors
    /// When the database refuses; nothing was written then, or, if the connection broke, that is unknown.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.transaction.commit().await
    }
}
