//! Waking workers: at once in this process, by one NOTIFY per burst in others. Polling is only the safety net.

use crate::jobs::{DELIVER_LATER_QUEUE, DELIVER_QUEUE, REPLAY_QUEUE};
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// The channel on which processes without workers tell those with workers.
const CHANNEL: &str = "hookreel_jobs";
/// What a notification says when deliveries were made due without a job.
const RECONCILE: &str = "reconcile";
/// Notifications are at least so far apart.
const NOTIFY_INTERVAL: Duration = Duration::from_millis(2);
/// How long to wait before listening again after the connection broke.
const LISTEN_RETRY: Duration = Duration::from_secs(1);

/// A handle to wake workers.
#[derive(Debug, Clone)]
pub(crate) struct Wake {
    queues: Arc<[Calls; 3]>,
    someone_was_called: Arc<Notify>,
}

/// Calls for the workers of one queue.
#[derive(Debug)]
struct Calls {
    queue: &'static str,
    here: watch::Sender<()>,
    /// Others are still to be told.
    elsewhere: AtomicBool,
}

impl Wake {
    pub(crate) fn new() -> Self {
        let queues = [DELIVER_QUEUE, DELIVER_LATER_QUEUE, REPLAY_QUEUE];
        let queues = queues.map(|queue| Calls { queue, here: watch::channel(()).0, elsewhere: AtomicBool::new(false) });
        Self { queues: Arc::new(queues), someone_was_called: Arc::new(Notify::new()) }
    }

    /// New jobs of a queue are committed.
    pub(crate) fn workers(&self, queue: &str) {
        for calls in self.queues.iter().filter(|calls| calls.queue == queue) {
            calls.here.send_replace(());
            calls.elsewhere.store(true, Ordering::Release);
        }
        self.someone_was_called.notify_one();
    }

    /// For the workers of a queue in this process.
    pub(crate) fn subscribe(&self, queue: &str) -> watch::Receiver<()> {
        let calls = self.queues.iter().find(|calls| calls.queue == queue).unwrap_or(&self.queues[0]);
        calls.here.subscribe()
    }

    /// Tells other processes, for one that has no workers itself. Many wakes while one is sent become one.
    pub(crate) async fn notify_others(self, pool: PgPool, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = self.someone_was_called.notified() => {}
                () = stop.cancelled() => return,
            }
            let called = self.queues.iter().filter(|calls| calls.elsewhere.swap(false, Ordering::AcqRel));
            let queues: Vec<&str> = called.map(|calls| calls.queue).collect();
            let sent = sqlx::query!(
                "select pg_notify($1, queue) from unnest($2::text[]) as queue",
                CHANNEL,
                &queues as &[&str]
            );
            if let Err(error) = sent.execute(&pool).await {
                tracing::debug!(%error, "workers elsewhere could not be woken; they poll");
            }
            tokio::time::sleep(NOTIFY_INTERVAL).await;
        }
    }

    /// Tells the reconcilers of other processes, for one that has none itself.
    pub(crate) async fn reconcilers_elsewhere(pool: PgPool) {
        let sent = sqlx::query!("select pg_notify($1, $2)", CHANNEL, RECONCILE).execute(&pool).await;
        if let Err(error) = sent {
            tracing::debug!(%error, "the reconciler elsewhere could not be told; it looks by itself");
        }
    }

    /// Passes on what other processes say to the workers and the reconciler here.
    pub(crate) async fn listen(self, pool: PgPool, reconciler: Arc<Notify>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let heard = tokio::select! {
                heard = self.listen_once(&pool, &reconciler) => heard,
                () = stop.cancelled() => return,
            };
            if let Err(error) = heard {
                tracing::debug!(%error, "the wake-up connection broke; polling goes on meanwhile");
            }
            tokio::time::sleep(LISTEN_RETRY).await;
        }
    }

    async fn listen_once(&self, pool: &PgPool, reconciler: &Notify) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        loop {
            match listener.recv().await?.payload() {
                RECONCILE => reconciler.notify_one(),
                queue => {
                    for calls in self.queues.iter().filter(|calls| calls.queue == queue) {
                        calls.here.send_replace(());
                    }
                }
            }
        }
    }
}
