//! The member's own address and password.

use super::server::{CancelAddressChange, ChangeAddress, ChangePassword, wanted_address};
use crate::components::{
    ActionButton, Badge, ButtonKind, CopyableId, Fact, Facts, FormActions, FormError, Notice, Section, ServerForm,
    SubmitButton, TextField, Tone, loaded,
};
use crate::session::Session;
use hookreel_contract::views::{AddressState, CurrentMember};
use hookreel_kernel::Email;
use leptos::prelude::*;

/// Who is signed in.
#[component]
pub fn Account() -> impl IntoView {
    let session = use_context::<Session>();
    view! {
        <Section title="Account">
            {session.map(|session| loaded(session.0, |member| view! { <AccountFacts member/> }))}
        </Section>
    }
}

#[component]
fn AccountFacts(member: CurrentMember) -> impl IntoView {
    let state = if member.address == AddressState::Confirmed {
        view! { <Badge tone=Tone::Ok>"Confirmed"</Badge> }
    } else {
        view! { <Badge tone=Tone::Neutral>"Not confirmed"</Badge> }
    };
    view! {
        <Facts>
            <Fact label="Tenant">{member.tenant_name}</Fact>
            <Fact label="E-mail">{member.email.to_string()}" "{state}</Fact>
            <Fact label="Tenant id"><CopyableId id=member.tenant_id.to_string()/></Fact>
            <Fact label="Default application"><CopyableId id=member.default_application_id.to_string()/></Fact>
        </Facts>
    }
}

/// Another address.
#[component]
pub fn AddressForm() -> impl IntoView {
    let change = ServerAction::<ChangeAddress>::new();
    let wanted = Resource::new(|| (), |()| wanted_address());
    view! {
        <Section title="E-mail address" hint="You have the new one once you follow the link in the mail to it.">
            {loaded(wanted, |wanted: Option<Email>| wanted.map(|email| view! { <Wanted email/> }))}
            <ServerForm action=change reset=true>
                <TextField name="email" label="New address" kind="email" autocomplete="email" required=true/>
                <TextField
                    name="password"
                    label="Your password"
                    kind="password"
                    autocomplete="current-password"
                    required=true
                />
                <FormError/>
                <FormActions><SubmitButton kind=ButtonKind::Secondary>"Send the link"</SubmitButton></FormActions>
            </ServerForm>
        </Section>
    }
}

#[component]
fn Wanted(email: Email) -> impl IntoView {
    let cancel = ServerAction::<CancelAddressChange>::new();
    view! {
        <Notice tone=Tone::Info>
            <p>"The link to "<strong>{email.to_string()}</strong>" waits to be used. Until then your address stays as it is."</p>
            <ActionButton action=cancel small=true>"Keep the present address"</ActionButton>
        </Notice>
    }
}

/// Another password.
#[component]
pub fn PasswordForm() -> impl IntoView {
    let change = ServerAction::<ChangePassword>::new();
    view! {
        <Section title="Password" hint="Your other sessions end when you change it.">
            <ServerForm action=change reset=true>
                <TextField
                    name="current_password"
                    label="Current password"
                    kind="password"
                    autocomplete="current-password"
                    required=true
                />
                <TextField
                    name="new_password"
                    label="New password"
                    kind="password"
                    hint="At least 10 characters. A few words are easier to remember than one odd one."
                    autocomplete="new-password"
                    required=true
                />
                <FormError/>
                <FormActions><SubmitButton kind=ButtonKind::Secondary>"Change password"</SubmitButton></FormActions>
            </ServerForm>
        </Section>
    }
}
