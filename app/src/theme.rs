//! Light, dark, or as the system says; remembered in a cookie.

#![cfg_attr(feature = "ssr", expect(clippy::unused_async, reason = "server functions are async, whatever they do"))]

use crate::error::AppError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The cookie that remembers it.
pub const COOKIE: &str = "theme";

/// How the dashboard looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Every theme, in the order in which a person is offered them.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// In the cookie and in the document.
    pub const fn code(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// For a person.
    pub const fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    #[cfg(feature = "ssr")]
    fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.code() == code)
    }

    /// The theme that the browser which asks has remembered.
    pub fn of_request() -> Self {
        #[cfg(feature = "ssr")]
        {
            crate::server::cookie(COOKIE).and_then(|code| Self::parse(&code)).unwrap_or_default()
        }
        #[cfg(not(feature = "ssr"))]
        {
            Self::default()
        }
    }
}

/// The theme in use; context of the whole application.
#[derive(Debug, Clone, Copy)]
pub struct CurrentTheme(pub RwSignal<Theme>);

/// Makes the theme known to every page.
pub fn provide_theme() {
    let theme = RwSignal::new(SharedValue::new(Theme::of_request).into_inner());
    provide_context(CurrentTheme(theme));
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        let theme = theme.get();
        if let Some(root) = document().document_element() {
            // Only a malformed attribute name could be refused.
            let _ = root.set_attribute("data-theme", theme.code());
        }
    });
}

/// Remembers a theme for a year.
#[server(prefix = "/do", endpoint = "set_theme")]
pub async fn set_theme(theme: String) -> Result<(), AppError> {
    let theme = Theme::parse(&theme).ok_or_else(|| AppError::field("theme", "must be system, light or dark"))?;
    crate::server::set_cookie(&format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax", theme.code()));
    Ok(())
}
