//! What the pages about messages ask the server.

use super::query::{MessageQuery, QuarantineRange};
use crate::error::AppError;
use hookreel_contract::Page;
use hookreel_contract::source::{QuarantineCounts, VerificationView};
use hookreel_contract::views::{MessageDetail, MessageRow};
use hookreel_kernel::{EndpointId, MessageId, SourceId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A source, as far as it can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceChoice {
    /// Its id.
    pub id: SourceId,
    /// What people call it.
    pub name: String,
}

/// An endpoint that has no delivery of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotDelivered {
    /// Which.
    pub endpoint_id: EndpointId,
    /// Its URL.
    pub url: String,
    /// Why not, in one sentence.
    pub reason: String,
}

/// Some of the endpoints that have no delivery of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotDeliveredList {
    /// Those of one page, newest first.
    pub page: Page<NotDelivered>,
    /// How many there are in all.
    pub total: u64,
}

/// Everything that is known about one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageStory {
    /// The message with its payload, headers and deliveries.
    pub detail: MessageDetail,
    /// Where it did not go; `None` if it was never meant to go everywhere.
    pub elsewhere: Option<NotDeliveredList>,
    /// A second look at who sent it, if it was asked for, or why there can be none.
    pub verification: Option<Result<VerificationView, AppError>>,
}

/// One page of messages, newest first.
#[server(prefix = "/do", endpoint = "list_messages")]
pub async fn list_messages(#[server(default)] query: MessageQuery) -> Result<Page<MessageRow>, AppError> {
    use crate::server::{caller, services};
    let filter = query.filter(50)?;
    let caller = caller().await?;
    Ok(services()?.messages.list(&caller, filter).await?)
}

/// One message, where it went, why it did not go elsewhere (a page of that, which begins at `cursor`), and with
/// `look_again` how it was verified.
#[server(prefix = "/do", endpoint = "get_message")]
pub async fn get_message(
    id: MessageId,
    look_again: bool,
    #[server(default)] cursor: Option<String>,
) -> Result<MessageStory, AppError> {
    use super::why_not::{is_for_all, not_delivered};
    use crate::server::{caller, services};
    use hookreel_contract::Cursor;
    let caller = caller().await?;
    let services = services()?;
    let detail = services.messages.get(&caller, id).await?;
    let elsewhere = if is_for_all(&detail) {
        let (page, total) = services.messages.passed_over(&caller, id, cursor.map(Cursor).as_ref(), 100).await?;
        Some(NotDeliveredList { page: page.map(|endpoint| not_delivered(&detail.row, &endpoint)), total })
    } else {
        None
    };
    let verification = if look_again && detail.inbound.is_some() {
        // The page is there, whether or not it can be looked at again.
        Some(services.messages.explain(&caller, id).await.map_err(AppError::Api))
    } else {
        None
    };
    Ok(MessageStory { detail, elsewhere, verification })
}

/// The sources a list can be narrowed to.
#[server(prefix = "/do", endpoint = "source_choices")]
pub async fn source_choices() -> Result<Vec<SourceChoice>, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    let sources = services()?.sources.list(&caller).await?;
    Ok(sources.into_iter().map(|source| SourceChoice { id: source.id, name: source.name }).collect())
}

/// Sends a message to one endpoint, whether or not it went there before.
#[server(prefix = "/do", endpoint = "resend_message")]
pub async fn resend_message(id: MessageId, endpoint: EndpointId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.deliveries.resend_message(&caller, id, endpoint).await?;
    redirect(Path::Message(id).notice(Done::Resent));
    Ok(())
}

/// Judges a quarantined message again, with its source's secrets of now.
#[server(prefix = "/do", endpoint = "verify_message_again")]
pub async fn verify_message_again(id: MessageId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    use hookreel_contract::source::QuarantineSelection;
    let caller = caller().await?;
    let selection = QuarantineSelection { ids: Some(vec![id]), ..QuarantineSelection::default() };
    services()?.messages.reverify(&caller, selection).await?;
    redirect(Path::Message(id).notice(Done::VerifiedAgain));
    Ok(())
}

/// How much of a source's quarantine is on screen.
#[server(prefix = "/do", endpoint = "quarantine_in")]
pub async fn quarantine_in(
    #[server(default)] range: Option<QuarantineRange>,
) -> Result<Option<(QuarantineRange, QuarantineCounts)>, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    let Some(range) = range else { return Ok(None) };
    let counts = services()?.messages.count_quarantined(&caller, &range.selection()?).await?;
    Ok(Some((range, counts)))
}

/// Judges a range of a source's quarantined messages again, with its secrets of now.
#[server(prefix = "/do", endpoint = "verify_range")]
pub async fn verify_range(
    source: String,
    #[server(default)] since: Option<String>,
    #[server(default)] until: Option<String>,
) -> Result<(), AppError> {
    use crate::routes::Done;
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    let range = QuarantineRange { source, since, until };
    services()?.messages.reverify(&caller, range.selection()?).await?;
    redirect(range.address(Done::VerifiedAgain));
    Ok(())
}

/// Delivers a range of a source's quarantined messages: the genuine ones, and the others only if that was ticked.
#[server(prefix = "/do", endpoint = "release_range")]
pub async fn release_range(
    source: String,
    #[server(default)] since: Option<String>,
    #[server(default)] until: Option<String>,
    #[server(default)] unverified_too: Option<String>,
) -> Result<(), AppError> {
    use crate::routes::Done;
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    let range = QuarantineRange { source, since, until };
    let outcome = services()?.messages.release(&caller, range.selection()?, unverified_too.is_some()).await?;
    redirect(range.address(Done::released(&outcome)));
    Ok(())
}

/// Delivers a quarantined message after all. One that is not verified, or repeats what was accepted with another body, only
/// if that was ticked.
#[server(prefix = "/do", endpoint = "release_message")]
pub async fn release_message(id: MessageId, #[server(default)] unverified_too: Option<String>) -> Result<(), AppError> {
    use super::quarantine::is_genuine;
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    use hookreel_contract::ApiError;
    use hookreel_contract::source::QuarantineSelection;
    let caller = caller().await?;
    let messages = &services()?.messages;
    let unverified_too = unverified_too.is_some();
    let MessageDetail { row, inbound, .. } = messages.get(&caller, id).await?;
    if !unverified_too && inbound.is_some_and(|inbound| inbound.repeats.is_some()) {
        return Err(AppError::field("unverified_too", "has to be ticked: it repeats a message that was accepted"));
    }
    if !unverified_too && !is_genuine(row.verdict.as_deref()) {
        return Err(AppError::field("unverified_too", "has to be ticked: nobody knows who sent it"));
    }
    let selection = QuarantineSelection { ids: Some(vec![id]), ..QuarantineSelection::default() };
    let outcome = messages.release(&caller, selection, unverified_too).await?;
    if outcome.done + outcome.duplicates == 0 {
        return Err(ApiError::conflict(
            "It was not released: it is not in quarantine any more, or only its beginning was kept.",
        )
        .into());
    }
    redirect(Path::Message(id).notice(Done::released(&outcome)));
    Ok(())
}
