use crate::support::event;
use hookreel_event_store::{append, read_after};
use hookreel_kernel::TenantId;
use hookreel_testing::TestDatabase;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use uuid::Uuid;

const WRITERS: u64 = 32;
const APPENDS_PER_WRITER: usize = 40;

/// Writers that append, dawdle and roll back at random, and a reader that follows by position all the while.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thirty_two_writers_and_random_rollbacks_leave_no_gap_no_inversion_and_no_lost_event() {
    let test = TestDatabase::create().await;
    let pool = test.database().engine().clone();
    let seed: u64 = std::env::var("HOOKREEL_TEST_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(rand::random);
    let tenants: Arc<Vec<TenantId>> = Arc::new((0..3).map(|_| TenantId::generate()).collect());
    let done = Arc::new(AtomicBool::new(false));

    let reader = tokio::spawn({
        let (pool, done) = (pool.clone(), Arc::clone(&done));
        async move {
            let (mut read, mut position) = (Vec::new(), 0);
            loop {
                let finished = done.load(Ordering::SeqCst);
                let mut connection = pool.acquire().await.unwrap();
                let events = read_after(&mut connection, position, 50).await.unwrap();
                drop(connection);
                if let Some(last) = events.last() {
                    position = last.position;
                } else if finished {
                    return read;
                }
                read.extend(events);
            }
        }
    });
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (pool, tenants) = (pool.clone(), Arc::clone(&tenants));
            tokio::spawn(async move {
                let mut rng = StdRng::seed_from_u64(seed ^ writer);
                let mut committed = Vec::new();
                for _ in 0..APPENDS_PER_WRITER {
                    let tenant = tenants[rng.random_range(0..tenants.len())];
                    let stream = Uuid::now_v7();
                    let events: Vec<_> = (1..=rng.random_range(1..=3)).map(|v| event(tenant, stream, v)).collect();
                    let mut tx = pool.begin().await.unwrap();
                    append(&mut tx, &events).await.unwrap();
                    if rng.random_bool(0.2) {
                        tokio::time::sleep(Duration::from_millis(rng.random_range(0..4))).await;
                    }
                    if rng.random_bool(0.25) {
                        tx.rollback().await.unwrap();
                    } else {
                        tx.commit().await.unwrap();
                        committed.extend(events.into_iter().map(|e| e.event_id));
                    }
                }
                committed
            })
        })
        .collect();
    let mut committed = HashSet::new();
    for writer in writers {
        committed.extend(writer.await.unwrap());
    }
    done.store(true, Ordering::SeqCst);
    let read = reader.await.unwrap();

    let positions: Vec<i64> = read.iter().map(|e| e.position).collect();
    assert_eq!(positions, (1..=committed.len() as i64).collect::<Vec<_>>(), "seed {seed}: a gap or an inversion");
    let seen_ids: HashSet<_> = read.iter().map(|e| e.event_id).collect();
    assert_eq!(seen_ids, committed, "seed {seed}: an event was lost or invented");
    let mut sequences: HashMap<TenantId, i64> = HashMap::new();
    for stored in &read {
        let last = sequences.entry(stored.tenant_id).or_default();
        assert_eq!(stored.tenant_sequence, *last + 1, "seed {seed}: a tenant's sequence has a gap");
        *last = stored.tenant_sequence;
    }
    println!("seed {seed}: {} events committed by {WRITERS} writers, all read in order", read.len());
}
