//! News for whoever is looking: that something changed, to be read again from the database.

use hookreel_kernel::{DeliveryId, EndpointId, MessageId, ReplayId, SourceId, TenantId};
use std::sync::Arc;
use tokio::sync::{Notify, broadcast};

/// Signals kept for a slow listener; it is told when it missed some.
const BACKLOG: usize = 1_024;

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A message came in.
    Message(MessageId),
    /// A delivery got an attempt.
    Delivery(DeliveryId),
    /// A replay made progress.
    Replay(ReplayId),
    /// An endpoint's state or breaker changed.
    Endpoint(EndpointId),
    /// A source was changed, or asked something.
    Source(SourceId),
    /// The plan was changed, what is paid for it, or what is used.
    Usage,
}

/// News of one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signal {
    /// Whose.
    pub tenant_id: TenantId,
    /// What changed.
    pub topic: Topic,
}

/// Where signals go. Costs nothing while nobody listens.
#[derive(Debug, Clone)]
pub struct Signals {
    sender: broadcast::Sender<Signal>,
    listener_came: Arc<Notify>,
}

impl Default for Signals {
    fn default() -> Self {
        Self { sender: broadcast::channel(BACKLOG).0, listener_came: Arc::default() }
    }
}

impl Signals {
    /// Tells whoever listens.
    pub(crate) fn send(&self, signal: Signal) {
        // An error says that nobody listens.
        let _ = self.sender.send(signal);
    }

    /// Everything from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Signal> {
        let receiver = self.sender.subscribe();
        self.listener_came.notify_one();
        receiver
    }

    /// Whether anybody listens.
    pub(crate) fn are_heard(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    /// Waits until somebody listens.
    pub(crate) async fn until_heard(&self) {
        while !self.are_heard() {
            self.listener_came.notified().await;
        }
    }
}
