//! Why a delivery waits, or waits no more, as a person reads it.

/// What a delivery was put off for: the rest of a sentence that ends with "because".
pub fn deferral_text(reason: &str) -> &str {
    match reason {
        "breaker_open" => "the endpoint kept failing, and is left alone until a trial attempt succeeds",
        "endpoint_busy" => "the endpoint had as many attempts under way as it takes",
        "tenant_busy" => "as many attempts were under way as all your endpoints together may have",
        "endpoint_paused" => "the endpoint was paused",
        "endpoint_unreadable" => "the endpoint's secret could not be decrypted",
        other => other,
    }
}

/// Why a delivery was cancelled, in a sentence, and what to do.
pub fn cancelled_text(because: Option<&str>) -> &'static str {
    match because {
        Some("endpoint_disabled") => "The endpoint was disabled while it waited. Resend it, or send it by a replay.",
        Some("endpoint_deleted") => "The endpoint was deleted while it waited.",
        Some("endpoint_gone") => "The endpoint answered 410 Gone, and was disabled while it waited.",
        Some("replay_cancelled") => "The replay that made it was cancelled before it arrived.",
        _ => "It was given up while it waited.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_as_it_is() {
        assert!(cancelled_text(Some("replay_cancelled")).contains("replay"));
        assert!(cancelled_text(Some("endpoint_deleted")).contains("deleted"));
        assert!(!cancelled_text(None).contains("endpoint"));
    }
}
