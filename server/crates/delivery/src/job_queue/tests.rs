use super::*;
use crate::intake::Taker;
use crate::jobs::NewJob;
use apalis::prelude::*;
use hookreel_testing::TestDatabase;
use sqlx::Connection as _;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

/// Longer than any test.
const HOUR: Duration = Duration::from_hours(1);
const QUEUE: &str = "bells";

/// A worker whose jobs take one of the permits each.
struct World {
    test: TestDatabase,
    stop: Option<oneshot::Sender<()>>,
    call: watch::Sender<()>,
    intake: Arc<Intake>,
    permits: Arc<Semaphore>,
    fetches: Arc<AtomicUsize>,
    worker: JoinHandle<Result<(), WorkerError>>,
}

impl World {
    /// The jobs that are there already, how often it is looked for others, and whether jobs may last. Two run at once.
    async fn start(jobs: usize, look_every: Duration, is_patient: bool) -> Self {
        Self::start_with(2, jobs, look_every, is_patient).await
    }

    async fn start_with(places: usize, jobs: usize, look_every: Duration, is_patient: bool) -> Self {
        let test = TestDatabase::create().await;
        insert(&test, jobs).await;
        let (call, calls) = watch::channel(());
        let (permits, fetches) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&fetches);
        // A worker is taken for dead after whole seconds: at less than one, any heartbeat takes its jobs away.
        let (beat, missed) = (Duration::from_millis(30), 1_000);
        let config = Config::default().queue(QUEUE).batch_size(2).heartbeat_interval(beat).missed_heartbeats(missed);
        let intake = Arc::new(Intake::default());
        let queue = JobQueue::new(test.database().jobs().clone(), config, look_every)
            .called_by(calls)
            .taking_in(Arc::clone(&intake))
            .telling(is_patient, move || {
                counted.fetch_add(1, Ordering::SeqCst);
            });
        let worker =
            WorkerBuilder::new("ringer").backend(queue).concurrency(places).data(Arc::clone(&permits)).build(ring);
        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            let _ = stopped.await;
            Ok::<(), std::io::Error>(())
        };
        Self { test, stop: Some(stop), call, intake, permits, fetches, worker: tokio::spawn(worker.run_until(stopped)) }
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    async fn wait_for_fetches(&self, at_least: usize) {
        eventually(|| async { self.fetches() >= at_least }).await;
    }

    /// The number that a question asks for.
    async fn count(&self, question: &'static str) -> i64 {
        sqlx::query_scalar(question).fetch_one(&mut self.test.superuser().await).await.unwrap()
    }

    async fn jobs(&self) -> i64 {
        self.count("select count(*) from apalis.jobs").await
    }

    async fn wait_for_jobs(&self, left: i64) {
        eventually(|| async { self.jobs().await == left }).await;
    }

    async fn wait_for_heartbeats(&self, count: usize) {
        for _ in 0..count {
            sqlx::query("update apalis.workers set last_seen = 'epoch'")
                .execute(&mut self.test.superuser().await)
                .await
                .unwrap();
            eventually(|| async {
                let alive = "select count(*) from apalis.workers where last_seen > 'epoch'";
                self.count(alive).await == 1
            })
            .await;
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.worker.abort();
    }
}

async fn ring(_: Value, permits: Data<Arc<Semaphore>>) -> Result<(), BoxDynError> {
    permits.acquire().await?.forget();
    Ok(())
}

async fn insert(test: &TestDatabase, count: usize) {
    for _ in 0..count {
        let job = NewJob::new(QUEUE, Duration::ZERO);
        crate::jobs::insert_jobs(&mut test.superuser().await, &[job]).await.unwrap();
    }
}

async fn eventually<F: Future<Output = bool>>(is_so: impl Fn() -> F) {
    let mut looks = 0;
    while !is_so().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
        looks += 1;
        assert!(looks < 3_000, "it has not come about");
    }
}

