//! An endpoint: where messages are sent.

mod event;

#[cfg(test)]
mod spec;

pub use event::{EndpointDetails, EndpointEvent, SignatureScheme};

use crate::aggregate::{Aggregate, Existence};
use uuid::Uuid;

/// Whether messages are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EndpointActivity {
    /// Messages are sent.
    #[default]
    Enabled,
    /// Deliveries are made and held until it is resumed.
    Paused,
    /// No deliveries are made.
    Disabled,
}

impl EndpointActivity {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }
}

/// An endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// Whether it is there.
    pub existence: Existence,
    /// `Some` once it was made.
    pub details: Option<EndpointDetails>,
    /// Whether messages are sent.
    pub activity: EndpointActivity,
    /// Why it is disabled; `None` while it is not.
    pub disabled_reason: Option<String>,
}

/// What somebody wants of an endpoint. Secrets are named, never carried.
///
/// `cancelled` is how many waiting deliveries the caller has cancelled in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointCommand {
    /// Make it.
    Create {
        /// How it is configured.
        details: EndpointDetails,
        /// Names its signing secret.
        secret_id: Uuid,
        /// Do not send to it yet, and why not.
        disabled: Option<String>,
    },
    /// Replace what was configured.
    Update(EndpointDetails),
    /// Hold its deliveries.
    Pause,
    /// Send the held deliveries and go on.
    Resume,
    /// Make no deliveries any more.
    Disable {
        /// For people.
        reason: String,
        /// Deliveries given up.
        cancelled: u64,
    },
    /// Make deliveries again.
    Enable,
    /// Sign with another secret; the one before signs too for a while.
    RotateSecret {
        /// Names the new secret.
        secret_id: Uuid,
    },
    /// Delete it.
    Delete {
        /// Deliveries given up.
        cancelled: u64,
    },
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointRejection {
    /// It is not there.
    #[error("the endpoint does not exist")]
    NotFound,
    /// It is there already.
    #[error("the endpoint exists already")]
    AlreadyExists,
    /// Only what is sent to can be paused or resumed.
    #[error("the endpoint is disabled: enable it first")]
    Disabled,
    /// It is not disabled, only held.
    #[error("the endpoint is paused: resume it instead")]
    Paused,
    /// An endpoint belongs to one application for good.
    #[error("an endpoint cannot be moved to another application")]
    ApplicationStays,
}

impl Endpoint {
    fn change(&self, details: EndpointDetails) -> Result<Vec<EndpointEvent>, EndpointRejection> {
        match &self.details {
            Some(before) if *before == details => Ok(vec![]),
            Some(before) if before.application_id != details.application_id => Err(EndpointRejection::ApplicationStays),
            _ => Ok(vec![EndpointEvent::Updated(details)]),
        }
    }

    fn change_activity(&self, command: EndpointCommand) -> Result<Vec<EndpointEvent>, EndpointRejection> {
        use EndpointActivity::{Disabled, Enabled, Paused};
        match (command, self.activity) {
            (EndpointCommand::Pause, Enabled) => Ok(vec![EndpointEvent::Paused {}]),
            (EndpointCommand::Resume, Paused) => Ok(vec![EndpointEvent::Resumed {}]),
            (EndpointCommand::Enable, Disabled) => Ok(vec![EndpointEvent::Enabled {}]),
            (EndpointCommand::Disable { reason, cancelled }, Enabled | Paused) => {
                Ok(with_cancelled(EndpointEvent::Disabled { reason }, cancelled))
            }
            (EndpointCommand::Pause | EndpointCommand::Resume, Disabled) => Err(EndpointRejection::Disabled),
            (EndpointCommand::Enable, Paused) => Err(EndpointRejection::Paused),
            // It is already as wanted.
            _ => Ok(vec![]),
        }
    }
}

impl Aggregate for Endpoint {
    const STREAM_KIND: &'static str = "endpoint";
    type Command = EndpointCommand;
    type Event = EndpointEvent;
    type Rejection = EndpointRejection;

    fn decide(&self, command: EndpointCommand) -> Result<Vec<EndpointEvent>, EndpointRejection> {
        match command {
            EndpointCommand::Create { details, secret_id, disabled } if self.existence == Existence::Missing => {
                let mut events = vec![EndpointEvent::Created { details, secret_id }];
                events.extend(disabled.map(|reason| EndpointEvent::Disabled { reason }));
                Ok(events)
            }
            EndpointCommand::Create { .. } => Err(EndpointRejection::AlreadyExists),
            _ if !self.existence.is_present() => Err(EndpointRejection::NotFound),
            EndpointCommand::Update(details) => self.change(details),
            EndpointCommand::RotateSecret { secret_id } => Ok(vec![EndpointEvent::SecretRotated { secret_id }]),
            EndpointCommand::Delete { cancelled } => Ok(with_cancelled(EndpointEvent::Deleted {}, cancelled)),
            activity => self.change_activity(activity),
        }
    }

    fn evolve(&mut self, event: &EndpointEvent) {
        match event {
            EndpointEvent::Created { details, .. } => {
                self.existence = Existence::Present;
                self.details = Some(details.clone());
            }
            EndpointEvent::Updated(details) => self.details = Some(details.clone()),
            EndpointEvent::Paused {} => self.activity = EndpointActivity::Paused,
            EndpointEvent::Resumed {} => self.activity = EndpointActivity::Enabled,
            EndpointEvent::Disabled { reason } => {
                self.activity = EndpointActivity::Disabled;
                self.disabled_reason = Some(reason.clone());
            }
            EndpointEvent::Enabled {} => {
                self.activity = EndpointActivity::Enabled;
                self.disabled_reason = None;
            }
            EndpointEvent::Deleted {} => self.existence = Existence::Deleted,
            EndpointEvent::SecretRotated { .. }
            | EndpointEvent::DeliveriesCancelled { .. }
            | EndpointEvent::BreakerOpened { .. }
            | EndpointEvent::BreakerClosed {} => {}
        }
    }

    fn kind(event: &EndpointEvent) -> &'static str {
        event.kind()
    }
}

fn with_cancelled(event: EndpointEvent, cancelled: u64) -> Vec<EndpointEvent> {
    let mut events = vec![event];
    if cancelled > 0 {
        events.push(EndpointEvent::DeliveriesCancelled { count: cancelled });
    }
    events
}
