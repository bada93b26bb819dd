//! Mails that follow on events: a welcome, a sign-in from a new browser, and what a tenant's members should know about
//! its endpoints, its sources and its plan.

mod plan;

use crate::handler::{Effects, Handler, HandlerError, actor_of, decoded};
use crate::post::queue_mail;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use hookreel_domain::breaker::FAILURES_TO_TRIP;
use hookreel_domain::endpoint::EndpointEvent;
use hookreel_domain::source::SourceEvent;
use hookreel_domain::tenant::MemberEvent;
use hookreel_domain::{Billing, Endpoint, Member, Source};
use hookreel_event_store::StoredEvent;
use hookreel_kernel::{
    Actor, BrowserId, Clock as _, Email, EndpointId, FailureReason, SourceId, SystemClock, TenantId, Timestamp,
    browser_name, masked_url,
};
use hookreel_mail::Mail;
use hookreel_secrets::SecretBox;
use sqlx::PgConnection;
use std::time::Duration;

/// What happened longer ago is no news: after a long stop nobody gets old mails. What waited in the backlog is written
/// whatever its age.
const NEWS: Duration = Duration::from_hours(48);

/// An address that nobody has confirmed may be a stranger's, who is not to be flooded by whoever signed up with it: so many
/// mails of all kinds a day, and then none of these.
const UNCONFIRMED_A_DAY_MAX: i64 = 20;

/// Writes them.
#[derive(Debug)]
pub(crate) struct Mails {
    secrets: SecretBox,
    /// Without a slash at its end.
    public_url: String,
    /// Whether there are plans to write about.
    with_billing: bool,
}

impl Mails {
    pub(crate) fn new(secrets: SecretBox, public_url: &str, with_billing: bool) -> Self {
        Self { secrets, public_url: public_url.trim_end_matches('/').to_owned(), with_billing }
    }

    async fn write(&self, connection: &mut PgConnection, event: &StoredEvent) -> Result<(), HandlerError> {
        let Some(mail) = self.mail_of(connection, event).await? else { return Ok(()) };
        let members = sqlx::query!(
            "select member_id, email from iam.members m
             where tenant_id = $1 and (email_verified_at is not null or $2 > (
                 select count(*) from ops.mails
                 where tenant_id = $1 and recipient = m.email and created_at > now() - interval '1 day'))",
            event.tenant_id.uuid(),
            UNCONFIRMED_A_DAY_MAX,
        )
        .fetch_all(&mut *connection)
        .await?;
        // What is about a member is for that one; everything else for all.
        let to = members.into_iter().filter(|row| event.stream_kind != "member" || row.member_id == event.stream_id);
        for row in to {
            let Ok(recipient) = Email::parse(&row.email) else { continue };
            queue_mail(&mut *connection, &self.secrets, event.tenant_id, &recipient, &mail).await?;
        }
        Ok(())
    }

    async fn mail_of(&self, connection: &mut PgConnection, event: &StoredEvent) -> Result<Option<Mail>, HandlerError> {
        match event.kind.as_str() {
            "member.joined" | "member.signed_in_from_new_browser" => match decoded::<Member>(event)? {
                // Who was invited has read what it is, and comes to what is set up already.
                MemberEvent::Joined { invitation_id: None } => self.welcome(connection, event.tenant_id).await,
                MemberEvent::SignedInFromNewBrowser { browser_id } => {
                    self.new_sign_in(connection, event.tenant_id, browser_id).await
                }
                _ => Ok(None),
            },
            "source.went_silent" => match decoded::<Source>(event)? {
                SourceEvent::WentSilent { last_received_at, longest_pause_s } => {
                    self.source_silent(connection, event, last_received_at, longest_pause_s).await
                }
                _ => Ok(None),
            },
            "endpoint.disabled" | "endpoint.breaker_opened" => self.about_endpoint(connection, event).await,
            _ => Ok(plan::mail_of(decoded::<Billing>(event)?, &self.public_url)),
        }
    }

    /// For who makes a tenant.
    async fn welcome(&self, connection: &mut PgConnection, tenant_id: TenantId) -> Result<Option<Mail>, HandlerError> {
        let tenant = sqlx::query_scalar!("select name from iam.tenants where tenant_id = $1", tenant_id.uuid())
            .fetch_optional(connection)
            .await?;
        Ok(tenant.map(|tenant| Mail::Welcome { tenant, link: format!("{}/overview", self.public_url) }))
    }

