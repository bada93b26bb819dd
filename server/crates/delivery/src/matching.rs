//! Which endpoints want a message.

use crate::load::EndpointStanding;
use hookreel_kernel::{ApplicationId, EndpointId, SourceId, TenantId};
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Everything about a message that endpoints filter by. Messages alike in it are asked about once per batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MatchKey {
    pub(crate) tenant_id: TenantId,
    pub(crate) application_id: ApplicationId,
    pub(crate) source_id: Option<SourceId>,
    pub(crate) event_type: String,
    pub(crate) channels: Vec<String>,
    /// This endpoint alone, whatever its filters say.
    pub(crate) only_endpoint: Option<EndpointId>,
}

/// An endpoint that wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Matched {
    pub(crate) endpoint_id: EndpointId,
    pub(crate) standing: EndpointStanding,
    /// The endpoint's version.
    pub(crate) version: i32,
    /// It wants the provider's headers.
    pub(crate) forwards_headers: bool,
}

impl Matched {
    /// It is paused: the delivery is made, and held.
    pub(crate) fn is_held(&self) -> bool {
        self.standing == EndpointStanding::Paused
    }
}

/// Asks for all keys in one statement. Disabled and deleted endpoints never match.
pub(crate) async fn find(
    connection: &mut PgConnection,
    keys: impl Iterator<Item = MatchKey>,
) -> Result<HashMap<MatchKey, Vec<Matched>>, sqlx::Error> {
    let keys: Vec<MatchKey> = keys.collect::<HashSet<_>>().into_iter().collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let tenant_ids: Vec<Uuid> = keys.iter().map(|k| k.tenant_id.uuid()).collect();
    let application_ids: Vec<Uuid> = keys.iter().map(|k| k.application_id.uuid()).collect();
    let source_ids: Vec<Option<Uuid>> = keys.iter().map(|k| k.source_id.map(SourceId::uuid)).collect();
    let event_types: Vec<&str> = keys.iter().map(|k| k.event_type.as_str()).collect();
    let channels: Vec<String> = keys.iter().map(|k| k.channels.join("\u{1f}")).collect();
    let only_endpoints: Vec<Option<Uuid>> = keys.iter().map(|k| k.only_endpoint.map(EndpointId::uuid)).collect();
    let rows = sqlx::query!(
        r#"select k.ord as "ord!", e.endpoint_id, e.state, e.stream_version, e.forward_headers
           from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[]) with ordinality
               as k (tenant_id, application_id, source_id, event_type, channels, only_endpoint, ord)
           join read.endpoints e on e.tenant_id = k.tenant_id and e.application_id = k.application_id
           where e.deleted_at is null
             and case when k.only_endpoint is not null then e.endpoint_id = k.only_endpoint
                 else e.state <> 'disabled'
                      and (e.filter_types is null or k.event_type = any (e.filter_types))
                      and (e.filter_sources is null or k.source_id = any (e.filter_sources))
                      and (e.filter_channels is null or e.filter_channels && string_to_array(k.channels, E'\x1f'))
                 end
           order by e.endpoint_id"#,
        &tenant_ids,
        &application_ids,
        &source_ids as &[Option<Uuid>],
        &event_types as &[&str],
        &channels,
        &only_endpoints as &[Option<Uuid>],
    )
    .fetch_all(connection)
    .await?;
    let mut found: HashMap<MatchKey, Vec<Matched>> = HashMap::with_capacity(keys.len());
    for row in rows {
        let Some(key) = usize::try_from(row.ord - 1).ok().and_then(|index| keys.get(index)) else { continue };
        let matched = Matched {
            endpoint_id: EndpointId::from_uuid(row.endpoint_id),
            standing: EndpointStanding::parse(&row.state),
            version: row.stream_version,
            forwards_headers: row.forward_headers,
        };
        found.entry(key.clone()).or_default().push(matched);
    }
    Ok(found)
}
