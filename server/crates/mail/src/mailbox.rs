//! Addresses as they stand in a mail's header.

use lettre::Address;
use lettre::message::Mailbox as Lettre;
use std::fmt;
use std::str::FromStr;
use url::Host;

/// Who a mail is from: an address, perhaps with a name, as in `Hookreel <hookreel@example.com>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox(Lettre);

/// Not an address that mail can be sent from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an address such as hookreel@example.com or Hookreel <hookreel@example.com>")]
pub struct MailboxError;

impl Mailbox {
    /// Reads `name@host` or `Name <name@host>`, where the name may stand in double quotes.
    pub fn parse(text: &str) -> Result<Self, MailboxError> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>') {
            Some(named) => named.split_once('<').ok_or(MailboxError)?,
            None => ("", text),
        };
        let name = name.trim();
        let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name).trim();
        if name.chars().any(|c| c.is_control() || matches!(c, '"' | '\\' | '>')) {
            return Err(MailboxError);
        }
        let address: Address = address.trim().parse().map_err(|_| MailboxError)?;
        let name = Some(name.to_owned()).filter(|name| !name.is_empty());
        Ok(Self(Lettre::new(name, transportable(&address).ok_or(MailboxError)?)))
    }

    /// The address alone.
    pub fn address(&self) -> String {
        self.0.email.to_string()
    }

    /// The part of the address after its `@`.
    pub(crate) fn domain(&self) -> &str {
        self.0.email.domain()
    }

    pub(crate) const fn inner(&self) -> &Lettre {
        &self.0
    }
}

impl FromStr for Mailbox {
    type Err = MailboxError;
    fn from_str(text: &str) -> Result<Self, MailboxError> {
        Self::parse(text)
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mailbox({})", self.0)
    }
}

/// The address with its host in ASCII, so that any server can take it. `None`: there is no such host.
pub(crate) fn transportable(address: &Address) -> Option<Address> {
    if address.domain().is_ascii() {
        return Some(address.clone());
    }
    let Ok(Host::Domain(domain)) = Host::parse(address.domain()) else { return None };
    Address::new(address.user(), domain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_and_without_a_name() {
        let plain = Mailbox::parse(" hookreel@example.com ").unwrap();
        assert_eq!((plain.to_string(), plain.domain()), ("hookreel@example.com".to_owned(), "example.com"));
        for named in ["Acme, Inc. <hooks@acme.example>", "\"Acme, Inc.\" <hooks@acme.example>"] {
            assert_eq!(Mailbox::parse(named).unwrap().to_string(), "\"Acme, Inc.\" <hooks@acme.example>");
        }
        for bad in ["", "hookreel", "a@b\r\nBcc: c@d.example", "A <a@example.com>, B <b@example.com>", "<>"] {
            assert_eq!(Mailbox::parse(bad), Err(MailboxError), "{bad:?}");
        }
    }

    #[test]
    fn a_host_in_another_script_is_written_in_ascii() {
        assert_eq!(Mailbox::parse("post@bücher.example").unwrap().address(), "post@xn--bcher-kva.example");
    }
}
