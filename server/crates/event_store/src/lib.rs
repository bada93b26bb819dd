//! The append-only log. It knows bytes, versions and positions, not the domain.
//!
//! - A **stream** is the ordered history of one thing; its versions are dense from 1 and unique.
//! - A **position** is the place in the whole store. It is taken from one row, locked last in the appending
//!   transaction, so that positions are dense and become visible in order: a reader needs nothing but
//!   `position > $1` and can never miss an event. See `server/docs/architecture.md`.

mod append;
mod checkpoint;
mod event;
mod group_commit;
mod read;
mod turn;

pub use append::{AppendError, append};
pub use checkpoint::{load_checkpoint, save_checkpoint};
pub use event::{CONFIGURATION_BUCKET, NewEvent, StoredEvent, Stream, bucket_of};
pub use group_commit::{Commit, GroupCommit, Limits, SubmitError};
pub use read::{Wanted, head, last_version, load_stream, read_after, read_kinds, read_one};
pub use turn::Turn;
