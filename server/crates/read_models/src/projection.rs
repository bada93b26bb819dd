//! How the rows of the configuration follow from the states of its aggregates. Rows are written whole, from the state:
//! doing it now and doing it again from the first event give the same row.

mod recovery;

use hookreel_domain::application::Application;
use hookreel_domain::billing::Billing;
use hookreel_domain::endpoint::Endpoint;
use hookreel_domain::event_type::EventTypeEntry;
use hookreel_domain::recovery::{Recovery, RecoveryState};
use hookreel_domain::replay::{Replay, ReplayState};
use hookreel_domain::source::Source;
use hookreel_domain::tenant::{ApiKey, Member, Tenant};
use hookreel_domain::{Aggregate, Existence, Invitation};
use hookreel_kernel::{EndpointId, TenantId, Timestamp};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::future::Future;
use uuid::Uuid;

/// Where and when a state comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Whose.
    pub tenant_id: TenantId,
    /// The stream.
    pub id: Uuid,
    /// The version of its last event.
    pub version: i32,
    /// When its first event was recorded.
    pub created_at: Timestamp,
    /// When its last event was recorded.
    pub updated_at: Timestamp,
}

impl Stamp {
    /// When the thing was deleted, if it was: nothing happens to it after that.
    fn deleted_at(&self, existence: Existence) -> Option<Timestamp> {
        (existence == Existence::Deleted).then_some(self.updated_at)
    }
}

