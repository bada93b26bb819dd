//! Reading which repositories are connected to sources.

use hookreel_kernel::{ConnectionId, SourceId, TenantId, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

/// A source with a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryRecord {
    /// The source.
    pub source_id: SourceId,
    /// What it is called.
    pub source_name: String,
    /// What follows `/in/` in its URL.
    pub source_token: String,
    /// Owns the token.
    pub connection_id: ConnectionId,
    /// `owner/name`.
    pub repository: String,
    /// What its webhook sends.
    pub events: Vec<String>,
    /// Names the webhook there; `None`: it may or may not have been made.
    pub hook_id: Option<u64>,
}

struct Row {
    source_id: Uuid,
    name: String,
    token: String,
    connection_id: Uuid,
    repository: String,
    repository_events: Vec<String>,
    hook_id: Option<i64>,
}

impl From<Row> for RepositoryRecord {
    fn from(row: Row) -> Self {
        Self {
            source_id: SourceId::from_uuid(row.source_id),
            source_name: row.name,
            source_token: row.token,
            connection_id: ConnectionId::from_uuid(row.connection_id),
            repository: row.repository,
            events: row.repository_events,
            hook_id: row.hook_id.map(i64::cast_unsigned),
        }
    }
}

/// The repository of a source, if it has one.
///
/// # Errors
/// When the database is away.
pub async fn of_source(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    source_id: SourceId,
) -> Result<Option<RepositoryRecord>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select source_id, name, token, connection_id as "connection_id!", repository as "repository!",
                  repository_events as "repository_events!", hook_id
           from read.sources
           where tenant_id = $1 and source_id = $2 and deleted_at is null and repository is not null"#,
        tenant_id.uuid(),
        source_id.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(RepositoryRecord::from))
}

/// The source that a repository is connected to, or about to be. GitHub does not tell names apart by their case.
///
/// # Errors
/// When the database is away.
pub async fn of_name(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    repository: &str,
) -> Result<Option<RepositoryRecord>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select source_id, name, token, connection_id as "connection_id!", repository as "repository!",
                  repository_events as "repository_events!", hook_id
           from read.sources
           where tenant_id = $1 and lower(repository) = lower($2) and deleted_at is null and repository is not null"#,
        tenant_id.uuid(),
        repository,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(RepositoryRecord::from))
}

/// When a source last accepted a message.
///
/// # Errors
/// When the database is away.
pub async fn last_accepted_at(
    connection: &mut PgConnection,
    tenant_id: TenantId,
    source_id: SourceId,
) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        "select received_at from read.messages where tenant_id = $1 and source_id = $2 and state = 'accepted'
         order by message_id desc limit 1",
        tenant_id.uuid(),
        source_id.uuid(),
    )
    .fetch_optional(connection)
    .await
}
