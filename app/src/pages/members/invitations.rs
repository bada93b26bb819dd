//! Who was asked to join and has not done so yet.

use super::server::{InviteAgain, RevokeInvitation};
use crate::components::{
    ActionButton, Badge, ButtonKind, CancelLink, Cell, Column, ConfirmDialog, ConfirmLink, DataTable, FormActions,
    FormError, Hidden, RelativeTime, Section, ServerForm, SubmitButton, Tone,
};
use hookreel_contract::views::InvitationView;
use leptos::prelude::*;

/// The open invitations. Nothing when there is none.
#[component]
pub fn Invitations(invitations: Vec<InvitationView>) -> impl IntoView {
    if invitations.is_empty() {
        return ().into_any();
    }
    let questions = invitations.iter().cloned().map(|invitation| view! { <RevokeQuestion invitation/> }).collect_view();
    let rows = invitations.into_iter().map(|invitation| view! { <InvitationRow invitation/> }).collect_view();
    let columns = vec![
        Column::text("E-mail"),
        Column::text("State"),
        Column::text("Invited by"),
        Column::text("Sent"),
        Column::hidden("Actions"),
    ];
    view! {
        <Section title="Invitations">
            <DataTable caption="Invitations" columns>{rows}</DataTable>
            {questions}
        </Section>
    }
    .into_any()
}

#[component]
fn InvitationRow(invitation: InvitationView) -> impl IntoView {
    let again = ServerAction::<InviteAgain>::new();
    let fields = vec![("id", invitation.id.to_string())];
    let state = if invitation.is_expired {
        view! { <Badge tone=Tone::Warn>"Expired"</Badge> }.into_any()
    } else {
        view! { <Badge tone=Tone::Info>"Open"</Badge> " until " <RelativeTime at=invitation.expires_at/> }.into_any()
    };
    let invited_by = match invitation.invited_by {
        Some(email) => view! { {email} }.into_any(),
        None => view! { <span class="muted">"a former member"</span> }.into_any(),
    };
    view! {
        <tr>
            <Cell label="E-mail" main=true><strong>{invitation.email.to_string()}</strong></Cell>
            <Cell label="State">{state}</Cell>
            <Cell label="Invited by">{invited_by}</Cell>
            <Cell label="Sent"><RelativeTime at=invitation.sent_at/></Cell>
            <Cell label="Actions" number=true>
                <ActionButton action=again fields small=true>"Send again"</ActionButton>
                <ConfirmLink name=format!("revoke-{}", invitation.id) small=true>"Revoke"</ConfirmLink>
            </Cell>
        </tr>
    }
}

#[component]
fn RevokeQuestion(invitation: InvitationView) -> impl IntoView {
    let revoke = ServerAction::<RevokeInvitation>::new();
    let id = Signal::stored(invitation.id.to_string());
    let title = format!("Revoke the invitation of {}?", invitation.email);
    view! {
        <ConfirmDialog name=format!("revoke-{}", invitation.id) title>
            <p>"The link in the mail stops working. You can invite the same address again."</p>
            <ServerForm action=revoke>
                <Hidden name="id" value=id/>
                <FormError/>
                <FormActions>
                    <SubmitButton kind=ButtonKind::Danger>"Revoke invitation"</SubmitButton>
                    <CancelLink/>
                </FormActions>
            </ServerForm>
        </ConfirmDialog>
    }
}
