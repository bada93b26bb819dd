use crate::support::TestEngine;
use hookreel_delivery::CancelError;
use hookreel_domain::replay::{ReplayPlan, ReplaySelection};
use hookreel_kernel::{Actor, Clock, EndpointId, ReplayId, SystemClock};
use hookreel_testing::Answer;
use std::time::Duration;

impl TestEngine {
    fn plan(&self, endpoint_id: Option<EndpointId>, selection: ReplaySelection) -> ReplayPlan {
        let now = SystemClock.now();
        ReplayPlan {
            application_id: self.application_id,
            endpoint_id,
            since: now - Duration::from_hours(1),
            until: now + Duration::from_secs(1),
            event_types: None,
            selection,
            matched: 0,
        }
    }

    async fn replay(&self, plan: ReplayPlan) -> ReplayId {
        let tx = self.test.database().tenant(self.tenant_id).await.unwrap();
        self.engine.start_replay(tx, Actor::Operator, plan).await.unwrap()
    }

    async fn count(&self, plan: &ReplayPlan) -> u64 {
        let mut tx = self.test.database().tenant(self.tenant_id).await.unwrap();
        self.engine.count_replay(&mut tx, plan).await.unwrap()
    }
}

const REPLAYS: &str =
    "select string_agg(state || ' ' || created || '/' || matched, ', ' order by replay_id) from read.replays";

#[tokio::test]
async fn a_replay_sends_history_again_as_new_deliveries_and_changes_nothing_old() {
    let t = TestEngine::start().await;
    t.endpoint("/a").await;
    for n in 0..1200 {
        if n % 100 == 99 {
            t.publish("{}").await;
        } else {
            let (engine, message) = (t.engine.clone(), t.message("invoice.paid", "{}"));
            tokio::spawn(async move { engine.accept(message).await });
        }
    }
    t.wait_for("select count(*)::text from read.deliveries where state = 'succeeded'", "1200").await;
    let before = t
        .value(
            "select md5(string_agg(d::text, '' order by delivery_id)) from read.deliveries d where replay_id is null",
        )
        .await;
    let plan = t.plan(None, ReplaySelection::All);
    assert_eq!(t.count(&plan).await, 1200);
    t.replay(plan).await;
    t.wait_for(REPLAYS, "finished 1200/1200").await;
    t.wait_for(
        "select count(*)::text from read.deliveries where state = 'succeeded' and replay_id is not null",
        "1200",
    )
    .await;
    assert_eq!(t.receiver.requests("/a").len(), 2400);
    let replayed =
        t.receiver.requests("/a").iter().filter(|r| r.header("webhook-replay-id").starts_with("rpl_")).count();
    assert_eq!(replayed, 1200);
    let after = t
        .value(
            "select md5(string_agg(d::text, '' order by delivery_id)) from read.deliveries d where replay_id is null",
        )
        .await;
    assert_eq!(before, after);
}

#[tokio::test]
async fn failed_and_missing_messages_can_be_told_apart() {
    let t = TestEngine::with_schedule(&[0]).await;
    t.receiver.answer("/broken", Answer::Status(500));
    let broken = t.endpoint("/broken").await;
    t.publish("{}").await;
    t.wait_for("select string_agg(state, ' ') from read.deliveries", "exhausted").await;
    let late = t.endpoint("/late").await;
    assert_eq!(t.count(&t.plan(Some(late), ReplaySelection::Missing)).await, 1);
    assert_eq!(t.count(&t.plan(Some(broken), ReplaySelection::Missing)).await, 0);
    assert_eq!(t.count(&t.plan(Some(broken), ReplaySelection::Failed)).await, 1);
    t.receiver.answer("/broken", Answer::Status(200));
    t.replay(t.plan(Some(broken), ReplaySelection::Failed)).await;
    t.wait_for("select string_agg(state, ' ' order by delivery_id) from read.deliveries", "exhausted succeeded").await;
    assert_eq!(t.count(&t.plan(Some(broken), ReplaySelection::Failed)).await, 0);
}

#[tokio::test]
async fn a_replay_is_sending_until_all_it_made_has_ended() {
    let t = TestEngine::with_schedule(&[0]).await;
    t.endpoint("/a").await;
    t.publish("{}").await;
    t.wait_for("select state from read.deliveries", "succeeded").await;
    t.execute("update read.endpoints set state = 'paused'").await;
    t.replay(t.plan(None, ReplaySelection::All)).await;
    t.wait_for(REPLAYS, "sending 1/1").await;
    t.execute("update read.endpoints set state = 'enabled'").await;
    t.engine.wake_reconciler();
    t.receiver.wait_for("/a", 2).await;
    t.wait_for("select string_agg(state, ' ') from read.deliveries", "succeeded succeeded").await;
    t.engine.wake_reconciler();
    t.wait_for(REPLAYS, "finished 1/1").await;
    let kinds = t
        .value(
            "select string_agg(kind, ' ' order by stream_version) from event_store.events where stream_kind = 'replay'",
        )
        .await;
    assert_eq!(kinds, "replay.started replay.made replay.finished");
    let caused = "select count(*)::text from event_store.events c
                  join event_store.events s on s.kind = 'replay.started'
                  where c.kind in ('delivery.created', 'replay.made') and c.metadata ? 'causation_id'";
    assert_eq!(t.value(caused).await, "2");
}

