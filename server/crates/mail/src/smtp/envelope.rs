//! A mail in the form that goes over the wire.

use crate::error::InvalidMail;
use crate::mailbox::{Mailbox, transportable};
use crate::rendered::Rendered;
use hookreel_kernel::{Email, Timestamp};
use lettre::Address;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Message, MultiPart};
use std::time::SystemTime;

/// The most characters of an id.
const ID_CHARS_MAX: usize = 128;
/// The last second of the year 9999, the last that a mail's date can name.
const LAST_SECOND: i64 = 253_402_300_799;

/// One mail to one person.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// What the `Message-ID` is made of. The same at every try, and another for every mail.
    pub id: &'a str,
    /// Who gets it.
    pub to: &'a Email,
    /// When it was written, which is its date.
    pub written_at: Timestamp,
    /// What it says.
    pub mail: &'a Rendered,
}

/// A mail that is ready to be sent.
pub(super) struct Envelope {
    pub(super) from: Address,
    pub(super) to: Address,
    pub(super) content: Vec<u8>,
}

impl Envelope {
    pub(super) fn seal(outgoing: &Outgoing<'_>, from: &Mailbox) -> Result<Self, InvalidMail> {
        let Outgoing { id, to, written_at, mail } = *outgoing;
        if id.is_empty() || id.len() > ID_CHARS_MAX || !id.bytes().all(may_be_in_an_id) {
            return Err(InvalidMail::Id);
        }
        if mail.subject.chars().any(char::is_control) {
            return Err(InvalidMail::Subject);
        }
        let to: Address = to.as_str().parse().map_err(|_| InvalidMail::Address)?;
        let to = transportable(&to).ok_or(InvalidMail::Address)?;
        let message = Message::builder()
            .message_id(Some(format!("<{id}@{}>", from.domain())))
            .date(date(written_at))
            .from(from.inner().clone())
            .to(to.clone().into())
            .subject(mail.subject.as_str())
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
            .map_err(|error| InvalidMail::Content(error.to_string()))?;
        Ok(Self { from: from.inner().email.clone(), to, content: message.formatted() })
    }

    /// Whether the addresses need a server that takes more than ASCII.
    pub(super) fn needs_utf8(&self) -> bool {
        let is_ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        !is_ascii(&self.from) || !is_ascii(&self.to)
    }
}

const fn may_be_in_an_id(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

fn date(at: Timestamp) -> SystemTime {
    let seconds = at.unix_timestamp().clamp(0, LAST_SECOND);
    SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds.unsigned_abs())
}

/// RFC 3834: no person wrote this, so that no machine answers it.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
