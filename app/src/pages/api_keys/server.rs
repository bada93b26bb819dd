//! The server functions of the API keys' page.

use crate::error::AppError;
use hookreel_contract::views::{ApiKeyView, NewApiKey};
use hookreel_kernel::ApiKeyId;
use leptos::prelude::*;

/// Carries a key that was made by a form without JavaScript to the next page, once.
#[cfg(feature = "ssr")]
const COOKIE: &str = "hookreel_new_key";

/// Every key, newest first.
#[server(prefix = "/do", endpoint = "list_api_keys")]
pub async fn list_api_keys() -> Result<Vec<ApiKeyView>, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.api_keys.list(&caller).await?)
}

/// Makes a key. The answer is the only place where it ever stands.
#[server(prefix = "/do", endpoint = "create_api_key")]
pub async fn create_api_key(name: String) -> Result<NewApiKey, AppError> {
    use crate::server::{caller, hand_over, is_plain_form, services};
    let caller = caller().await?;
    let key = services()?.api_keys.create(&caller, &name).await?;
    if is_plain_form() {
        hand_over(COOKIE, &key);
    }
    Ok(key)
}

/// Ends a key.
#[server(prefix = "/do", endpoint = "revoke_api_key")]
pub async fn revoke_api_key(id: ApiKeyId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.api_keys.revoke(&caller, id).await?;
    redirect(Path::ApiKeys.notice(Done::KeyRevoked));
    Ok(())
}

/// The key that a form without JavaScript has just made.
pub(super) fn take_new_key() -> Option<NewApiKey> {
    #[cfg(feature = "ssr")]
    {
        crate::server::take_over(COOKIE)
    }
    #[cfg(not(feature = "ssr"))]
    {
        None
    }
}
