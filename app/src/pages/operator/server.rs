//! What the operator's pages ask the server. Each begins with the right to ask.

use crate::error::AppError;
use hookreel_contract::Page;
use hookreel_contract::views::{
    BacklogView, HandlerView, MailDetail, MailView, OperatorActionView, ServicesView, StoredEventView, SystemView,
};
use hookreel_kernel::MailId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// How the installation is doing.
#[server(prefix = "/do", endpoint = "operator_system")]
pub async fn operator_system() -> Result<SystemView, AppError> {
    use crate::server::{operator, services};
    let permit = operator().await?;
    Ok(services()?.operations.system(&permit).await?)
}

/// Asks Stripe again about every subscription that could not be read.
#[server(prefix = "/do", endpoint = "read_subscriptions")]
pub async fn read_subscriptions() -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{operator, redirect, services};
    let permit = operator().await?;
    services()?.operations.subscriptions.read_again(&permit).await?;
    redirect(Path::Operator.notice(Done::SubscriptionsRead));
    Ok(())
}

/// The services that the installation calls.
#[server(prefix = "/do", endpoint = "operator_services")]
pub async fn operator_services() -> Result<ServicesView, AppError> {
    use crate::server::{operator, services};
    let permit = operator().await?;
    Ok(services()?.operations.services(&permit))
}

/// Every handler, with where it stands.
#[server(prefix = "/do", endpoint = "operator_handlers")]
pub async fn operator_handlers() -> Result<Vec<HandlerView>, AppError> {
    use crate::server::{operator, services};
    let permit = operator().await?;
    Ok(services()?.operations.handlers.list(&permit).await?)
}

/// Which part of the backlogs an address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacklogQuery {
    /// `parked` if not given.
    pub state: Option<String>,
    /// Only of this handler.
    pub handler: Option<String>,
    /// Where the page begins.
    pub cursor: Option<String>,
}

/// What handlers could not do.
#[server(prefix = "/do", endpoint = "operator_backlog")]
pub async fn operator_backlog(#[server(default)] query: BacklogQuery) -> Result<Page<BacklogView>, AppError> {
    use crate::error::filled;
    use crate::server::{operator, services};
    use hookreel_contract::Cursor;
    use hookreel_contract::views::BacklogState;
    let permit = operator().await?;
    let state = filled(query.state).and_then(|state| BacklogState::parse(&state)).unwrap_or(BacklogState::Parked);
    let (handler, cursor) = (filled(query.handler), query.cursor.map(Cursor));
    Ok(services()?.operations.handlers.in_state(&permit, state, handler.as_deref(), cursor).await?)
}

/// What operators did lately.
#[server(prefix = "/do", endpoint = "operator_actions")]
pub async fn operator_actions() -> Result<Vec<OperatorActionView>, AppError> {
    use crate::server::{operator, services};
    let permit = operator().await?;
    Ok(services()?.operations.handlers.actions(&permit).await?)
}

/// One event of the store.
#[server(prefix = "/do", endpoint = "operator_event")]
pub async fn operator_event(position: u64) -> Result<StoredEventView, AppError> {
    use crate::server::{operator, services};
    let permit = operator().await?;
    Ok(services()?.operations.handlers.event(&permit, position).await?)
}

/// Tries an event again.
#[server(prefix = "/do", endpoint = "retry_event")]
pub async fn retry_event(handler: String, position: i64) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{operator, redirect, services};
    let permit = operator().await?;
    services()?.operations.handlers.retry(&permit, &handler, position).await?;
    redirect(Path::OperatorHandlers.notice(Done::EventRetried));
    Ok(())
}

/// Gives an event up, for one handler.
#[server(prefix = "/do", endpoint = "skip_event")]
pub async fn skip_event(handler: String, position: i64) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{operator, redirect, services};
    let permit = operator().await?;
    services()?.operations.handlers.skip(&permit, &handler, position).await?;
    redirect(Path::OperatorHandlers.notice(Done::EventSkipped));
    Ok(())
}

/// Tries everything again that a handler has parked.
#[server(prefix = "/do", endpoint = "replay_parked")]
pub async fn replay_parked(handler: String) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{operator, redirect, services};
    let permit = operator().await?;
    services()?.operations.handlers.replay_parked(&permit, &handler).await?;
    redirect(Path::OperatorHandlers.notice(Done::ParkedReplayed));
    Ok(())
}

/// Lets a projection begin again.
#[server(prefix = "/do", endpoint = "rebuild_handler")]
pub async fn rebuild_handler(handler: String) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{operator, redirect, services};
    let permit = operator().await?;
    services()?.operations.handlers.rebuild(&permit, &handler).await?;
    redirect(Path::OperatorHandlers.notice(Done::RebuildStarted));
    Ok(())
}

/// Which mails an address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailQuery {
    /// `queued`, `sent`, `failed`, `shown`.
    pub state: Option<String>,
    /// Where the page begins.
    pub cursor: Option<String>,
}

/// Mails, newest first.
#[server(prefix = "/do", endpoint = "operator_mails")]
pub async fn operator_mails(#[server(default)] query: MailQuery) -> Result<Page<MailView>, AppError> {
    use crate::error::filled;
    use crate::server::{operator, services};
    use hookreel_contract::Cursor;
    use hookreel_contract::views::MailState;
    let permit = operator().await?;
    let state = filled(query.state).and_then(|state| MailState::parse(&state));
    Ok(services()?.operations.mails.list(&permit, state, query.cursor.map(Cursor)).await?)
}

/// One mail.
#[server(prefix = "/do", endpoint = "operator_mail")]
pub async fn operator_mail(id: MailId) -> Result<MailDetail, AppError> {
    use crate::server::{operator, services};
    let permit = operator().await?;
    Ok(services()?.operations.mails.get(&permit, id).await?)
}

/// Hands a mail to the mail server once more.
#[server(prefix = "/do", endpoint = "retry_mail")]
pub async fn retry_mail(id: MailId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{operator, redirect, services};
    let permit = operator().await?;
    services()?.operations.mails.retry(&permit, id).await?;
    redirect(Path::OperatorMail(id).notice(Done::MailRetried));
    Ok(())
}
