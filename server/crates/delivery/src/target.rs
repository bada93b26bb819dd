//! What sending to an endpoint takes, ready to use and kept while the endpoint's version stays the same.

use crate::load::LoadedDelivery;
use crate::signing::SigningKey;
use hookreel_domain::endpoint::SignatureScheme;
use hookreel_domain::{Breaker, BreakerPhase};
use hookreel_kernel::{EndpointId, REDACTED, TenantId, is_harmless_header, masked_url};
use hookreel_secrets::{SecretBox, load_secrets_of_many};
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName, HeaderValue};
use sqlx::PgPool;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;
use uuid::Uuid;

/// Endpoints kept ready; past it the whole set is forgotten and fills again.
const TARGETS_MAX: usize = 50_000;

/// An endpoint, ready to be sent to.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) url: Url,
    /// The tenant's own headers, and ours that never change.
    pub(crate) headers: HeaderMap,
    pub(crate) scheme: SignatureScheme,
    pub(crate) keys: Vec<SigningKey>,
    /// As stored: for a gate that is made for the first time.
    pub(crate) breaker: Breaker,
}

impl Target {
    /// Where attempts go, as it is shown and stored.
    pub(crate) fn displayed_url(&self) -> String {
        masked_url(self.url.as_str()).into_owned()
    }

    /// The headers of an attempt as they are shown and stored: of the tenant's own, those that may be credentials are
    /// left out.
    pub(crate) fn displayed(&self, headers: &HeaderMap) -> Vec<(String, String)> {
        headers
            .iter()
            .map(|(name, value)| {
                let shown = if self.headers.contains_key(name) && !is_harmless_header(name.as_str()) {
                    REDACTED.to_owned()
                } else {
                    String::from_utf8_lossy(value.as_bytes()).into_owned()
                };
                (name.as_str().to_owned(), shown)
            })
            .collect()
    }
}

/// The endpoints this process has sent to.
#[derive(Debug)]
pub(crate) struct Targets {
    pool: PgPool,
    secrets: SecretBox,
    known: Mutex<HashMap<EndpointId, (i32, Arc<Target>)>>,
}

impl Targets {
    pub(crate) fn new(pool: PgPool, secrets: SecretBox) -> Self {
        Self { pool, secrets, known: Mutex::default() }
    }

    /// The targets of these deliveries. An endpoint whose URL or secrets cannot be read is left out, and logged.
    pub(crate) async fn of(
        &self,
        deliveries: &[LoadedDelivery],
    ) -> Result<HashMap<EndpointId, Arc<Target>>, sqlx::Error> {
        let mut found = HashMap::new();
        let mut missing = BTreeMap::new();
        {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            for delivery in deliveries {
                match known.get(&delivery.endpoint_id) {
                    Some((version, target)) if *version == delivery.endpoint_version => {
                        found.insert(delivery.endpoint_id, Arc::clone(target));
                    }
                    _ => {
                        missing.insert(delivery.endpoint_id, delivery.tenant_id);
                    }
                }
            }
        }
        if !missing.is_empty() {
            for (endpoint_id, version, target) in self.load(&missing).await? {
                let target = Arc::new(target);
                found.insert(endpoint_id, Arc::clone(&target));
                let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                if known.len() >= TARGETS_MAX {
                    known.clear();
                }
                known.insert(endpoint_id, (version, target));
            }
        }
        Ok(found)
    }

