//! How mails are sent.

use super::ConfigError;
use super::store::secret;
use clap::Args;
use hookreel_kernel::Secret;
use hookreel_mail::{Mailbox, SmtpConfig};
use serde::Deserialize;

const FROM_DEFAULT: &str = "Hookreel <hookreel@localhost>";

/// What can be said about it.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[command(next_help_heading = "[mail]")]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MailSettings {
    /// The mail server: smtp://HOST, smtp+starttls://USER:PASSWORD@HOST or smtps://USER:PASSWORD@HOST, each with :PORT
    /// if it is not the usual one. Better given by the environment than on the command line, which others on the
    /// machine can read [default: none, and mails are shown in the log and to the operator]
    #[arg(long, env = "HOOKREEL_SMTP_URL", value_name = "URL", hide_env_values = true, value_parser = secret)]
    pub(crate) smtp_url: Option<Secret<String>>,

    /// Whom mails are from [default: Hookreel <hookreel@localhost>]
    #[arg(long, env = "HOOKREEL_MAIL_FROM", value_name = "ADDRESS")]
    pub(crate) mail_from: Option<String>,
}

/// What it comes to.
#[derive(Debug, Clone)]
pub(crate) struct MailConfig {
    /// `None`: there is no mail server.
    pub(crate) smtp: Option<SmtpConfig>,
}

impl MailSettings {
    pub(super) fn or(self, other: Self) -> Self {
        Self { smtp_url: self.smtp_url.or(other.smtp_url), mail_from: self.mail_from.or(other.mail_from) }
    }
}

impl MailConfig {
    pub(super) fn resolve(settings: MailSettings) -> Result<Self, ConfigError> {
        let given = settings.mail_from.filter(|from| !from.trim().is_empty());
        let from = given.unwrap_or_else(|| FROM_DEFAULT.to_owned());
        // Also while there is no mail server: who adds one later is not to be surprised then.
        Mailbox::parse(&from).map_err(|error| ConfigError::setting("mail_from", error))?;
        let url = settings.smtp_url.filter(|url| !url.expose().trim().is_empty());
        let smtp = url.map(|url| SmtpConfig::parse(url.expose(), &from)).transpose();
        Ok(Self { smtp: smtp.map_err(|error| ConfigError::setting("smtp_url", error))? })
    }
}
