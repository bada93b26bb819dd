//! Sending by SMTP.

mod config;
mod connection;
mod envelope;
mod idle;
mod tls;

pub use config::{Login, Security, SmtpConfig, SmtpConfigError};
pub use envelope::Outgoing;
pub use tls::SmtpSetupError;

use crate::error::{MailError, Step};
use connection::Connection;
use envelope::Envelope;
use idle::Idle;
use lettre::transport::smtp::client::TlsParameters;
use std::sync::Arc;

/// What the server said when it took a mail, in one line: often the name it gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The server's words.
    pub answer: String,
}

/// The way to one mail server. Clones share connections; make one per process.
#[derive(Clone)]
pub struct Smtp(Arc<Inner>);

struct Inner {
    config: SmtpConfig,
    tls: Option<TlsParameters>,
    idle: Idle,
}

impl Smtp {
    /// Prepares to send. Nothing is connected yet. Needs a tokio runtime once mails are sent.
    pub fn new(config: SmtpConfig) -> Result<Self, SmtpSetupError> {
        let tls = tls::parameters(&config)?;
        Ok(Self(Arc::new(Inner { config, tls, idle: Idle::default() })))
    }

    /// How this is configured.
    pub fn config(&self) -> &SmtpConfig {
        &self.0.config
    }

    /// Sends one mail to one person.
    ///
    /// All of it has to be done within the configured time. If that runs out after the mail was handed over, it may
    /// have been sent nevertheless; sent again with the same id it carries the same `Message-ID`.
    pub async fn send(&self, mail: &Outgoing<'_>) -> Result<Accepted, MailError> {
        let envelope = Envelope::seal(mail, &self.0.config.from)?;
        self.in_time(async {
            let mut connection = self.connection().await?;
            let sent = connection.send(&envelope).await;
            if connection.is_usable() {
                self.0.idle.keep(connection);
            } else {
                connection.close();
            }
            sent
        })
        .await
    }

    /// Connects and signs in, without sending anything: whether the configuration is right.
    pub async fn check(&self) -> Result<(), MailError> {
        self.in_time(async {
            let connection = self.open().await?;
            self.0.idle.keep(connection);
            Ok(())
        })
        .await
    }

    /// One that is left from before, if it still answers, else a new one.
    async fn connection(&self) -> Result<Connection, MailError> {
        while let Some(mut connection) = self.0.idle.take() {
            if connection.answers().await {
                return Ok(connection);
            }
        }
        self.open().await
    }

    async fn open(&self) -> Result<Connection, MailError> {
        Connection::open(&self.0.config, self.0.tls.as_ref()).await
    }

    /// What is under way when the time is over is dropped, and its connection with it: the answer to one mail is never
    /// read as the answer to the next.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, MailError>>) -> Result<T, MailError> {
        let timeout = self.0.config.timeout;
        tokio::time::timeout(timeout, work).await.unwrap_or_else(|_| {
            Err(MailError::not_now(format!("{}: no answer within {} ms", Step::Connection, timeout.as_millis())))
        })
    }
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Smtp").field(&self.0.config).finish()
    }
}
