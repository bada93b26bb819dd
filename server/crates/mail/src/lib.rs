//! Mails: what each one says, and sending it by SMTP.
//!
//! - A [`Mail`] is data: it can be stored in a job and be rendered later. [`Mail::render`] makes its plain text and its
//!   HTML; every value in it is cleaned and escaped, whoever chose it.
//! - [`Smtp`] sends one mail at a time and says by type whether trying again can help. A mail keeps its `Message-ID`
//!   over all tries, so that one that arrives twice can be recognised.
//! - The server is the operator's choice, never a tenant's: that is why this is the one connection to the outside that
//!   does not go through `hookreel-egress`.
//!
//! There is no queue here, and no database.

mod dates;
mod error;
mod html;
mod letter;
mod letters;
mod line;
mod link;
mod mail;
mod mailbox;
mod plain;
mod quota;
mod rendered;
mod smtp;

pub use error::{InvalidMail, MailError, Step};
pub use link::{Instance, LinkRefusal};
pub use mail::Mail;
pub use mailbox::{Mailbox, MailboxError};
pub use quota::{Quota, QuotaLevel};
pub use rendered::Rendered;
pub use smtp::{Accepted, Login, Outgoing, Security, Smtp, SmtpConfig, SmtpConfigError, SmtpSetupError};
