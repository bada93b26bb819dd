//! Is everything arriving?

use crate::page::id_at;
use crate::stats::{Window, buckets};
use hookreel_contract::views::{Attention, AttentionKind, Overview};
use hookreel_kernel::{EndpointId, TenantId, Timestamp};
use sqlx::PgConnection;

/// Endpoints of one kind that are named one by one.
const NAMED_MAX: i64 = 20;

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
    let things = sqlx::query!(
        r#"select (select count(*) from read.sources where tenant_id = $1 and deleted_at is null) as "sources!",
                  count(*) as "endpoints!",
                  count(*) filter (where e.state = 'enabled' and coalesce(b.state, 'closed') = 'closed') as "receiving!"
           from read.endpoints e
           left join ops.breakers b on b.tenant_id = e.tenant_id and b.endpoint_id = e.endpoint_id
           where e.tenant_id = $1 and e.deleted_at is null"#,
        tenant_id.uuid(),
    )
    .fetch_one(&mut *connection)
    .await?;
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
    let attention = attention(connection, tenant_id, window, messages.quarantined).await?;
    Ok(Overview {
        sources: things.sources as u32,
        endpoints: things.endpoints as u32,
        endpoints_receiving: things.receiving as u32,
        retrying: waiting.retrying,
        pending: waiting.pending,
        accepted: messages.accepted as u64,
        quarantined: messages.quarantined as u64,
        window_h: hours.clamp(1, crate::stats::WINDOW_H_MAX),
        buckets,
        attention,
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

/// What a person should look at, most urgent first.
async fn attention(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    window: Window,
    quarantined: i64,
) -> Result<Vec<Attention>, sqlx::Error> {
    let mut items = endpoints_in_trouble(&mut *connection, tenant_id).await?;
    let exhausted = sqlx::query_scalar!(
        r#"select count(*) as "count!" from read.deliveries
           where tenant_id = $1 and delivery_id >= $2 and state = 'exhausted'"#,
        tenant_id.uuid(),
        id_at(window.start),
    )
    .fetch_one(connection)
    .await?;
    if exhausted > 0 {
        items.push(Attention {
            kind: AttentionKind::DeliveriesExhausted,
            text: format!("{} ran out of attempts.", counted(exhausted, "delivery", "deliveries")),
            link: "/deliveries?state=exhausted".to_owned(),
            action: "Look at them".to_owned(),
        });
    }
    if quarantined > 0 {
        items.push(Attention {
            kind: AttentionKind::MessagesQuarantined,
            text: format!("{} failed verification.", counted(quarantined, "received request", "received requests")),
            link: "/messages?state=quarantined".to_owned(),
            action: "See why".to_owned(),
        });
    }
    Ok(items)
}

async fn endpoints_in_trouble(
    connection: &mut PgConnection,
    tenant_id: TenantId,
) -> Result<Vec<Attention>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select e.endpoint_id, e.url, e.state, e.disabled_reason
           from read.endpoints e
           left join ops.breakers b on b.tenant_id = e.tenant_id and b.endpoint_id = e.endpoint_id
           where e.tenant_id = $1 and e.deleted_at is null
             and (e.state <> 'enabled' or coalesce(b.state, 'closed') <> 'closed')
           order by e.state = 'enabled' desc, e.state = 'disabled' desc, e.endpoint_id desc limit $2"#,
        tenant_id.uuid(),
        NAMED_MAX,
    )
    .fetch_all(connection)
    .await?;
    let item = |kind, text, id, action: &str| Attention {
        kind,
        text,
        link: format!("/endpoints/{}", EndpointId::from_uuid(id)),
        action: action.to_owned(),
    };
    Ok(rows
        .into_iter()
        .map(|row| match row.state.as_str() {
            "disabled" => {
                let reason = row.disabled_reason.map(|reason| format!(": {reason}")).unwrap_or_default();
                let text = format!("{} is disabled{reason}", row.url);
                item(AttentionKind::EndpointDisabled, sentence(text), row.endpoint_id, "Enable it")
            }
            "paused" => {
                let text = format!("{} is paused: its deliveries are held.", row.url);
                item(AttentionKind::EndpointPaused, text, row.endpoint_id, "Resume it")
            }
            _ => {
                let text = format!("{} keeps failing: attempts are on hold until it answers again.", row.url);
                item(AttentionKind::BreakerOpen, text, row.endpoint_id, "See its attempts")
            }
        })
        .collect())
}

fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// With a full stop at the end.
fn sentence(text: String) -> String {
    if text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
}
