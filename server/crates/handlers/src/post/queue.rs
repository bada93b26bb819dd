//! Mails that wait, and what became of the others.

use hookreel_kernel::{Email, TenantId, Timestamp};
use hookreel_mail::Mail;
use hookreel_secrets::{SecretBox, SecretError};
use sqlx::{PgConnection, PgPool};
use std::time::Duration;
use uuid::Uuid;

/// The queue of the jobs that send mails.
pub(super) const QUEUE: &str = "mail";

/// A mail, for the operator.
#[derive(Debug, Clone)]
pub struct MailRow {
    /// Whom it went to.
    pub recipient: String,
    /// `reset_password`.
    pub kind: String,
    /// `queued`, `sent`, `failed`, `shown`.
    pub state: String,
    /// How often it was tried.
    pub tries: u32,
    /// What the mail server said last.
    pub error: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// The mail itself, if it is kept: it was not sent, and this installation's key opens it.
    pub mail: Option<Mail>,
}

/// Writes a mail to be sent once the caller's transaction is committed. The connection is one of `hookreel_app` with
/// the tenant named, or of `hookreel_engine`.
///
/// # Errors
/// When the database refuses.
pub async fn queue_mail(
    connection: &mut PgConnection,
    secrets: &SecretBox,
    tenant_id: TenantId,
    recipient: &Email,
    mail: &Mail,
) -> Result<(), sqlx::Error> {
    let mail_id = Uuid::now_v7();
    let plain = serde_json::to_string(mail).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let sealed =
        secrets.seal(tenant_id, mail_id, mail_id, &plain).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query!(
        "insert into ops.mails (tenant_id, mail_id, recipient, kind, sealed, due_at)
         values ($1, $2, $3, $4, $5, now() + interval '2 minutes')",
        tenant_id.uuid(),
        mail_id,
        recipient.as_str(),
        mail.kind(),
        sealed,
    )
    .execute(&mut *connection)
    .await?;
    insert_job(connection, tenant_id, mail_id, Duration::ZERO).await
}

/// A mail is due again two minutes after its job: only if that was lost somebody else has to look for it.
pub(super) async fn insert_job(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    mail_id: Uuid,
    delay: Duration,
) -> Result<(), sqlx::Error> {
    // A ULID, as the queue demands: the 26 characters of a TypeID.
    let id = hookreel_kernel::EventId::generate().to_string();
    let payload = serde_json::json!({ "v": 1, "tenant": tenant_id.uuid(), "mail": mail_id }).to_string();
    sqlx::query!(
        "insert into apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority)
         values ($1, $2, $3, 'Pending', 0, 1, now() + make_interval(secs => $4), 0)",
        id.trim_start_matches("evt_").to_ascii_uppercase(),
        QUEUE,
        payload.into_bytes(),
        delay.as_secs_f64(),
    )
    .execute(connection)
    .await
    .map(drop)
}

/// Reads what was sealed.
pub(super) fn open(
    secrets: &SecretBox,
    tenant_id: TenantId,
    mail_id: Uuid,
    sealed: &[u8],
) -> Result<Option<Mail>, SecretError> {
    let plain = secrets.open(tenant_id, mail_id, mail_id, sealed)?;
    Ok(serde_json::from_str(plain.expose()).ok())
}

/// The newest mails of the installation, at most so many.
///
/// # Errors
/// When the database is away.
pub async fn recent_mails(pool: &PgPool, secrets: &SecretBox, limit: i64) -> Result<Vec<MailRow>, sqlx::Error> {
    let rows = sqlx::query!(
        "select tenant_id, mail_id, recipient, kind, sealed, state, tries, error, created_at from ops.mails
         order by created_at desc limit $1",
        limit,
    )
    .fetch_all(pool)
    .await?;
    let mails = rows.into_iter().map(|row| {
        let sealed = row.sealed.unwrap_or_default();
        let mail = open(secrets, TenantId::from_uuid(row.tenant_id), row.mail_id, &sealed).ok().flatten();
        MailRow {
            recipient: row.recipient,
            kind: row.kind,
            state: row.state,
            tries: u32::try_from(row.tries).unwrap_or_default(),
            error: row.error,
            created_at: row.created_at,
            mail,
        }
    });
    Ok(mails.collect())
}
