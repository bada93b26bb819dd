//! Mails that wait, and what became of the others.

use hookreel_kernel::{Email, MailId, TenantId};
use hookreel_mail::Mail;
use hookreel_secrets::{SecretBox, SecretError};
use sqlx::PgConnection;
use std::time::Duration;
use uuid::Uuid;

/// The queue of the jobs that send mails.
pub(super) const QUEUE: &str = "mail";
/// For so long an operator can see that a mail was sent.
const SENT_KEPT_DAYS: i32 = 30;

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

/// Sends a mail after all that was given up, or shown because there was no mail server. Returns its kind; `None` when it
/// is in neither state. The connection is in a transaction.
///
/// # Errors
/// When the database refuses.
pub async fn retry_mail(connection: &mut PgConnection, mail_id: MailId) -> Result<Option<String>, sqlx::Error> {
    let row = sqlx::query!(
        "update ops.mails set state = 'queued', tries = 0, error = '', ended_at = null,
                due_at = now() + interval '2 minutes'
         where mail_id = $1 and state in ('failed', 'shown') and sealed is not null
         returning tenant_id, kind",
        mail_id.uuid(),
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    insert_job(connection, TenantId::from_uuid(row.tenant_id), mail_id.uuid(), Duration::ZERO).await?;
    Ok(Some(row.kind))
}

/// Removes mails of any tenants that were sent long ago, at most so many. What was given up or shown stays: an operator
/// may still send it. The connection is one of `hookreel_engine`. Says how many are gone.
///
/// # Errors
/// When the database refuses.
pub async fn forget_sent_mails(connection: &mut PgConnection, limit: i64) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from ops.mails where (tenant_id, mail_id) in (
             select tenant_id, mail_id from ops.mails
             where state = 'sent' and ended_at < now() - make_interval(days => $1) limit $2)",
        SENT_KEPT_DAYS,
        limit,
    )
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}
