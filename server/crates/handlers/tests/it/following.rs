//! How handlers follow the store: in order, each by itself, and around what fails.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use hookreel_database::Database;
use hookreel_event_store::{NewEvent, StoredEvent, Stream, append};
use hookreel_handlers::{
    Effects, Handler, HandlerError, Handlers, Retries, list, list_state, rebuild, replay_parked, retry, skip, statuses,
};
use hookreel_kernel::{Actor, EventId, Metadata, TenantId};
use hookreel_testing::TestDatabase;
use serde_json::json;
use sqlx::PgConnection;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

/// Notes what it gets, and fails at what it is told to.
#[derive(Debug)]
pub(crate) struct Notes {
    name: &'static str,
    effects: Effects,
    got: Mutex<Vec<(Uuid, i32)>>,
    /// Versions at which it fails: passing, for good, by breaking down.
    pub(crate) fails_at: Mutex<HashSet<(Uuid, i32)>>,
    unreadable_at: Mutex<HashSet<(Uuid, i32)>>,
    panics_at: Mutex<HashSet<(Uuid, i32)>>,
}

impl Notes {
    pub(crate) fn new(name: &'static str, effects: Effects) -> Arc<Self> {
        let (got, fails_at, unreadable_at, panics_at) = Default::default();
        Arc::new(Self { name, effects, got, fails_at, unreadable_at, panics_at })
    }

    pub(crate) fn got(&self) -> Vec<(Uuid, i32)> {
        self.got.lock().unwrap().clone()
    }

    fn of(&self, stream: Uuid) -> Vec<i32> {
        self.got().into_iter().filter(|(id, _)| *id == stream).map(|(_, version)| version).collect()
    }

    async fn wait_for(&self, count: usize) {
        wait_until(|| async { self.got().len() >= count }).await;
    }
}

impl Handler for Notes {
    fn name(&self) -> &'static str {
        self.name
    }

    fn purpose(&self) -> &'static str {
        "notes what it gets"
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["test.happened"]
    }

    fn effects(&self) -> Effects {
        self.effects
    }

    fn reset<'a>(&'a self, _connection: &'a mut PgConnection) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        async {
            self.got.lock().unwrap().clear();
            Ok(())
        }
        .boxed()
    }

    fn handle<'a>(
        &'a self,
        _connection: &'a mut PgConnection,
        events: &'a [StoredEvent],
    ) -> BoxFuture<'a, Result<(), HandlerError>> {
        async move {
            // All or nothing, as the transaction is.
            for event in events {
                let at = (event.stream_id, event.stream_version);
                if self.fails_at.lock().unwrap().contains(&at) {
                    return Err(HandlerError::Failed("told to fail".to_owned()));
                }
                if self.unreadable_at.lock().unwrap().contains(&at) {
                    return Err(serde_json::from_str::<u8>("no").unwrap_err().into());
                }
                assert!(!self.panics_at.lock().unwrap().contains(&at), "told to break down");
            }
            let all = events.iter().map(|event| (event.stream_id, event.stream_version));
            self.got.lock().unwrap().extend(all);
            Ok(())
        }
        .boxed()
    }
}

pub(crate) struct World {
    test: TestDatabase,
    pub(crate) database: Database,
    tenant_id: TenantId,
}

impl World {
    pub(crate) async fn start() -> Self {
        let test = TestDatabase::create().await;
        let (tenant_id, _) = test.tenant().await;
        Self { database: test.database(), test, tenant_id }
    }

    pub(crate) async fn happened(&self, stream: Uuid, versions: std::ops::RangeInclusive<i32>) {
        let events: Vec<NewEvent> = versions
            .map(|stream_version| NewEvent {
                tenant_id: self.tenant_id,
                stream: Stream::configuration("test", stream),
                stream_version,
                event_id: EventId::generate(),
                kind: "test.happened",
                revision: 1,
                payload: json!({}).to_string(),
                body: None,
                metadata: Metadata::by(Actor::Operator),
            })
            .collect();
        let mut transaction = self.database.engine().begin().await.unwrap();
        append(&mut transaction, &events).await.unwrap();
        transaction.commit().await.unwrap();
    }

