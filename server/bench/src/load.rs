//! The senders.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

use crate::connection::Connection;
use crate::payload::now_ns;
use crate::scenario::Pace;
use crate::target::Target;

/// A kept connection is not used after this, so that the server does not close it at that moment.
const IDLE_MAX: Duration = Duration::from_secs(5);

/// A message that was answered 2xx. Times in nanoseconds of this process's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent {
    pub(crate) number: usize,
    pub(crate) began_at: u64,
    pub(crate) accepted_at: u64,
}

/// What became of everything that was sent.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) accepted: Vec<Sent>,
    /// What else happened, and how often.
    pub(crate) refused: BTreeMap<String, u64>,
    /// By how much a message was sent later than its pace wanted, at most.
    pub(crate) lag: Duration,
}

impl Outcome {
    fn add(&mut self, number: usize, began_at: u64, result: Result<u16>) {
        match result {
            Ok(status) if (200..300).contains(&status) => {
                self.accepted.push(Sent { number, began_at, accepted_at: now_ns() });
            }
            Ok(status) => *self.refused.entry(format!("status {status}")).or_default() += 1,
            Err(error) => *self.refused.entry(format!("{error:#}")).or_default() += 1,
        }
    }

    fn merge(&mut self, other: Self) {
        self.accepted.extend(other.accepted);
        for (what, count) in other.refused {
            *self.refused.entry(what).or_default() += count;
        }
    }
}

/// Where messages go.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    pub(crate) target: Target,
    pub(crate) run: u64,
}

impl Sender {
    /// Sends the messages of these numbers.
    pub(crate) async fn send(&self, numbers: Range<usize>, pace: Pace) -> Outcome {
        match pace {
            Pace::Closed { senders } => self.send_closed(numbers, senders).await,
            Pace::Open { per_second } => self.send_open(numbers, per_second).await,
        }
    }

    async fn send_closed(&self, numbers: Range<usize>, senders: usize) -> Outcome {
        let next = Arc::new(AtomicUsize::new(numbers.start));
        let mut tasks = JoinSet::new();
        for _ in 0..senders {
            let (sender, next, end) = (self.clone(), Arc::clone(&next), numbers.end);
            tasks.spawn(async move {
                let mut outcome = Outcome::default();
                let mut connection = None;
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= end {
                        return outcome;
                    }
                    connection = sender.send_one(number, connection, &mut outcome).await;
                }
            });
        }
        collect(tasks).await
    }

    async fn send_open(&self, numbers: Range<usize>, per_second: u32) -> Outcome {
        let idle = Arc::new(Mutex::new(Vec::<(Connection, Instant)>::new()));
        let began = tokio::time::Instant::now();
        let mut lag = Duration::ZERO;
        let mut tasks = JoinSet::new();
        for (index, number) in numbers.enumerate() {
            let due = began + Duration::from_secs_f64(index as f64 / f64::from(per_second));
            tokio::time::sleep_until(due).await;
            lag = lag.max(due.elapsed());
            let (sender, idle) = (self.clone(), Arc::clone(&idle));
            tasks.spawn(async move {
                let mut outcome = Outcome::default();
                let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let connection = kept.filter(|(_, since)| since.elapsed() < IDLE_MAX).map(|(connection, _)| connection);
                if let Some(connection) = sender.send_one(number, connection, &mut outcome).await {
                    idle.lock().unwrap_or_else(PoisonError::into_inner).push((connection, Instant::now()));
                }
                outcome
            });
        }
        Outcome { lag, ..collect(tasks).await }
    }

    /// Sends one message and gives the connection back, if it can be used again.
    async fn send_one(&self, number: usize, kept: Option<Connection>, outcome: &mut Outcome) -> Option<Connection> {
        let request = self.target.request(self.run, number);
        let began_at = now_ns();
        let exchanged = async {
            let mut connection = match kept {
                Some(connection) => connection,
                None => Connection::open(self.target.authority()).await?,
            };
            let answer = connection.exchange(&request).await?;
            anyhow::Ok((answer.status(), connection))
        };
        match exchanged.await {
            Ok((status, connection)) => {
                outcome.add(number, began_at, Ok(status));
                Some(connection)
            }
            Err(error) => {
                outcome.add(number, began_at, Err(error));
                None
            }
        }
    }
}

async fn collect(mut tasks: JoinSet<Outcome>) -> Outcome {
    let mut all = Outcome::default();
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok(outcome) => all.merge(outcome),
            Err(error) => *all.refused.entry(error.to_string()).or_default() += 1,
        }
    }
    all
}
