//! For people who have no account yet.

use super::sign_in::EntryFrame;
use crate::components::{FormActions, FormError, ServerForm, SubmitButton, TextField};
use crate::error::AppError;
use crate::routes::Path;
use leptos::prelude::*;
use leptos_meta::Title;

/// For people who have no account yet.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let sign_up = ServerAction::<SignUp>::new();
    view! {
        <Title text="Sign up"/>
        <EntryFrame title="Create an account">
            <ServerForm action=sign_up>
                <TextField
                    name="tenant_name"
                    label="Company or project"
                    hint="What everything you set up here belongs to."
                    autocomplete="organization"
                    required=true
                    autofocus=true
                />
                <TextField name="email" label="E-mail" kind="email" autocomplete="username" required=true/>
                <TextField
                    name="password"
                    label="Password"
                    kind="password"
                    hint="At least 10 characters. A few words are easier to remember than one odd one."
                    autocomplete="new-password"
                    required=true
                />
                <FormError/>
                <FormActions><SubmitButton>"Create account"</SubmitButton></FormActions>
            </ServerForm>
            <p class="entry-other">"Have an account? " <a href=Path::SignIn.to_string()>"Sign in"</a></p>
        </EntryFrame>
    }
}

/// Makes a tenant with its first member, and signs the member in.
#[server(prefix = "/do", endpoint = "sign_up")]
pub async fn sign_up(tenant_name: String, email: String, password: String) -> Result<(), AppError> {
    use crate::server::{begin_session, client, redirect, services};
    use hookreel_contract::{ApiError, input};
    let input = input::SignUp { tenant_name, email, password };
    let identity = services()?.people.sign_up(input, client()).await.map_err(|error| match error {
        // Of an account that exists; on this form nobody has a password to get wrong.
        ApiError::WrongCredentials => AppError::field(
            "email",
            "cannot be used for a new account. If it is yours, sign in, or ask for a new password there",
        ),
        error => error.into(),
    })?;
    begin_session(identity).await?;
    redirect(Path::Overview);
    Ok(())
}
