//! Which events an address asks for.

use crate::query::use_query;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Filters as they stand in the address. The server reads them; here they are only text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventQuery {
    /// `endpoint`, `message` …
    pub about: Option<String>,
    /// `endpoint.paused`.
    pub kind: Option<String>,
    /// A stream's id: `ep_…`.
    pub stream: Option<String>,
    /// Where the page begins.
    pub cursor: Option<String>,
}

impl EventQuery {
    /// What the current address asks for.
    pub fn of_address() -> Memo<Self> {
        let about = use_query("about");
        let kind = use_query("kind");
        let stream = use_query("stream");
        let cursor = use_query("cursor");
        Memo::new(move |_| Self { about: about.get(), kind: kind.get(), stream: stream.get(), cursor: cursor.get() })
    }

    /// Whether anything is left out of the log.
    pub fn is_filtered(&self) -> bool {
        [&self.about, &self.kind, &self.stream].iter().any(|filter| filter.is_some())
    }

    /// What the services are asked for.
    #[cfg(feature = "ssr")]
    pub fn filter(self, limit: usize) -> hookreel_contract::input::EventFilter {
        use crate::error::filled;
        hookreel_contract::input::EventFilter {
            stream_kind: filled(self.about),
            stream: filled(self.stream),
            kind: filled(self.kind),
            cursor: self.cursor.map(hookreel_contract::Cursor),
            limit: Some(limit),
        }
    }
}
