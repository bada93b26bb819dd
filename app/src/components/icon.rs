//! The mark, and the few symbols beside words. Every symbol is decoration: the word says it.

use leptos::prelude::*;

/// A symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symbol {
    /// A gauge: the overview.
    Overview,
    /// An arrow into a tray: sources.
    Source,
    /// An arrow out of a tray: endpoints.
    Endpoint,
    /// A tag: event types.
    Tag,
    /// An envelope: messages.
    Message,
    /// An arrow that moves: deliveries.
    Delivery,
    /// An arrow that comes round again: replays.
    Replay,
    /// Lines: the event log.
    Log,
    /// Two heads: members.
    People,
    /// A key: API keys.
    Key,
    /// Bars: usage.
    Usage,
    /// Sliders: settings.
    Settings,
    /// Lines to open a menu.
    Menu,
    /// Two sheets: copy.
    Copy,
    /// A tick.
    Tick,
    /// A cross.
    Cross,
    /// To the right.
    Next,
    /// A warning triangle.
    Warning,
    /// A circle with an i.
    Info,
    /// A plus.
    Plus,
    /// A bracket and an arrow: sign out.
    Leave,
    /// A magnifying glass: search.
    Search,
    /// A pulse: the whole installation.
    Operator,
}

impl Symbol {
    /// Lines on a grid of 16.
    const fn path(self) -> &'static str {
        match self {
            Self::Overview => "M2.5 12.5a5.5 5.5 0 1 1 11 0M8 12.5l3-4.5M2.5 12.5h11",
            Self::Source => "M8 2v7M5 6.5 8 9.5l3-3M2.5 9.5v3.5h11V9.5",
            Self::Endpoint => "M8 9.5v-7M5 5.5 8 2.5l3 3M2.5 9.5v3.5h11V9.5",
            Self::Tag => "M2.5 2.5h5l6 6-5 5-6-6zM5.3 5.3h.1",
            Self::Message => "M2 4h12v8.5H2zM2 4.5l6 4.5 6-4.5",
            Self::Delivery => "M2 8h11M9.5 4.5 13 8l-3.5 3.5M2 4.5h4M2 11.5h4",
            Self::Replay => "M3 8a5 5 0 1 0 1.6-3.7M4.5 1.8v2.7h2.7M8 5.5V8l2 1.5",
            Self::Log => "M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.5M2.5 8h.5M2.5 12h.5",
            Self::People => {
                "M6 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.5v-1a3 3 0 0 1 3-3h3a3 3 0 0 1 3 3v1M10.5 3.2a2.5 2.5 0 0 1 0 4.6M12 9.7a3 3 0 0 1 2.5 2.8v1"
            }
            Self::Key => "M10.5 8.5a3 3 0 1 0-2.8-2L2.5 11.7v1.8h2v-1.5h1.5v-1.5h1.5l1.2-1.2M11 5h.1",
            Self::Usage => "M2 13.5h12M4 11.5v-3M8 11.5v-8M12 11.5v-5",
            Self::Settings => "M2 5h7M12 5h2M2 11h2M7 11h7M9 3.2v3.6h3V3.2zM4 9.2v3.6h3V9.2z",
            Self::Menu => "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
            Self::Copy => "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
            Self::Tick => "M3 8.5 6.5 12 13 4.5",
            Self::Cross => "M4 4l8 8M12 4l-8 8",
            Self::Next => "M6 3.5 10.5 8 6 12.5",
            Self::Warning => "M8 2.5 14.2 13H1.8zM8 6.5v3M8 11.2v.2",
            Self::Info => "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.5V11M8 5v.2",
            Self::Plus => "M8 3v10M3 8h10",
            Self::Search => "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3l3.2 3.2",
            Self::Operator => "M1.5 8.5h3l2-5 3 9 2-4h3",
            Self::Leave => "M6.5 2.5h-4v11h4M6 8h8M11 5l3 3-3 3",
        }
    }
}

/// A symbol, as large as the text beside it.
#[component]
pub fn Icon(symbol: Symbol) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
            <path d=symbol.path()/>
        </svg>
    }
}

/// The mark: a hook whose line winds on a reel.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true" focusable="false">
            <circle cx="20.5" cy="11" r="8"/>
            <circle cx="20.5" cy="11" r="3.25"/>
            <path d="M12.5 11v11.25a4.75 4.75 0 0 1-9.5 0V19l3.25 3.5"/>
        </svg>
    }
}
