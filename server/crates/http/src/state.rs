//! What every handler works with.

use crate::applications::ApplicationIds;
use crate::body_budget::BodyBudget;
use hookreel_kernel::Clock;
use hookreel_services::Services;
use std::sync::Arc;
use std::time::Duration;

/// What can be configured about this half of the server.
#[derive(Debug, Clone, Copy)]
pub struct HttpSettings {
    /// The most bytes a request body may have, on the wire.
    pub body_bytes_max: usize,
    /// How long a sender may take to send its body.
    pub body_timeout: Duration,
    /// How many bytes of received webhooks may be in memory at once; what is larger than some KiB waits for room.
    pub received_bytes_max: usize,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            body_bytes_max: 1024 * 1024,
            body_timeout: Duration::from_secs(30),
            received_bytes_max: 256 * 1024 * 1024,
        }
    }
}

/// Shared by all requests; cheap to clone.
#[derive(Debug, Clone)]
pub struct HttpState(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    services: Services,
    settings: HttpSettings,
    clock: Arc<dyn Clock>,
    application_ids: ApplicationIds,
    body_budget: BodyBudget,
}

impl HttpState {
    /// Puts the use cases behind HTTP.
    pub fn new(services: Services, settings: HttpSettings, clock: Arc<dyn Clock>) -> Self {
        let (application_ids, body_budget) = (ApplicationIds::default(), BodyBudget::new(settings.received_bytes_max));
        Self(Arc::new(Shared { services, settings, clock, application_ids, body_budget }))
    }

    pub(crate) fn services(&self) -> &Services {
        &self.0.services
    }

    pub(crate) fn settings(&self) -> &HttpSettings {
        &self.0.settings
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.0.clock.as_ref()
    }

    pub(crate) fn body_budget(&self) -> &BodyBudget {
        &self.0.body_budget
    }

    pub(crate) fn application_ids(&self) -> &ApplicationIds {
        &self.0.application_ids
    }
}