#[tokio::test]
async fn a_replay_is_cancelled_until_everything_has_ended_and_not_after() {
    let t = TestEngine::with_schedule(&[0]).await;
    t.endpoint("/a").await;
    t.publish("{}").await;
    t.wait_for("select state from read.deliveries", "succeeded").await;
    t.execute("update read.endpoints set state = 'paused'").await;
    let replay = t.replay(t.plan(None, ReplaySelection::All)).await;
    t.wait_for(REPLAYS, "sending 1/1").await;
    let cancel = || async {
        let tx = t.test.database().tenant(t.tenant_id).await.unwrap();
        t.engine.cancel_replay(tx, Actor::Operator, replay).await
    };
    cancel().await.unwrap();
    t.wait_for(REPLAYS, "cancelled 1/1").await;
    let because = "select payload ->> 'because' from event_store.events
                   where kind = 'delivery.cancelled' and metadata ? 'causation_id'";
    t.wait_for(because, "replay_cancelled").await;
    assert!(matches!(cancel().await, Err(CancelError::AlreadyEnded)));
}

#[tokio::test]
async fn a_replay_that_is_cancelled_before_it_begins_makes_no_delivery() {
    let t = TestEngine::with_schedule(&[0]).await;
    t.endpoint("/a").await;
    t.publish("{}").await;
    t.wait_for("select state from read.deliveries", "succeeded").await;
    t.engine.drain(Duration::from_secs(5)).await;
    let waiting = t.replay(t.plan(None, ReplaySelection::All)).await;
    let tx = t.test.database().tenant(t.tenant_id).await.unwrap();
    t.engine.cancel_replay(tx, Actor::Operator, waiting).await.unwrap();
    let other = t.another();
    t.wait_for("select count(*)::text from apalis.jobs where job_type = 'replay' and status = 'Pending'", "0").await;
    other.drain(Duration::from_secs(5)).await;
    assert_eq!(t.value(REPLAYS).await, "cancelled 0/1");
}

#[tokio::test]
async fn what_is_still_to_be_retried_is_brought_forward_and_arrives_once() {
    let t = TestEngine::with_schedule(&[0, 3_600_000]).await;
    t.receiver.answer("/a", Answer::Status(500));
    let endpoint = t.endpoint("/a").await;
    t.publish("{}").await;
    t.wait_for("select state from read.deliveries", "retrying").await;
    t.receiver.answer("/a", Answer::Status(200));
    let plan = t.plan(Some(endpoint), ReplaySelection::Failed);
    assert_eq!(t.count(&plan).await, 1);
    t.replay(plan).await;
    t.wait_for("select string_agg(state || ' after ' || attempts, ' ') from read.deliveries", "succeeded after 2")
        .await;
    assert_eq!(t.receiver.requests("/a").len(), 2);
    assert_eq!(t.value("select brought_forward || ' ' || created from read.replays").await, "1 0");
}

#[tokio::test]
async fn a_message_for_one_endpoint_alone_is_never_replayed_to_another() {
    let t = TestEngine::start().await;
    let tested = t.endpoint("/tested").await;
    let mut test = t.message("hookreel.test", "{}");
    test.only_endpoint = Some(tested);
    t.engine.accept(test.clone()).await.unwrap();
    t.wait_for("select state from read.deliveries", "succeeded").await;
    let other = t.endpoint("/other").await;
    for selection in ReplaySelection::ALL {
        assert_eq!(t.count(&t.plan(Some(other), selection)).await, 0);
    }
    assert_eq!(t.count(&t.plan(None, ReplaySelection::All)).await, 1);
    t.replay(t.plan(None, ReplaySelection::All)).await;
    t.receiver.wait_for("/tested", 2).await;
    assert!(t.receiver.requests("/other").is_empty());
    let tx = t.test.database().tenant(t.tenant_id).await.unwrap();
    let refused = t.engine.resend_message(tx, Actor::Operator, test.message_id, other).await;
    assert!(matches!(refused, Err(hookreel_delivery::ResendError::NotFound)));
    let kept = t.value("select payload ->> 'only_endpoint_id' from event_store.events where kind = 'message.accepted'");
    assert_eq!(kept.await, tested.to_string());
}
