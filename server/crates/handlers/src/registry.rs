//! Every handler there is.

use crate::handler::Handler;
use crate::operational::OperationalWebhooks;
use crate::search::SearchIndex;
use hookreel_database::Database;
use hookreel_delivery::Engine;
use std::sync::Arc;

/// What handlers are made of.
#[derive(Debug, Clone)]
pub struct HandlerParts {
    /// Where everything is stored.
    pub database: Database,
    /// Delivers what handlers send.
    pub engine: Engine,
}

/// All handlers, in no particular order: none waits for another.
pub fn registry(parts: &HandlerParts) -> Vec<Arc<dyn Handler>> {
    vec![Arc::new(SearchIndex), Arc::new(OperationalWebhooks::new(parts.engine.clone()))]
}
