//! The tables that are read, and how they follow from events: projections of the configuration, and every query of
//! the dashboard and the REST API.
//!
//! Each query names its tenant, although row-level security would do so too: the keys begin with it. Lists are read
//! a page at a time by key, and what belongs to the rows of a page is read by one more query for all of them.

pub mod applications;
pub mod attempts;
pub mod billing;
mod body;
pub mod deliveries;
pub mod endpoints;
mod error;
pub mod event_log;
pub mod event_types;
mod execute;
pub mod messages;
pub mod overview;
mod page;
mod projection;
pub mod rebuild;
pub mod recoveries;
pub mod replays;
pub mod repositories;
pub mod retention;
mod search;
pub mod sources;
pub mod stats;
pub mod usage;

pub use attempts::{AttemptFilter, MessageAttempt};
pub use body::body_view;
pub use error::ReadError;
pub use execute::{ExecuteError, Executed, execute, load, record};
pub use page::{LIMIT_DEFAULT, LIMIT_MAX};
pub use projection::{Projected, Stamp};
