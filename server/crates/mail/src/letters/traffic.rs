//! Mails about what is sent and received.

use super::{NAME_CHARS_MAX, REASON_CHARS_MAX, TO_MEMBERS, URL_CHARS_MAX};
use crate::dates::{moment, span};
use crate::letter::Letter;
use crate::line::{Line, clean};
use hookreel_kernel::Timestamp;
use url::Url;

pub(crate) fn endpoint_failing(url: &str, since: Timestamp, last_failure: &str) -> Letter {
    let host = host_of(url);
    Letter {
        subject: Line::subject(format!("Deliveries to {host} are failing")),
        heading: Line::new(format!("Deliveries to {host} are failing")),
        opening: vec![Line::new("Each delivery is kept and tried again on its schedule.")],
        facts: vec![
            ("Endpoint", Line::new(clean(url, URL_CHARS_MAX))),
            ("Failing since", Line::new(moment(since))),
            ("Last failure", Line::new(clean(last_failure, REASON_CHARS_MAX))),
        ],
        button: "See what fails",
        closing: vec![Line::new(
            "Once the endpoint answers again, deliveries go through by themselves. Those that ran out of attempts can be \
             recovered on its page.",
        )],
        because: TO_MEMBERS,
    }
}

pub(crate) fn endpoint_disabled(url: &str, why: &str) -> Letter {
    let host = host_of(url);
    Letter {
        subject: Line::subject(format!("Endpoint {host} was disabled")),
        heading: Line::new(format!("Endpoint {host} was disabled")),
        opening: vec![Line::new("Hookreel has stopped sending to this endpoint.")],
        facts: vec![
            ("Endpoint", Line::new(clean(url, URL_CHARS_MAX))),
            ("Why", Line::new(clean(why, REASON_CHARS_MAX))),
        ],
        button: "Open the endpoint",
        closing: vec![Line::new("When it works again, enable it on its page and recover what it missed.")],
        because: TO_MEMBERS,
    }
}

pub(crate) fn source_silent(source: &str, last_received_at: Timestamp, usual_gap_max_seconds: u64) -> Letter {
    let source = clean(source, NAME_CHARS_MAX);
    Letter {
        subject: Line::subject(format!("Nothing comes in from {source}")),
        heading: Line::new(format!("Nothing comes in from {source}")),
        opening: vec![Line::new("This source has been silent for longer than it usually is.")],
        facts: vec![
            ("Last received", Line::new(moment(last_received_at))),
            ("Usual longest gap", Line::new(span(usual_gap_max_seconds))),
        ],
        button: "Open the source",
        closing: vec![Line::new(
            "Look at the provider whether its webhooks are still switched on and still lead to the URL of the source.",
        )],
        because: TO_MEMBERS,
    }
}

/// The host of an endpoint, for a subject that is read at a glance.
fn host_of(url: &str) -> String {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.map_or_else(|| "an endpoint".to_owned(), |host| clean(&host, NAME_CHARS_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_named_by_its_host() {
        assert_eq!(host_of("https://api.example.com:8443/webhooks?x=1"), "api.example.com");
        assert_eq!(host_of("nonsense"), "an endpoint");
        let letter = endpoint_disabled("nonsense", "It failed for 5 days.");
        assert_eq!(letter.facts[0].1.as_str(), "nonsense");
    }
}
