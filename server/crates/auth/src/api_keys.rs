//! Looking API keys up, thousands of times a second.
//!
//! A verdict is remembered for a few seconds, so a busy key costs one query per [`REMEMBERED_FOR`], not one per
//! request. A key that is revoked through [`ApiKeyAuthenticator::forget`] stops at once in this process, and within
//! that time in others.

use crate::api_key::{self, KeyHash};
use crate::{AuthError, Caller};
use hookreel_kernel::{ApiKeyId, Clock, TenantId, Timestamp};
use sqlx::PgPool;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const REMEMBERED_FOR: Duration = Duration::from_secs(5);
/// Verdicts kept; a flood of made-up keys only costs the others their cache.
const REMEMBERED_MAX: usize = 10_000;
/// `last_used_at` is exact to this.
const LAST_USE_STEP: time::Duration = time::Duration::MINUTE;

/// Turns bearer keys into callers.
#[derive(Debug, Clone)]
pub struct ApiKeyAuthenticator {
    pool: PgPool,
    clock: Arc<dyn Clock>,
    cache: Arc<Mutex<Cache>>,
}

#[derive(Debug, Default)]
struct Cache {
    verdicts: HashMap<KeyHash, (Option<Caller>, Instant)>,
    /// Moves on with every revocation, so that a lookup that began before one is not remembered after it.
    revocations: u64,
}

struct KeyRow {
    tenant_id: TenantId,
    key_id: ApiKeyId,
    last_used_at: Option<Timestamp>,
}

impl ApiKeyAuthenticator {
    /// Looks keys up with the pool of `hookreel_auth`.
    pub fn new(pool: PgPool, clock: Arc<dyn Clock>) -> Self {
        Self { pool, clock, cache: Arc::default() }
    }

    /// Who a bearer key belongs to; `None` when it is malformed, unknown or revoked.
    ///
    /// # Errors
    /// Only [`AuthError::Database`].
    pub async fn authenticate(&self, bearer: &str) -> Result<Option<Caller>, AuthError> {
        let Some(hash) = api_key::parse(bearer) else { return Ok(None) };
        let revocations = {
            let cache = self.cache();
            match cache.verdicts.get(&hash) {
                Some((verdict, at)) if at.elapsed() < REMEMBERED_FOR => return Ok(verdict.clone()),
                _ => cache.revocations,
            }
        };
        let row = self.find(&hash).await?;
        if let Some(row) = &row {
            self.note_use(row).await;
        }
        let verdict = row.map(|row| Caller::from_api_key(row.tenant_id, row.key_id));
        self.remember(hash, verdict.clone(), revocations);
        Ok(verdict)
    }

    /// Forgets what is known about a key that was just revoked (call it after the commit), or about all keys.
    pub fn forget(&self, revoked: Option<ApiKeyId>) {
        let mut cache = self.cache();
        cache.revocations += 1;
        match revoked {
            Some(id) => cache.verdicts.retain(|_, (verdict, _)| {
                verdict.as_ref().is_none_or(|caller| *caller.actor() != hookreel_kernel::Actor::ApiKey(id))
            }),
            None => cache.verdicts.clear(),
        }
    }

    fn remember(&self, hash: KeyHash, verdict: Option<Caller>, revocations: u64) {
        let mut cache = self.cache();
        if cache.revocations != revocations {
            return;
        }
        if cache.verdicts.len() >= REMEMBERED_MAX {
            cache.verdicts.retain(|_, (_, at)| at.elapsed() < REMEMBERED_FOR);
            if cache.verdicts.len() >= REMEMBERED_MAX {
                cache.verdicts.clear();
            }
        }
        cache.verdicts.insert(hash, (verdict, Instant::now()));
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn find(&self, hash: &KeyHash) -> Result<Option<KeyRow>, AuthError> {
        let row = sqlx::query!(
            "select tenant_id, key_id, last_used_at from iam.api_keys where key_hash = $1 and revoked_at is null",
            hash.as_slice()
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| KeyRow {
            tenant_id: TenantId::from_uuid(row.tenant_id),
            key_id: ApiKeyId::from_uuid(row.key_id),
            last_used_at: row.last_used_at,
        }))
    }

    /// Best effort: a request is not refused because its use could not be written down.
    async fn note_use(&self, row: &KeyRow) {
        let now = self.clock.now();
        if row.last_used_at.is_some_and(|at| now - at < LAST_USE_STEP) {
            return;
        }
        if let Err(error) = self.write_use(row, now).await {
            tracing::warn!(%error, key_id = %row.key_id, "the last use of an API key could not be written");
        }
    }

    async fn write_use(&self, row: &KeyRow, now: Timestamp) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query!(
            "update iam.api_keys set last_used_at = $3
             where tenant_id = $1 and key_id = $2 and (last_used_at is null or last_used_at <= $4)",
            row.tenant_id.uuid(),
            row.key_id.uuid(),
            now,
            now - LAST_USE_STEP,
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }
}
