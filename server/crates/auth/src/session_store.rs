//! Sessions as rows of `iam.sessions`, found by the SHA-256 of the cookie's value.
//!
//! Only sessions of signed-in members are stored: a visitor who is not signed in leaves no row. A session ends after
//! [`IDLE_MAX`] without use and [`AGE_MAX`] after sign-in, whichever comes first. An id that is not in the table is
//! never adopted.

use crate::session::{MEMBER_KEY, SignedIn};
use async_trait::async_trait;
use hookreel_kernel::{Clock, Timestamp};
use sha2::{Digest as _, Sha256};
use sqlx::PgPool;
use sqlx::postgres::PgQueryResult;
use std::collections::HashMap;
use std::sync::Arc;
use time::Duration;
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

/// A session that was not used for this long is over.
pub(crate) const IDLE_MAX: Duration = Duration::hours(24);
/// A session is over this long after sign-in, however busy.
pub(crate) const AGE_MAX: Duration = Duration::days(14);
/// An invitation that nobody accepted is shown for so long.
const EXPIRED_KEPT: Duration = Duration::days(30);
/// As long as browsers keep a cookie at most.
const BROWSERS_KEPT: Duration = Duration::days(400);
/// `last_seen_at` is exact to this.
const LAST_SEEN_STEP: Duration = Duration::MINUTE;

/// The store behind the session layer.
#[derive(Debug, Clone)]
pub struct PostgresSessionStore {
    pool: PgPool,
    clock: Arc<dyn Clock>,
}

impl PostgresSessionStore {
    /// Keeps sessions with the pool of `hookreel_auth`.
    pub fn new(pool: PgPool, clock: Arc<dyn Clock>) -> Self {
        Self { pool, clock }
    }

    /// Deletes sessions that are over and whatever else of people has had its time: counters that no longer count,
    /// links that no longer work, invitations long expired, browsers not seen for longer than they keep a cookie. Of
    /// each member the last browser stays: without any, the next sign-in would be the first.
    ///
    /// Returns how many rows went.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_expired(&self) -> std::result::Result<u64, sqlx::Error> {
        let now = self.clock.now();
        let mut transaction = self.pool.begin().await?;
        let sessions =
            sqlx::query!("delete from iam.sessions where expires_at <= $1 or last_seen_at <= $2", now, now - IDLE_MAX)
                .execute(&mut *transaction)
                .await?;
        let counters = sqlx::query!("delete from ops.sign_in_failures where updated_at <= $1", now - Duration::DAY)
            .execute(&mut *transaction)
            .await?;
        let tokens =
            sqlx::query!("delete from iam.mail_tokens where expires_at <= $1", now).execute(&mut *transaction).await?;
        let invitations = sqlx::query!("delete from iam.invitations where expires_at <= $1", now - EXPIRED_KEPT)
            .execute(&mut *transaction)
            .await?;
        let browsers = sqlx::query!(
            "delete from iam.known_browsers b where last_seen_at <= $1 and exists (
                 select from iam.known_browsers newer where newer.member_id = b.member_id
                   and (newer.last_seen_at, newer.browser_id) > (b.last_seen_at, b.browser_id))",
            now - BROWSERS_KEPT,
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok([sessions, counters, tokens, invitations, browsers].iter().map(PgQueryResult::rows_affected).sum())
    }

    /// Whether a session is still valid, without counting as a use of it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn is_valid(&self, id: Id) -> std::result::Result<bool, sqlx::Error> {
        let now = self.clock.now();
        sqlx::query_scalar!(
            r#"select exists (
                   select from iam.sessions where session_hash = $1 and expires_at > $2 and last_seen_at > $3
               ) as "valid!""#,
            hash_of(id),
            now,
            now - IDLE_MAX,
        )
        .fetch_one(&self.pool)
        .await
    }

    async fn insert(&self, record: &Record) -> std::result::Result<(), InsertError> {
        let now = self.clock.now();
        let member: SignedIn = record
            .data
            .get(MEMBER_KEY)
            .and_then(|value| serde_json::from_value(value.clone()).ok())
            .ok_or(InsertError::NotSignedIn)?;
        let mut transaction = self.pool.begin().await?;
        // The update waits for whoever is replacing the password, and then sees the new one.
        let inserted = sqlx::query!(
            "with seen as (
                 update iam.members set last_seen_at = $8
                 where tenant_id = $2 and member_id = $4
                   and encode(sha256(convert_to(password_hash, 'UTF8')), 'hex') = $10
                 returning tenant_id
             )
             insert into iam.sessions (session_hash, tenant_id, session_id, member_id, record, user_agent, address,
                                       created_at, last_seen_at, expires_at)
             select $1, $2, $3, $4, $5, $6, $7, $8, $8, $9 from seen",
            hash_of(record.id),
            member.tenant_id.uuid(),
            member.session_id.uuid(),
            member.member_id.uuid(),
            data_of(record)?,
            member.user_agent,
            member.address,
            now,
            now + AGE_MAX,
            member.password,
        )
        .execute(&mut *transaction)
        .await?;
        if inserted.rows_affected() == 0 {
            return Err(InsertError::PasswordReplaced);
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn find(&self, id: Id) -> std::result::Result<Option<Record>, sqlx::Error> {
        let now = self.clock.now();
        let row = sqlx::query!(
            "select record, last_seen_at, expires_at from iam.sessions
             where session_hash = $1 and expires_at > $2 and last_seen_at > $3",
            hash_of(id),
            now,
            now - IDLE_MAX,
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        if now - row.last_seen_at >= LAST_SEEN_STEP {
            self.touch(id, now).await?;
        }
        let data: HashMap<String, serde_json::Value> =
            serde_json::from_value(row.record).map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok(Some(Record { id, data, expiry_date: row.expires_at }))
    }

    async fn touch(&self, id: Id, now: Timestamp) -> std::result::Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query!(
            "with used as (
                 update iam.sessions set last_seen_at = $2 where session_hash = $1 and last_seen_at < $2
                 returning tenant_id, member_id
             )
             update iam.members m set last_seen_at = $2
             from used where m.tenant_id = used.tenant_id and m.member_id = used.member_id",
            hash_of(id),
            now,
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    async fn update(&self, record: &Record) -> std::result::Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        // Only the data: neither the end of a session nor a session that was revoked comes back by saving.
        sqlx::query!(
            "update iam.sessions set record = $2 where session_hash = $1",
            hash_of(record.id),
            data_of(record).map_err(|error| sqlx::Error::Encode(error.into()))?,
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    async fn remove(&self, id: Id) -> std::result::Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query!("delete from iam.sessions where session_hash = $1", hash_of(id))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }
}

#[derive(Debug, thiserror::Error)]
enum InsertError {
    #[error("only sessions of signed-in members are stored")]
    NotSignedIn,
    #[error("the member is gone, or the password was replaced since it was verified")]
    PasswordReplaced,
    #[error(transparent)]
    Data(#[from] serde_json::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// What is stored of the cookie's value.
fn hash_of(id: Id) -> Vec<u8> {
    Sha256::digest(id.0.to_le_bytes()).to_vec()
}

/// Everything but the id, which would open the session.
fn data_of(record: &Record) -> std::result::Result<serde_json::Value, serde_json::Error> {
    serde_json::to_value(&record.data)
}

fn backend(error: impl std::fmt::Display) -> Error {
    Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for PostgresSessionStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        // 127 random bits do not collide; if they ever did, the unique key would refuse and the sign-in would fail.
        self.insert(record).await.map_err(backend)
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.update(record).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.find(*id).await.map_err(backend)
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.remove(*id).await.map_err(backend)
    }
}