    async fn new_sign_in(
        &self,
        connection: &mut PgConnection,
        tenant_id: TenantId,
        browser_id: BrowserId,
    ) -> Result<Option<Mail>, HandlerError> {
        let browser = sqlx::query!(
            "select user_agent, address, first_seen_at from iam.known_browsers where tenant_id = $1 and browser_id = $2",
            tenant_id.uuid(),
            browser_id.uuid(),
        )
        .fetch_optional(connection)
        .await?;
        Ok(browser.map(|browser| Mail::NewSignIn {
            at: browser.first_seen_at,
            browser: browser_name(&browser.user_agent),
            address: if browser.address.is_empty() { "unknown".to_owned() } else { browser.address },
            link: format!("{}/settings", self.public_url),
        }))
    }

    async fn source_silent(
        &self,
        connection: &mut PgConnection,
        event: &StoredEvent,
        last_received_at: Timestamp,
        longest_pause_s: u64,
    ) -> Result<Option<Mail>, HandlerError> {
        let source = sqlx::query_scalar!(
            "select name from read.sources where tenant_id = $1 and source_id = $2 and deleted_at is null",
            event.tenant_id.uuid(),
            event.stream_id,
        )
        .fetch_optional(connection)
        .await?;
        Ok(source.map(|source| Mail::SourceSilent {
            source,
            last_received_at,
            usual_gap_max_seconds: longest_pause_s,
            link: format!("{}/sources/{}", self.public_url, SourceId::from_uuid(event.stream_id)),
        }))
    }

    async fn about_endpoint(
        &self,
        connection: &mut PgConnection,
        event: &StoredEvent,
    ) -> Result<Option<Mail>, HandlerError> {
        let happened = decoded::<Endpoint>(event)?;
        let is_news = match &happened {
            // Whoever disabled it knows: a person, or a program of the tenant's.
            EndpointEvent::Disabled { .. } => matches!(actor_of(event)?, Actor::System(_)),
            // The breaker opens again and again while an endpoint is away: only the first time is news.
            EndpointEvent::BreakerOpened { consecutive_failures, .. } => *consecutive_failures <= FAILURES_TO_TRIP,
            _ => false,
        };
        if !is_news {
            return Ok(None);
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
        let url = masked_url(&endpoint.url).into_owned();
        if let EndpointEvent::Disabled { reason } = happened {
            return Ok(Some(Mail::EndpointDisabled { url, why: reason, link }));
        }
        // Of the failures since the last success: when the first was, and what the last was.
        let failures = sqlx::query!(
            r#"select min(attempted_at) as since, (array_agg(failure order by attempt_id desc))[1] as last,
                  (array_agg(status order by attempt_id desc))[1] as last_status
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
            url,
            since: failures.since.unwrap_or(event.recorded_at),
            last_failure: words_of_failure(failures.last.as_deref().unwrap_or_default(), failures.last_status),
            link,
        }))
    }
}

/// What an attempt failed of, as a sentence: an error status is said itself. Reasons that are not known here, because a
/// newer Hookreel wrote them, stand as they are.
fn words_of_failure(failure: &str, status: Option<i16>) -> String {
    match (failure.parse::<FailureReason>(), status) {
        (Ok(FailureReason::Status), Some(status)) => format!("The endpoint answered {status}."),
        (Ok(reason), _) => reason.explanation().to_owned(),
        (Err(_), _) => failure.replace('_', " "),
    }
}

impl Handler for Mails {
    fn name(&self) -> &'static str {
        "mails"
    }

    fn purpose(&self) -> &'static str {
        if self.with_billing {
            "Writes mails to members: a welcome, new sign-ins, endpoints that fail, sources that are silent, and the plan"
        } else {
            "Writes mails to members: a welcome, new sign-ins, endpoints that fail, and sources that are silent"
        }
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[
            "member.joined",
            "member.signed_in_from_new_browser",
            "endpoint.disabled",
            "endpoint.breaker_opened",
            "source.went_silent",
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
            let now = SystemClock.now();
            for event in events {
                if now - event.recorded_at <= NEWS {
                    self.write(connection, event).await?;
                }
            }
            Ok(())
        }
        .boxed()
    }

    /// It was news when it could not be written, and nobody has heard of it since.
    fn handle_late<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        event: &'a StoredEvent,
    ) -> BoxFuture<'a, Result<(), HandlerError>> {
        self.write(connection, event).boxed()
    }
}
