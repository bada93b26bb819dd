//! Streams in words and links.

use crate::routes::Path;

/// What a stream can be about: its stored name, and what people call it.
pub const STREAM_KINDS: [(&str, &str); 13] = [
    ("tenant", "Tenant"),
    ("member", "Members"),
    ("invitation", "Invitations"),
    ("api_key", "API keys"),
    ("application", "Applications"),
    ("event_type", "Event types"),
    ("source", "Sources"),
    ("endpoint", "Endpoints"),
    ("message", "Messages"),
    ("delivery", "Deliveries"),
    ("replay", "Replays"),
    ("recovery", "Recoveries"),
    ("retention", "Retention"),
];

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
    fn payloads_are_easy_to_read() {
        assert_eq!(pretty(r#"{"a":1}"#), "{\n  \"a\": 1\n}");
        assert_eq!(pretty("not json"), "not json");
    }
}
