use crate::support::TestEngine;
use hookreel_kernel::{Actor, DeliveryId};
use hookreel_testing::Answer;

const STATE: &str = "select state || ' after ' || attempts from read.deliveries";
const DUE: &str = "select due_at::text || ' ' || job_id from read.deliveries";

impl TestEngine {
    async fn resend(&self, delivery: DeliveryId) {
        let tx = self.test.database().tenant(self.tenant_id).await.unwrap();
        self.engine.resend(tx, Actor::Operator, delivery).await.unwrap();
    }
}

#[tokio::test]
async fn failed_resends_leave_the_schedule_and_its_job_as_they_were() {
    let t = TestEngine::with_schedule(&[0, 3_600_000, 7_200_000]).await;
    t.receiver.answer("/a", Answer::Status(500));
    t.endpoint("/a").await;
    t.publish("{}").await;
    t.wait_for(STATE, "retrying after 1").await;
    let before = t.value(DUE).await;
    for after in ["retrying after 2", "retrying after 3", "retrying after 4", "retrying after 5"] {
        t.resend(t.only_delivery().await).await;
        t.wait_for(STATE, after).await;
        assert_eq!(t.value(DUE).await, before);
    }
}

#[tokio::test]
async fn the_schedule_goes_on_after_a_failed_resend_to_its_own_end() {
    let t = TestEngine::with_schedule(&[0, 1_500, 300]).await;
    t.receiver.answer("/a", Answer::Status(500));
    t.endpoint("/a").await;
    t.publish("{}").await;
    // Or later: how it is after the first try is not how it stays.
    t.wait_for("select (attempts >= 1)::text from read.deliveries", "true").await;
    t.resend(t.only_delivery().await).await;
    t.resend(t.only_delivery().await).await;
    t.wait_for("select state || ' after ' || attempts - manual_attempts from read.deliveries", "exhausted after 3")
        .await;
}

#[tokio::test]
async fn a_resend_of_what_a_paused_endpoint_holds_leaves_it_held() {
    let t = TestEngine::start().await;
    t.receiver.answer("/a", Answer::Status(500));
    t.endpoint("/a").await;
    t.execute("update read.endpoints set state = 'paused'").await;
    t.publish("{}").await;
    t.resend(t.only_delivery().await).await;
    t.wait_for("select attempts || coalesce(due_at::text, ' held') from read.deliveries", "1 held").await;
}

#[tokio::test]
async fn an_attempt_names_the_message_and_the_resend_it_follows_on() {
    let t = TestEngine::start().await;
    t.endpoint("/a").await;
    t.publish("{}").await;
    t.wait_for(STATE, "succeeded after 1").await;
    t.resend(t.only_delivery().await).await;
    t.wait_for(STATE, "succeeded after 2").await;
    let causes = t
        .value(
            "select count(*) filter (where metadata ? 'correlation_id') || ' '
                    || count(*) filter (where metadata ? 'causation_id')
             from event_store.events where kind = 'delivery.attempted'",
        )
        .await;
    assert_eq!(causes, "2 1");
}

#[tokio::test]
async fn what_waited_for_an_open_breaker_goes_out_soon_after_it_has_closed() {
    let t = TestEngine::with_schedule(&[0, 3_600_000]).await;
    t.receiver.answer("/a", Answer::Status(500));
    t.endpoint("/a").await;
    for _ in 0..20 {
        t.publish("{}").await;
    }
    t.wait_for("select state from ops.breakers", "open").await;
    for _ in 0..5 {
        t.publish("{}").await;
    }
    let put_off = "select count(*)::text from read.deliveries where deferred_because = 'breaker_open'";
    t.wait_for(put_off, "5").await;
    t.receiver.answer("/a", Answer::Status(200));
    let row = "select delivery_id from read.deliveries where deferred_because is not null limit 1";
    let uuid: uuid::Uuid = sqlx::query_scalar(row).fetch_one(&mut t.test.superuser().await).await.unwrap();
    t.resend(DeliveryId::from_uuid(uuid)).await;
    // The break is 30 seconds: what waited did not wait for its end.
    let begun = std::time::Instant::now();
    t.wait_for("select count(*)::text from read.deliveries where state = 'succeeded'", "5").await;
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
    t.wait_for(put_off, "0").await;
}
