//! One connection to the mail server, and the order in which things are said on it.
//!
//! The library's own transport is not used: it waits for answers without limit, and after a mail that was given up in
//! the middle it hands the connection to the next one, which then reads the answers of the first.

use super::Accepted;
use super::config::{Security, SmtpConfig};
use super::envelope::Envelope;
use crate::error::{InvalidMail, MailError, Step};
use crate::line::clean;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::response::Response;
use std::time::Duration;

/// How a password may be given, the better one first. Both are as safe as the connection is.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];
/// How long a server may take to show that it is still there.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);
/// How long a goodbye may take. Nobody waits for it.
const GOODBYE: Duration = Duration::from_secs(2);
/// The most characters that are kept of the answer to a mail.
const ANSWER_CHARS_MAX: usize = 200;

pub(super) struct Connection {
    inner: AsyncSmtpConnection,
    /// Whether no mail is under way. While one is, the next answer belongs to it.
    is_between_mails: bool,
}

impl Connection {
    /// Connects, encrypts and signs in, as far as each is wanted.
    pub(super) async fn open(config: &SmtpConfig, tls: Option<&TlsParameters>) -> Result<Self, MailError> {
        // The name by which we greet. The machine's own is often none that anybody else knows.
        let hello = ClientId::Domain(config.from.domain().to_owned());
        let server = (config.host.as_str(), config.port);
        let tls_at_once = tls.filter(|_| config.security == Security::Tls).cloned();
        let connected = AsyncSmtpConnection::connect_tokio1(server, None, &hello, tls_at_once, None).await;
        let mut inner = connected.map_err(|failure| MailError::at(Step::Connection, &failure))?;
        if config.security == Security::StartTls {
            if !inner.can_starttls() {
                return Err(MailError::not_now("the connection: the server does not offer STARTTLS"));
            }
            let Some(tls) = tls else { return Err(MailError::not_now("the connection: TLS is not set up")) };
            let encrypted = inner.starttls(tls.clone(), &hello).await;
            encrypted.map_err(|failure| MailError::at(Step::Connection, &failure))?;
        }
        if let Some(login) = &config.login {
            if inner.server_info().get_auth_mechanism(&MECHANISMS).is_none() {
                return Err(MailError::not_now("signing in: the server offers no way that is known here"));
            }
            let credentials = Credentials::new(login.username.clone(), login.password.expose().clone());
            let signed_in = inner.auth(&MECHANISMS, &credentials).await;
            signed_in.map_err(|failure| MailError::at(Step::SignIn, &failure))?;
        }
        Ok(Self { inner, is_between_mails: true })
    }

    /// Whether the server is still there.
    pub(super) async fn answers(&mut self) -> bool {
        tokio::time::timeout(SIGN_OF_LIFE, self.inner.test_connected()).await.unwrap_or(false)
    }

    /// Whether another mail can follow.
    pub(super) fn is_usable(&self) -> bool {
        self.is_between_mails && !self.inner.has_broken()
    }

    /// Hands over one mail. After one that was not taken, the connection is at an end: a refusal is rare, and is not worth
    /// waiting for another answer.
    pub(super) async fn send(&mut self, envelope: &Envelope) -> Result<Accepted, MailError> {
        let mut parameters = Vec::new();
        if envelope.needs_utf8() {
            if !self.inner.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(InvalidMail::AddressNotAscii.into());
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        self.is_between_mails = false;
        let response = self.hand_over(envelope, parameters).await?;
        self.is_between_mails = true;
        let words: Vec<&str> = response.message().collect();
        Ok(Accepted { answer: clean(&words.join(" "), ANSWER_CHARS_MAX) })
    }

    async fn hand_over(&mut self, envelope: &Envelope, parameters: Vec<MailParameter>) -> Result<Response, MailError> {
        let at = |step| move |failure| MailError::at(step, &failure);
        let sender = Mail::new(Some(envelope.from.clone()), parameters);
        self.inner.command(sender).await.map_err(at(Step::Sender))?;
        self.inner.command(Rcpt::new(envelope.to.clone(), Vec::new())).await.map_err(at(Step::Recipient))?;
        self.inner.command(Data).await.map_err(at(Step::Content))?;
        self.inner.message(&envelope.content).await.map_err(at(Step::Content))
    }

    /// Says goodbye in the background.
    pub(super) fn close(mut self) {
        tokio::spawn(async move {
            let _ = tokio::time::timeout(GOODBYE, self.inner.quit()).await;
        });
    }
}
