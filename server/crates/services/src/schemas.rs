//! Payloads held against the schemas of their event types.
//!
//! Which event types of a tenant are validated is asked for every few seconds, and their schemas are compiled once for
//! each of their versions: a message costs neither a query nor a compilation.

use crate::error::Failure;
use bytes::Bytes;
use hookreel_contract::views::highest_version;
use hookreel_contract::{ApiError, FieldError};
use hookreel_database::Database;
use hookreel_kernel::{SchemaFault, TenantId, Validation};
use hookreel_read_models::event_types as read;
use hookreel_schemas::Schema;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// How long an answer is believed: a change in another process takes effect after this at the latest.
const TTL: Duration = Duration::from_secs(5);
/// Above this all tenants are forgotten. What is forgotten costs one query.
const TENANTS_MAX: usize = 10_000;
/// Compiled schemas that are kept; the one that was not used for longest makes room.
const COMPILED_MAX: usize = 2_000;
/// and so much memory they may take together.
const COMPILED_BYTES_MAX: usize = 256 << 20;
/// Checks that take long and are made at once; they have threads of their own, and wait for each other.
const LONG_CHECKS_MAX: usize = 2;

/// What holding a payload against the schema of its event type has shown.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    /// What is to become of what does not fit.
    pub(crate) validation: Validation,
    /// What does not fit.
    pub(crate) faults: Vec<SchemaFault>,
}

impl Judgement {
    /// The faults that a message is to carry, or the refusal that the publisher gets.
    pub(crate) fn for_publisher(self) -> Result<Vec<SchemaFault>, ApiError> {
        if self.validation != Validation::Reject || self.faults.is_empty() {
            return Ok(self.faults);
        }
        let field = |fault: SchemaFault| FieldError::new(fault.field(), fault.message);
        Err(ApiError::Invalid { fields: self.faults.into_iter().map(field).collect() })
    }
}

/// The validated event types of one tenant.
#[derive(Debug)]
struct TenantRules {
    since: Instant,
    by_name: HashMap<String, Rule>,
}

#[derive(Debug, Clone, Copy)]
struct Rule {
    validation: Validation,
    stream_version: i32,
}

#[derive(Debug)]
struct Compiled {
    stream_version: i32,
    /// None: what is stored is no schema that this version can use.
    schema: Option<Arc<Schema>>,
    /// Counts uses of all schemas: the lowest was not used for longest.
    used: u64,
}

#[derive(Debug, Default)]
struct Remembered {
    rules: HashMap<TenantId, Arc<TenantRules>>,
    /// Counts changes made here: what was read before one is not remembered after it.
    changes: u64,
    compiled: HashMap<(TenantId, String), Compiled>,
    uses: u64,
}

/// The schemas of all tenants. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Schemas {
    database: Database,
    remembered: Arc<Mutex<Remembered>>,
    long_checks: Arc<Semaphore>,
}

impl Schemas {
    pub(crate) fn new(database: Database) -> Self {
        Self { database, remembered: Arc::default(), long_checks: Arc::new(Semaphore::new(LONG_CHECKS_MAX)) }
    }

