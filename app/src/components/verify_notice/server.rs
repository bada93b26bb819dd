//! What the notice asks the server for.

use crate::error::AppError;
use leptos::prelude::*;

/// Sends the link again by which the address is confirmed.
#[server(prefix = "/do", endpoint = "send_verification")]
pub async fn send_verification() -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, client, is_plain_form, redirect, services};
    let caller = caller().await?;
    let services = services()?;
    services.addresses.send_link(&caller, &client()).await?;
    if is_plain_form() {
        redirect(Path::Settings.notice(Done::VerificationSent.if_sent(services.mails_are_sent)));
    }
    Ok(())
}
