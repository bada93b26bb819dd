//! Which server, and how to speak to it.

use crate::mailbox::{Mailbox, MailboxError};
use hookreel_kernel::Secret;
use std::net::IpAddr;
use std::time::Duration;
use url::{Host, Url};

/// How long one mail may take, unless configured otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Whether the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Not at all: for a server on this machine or in a network that is trusted.
    None,
    /// From the second command on. A server that does not offer it is not spoken to any further.
    StartTls,
    /// From the first byte.
    Tls,
}

impl Security {
    /// The port that is usual for it.
    const fn usual_port(self) -> u16 {
        match self {
            Self::None => 25,
            Self::StartTls => 587,
            Self::Tls => 465,
        }
    }
}

/// A user name and a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: Secret<String>,
}

/// A mail server, and who mails are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpConfig {
    /// Its name or address. The certificate has to be for it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub security: Security,
    /// How to sign in, if the server wants that.
    pub login: Option<Login>,
    /// Who mails are from.
    pub from: Mailbox,
    /// How long one mail may take: connecting, signing in, sending.
    pub timeout: Duration,
}

/// Why a server's URL was refused. The URL is not repeated: it holds a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SmtpConfigError {
    /// Not a URL, or one in which a character of the password ends it too early.
    #[error(
        "the mail server must be a URL such as smtp+starttls://user:password@mail.example.com:587, with characters such as \
         / # ? @ : % in the password percent-encoded"
    )]
    Url,
    /// Another scheme.
    #[error("the mail server's URL must start with smtp+starttls://, smtps:// or, without encryption, smtp://")]
    Scheme,
    /// There is no host, or none that can be connected to.
    #[error("the mail server's URL needs a host name or an address")]
    Host,
    /// A port of 0.
    #[error("the mail server's port cannot be 0")]
    Port,
    /// A path, a query or a fragment.
    #[error("the mail server's URL must end after its port; if the password holds / # or ?, percent-encode it")]
    Rest,
    /// Percent-encoding that is not UTF-8, or control characters.
    #[error("the user name and the password must be percent-encoded text without control characters")]
    Login,
    /// A password without a user name, or the other way round.
    #[error("the mail server's URL needs both a user name and a password, or neither")]
    HalfALogin,
    /// The sender.
    #[error("the sender {0}")]
    From(#[from] MailboxError),
}

impl SmtpConfig {
    /// Reads `smtp://`, `smtps://` or `smtp+starttls://`, then `user:password@host:port`, of which only the host is
    /// required, and the sender as in `Hookreel <hookreel@example.com>`.
    pub fn parse(url: &str, from: &str) -> Result<Self, SmtpConfigError> {
        let url = Url::parse(url.trim()).map_err(|_| SmtpConfigError::Url)?;
        let security = match url.scheme() {
            "smtp" => Security::None,
            "smtp+starttls" => Security::StartTls,
            "smtps" => Security::Tls,
            _ => return Err(SmtpConfigError::Scheme),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(SmtpConfigError::Rest);
        }
        let port = url.port().unwrap_or(security.usual_port());
        if port == 0 {
            return Err(SmtpConfigError::Port);
        }
        Ok(Self {
            host: host(&url)?,
            port,
            security,
            login: login(&url)?,
            from: Mailbox::parse(from)?,
            timeout: TIMEOUT,
        })
    }

    /// The same with another limit of time.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Whether the password goes to another machine without encryption. Worth a warning at the start.
    pub fn exposes_password(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        let is_here = address.map_or(self.host == "localhost", |address| address.is_loopback());
        self.login.is_some() && self.security == Security::None && !is_here
    }
}

/// The host as it can be connected to: a name in ASCII, or an address without brackets.
fn host(url: &Url) -> Result<String, SmtpConfigError> {
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(SmtpConfigError::Host)?;
    match Host::parse(host).map_err(|_| SmtpConfigError::Host)? {
        Host::Domain(name) => Ok(name),
        Host::Ipv4(address) => Ok(address.to_string()),
        Host::Ipv6(address) => Ok(address.to_string()),
    }
}

fn login(url: &Url) -> Result<Option<Login>, SmtpConfigError> {
    let username = decoded(url.username())?;
    let password = decoded(url.password().unwrap_or_default())?;
    match (username.is_empty(), password.is_empty()) {
        (true, true) => Ok(None),
        (false, false) => Ok(Some(Login { username, password: Secret::new(password) })),
        _ => Err(SmtpConfigError::HalfALogin),
    }
}

fn decoded(text: &str) -> Result<String, SmtpConfigError> {
    let text = percent_encoding::percent_decode_str(text).decode_utf8().map_err(|_| SmtpConfigError::Login)?;
    // NUL separates user name and password on the wire.
    if text.chars().any(char::is_control) { Err(SmtpConfigError::Login) } else { Ok(text.into_owned()) }
}
