//! The post: mails wait in a table, a job of the queue sends each, and a mail that cannot be sent now is tried again.

mod look;
mod queue;
mod worker;

pub use look::{MailRow, find_mail, list_mails, recent_mails};
pub use queue::{forget_sent_mails, queue_mail, retry_mail};
pub use worker::{Post, PostParts};
