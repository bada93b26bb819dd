//! Messages are found by what is in them, by their own tenant only; endpoints' troubles are told by webhooks.

use bytes::Bytes;
use hookreel_database::Database;
use hookreel_delivery::{AttemptSettings, Engine, EngineParts, InFlightLimits, NewMessage};
use hookreel_domain::RetryPolicy;
use hookreel_domain::search::{parse, tsquery};
use hookreel_egress::{Egress, EgressPolicy};
use hookreel_handlers::{HandlerParts, Handlers, registry};
use hookreel_kernel::{Actor, ApplicationId, MessageId, Metadata, SystemClock, TenantId};
use hookreel_secrets::{SecretBox, SecretKey};
use hookreel_testing::TestDatabase;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

struct World {
    test: TestDatabase,
    database: Database,
    engine: Engine,
    handlers: Handlers,
    tenant_id: TenantId,
    application_id: ApplicationId,
}

impl World {
    async fn start() -> Self {
        let test = TestDatabase::create().await;
        let (tenant_id, application_id) = test.tenant().await;
        let database = test.database();
        let engine = Engine::start(EngineParts {
            database: database.clone(),
            egress: Egress::new(EgressPolicy::default()).unwrap(),
            secrets: SecretBox::new(&SecretKey::generate()),
            clock: Arc::new(SystemClock),
            attempts: AttemptSettings {
                deadline: Duration::from_secs(2),
                response_bytes_max: 32 * 1024,
                retry_policy: RetryPolicy::default(),
            },
            in_flight: InFlightLimits::default(),
            with_workers: false,
        });
        let parts = HandlerParts {
            engine: engine.clone(),
            secrets: SecretBox::new(&SecretKey::generate()),
            public_url: "http://localhost:3000".to_owned(),
            with_billing: false,
        };
        let handlers = Handlers::start(database.engine(), registry(&parts));
        Self { test, database, engine, handlers, tenant_id, application_id }
    }

    async fn accept(&self, tenant_id: TenantId, application_id: ApplicationId, body: String) -> MessageId {
        let message = NewMessage {
            tenant_id,
            message_id: MessageId::generate(),
            application_id,
            source_id: None,
            event_type: "invoice.paid".to_owned(),
            uid: None,
            provider_event_id: None,
            channels: None,
            headers: Vec::new(),
            body: Bytes::from(body),
            only_endpoint: None,
            received: None,
            refusal: None,
            metadata: Metadata::by(Actor::Operator),
        };
        self.engine.accept(message).await.unwrap().message_id
    }

    /// The newest messages of a tenant that a question finds.
    async fn search(&self, tenant_id: TenantId, question: &str, limit: i64) -> Vec<MessageId> {
        let wanted = tsquery(&parse(question).unwrap().into_iter().map(|term| vec![term]).collect::<Vec<_>>());
        let mut tx = self.database.tenant(tenant_id).await.unwrap();
        let found: Vec<Uuid> = sqlx::query_scalar("select read.search_messages($1::text::tsquery, null, $2, $3, $4)")
            .bind(wanted)
            .bind(Uuid::nil())
            .bind(Uuid::max())
            .bind(limit)
            .fetch_all(tx.connection())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        found.into_iter().map(MessageId::from_uuid).collect()
    }

    async fn indexed(&self, count: i64) {
        for _ in 0..1_200 {
            let now: i64 = sqlx::query_scalar("select count(*) from read.message_words")
                .fetch_one(&mut self.test.superuser().await)
                .await
                .unwrap();
            if now >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the index did not catch up");
    }

    async fn stop(self) {
        self.handlers.stop().await;
        self.engine.drain(Duration::from_secs(5)).await;
        self.database.close().await;
        drop(self.test);
    }
}

#[tokio::test]
async fn a_message_is_found_by_a_word_of_its_payload_and_by_a_path_and_by_its_own_tenant_only() {
    let world = World::start().await;
    let (other_tenant, other_application) = world.test.tenant().await;
    let hostile = "it's \\ a 'quote' & | ! <-> :*";
    let mine = world
        .accept(
            world.tenant_id,
            world.application_id,
            json!({"data": {"customer": "cus_Jane42", "note": hostile}}).to_string(),
        )
        .await;
    world.accept(other_tenant, other_application, json!({"data": {"customer": "cus_Jane42"}}).to_string()).await;
    let text = world.accept(world.tenant_id, world.application_id, "plain words, no JSON".to_owned()).await;
    world.indexed(3).await;
    for question in ["jane42", "CUS_jane42", "$.data.customer:cus_jane42", "jan* quote", &mine.to_string()] {
        assert_eq!(world.search(world.tenant_id, question, 10).await, [mine], "{question}");
    }
    let quoted = format!("$.data.note:\"{hostile}\"");
    assert_eq!(world.search(world.tenant_id, &quoted, 10).await, [mine]);
    assert_eq!(world.search(world.tenant_id, "plain json", 10).await, [text]);
    assert_eq!(world.search(world.tenant_id, "$.data.note", 10).await, [mine]);
    assert!(world.search(world.tenant_id, "nobody", 10).await.is_empty());
    assert_eq!(world.search(other_tenant, "jane42", 10).await.len(), 1);
    world.stop().await;
}

#[tokio::test]
async fn what_is_rare_is_found_behind_many_newer_messages_and_what_is_frequent_newest_first() {
    let world = World::start().await;
    let rare = world.accept(world.tenant_id, world.application_id, json!({"word": "needle"}).to_string()).await;
    let mut at_once = Vec::new();
    for number in 0..4_500 {
        let body = json!({"word": "straw", "number": number}).to_string();
        at_once.push(world.accept(world.tenant_id, world.application_id, body));
        if at_once.len() == 250 {
            futures::future::join_all(std::mem::take(&mut at_once)).await;
        }
    }
    let newest = world.accept(world.tenant_id, world.application_id, json!({"word": "straw"}).to_string()).await;
    world.indexed(4_502).await;
    assert_eq!(world.search(world.tenant_id, "needle", 10).await, [rare]);
    let straw = world.search(world.tenant_id, "straw", 10).await;
    assert_eq!((straw.len(), straw[0]), (10, newest));
    assert!(straw.is_sorted_by(|a, b| a > b));
    drop(at_once);
    // The newest four thousand and what lies behind them, each once.
    assert_eq!(world.search(world.tenant_id, "straw", 10_000).await.len(), 4_501);
    world.stop().await;
}
