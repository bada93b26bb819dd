//! The endpoints: they note when each message arrived, and behave as the scenario says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::connection::Connection;
use crate::payload::{self, now_ns};
use crate::scenario::Behaviour;

/// What one endpoint saw.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) behaviour: Behaviour,
    /// When each message first arrived, by its number; 0 for never.
    arrivals: Vec<AtomicU64>,
    pub(crate) attempts: AtomicU64,
    pub(crate) duplicates: AtomicU64,
}

impl Endpoint {
    /// When a message first arrived.
    pub(crate) fn arrival(&self, number: usize) -> Option<u64> {
        Some(self.arrivals.get(number)?.load(Ordering::Relaxed)).filter(|arrival| *arrival > 0)
    }
}

#[derive(Debug)]
struct Shared {
    run: u64,
    endpoints: Vec<Endpoint>,
    /// First arrivals at healthy endpoints.
    delivered: AtomicU64,
    /// Requests that carry no message of this run.
    strangers: AtomicU64,
}

/// Listens until it is dropped.
#[derive(Debug)]
pub(crate) struct Receiver {
    shared: Arc<Shared>,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Receiver {
    /// Endpoints for `messages` messages of a run.
    pub(crate) async fn start(run: u64, behaviours: &[Behaviour], messages: usize) -> Result<Self> {
        let endpoint = |behaviour: &Behaviour| Endpoint {
            behaviour: *behaviour,
            arrivals: (0..messages).map(|_| AtomicU64::new(0)).collect(),
            attempts: AtomicU64::new(0),
            duplicates: AtomicU64::new(0),
        };
        let shared = Arc::new(Shared {
            run,
            endpoints: behaviours.iter().map(endpoint).collect(),
            delivered: AtomicU64::new(0),
            strangers: AtomicU64::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.context("the receiver found no free port")?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(listen(listener, Arc::clone(&shared)));
        Ok(Self { shared, address, task })
    }

    /// Where each endpoint is.
    pub(crate) fn urls(&self) -> Result<Vec<String>> {
        let mut urls = Vec::new();
        for (index, endpoint) in self.endpoints().iter().enumerate() {
            let address = match endpoint.behaviour {
                // A port that was free a moment ago, and at which nobody listens.
                Behaviour::Refuses => std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?,
                _ => self.address,
            };
            urls.push(format!("http://{address}/e/{index}"));
        }
        Ok(urls)
    }

    pub(crate) fn endpoints(&self) -> &[Endpoint] {
        &self.shared.endpoints
    }

    /// First arrivals at healthy endpoints so far.
    pub(crate) fn delivered(&self) -> u64 {
        self.shared.delivered.load(Ordering::Relaxed)
    }

    /// Requests with something else than a message of this run.
    pub(crate) fn strangers(&self) -> u64 {
        self.shared.strangers.load(Ordering::Relaxed)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    // Dropped with this task, and the connections with it.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        connections.spawn(async move { serve(stream, &shared).await.ok() });
        while connections.try_join_next().is_some() {}
    }
}

/// Answers every request on one connection.
async fn serve(stream: TcpStream, shared: &Shared) -> Result<()> {
    let mut connection = Connection::of(stream)?;
    while let Some(request) = connection.read().await? {
        let now = now_ns();
        let index = request.path().strip_prefix("/e/").and_then(|index| index.parse::<usize>().ok());
        let Some(endpoint) = index.and_then(|index| shared.endpoints.get(index)) else {
            connection.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await?;
            continue;
        };
        endpoint.attempts.fetch_add(1, Ordering::Relaxed);
        match payload::parse(&request.body) {
            Some((run, number)) if run == shared.run => note(shared, endpoint, number, now),
            _ => drop(shared.strangers.fetch_add(1, Ordering::Relaxed)),
        }
        let answer: &[u8] = match endpoint.behaviour {
            Behaviour::Fails => b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 6\r\n\r\nbroken",
            _ => b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
        };
        match endpoint.behaviour {
            Behaviour::AnswersAfter(wait) => tokio::time::sleep(wait).await,
            Behaviour::Hangs => {
                connection.closed().await;
                return Ok(());
            }
            _ => {}
        }
        connection.write(answer).await?;
    }
    Ok(())
}

fn note(shared: &Shared, endpoint: &Endpoint, number: usize, now: u64) {
    let Some(arrival) = endpoint.arrivals.get(number) else { return };
    if !endpoint.behaviour.is_healthy() {
        return;
    }
    if arrival.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
        shared.delivered.fetch_add(1, Ordering::Relaxed);
    } else {
        endpoint.duplicates.fetch_add(1, Ordering::Relaxed);
    }
}
