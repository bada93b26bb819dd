//! Why an endpoint did not get a message: a non-event that people look for at three in the morning.

use super::TEST_EVENT_TYPE;
use super::server::NotDelivered;
use hookreel_contract::views::{EndpointState, MessageDetail, MessageRow, MessageState, PassedOver};
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

/// Why this endpoint has no delivery of this message. Where that is read off the endpoint's configuration of today, and
/// the endpoint was changed since the message came in, it says so.
fn why_not(message: &MessageRow, endpoint: &PassedOver) -> String {
    if message.event_type == TEST_EVENT_TYPE {
        return "It is a test message for one other endpoint.".to_owned();
    }
    if endpoint.created_at > message.received_at {
        return "It did not exist yet. A replay can send it what came before.".to_owned();
    }
    let was_changed = endpoint.updated_at > message.received_at;
    match (reason_of_today(message, endpoint), was_changed) {
        (Some(reason), false) => reason,
        (Some(reason), true) => format!("{reason} It was changed since, and may have been set otherwise then."),
        (None, true) => {
            "Its filters match now, but did not when the message came in, or it was disabled then.".to_owned()
        }
        (None, false) => "Its filters match, and it has not been changed since: why is not known.".to_owned(),
    }
}

/// What keeps the message from the endpoint as it is today.
fn reason_of_today(message: &MessageRow, endpoint: &PassedOver) -> Option<String> {
    if endpoint.state == EndpointState::Disabled {
        return Some("It is disabled.".to_owned());
    }
    if let Some(types) = &endpoint.filter_types
        && !types.contains(&message.event_type)
    {
        return Some(format!("It wants only {}.", types.join(", ")));
    }
    channel_reason(message, endpoint).or_else(|| source_reason(message, endpoint))
}

fn channel_reason(message: &MessageRow, endpoint: &PassedOver) -> Option<String> {
    let wanted = endpoint.filter_channels.as_ref()?;
    let published = message.channels.as_deref().unwrap_or_default();
    let is_wanted = published.iter().any(|channel| wanted.contains(channel));
    (!is_wanted).then(|| format!("It wants only the channels {}.", wanted.join(", ")))
}

fn source_reason(message: &MessageRow, endpoint: &PassedOver) -> Option<String> {
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
    use hookreel_contract::views::DeliveryCounts;
    use hookreel_kernel::{ApplicationId, EndpointId, MessageId, SourceId};
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

    fn endpoint() -> PassedOver {
        PassedOver {
            endpoint_id: EndpointId::generate(),
            url: "https://example.com/".to_owned(),
            state: EndpointState::Enabled,
            filter_types: None,
            filter_channels: None,
            filter_sources: None,
            created_at: datetime!(2026-11-20 14:00 UTC),
            updated_at: datetime!(2026-11-22 14:00 UTC),
        }
    }

    #[test]
    fn an_endpoint_with_other_event_types_says_which() {
        let endpoint = PassedOver { filter_types: Some(vec!["user.created".to_owned()]), ..endpoint() };
        assert_eq!(why_not(&message(), &endpoint), "It wants only user.created.");
    }

    #[test]
    fn an_endpoint_that_came_later_is_offered_a_replay() {
        let endpoint = PassedOver { created_at: datetime!(2026-11-24 14:00 UTC), ..endpoint() };
        assert!(why_not(&message(), &endpoint).contains("replay"));
    }

    #[test]
    fn an_endpoint_of_other_sources_names_the_source() {
        let endpoint = PassedOver { filter_sources: Some(vec![SourceId::generate()]), ..endpoint() };
        assert_eq!(why_not(&message(), &endpoint), "It does not take messages of Stripe.");
    }

    #[test]
    fn a_message_without_channels_reaches_no_endpoint_that_wants_some() {
        let endpoint = PassedOver { filter_channels: Some(vec!["eu".to_owned()]), ..endpoint() };
        assert_eq!(why_not(&message(), &endpoint), "It wants only the channels eu.");
    }

    #[test]
    fn a_match_of_today_is_not_claimed_for_yesterday() {
        let changed = PassedOver { updated_at: datetime!(2026-11-24 14:00 UTC), ..endpoint() };
        assert!(why_not(&message(), &changed).starts_with("Its filters match now, but did not"));
        assert!(why_not(&message(), &endpoint()).ends_with("why is not known."));
    }

    #[test]
    fn a_reason_of_today_is_not_claimed_for_yesterday_if_the_endpoint_was_changed_since() {
        let disabled = PassedOver { state: EndpointState::Disabled, ..endpoint() };
        assert_eq!(why_not(&message(), &disabled), "It is disabled.");
        let changed = PassedOver { updated_at: datetime!(2026-11-24 14:00 UTC), ..disabled };
        let told = why_not(&message(), &changed);
        assert!(told.starts_with("It is disabled. It was changed since"), "{told}");
    }
}
