//! What happens because something has happened: handlers that follow the event store, each at its own pace.
//!
//! [`registry`] lists all of them. A handler gets every event of the kinds it names at least once, those of one stream
//! in order. What fails is tried again, then parked for a person; the handler goes on, and only later events of the same
//! stream wait. What a handler writes is committed together with its place in the store.

mod backlog;
mod billing;
mod handler;
mod mails;
mod operational;
mod pace;
mod post;
mod recovery;
mod registry;
mod retries;
mod runner;
mod search;
mod usage;

pub use backlog::{
    BacklogError, BacklogRow, HandlerStatus, Place, list, list_state, replay_parked, retry, skip, statuses,
};
pub use handler::{Effects, Handler, HandlerError};
pub use operational::{OPERATIONAL_UID, OperationalType, operational_types};
pub use post::{
    MailRow, Post, PostParts, find_mail, forget_sent_mails, list_mails, queue_mail, recent_mails, retry_mail,
};
pub use recovery::{Recoverer, RecoveryParts};
pub use registry::{HandlerParts, NAMES, projections, registry};
pub use retries::{InvalidRetries, Retries};
pub use runner::{Handlers, begin_all, rebuild};
