//! Who did what about handlers, mails and subscriptions: in the log, and in a table that is only ever added to.

use hookreel_auth::OperatorPermit;
use sqlx::PgConnection;

/// Something that an operator did.
#[derive(Debug, Clone, Copy)]
pub(super) struct Done<'a> {
    /// `retry`, `skip`, `replay_parked`, `rebuild`, `retry_mail`, `read_subscriptions`.
    pub(super) action: &'static str,
    /// The handler's name, or the mail's kind.
    pub(super) subject: &'a str,
    /// Of one event: where it stands. Of a rebuild: up to where it has to come.
    pub(super) position: Option<i64>,
    /// What else there is to say.
    pub(super) detail: &'a str,
}

/// Records it in the transaction in which it is done.
pub(super) async fn record(
    connection: &mut PgConnection,
    permit: &OperatorPermit,
    done: Done<'_>,
) -> Result<(), sqlx::Error> {
    let (tenant_id, member_id) = permit.member().unzip();
    sqlx::query!(
        "insert into ops.operator_actions (member_tenant_id, member_id, action, subject, position, detail)
         values ($1, $2, $3, $4, $5, $6)",
        tenant_id.map(hookreel_kernel::TenantId::uuid),
        member_id.map(hookreel_kernel::MemberId::uuid),
        done.action,
        done.subject,
        done.position,
        done.detail,
    )
    .execute(connection)
    .await?;
    let Done { action, subject, position, detail } = done;
    tracing::warn!(who = %permit.actor(), action, subject, position, detail, "an operator stepped in");
    Ok(())
}
