//! The usage meter counts each message once, by tenant and day, and again from the beginning when it is told to.

use hookreel_database::Database;
use hookreel_domain::built_in;
use hookreel_domain::plan::OVER_QUOTA;
use hookreel_event_store::{NewEvent, Stream, append};
use hookreel_handlers::{Handlers, projections, rebuild};
use hookreel_kernel::{Actor, ApiKeyId, EventId, MemberId, MessageId, Metadata, SourceId, TenantId};
use hookreel_testing::TestDatabase;
use serde_json::{Value, json};
use std::time::Duration;

type Counted = Vec<(i64, i64, i64)>;

async fn happened(database: &Database, tenant_id: TenantId, kind: &'static str, actor: Actor, payload: Value) {
    let event = NewEvent {
        tenant_id,
        stream: Stream::traffic("message", MessageId::generate().uuid()),
        stream_version: 1,
        event_id: EventId::generate(),
        kind,
        revision: 1,
        payload: payload.to_string(),
        body: None,
        metadata: Metadata::by(actor),
    };
    let mut transaction = database.engine().begin().await.unwrap();
    append(&mut transaction, &[event]).await.unwrap();
    transaction.commit().await.unwrap();
}

/// Received, published and held of a tenant, day by day.
async fn counted(test: &TestDatabase, tenant_id: TenantId) -> Counted {
    sqlx::query_as("select received, published, held from read.usage where tenant_id = $1 order by day")
        .bind(tenant_id.uuid())
        .fetch_all(&mut test.superuser().await)
        .await
        .unwrap()
}

async fn until_counted(test: &TestDatabase, tenant_id: TenantId, expected: (i64, i64, i64)) {
    for _ in 0..1_200 {
        // Of one day, or of two if midnight has come in between.
        let days = counted(test, tenant_id).await;
        let sum = days.iter().fold((0, 0, 0), |sum, day| (sum.0 + day.0, sum.1 + day.1, sum.2 + day.2));
        if days.len() <= 2 && sum == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?} and not {expected:?}", counted(test, tenant_id).await);
}

#[tokio::test]
async fn what_is_received_published_and_held_is_counted_and_what_hookreel_sends_is_not() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (ada, _) = test.tenant().await;
    let (bob, _) = test.tenant().await;
    let source = || Actor::Source(SourceId::generate());
    for _ in 0..3 {
        happened(&database, ada, "message.accepted", source(), json!({})).await;
    }
    for _ in 0..2 {
        happened(&database, ada, "message.accepted", Actor::ApiKey(ApiKeyId::generate()), json!({})).await;
    }
    happened(&database, ada, "message.accepted", Actor::Member(MemberId::generate()), json!({})).await;
    happened(&database, ada, "message.accepted", Actor::system("operational_webhooks"), json!({})).await;
    happened(&database, ada, "message.quarantined", source(), json!({ "refusal": OVER_QUOTA })).await;
    happened(&database, ada, "message.quarantined", source(), json!({ "refusal": "no signature matches" })).await;
    happened(&database, ada, "message.released", Actor::Member(MemberId::generate()), json!({})).await;
    happened(&database, bob, "message.accepted", source(), json!({})).await;
    happened(&database, built_in::TENANT, "message.accepted", source(), json!({})).await;

    let handlers = Handlers::start(database.engine(), projections());
    until_counted(&test, ada, (4, 2, 1)).await;
    until_counted(&test, bob, (1, 0, 0)).await;
    assert!(counted(&test, built_in::TENANT).await.is_empty());
    handlers.stop().await;

    let meter = projections().into_iter().find(|handler| handler.name() == "usage_meter").unwrap();
    let mut transaction = database.engine().begin().await.unwrap();
    assert!(rebuild(&mut transaction, meter.as_ref()).await.unwrap());
    transaction.commit().await.unwrap();
    assert!(counted(&test, ada).await.is_empty());
    let handlers = Handlers::start(database.engine(), vec![meter]);
    until_counted(&test, ada, (4, 2, 1)).await;
    happened(&database, ada, "message.accepted", source(), json!({})).await;
    until_counted(&test, ada, (5, 2, 1)).await;
    handlers.stop().await;
    database.close().await;
}
