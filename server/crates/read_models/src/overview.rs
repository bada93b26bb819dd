//! Is everything arriving?

use crate::page::id_at;
use crate::stats::{Window, buckets};
use hookreel_contract::views::{Attention, AttentionKind, Overview};
use hookreel_kernel::{EndpointId, TenantId, Timestamp, masked_url};
use sqlx::PgConnection;

/// Endpoints of one kind that are named one by one.
const NAMED_MAX: i64 = 20;
/// An endpoint of whose latest attempts none succeeded is failing; so many are looked at.
const LATEST_ATTEMPTS: i64 = 3;

/// The state of a tenant over the last `hours`.
///
/// # Errors
/// When the database is away.
pub async fn get(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    hours: u32,
    now: Timestamp,
) -> Result<Overview, sqlx::Error> {
    let window = Window::ending(now, hours);
    let sources = sqlx::query_scalar!(
        r#"select count(*) as "count!" from read.sources where tenant_id = $1 and deleted_at is null"#,
        tenant_id.uuid(),
    )
    .fetch_one(&mut *connection)
    .await?;
    let endpoints = endpoints(&mut *connection, tenant_id).await?;
    let waiting = waiting(&mut *connection, tenant_id).await?;
    let messages = sqlx::query!(
        r#"select count(*) filter (where state = 'accepted') as "accepted!",
                  count(*) filter (where state = 'quarantined') as "quarantined!"
           from read.messages where tenant_id = $1 and message_id >= $2"#,
        tenant_id.uuid(),
        id_at(window.start),
    )
    .fetch_one(&mut *connection)
    .await?;
    let buckets = buckets(&mut *connection, tenant_id, None, window).await?;
    let exhausted = exhausted(connection, tenant_id, window).await?;
    Ok(Overview {
        sources: sources as u32,
        endpoints: endpoints.all as u32,
        endpoints_receiving: endpoints.receiving as u32,
        retrying: waiting.retrying,
        pending: waiting.pending,
        accepted: messages.accepted as u64,
        quarantined: messages.quarantined as u64,
        window_h: hours.clamp(1, crate::stats::WINDOW_H_MAX),
        buckets,
        attention: attention(endpoints.in_trouble, exhausted, messages.quarantined),
    })
}

struct Waiting {
    retrying: u64,
    pending: u64,
}

/// Deliveries that are due at some time: those held by a paused endpoint are shown as what needs attention.
async fn waiting(connection: &mut PgConnection, tenant_id: TenantId) -> Result<Waiting, sqlx::Error> {
    let row = sqlx::query!(
        r#"select count(*) filter (where attempts > 0) as "retrying!", count(*) filter (where attempts = 0) as "pending!"
           from read.deliveries where tenant_id = $1 and due_at is not null"#,
        tenant_id.uuid(),
    )
    .fetch_one(connection)
    .await?;
    Ok(Waiting { retrying: row.retrying as u64, pending: row.pending as u64 })
}

async fn exhausted(connection: &mut PgConnection, tenant_id: TenantId, window: Window) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from read.deliveries
           where tenant_id = $1 and delivery_id >= $2 and state = 'exhausted'"#,
        tenant_id.uuid(),
        id_at(window.start),
    )
    .fetch_one(connection)
    .await
}

/// What a person should look at, most urgent first.
fn attention(endpoints_in_trouble: Vec<Attention>, exhausted: i64, quarantined: i64) -> Vec<Attention> {
    let mut items = endpoints_in_trouble;
    if exhausted > 0 {
        items.push(Attention {
            kind: AttentionKind::DeliveriesExhausted,
            text: format!("{} ended without success.", counted(exhausted, "delivery", "deliveries")),
            link: "/deliveries?state=exhausted".to_owned(),
            action: "Look at them".to_owned(),
        });
    }
    if quarantined > 0 {
        items.push(Attention {
            kind: AttentionKind::MessagesQuarantined,
            text: format!("{} in quarantine.", counted(quarantined, "received request is", "received requests are")),
            link: "/messages?state=quarantined".to_owned(),
            action: "See why".to_owned(),
        });
    }
    items
}

