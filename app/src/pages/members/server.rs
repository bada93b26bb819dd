//! The server functions of the members' page.

use crate::error::AppError;
use hookreel_contract::views::MembersView;
use hookreel_kernel::{InvitationId, MemberId};
use leptos::prelude::*;

/// Everybody who belongs to the tenant or was asked to.
#[server(prefix = "/do", endpoint = "list_members")]
pub async fn list_members() -> Result<MembersView, AppError> {
    use crate::server::{caller, services};
    let caller = caller().await?;
    Ok(services()?.members.list(&caller).await?)
}

/// Asks somebody to join.
#[server(prefix = "/do", endpoint = "invite_member")]
pub async fn invite_member(email: String) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, client, redirect, services};
    let caller = caller().await?;
    let services = services()?;
    services.members.invite(&caller, &email, &client()).await?;
    redirect(Path::Members.notice(Done::Invited.if_sent(services.mails_are_sent)));
    Ok(())
}

/// Sends an invitation again.
#[server(prefix = "/do", endpoint = "invite_again")]
pub async fn invite_again(id: InvitationId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, client, redirect, services};
    let caller = caller().await?;
    let services = services()?;
    services.members.invite_again(&caller, id, &client()).await?;
    redirect(Path::Members.notice(Done::InvitedAgain.if_sent(services.mails_are_sent)));
    Ok(())
}

/// Takes an invitation back.
#[server(prefix = "/do", endpoint = "revoke_invitation")]
pub async fn revoke_invitation(id: InvitationId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, redirect, services};
    let caller = caller().await?;
    services()?.members.revoke_invitation(&caller, id).await?;
    redirect(Path::Members.notice(Done::InvitationRevoked));
    Ok(())
}

/// Removes a member. Whoever leaves is signed out by that.
#[server(prefix = "/do", endpoint = "remove_member")]
pub async fn remove_member(id: MemberId) -> Result<(), AppError> {
    use crate::routes::{Done, Path};
    use crate::server::{caller, end_session, redirect, services};
    let caller = caller().await?;
    services()?.members.remove(&caller, id).await?;
    if caller.member_id() == Some(id) {
        end_session().await?;
        redirect(Path::SignIn.notice(Done::Left));
    } else {
        redirect(Path::Members.notice(Done::MemberRemoved));
    }
    Ok(())
}