    /// Holds a payload against the schema of its event type, if the tenant wants that.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn judge(
        &self,
        tenant_id: TenantId,
        event_type: &str,
        payload: &Bytes,
    ) -> Result<Judgement, ApiError> {
        let rules = self.rules(tenant_id).await.map_err(ApiError::from)?;
        let Some(rule) = rules.by_name.get(event_type) else { return Ok(Judgement::default()) };
        let found = self.compiled(tenant_id, event_type, *rule).await.map_err(ApiError::from)?;
        let Some(schema) = found else { return Ok(Judgement::default()) };
        Ok(Judgement { validation: rule.validation, faults: self.check(&schema, payload).await? })
    }

    /// Whether any event type of the tenant is validated.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn are_any(&self, tenant_id: TenantId) -> Result<bool, ApiError> {
        Ok(!self.rules(tenant_id).await.map_err(ApiError::from)?.by_name.is_empty())
    }

    /// What does not fit. Only what takes no time is done in place.
    ///
    /// # Errors
    /// When the program is about to stop.
    pub(crate) async fn check(&self, schema: &Arc<Schema>, payload: &Bytes) -> Result<Vec<SchemaFault>, ApiError> {
        if let Some(faults) = schema.check_if_quick(payload) {
            return Ok(faults);
        }
        let _permit = self.long_checks.acquire().await.map_err(|_| ApiError::Unavailable)?;
        let (schema, payload) = (Arc::clone(schema), payload.clone());
        let checked = tokio::task::spawn_blocking(move || schema.check(&payload)).await;
        checked.map_err(|error| {
            tracing::error!(%error, "a payload could not be held against its schema");
            ApiError::Internal
        })
    }

    /// An event type of the tenant was changed in this process.
    pub(crate) fn forget(&self, tenant_id: TenantId) {
        let mut remembered = self.lock();
        remembered.rules.remove(&tenant_id);
        remembered.changes += 1;
    }

    async fn rules(&self, tenant_id: TenantId) -> Result<Arc<TenantRules>, Failure> {
        // The time before the question: an answer is never believed longer than TTL after it was true.
        let asked_at = Instant::now();
        let changes = {
            let remembered = self.lock();
            match remembered.rules.get(&tenant_id) {
                Some(rules) if asked_at.duration_since(rules.since) < TTL => return Ok(Arc::clone(rules)),
                _ => remembered.changes,
            }
        };
        let mut tx = self.database.tenant(tenant_id).await?;
        let validated = read::validated(tx.connection(), tenant_id).await?;
        tx.commit().await?;
        let rule = |one: &read::Validated| Rule { validation: one.validation, stream_version: one.stream_version };
        let by_name = validated.into_iter().map(|one| (one.name.clone(), rule(&one))).collect();
        let rules = Arc::new(TenantRules { since: asked_at, by_name });
        let mut remembered = self.lock();
        if remembered.changes == changes {
            if remembered.rules.len() >= TENANTS_MAX {
                remembered.rules.clear();
            }
            remembered.rules.insert(tenant_id, Arc::clone(&rules));
        }
        Ok(rules)
    }

    async fn compiled(&self, tenant_id: TenantId, name: &str, rule: Rule) -> Result<Option<Arc<Schema>>, Failure> {
        let key = (tenant_id, name.to_owned());
        {
            let mut remembered = self.lock();
            remembered.uses += 1;
            let uses = remembered.uses;
            if let Some(known) = remembered.compiled.get_mut(&key)
                && known.stream_version == rule.stream_version
            {
                known.used = uses;
                return Ok(known.schema.clone());
            }
        }
        let mut tx = self.database.tenant(tenant_id).await?;
        let view = read::find(tx.connection(), tenant_id, name).await?;
        tx.commit().await?;
        let schemas = view.and_then(|view| view.schemas).unwrap_or_default();
        let schema =
            tokio::task::spawn_blocking(move || highest_version(&schemas).map(|(_, schema)| Schema::compile(schema)));
        let schema = match schema.await.map_err(|error| Failure::Broken(error.into()))? {
            Some(Ok(schema)) => Some(Arc::new(schema)),
            Some(Err(error)) => {
                tracing::warn!(%error, %tenant_id, event_type = name, "a stored schema cannot be used");
                None
            }
            None => None,
        };
        self.lock().keep(key, rule.stream_version, schema.clone());
        Ok(schema)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remembered {
    fn keep(&mut self, key: (TenantId, String), stream_version: i32, schema: Option<Arc<Schema>>) {
        let new = Compiled { stream_version, schema, used: self.uses };
        self.compiled.remove(&key);
        while self.compiled.len() >= COMPILED_MAX || self.compiled_bytes() + new.bytes() > COMPILED_BYTES_MAX {
            let oldest = self.compiled.iter().min_by_key(|(_, compiled)| compiled.used).map(|(key, _)| key.clone());
            let Some(oldest) = oldest else { break };
            self.compiled.remove(&oldest);
        }
        self.compiled.insert(key, new);
    }

    fn compiled_bytes(&self) -> usize {
        self.compiled.values().map(Compiled::bytes).sum()
    }
}

impl Compiled {
    fn bytes(&self) -> usize {
        self.schema.as_ref().map_or(0, |schema| schema.memory_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn of_too_many_schemas_the_one_not_used_for_longest_makes_room() {
        let tenant = TenantId::generate();
        let schema = Some(Arc::new(Schema::compile(&json!({})).unwrap()));
        let mut remembered = Remembered::default();
        for n in 0..COMPILED_MAX {
            remembered.uses += 1;
            remembered.keep((tenant, n.to_string()), 1, schema.clone());
        }
        remembered.uses += 1;
        let uses = remembered.uses;
        remembered.compiled.get_mut(&(tenant, "0".to_owned())).unwrap().used = uses;
        remembered.keep((tenant, "new".to_owned()), 1, schema.clone());
        assert_eq!(remembered.compiled.len(), COMPILED_MAX);
        assert!(remembered.compiled.contains_key(&(tenant, "0".to_owned())));
        assert!(!remembered.compiled.contains_key(&(tenant, "1".to_owned())));
        remembered.keep((tenant, "new".to_owned()), 2, schema);
        assert_eq!(remembered.compiled[&(tenant, "new".to_owned())].stream_version, 2);
    }

    #[test]
    fn large_schemas_take_so_much_memory_together_and_no_more() {
        let (tenant, mut remembered) = (TenantId::generate(), Remembered::default());
        let shelf: serde_json::Map<_, _> = (0..2_000).map(|n| (format!("d{n}"), json!({ "minimum": n }))).collect();
        let schema = Some(Arc::new(Schema::compile(&json!({ "$defs": shelf })).unwrap()));
        for n in 0..COMPILED_MAX {
            remembered.uses += 1;
            remembered.keep((tenant, n.to_string()), 1, schema.clone());
        }
        assert!(remembered.compiled_bytes() <= COMPILED_BYTES_MAX);
        assert!(remembered.compiled.len() > 10 && remembered.compiled.len() < COMPILED_MAX);
        assert!(remembered.compiled.contains_key(&(tenant, (COMPILED_MAX - 1).to_string())));
    }

    #[test]
    fn only_what_is_to_be_rejected_is_refused() {
        let judged = |validation, faults: &[SchemaFault]| Judgement { validation, faults: faults.to_vec() };
        let faults = [SchemaFault::new("/amount", "is required")];
        assert_eq!(judged(Validation::Flag, &faults).for_publisher(), Ok(faults.to_vec()));
        assert_eq!(judged(Validation::Reject, &[]).for_publisher(), Ok(vec![]));
        let refused = judged(Validation::Reject, &faults).for_publisher();
        assert_eq!(refused, Err(ApiError::invalid("payload/amount", "is required")));
    }
}