    pub(crate) fn run(&self, handlers: &[Arc<Notes>]) -> Handlers {
        let handlers = handlers.iter().map(|notes| Arc::clone(notes) as Arc<dyn Handler>).collect();
        Handlers::start(self.database.engine(), handlers)
    }

    /// With tries that follow each other at once.
    pub(crate) fn run_impatiently(&self, notes: &Arc<Notes>, tries: usize) -> Handlers {
        let retries = Retries::new(vec![Duration::ZERO; tries - 1]).unwrap();
        Handlers::start_with(self.database.engine(), vec![Arc::clone(notes) as Arc<dyn Handler>], retries)
    }

    async fn rebuild(&self, notes: &Notes) -> bool {
        let mut transaction = self.database.engine().begin().await.unwrap();
        let is_done = rebuild(&mut transaction, notes).await.unwrap();
        transaction.commit().await.unwrap();
        is_done
    }

    async fn state_at(&self, position_of: i32) -> String {
        let rows = list(self.database.engine(), None, 100).await.unwrap();
        rows.get(usize::try_from(position_of).unwrap()).map(|row| row.state.clone()).unwrap_or_default()
    }

    pub(crate) async fn stop(self, handlers: Handlers) {
        handlers.stop().await;
        self.database.close().await;
        drop(self.test);
    }
}

pub(crate) async fn wait_until<F: Future<Output = bool>>(condition: impl Fn() -> F) {
    for _ in 0..1_200 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it did not come to that");
}

#[tokio::test]
async fn events_are_handled_once_and_in_order_by_every_handler() {
    let world = World::start().await;
    let (one, two) = (Notes::new("one", Effects::Projection), Notes::new("two", Effects::Projection));
    let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
    world.happened(a, 1..=50).await;
    // Two processes: one of them does it.
    let (first, second) = (world.run(&[one.clone(), two.clone()]), world.run(&[one.clone(), two.clone()]));
    world.happened(b, 1..=50).await;
    for notes in [&one, &two] {
        notes.wait_for(100).await;
        assert_eq!(notes.of(a), (1..=50).collect::<Vec<_>>());
        assert_eq!(notes.of(b), (1..=50).collect::<Vec<_>>());
    }
    second.stop().await;
    world.stop(first).await;
}

#[tokio::test]
async fn what_fails_holds_up_nothing_but_its_own_stream_and_goes_on_when_it_can() {
    let world = World::start().await;
    let notes = Notes::new("notes", Effects::Projection);
    let (broken, fine) = (Uuid::from_u128(1), Uuid::from_u128(2));
    notes.fails_at.lock().unwrap().insert((broken, 2));
    world.happened(broken, 1..=4).await;
    world.happened(fine, 1..=3).await;
    let handlers = world.run(std::slice::from_ref(&notes));
    notes.wait_for(4).await;
    wait_until(|| async { world.state_at(2).await == "waiting" }).await;
    assert_eq!((notes.of(broken), notes.of(fine)), (vec![1], vec![1, 2, 3]));
    let rows = list(world.database.engine(), Some("notes"), 100).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.state.as_str()).collect::<Vec<_>>(), ["retrying", "waiting", "waiting"]);
    assert_eq!(rows[0].error, "told to fail");

    notes.fails_at.lock().unwrap().clear();
    notes.wait_for(7).await;
    assert_eq!(notes.of(broken), [1, 2, 3, 4]);
    wait_until(|| async { list(world.database.engine(), None, 1).await.unwrap().is_empty() }).await;
    world.stop(handlers).await;
}

