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

/// All handlers, at work.
pub(crate) struct World {
    pub(crate) test: TestDatabase,
    pub(crate) database: Database,
    pub(crate) parts: HandlerParts,
    handlers: Handlers,
    pub(crate) tenant_id: TenantId,
    pub(crate) application_id: ApplicationId,
}

impl World {
    pub(crate) async fn start() -> Self {
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
            engine,
            secrets: SecretBox::new(&SecretKey::generate()),
            public_url: "http://localhost:3000".to_owned(),
            with_billing: false,
        };
        let handlers = Handlers::start(database.engine(), registry(&parts));
        Self { test, database, parts, handlers, tenant_id, application_id }
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
            schema_faults: Vec::new(),
            metadata: Metadata::by(Actor::Operator),
        };
        self.parts.engine.accept(message).await.unwrap().message_id
    }

    /// The newest messages of a tenant that a question finds.
    async fn search(&self, tenant_id: TenantId, question: &str, limit: i64) -> Vec<MessageId> {
        let wanted = tsquery(&parse(question).unwrap());
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

    pub(crate) async fn stop(self) {
        self.handlers.stop().await;
        self.parts.engine.drain(Duration::from_secs(5)).await;
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
    let long = format!("https://example.com/{}", "orders/".repeat(20));
    let body = json!({"links": [{"a.b:c": format!("{long}1")}, {"2024": true}]});
    let linked = world.accept(world.tenant_id, world.application_id, body.to_string()).await;
    world.indexed(4).await;
    for question in [format!("$.links[0][\"a.b:c\"]:{long}1"), "$.links[*].2024:true".to_owned()] {
        assert_eq!(world.search(world.tenant_id, &question, 10).await, [linked], "{question}");
    }
    assert!(world.search(world.tenant_id, &format!("$.links[0][\"a.b:c\"]:{long}2"), 10).await.is_empty());
    let numbers = r#"{"price": 19.90, "big": 12345678901234567890123}"#;
    let numbered = world.accept(world.tenant_id, world.application_id, numbers.to_owned()).await;
    world.indexed(5).await;
    for question in ["19.90", "$.price:19.90", "$.price:19.9", "$.big:12345678901234567890123"] {
        assert_eq!(world.search(world.tenant_id, question, 10).await, [numbered], "{question}");
    }
    assert_eq!(world.search(other_tenant, "jane42", 10).await.len(), 1);
    world.stop().await;
}

/// So many messages that both ways of the search are taken: through the newest, and by the index.
const FILLED: i64 = 4_200;

/// As many messages of a tenant, in its index alone: the oldest contains the needle. A hostile index marks them as
/// another tenant's too.
async fn fill(test: &TestDatabase, tenant_id: TenantId, marked_as: TenantId) {
    sqlx::query(
        "insert into read.message_words (tenant_id, message_id, words)
         select $1, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 6, '0') || right($1::text, 6))::uuid,
                to_tsvector('simple', case when n = 1 then 'needle' else '' end || ' straw')
                    || array_to_tsvector(array['@' || replace($2::text, '-', ''), '@' || replace($1::text, '-', '')])
         from generate_series(1, $3) as n",
    )
    .bind(tenant_id.uuid())
    .bind(marked_as.uuid())
    .bind(FILLED)
    .execute(&mut test.superuser().await)
    .await
    .unwrap();
}

/// How many of the messages that a tenant finds are another tenant's.
async fn foreign_hits(test: &TestDatabase, tenant_id: TenantId) -> (i64, i64) {
    let database = test.database();
    let mut tx = database.tenant(tenant_id).await.unwrap();
    let role: String = sqlx::query_scalar("select current_user::text").fetch_one(tx.connection()).await.unwrap();
    assert_eq!(role, "hookreel_app");
    let own = format!("%{}", &tenant_id.uuid().to_string()[30..]);
    let (mut found, mut foreign) = (0, 0);
    for word in ["needle", "straw"] {
        let hits: (i64, i64) = sqlx::query_as(
            "select count(*), count(*) filter (where id::text not like $1)
             from read.search_messages($2::tsquery, null, $3, $4, 100000) as id",
        )
        .bind(&own)
        .bind(format!("'{word}'"))
        .bind(Uuid::nil())
        .bind(Uuid::max())
        .fetch_one(tx.connection())
        .await
        .unwrap();
        (found, foreign) = (found + hits.0, foreign + hits.1);
    }
    tx.commit().await.unwrap();
    (found, foreign)
}

#[tokio::test]
async fn the_search_as_the_owner_keeps_tenants_apart_by_each_of_its_filters() {
    let test = TestDatabase::create().await;
    let ((mine, _), (other, _)) = (test.tenant().await, test.tenant().await);
    fill(&test, mine, other).await;
    fill(&test, other, mine).await;
    assert_eq!(foreign_hits(&test, mine).await, (FILLED + 1, 0));
    assert_eq!(foreign_hits(&test, other).await, (FILLED + 1, 0));

    // What this test is worth: without the filter of either way of the search it finds what is another's.
    let mut superuser = test.superuser().await;
    let definition: String = sqlx::query_scalar("select pg_get_functiondef('read.search_messages'::regproc)")
        .fetch_one(&mut superuser)
        .await
        .unwrap();
    let of_the_newest =
        "select m.message_id, m.words from read.message_words m\n            where m.tenant_id = tenant and";
    let of_the_index = "and m.tenant_id = tenant\n        )";
    for (filter, without) in
        [(of_the_newest, "select m.message_id, m.words from read.message_words m where"), (of_the_index, ")")]
    {
        assert_eq!(definition.matches(filter).count(), 1, "{definition}");
        let weakened = sqlx::AssertSqlSafe(definition.replace(filter, without));
        sqlx::raw_sql(weakened).execute(&mut superuser).await.unwrap();
        assert_ne!(foreign_hits(&test, mine).await.1, 0, "without {filter}");
    }
}

#[tokio::test]
async fn no_other_function_reads_as_its_owner_and_none_without_a_tenant() {
    let test = TestDatabase::create().await;
    let (mine, _) = test.tenant().await;
    fill(&test, mine, mine).await;
    let mut superuser = test.superuser().await;
    let definers: Vec<String> = sqlx::query_scalar(
        "select p.oid::regproc::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where p.prosecdef and n.nspname in ('event_store', 'read', 'iam', 'ops') order by 1",
    )
    .fetch_all(&mut superuser)
    .await
    .unwrap();
    // The first one makes partitions and the last one tidies an index up: they read nothing.
    assert_eq!(definers, ["event_store.create_partition", "read.search_messages", "read.sort_words_in"]);

    sqlx::raw_sql("set role hookreel_app").execute(&mut superuser).await.unwrap();
    let found: i64 =
        sqlx::query_scalar("select count(*) from read.search_messages('straw'::tsquery, null, $1, $2, 10)")
            .bind(Uuid::nil())
            .bind(Uuid::max())
            .fetch_one(&mut superuser)
            .await
            .unwrap();
    assert_eq!(found, 0);
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
