//! Live news: what changed, for pages that are open.

use hookreel_auth::Caller;
use hookreel_delivery::{Engine, Signal, Topic};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// News of this process.
#[derive(Debug, Clone)]
pub struct Live {
    engine: Engine,
}

/// What a listener is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// Something changed.
    Changed(Topic),
    /// The listener was too slow and has missed some: look at everything again.
    Missed,
}

/// The news of one tenant.
#[derive(Debug)]
pub struct LiveNews {
    caller: Caller,
    signals: broadcast::Receiver<Signal>,
}

impl Live {
    /// News from this engine.
    pub const fn new(engine: Engine) -> Self {
        Self { engine }
    }

    /// Everything of the caller's tenant from now on.
    pub fn subscribe(&self, caller: Caller) -> LiveNews {
        LiveNews { caller, signals: self.engine.signals().subscribe() }
    }
}

impl LiveNews {
    /// The next news; `None` when the engine has ended.
    pub async fn next(&mut self) -> Option<News> {
        loop {
            match self.signals.recv().await {
                Ok(signal) if signal.tenant_id == self.caller.tenant_id() => return Some(News::Changed(signal.topic)),
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return Some(News::Missed),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
