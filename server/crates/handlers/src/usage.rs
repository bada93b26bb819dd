//! The usage meter: how many messages each tenant took in, by day of UTC.
//!
//! Counted is what a tenant received and published: what its sources accepted, also samples, what was released from
//! quarantine, and what its keys published. Not counted is what Hookreel sends by itself (operational webhooks, and the
//! test messages of the dashboard), what was refused, and every repetition.

use crate::handler::{Effects, Handler, HandlerError, actor_of};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use hookreel_domain::built_in;
use hookreel_domain::plan::OVER_QUOTA_JSON;
use hookreel_domain::traffic::{MESSAGE_ACCEPTED, MESSAGE_QUARANTINED, MESSAGE_RELEASED};
use hookreel_event_store::StoredEvent;
use hookreel_kernel::{Actor, TenantId};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use time::{Date, UtcOffset};
use uuid::Uuid;

/// Writes `read.usage`.
#[derive(Debug)]
pub(crate) struct UsageMeter;

/// What a tenant took in on one day.
#[derive(Debug, Default)]
struct Counts {
    received: i64,
    published: i64,
    held: i64,
}

impl Handler for UsageMeter {
    fn name(&self) -> &'static str {
        "usage_meter"
    }

    fn purpose(&self) -> &'static str {
        "Counts messages by tenant and day"
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[MESSAGE_ACCEPTED, MESSAGE_RELEASED, MESSAGE_QUARANTINED]
    }

    fn only_containing(&self) -> &'static [(&'static str, &'static str)] {
        &[(MESSAGE_QUARANTINED, OVER_QUOTA_JSON)]
    }

    fn effects(&self) -> Effects {
        Effects::Projection
    }

    fn wants_payloads(&self) -> bool {
        false
    }

    fn reset<'a>(&'a self, connection: &'a mut PgConnection) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        async move { sqlx::query!("truncate read.usage").execute(connection).await.map(drop) }.boxed()
    }

    fn handle<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [StoredEvent],
    ) -> BoxFuture<'a, Result<(), HandlerError>> {
        async move { add(connection, &counted(events)?).await.map_err(HandlerError::from) }.boxed()
    }
}

/// In the order of the keys, so that nobody waits crosswise for rows.
fn counted(events: &[StoredEvent]) -> Result<BTreeMap<(TenantId, Date), Counts>, HandlerError> {
    let mut all: BTreeMap<(TenantId, Date), Counts> = BTreeMap::new();
    for event in events.iter().filter(|event| event.tenant_id != built_in::TENANT) {
        let day = event.recorded_at.to_offset(UtcOffset::UTC).date();
        let counts = all.entry((event.tenant_id, day)).or_default();
        match event.kind.as_str() {
            MESSAGE_QUARANTINED => counts.held += 1,
            MESSAGE_RELEASED => counts.received += 1,
            _ => match actor_of(event)? {
                Actor::Source(_) => counts.received += 1,
                Actor::ApiKey(_) => counts.published += 1,
                Actor::Member(_) | Actor::System(_) | Actor::Operator => {}
            },
        }
    }
    all.retain(|_, counts| counts.received + counts.published + counts.held > 0);
    Ok(all)
}

async fn add(connection: &mut PgConnection, counts: &BTreeMap<(TenantId, Date), Counts>) -> Result<(), sqlx::Error> {
    if counts.is_empty() {
        return Ok(());
    }
    let tenants: Vec<Uuid> = counts.keys().map(|(tenant_id, _)| tenant_id.uuid()).collect();
    let days: Vec<Date> = counts.keys().map(|(_, day)| *day).collect();
    let received: Vec<i64> = counts.values().map(|counts| counts.received).collect();
    let published: Vec<i64> = counts.values().map(|counts| counts.published).collect();
    let held: Vec<i64> = counts.values().map(|counts| counts.held).collect();
    sqlx::query!(
        "insert into read.usage as u (tenant_id, day, received, published, held)
         select * from unnest($1::uuid[], $2::date[], $3::bigint[], $4::bigint[], $5::bigint[])
         on conflict (tenant_id, day) do update
         set received = u.received + excluded.received, published = u.published + excluded.published,
             held = u.held + excluded.held",
        &tenants,
        &days,
        &received,
        &published,
        &held,
    )
    .execute(connection)
    .await
    .map(drop)
}
