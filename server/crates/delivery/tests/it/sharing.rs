use crate::support::{ATTEMPT_DEADLINE, TestEngine};
use hookreel_testing::Answer;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_tenant_whose_endpoints_all_hang_does_not_hold_up_another() {
    let mut t = TestEngine::start().await;
    t.receiver.answer("/hangs", Answer::After(Duration::from_mins(1)));
    for _ in 0..150 {
        t.endpoint("/hangs").await;
    }
    let messages = (0..40).map(|_| t.engine.accept(t.message("invoice.paid", "{}")));
    futures::future::try_join_all(messages).await.unwrap();
    t.receiver.wait_for("/hangs", 100).await;
    (t.tenant_id, t.application_id) = t.test.tenant().await;
    t.endpoint("/healthy").await;
    let mut slowest = Duration::ZERO;
    for n in 1..=50 {
        let sent = Instant::now();
        t.publish("{}").await;
        t.receiver.wait_for("/healthy", n).await;
        slowest = slowest.max(sent.elapsed());
    }
    // No number to hold: only that nothing waited for what hangs, each of which is given up after the deadline.
    assert!(slowest < ATTEMPT_DEADLINE * 2 / 3, "{slowest:?}");
    assert!(t.engine.in_flight() <= 1_024 + 8, "{} in flight", t.engine.in_flight());
}
