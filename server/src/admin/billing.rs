//! `hookreel admin billing-webhook-url`: where Stripe has to send what it tells about subscriptions.

use super::print;
use crate::config::{Config, HttpSettings, LogSettings, SecretsSettings, Settings, StoreSettings};
use crate::{secret_key, telemetry};
use clap::Args;
use hookreel_secrets::SecretBox;
use hookreel_services::sources::billing_webhook_path;
use std::path::Path;

#[derive(Debug, Clone, Args)]
pub(crate) struct WebhookUrlArguments {
    #[command(flatten)]
    http: HttpSettings,
    #[command(flatten)]
    store: StoreSettings,
    #[command(flatten)]
    secrets: SecretsSettings,
    #[command(flatten)]
    log: LogSettings,
}

/// Prints it. It follows from the encryption key, so that it is known before the first start and never changes.
pub(super) fn print_webhook_url(arguments: &WebhookUrlArguments, file: Option<&Path>) -> anyhow::Result<()> {
    let WebhookUrlArguments { http, store, secrets, log } = arguments.clone();
    let config = Config::load(Settings { http, store, secrets, log, ..Settings::default() }, file)?;
    telemetry::start(&config.log)?;
    let secrets = SecretBox::new(&secret_key::load(&config.secrets, &config.store)?);
    let base = match (&config.http.public_url, config.http.listen.parse()) {
        (None, Ok(address)) => config.http.base_url(address),
        (None, Err(_)) => format!("http://{}", config.http.listen),
        (Some(url), _) => url.as_str().trim_end_matches('/').to_owned(),
    };
    if config.http.public_url.is_none() {
        tracing::warn!("give --public-url: Stripe has to reach this address");
    }
    print(format_args!("{base}{}", billing_webhook_path(&secrets)))
}
