//! Why an endpoint did not get a message: a non-event that people look for at three in the morning.

use super::TEST_EVENT_TYPE;
use super::server::NotDelivered;
use hookreel_contract::views::{EndpointState, EndpointThen, MessageDetail, MessageRow, MessageState, PassedOver};
use hookreel_kernel::masked_url;

/// Whether others than those that have a delivery could have got the message. One that is not accepted goes nowhere, which
/// needs no list; what is for one endpoint alone is nothing that the others missed.
pub fn is_for_all(message: &MessageDetail) -> bool {
    message.row.state == MessageState::Accepted && message.only_endpoint_id.is_none()
}

/// An endpoint of the message's application that has no delivery of it.
pub fn not_delivered(message: &MessageRow, endpoint: &PassedOver) -> NotDelivered {
    NotDelivered {
        endpoint_id: endpoint.endpoint_id,
        url: masked_url(&endpoint.url).into_owned(),
        reason: why_not(message, endpoint),
    }
}

/// Why this endpoint has no delivery of this message.
fn why_not(message: &MessageRow, endpoint: &PassedOver) -> String {
    if message.event_type == TEST_EVENT_TYPE {
        return "It is a test message for one other endpoint.".to_owned();
    }
    let Some(then) = &endpoint.then else {
        return "It did not exist yet. A replay can send it what came before.".to_owned();
    };
    reason_then(message, then)
        .unwrap_or_else(|| "Its filters matched, but it may have been changed in that very moment.".to_owned())
}

/// What kept the message from the endpoint as it was then.
fn reason_then(message: &MessageRow, then: &EndpointThen) -> Option<String> {
    if then.state == EndpointState::Disabled {
        return Some("It was disabled.".to_owned());
    }
    if let Some(types) = &then.filter_types
        && !types.contains(&message.event_type)
    {
        return Some(format!("It wanted only {}.", types.join(", ")));
    }
    channel_reason(message, then).or_else(|| source_reason(message, then))
}

fn channel_reason(message: &MessageRow, then: &EndpointThen) -> Option<String> {
    let wanted = then.filter_channels.as_ref()?;
    let published = message.channels.as_deref().unwrap_or_default();
    let is_wanted = published.iter().any(|channel| wanted.contains(channel));
    (!is_wanted).then(|| format!("It wanted only the channels {}.", wanted.join(", ")))
}

fn source_reason(message: &MessageRow, then: &EndpointThen) -> Option<String> {
    let wanted = then.filter_sources.as_ref()?;
    let is_wanted = message.source_id.is_some_and(|source| wanted.contains(&source));
    (!is_wanted).then(|| match &message.source_name {
        Some(name) => format!("It did not take messages of {name}."),
        None => "It took only messages of certain sources, and this one was published by API.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::story::tests::accepted;
    use super::*;
    use hookreel_kernel::{EndpointId, SourceId};

    fn then() -> EndpointThen {
        EndpointThen { state: EndpointState::Enabled, filter_types: None, filter_channels: None, filter_sources: None }
    }

    fn told(then: Option<EndpointThen>) -> String {
        let url = "https://example.com/".to_owned();
        why_not(&accepted(), &PassedOver { endpoint_id: EndpointId::generate(), url, then })
    }

    #[test]
    fn an_endpoint_with_other_event_types_says_which() {
        let then = EndpointThen { filter_types: Some(vec!["user.created".to_owned()]), ..then() };
        assert_eq!(told(Some(then)), "It wanted only user.created.");
    }

    #[test]
    fn an_endpoint_that_came_later_is_offered_a_replay() {
        assert!(told(None).contains("replay"));
    }

    #[test]
    fn an_endpoint_of_other_sources_names_the_source() {
        let then = EndpointThen { filter_sources: Some(vec![SourceId::generate()]), ..then() };
        assert_eq!(told(Some(then)), "It did not take messages of Stripe.");
    }

    #[test]
    fn a_message_without_channels_reaches_no_endpoint_that_wants_some() {
        let then = EndpointThen { filter_channels: Some(vec!["eu".to_owned()]), ..then() };
        assert_eq!(told(Some(then)), "It wanted only the channels eu.");
    }

    #[test]
    fn a_disabled_endpoint_gets_nothing_whatever_it_wants() {
        let then = EndpointThen { state: EndpointState::Disabled, filter_types: Some(vec![]), ..then() };
        assert_eq!(told(Some(then)), "It was disabled.");
    }

    #[test]
    fn where_nothing_is_known_nothing_is_claimed() {
        assert!(told(Some(then())).contains("may have been"));
        let paused = EndpointThen { state: EndpointState::Paused, ..then() };
        assert!(told(Some(paused)).contains("may have been"));
    }
}
