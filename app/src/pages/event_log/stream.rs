//! Streams in words and links.

use crate::routes::Path;

/// What a stream can be about: its stored name, and what people call it.
pub const STREAM_KINDS: [(&str, &str); 14] = [
    ("tenant", "Tenant"),
    ("member", "Members"),
    ("invitation", "Invitations"),
    ("api_key", "API keys"),
    ("application", "Applications"),
    ("event_type", "Event types"),
    ("source", "Sources"),
    ("handshakes", "Handshakes"),
    ("endpoint", "Endpoints"),
    ("message", "Messages"),
    ("delivery", "Deliveries"),
    ("replay", "Replays"),
    ("recovery", "Recoveries"),
    ("retention", "Retention"),
];

/// What there is besides where plans are sold.
pub const BILLING_KIND: (&str, &str) = ("billing", "Plan and billing");

/// What the log can be narrowed to.
pub fn stream_kinds(are_sold: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    STREAM_KINDS.into_iter().chain(are_sold.then_some(BILLING_KIND))
}

/// The page of what a stream is about, if it has one.
pub fn page_of_stream(stream: &str) -> Option<Path> {
    match stream.split_once('_')?.0 {
        "src" => stream.parse().ok().map(Path::Source),
        "ep" => stream.parse().ok().map(Path::Endpoint),
        "msg" => stream.parse().ok().map(Path::Message),
        "dlv" => stream.parse().ok().map(Path::Delivery),
        "rpl" => stream.parse().ok().map(Path::Replay),
        "rcv" => stream.parse().ok().map(Path::Recovery),
        "key" => Some(Path::ApiKeys),
        "mbr" | "inv" => Some(Path::Members),
        "bil" => Some(Path::Usage),
        _ => None,
    }
}

/// JSON with line breaks; anything else as it is.
pub fn pretty(json: &str) -> String {
    serde_json::from_str::<serde_json::Value>(json)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| json.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hookreel_kernel::EndpointId;

    #[test]
    fn a_stream_leads_to_its_page() {
        let id = EndpointId::generate();
        assert_eq!(page_of_stream(&id.to_string()), Some(Path::Endpoint(id)));
        assert_eq!(page_of_stream("ep_garbled"), None);
        assert_eq!(page_of_stream("tenant"), None);
    }

    #[test]
    fn the_log_can_be_narrowed_to_billing_only_where_plans_are_sold() {
        let names = |are_sold| stream_kinds(are_sold).map(|(kind, _)| kind).collect::<Vec<_>>();
        assert!(names(true).contains(&"billing") && !names(false).contains(&"billing"));
        assert!(names(false).contains(&"handshakes"));
        assert!(names(false).contains(&"delivery"));
    }

    #[test]
    fn payloads_are_easy_to_read() {
        assert_eq!(pretty(r#"{"a":1}"#), "{\n  \"a\": 1\n}");
        assert_eq!(pretty("not json"), "not json");
    }
}
