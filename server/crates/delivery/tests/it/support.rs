//! An engine with a database of its own, endpoints, and messages.

use bytes::Bytes;
use hookreel_delivery::{Accepted, AttemptSettings, Engine, EngineParts, InFlightLimits, NewMessage};
use hookreel_domain::RetryPolicy;
use hookreel_domain::endpoint::{Endpoint, EndpointCommand, EndpointDetails, SignatureScheme};
use hookreel_egress::{Egress, EgressPolicy};
use hookreel_kernel::{Actor, ApplicationId, DeliveryId, EndpointId, MessageId, Metadata, SystemClock, TenantId};
use hookreel_read_models::execute;
use hookreel_secrets::{SecretBox, SecretKey, insert_secret};
use hookreel_testing::{FakeReceiver, TestDatabase};
use sqlx::Row;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long an attempt may take: longer than a busy machine needs for an answer that comes at all.
pub(crate) const ATTEMPT_DEADLINE: Duration = Duration::from_secs(15);
/// The secret of every endpoint here.
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(crate) struct TestEngine {
    pub(crate) test: TestDatabase,
    pub(crate) engine: Engine,
    pub(crate) receiver: FakeReceiver,
    pub(crate) tenant_id: TenantId,
    pub(crate) application_id: ApplicationId,
    secrets: SecretBox,
}

impl TestEngine {
    pub(crate) async fn start() -> Self {
        Self::with_schedule(&[0, 100, 100, 100]).await
    }

    /// With attempts after these pauses, in milliseconds.
    pub(crate) async fn with_schedule(schedule_ms: &[u64]) -> Self {
        let test = TestDatabase::create().await;
        let (tenant_id, application_id) = test.tenant().await;
        let secrets = SecretBox::new(&SecretKey::generate());
        let engine = Engine::start(parts(&test, &secrets, schedule_ms));
        Self { engine, receiver: FakeReceiver::start().await, tenant_id, application_id, secrets, test }
    }

    /// A second engine on the same database: another process, as far as the database can tell.
    pub(crate) fn another(&self) -> Engine {
        Engine::start(parts(&self.test, &self.secrets, &[0, 100, 100, 100]))
    }

    /// A process that takes messages in and leaves delivering to others.
    pub(crate) fn without_workers(&self) -> Engine {
        Engine::start(EngineParts { with_workers: false, ..parts(&self.test, &self.secrets, &[0]) })
    }

    /// An endpoint at a path of the receiver, without filters.
    pub(crate) async fn endpoint(&self, path: &str) -> EndpointId {
        self.endpoint_at(&self.receiver.url(path), "standard").await
    }

    pub(crate) async fn endpoint_at(&self, url: &str, scheme: &str) -> EndpointId {
        let endpoint_id = EndpointId::generate();
        let mut connection = self.test.superuser().await;
        let details = EndpointDetails {
            application_id: self.application_id,
            uid: None,
            url: url.to_owned(),
            description: String::new(),
            filter_types: None,
            filter_channels: None,
            filter_sources: None,
            headers: BTreeMap::new(),
            metadata: BTreeMap::new(),
            signature_scheme: SignatureScheme::parse(scheme).unwrap(),
            forward_headers: false,
        };
        let create = EndpointCommand::Create { details, secret_id: uuid::Uuid::nil(), disabled: None };
        let metadata = Metadata::by(Actor::Operator);
        execute::<Endpoint>(&mut connection, self.tenant_id, endpoint_id.uuid(), &metadata, create).await.unwrap();
        let owner = endpoint_id.uuid();
        insert_secret(&mut connection, &self.secrets, self.tenant_id, owner, SECRET).await.unwrap();
        endpoint_id
    }

    pub(crate) fn message(&self, event_type: &str, body: &str) -> NewMessage {
        NewMessage {
            tenant_id: self.tenant_id,
            message_id: MessageId::generate(),
            application_id: self.application_id,
            source_id: None,
            event_type: event_type.to_owned(),
            uid: None,
            provider_event_id: None,
            channels: None,
            headers: Vec::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            only_endpoint: None,
            received: None,
            refusal: None,
            schema_faults: Vec::new(),
            metadata: Metadata::by(Actor::system("test")),
        }
    }

    pub(crate) async fn publish(&self, body: &str) -> Accepted {
        self.engine.accept(self.message("invoice.paid", body)).await.unwrap()
    }

    /// One value of a query, as text.
    pub(crate) async fn value(&self, sql: &'static str) -> String {
        let row = sqlx::query(sql).fetch_optional(&mut self.test.superuser().await).await.unwrap();
        row.and_then(|row| row.get::<Option<String>, _>(0)).unwrap_or_default()
    }

    pub(crate) async fn execute(&self, sql: &'static str) {
        sqlx::query(sql).execute(&mut self.test.superuser().await).await.unwrap();
    }

    /// Waits until a query gives this text.
    pub(crate) async fn wait_for(&self, sql: &'static str, wanted: &str) {
        let mut last = String::new();
        for _ in 0..1_800 {
            last = self.value(sql).await;
            if last == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{sql}: {last:?} after 90 s, not {wanted:?}");
    }

    pub(crate) async fn only_delivery(&self) -> DeliveryId {
        let uuid: uuid::Uuid = sqlx::query_scalar("select delivery_id from read.deliveries")
            .fetch_one(&mut self.test.superuser().await)
            .await
            .unwrap();
        DeliveryId::from_uuid(uuid)
    }
}

/// An engine on a database that is there already.
pub(crate) fn engine_on(test: &TestDatabase) -> Engine {
    Engine::start(parts(test, &SecretBox::new(&SecretKey::generate()), &[0]))
}

fn parts(test: &TestDatabase, secrets: &SecretBox, schedule_ms: &[u64]) -> EngineParts {
    let loopback = "127.0.0.0/8".parse().unwrap();
    let schedule = schedule_ms.iter().map(|ms| Duration::from_millis(*ms)).collect();
    EngineParts {
        database: test.database(),
        egress: Egress::new(EgressPolicy::new(vec![loopback])).unwrap(),
        secrets: secrets.clone(),
        clock: Arc::new(SystemClock),
        attempts: AttemptSettings {
            deadline: ATTEMPT_DEADLINE,
            response_bytes_max: 32 * 1024,
            retry_policy: RetryPolicy::new(schedule, 0.0).unwrap(),
        },
        in_flight: InFlightLimits::default(),
        with_workers: true,
    }
}
