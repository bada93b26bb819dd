//! Which source an address names, remembered for a few seconds.

use super::rules::parse_network;
use super::{rule_of, settings_of};
use crate::error::Failure;
use hookreel_contract::source::SourceSettings;
use hookreel_database::Database;
use hookreel_ingest::SourceRule;
use hookreel_kernel::{ApplicationId, Secret, SourceId, TenantId};
use hookreel_read_models::sources::{self as read, InboundRecord};
use hookreel_secrets::{SecretBox, load_secrets};
use ipnet::IpNet;
use sqlx::PgPool;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an answer is believed: a change in another process takes effect after this at the latest.
const TTL: Duration = Duration::from_secs(5);
/// Above this everything is forgotten: more addresses than this are not busy within one TTL, unless somebody guesses.
const ENTRIES_MAX: usize = 20_000;

/// What is needed to verify and store a request.
#[derive(Debug, Clone)]
pub struct InboundSource {
    /// Whose.
    pub tenant_id: TenantId,
    /// The source.
    pub source_id: SourceId,
    /// Where its messages go.
    pub application_id: ApplicationId,
    /// How requests are verified.
    pub rule: SourceRule,
    /// The secrets that are valid now, the current one first; none: nothing can be verified.
    pub secrets: Vec<Secret<String>>,
    /// Limits, answers, deduplication.
    pub settings: SourceSettings,
    /// Who may send; empty: everybody.
    pub allowed_networks: Vec<IpNet>,
    /// What comes in waits for a person.
    pub is_paused: bool,
}

#[derive(Debug)]
struct Known {
    source: Option<InboundSource>,
    since: Instant,
}

#[derive(Debug, Default)]
struct Remembered {
    by_token: HashMap<String, Known>,
    /// Counts changes made here: what was read before one is not remembered after it.
    changes: u64,
}

#[derive(Debug, Clone)]
pub(super) struct ByToken {
    pool: PgPool,
    secrets: SecretBox,
    remembered: Arc<Mutex<Remembered>>,
}

impl ByToken {
    pub(super) fn new(pool: PgPool, secrets: SecretBox) -> Self {
        Self { pool, secrets, remembered: Arc::default() }
    }

    pub(super) async fn find(&self, token: &str) -> Result<Option<InboundSource>, Failure> {
        // The time before the question: an answer is never believed longer than TTL after it was true.
        let asked_at = Instant::now();
        let changes = {
            let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            match remembered.by_token.get(token) {
                Some(known) if asked_at.duration_since(known.since) < TTL => return Ok(known.source.clone()),
                _ => remembered.changes,
            }
        };
        let source = self.read(token).await?;
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.changes == changes {
            if remembered.by_token.len() >= ENTRIES_MAX {
                remembered.by_token.clear();
            }
            remembered.by_token.insert(token.to_owned(), Known { source: source.clone(), since: asked_at });
        }
        Ok(source)
    }

    /// Forgets everything: some source was changed in this process.
    pub(super) fn forget(&self) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.by_token.clear();
        remembered.changes += 1;
    }

    async fn read(&self, token: &str) -> Result<Option<InboundSource>, Failure> {
        let mut connection = self.pool.acquire().await?;
        let Some(record) = read::find_by_token(&mut connection, token).await? else { return Ok(None) };
        let rows = load_secrets(&mut connection, record.tenant_id, record.source_id.uuid()).await?;
        inbound_of(record, self.secrets.open_all(&rows)?).map(Some)
    }
}

/// A source of a tenant as its requests are judged by it.
pub(crate) async fn inbound_source(
    database: &Database,
    secrets: &SecretBox,
    tenant_id: TenantId,
    id: SourceId,
) -> Result<Option<InboundSource>, Failure> {
    let mut tx = database.tenant(tenant_id).await?;
    let record = read::find_inbound(tx.connection(), tenant_id, id).await?;
    let rows = load_secrets(tx.connection(), tenant_id, id.uuid()).await?;
    tx.commit().await?;
    let Some(record) = record else { return Ok(None) };
    inbound_of(record, secrets.open_all(&rows)?).map(Some)
}

fn inbound_of(record: InboundRecord, secrets: Vec<Secret<String>>) -> Result<InboundSource, Failure> {
    let settings = settings_of(record.settings);
    Ok(InboundSource {
        tenant_id: record.tenant_id,
        source_id: record.source_id,
        application_id: record.application_id,
        rule: rule_of(record.rule)?,
        secrets,
        allowed_networks: settings.allowed_networks.iter().filter_map(|text| parse_network(text)).collect(),
        settings,
        is_paused: record.is_paused,
    })
}
