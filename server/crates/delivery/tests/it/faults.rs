use crate::support::TestEngine;
use hookreel_testing::Answer;
use std::time::Duration;

const UNDELIVERED: &str = "select count(*)::text from read.deliveries where state <> 'succeeded'";

#[tokio::test]
async fn losing_every_job_loses_no_delivery() {
    // So long that all of them have failed once before one is tried again: more failures would open the breaker.
    let t = TestEngine::with_schedule(&[0, 8_000, 8_000, 8_000]).await;
    t.receiver.answer("/a", Answer::Status(503));
    t.endpoint("/a").await;
    for _ in 0..10 {
        t.publish("{}").await;
    }
    t.wait_for("select count(*)::text from read.deliveries where state = 'retrying'", "10").await;
    t.execute("truncate apalis.jobs").await;
    t.receiver.answer("/a", Answer::Status(200));
    t.wait_for(UNDELIVERED, "0").await;
}

/// A connection that breaks at the end of a commit can leave a job that a living worker is said to have, and has never heard of.
#[tokio::test]
async fn a_job_that_its_worker_never_heard_of_is_overtaken() {
    let t = TestEngine::with_schedule(&[0, 600_000]).await;
    t.receiver.answer("/a", Answer::Status(503));
    t.endpoint("/a").await;
    t.publish("{}").await;
    t.wait_for("select count(*)::text from read.deliveries where state = 'retrying'", "1").await;
    t.execute(
        "update apalis.jobs set status = 'Queued', lock_at = now() - interval '3 minutes',
                lock_by = (select id from apalis.workers where worker_type = 'deliver' order by last_seen desc limit 1)",
    )
    .await;
    t.execute("update read.deliveries set due_at = now() - interval '3 minutes'").await;
    t.receiver.answer("/a", Answer::Status(200));
    t.engine.wake_reconciler();
    t.wait_for(UNDELIVERED, "0").await;
}

#[tokio::test]
async fn a_job_that_cannot_be_read_ends_neither_the_worker_nor_the_delivery() {
    let t = TestEngine::start().await;
    t.endpoint("/a").await;
    t.execute(
        "insert into apalis.jobs (id, job_type, job, status, attempts, max_attempts, run_at, priority)
         values ('01ARZ3NDEKTSV4RRFFQ69G5FAV', 'deliver', '{\"v\": 99}', 'Pending', 0, 1, now(), 0)",
    )
    .await;
    t.engine.wake_reconciler();
    t.publish("{}").await;
    t.wait_for(UNDELIVERED, "0").await;
}

#[tokio::test]
async fn two_processes_that_race_for_the_same_deliveries_record_each_attempt_once() {
    let t = TestEngine::start().await;
    let other = t.another();
    t.receiver.answer("/a", Answer::After(Duration::from_millis(100)));
    t.endpoint("/a").await;
    for _ in 0..30 {
        t.publish("{}").await;
    }
    // The same jobs once more, as if a worker had been taken for dead while it was not.
    // With the table locked: workers change some of these rows at the same moment, in an order of their own.
    sqlx::raw_sql(
        "begin; lock table apalis.jobs in share row exclusive mode;
         update apalis.jobs set status = 'Pending', lock_by = null; commit",
    )
    .execute(&mut t.test.superuser().await)
    .await
    .unwrap();
    t.wait_for(UNDELIVERED, "0").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let recorded =
        t.value("select count(*) || ' attempts of ' || count(distinct (delivery_id, number)) from read.attempts").await;
    assert_eq!(recorded, "30 attempts of 30");
    other.drain(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn workers_come_back_by_themselves_when_their_connections_are_cut() {
    let t = TestEngine::start().await;
    t.endpoint("/a").await;
    for _ in 0..5 {
        t.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()").await;
        // A message may be refused while connections are being replaced; it is handed in again, as a client would.
        let message = t.message("invoice.paid", "{}");
        while t.engine.accept(message.clone()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    t.wait_for("select count(*) || ' of ' || (select count(*) from read.messages) from read.deliveries where state = 'succeeded'", "5 of 5").await;
    let mut waited = 0;
    while t.engine.last_fetch_age().is_none_or(|age| age > Duration::from_secs(10)) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        waited += 1;
        assert!(waited < 300, "the workers were not heard of again");
    }
}

#[tokio::test]
async fn a_drained_engine_has_finished_what_it_began_and_gives_back_the_rest() {
    let t = TestEngine::start().await;
    t.receiver.answer("/a", Answer::After(Duration::from_millis(300)));
    t.endpoint("/a").await;
    for _ in 0..10 {
        t.publish("{}").await;
    }
    t.receiver.wait_for("/a", 1).await;
    t.engine.drain(Duration::from_secs(30)).await;
    assert_eq!(t.engine.in_flight(), 0);
    let after_drain = t.receiver.requests("/a").len();
    assert_eq!(t.value("select count(*)::text from read.attempts").await, after_drain.to_string());
    let other = t.another();
    t.wait_for(UNDELIVERED, "0").await;
    assert_eq!(t.receiver.requests("/a").len(), 10, "nothing was sent twice");
    other.drain(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_process_without_workers_wakes_those_of_another() {
    let t = TestEngine::start().await;
    t.endpoint("/a").await;
    let web = t.without_workers();
    web.accept(t.message("invoice.paid", "{}")).await.unwrap();
    t.receiver.wait_for("/a", 1).await;
    t.execute("update read.endpoints set state = 'paused'").await;
    web.accept(t.message("invoice.paid", "{}")).await.unwrap();
    t.execute("update read.endpoints set state = 'enabled'").await;
    t.execute("update read.deliveries set due_at = now() where state = 'pending'").await;
    web.wake_reconciler();
    t.receiver.wait_for("/a", 2).await;
    web.drain(Duration::from_secs(5)).await;
}
