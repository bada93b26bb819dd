//! The engine: takes messages in, delivers them, retries, replays.
//!
//! The truth about what is due is in the deliveries' rows, written with the events that say why. Jobs only wake
//! workers: see `jobs.rs`, and `server/docs/architecture.md` for a walk along both hot paths.

mod accept;
mod admission;
mod attempt;
mod engine;
mod health;
mod housekeeping;
mod jobs;
mod load;
mod matching;
mod news;
mod outcome;
mod polling;
mod reconciler;
mod replay;
mod replay_pages;
mod resend;
mod signal;
mod signing;
mod snooze;
mod stats;
mod target;
mod wake;
mod work;
mod worker;

pub use accept::{Accepted, NewMessage};
pub use admission::InFlightLimits;
pub use attempt::AttemptSettings;
pub use engine::{AcceptError, Engine, EngineParts};
pub use replay::CancelError;
pub use resend::ResendError;
pub use signal::{Signal, Signals, Topic};
