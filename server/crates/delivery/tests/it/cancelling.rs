use crate::support::TestEngine;
use hookreel_domain::traffic::CancelCause;
use hookreel_kernel::{Actor, EndpointId, Metadata};
use hookreel_read_models::endpoints::cancel_deliveries;
use hookreel_testing::Answer;
use std::sync::Arc;
use tokio::sync::Notify;

const CANCELLED: &str = "select string_agg(payload ->> 'because' || ' at ' || stream_version, ', ')
    from event_store.events where kind = 'delivery.cancelled'";

impl TestEngine {
    async fn cancel(&self, endpoint: EndpointId) -> u64 {
        let metadata = Metadata::by(Actor::Operator);
        let (mut connection, cause) = (self.test.superuser().await, CancelCause::EndpointDisabled);
        let cancelled = cancel_deliveries(&mut connection, self.tenant_id, endpoint, cause, &metadata).await.unwrap();
        self.engine.wake_reconciler();
        cancelled
    }
}

#[tokio::test]
async fn what_is_cancelled_says_so_and_why_in_its_own_stream() {
    let t = TestEngine::with_schedule(&[0, 3_600_000]).await;
    t.receiver.answer("/a", Answer::Status(500));
    let endpoint = t.endpoint("/a").await;
    t.publish("{}").await;
    t.wait_for("select state from read.deliveries", "retrying").await;
    assert_eq!(t.cancel(endpoint).await, 1);
    t.wait_for(CANCELLED, "endpoint_disabled at 2").await;
    let row = "select state || ' ' || stream_version || ' ' || cancelled_because from read.deliveries
               where cancelled_by is null";
    assert_eq!(t.value(row).await, "cancelled 2 endpoint_disabled");
    let actor = "select metadata -> 'actor' ->> 'kind' from event_store.events where kind = 'delivery.cancelled'";
    assert_eq!(t.value(actor).await, "operator");
}

#[tokio::test]
async fn more_than_one_batch_is_cancelled_with_an_event_for_each() {
    let t = TestEngine::start().await;
    let endpoint = t.endpoint("/a").await;
    t.execute("update read.endpoints set state = 'paused'").await;
    let messages = (0..1_100).map(|_| t.engine.accept(t.message("invoice.paid", "{}")));
    futures::future::try_join_all(messages).await.unwrap();
    assert_eq!(t.cancel(endpoint).await, 1_100);
    t.wait_for("select count(*)::text from event_store.events where kind = 'delivery.cancelled'", "1100").await;
    t.wait_for("select count(*)::text from read.deliveries where stream_version = 1", "1100").await;
}

#[tokio::test]
async fn an_attempt_that_was_under_way_is_recorded_although_its_delivery_was_cancelled() {
    let t = TestEngine::start().await;
    let go_on = Arc::new(Notify::new());
    t.receiver.answer("/a", Answer::OnceTold(Arc::clone(&go_on)));
    let endpoint = t.endpoint("/a").await;
    t.publish("{}").await;
    t.receiver.wait_for("/a", 1).await;
    assert_eq!(t.cancel(endpoint).await, 1);
    t.wait_for(CANCELLED, "endpoint_disabled at 1").await;
    go_on.notify_one();
    t.wait_for("select state || ' after ' || attempts from read.deliveries", "succeeded after 1").await;
    assert_eq!(t.value("select stream_version::text from read.attempts").await, "2");
}
