//! Why a URL or an address is refused.

use std::net::IpAddr;

/// A URL that Hookreel does not send to, whatever its host resolves to.
///
/// The text is for the person who typed the URL; it says nothing that they did not type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlRefusal {
    /// Neither `http` nor `https`.
    #[error("The URL must start with https:// or http://.")]
    Scheme,
    /// There is no host.
    #[error("The URL needs a host name.")]
    NoHost,
    /// `https://user:password@host/`.
    #[error("The URL must not contain a user name or a password. Use a header instead.")]
    Credentials,
    /// `https://host/#part`.
    #[error("The URL must not contain a fragment (#…): it would never be sent.")]
    Fragment,
    /// The host is an address that is not public.
    #[error("{0}. Hookreel sends to public addresses only, unless its operator allows others.")]
    Address(#[from] ForbiddenAddress),
    /// The host is a name of this machine or of a metadata service.
    #[error(
        "{name} does not lead to a public address. Hookreel sends to public addresses only, unless its operator allows others."
    )]
    LocalName {
        /// The name.
        name: String,
    },
    /// Something other than HTTP usually answers on this port.
    #[error("Port {0} is not open to webhooks. Use 443, 80 or a port from 1024 on that is not a database's.")]
    Port(u16),
    /// The URL is Hookreel's own: each delivery would make the next one.
    #[error("The URL leads back to Hookreel itself, so that each delivery would cause another.")]
    Own,
    /// The URL holds characters that a request line cannot carry, or is too long for one.
    #[error("The URL is not one that a request can be sent to.")]
    Unsendable,
}

impl UrlRefusal {
    /// The stable name of the refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Scheme => "scheme",
            Self::NoHost => "no_host",
            Self::Credentials => "credentials",
            Self::Fragment => "fragment",
            Self::Address(_) => "address",
            Self::LocalName { .. } => "local_name",
            Self::Port(_) => "port",
            Self::Own => "own",
            Self::Unsendable => "unsendable",
        }
    }
}

/// An address that is not public and that the operator has not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{address} is {purpose}")]
pub struct ForbiddenAddress {
    /// The address.
    pub address: IpAddr,
    /// What its block is for.
    pub purpose: &'static str,
}
