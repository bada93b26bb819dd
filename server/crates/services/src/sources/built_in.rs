//! Hookreel's own source: where Stripe tells what became of subscriptions to plans. It is made at the start of the
//! program, and used by the same way as everybody's.

use super::rules::{CheckedSource, checked};
use super::{SECRET_OVERLAP, Sources, stored};
use crate::error::{Failure, Tries};
use crate::rotation::OLD_SECRETS_MAX;
use hookreel_auth::insert_built_in_tenant;
use hookreel_contract::ApiError;
use hookreel_contract::input::SourceInput;
use hookreel_contract::source::SourceSettings;
use hookreel_database::TenantTx;
use hookreel_domain::application::{ApplicationCommand, ApplicationDetails, DEFAULT_UID};
use hookreel_domain::built_in::{APPLICATION, BILLING_SOURCE, TENANT};
use hookreel_domain::source::{SourceCommand, SourceDetails};
use hookreel_domain::tenant::TenantCommand;
use hookreel_domain::{Application, Source, Tenant};
use hookreel_kernel::{Actor, Metadata, Secret};
use hookreel_read_models::{execute, load};
use hookreel_secrets::{SecretBox, delete_oldest_secrets, expire_secrets, insert_secret, load_secrets};

const TENANT_NAME: &str = "Hookreel";
const SOURCE_NAME: &str = "Stripe, for plans";
/// What the token of its address is derived from, so that the address is known before the source is made.
const TOKEN_PURPOSE: &str = "source of billing";

/// The path of the address to give to Stripe, for the webhooks about plans.
pub fn billing_webhook_path(secrets: &SecretBox) -> String {
    format!("/in/{}", secrets.token(TOKEN_PURPOSE))
}

impl Sources {
    /// The address to give to Stripe, for the webhooks about plans.
    pub fn billing_webhook_url(&self) -> String {
        format!("{}{}", self.public_url, billing_webhook_path(&self.secrets))
    }

    /// Makes sure that Stripe's webhooks about plans are taken in, verified with this secret; the ones before verify
    /// too for 24 hours, at most five of them. Returns the address to give to Stripe.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `secret`; [`ApiError::Unavailable`].
    pub async fn ensure_billing_source(&self, secret: &Secret<String>) -> Result<String, ApiError> {
        let input = SourceInput {
            name: SOURCE_NAME.to_owned(),
            provider: "stripe".to_owned(),
            secret: Some(secret.expose().clone()),
            generic: None,
            fields: std::collections::BTreeMap::new(),
            settings: Some(SourceSettings::default()),
            application_id: Some(APPLICATION),
        };
        let source = checked(&input)?;
        let mut tries = Tries::default();
        loop {
            // Several processes may start at once.
            match self.ensure_once(&source, secret).await {
                Err(failure) if tries.again(&failure) => {}
                outcome => {
                    outcome?;
                    self.by_token.forget();
                    return Ok(self.billing_webhook_url());
                }
            }
        }
    }

    async fn ensure_once(&self, source: &CheckedSource<'_>, secret: &Secret<String>) -> Result<(), Failure> {
        let metadata = Metadata::by(Actor::system("billing"));
        let mut tx = self.database.tenant(TENANT).await?;
        ensure_tenant(&mut tx, &metadata).await?;
        let details = SourceDetails {
            application_id: APPLICATION,
            name: source.name.as_str().to_owned(),
            provider: source.rule.provider().name().to_owned(),
            rule: stored(&source.rule)?,
            token: self.secrets.token(TOKEN_PURPOSE),
            settings: stored(&source.settings)?,
        };
        let there = load::<Source>(tx.connection(), TENANT, BILLING_SOURCE.uuid()).await?.state;
        if !there.existence.is_present() {
            let secret_id = self.keep(&mut tx, secret).await?;
            let command = SourceCommand::Create { details, secret_id: Some(secret_id) };
            execute::<Source>(tx.connection(), TENANT, BILLING_SOURCE.uuid(), &metadata, command).await?;
            return Ok(tx.commit().await?);
        }
        let rows = load_secrets(tx.connection(), TENANT, BILLING_SOURCE.uuid()).await?;
        let current = self.secrets.open_all(&rows)?.into_iter().next();
        if current.as_ref() != Some(secret) {
            let until = self.clock.now() + SECRET_OVERLAP;
            expire_secrets(tx.connection(), TENANT, BILLING_SOURCE.uuid(), until).await?;
            // Nobody is there who could be refused, and the program is to start: the oldest end instead.
            delete_oldest_secrets(tx.connection(), TENANT, BILLING_SOURCE.uuid(), OLD_SECRETS_MAX).await?;
            let secret_id = self.keep(&mut tx, secret).await?;
            let command = SourceCommand::RotateSecret { secret_id, old_valid_until: until };
            execute::<Source>(tx.connection(), TENANT, BILLING_SOURCE.uuid(), &metadata, command).await?;
        }
        if there.details.as_ref() != Some(&details) {
            let command = SourceCommand::Update { details };
            execute::<Source>(tx.connection(), TENANT, BILLING_SOURCE.uuid(), &metadata, command).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn keep(&self, tx: &mut TenantTx, secret: &Secret<String>) -> Result<uuid::Uuid, Failure> {
        let kept = insert_secret(tx.connection(), &self.secrets, TENANT, BILLING_SOURCE.uuid(), secret.expose()).await;
        Ok(kept?)
    }
}

async fn ensure_tenant(tx: &mut TenantTx, metadata: &Metadata) -> Result<(), Failure> {
    insert_built_in_tenant(tx.connection(), TENANT, TENANT_NAME).await?;
    if load::<Tenant>(tx.connection(), TENANT, TENANT.uuid()).await?.stamp.version > 0 {
        return Ok(());
    }
    let create = TenantCommand::Create { name: TENANT_NAME.to_owned() };
    execute::<Tenant>(tx.connection(), TENANT, TENANT.uuid(), metadata, create).await?;
    let details = ApplicationDetails {
        name: "Default".to_owned(),
        uid: Some(DEFAULT_UID.to_owned()),
        ..ApplicationDetails::default()
    };
    let create = ApplicationCommand::Create(details);
    execute::<Application>(tx.connection(), TENANT, APPLICATION.uuid(), metadata, create).await?;
    Ok(())
}
