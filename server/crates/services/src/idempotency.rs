//! Requests that must happen once however often they are sent: `Idempotency-Key`.
//!
//! A key is claimed before the work and gets the answer after it. Work that died in between (the process was killed)
//! can be claimed again after a minute; until then the key is taken. What makes publishing exactly-once even across
//! such a death is that the message's id is derived from the claim: the second run finds the message of the first.

use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_database::Database;
use hookreel_kernel::{MessageId, TenantId, Timestamp};
use sha2::{Digest, Sha256};

/// A SHA-256.
pub type Hash = [u8; 32];

/// A key whose work is to be done now, by whoever holds this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed {
    key_hash: Hash,
    message_id: MessageId,
}

impl Claimed {
    /// The id that a message published under this key has, now and on every later try.
    pub const fn message_id(&self) -> MessageId {
        self.message_id
    }
}

/// An answer that was given before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// HTTP status, below 500.
    pub status: u16,
    /// The exact body.
    pub body: Vec<u8>,
}

/// What is known about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is new, or its first request died: do the work.
    Run(Claimed),
    /// It was answered: answer the same.
    Answered(StoredAnswer),
    /// It was used for a different request.
    OtherRequest,
    /// Its first request has not finished yet.
    StillRunning,
}

/// The keys and their answers, for 24 hours.
#[derive(Debug, Clone)]
pub struct Idempotency {
    database: Database,
}

impl Idempotency {
    /// On this database.
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Takes a key for a request, or says what became of it.
    ///
    /// # Errors
    /// [`ApiError::Unavailable`] when the database is away.
    pub async fn claim(&self, caller: &Caller, key: &[u8], request_hash: &Hash) -> Result<Claim, ApiError> {
        let tenant_id = caller.tenant_id();
        let key_hash: Hash = Sha256::digest(key).into();
        self.try_claim(tenant_id, key_hash, request_hash).await.map_err(|error| unavailable(&error))
    }

    async fn try_claim(&self, tenant_id: TenantId, key_hash: Hash, request_hash: &Hash) -> Result<Claim, sqlx::Error> {
        let mut tx = self.database.tenant(tenant_id).await?;
        // This commit need not wait for the disk: the work's own commit comes later in the write-ahead log, so if
        // the work outlives a crash, the claim does.
        let claimed_at = sqlx::query_scalar!(
            r#"insert into ops.idempotency_keys as k (tenant_id, key_hash, request_hash, locked_until)
               select $1, $2, $3, now() + interval '60 seconds'
               from (select set_config('synchronous_commit', 'off', true)) as relaxed
               on conflict (tenant_id, key_hash) do update
                  set request_hash = excluded.request_hash,
                      locked_until = excluded.locked_until,
                      status = null,
                      response_body = null,
                      created_at = case when k.created_at < now() - interval '24 hours'
                                        then excluded.created_at else k.created_at end
                where k.created_at < now() - interval '24 hours'
                   or (k.status is null and k.request_hash = excluded.request_hash and k.locked_until < now())
               returning created_at"#,
            tenant_id.uuid(),
            &key_hash[..],
            &request_hash[..],
        )
        .fetch_optional(tx.connection())
        .await?;
        if let Some(claimed_at) = claimed_at {
            tx.commit().await?;
            return Ok(Claim::Run(Claimed { key_hash, message_id: message_id(tenant_id, &key_hash, claimed_at) }));
        }
        let row = sqlx::query!(
            "select request_hash, status, response_body from ops.idempotency_keys
             where tenant_id = $1 and key_hash = $2",
            tenant_id.uuid(),
            &key_hash[..],
        )
        .fetch_optional(tx.connection())
        .await?;
        tx.commit().await?;
        // A row that was there a moment ago and is gone was cleaned up just now: the client's next try is the first.
        let Some(row) = row else { return Ok(Claim::StillRunning) };
        if row.request_hash != request_hash {
            return Ok(Claim::OtherRequest);
        }
        Ok(match row.status {
            None => Claim::StillRunning,
            Some(status) => Claim::Answered(StoredAnswer {
                status: u16::try_from(status).unwrap_or(200),
                body: row.response_body.unwrap_or_default(),
            }),
        })
    }

