//! Two processes with one backlog, and people who decide about it while it is worked off.

use crate::following::{Notes, World, wait_until};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use hookreel_event_store::StoredEvent;
use hookreel_handlers::{
    BacklogError, Effects, Handler, HandlerError, Handlers, list, list_state, replay_parked, skip,
};
use sqlx::PgConnection;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Takes over the backlog of [`Notes`], and handles an event no sooner than it is let.
#[derive(Debug)]
struct Gated {
    begun: Semaphore,
    let_through: Semaphore,
    fails: AtomicBool,
    handled: Mutex<Vec<i64>>,
}

impl Gated {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            begun: Semaphore::new(0),
            let_through: Semaphore::new(0),
            fails: AtomicBool::new(false),
            handled: Mutex::default(),
        })
    }

    fn run(self: &Arc<Self>, world: &World) -> Handlers {
        Handlers::start(world.database.engine(), vec![Arc::clone(self) as Arc<dyn Handler>])
    }

    async fn has_begun(&self) {
        self.begun.acquire().await.unwrap().forget();
    }

    fn handled(&self) -> Vec<i64> {
        self.handled.lock().unwrap().clone()
    }
}

impl Handler for Gated {
    fn name(&self) -> &'static str {
        "notes"
    }

    fn purpose(&self) -> &'static str {
        "waits before it handles"
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["test.happened"]
    }

    fn effects(&self) -> Effects {
        Effects::Projection
    }

    fn handle<'a>(
        &'a self,
        _connection: &'a mut PgConnection,
        events: &'a [StoredEvent],
    ) -> BoxFuture<'a, Result<(), HandlerError>> {
        async move {
            self.begun.add_permits(1);
            self.let_through.acquire().await.unwrap().forget();
            if self.fails.load(Ordering::Relaxed) {
                return Err(HandlerError::Failed("told to fail".to_owned()));
            }
            self.handled.lock().unwrap().extend(events.iter().map(|event| event.position));
            Ok(())
        }
        .boxed()
    }
}

/// One event in each of so many streams, each due again after it was parked; their positions, in order.
async fn due_again(world: &World, streams: u128) -> (Arc<Notes>, Vec<i64>) {
    let notes = Notes::new("notes", Effects::Projection);
    for stream in (1..=streams).map(Uuid::from_u128) {
        notes.fails_at.lock().unwrap().insert((stream, 1));
        world.happened(stream, 1..=1).await;
    }
    let handlers = world.run_impatiently(&notes, 2);
    let pool = world.database.engine();
    let parked = || async { list_state(pool, "parked", Some("notes"), None, 1_000).await.unwrap() };
    let count = usize::try_from(streams).unwrap();
    wait_until(|| async { parked().await.len() == count }).await;
    handlers.stop().await;
    let mut positions: Vec<i64> = parked().await.iter().map(|row| row.position).collect();
    positions.sort_unstable();
    notes.fails_at.lock().unwrap().clear();
    assert_eq!(replay_parked(pool, "notes").await.unwrap(), u64::try_from(streams).unwrap());
    (notes, positions)
}

async fn until_worked_off(world: &World) {
    wait_until(|| async { list(world.database.engine(), None, 1).await.unwrap().is_empty() }).await;
}

#[tokio::test]
async fn two_processes_handle_what_is_in_the_backlog_once() {
    let world = World::start().await;
    let (notes, positions) = due_again(&world, 60).await;
    let (first, second) = (world.run(std::slice::from_ref(&notes)), world.run(std::slice::from_ref(&notes)));
    until_worked_off(&world).await;
    second.stop().await;
    world.stop(first).await;
    let mut got = notes.got();
    got.sort_unstable();
    assert_eq!(got.len(), positions.len());
    got.dedup();
    assert_eq!(got.len(), positions.len());
}

#[tokio::test]
async fn what_is_skipped_before_its_turn_is_not_handled() {
    let world = World::start().await;
    let (_, positions) = due_again(&world, 2).await;
    let gated = Gated::new();
    let handlers = gated.run(&world);
    gated.has_begun().await;
    // Both were found to be due; the first is under way.
    skip(world.database.engine(), "notes", positions[1]).await.unwrap();
    gated.let_through.add_permits(10);
    until_worked_off(&world).await;
    world.stop(handlers).await;
    assert_eq!(gated.handled(), positions[..1]);
}

#[tokio::test]
async fn who_skips_what_is_being_tried_is_told_how_it_ended() {
    for fails in [false, true] {
        let world = World::start().await;
        let (_, positions) = due_again(&world, 1).await;
        let gated = Gated::new();
        gated.fails.store(fails, Ordering::Relaxed);
        let handlers = gated.run(&world);
        gated.has_begun().await;
        let skipping = tokio::spawn({
            let (pool, position) = (world.database.engine().clone(), positions[0]);
            async move { skip(&pool, "notes", position).await }
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!skipping.is_finished(), "what is being tried was skipped at once");
        gated.let_through.add_permits(1);
        let skipped = skipping.await.unwrap();
        if fails {
            assert_eq!(skipped.unwrap(), "test.happened");
        } else {
            assert!(matches!(skipped, Err(BacklogError::NotFound)), "{skipped:?}");
        }
        until_worked_off(&world).await;
        world.stop(handlers).await;
        assert_eq!(gated.handled(), if fails { vec![] } else { positions });
    }
}
