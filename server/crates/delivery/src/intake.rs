//! Jobs that go to a worker of this process as they are made: it need not ask the database for them, nor for what they are
//! about.
//!
//! Their rows say from the beginning that this worker has taken them. If it dies, they come back as do all that it had taken.

use crate::jobs::NewJob;
use crate::load::LoadedDelivery;
use apalis::prelude::TaskId;
use apalis_core::task::builder::TaskBuilder;
use apalis_core::task::status::Status;
use apalis_postgres::PgTask;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{OwnedPermit, Sender};

/// How long what is known of a delivery is believed. A job that waited longer for its place loads its deliveries anew: some
/// may have been cancelled, or their endpoints paused.
const KNOWN_FOR: Duration = Duration::from_millis(250);

/// The way to the worker, while there is one.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    open: Mutex<Option<Open>>,
    /// Older jobs wait in the database: those that come now wait behind them.
    is_behind: AtomicBool,
}

#[derive(Debug, Clone)]
struct Open {
    worker: Arc<str>,
    jobs: Sender<PgTask>,
}

impl Intake {
    /// Leads to a worker that has registered.
    pub(crate) fn open(&self, worker: &str, jobs: Sender<PgTask>) {
        *self.lock() = Some(Open { worker: worker.into(), jobs });
    }

    /// No longer leads to this worker.
    pub(crate) fn close(&self, worker: &str) {
        self.lock().take_if(|open| *open.worker == *worker);
    }

    /// A fetch came back: it found all there was, or there may be more.
    pub(crate) fn fetched(&self, may_be_more: bool) {
        self.is_behind.store(may_be_more, Ordering::Relaxed);
    }

    /// Room for so many new jobs at the worker. Without room they are left to the database, and the worker has to be woken.
    pub(crate) fn reserve(&self, jobs: usize) -> Option<Taker> {
        if jobs == 0 || self.is_behind.load(Ordering::Relaxed) {
            return None;
        }
        let open = self.lock().clone()?;
        let room: Result<Vec<_>, _> = (0..jobs).map(|_| open.jobs.clone().try_reserve_owned()).collect();
        if room.is_err() {
            self.is_behind.store(true, Ordering::Relaxed);
        }
        Some(Taker { worker: open.worker, room: room.ok()? })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who will take new jobs as soon as they are committed.
#[derive(Debug)]
pub(crate) struct Taker {
    worker: Arc<str>,
    room: Vec<OwnedPermit<PgTask>>,
}

impl Taker {
    /// Whom the rows have to name.
    pub(crate) fn worker(&self) -> &str {
        &self.worker
    }

    /// They are committed. What is known of their deliveries was true at this time, but for those that were not made after
    /// all. Answers whether the worker still takes anything; if not, they are to be given back.
    pub(crate) fn take(self, jobs: &[NewJob], at: Instant, is_made: impl Fn(&LoadedDelivery) -> bool) -> bool {
        self.send(jobs, |job| {
            let deliveries: Vec<_> = job.known.iter().filter(|delivery| is_made(delivery)).cloned().collect();
            Some(Known { at, deliveries: deliveries.into() })
        })
    }

    /// They may be committed or not. The worker asks, and finds nothing to do if they are not.
    pub(crate) fn take_unsure(self, jobs: &[NewJob]) {
        self.send(jobs, |_| None);
    }

    fn send(self, jobs: &[NewJob], known: impl Fn(&NewJob) -> Option<Known>) -> bool {
        let mut is_taken = true;
        for (place, job) in self.room.into_iter().zip(jobs) {
            let task = TaskBuilder::new(job.payload())
                .task_id(TaskId::from_string(job.id.as_str()))
                .queue(job.queue.into())
                .status(Status::Queued)
                .lock_by(Some(self.worker.to_string()));
            let task = match known(job) {
                Some(known) => task.data(known),
                None => task,
            };
            is_taken &= !place.send(task.build()).is_closed();
        }
        is_taken
    }
}

/// What was true of a job's deliveries when it was handed over.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    at: Instant,
    deliveries: Arc<[LoadedDelivery]>,
}

impl Known {
    /// What may still be believed.
    pub(crate) fn if_fresh(&self) -> Option<Vec<LoadedDelivery>> {
        (self.at.elapsed() < KNOWN_FOR).then(|| self.deliveries.to_vec())
    }
}
