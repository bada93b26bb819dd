//! What GitHub said last, for while it says nothing.

use hookreel_contract::repository::{EarlierLook, RepositoryLook};
use hookreel_kernel::{ConnectionId, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Beyond this everything is forgotten.
const LOOKS_MAX: usize = 1_000;

/// What was looked at. A webhook that is made anew is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Looked {
    pub(super) connection_id: ConnectionId,
    pub(super) hook_id: Option<u64>,
}

type Looks = HashMap<Looked, (Timestamp, RepositoryLook)>;

/// The last look at each connection, in this process alone: a comfort, and nothing that is decided by.
#[derive(Debug, Clone, Default)]
pub(super) struct LastLooks(Arc<Mutex<Looks>>);

impl LastLooks {
    pub(super) fn keep(&self, looked: Looked, at: Timestamp, look: &RepositoryLook) {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if looks.len() >= LOOKS_MAX && !looks.contains_key(&looked) {
            looks.clear();
        }
        looks.insert(looked, (at, look.clone()));
    }

    /// The last look, with why it is not of now.
    pub(super) fn recall(&self, looked: Looked, why: String) -> Option<RepositoryLook> {
        let looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, look) = looks.get(&looked)?;
        Some(RepositoryLook { earlier: Some(EarlierLook { at: *at, why }), ..look.clone() })
    }
}
