//! Who is signed in.

use crate::error::AppError;
use hookreel_contract::views::CurrentMember;
use leptos::prelude::*;

/// The member whose session this is; of the part for people who are signed in.
#[derive(Debug, Clone, Copy)]
pub struct Session(pub Resource<Result<CurrentMember, AppError>>);

impl Session {
    /// Loads the member once for all pages.
    pub fn provide() -> Self {
        let session = Self(Resource::new_blocking(|| (), |()| current_member()));
        provide_context(session);
        session
    }
}

/// Whose session it is.
#[server(name = ReadCurrentMember, prefix = "/do", endpoint = "current_member")]
pub async fn current_member() -> Result<CurrentMember, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.people.current(&caller).await?)
}

/// Ends the session.
#[server(prefix = "/do", endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server;
    server::end_session().await?;
    server::redirect(Path::SignIn.notice(Done::SignedOut));
    Ok(())
}
