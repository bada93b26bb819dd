//! Which deliveries an address asks for.

#[cfg(feature = "ssr")]
use crate::error::{AppError, filled};
use crate::query::use_query;
use crate::routes::Path;
use hookreel_kernel::EndpointId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Filters as they stand in the address. The server reads them; here they are only text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryQuery {
    /// An endpoint's id.
    pub endpoint: Option<String>,
    /// A replay's id.
    pub replay: Option<String>,
    /// A delivery state's stored name.
    pub state: Option<String>,
    /// An event type.
    pub event_type: Option<String>,
    /// Made at or after.
    pub since: Option<String>,
    /// Made before.
    pub until: Option<String>,
    /// Where the page begins.
    pub cursor: Option<String>,
}

impl DeliveryQuery {
    /// What the current address asks for.
    pub fn of_address() -> Memo<Self> {
        let endpoint = use_query("endpoint");
        let replay = use_query("replay");
        let state = use_query("state");
        let event_type = use_query("type");
        let since = use_query("since");
        let until = use_query("until");
        let cursor = use_query("cursor");
        Memo::new(move |_| Self {
            endpoint: endpoint.get(),
            replay: replay.get(),
            state: state.get(),
            event_type: event_type.get(),
            since: since.get(),
            until: until.get(),
            cursor: cursor.get(),
        })
    }

    /// The endpoint, if the address names one.
    pub fn endpoint_id(&self) -> Option<EndpointId> {
        self.endpoint.as_deref().and_then(|id| id.parse().ok())
    }

    /// Whether anything is left out of the list.
    pub fn is_filtered(&self) -> bool {
        let filters = [&self.endpoint, &self.replay, &self.state, &self.event_type, &self.since, &self.until];
        filters.iter().any(|filter| filter.is_some())
    }

    /// The form of a new replay, filled in with what is on screen.
    pub fn replay_link(&self) -> String {
        let selection = match self.state.as_deref() {
            Some("exhausted" | "retrying" | "cancelled") => Some("failed"),
            _ => None,
        };
        let pairs = [
            ("endpoint", self.endpoint.as_deref()),
            ("since", self.since.as_deref()),
            ("until", self.until.as_deref()),
            ("types", self.event_type.as_deref()),
            ("selection", selection),
        ];
        let present: Vec<_> = pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        Path::NewReplay.with(&present)
    }

    /// What the services are asked for.
    #[cfg(feature = "ssr")]
    pub fn filter(self, limit: usize) -> Result<hookreel_contract::input::DeliveryFilter, AppError> {
        use crate::pages::time_range::time_field;
        Ok(hookreel_contract::input::DeliveryFilter {
            endpoint_id: id_field("endpoint", self.endpoint)?,
            replay_id: id_field("replay", self.replay)?,
            state: filled(self.state),
            event_type: filled(self.event_type),
            since: time_field("since", self.since)?,
            until: time_field("until", self.until)?,
            cursor: self.cursor.map(hookreel_contract::Cursor),
            limit: Some(limit),
        })
    }
}

/// Reads an id that narrows a list: a garbled one is a wrong filter, not a missing page.
#[cfg(feature = "ssr")]
fn id_field<T: std::str::FromStr>(name: &str, text: Option<String>) -> Result<Option<T>, AppError> {
    let Some(text) = filled(text) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| AppError::field(name, "is not an id of that kind"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_screen_can_be_replayed() {
        let query = DeliveryQuery {
            state: Some("exhausted".to_owned()),
            event_type: Some("invoice.paid".to_owned()),
            since: Some("2026-11-23T14:00".to_owned()),
            ..DeliveryQuery::default()
        };
        assert_eq!(query.replay_link(), "/replays/new?since=2026-11-23T14%3A00&types=invoice.paid&selection=failed");
        assert_eq!(DeliveryQuery::default().replay_link(), "/replays/new");
    }

    #[test]
    fn a_page_of_the_whole_list_is_not_filtered() {
        let query = DeliveryQuery { cursor: Some("x".to_owned()), ..DeliveryQuery::default() };
        assert!(!query.is_filtered());
    }
}
