//! Why a mail was not sent.

use crate::line::clean;
use crate::link::LinkRefusal;
use lettre::transport::smtp;
use std::fmt;

/// The most characters that are kept of what a server says.
const ANSWER_CHARS_MAX: usize = 300;

/// A mail was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The server said no for good (5xx).
    #[error("the mail server refused {step}: {code} {text}")]
    Refused {
        /// What it refused.
        step: Step,
        /// The server's code: 500 to 599.
        code: u16,
        /// The server's words, in one line, bounded. They may name addresses.
        text: String,
    },
    /// The server said "not now" (4xx), or could not be spoken to: the same mail may be sent later.
    #[error("the mail could not be sent now: {why}")]
    NotNow {
        /// The server's code, if it said no: 400 to 499.
        code: Option<u16>,
        /// Why, for the operator's log.
        why: String,
    },
    /// The mail is not one that can be sent.
    #[error("the mail cannot be sent: {0}")]
    Invalid(#[from] InvalidMail),
}

/// What is wrong with a mail. Trying again does not help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMail {
    /// The address is none that mail can be sent to.
    #[error("the recipient's address is not one that mail can be sent to")]
    Address,
    /// The address has letters outside ASCII before its `@`, which the server cannot take.
    #[error("the mail server takes no addresses with letters outside ASCII")]
    AddressNotAscii,
    /// The id cannot be part of a `Message-ID`.
    #[error("the id is not 1 to 128 of A-Z, a-z, 0-9, `.`, `_` and `-`")]
    Id,
    /// The subject has line breaks or control characters.
    #[error("the subject is not one line")]
    Subject,
    /// The link is none that may be in a mail.
    #[error(transparent)]
    Link(#[from] LinkRefusal),
    /// The mail could not be put into the form that is sent.
    #[error("the mail could not be put together: {0}")]
    Content(String),
}

impl From<LinkRefusal> for MailError {
    fn from(refusal: LinkRefusal) -> Self {
        Self::Invalid(InvalidMail::Link(refusal))
    }
}

/// How far a mail got: what the server was asked for when it refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To be spoken to at all.
    Connection,
    /// The user name and the password.
    SignIn,
    /// The sender's address.
    Sender,
    /// The recipient's address.
    Recipient,
    /// The mail itself.
    Content,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connection => "the connection",
            Self::SignIn => "the user name or the password",
            Self::Sender => "the sender",
            Self::Recipient => "the recipient",
            Self::Content => "the mail",
        })
    }
}

impl MailError {
    /// Whether it is this mail that is at fault. If not, it is the server or the instance's configuration, so that the
    /// same mail can go out once the operator has put that right: a wrong password must not cost any mail.
    pub const fn is_about_the_mail(&self) -> bool {
        match self {
            Self::Refused { step, .. } => matches!(step, Step::Recipient | Step::Content),
            Self::NotNow { .. } => false,
            Self::Invalid(_) => true,
        }
    }

    pub(crate) fn not_now(why: impl Into<String>) -> Self {
        Self::NotNow { code: None, why: why.into() }
    }

    /// What a failure of the connection means at this step.
    pub(crate) fn at(step: Step, failure: &smtp::Error) -> Self {
        let told = told(failure);
        match failure.status().map(u16::from) {
            Some(code) if failure.is_permanent() => Self::Refused { step, code, text: told },
            Some(code) => Self::NotNow { code: Some(code), why: format!("{step}: {told}") },
            None => Self::not_now(format!("{step}: {told}")),
        }
    }
}

/// The server's words, or what went wrong on the way: the innermost cause says all there is.
fn told(failure: &smtp::Error) -> String {
    let mut innermost: &dyn std::error::Error = failure;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    clean(&innermost.to_string(), ANSWER_CHARS_MAX)
}
