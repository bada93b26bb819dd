//! Group commit: many callers, one transaction.
//!
//! Calls queue up while the previous commit is under way, and the next commit takes all of them: an idle caller is
//! committed at once, a busy time makes larger batches by itself. Where nobody waits for the answer, batches can also be
//! kept some time apart. A caller is answered only after the commit that holds its rows. When a batch fails, its items are committed one by one, so that one bad item never
//! fails its neighbours; that costs a transaction per item, only for that batch.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

/// What is done with a batch.
pub trait Commit: Send + Sync + 'static {
    /// What a caller hands in.
    type Item: Send + 'static;
    /// What a caller gets back once it is durable.
    type Outcome: Send + 'static;
    /// Why it is not.
    type Error: Send + 'static;

    /// Commits all items in one transaction and returns an outcome for each, in order; on an error nothing of the
    /// batch is durable, or that is unknown: an item has to bear being handed in again. Items are passed by reference, because a failed batch is tried again item by item.
    fn commit(&self, items: &[Self::Item]) -> impl Future<Output = Result<Vec<Self::Outcome>, Self::Error>> + Send;

    /// Roughly how many bytes an item adds to its transaction.
    fn bytes(item: &Self::Item) -> usize;
}

/// How large batches may become, and how many may be under way.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Items in one transaction.
    pub items_max: usize,
    /// Bytes in one transaction; a single larger item still passes.
    pub bytes_max: usize,
    /// Items waiting; callers beyond that wait for room.
    pub queue_max: usize,
    /// Transactions at once.
    pub lanes: usize,
    /// How long after the last one a batch that is not full begins at the earliest. A caller after a lull never waits.
    pub apart: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { items_max: 256, bytes_max: 8 << 20, queue_max: 4096, lanes: 2, apart: Duration::ZERO }
    }
}

/// Why an item was not committed.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError<E> {
    /// The commit failed for this item alone.
    #[error(transparent)]
    Refused(E),
    /// The committer has stopped, or broke down; whether the item is durable is unknown.
    #[error("the writer has stopped")]
    Stopped,
}

type Waiting<C> = (<C as Commit>::Item, oneshot::Sender<Result<<C as Commit>::Outcome, <C as Commit>::Error>>);

/// A handle to hand items in. Dropping the last handle ends the committer after the queue is empty.
pub struct GroupCommit<C: Commit> {
    queue: mpsc::Sender<Waiting<C>>,
}

impl<C: Commit> Clone for GroupCommit<C> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone() }
    }
}

impl<C: Commit> fmt::Debug for GroupCommit<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupCommit").field("room", &self.queue.capacity()).finish()
    }
}

impl<C: Commit> GroupCommit<C> {
    /// Starts the committer's lanes on the current runtime.
    pub fn spawn(commit: C, limits: Limits) -> Self {
        let (queue, receiver) = mpsc::channel(limits.queue_max);
        let waiting = Arc::new(Mutex::new(Queue { receiver, next_at: Instant::now() }));
        let commit = Arc::new(commit);
        for _ in 0..limits.lanes.max(1) {
            tokio::spawn(run_lane(Arc::clone(&commit), Arc::clone(&waiting), limits));
        }
        Self { queue }
    }

    /// Hands an item in and waits until it is durable.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub async fn submit(&self, item: C::Item) -> Result<C::Outcome, SubmitError<C::Error>> {
        let (answer, answered) = oneshot::channel();
        self.queue.send((item, answer)).await.map_err(|_| SubmitError::Stopped)?;
        answered.await.map_err(|_| SubmitError::Stopped)?.map_err(SubmitError::Refused)
    }
}

/// What the lanes take from, one at a time.
struct Queue<C: Commit> {
    receiver: mpsc::Receiver<Waiting<C>>,
    /// When the next batch may begin.
    next_at: Instant,
}

impl<C: Commit> Queue<C> {
    /// Waits for a call; an empty batch is the end.
    async fn next_batch(&mut self, limits: Limits) -> Vec<Waiting<C>> {
        let mut batch = Vec::new();
        let Some(first) = self.receiver.recv().await else { return batch };
        let mut bytes = C::bytes(&first.0);
        batch.push(first);
        while batch.len() < limits.items_max && bytes < limits.bytes_max {
            let Some(next) = self.next_in_time().await else { break };
            bytes += C::bytes(&next.0);
            batch.push(next);
        }
        self.next_at = Instant::now() + limits.apart;
        batch
    }

    async fn next_in_time(&mut self) -> Option<Waiting<C>> {
        match self.receiver.try_recv() {
            Ok(next) => Some(next),
            Err(_) => timeout_at(self.next_at, self.receiver.recv()).await.ok().flatten(),
        }
    }
}

async fn run_lane<C: Commit>(commit: Arc<C>, waiting: Arc<Mutex<Queue<C>>>, limits: Limits) {
    loop {
        let batch = waiting.lock().await.next_batch(limits).await;
        if batch.is_empty() {
            return;
        }
        // A panic in one batch must not end the lane: its callers are told `Stopped`, the next batch goes on.
        let commit = Arc::clone(&commit);
        if let Err(error) = tokio::spawn(async move { commit_batch(&*commit, batch).await }).await {
            tracing::error!(%error, "a group commit broke down");
        }
    }
}

async fn commit_batch<C: Commit>(commit: &C, batch: Vec<Waiting<C>>) {
    let (items, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
    match commit.commit(&items).await {
        Ok(outcomes) => {
            debug_assert_eq!(outcomes.len(), answers.len());
            for (answer, outcome) in answers.into_iter().zip(outcomes) {
                // The caller may have gone away; what it asked for is done all the same.
                let _ = answer.send(Ok(outcome));
            }
        }
        Err(error) if answers.len() == 1 => {
            for (answer, error) in answers.into_iter().zip([error]) {
                let _ = answer.send(Err(error));
            }
        }
        Err(_) => {
            for (item, answer) in items.into_iter().zip(answers) {
                let single = [item];
                let outcome = commit.commit(&single).await;
                let _ = match outcome.map(|outcomes| outcomes.into_iter().next()) {
                    Ok(Some(outcome)) => answer.send(Ok(outcome)),
                    Ok(None) => continue,
                    Err(error) => answer.send(Err(error)),
                };
            }
        }
    }
}