/// An aggregate whose state is also a row.
pub trait Projected: Aggregate {
    /// Writes the row of this state.
    ///
    /// # Errors
    /// When the database refuses: a violated constraint carries its name.
    fn upsert(
        &self,
        connection: &mut PgConnection,
        stamp: &Stamp,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}

impl Projected for Application {
    async fn upsert(&self, connection: &mut PgConnection, stamp: &Stamp) -> Result<(), sqlx::Error> {
        let details = &self.details;
        sqlx::query!(
            r#"insert into read.applications (
                   tenant_id, application_id, uid, name, metadata, stream_version, created_at, updated_at, deleted_at
               ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
               on conflict (tenant_id, application_id) do update set
                   uid = excluded.uid, name = excluded.name, metadata = excluded.metadata,
                   stream_version = excluded.stream_version, updated_at = excluded.updated_at,
                   deleted_at = excluded.deleted_at"#,
            stamp.tenant_id.uuid(),
            stamp.id,
            details.uid,
            details.name,
            Json(&details.metadata) as _,
            stamp.version,
            stamp.created_at,
            stamp.updated_at,
            stamp.deleted_at(self.existence),
        )
        .execute(connection)
        .await
        .map(drop)
    }
}

impl Projected for EventTypeEntry {
    /// A name belongs to the stream that had it first: a second stream of the same name is a row of zero changes,
    /// which is reported as the violation it is.
    async fn upsert(&self, connection: &mut PgConnection, stamp: &Stamp) -> Result<(), sqlx::Error> {
        let details = &self.details;
        let written = sqlx::query!(
            r#"insert into read.event_types (
                   tenant_id, name, description, schemas, validation, archived, deprecated, stream_id, stream_version,
                   created_at, updated_at
               ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
               on conflict (tenant_id, name) do update set
                   description = excluded.description, schemas = excluded.schemas, validation = excluded.validation,
                   archived = excluded.archived, deprecated = excluded.deprecated, stream_version = excluded.stream_version,
                   updated_at = excluded.updated_at
               where event_types.stream_id = excluded.stream_id"#,
            stamp.tenant_id.uuid(),
            details.name,
            details.description,
            details.schemas,
            details.validation.as_str(),
            details.archived,
            details.deprecated,
            stamp.id,
            stamp.version,
            stamp.created_at,
            stamp.updated_at,
        )
        .execute(connection)
        .await?;
        if written.rows_affected() == 0 {
            return Err(sqlx::Error::RowNotFound);
        }
        Ok(())
    }
}

impl Projected for Source {
    async fn upsert(&self, connection: &mut PgConnection, stamp: &Stamp) -> Result<(), sqlx::Error> {
        let Some(details) = &self.details else { return Ok(()) };
        let plan = self.connection.as_ref().map(|connection| &connection.plan);
        sqlx::query!(
            r#"insert into read.sources (
                   tenant_id, source_id, application_id, name, provider, rule, token, settings, paused, stream_version,
                   created_at, updated_at, deleted_at, connection_id, repository, repository_events, hook_id
               ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
               on conflict (tenant_id, source_id) do update set
                   application_id = excluded.application_id, name = excluded.name, provider = excluded.provider,
                   rule = excluded.rule, token = excluded.token, settings = excluded.settings,
                   paused = excluded.paused, stream_version = excluded.stream_version,
                   updated_at = excluded.updated_at, deleted_at = excluded.deleted_at,
                   connection_id = excluded.connection_id, repository = excluded.repository,
                   repository_events = excluded.repository_events, hook_id = excluded.hook_id"#,
            stamp.tenant_id.uuid(),
            stamp.id,
            details.application_id.uuid(),
            details.name,
            details.provider,
            details.rule,
            details.token,
            settings_or_none(&details.settings),
            self.is_paused,
            stamp.version,
            stamp.created_at,
            stamp.updated_at,
            stamp.deleted_at(self.existence),
            plan.map(|plan| plan.connection_id.uuid()),
            plan.map(|plan| plan.repository.as_str()),
            plan.map(|plan| plan.events.as_slice()),
            self.connection.as_ref().and_then(|connection| connection.hook_id).map(u64::cast_signed),
        )
        .execute(connection)
        .await
        .map(drop)
    }
}

/// What was written before there were settings has null there.
fn settings_or_none(settings: &serde_json::Value) -> serde_json::Value {
    if settings.is_null() { serde_json::json!({}) } else { settings.clone() }
}

impl Projected for Endpoint {
    async fn upsert(&self, connection: &mut PgConnection, stamp: &Stamp) -> Result<(), sqlx::Error> {
        let Some(details) = &self.details else { return Ok(()) };
        let filter_sources: Option<Vec<Uuid>> =
            details.filter_sources.as_ref().map(|ids| ids.iter().map(|id| id.uuid()).collect());
        sqlx::query!(
            r#"insert into read.endpoints (
                   tenant_id, endpoint_id, application_id, uid, url, description, state, disabled_reason,
                   filter_types, filter_channels, filter_sources, headers, metadata, signature_scheme,
                   forward_headers, stream_version, created_at, updated_at, deleted_at
               ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
               on conflict (tenant_id, endpoint_id) do update set
                   uid = excluded.uid, url = excluded.url, description = excluded.description,
                   state = excluded.state, disabled_reason = excluded.disabled_reason,
                   filter_types = excluded.filter_types, filter_channels = excluded.filter_channels,
                   filter_sources = excluded.filter_sources, headers = excluded.headers,
                   metadata = excluded.metadata, signature_scheme = excluded.signature_scheme,
                   forward_headers = excluded.forward_headers,
                   stream_version = excluded.stream_version, updated_at = excluded.updated_at,
                   deleted_at = excluded.deleted_at"#,
            stamp.tenant_id.uuid(),
            stamp.id,
            details.application_id.uuid(),
            details.uid,
            details.url,
            details.description,
            self.activity.as_str(),
            self.disabled_reason,
            details.filter_types.as_deref(),
            details.filter_channels.as_deref(),
            filter_sources.as_deref(),
            Json(&details.headers) as _,
            Json(&details.metadata) as _,
            details.signature_scheme.as_str(),
            details.forward_headers,
            stamp.version,
            stamp.created_at,
            stamp.updated_at,
            stamp.deleted_at(self.existence),
        )
        .execute(connection)
        .await
        .map(drop)
    }
}

impl Projected for Replay {
    /// Progress (how many were created so far, the cursor, the job) is the engine's and is left alone while it runs.
    async fn upsert(&self, connection: &mut PgConnection, stamp: &Stamp) -> Result<(), sqlx::Error> {
        let Some(plan) = &self.plan else { return Ok(()) };
        let has_ended = matches!(self.state, ReplayState::Finished | ReplayState::Cancelled);
        let finished_at = has_ended.then_some(stamp.updated_at);
        sqlx::query!(
            r#"insert into read.replays (
                   tenant_id, replay_id, application_id, endpoint_id, since, until, event_types, selection, state,
                   matched, created, brought_forward, stream_version, created_at, updated_at, finished_at
               ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
               on conflict (tenant_id, replay_id) do update set
                   state = excluded.state, created = greatest(replays.created, excluded.created),
                   brought_forward = greatest(replays.brought_forward, excluded.brought_forward),
                   stream_version = excluded.stream_version, updated_at = excluded.updated_at,
                   finished_at = excluded.finished_at"#,
            stamp.tenant_id.uuid(),
            stamp.id,
            plan.application_id.uuid(),
            plan.endpoint_id.map(EndpointId::uuid),
            plan.since,
            plan.until,
            plan.event_types.as_deref(),
            plan.selection.as_str(),
            self.state.as_str(),
            plan.matched as i64,
            self.created as i64,
            self.brought_forward as i64,
            stamp.version,
            stamp.created_at,
            stamp.updated_at,
            finished_at,
        )
        .execute(connection)
        .await
        .map(drop)
    }
}

impl Projected for Recovery {
    /// Who goes on with it and why it waits is the worker's, and is left alone.
    async fn upsert(&self, connection: &mut PgConnection, stamp: &Stamp) -> Result<(), sqlx::Error> {
        let Some(plan) = &self.plan else { return Ok(()) };
        let finished_at = (self.state != RecoveryState::Running).then_some(stamp.updated_at);
        sqlx::query!(
            r#"insert into read.recoveries (
                   tenant_id, recovery_id, source_id, repository, hook_id, since, until, state, reason,
                   stream_version, created_at, updated_at, finished_at
               ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
               on conflict (tenant_id, recovery_id) do update set
                   state = excluded.state, reason = excluded.reason, stream_version = excluded.stream_version,
                   updated_at = excluded.updated_at, finished_at = excluded.finished_at"#,
            stamp.tenant_id.uuid(),
            stamp.id,
            plan.source_id.uuid(),
            plan.repository,
            plan.hook_id.cast_signed(),
            plan.since,
            plan.until,
            self.state.as_str(),
            self.reason,
            stamp.version,
            stamp.created_at,
            stamp.updated_at,
            finished_at,
        )
        .execute(&mut *connection)
        .await?;
        recovery::upsert_deliveries(connection, stamp, plan, &self.outcomes).await
    }
}

impl Projected for Billing {
    /// The row is the tenant's, not the stream's: its id follows from the tenant's.
    async fn upsert(&self, connection: &mut PgConnection, stamp: &Stamp) -> Result<(), sqlx::Error> {
        sqlx::query!(
            r#"insert into read.billing (
                   tenant_id, plan, plan_title, customer_id, subscription, owed, reached, stream_version,
                   created_at, updated_at
               ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
               on conflict (tenant_id) do update set
                   plan = excluded.plan, plan_title = excluded.plan_title, customer_id = excluded.customer_id,
                   subscription = excluded.subscription, owed = excluded.owed, reached = excluded.reached,
                   stream_version = excluded.stream_version, updated_at = excluded.updated_at"#,
            stamp.tenant_id.uuid(),
            self.plan.as_ref().map(|plan| plan.name.as_str()),
            self.plan.as_ref().map(|plan| plan.title.as_str()),
            self.customer,
            self.subscription.as_ref().map(Json) as _,
            self.owed.as_ref().map(Json) as _,
            Json(&self.reached) as _,
            stamp.version,
            stamp.created_at,
            stamp.updated_at,
        )
        .execute(connection)
        .await
        .map(drop)
    }
}

macro_rules! kept_in_iam {
    ($($aggregate:ty),+) => {$(
        impl Projected for $aggregate {
            /// Nothing: what is shown of people and keys is mutable personal data in `iam`, written by `auth`.
            async fn upsert(&self, _: &mut PgConnection, _: &Stamp) -> Result<(), sqlx::Error> {
                Ok(())
            }
        }
    )+};
}
kept_in_iam!(Tenant, Member, Invitation, ApiKey);
