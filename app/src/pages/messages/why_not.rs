//! Why an endpoint did not get a message: a non-event that people look for at three in the morning.

use super::TEST_EVENT_TYPE;
use super::server::NotDelivered;
use hookreel_contract::views::{EndpointState, EndpointView, MessageDetail, MessageRow, MessageState};
use hookreel_kernel::masked_url;

/// The endpoints of the message's application that have no delivery of it. A quarantined message goes nowhere, which
/// needs no list.
pub fn not_delivered(message: &MessageDetail, endpoints: &[EndpointView]) -> Vec<NotDelivered> {
    // What is for one endpoint alone is nothing that the others missed.
    if message.row.state == MessageState::Quarantined || message.only_endpoint_id.is_some() {
        return Vec::new();
    }
    endpoints
        .iter()
        .filter(|endpoint| message.deliveries.iter().all(|delivery| delivery.endpoint_id != endpoint.id))
        .map(|endpoint| NotDelivered {
            endpoint_id: endpoint.id,
            url: masked_url(&endpoint.url).into_owned(),
            reason: why_not(&message.row, endpoint),
        })
        .collect()
}

/// Why this endpoint has no delivery of this message, by the endpoint's configuration of today.
fn why_not(message: &MessageRow, endpoint: &EndpointView) -> String {
    if message.event_type == TEST_EVENT_TYPE {
        return "It is a test message for one other endpoint.".to_owned();
    }
    if endpoint.created_at > message.received_at {
        return "It did not exist yet. A replay can send it what came before.".to_owned();
    }
    if endpoint.state == EndpointState::Disabled {
        return "It is disabled.".to_owned();
    }
    if let Some(types) = &endpoint.filter_types
        && !types.contains(&message.event_type)
    {
        return format!("It wants only {}.", types.join(", "));
    }
    if let Some(reason) = channel_reason(message, endpoint).or_else(|| source_reason(message, endpoint)) {
        return reason;
    }
    "Its filters match now, but did not when the message came in, or it was disabled then.".to_owned()
}

fn channel_reason(message: &MessageRow, endpoint: &EndpointView) -> Option<String> {
    let wanted = endpoint.filter_channels.as_ref()?;
    let published = message.channels.as_deref().unwrap_or_default();
    let is_wanted = published.iter().any(|channel| wanted.contains(channel));
    (!is_wanted).then(|| format!("It wants only the channels {}.", wanted.join(", ")))
}

fn source_reason(message: &MessageRow, endpoint: &EndpointView) -> Option<String> {
    let wanted = endpoint.filter_sources.as_ref()?;
    let is_wanted = message.source_id.is_some_and(|source| wanted.contains(&source));
    (!is_wanted).then(|| match &message.source_name {
        Some(name) => format!("It does not take messages of {name}."),
        None => "It takes only messages of certain sources, and this one was published by API.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_contract::views::{BreakerState, DeliveryCounts, EndpointStats};
    use hookreel_kernel::{ApplicationId, EndpointId, MessageId, SourceId};
    use std::collections::BTreeMap;
    use time::macros::datetime;

    fn message() -> MessageRow {
        MessageRow {
            id: MessageId::generate(),
            application_id: ApplicationId::generate(),
            source_id: Some(SourceId::generate()),
            source_name: Some("Stripe".to_owned()),
            event_type: "invoice.paid".to_owned(),
            state: MessageState::Accepted,
            uid: None,
            provider_event_id: None,
            channels: None,
            body_bytes: 2,
            verdict: Some("verified".to_owned()),
            dedupe_rung: None,
            refusal: None,
            schema_faults: Vec::new(),
            received_at: datetime!(2026-11-23 14:00 UTC),
            deliveries: DeliveryCounts::default(),
        }
    }

    fn endpoint() -> EndpointView {
        EndpointView {
            id: EndpointId::generate(),
            application_id: ApplicationId::generate(),
            uid: None,
            url: "https://example.com/".to_owned(),
            description: String::new(),
            state: EndpointState::Enabled,
            disabled_reason: None,
            filter_types: None,
            filter_channels: None,
            filter_sources: None,
            headers: BTreeMap::new(),
            metadata: BTreeMap::new(),
            signature_scheme: "standard".to_owned(),
            forward_headers: false,
            created_at: datetime!(2026-11-20 14:00 UTC),
            updated_at: datetime!(2026-11-20 14:00 UTC),
            breaker: BreakerState::Closed,
            breaker_probe_at: None,
            stats: EndpointStats::default(),
        }
    }

    #[test]
    fn an_endpoint_with_other_event_types_says_which() {
        let endpoint = EndpointView { filter_types: Some(vec!["user.created".to_owned()]), ..endpoint() };
        assert_eq!(why_not(&message(), &endpoint), "It wants only user.created.");
    }

    #[test]
    fn an_endpoint_that_came_later_is_offered_a_replay() {
        let endpoint = EndpointView { created_at: datetime!(2026-11-24 14:00 UTC), ..endpoint() };
        assert!(why_not(&message(), &endpoint).contains("replay"));
    }

    #[test]
    fn an_endpoint_of_other_sources_names_the_source() {
        let endpoint = EndpointView { filter_sources: Some(vec![SourceId::generate()]), ..endpoint() };
        assert_eq!(why_not(&message(), &endpoint), "It does not take messages of Stripe.");
    }

    #[test]
    fn a_message_without_channels_reaches_no_endpoint_that_wants_some() {
        let endpoint = EndpointView { filter_channels: Some(vec!["eu".to_owned()]), ..endpoint() };
        assert_eq!(why_not(&message(), &endpoint), "It wants only the channels eu.");
    }

    #[test]
    fn a_match_of_today_is_not_claimed_for_yesterday() {
        assert!(why_not(&message(), &endpoint()).starts_with("Its filters match now"));
    }
}