#[tokio::test]
async fn a_job_is_fetched_when_the_queue_is_called_and_gone_when_it_has_ended() {
    let world = World::start(0, HOUR, false).await;
    world.wait_for_fetches(1).await;
    world.permits.add_permits(3);
    for round in 1..=3 {
        insert(&world.test, 1).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(world.fetches(), round, "heartbeats and jobs that end fetch nothing");
        world.call.send_replace(());
        world.wait_for_jobs(0).await;
    }
}

/// Commits a job that the worker has room for, and says how to hand it over.
async fn commit_for_the_worker(world: &World) -> (Taker, NewJob) {
    let taker = world.intake.reserve(1).unwrap();
    let job = NewJob::new(QUEUE, Duration::ZERO);
    let mut connection = world.test.superuser().await;
    crate::jobs::insert_jobs(&mut connection, std::slice::from_ref(&job)).await.unwrap();
    sqlx::query("update apalis.jobs set status = 'Queued', lock_by = $1 where id = $2")
        .bind(taker.worker())
        .bind(job.id.as_str())
        .execute(&mut connection)
        .await
        .unwrap();
    (taker, job)
}

#[tokio::test]
async fn a_job_that_is_handed_over_is_not_fetched_and_gone_when_it_has_ended() {
    let world = World::start(0, HOUR, false).await;
    world.wait_for_fetches(1).await;
    for _ in 0..3 {
        let (taker, job) = commit_for_the_worker(&world).await;
        taker.take(&[job], Instant::now(), |_| true);
        assert_eq!(world.jobs().await, 1);
        world.permits.add_permits(1);
        world.wait_for_jobs(0).await;
    }
    assert_eq!(world.fetches(), 1);
}