    async fn load(
        &self,
        endpoints: &BTreeMap<EndpointId, TenantId>,
    ) -> Result<Vec<(EndpointId, i32, Target)>, sqlx::Error> {
        let endpoint_ids: Vec<Uuid> = endpoints.keys().map(|id| id.uuid()).collect();
        let tenant_ids: Vec<Uuid> = endpoints.values().map(|id| id.uuid()).collect();
        let rows = sqlx::query!(
            r#"select e.tenant_id, e.endpoint_id, e.url, e.headers, e.signature_scheme, e.stream_version,
                      b.state as "breaker_state?", b.consecutive_failures as "consecutive_failures?",
                      b.trips as "trips?", b.first_failure_at, b.probe_at
               from unnest($1::uuid[], $2::uuid[]) as k (tenant_id, endpoint_id)
               join read.endpoints e on e.tenant_id = k.tenant_id and e.endpoint_id = k.endpoint_id
               left join ops.breakers b on b.tenant_id = k.tenant_id and b.endpoint_id = k.endpoint_id"#,
            &tenant_ids,
            &endpoint_ids,
        )
        .fetch_all(&self.pool)
        .await?;
        let owners: Vec<TenantId> = endpoints.values().copied().collect();
        let mut keys = self.load_keys(&owners, &endpoint_ids).await?;
        let mut targets = Vec::with_capacity(rows.len());
        for row in rows {
            let endpoint_id = EndpointId::from_uuid(row.endpoint_id);
            let Ok(url) = Url::parse(&row.url) else {
                tracing::error!(endpoint = %endpoint_id, "an endpoint's stored URL cannot be parsed");
                continue;
            };
            let breaker = Breaker {
                phase: row.breaker_state.as_deref().and_then(BreakerPhase::parse).unwrap_or_default(),
                consecutive_failures: row.consecutive_failures.unwrap_or_default().unsigned_abs(),
                trips: row.trips.unwrap_or_default().unsigned_abs(),
                first_failure_at: row.first_failure_at,
                probe_at: row.probe_at,
            };
            let target = Target {
                url,
                headers: self.own_headers(TenantId::from_uuid(row.tenant_id), endpoint_id, &row.headers),
                scheme: SignatureScheme::parse(&row.signature_scheme).unwrap_or_default(),
                keys: keys.remove(&endpoint_id).unwrap_or_default(),
                breaker,
            };
            targets.push((endpoint_id, row.stream_version, target));
        }
        Ok(targets)
    }

    /// The secrets of endpoints, the current one first.
    async fn load_keys(
        &self,
        tenant_ids: &[TenantId],
        endpoint_ids: &[Uuid],
    ) -> Result<HashMap<EndpointId, Vec<SigningKey>>, sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        let rows = load_secrets_of_many(&mut connection, tenant_ids, endpoint_ids).await?;
        let mut keys: HashMap<EndpointId, Vec<SigningKey>> = HashMap::new();
        for row in rows {
            let endpoint_id = EndpointId::from_uuid(row.owner_id);
            match self.secrets.open(row.tenant_id, row.owner_id, row.secret_id, &row.ciphertext) {
                Ok(secret) => keys.entry(endpoint_id).or_default().push(SigningKey::new(secret, row.expires_at)),
                Err(error) => {
                    tracing::error!(endpoint = %endpoint_id, %error, "a signing secret cannot be decrypted");
                }
            }
        }
        Ok(keys)
    }

    /// The tenant's own headers, opened, and ours that never change.
    fn own_headers(&self, tenant_id: TenantId, endpoint_id: EndpointId, stored: &serde_json::Value) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("Hookreel/", env!("CARGO_PKG_VERSION"))));
        for (name, sealed) in stored.as_object().into_iter().flatten() {
            let opened = self.secrets.open_header(tenant_id, endpoint_id, name, sealed.as_str().unwrap_or_default());
            let value = match opened {
                Ok(value) => HeaderValue::from_str(value.expose()),
                Err(error) => {
                    tracing::error!(endpoint = %endpoint_id, %error, "an endpoint's header cannot be decrypted");
                    continue;
                }
            };
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), value) {
                headers.insert(name, value);
            }
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_a_tenants_own_headers_are_not_shown() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Bearer abc"));
        headers.insert("x-auth", HeaderValue::from_static("abc"));
        headers.insert("accept-language", HeaderValue::from_static("eu"));
        let target = Target {
            url: Url::parse("https://example.com/?token=abc").unwrap(),
            headers: headers.clone(),
            scheme: SignatureScheme::Standard,
            keys: Vec::new(),
            breaker: Breaker::default(),
        };
        headers.insert("stripe-signature", HeaderValue::from_static("t=1"));
        let shown: HashMap<_, _> = target.displayed(&headers).into_iter().collect();
        assert_eq!((&*shown["authorization"], &*shown["x-auth"]), (REDACTED, REDACTED));
        assert_eq!((&*shown["accept-language"], &*shown["stripe-signature"]), ("eu", "t=1"));
        assert_eq!(target.displayed_url(), "https://example.com/?token=***");
    }
}
