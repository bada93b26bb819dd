//! Mails that follow on events: a welcome, and what a tenant's members should know about its endpoints and its plan.

mod plan;

use crate::handler::{Effects, Handler, HandlerError};
use crate::post::queue_mail;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use hookreel_domain::breaker::FAILURES_TO_TRIP;
use hookreel_event_store::StoredEvent;
use hookreel_kernel::{Clock as _, Email, EndpointId, SystemClock};
use hookreel_mail::Mail;
use hookreel_secrets::SecretBox;
use sqlx::PgConnection;
use std::time::Duration;

/// What happened longer ago is no news: after a long stop nobody gets old mails.
const NEWS: Duration = Duration::from_hours(48);

/// Writes them.
#[derive(Debug)]
pub(crate) struct Mails {
    secrets: SecretBox,
    /// Without a slash at its end.
    public_url: String,
}

impl Mails {
    pub(crate) fn new(secrets: SecretBox, public_url: &str) -> Self {
        Self { secrets, public_url: public_url.trim_end_matches('/').to_owned() }
    }

    async fn write(&self, connection: &mut PgConnection, event: &StoredEvent) -> Result<(), HandlerError> {
        if SystemClock.now() - event.recorded_at > NEWS {
            return Ok(());
        }
        let Some(mail) = self.mail_of(connection, event).await? else { return Ok(()) };
        let members =
            sqlx::query!("select member_id, email from iam.members where tenant_id = $1", event.tenant_id.uuid())
                .fetch_all(&mut *connection)
                .await?;
        // A welcome is for who has come; everything else for all.
        let to = members.into_iter().filter(|row| event.kind != "member.joined" || row.member_id == event.stream_id);
        for row in to {
            let Ok(recipient) = Email::parse(&row.email) else { continue };
            queue_mail(&mut *connection, &self.secrets, event.tenant_id, &recipient, &mail).await?;
        }
        Ok(())
    }

    async fn mail_of(&self, connection: &mut PgConnection, event: &StoredEvent) -> Result<Option<Mail>, HandlerError> {
        if let Some(mail) = plan::mail_of(event, &self.public_url)? {
            return Ok(Some(mail));
        }
        if event.kind == "member.joined" {
            let tenant =
                sqlx::query_scalar!("select name from iam.tenants where tenant_id = $1", event.tenant_id.uuid())
                    .fetch_optional(connection)
                    .await?;
            return Ok(tenant.map(|tenant| Mail::Welcome { tenant, link: format!("{}/overview", self.public_url) }));
        }
        let endpoint = sqlx::query!(
            "select url from read.endpoints where tenant_id = $1 and endpoint_id = $2 and deleted_at is null",
            event.tenant_id.uuid(),
            event.stream_id,
        )
        .fetch_optional(&mut *connection)
        .await?;
        let Some(endpoint) = endpoint else { return Ok(None) };
        let link = format!("{}/endpoints/{}", self.public_url, EndpointId::from_uuid(event.stream_id));
        if event.kind == "endpoint.disabled" {
            let why = event.payload["reason"].as_str().unwrap_or_default().to_owned();
            return Ok(Some(Mail::EndpointDisabled { url: endpoint.url, why, link }));
        }
        // The breaker opens again and again while an endpoint is away: only the first time is news.
        let is_first = event.payload["consecutive_failures"]
            .as_u64()
            .is_some_and(|failures| failures <= u64::from(FAILURES_TO_TRIP));
        if !is_first {
            return Ok(None);
        }
        // Of the failures since the last success: when the first was, and what the last was.
        let failures = sqlx::query!(
            r#"select min(attempted_at) as since, (array_agg(failure order by attempt_id desc))[1] as last
               from read.attempts
               where tenant_id = $1 and endpoint_id = $2 and not succeeded and attempt_id > coalesce((
                   select attempt_id from read.attempts
                   where tenant_id = $1 and endpoint_id = $2 and succeeded order by attempt_id desc limit 1
               ), '00000000-0000-0000-0000-000000000000')"#,
            event.tenant_id.uuid(),
            event.stream_id,
        )
        .fetch_one(connection)
        .await?;
        Ok(Some(Mail::EndpointFailing {
            url: endpoint.url,
            since: failures.since.unwrap_or(event.recorded_at),
            last_failure: failures.last.unwrap_or_default().replace('_', " "),
            link,
        }))
    }
}

impl Handler for Mails {
    fn name(&self) -> &'static str {
        "mails"
    }

    fn purpose(&self) -> &'static str {
        "Writes mails to members: a welcome, when an endpoint fails or is disabled, and about the plan"
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[
            "member.joined",
            "endpoint.disabled",
            "endpoint.breaker_opened",
            "plan.changed",
            "billing.payment_failed",
            "quota.reached",
        ]
    }

    fn effects(&self) -> Effects {
        Effects::Outside
    }

    fn handle<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [StoredEvent],
    ) -> BoxFuture<'a, Result<(), HandlerError>> {
        async move {
            for event in events {
                self.write(connection, event).await?;
            }
            Ok(())
        }
        .boxed()
    }
}