#[tokio::test]
async fn a_worker_without_room_leaves_jobs_to_the_database_until_it_has_fetched_them() {
    let world = World::start(0, HOUR, false).await;
    world.wait_for_fetches(1).await;
    // Two run at once, and two wait.
    for _ in 0..4 {
        let (taker, job) = commit_for_the_worker(&world).await;
        taker.take(&[job], Instant::now(), |_| true);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(world.intake.reserve(1).is_none());
    insert(&world.test, 1).await;
    world.call.send_replace(());
    world.permits.add_permits(3);
    eventually(|| async { world.fetches() == 2 }).await;
    assert!(world.intake.reserve(1).is_some());
    world.permits.add_permits(2);
    world.wait_for_jobs(0).await;
}

#[tokio::test]
async fn what_is_handed_to_a_worker_that_stops_is_given_back() {
    let mut world = World::start(0, HOUR, false).await;
    world.wait_for_fetches(1).await;
    let (taker, job) = commit_for_the_worker(&world).await;
    world.stop.take().unwrap().send(()).unwrap();
    eventually(|| async { world.intake.reserve(1).is_none() }).await;
    taker.take(&[job], Instant::now(), |_| true);
    tokio::time::timeout(Duration::from_secs(20), &mut world.worker).await.unwrap().unwrap().unwrap();
    let given_back = "select count(*) from apalis.jobs where status = 'Pending' and lock_by is null";
    assert_eq!(world.count(given_back).await, 1);
}

#[tokio::test]
async fn a_queue_that_nobody_calls_is_looked_at_all_the_same() {
    let world = World::start(0, Duration::from_millis(50), false).await;
    world.permits.add_permits(1);
    world.wait_for_fetches(3).await;
    insert(&world.test, 1).await;
    world.wait_for_jobs(0).await;
}

#[tokio::test]
async fn a_fetch_that_is_full_is_followed_by_another() {
    let world = World::start(5, HOUR, false).await;
    world.permits.add_permits(5);
    world.wait_for_jobs(0).await;
    assert_eq!(world.fetches(), 3, "two, two and one");
}

#[tokio::test]
async fn who_calls_while_a_fetch_is_under_way_is_heard_after_it() {
    let world = World::start(0, HOUR, false).await;
    world.wait_for_fetches(1).await;
    let mut connection = world.test.superuser().await;
    let mut locked = connection.begin().await.unwrap();
    sqlx::query("lock table apalis.jobs in access exclusive mode").execute(&mut *locked).await.unwrap();
    world.call.send_replace(());
    eventually(|| async {
        let waiting = "select count(*) from pg_locks where relation = 'apalis.jobs'::regclass and not granted";
        world.count(waiting).await == 1
    })
    .await;
    world.call.send_replace(());
    locked.commit().await.unwrap();
    world.wait_for_fetches(3).await;
}

#[tokio::test]
async fn a_worker_whose_places_are_all_taken_beats_on_and_is_not_taken_to_fetch() {
    let world = World::start(2, Duration::from_millis(10), false).await;
    world.wait_for_fetches(1).await;
    world.wait_for_heartbeats(2).await;
    assert_eq!(world.fetches(), 1);
}

#[tokio::test]
async fn a_worker_that_has_taken_more_than_there_are_places_for_beats_on_and_gives_the_rest_back_when_it_stops() {
    let mut world = World::start(1, HOUR, false).await;
    world.wait_for_fetches(1).await;
    insert(&world.test, 2).await;
    world.call.send_replace(());
    world.wait_for_fetches(2).await;
    world.wait_for_heartbeats(3).await;
    assert_eq!(world.count("select count(*) from apalis.jobs where status = 'Queued'").await, 3);

    world.stop.take().unwrap().send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    world.permits.add_permits(3);
    tokio::time::timeout(Duration::from_secs(20), &mut world.worker).await.unwrap().unwrap().unwrap();
    assert_eq!(world.count("select count(*) from apalis.jobs where status = 'Pending'").await, 1);
    assert_eq!(world.jobs().await, 1);
}

#[tokio::test]
async fn jobs_that_may_last_are_no_sign_of_trouble() {
    let world = World::start(2, HOUR, true).await;
    world.wait_for_fetches(4).await;
    assert_eq!(world.jobs().await, 2);
}

#[tokio::test]
async fn a_worker_that_stops_hears_of_every_job_that_ends_however_many_there_are() {
    let mut world = World::start_with(13, 12, HOUR, false).await;
    world.wait_for_fetches(7).await;
    world.stop.take().unwrap().send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    world.permits.add_permits(12);
    tokio::time::timeout(Duration::from_secs(20), &mut world.worker).await.unwrap().unwrap().unwrap();
    assert_eq!(world.jobs().await, 0);
}

#[tokio::test]
async fn a_worker_that_has_ended_takes_nothing_any_more_and_says_so() {
    let mut world = World::start(0, HOUR, false).await;
    world.wait_for_fetches(1).await;
    let (taker, job) = commit_for_the_worker(&world).await;
    world.worker.abort();
    assert!((&mut world.worker).await.unwrap_err().is_cancelled());
    let (worker, jobs) = (taker.worker().to_owned(), [job]);
    assert!(!taker.take(&jobs, Instant::now(), |_| true));
    crate::jobs::release(world.test.database().delivery(), &worker, &jobs).await.unwrap();
    let given_back = "select count(*) from apalis.jobs where status = 'Pending' and lock_by is null";
    assert_eq!(world.count(given_back).await, 1);
    assert!(world.intake.reserve(1).is_none());
}

#[tokio::test]
async fn a_job_that_may_not_be_there_is_run_all_the_same() {
    let world = World::start(0, HOUR, false).await;
    world.wait_for_fetches(1).await;
    world.permits.add_permits(2);
    world.intake.reserve(1).unwrap().take_unsure(&[NewJob::new(QUEUE, Duration::ZERO)]);
    let (taker, job) = commit_for_the_worker(&world).await;
    taker.take_unsure(&[job]);
    eventually(|| async { world.permits.available_permits() == 0 }).await;
    world.wait_for_jobs(0).await;
}
