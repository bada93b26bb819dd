//! What the pages about deliveries ask the server.

use super::query::DeliveryQuery;
use crate::error::AppError;
use hookreel_contract::Page;
use hookreel_contract::views::{Body, DeliveryDetail, DeliveryRow, MessageRow};
use hookreel_kernel::{DeliveryId, ReplayId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Everything that is known about one delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryStory {
    /// The delivery with every attempt.
    pub delivery: DeliveryDetail,
    /// What is delivered.
    pub message: MessageRow,
    /// Its payload.
    pub body: Body,
    /// Why there is this delivery.
    pub cause: DeliveryCause,
}

/// Why a delivery exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryCause {
    /// The endpoint wanted the message when it was accepted or released.
    Matched,
    /// The message is for this endpoint alone, whatever its filters say: a test.
    ForItAlone,
    /// This replay made it.
    Replay(ReplayId),
    /// The endpoint had not got the message, and was sent it all the same.
    ByHand,
}

/// One page of deliveries, newest first.
#[server(prefix = "/do", endpoint = "list_deliveries")]
pub async fn list_deliveries(#[server(default)] query: DeliveryQuery) -> Result<Page<DeliveryRow>, AppError> {
    use crate::server::{caller, services};
    let filter = query.filter(50)?;
    let caller = caller().await?;
    Ok(services()?.deliveries.list(&caller, filter).await?)
}

/// One delivery with every attempt, and the message it delivers.
#[server(prefix = "/do", endpoint = "get_delivery")]
pub async fn get_delivery(id: DeliveryId) -> Result<DeliveryStory, AppError> {
    use super::cause::cause_of;
    use crate::server::{caller, services};
    let caller = caller().await?;
    let services = services()?;
    let delivery = services.deliveries.get(&caller, id).await?;
    let message = services.messages.get(&caller, delivery.row.message_id).await?;
    let cause = cause_of(&delivery.row, &message);
    Ok(DeliveryStory { delivery, message: message.row, body: message.body, cause })
}

/// Sends a delivery again, by hand. What happened before stays; a new attempt is appended.
#[server(prefix = "/do", endpoint = "resend_delivery")]
pub async fn resend_delivery(id: DeliveryId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.deliveries.resend(&caller, id).await?;
    redirect(Path::Delivery(id).notice(Done::Resent));
    Ok(())
}
