//! Until a member's address is confirmed, every page says so.

pub mod server;

use super::badge::Tone;
use super::button::ActionButton;
use super::notice::Notice;
use crate::routes::no_mail_server;
use crate::session::Session;
use hookreel_contract::views::{AddressState, CurrentMember};
use leptos::prelude::*;
use server::SendVerification;

/// That the address is not confirmed yet, and how it will be.
#[component]
pub fn VerifyNotice(session: Session) -> impl IntoView {
    // Made once, so that what became of sending is not forgotten when the session is read again.
    let send = ServerAction::<SendVerification>::new();
    let notice = move || {
        Suspend::new(async move {
            let member = session.0.await.ok().filter(|member| member.address != AddressState::Confirmed)?;
            Some(view! { <Unconfirmed member send/> })
        })
    };
    view! { <Transition>{notice}</Transition> }
}

#[component]
fn Unconfirmed(member: CurrentMember, send: ServerAction<SendVerification>) -> impl IntoView {
    let answer = send.value();
    let email = member.email.to_string();
    let is_shown = member.address == AddressState::LinkShown;
    let text = move || {
        let is_new = answer.with(|answer| matches!(answer, Some(Ok(()))));
        if is_shown {
            let what = if is_new {
                format!("A new link to confirm {email} is written.")
            } else {
                format!("Confirm that {email} is yours.")
            };
            format!("{what} {}", no_mail_server!())
        } else if is_new {
            format!("A new link is on its way to {email}. Nothing there? Look into the spam folder.")
        } else {
            format!("Confirm that {email} is yours: follow the link in the mail that was sent there.")
        }
    };
    view! {
        <div class="verify-notice">
            <Notice tone=Tone::Info>
                <p role="status">{text}</p>
                <ActionButton action=send small=true>"Send again"</ActionButton>
            </Notice>
        </div>
    }
}
