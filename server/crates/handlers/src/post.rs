//! The post: mails wait in a table, a job of the queue sends each, and a mail that cannot be sent now is tried again.

mod queue;
mod worker;

pub use queue::{MailRow, queue_mail, recent_mails};
pub use worker::{Post, PostParts};
