//! Mails: what became of them, and what they say where nobody sends them.

use super::record::{Done, record};
use crate::error::failed;
use hookreel_auth::OperatorPermit;
use hookreel_contract::views::{MailContent, MailDetail, MailState, MailView};
use hookreel_contract::{ApiError, Cursor, Page};
use hookreel_database::Database;
use hookreel_handlers::{MailRow, find_mail, list_mails, retry_mail};
use hookreel_kernel::MailId;
use hookreel_mail::{Instance, Mail};
use hookreel_secrets::SecretBox;
use std::sync::Arc;
use url::Url;

/// Mails on one page.
const PAGE: usize = 50;

/// Use cases about mails.
#[derive(Debug, Clone)]
pub struct Mails {
    database: Database,
    secrets: SecretBox,
    /// Which instance writes; `None` if its own URL cannot stand in a mail.
    instance: Option<Arc<Instance>>,
    has_server: bool,
}

impl Mails {
    pub(crate) fn new(database: Database, secrets: SecretBox, public_url: &Url, has_server: bool) -> Self {
        let instance = Instance::new(public_url.as_str()).ok().map(Arc::new);
        Self { database, secrets, instance, has_server }
    }

    /// Mails in one state or in any, newest first.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] on `cursor`.
    pub async fn list(
        &self,
        _permit: &OperatorPermit,
        state: Option<MailState>,
        cursor: Option<Cursor>,
    ) -> Result<Page<MailView>, ApiError> {
        let before: Option<MailId> = cursor
            .map(|cursor| cursor.0.parse().map_err(|_| ApiError::invalid("cursor", "is not one of this list")))
            .transpose()?;
        let state = state.map(MailState::as_str);
        let rows = list_mails(self.database.engine(), state, before, PAGE as i64 + 1).await.map_err(failed)?;
        Ok(Page::of(rows.into_iter().map(mail_view).collect(), PAGE, |mail: &MailView| mail.id.to_string()))
    }

    /// One mail. What it says is told only where no mail server is there to do it: its link may be as good as a
    /// password.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn get(&self, _permit: &OperatorPermit, id: MailId) -> Result<MailDetail, ApiError> {
        let row = find_mail(self.database.engine(), &self.secrets, id).await.map_err(failed)?;
        let mut row = row.ok_or_else(|| ApiError::not_found("Mail"))?;
        let mail = row.mail.take();
        let (is_kept, view) = (mail.is_some(), mail_view(row));
        let is_to_be_shown = view.state == MailState::Shown && !self.has_server;
        Ok(MailDetail {
            content: mail.filter(|_| is_to_be_shown).and_then(|mail| self.content(&mail)),
            can_be_sent: is_kept
                && (view.state == MailState::Failed || (view.state == MailState::Shown && self.has_server)),
            row: view,
        })
    }

    /// Hands a mail that was given up, or shown, to the mail server after all.
    ///
    /// # Errors
    /// [`ApiError::Conflict`] when there is nothing to be sent.
    pub async fn retry(&self, permit: &OperatorPermit, id: MailId) -> Result<(), ApiError> {
        let mut transaction = self.database.engine().begin().await.map_err(failed)?;
        let kind = retry_mail(&mut transaction, id).await.map_err(failed)?;
        let kind = kind.ok_or_else(|| ApiError::conflict("this mail was sent, or is on its way"))?;
        let detail = id.to_string();
        let done = Done { action: "retry_mail", subject: &kind, position: None, detail: &detail };
        record(&mut transaction, permit, done).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    fn content(&self, mail: &Mail) -> Option<MailContent> {
        let rendered = mail.render(self.instance.as_ref()?).ok()?;
        Some(MailContent { subject: rendered.subject, text: rendered.text, link: mail.link().to_owned() })
    }
}

fn mail_view(row: MailRow) -> MailView {
    MailView {
        id: row.mail_id,
        tenant_name: row.tenant_name,
        recipient: row.recipient,
        kind: row.kind,
        // The column's constraint allows no other.
        state: MailState::parse(&row.state).unwrap_or(MailState::Failed),
        tries: row.tries,
        error: row.error,
        created_at: row.created_at,
    }
}
