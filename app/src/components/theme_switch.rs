//! Light, dark or as the system says.

use super::form::ServerForm;
use crate::theme::{CurrentTheme, SetTheme, Theme};
use leptos::prelude::*;

/// Three buttons, the current one pressed. The choice shows at once; the server only remembers it.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let remember = ServerAction::<SetTheme>::new();
    let current =
        use_context::<CurrentTheme>().map_or_else(|| RwSignal::new(Theme::System), |CurrentTheme(theme)| theme);
    let buttons = Theme::ALL
        .into_iter()
        .map(|theme| {
            let is_current = move || (current.get() == theme).to_string();
            view! {
                <button
                    type="submit"
                    name="theme"
                    value=theme.code()
                    class="theme-button"
                    aria-pressed=is_current
                    on:click=move |_| current.set(theme)
                >
                    {theme.label()}
                </button>
            }
        })
        .collect_view();
    view! {
        <ServerForm action=remember class="theme-switch">
            <fieldset>
                <legend class="visually-hidden">"Theme"</legend>
                {buttons}
            </fieldset>
        </ServerForm>
    }
}