#[tokio::test]
async fn what_cannot_be_handled_is_parked_until_a_person_retries_or_skips_it() {
    let world = World::start().await;
    let notes = Notes::new("notes", Effects::Outside);
    let handlers = world.run(std::slice::from_ref(&notes));
    let pool = world.database.engine();
    wait_until(|| async { statuses(pool).await.unwrap().first().is_some_and(|status| status.behind == 0) }).await;
    let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
    notes.unreadable_at.lock().unwrap().insert((one, 1));
    notes.panics_at.lock().unwrap().insert((two, 1));
    world.happened(one, 1..=2).await;
    wait_until(|| async { world.state_at(0).await == "parked" }).await;
    world.happened(two, 1..=1).await;
    wait_until(|| async { list(pool, None, 10).await.unwrap().len() == 3 }).await;
    let rows = list(pool, None, 10).await.unwrap();
    let broke_down = rows.iter().find(|row| row.state == "retrying").unwrap();
    assert_eq!(broke_down.error, "the handler broke down");

    // Still broken: parked again. Then mended.
    let parked = rows.iter().find(|row| row.state == "parked").unwrap().position;
    retry(pool, "notes", parked).await.unwrap();
    wait_until(|| async { list(pool, None, 1).await.unwrap()[0].state == "parked" }).await;
    notes.unreadable_at.lock().unwrap().clear();
    notes.panics_at.lock().unwrap().clear();
    assert_eq!(replay_parked(pool, "notes").await.unwrap(), 1);
    notes.wait_for(3).await;
    assert_eq!((notes.of(one), notes.of(two)), (vec![1, 2], vec![1]));

    notes.unreadable_at.lock().unwrap().insert((one, 3));
    world.happened(one, 3..=4).await;
    wait_until(|| async { world.state_at(0).await == "parked" && world.state_at(1).await == "waiting" }).await;
    let parked = list(pool, None, 1).await.unwrap()[0].position;
    skip(pool, "notes", parked).await.unwrap();
    assert!(skip(pool, "notes", parked).await.is_err());
    notes.wait_for(4).await;
    assert_eq!(notes.of(one), [1, 2, 4]);
    world.stop(handlers).await;
}

#[tokio::test]
async fn a_handler_with_effects_outside_begins_now_and_is_never_run_again() {
    let world = World::start().await;
    let (projection, outside) =
        (Notes::new("projection", Effects::Projection), Notes::new("outside", Effects::Outside));
    let stream = Uuid::from_u128(1);
    world.happened(stream, 1..=3).await;
    let handlers = world.run(&[projection.clone(), outside.clone()]);
    projection.wait_for(3).await;
    let pool = world.database.engine();
    wait_until(|| async {
        {
            let all = statuses(pool).await.unwrap();
            all.len() == 2 && all.iter().all(|status| status.behind == 0)
        }
    })
    .await;
    world.happened(stream, 4..=4).await;
    outside.wait_for(1).await;
    assert_eq!(outside.of(stream), [4]);
    projection.wait_for(4).await;

    assert!(!world.rebuild(&outside).await);
    wait_until(|| async { world.rebuild(&projection).await }).await;
    wait_until(|| async { projection.of(stream) == [1, 2, 3, 4] }).await;
    assert_eq!(outside.of(stream), [4]);
    world.stop(handlers).await;
}

#[tokio::test]
async fn what_goes_on_failing_is_parked_after_its_tries_and_drains_once_it_is_replayed() {
    let world = World::start().await;
    let notes = Notes::new("notes", Effects::Projection);
    let streams: Vec<Uuid> = (1..=3).map(Uuid::from_u128).collect();
    for stream in &streams {
        notes.fails_at.lock().unwrap().insert((*stream, 1));
        world.happened(*stream, 1..=2).await;
    }
    let handlers = world.run_impatiently(&notes, 3);
    let pool = world.database.engine();
    let parked = || async { list_state(pool, "parked", Some("notes"), None, 10).await.unwrap() };
    wait_until(|| async { parked().await.len() == 3 }).await;
    assert!(parked().await.iter().all(|row| row.tries == 3 && row.tenant_name == "Test"));
    let status = statuses(pool).await.unwrap().remove(0);
    assert_eq!((status.parked, status.waiting, status.retrying, status.behind), (3, 3, 0, 0));

    // Newest first, a page at a time.
    let first = list_state(pool, "parked", None, None, 2).await.unwrap();
    let before = (first[1].position, first[1].handler.clone());
    let rest = list_state(pool, "parked", None, Some(&before), 2).await.unwrap();
    assert_eq!(first.iter().chain(&rest).map(|row| row.position).collect::<Vec<_>>(), [5, 3, 1]);

    notes.fails_at.lock().unwrap().clear();
    assert_eq!(replay_parked(pool, "notes").await.unwrap(), 3);
    notes.wait_for(6).await;
    wait_until(|| async { list(pool, None, 1).await.unwrap().is_empty() }).await;
    world.stop(handlers).await;
}
