//! The engine: takes messages in, delivers them, retries, replays.
//!
//! The truth about what is due is in the deliveries' rows, written with the events that say why. Jobs only wake
//! workers: see `jobs.rs`, and `server/docs/architecture.md` for a walk along both hot paths.

mod accept;
mod admission;
mod attempt;
mod cancel;
mod counts;
mod dedupe;
mod delivery_rows;
mod engine;
mod forwarded;
mod health;
mod housekeeping;
mod intake;
mod job_queue;
mod jobs;
mod load;
mod matching;
mod news;
mod outcome;
mod quarantine;
mod reconciler;
mod replay;
mod replay_end;
mod replay_pages;
mod resend;
mod signal;
mod signing;
mod silence;
mod snooze;
mod stats;
mod tally;
mod target;
mod wake;
mod work;
mod worker;

pub use accept::{Accepted, Inbound, NewMessage};
pub use admission::InFlightLimits;
pub use attempt::AttemptSettings;
pub use counts::Count;
pub use dedupe::{DEDUPE_WINDOW_MAX, DedupeKey};
pub use engine::{AcceptError, Engine, EngineParts};
pub use job_queue::JobQueue;
pub use quarantine::{Judged, QUARANTINE_BATCH, QuarantineError, Quarantined, Released};
pub use replay_end::CancelError;
pub use resend::ResendError;
pub use signal::{Signal, Signals, Topic};
pub use silence::{SilenceError, look_for_silence};
pub use tally::{DURATION_BOUNDS_MS, DURATION_CLASSES, Tallied};
