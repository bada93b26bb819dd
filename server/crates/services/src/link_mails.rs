//! Mails with links that prove something. Token, mail and job are written in the transaction in which they become true.

use hookreel_auth::{TokenPurpose, insert_token};
use hookreel_database::TenantTx;
use hookreel_handlers::queue_mail;
use hookreel_kernel::{Email, MemberId, Secret, Timestamp};
use hookreel_mail::Mail;
use hookreel_secrets::SecretBox;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long a link works by which an address is confirmed.
pub(crate) const ADDRESS_VALID: Duration = Duration::from_hours(24);

/// Writes them. Links lead to the instance's public URL, whatever a request says about where it came to.
#[derive(Debug, Clone)]
pub(crate) struct LinkMails {
    secrets: SecretBox,
    public_url: Arc<str>,
    are_sent: bool,
}

impl LinkMails {
    pub(crate) fn new(secrets: SecretBox, public_url: &Url, are_sent: bool) -> Self {
        Self { secrets, public_url: public_url.as_str().trim_end_matches('/').into(), are_sent }
    }

    /// Whether a mail server sends them. Without one they are shown to operators, who pass the links on.
    pub(crate) const fn are_sent(&self) -> bool {
        self.are_sent
    }

    /// The address of a page.
    pub(crate) fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }

    /// The address of a page, with a token that it uses.
    pub(crate) fn link_with(&self, path: &str, token: &Secret<String>) -> String {
        format!("{}{path}?token={}", self.public_url, token.expose())
    }

    /// Has a mail sent once the transaction is committed.
    pub(crate) async fn queue(&self, tx: &mut TenantTx, to: &Email, mail: &Mail) -> Result<(), sqlx::Error> {
        let tenant_id = tx.tenant_id();
        queue_mail(tx.connection(), &self.secrets, tenant_id, to, mail).await
    }

    /// Has a link sent by which a member confirms the own address.
    pub(crate) async fn queue_verification(
        &self,
        tx: &mut TenantTx,
        member_id: MemberId,
        email: &Email,
        now: Timestamp,
    ) -> Result<(), sqlx::Error> {
        self.queue_address_link(tx, TokenPurpose::VerifyAddress(member_id), email, now).await
    }

    /// Has a link sent by which an address is confirmed, for whatever follows from that.
    pub(crate) async fn queue_address_link(
        &self,
        tx: &mut TenantTx,
        purpose: TokenPurpose,
        email: &Email,
        now: Timestamp,
    ) -> Result<(), sqlx::Error> {
        let tenant_id = tx.tenant_id();
        let token = insert_token(tx.connection(), tenant_id, purpose, email, now + ADDRESS_VALID).await?;
        let link = self.link_with("/verify-address", &token);
        self.queue(tx, email, &Mail::VerifyAddress { link, minutes_valid: minutes(ADDRESS_VALID) }).await
    }
}

/// As mails say how long a link works.
pub(crate) fn minutes(valid: Duration) -> u32 {
    u32::try_from(valid.as_secs() / 60).unwrap_or(u32::MAX)
}
