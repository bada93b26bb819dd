//! Subscriptions that could not be read at Stripe: asked about again when an operator has mended what was wrong.

use super::record::{Done, record};
use crate::error::failed;
use hookreel_auth::OperatorPermit;
use hookreel_contract::ApiError;
use hookreel_database::Database;
use hookreel_read_models::billing::want_unread;

/// Use cases about subscriptions to plans, of all tenants.
#[derive(Debug, Clone)]
pub struct Subscriptions {
    database: Database,
}

impl Subscriptions {
    /// On this database.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Lets all be read at once that could not be read, and says how many. It is done by a server that sells plans.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn read_again(&self, permit: &OperatorPermit) -> Result<u64, ApiError> {
        let mut transaction = self.database.engine().begin().await.map_err(failed)?;
        let count = want_unread(&mut transaction).await.map_err(failed)?;
        let detail = match count {
            1 => "1 subscription".to_owned(),
            count => format!("{count} subscriptions"),
        };
        let done = Done { action: "read_subscriptions", subject: "billing", position: None, detail: &detail };
        record(&mut transaction, permit, done).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(count)
    }
}
