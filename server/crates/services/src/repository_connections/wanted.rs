//! What a person or a program says about a repository to be connected, checked field by field.

use crate::validate::Faults;
use hookreel_contract::ApiError;
use hookreel_contract::repository::{ConnectInput, EVERY_EVENT};
use hookreel_integrations::RepositoryName;

/// The most events a webhook may name: GitHub has fewer.
const EVENTS_MAX: usize = 100;
/// The longest name of an event.
const EVENT_BYTES_MAX: usize = 64;

/// What is wanted.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) repository: RepositoryName,
    pub(super) events: Vec<String>,
}

pub(super) fn checked(input: &ConnectInput) -> Result<Wanted, ApiError> {
    let mut faults = Faults::default();
    let parsed = RepositoryName::parse(input.repository.trim());
    let repository = faults.take("repository", parsed.ok_or("must be owner/name, such as octo-org/hello-world"));
    let events = events_of(&input.events, &mut faults);
    faults.none()?;
    repository.map(|repository| Wanted { repository, events }).ok_or(ApiError::Internal)
}

pub(super) fn checked_events(events: &[String]) -> Result<Vec<String>, ApiError> {
    let mut faults = Faults::default();
    let events = events_of(events, &mut faults);
    faults.none()?;
    Ok(events)
}

/// In one spelling; everything includes the rest.
fn events_of(given: &[String], faults: &mut Faults) -> Vec<String> {
    let mut events: Vec<String> = given.iter().map(|event| event.trim().to_ascii_lowercase()).collect();
    events.retain(|event| !event.is_empty());
    events.sort();
    events.dedup();
    if events.iter().any(|event| event == EVERY_EVENT) {
        return vec![EVERY_EVENT.to_owned()];
    }
    let is_name = |event: &String| {
        event.len() <= EVENT_BYTES_MAX && event.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    if events.is_empty() || events.len() > EVENTS_MAX {
        faults.add("events", format_args!("must be 1 to {EVENTS_MAX} events such as push, or * for everything"));
    } else if let Some(wrong) = events.iter().find(|event| !is_name(event)) {
        faults.add("events", format_args!("`{}` is not an event such as push", wrong.escape_default()));
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_kept_in_one_spelling_and_everything_includes_the_rest() {
        let events = |given: &[&str]| checked_events(&given.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(events(&[" Push", "issues", "push", ""]).unwrap(), ["issues", "push"]);
        assert_eq!(events(&["push", "*"]).unwrap(), ["*"]);
        for wrong in [&[][..], &[""], &["push!"], &["pull-request"], &["ü"]] {
            assert!(events(wrong).is_err(), "{wrong:?}");
        }
    }
}