    /// Keeps the answer of a claimed key. The first answer stays.
    ///
    /// # Errors
    /// [`ApiError::Unavailable`] when the database is away; the key is free again when its lock runs out.
    pub async fn answer(&self, caller: &Caller, claimed: &Claimed, status: u16, body: &[u8]) -> Result<(), ApiError> {
        let store = async {
            let mut tx = self.database.tenant(caller.tenant_id()).await?;
            sqlx::query!(
                "update ops.idempotency_keys set status = $3, response_body = $4
                 where tenant_id = $1 and key_hash = $2 and status is null",
                caller.tenant_id().uuid(),
                &claimed.key_hash[..],
                i16::try_from(status).unwrap_or(i16::MAX),
                body,
            )
            .execute(tx.connection())
            .await?;
            tx.commit().await
        };
        store.await.map_err(|error| unavailable(&error))
    }

    /// Gives a claimed key back: its work failed on our side and may be tried again at once.
    ///
    /// # Errors
    /// [`ApiError::Unavailable`] when the database is away; the key is free again when its lock runs out.
    pub async fn release(&self, caller: &Caller, claimed: &Claimed) -> Result<(), ApiError> {
        let unlock = async {
            let mut tx = self.database.tenant(caller.tenant_id()).await?;
            sqlx::query!(
                "update ops.idempotency_keys set locked_until = '-infinity'
                 where tenant_id = $1 and key_hash = $2 and status is null",
                caller.tenant_id().uuid(),
                &claimed.key_hash[..],
            )
            .execute(tx.connection())
            .await?;
            tx.commit().await
        };
        unlock.await.map_err(|error| unavailable(&error))
    }

    /// Forgets keys older than 24 hours, at most `limit` of them. Returns how many there were: call it again while
    /// that is `limit`.
    ///
    /// # Errors
    /// [`ApiError::Unavailable`] when the database is away.
    pub async fn forget_old(&self, limit: i64) -> Result<u64, ApiError> {
        let forget = async {
            let mut tx = self.database.engine().begin().await?;
            let done = sqlx::query!(
                "delete from ops.idempotency_keys
                 where (tenant_id, key_hash) in (
                     select tenant_id, key_hash from ops.idempotency_keys
                     where created_at < now() - interval '24 hours'
                     order by created_at limit $1
                     for update skip locked)",
                limit,
            )
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(done.rows_affected())
        };
        forget.await.map_err(|error: sqlx::Error| unavailable(&error))
    }
}

fn unavailable(error: &sqlx::Error) -> ApiError {
    tracing::warn!(%error, "idempotency keys cannot be reached");
    ApiError::Unavailable
}

/// A UUIDv7 with the time of the claim, its other bits taken from tenant and key: the same on every try.
fn message_id(tenant_id: TenantId, key_hash: &Hash, claimed_at: Timestamp) -> MessageId {
    let digest = Sha256::new().chain_update(tenant_id.uuid().as_bytes()).chain_update(key_hash).finalize();
    let unix_ms = (claimed_at.unix_timestamp_nanos() / 1_000_000) as u64;
    let mut random = [0_u8; 10];
    random.copy_from_slice(&digest[..10]);
    MessageId::from_uuid(uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_kernel::id::unix_ms_of;
    use uuid::Uuid;

    #[test]
    fn a_message_id_depends_on_tenant_key_and_claim_only() {
        let tenant = TenantId::from_uuid(Uuid::from_u128(1));
        let at = Timestamp::from_unix_timestamp(1_700_000_000).unwrap();
        let id = message_id(tenant, &[7; 32], at);
        assert_eq!(id, message_id(tenant, &[7; 32], at));
        assert_eq!(unix_ms_of(id.uuid()), 1_700_000_000_000);
        assert_eq!(id.uuid().get_version_num(), 7);
        assert_ne!(id, message_id(tenant, &[8; 32], at));
        assert_ne!(id, message_id(TenantId::from_uuid(Uuid::from_u128(2)), &[7; 32], at));
    }
}
