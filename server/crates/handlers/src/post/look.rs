//! What an operator sees of mails.

use super::queue::open;
use hookreel_kernel::{MailId, TenantId, Timestamp};
use hookreel_mail::Mail;
use hookreel_secrets::SecretBox;
use sqlx::PgPool;

/// A mail, for the operator.
#[derive(Debug, Clone)]
pub struct MailRow {
    /// Which.
    pub mail_id: MailId,
    /// Whose member it went to.
    pub tenant_id: TenantId,
    /// What that tenant is called.
    pub tenant_name: String,
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
    /// The mail itself, if it is kept: it was not sent, and this installation's key opens it. Not in lists by state.
    pub mail: Option<Mail>,
}

struct Row {
    tenant_id: uuid::Uuid,
    tenant_name: String,
    mail_id: uuid::Uuid,
    recipient: String,
    kind: String,
    sealed: Option<Vec<u8>>,
    state: String,
    tries: i32,
    error: String,
    created_at: Timestamp,
}

impl Row {
    fn unopened(self) -> MailRow {
        MailRow {
            mail_id: MailId::from_uuid(self.mail_id),
            tenant_id: TenantId::from_uuid(self.tenant_id),
            tenant_name: self.tenant_name,
            recipient: self.recipient,
            kind: self.kind,
            state: self.state,
            tries: u32::try_from(self.tries).unwrap_or_default(),
            error: self.error,
            created_at: self.created_at,
            mail: None,
        }
    }

    fn opened(mut self, secrets: &SecretBox) -> MailRow {
        let sealed = self.sealed.take().unwrap_or_default();
        let mail = open(secrets, TenantId::from_uuid(self.tenant_id), self.mail_id, &sealed).ok().flatten();
        MailRow { mail, ..self.unopened() }
    }
}

/// The newest mails of the installation, at most so many.
///
/// # Errors
/// When the database is away.
pub async fn recent_mails(pool: &PgPool, secrets: &SecretBox, limit: i64) -> Result<Vec<MailRow>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select m.tenant_id, coalesce(t.name, '') as "tenant_name!", m.mail_id, m.recipient, m.kind, m.sealed, m.state,
                  m.tries, m.error, m.created_at
           from ops.mails m left join iam.tenants t on t.tenant_id = m.tenant_id
           order by m.mail_id desc limit $1"#,
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| row.opened(secrets)).collect())
}

/// Mails in one state or in any, newest first, written before one of them, at most so many. None is opened.
///
/// # Errors
/// When the database is away.
pub async fn list_mails(
    pool: &PgPool,
    state: Option<&str>,
    before: Option<MailId>,
    limit: i64,
) -> Result<Vec<MailRow>, sqlx::Error> {
    let before = before.map_or(uuid::Uuid::max(), MailId::uuid);
    let rows = sqlx::query_as!(
        Row,
        r#"select m.tenant_id, coalesce(t.name, '') as "tenant_name!", m.mail_id, m.recipient, m.kind,
                  null::bytea as sealed, m.state, m.tries, m.error, m.created_at
           from ops.mails m left join iam.tenants t on t.tenant_id = m.tenant_id
           where m.mail_id < $1 and ($2::text is null or m.state = $2)
           order by m.mail_id desc limit $3"#,
        before,
        state,
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Row::unopened).collect())
}

/// One mail, opened if it is kept.
///
/// # Errors
/// When the database is away.
pub async fn find_mail(pool: &PgPool, secrets: &SecretBox, mail_id: MailId) -> Result<Option<MailRow>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select m.tenant_id, coalesce(t.name, '') as "tenant_name!", m.mail_id, m.recipient, m.kind, m.sealed, m.state,
                  m.tries, m.error, m.created_at
           from ops.mails m left join iam.tenants t on t.tenant_id = m.tenant_id
           where m.mail_id = $1"#,
        mail_id.uuid(),
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| row.opened(secrets)))
}
