//! For people who have an account.

use crate::components::{FormActions, FormError, Hidden, Mark, ServerForm, SubmitButton, TextField, Toast};
use crate::error::AppError;
use crate::query::use_query;
use crate::routes::Path;
use leptos::prelude::*;
use leptos_meta::Title;

/// For people who have an account.
#[component]
pub fn SignInPage() -> impl IntoView {
    let sign_in = ServerAction::<SignIn>::new();
    let next = use_query("next");
    view! {
        <Title text="Sign in"/>
        <EntryFrame title="Sign in">
            <ServerForm action=sign_in>
                <Hidden name="next" value=Signal::derive(move || next.get().unwrap_or_default())/>
                <TextField name="email" label="E-mail" kind="email" autocomplete="username" required=true autofocus=true/>
                <TextField name="password" label="Password" kind="password" autocomplete="current-password" required=true/>
                <FormError/>
                <FormActions><SubmitButton>"Sign in"</SubmitButton></FormActions>
            </ServerForm>
            <p class="entry-other"><a href=Path::ForgotPassword.to_string()>"Forgotten your password?"</a></p>
            <p class="entry-other">"No account yet? " <a href=Path::SignUp.to_string()>"Sign up"</a></p>
        </EntryFrame>
    }
}

/// The frame around signing in and signing up.
#[component]
pub fn EntryFrame(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <main class="entry">
            <a class="brand" href=Path::Landing.to_string()><Mark/><span>"Hookreel"</span></a>
            <Toast/>
            <div class="entry-card">
                <h1>{title}</h1>
                {children()}
            </div>
        </main>
    }
}

/// Begins a session, and goes on to where the person wanted to be.
#[server(prefix = "/do", endpoint = "sign_in")]
pub async fn sign_in(email: String, password: String, #[server(default)] next: Option<String>) -> Result<(), AppError> {
    use crate::server::{begin_session, client, redirect, services};
    let identity = services()?.people.sign_in(&email, password.into(), &client()).await?;
    begin_session(identity).await?;
    redirect(next.filter(|path| is_ours(path)).unwrap_or_else(|| Path::Overview.to_string()));
    Ok(())
}

/// Whether an address is a path of this site: nobody is led elsewhere by a link to the sign-in page.
#[cfg(any(feature = "ssr", test))]
fn is_ours(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        assert!(is_ours("/messages?state=accepted"));
        for elsewhere in ["https://example.com", "//example.com", "/\\example.com", "messages", "", "/a\nb", "/ b"] {
            assert!(!is_ours(elsewhere), "{elsewhere}");
        }
    }
}
