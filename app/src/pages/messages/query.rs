//! Which messages an address asks for.

#[cfg(feature = "ssr")]
use crate::error::{AppError, filled};
use crate::query::use_query;
use crate::routes::Path;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The state of messages that were accepted although they do not fit the schema of their event type.
pub const FLAGGED: &str = "flagged";

/// Filters as they stand in the address. The server reads them; here they are only text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageQuery {
    /// Words, and values at paths of the payload.
    pub search: Option<String>,
    /// A source's id.
    pub source: Option<String>,
    /// `accepted`, `quarantined`, `duplicate`, or [`FLAGGED`].
    pub state: Option<String>,
    /// Event types, separated by commas or spaces.
    pub event_types: Option<String>,
    /// Received at or after.
    pub since: Option<String>,
    /// Received before.
    pub until: Option<String>,
    /// Where the page begins.
    pub cursor: Option<String>,
}

/// Part of a source's quarantine, as text like the rest of the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineRange {
    /// The source's id.
    pub source: String,
    /// Received at or after.
    pub since: Option<String>,
    /// Received before.
    pub until: Option<String>,
}

impl QuarantineRange {
    /// As the fields of a form.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let times = [("since", self.since.clone()), ("until", self.until.clone())];
        let times = times.into_iter().filter_map(|(name, time)| Some((name, time?)));
        [("source", self.source.clone())].into_iter().chain(times).collect()
    }

    /// The list that shows it.
    #[cfg(feature = "ssr")]
    pub fn address(&self, notice: crate::routes::Done) -> String {
        let fields = self.fields();
        let mut pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        pairs.extend([("state", "quarantined"), (crate::routes::Done::QUERY, notice.code())]);
        Path::Messages.with(&pairs)
    }

    /// What the services are asked for.
    #[cfg(feature = "ssr")]
    pub fn selection(&self) -> Result<hookreel_contract::source::QuarantineSelection, AppError> {
        use crate::pages::time_range::time_field;
        let id = self.source.parse().map_err(|_| AppError::field("source", "is not the id of a source"))?;
        Ok(hookreel_contract::source::QuarantineSelection {
            source_id: Some(id),
            since: time_field("since", self.since.clone())?,
            until: time_field("until", self.until.clone())?,
            ..hookreel_contract::source::QuarantineSelection::default()
        })
    }
}

impl MessageQuery {
    /// What the current address asks for.
    pub fn of_address() -> Memo<Self> {
        let search = use_query("q");
        let source = use_query("source");
        let state = use_query("state");
        let event_types = use_query("type");
        let since = use_query("since");
        let until = use_query("until");
        let cursor = use_query("cursor");
        Memo::new(move |_| Self {
            search: search.get(),
            source: source.get(),
            state: state.get(),
            event_types: event_types.get(),
            since: since.get(),
            until: until.get(),
            cursor: cursor.get(),
        })
    }

    /// Whether anything is left out of the list.
    pub fn is_filtered(&self) -> bool {
        let filters = [&self.search, &self.source, &self.state, &self.event_types, &self.since, &self.until];
        filters.iter().any(|filter| filter.is_some())
    }

    /// The form of a new replay, filled in with what is on screen.
    pub fn replay_link(&self) -> String {
        let pairs = [
            ("since", self.since.as_deref()),
            ("until", self.until.as_deref()),
            ("types", self.event_types.as_deref()),
        ];
        let present: Vec<_> = pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        Path::NewReplay.with(&present)
    }

    /// The part of a source's quarantine that is on screen, if nothing else is: words and types choose among messages
    /// that cannot be chosen so when something is done with them.
    pub fn quarantine_range(&self) -> Option<QuarantineRange> {
        let is_whole = self.search.is_none() && self.event_types.is_none();
        if !is_whole || self.state.as_deref() != Some("quarantined") {
            return None;
        }
        let source = self.source.clone()?;
        Some(QuarantineRange { source, since: self.since.clone(), until: self.until.clone() })
    }

    /// What the services are asked for.
    #[cfg(feature = "ssr")]
    pub fn filter(self, limit: usize) -> Result<hookreel_contract::input::MessageFilter, AppError> {
        use crate::pages::endpoints::text::list_of;
        use crate::pages::time_range::time_field;
        let source_id = match filled(self.source) {
            Some(id) => Some(id.parse().map_err(|_| AppError::field("source", "is not the id of a source"))?),
            None => None,
        };
        let state = filled(self.state);
        let flagged = state.as_deref() == Some(FLAGGED);
        Ok(hookreel_contract::input::MessageFilter {
            search: filled(self.search),
            application_id: None,
            source_id,
            event_types: list_of(self.event_types.as_deref()),
            channel: None,
            state: state.filter(|_| !flagged),
            flagged,
            refusal: None,
            since: time_field("since", self.since)?,
            until: time_field("until", self.until)?,
            cursor: self.cursor.map(hookreel_contract::Cursor),
            limit: Some(limit),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_range_of_one_sources_quarantine_is_treated_as_one() {
        let some = |text: &str| Some(text.to_owned());
        let query = MessageQuery { source: some("src_1"), state: some("quarantined"), ..MessageQuery::default() };
        let since = MessageQuery { since: some("2026-11-23T10:00"), ..query.clone() };
        let fields = since.quarantine_range().unwrap().fields();
        assert_eq!(fields, [("source", "src_1".to_owned()), ("since", "2026-11-23T10:00".to_owned())]);
        let others = [
            MessageQuery { search: some("x"), ..query.clone() },
            MessageQuery { event_types: some("a"), ..query.clone() },
            MessageQuery { source: None, ..query.clone() },
            MessageQuery { state: some("accepted"), ..query },
        ];
        assert!(others.iter().all(|query| query.quarantine_range().is_none()));
    }
}
