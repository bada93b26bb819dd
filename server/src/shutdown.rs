//! When to stop.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a process that was ended by a second signal answers: 128 + SIGINT, as shells do.
const FORCED_EXIT_CODE: i32 = 130;

/// SIGTERM and SIGINT, from the moment this is made: a signal during start-up is not lost.
#[derive(Debug)]
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens from now on.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for the next one and names it.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }

    /// From now on another signal ends the process at once. Nothing acknowledged is lost by that: what was under way
    /// is taken up at the next start, and so is the embedded PostgreSQL.
    pub(crate) fn exit_at_the_next(mut self) {
        tokio::spawn(async move {
            let name = self.next().await;
            tracing::warn!("{name} again: ending at once");
            std::process::exit(FORCED_EXIT_CODE);
        });
    }
}