struct Endpoints {
    all: i64,
    receiving: i64,
    in_trouble: Vec<Attention>,
}

/// How the endpoints stand. One receives if it is enabled, its breaker is closed, and not all of its latest attempts
/// failed. One that somebody disabled is as wanted; one that Hookreel itself disabled is news.
async fn endpoints(connection: &mut PgConnection, tenant_id: TenantId) -> Result<Endpoints, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with standing as (
               select e.endpoint_id, e.url, e.disabled_reason,
                      case when e.state = 'disabled' and not off.by_us then 'off'
                           when e.state <> 'enabled' then e.state
                           when coalesce(b.state, 'closed') <> 'closed' then 'on_hold'
                           when latest.all_failed then 'failing'
                           else 'receiving'
                      end as standing
               from read.endpoints e
               left join ops.breakers b on b.tenant_id = e.tenant_id and b.endpoint_id = e.endpoint_id
               cross join lateral (
                   select not bool_or(a.succeeded) as all_failed from (
                       select succeeded from read.attempts
                       where tenant_id = e.tenant_id and endpoint_id = e.endpoint_id
                       order by attempt_id desc limit $2
                   ) as a
               ) as latest
               left join lateral (
                   select v.metadata -> 'actor' ->> 'kind' = 'system' as by_us from event_store.events v
                   where e.state = 'disabled' and v.bucket = 0 and v.stream_id = e.endpoint_id
                     and v.tenant_id = e.tenant_id and v.kind = 'endpoint.disabled'
                   order by v.stream_version desc limit 1
               ) as off on true
               where e.tenant_id = $1 and e.deleted_at is null
           )
           select endpoint_id as "endpoint_id!", url as "url!", disabled_reason, standing as "standing!",
                  count(*) over () as "all!", count(*) filter (where standing = 'receiving') over () as "receiving!"
           from standing
           order by array_position(array['on_hold', 'failing', 'disabled', 'paused', 'off', 'receiving'], standing),
                    endpoint_id desc
           limit $3"#,
        tenant_id.uuid(),
        LATEST_ATTEMPTS,
        NAMED_MAX,
    )
    .fetch_all(connection)
    .await?;
    let (all, receiving) = rows.first().map_or((0, 0), |row| (row.all, row.receiving));
    let item = |kind, text, id, action: &str| Attention {
        kind,
        text,
        link: format!("/endpoints/{}", EndpointId::from_uuid(id)),
        action: action.to_owned(),
    };
    let in_trouble = rows
        .into_iter()
        .map(|row| (masked_url(&row.url).into_owned(), row))
        .filter_map(|(url, row)| match row.standing.as_str() {
            // Whoever disabled it knows.
            "receiving" | "off" => None,
            "disabled" => {
                let reason = row.disabled_reason.map(|reason| format!(": {reason}")).unwrap_or_default();
                let text = format!("{url} is disabled{reason}");
                Some(item(AttentionKind::EndpointDisabled, sentence(text), row.endpoint_id, "Open the endpoint"))
            }
            "paused" => {
                let text = format!("{url} is paused: its deliveries are held.");
                Some(item(AttentionKind::EndpointPaused, text, row.endpoint_id, "Open the endpoint"))
            }
            "failing" => {
                let text = format!("{url} failed its latest attempts. They are made again on schedule.");
                Some(item(AttentionKind::EndpointFailing, text, row.endpoint_id, "See its attempts"))
            }
            _ => {
                let text = format!("{url} keeps failing: attempts are on hold until a trial attempt succeeds.");
                Some(item(AttentionKind::BreakerOpen, text, row.endpoint_id, "See its attempts"))
            }
        })
        .collect();
    Ok(Endpoints { all, receiving, in_trouble })
}

fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// With a full stop at the end.
fn sentence(text: String) -> String {
    if text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
}
