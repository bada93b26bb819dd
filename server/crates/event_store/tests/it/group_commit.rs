use hookreel_event_store::{Commit, GroupCommit, Limits, SubmitError};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Doubles numbers; refuses 13, and with it every batch that holds it.
struct Doubler {
    batches: Arc<Mutex<Vec<usize>>>,
    under_way: Arc<AtomicUsize>,
}

impl Commit for Doubler {
    type Item = u32;
    type Outcome = u32;
    type Error = &'static str;

    fn bytes(_: &u32) -> usize {
        1
    }

    async fn commit(&self, items: &[u32]) -> Result<Vec<u32>, &'static str> {
        self.under_way.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(5)).await;
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        if items.contains(&13) {
            return Err("unlucky");
        }
        self.batches.lock().unwrap().push(items.len());
        Ok(items.iter().map(|item| item * 2).collect())
    }
}

fn doubler(limits: Limits) -> (GroupCommit<Doubler>, Arc<Mutex<Vec<usize>>>) {
    let batches = Arc::new(Mutex::new(Vec::new()));
    let commit = Doubler { batches: Arc::clone(&batches), under_way: Arc::default() };
    (GroupCommit::spawn(commit, limits), batches)
}

#[tokio::test]
async fn calls_that_come_while_a_commit_is_under_way_share_the_next_one() {
    let (group, batches) = doubler(Limits { lanes: 1, ..Limits::default() });
    let calls = (0..100).filter(|n| *n != 13).map(|n| group.submit(n));
    let outcomes = futures::future::join_all(calls).await;
    assert!(outcomes.iter().all(Result::is_ok));
    let batches = batches.lock().unwrap();
    assert_eq!(batches.iter().sum::<usize>(), 99);
    assert!(batches.len() < 10, "{batches:?}");
}

#[tokio::test]
async fn a_bad_item_fails_alone() {
    let (group, _) = doubler(Limits { lanes: 1, ..Limits::default() });
    let outcomes = futures::future::join_all([1, 13, 3, 4].map(|n| group.submit(n))).await;
    assert!(matches!(outcomes[0], Ok(2)));
    assert!(matches!(outcomes[1], Err(SubmitError::Refused("unlucky"))));
    assert!(matches!(outcomes[2], Ok(6)));
    assert!(matches!(outcomes[3], Ok(8)));
}

#[tokio::test]
async fn a_batch_keeps_to_its_limits() {
    let (group, batches) = doubler(Limits { lanes: 1, items_max: 4, ..Limits::default() });
    futures::future::join_all((20..60).map(|n| group.submit(n))).await;
    assert!(batches.lock().unwrap().iter().all(|size| *size <= 4));
}

#[tokio::test]
async fn batches_that_are_kept_apart_gather_what_comes_meanwhile_and_one_after_a_lull_begins_at_once() {
    let apart = Duration::from_hours(1);
    let (group, batches) = doubler(Limits { lanes: 2, items_max: 4, apart, ..Limits::default() });
    assert_eq!(group.submit(1).await.ok(), Some(2), "nothing came before it");
    let calls: Vec<_> = (2..5)
        .map(|n| {
            tokio::spawn({
                let group = group.clone();
                async move { group.submit(n).await.ok() }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(*batches.lock().unwrap(), [1], "three wait for a fourth, or for an hour");
    assert_eq!(group.submit(5).await.ok(), Some(10));
    let answers = futures::future::join_all(calls).await;
    assert!(answers.into_iter().all(|answer| answer.unwrap().is_some()));
    assert_eq!(*batches.lock().unwrap(), [1, 4]);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_stop_what_it_asked_for() {
    let (group, batches) = doubler(Limits { lanes: 1, ..Limits::default() });
    let call = tokio::spawn({
        let group = group.clone();
        async move { group.submit(1).await.is_ok() }
    });
    tokio::time::sleep(Duration::from_millis(2)).await;
    call.abort();
    let committed = || batches.lock().unwrap().iter().sum::<usize>();
    for _ in 0..6_000 {
        if committed() > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(committed(), 1);
}
