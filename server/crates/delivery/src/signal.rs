//! News for whoever is looking: sent after a commit of this process, to be re-read from the database.

use hookreel_kernel::{DeliveryId, EndpointId, MessageId, ReplayId, TenantId};
use tokio::sync::broadcast;

/// Signals kept for a slow listener; it is told when it missed some.
const BACKLOG: usize = 1_024;

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// A message came in.
    Message(MessageId),
    /// A delivery got an attempt.
    Delivery(DeliveryId),
    /// A replay made progress.
    Replay(ReplayId),
    /// An endpoint's state or breaker changed.
    Endpoint(EndpointId),
}

/// News of one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal {
    /// Whose.
    pub tenant_id: TenantId,
    /// What changed.
    pub topic: Topic,
}

/// Where signals go. Costs next to nothing while nobody listens.
#[derive(Debug, Clone)]
pub struct Signals(broadcast::Sender<Signal>);

impl Default for Signals {
    fn default() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }
}

impl Signals {
    /// Tells whoever listens.
    pub fn send(&self, signal: Signal) {
        // An error says that nobody listens.
        let _ = self.0.send(signal);
    }

    /// Everything from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Signal> {
        self.0.subscribe()
    }
}
