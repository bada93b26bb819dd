//! What a person wants to replay, before it is started: the form's fields, which are also the address of its second
//! step.

use crate::error::{AppError, filled};
use crate::pages::endpoints::text::list_of;
use crate::pages::time_range::time_field;
use crate::query::use_query;
use crate::routes::Path;
use hookreel_contract::input::ReplayInput;
use hookreel_contract::{ApiError, FieldError};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The fields, as text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayPlan {
    /// An endpoint's id; nothing is every enabled endpoint.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Messages received at or after.
    #[serde(default)]
    pub since: Option<String>,
    /// Messages received before.
    #[serde(default)]
    pub until: Option<String>,
    /// Event types in one line; nothing is every type.
    #[serde(default)]
    pub event_types: Option<String>,
    /// `all`, `failed` or `missing`.
    #[serde(default)]
    pub selection: Option<String>,
}

impl ReplayPlan {
    /// What is chosen unless something else is: sending again what has not arrived does the least harm.
    pub const SELECTION: &'static str = "failed";

    /// What the current address holds.
    pub fn of_address() -> Memo<Self> {
        let endpoint = use_query("endpoint");
        let since = use_query("since");
        let until = use_query("until");
        let event_types = use_query("types");
        let selection = use_query("selection");
        Memo::new(move |_| Self {
            endpoint: endpoint.get(),
            since: since.get(),
            until: until.get(),
            event_types: event_types.get(),
            selection: selection.get(),
        })
    }

    /// The page's address with this plan, at the first step (the form) or the second (the question).
    pub fn address(&self, is_second_step: bool) -> String {
        let pairs = [
            ("endpoint", self.endpoint.as_deref()),
            ("since", self.since.as_deref()),
            ("until", self.until.as_deref()),
            ("types", self.event_types.as_deref()),
            ("selection", self.selection.as_deref()),
            ("step", is_second_step.then_some("confirm")),
        ];
        let present: Vec<_> = pairs
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
            .collect();
        Path::NewReplay.with(&present)
    }

    /// What the services are asked for, or what is wrong with which fields.
    pub fn input(self) -> Result<ReplayInput, AppError> {
        let mut wrong = Vec::new();
        let since = required_time("since", self.since, &mut wrong);
        let until = required_time("until", self.until, &mut wrong);
        let endpoint_id = filled(self.endpoint).map(|id| id.parse());
        if matches!(endpoint_id, Some(Err(_))) {
            wrong.push(FieldError::new("endpoint", "is not one of your endpoints"));
        }
        if let (Some(since), Some(until)) = (since, until)
            && until <= since
        {
            wrong.push(FieldError::new("until", "must be after the beginning"));
        }
        match (since, until, endpoint_id.transpose()) {
            (Some(since), Some(until), Ok(endpoint_id)) if wrong.is_empty() => Ok(ReplayInput {
                application_id: None,
                endpoint_id,
                since,
                until,
                event_types: list_of(self.event_types.as_deref()),
                selection: filled(self.selection).unwrap_or_else(|| Self::SELECTION.to_owned()),
            }),
            _ => Err(AppError::from(ApiError::Invalid { fields: wrong })),
        }
    }
}

fn required_time(
    name: &'static str,
    text: Option<String>,
    wrong: &mut Vec<FieldError>,
) -> Option<hookreel_kernel::Timestamp> {
    match time_field(name, text) {
        Ok(Some(at)) => Some(at),
        Ok(None) => {
            wrong.push(FieldError::new(name, "must not be empty"));
            None
        }
        Err(_) => {
            wrong.push(FieldError::new(name, "must be a time such as 2026-11-23T14:30 (UTC)"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_kernel::EndpointId;

    fn plan(since: &str, until: &str) -> ReplayPlan {
        ReplayPlan { since: Some(since.to_owned()), until: Some(until.to_owned()), ..ReplayPlan::default() }
    }

    #[test]
    fn a_plan_becomes_an_input() {
        let endpoint = EndpointId::generate();
        let plan = ReplayPlan {
            endpoint: Some(endpoint.to_string()),
            event_types: Some("invoice.paid".to_owned()),
            ..plan("2026-11-23T14:00", "2026-11-23T15:00")
        };
        let input = plan.input().unwrap();
        assert_eq!(input.endpoint_id, Some(endpoint));
        assert_eq!(input.selection, "failed");
        assert_eq!(input.event_types.unwrap(), ["invoice.paid"]);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let plan =
            ReplayPlan { endpoint: Some("ep_x".to_owned()), since: Some("soon".to_owned()), ..ReplayPlan::default() };
        let error = plan.input().unwrap_err();
        assert!(error.field_message("since").is_some());
        assert!(error.field_message("until").is_some());
        assert!(error.field_message("endpoint").is_some());
    }

    #[test]
    fn a_range_must_not_end_before_it_begins() {
        let error = plan("2026-11-23T14:00", "2026-11-23T14:00").input().unwrap_err();
        assert_eq!(error.field_message("until").unwrap(), "Must be after the beginning.");
    }

    #[test]
    fn the_second_step_has_the_plan_in_its_address() {
        let address = plan("2026-11-23T14:00", "2026-11-23T15:00").address(true);
        assert_eq!(address, "/replays/new?since=2026-11-23T14%3A00&until=2026-11-23T15%3A00&step=confirm");
    }
}
