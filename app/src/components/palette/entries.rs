//! What the palette offers for what was typed. Pure, so that the order of its answers can be tested.

use crate::routes::Path;
use hookreel_kernel::{DeliveryId, EndpointId, MessageId, RecoveryId, ReplayId, SourceId};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Somewhere to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is: a page, a source.
    pub kind: &'static str,
    /// What people call it.
    pub label: String,
    /// Its address.
    pub href: String,
}

impl Entry {
    fn new(kind: &'static str, label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { kind, label: label.into(), href: href.into() }
    }
}

/// A source or an endpoint by the name that people know it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Named {
    /// Where webhooks come in.
    Source(SourceId, String),
    /// Where messages are sent: its URL.
    Endpoint(EndpointId, String),
    /// The operator's place, for those who are one.
    Operator,
    /// The page about usage, where it is about plans too.
    Plans,
}

impl Named {
    fn entry(&self) -> Entry {
        match self {
            Self::Source(id, name) => Entry::new("Source", name.clone(), Path::Source(*id)),
            Self::Endpoint(id, url) => Entry::new("Endpoint", url.clone(), Path::Endpoint(*id)),
            Self::Operator => Entry::new("Page", "Operator", Path::Operator),
            Self::Plans => Entry::new("Page", "Plan and usage", Path::Usage),
        }
    }

    /// Other words that people may look for it by.
    const fn others(&self) -> &'static str {
        match self {
            Self::Plans => "messages month quota limits upgrade",
            Self::Source(..) | Self::Endpoint(..) | Self::Operator => "",
        }
    }
}

/// Every page, with other words that people may look for it by.
const PAGES: [(Path, &str, &str); 13] = [
    (Path::Overview, "Overview", "home dashboard start"),
    (Path::Sources, "Sources", "receive inbound webhooks"),
    (Path::Endpoints, "Endpoints", "send outbound urls"),
    (Path::EventTypes, "Event types", "catalogue schema validation"),
    (Path::Messages, "Messages", "payloads events"),
    (Path::Deliveries, "Deliveries", "attempts retries failures"),
    (Path::Replays, "Replays", "history again"),
    (Path::EventLog, "Event log", "audit who changed"),
    (Path::Members, "Members", "people team invite users"),
    (Path::ApiKeys, "API keys", "tokens bearer"),
    (Path::Usage, "Usage", "messages month"),
    (Path::Settings, "Settings", "sessions theme account password email"),
    (Path::SourceGuides, "Providers", "documentation help stripe github"),
];

/// What can be begun.
const ACTIONS: [(Path, &str, &str); 4] = [
    (Path::NewSource, "Add a source", "new create provider"),
    (Path::NewEndpoint, "Add an endpoint", "new create url"),
    (Path::NewEventType, "Add an event type", "new create schema"),
    (Path::NewReplay, "Start a replay", "new send again history"),
];

/// More than these would not be read.
const NAMED_MAX: usize = 8;

/// What fits to what was typed, the likeliest first. Everything that can be named without typing if nothing was.
///
/// A list of its own for every kind, so that a kind that is asked of the server later is one more line here.
pub fn found(typed: &str, named: &[Named]) -> Vec<Entry> {
    let typed = typed.trim();
    let mut entries: Vec<Entry> = by_id(typed).into_iter().collect();
    entries.extend(places("Page", &PAGES, typed));
    if named.contains(&Named::Plans) {
        // It is there under the name that it has where plans are sold.
        let usage = Path::Usage.to_string();
        entries.retain(|entry| entry.href != usage);
    }
    entries.extend(places("Action", &ACTIONS, typed));
    let named = named.iter().map(|one| (one.entry(), one.others()));
    let fitting = named.filter(|(entry, others)| fits(&entry.label, others, typed)).map(|(entry, _)| entry);
    entries.extend(fitting.take(NAMED_MAX));
    // The order is kept among equals.
    entries.sort_by_key(|entry| if entry.kind == OPEN { 0 } else { distance(&entry.label, typed) });
    // Last: whoever types a name wants to go there; whoever types anything else looks for it in payloads.
    let is_named = entries.first().is_some_and(|entry| entry.kind == OPEN);
    entries.extend((!typed.is_empty() && !is_named).then(|| search(typed)));
    entries
}

/// Of what is looked for in messages.
pub const SEARCH: &str = "Search";

fn search(typed: &str) -> Entry {
    Entry::new(SEARCH, format!("Messages with “{typed}”"), Path::Messages.with(&[("q", typed)]))
}

/// How far what was typed is from a label: its beginning, the beginning of a word in it, or anywhere.
fn distance(label: &str, typed: &str) -> u8 {
    let (label, typed) = (label.to_lowercase(), typed.to_lowercase());
    if label.starts_with(&typed) {
        return 1;
    }
    let mut words = label.split(|c: char| !c.is_alphanumeric());
    if words.any(|word| !word.is_empty() && word.starts_with(&typed)) { 2 } else { 3 }
}

fn places(kind: &'static str, places: &[(Path, &'static str, &'static str)], typed: &str) -> Vec<Entry> {
    let fitting = places.iter().filter(|(_, label, others)| fits(label, others, typed));
    fitting.map(|(path, label, _)| Entry::new(kind, *label, *path)).collect()
}

/// Whether every typed word stands somewhere in the label or among its other words.
fn fits(label: &str, others: &str, typed: &str) -> bool {
    let text = format!("{label} {others}").to_lowercase();
    typed.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// Of what is named by its id.
const OPEN: &str = "Open";

/// The page of an id that was pasted. Quotes and commas come along when it is copied out of JSON.
fn by_id(typed: &str) -> Option<Entry> {
    let id = typed.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let (what, path) = parsed(id, "message", Path::Message as fn(MessageId) -> Path)
        .or_else(|| parsed(id, "delivery", Path::Delivery as fn(DeliveryId) -> Path))
        .or_else(|| parsed(id, "endpoint", Path::Endpoint as fn(EndpointId) -> Path))
        .or_else(|| parsed(id, "source", Path::Source as fn(SourceId) -> Path))
        .or_else(|| parsed(id, "replay", Path::Replay as fn(ReplayId) -> Path))
        .or_else(|| parsed(id, "recovery", Path::Recovery as fn(RecoveryId) -> Path))?;
    Some(Entry::new(OPEN, format!("Open {what} {id}"), path))
}

fn parsed<I: FromStr>(id: &str, what: &'static str, path: fn(I) -> Path) -> Option<(&'static str, Path)> {
    id.parse().ok().map(|id| (what, path(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(typed: &str, named: &[Named]) -> Vec<String> {
        let entries = found(typed, named).into_iter().filter(|entry| entry.kind != SEARCH);
        entries.map(|entry| entry.label).collect()
    }

    #[test]
    fn without_a_word_every_page_and_action_is_offered() {
        assert_eq!(found("", &[]).len(), PAGES.len() + ACTIONS.len());
    }

    #[test]
    fn what_begins_with_the_word_comes_first() {
        assert_eq!(labels("repl", &[]), ["Replays", "Start a replay"]);
        assert_eq!(labels("source", &[])[0], "Sources");
        assert_eq!(labels("audit", &[]), ["Event log"]);
        assert!(labels("nothing like it", &[]).is_empty());
    }

    #[test]
    fn sources_and_endpoints_are_found_by_any_part_of_their_names() {
        let source = SourceId::generate();
        let named = [
            Named::Source(source, "Stripe, live mode".to_owned()),
            Named::Endpoint(EndpointId::generate(), "https://billing.example.com/hooks".to_owned()),
        ];
        let stripe = found("live stripe", &named);
        assert_eq!(stripe.len(), 2);
        assert_eq!(stripe[0].href, Path::Source(source).to_string());
        assert_eq!(labels("live", &named), ["Stripe, live mode", "Deliveries"]);
        assert_eq!(labels("billing", &named), ["https://billing.example.com/hooks"]);
    }

    #[test]
    fn plans_are_found_only_where_they_are_sold() {
        for typed in ["plan", "quota", "upgrade"] {
            assert!(labels(typed, &[]).is_empty(), "{typed}");
            assert_eq!(labels(typed, &[Named::Plans]), ["Plan and usage"]);
        }
        assert_eq!(labels("usage", &[]), ["Usage"]);
        assert_eq!(labels("usage", &[Named::Plans]), ["Plan and usage"]);
    }

    #[test]
    fn an_id_leads_to_its_page_however_it_was_copied() {
        let ids = [
            (MessageId::generate().to_string(), "/messages/"),
            (DeliveryId::generate().to_string(), "/deliveries/"),
            (EndpointId::generate().to_string(), "/endpoints/"),
            (SourceId::generate().to_string(), "/sources/"),
            (ReplayId::generate().to_string(), "/replays/"),
            (RecoveryId::generate().to_string(), "/recoveries/"),
        ];
        for (id, page) in ids {
            for typed in [id.clone(), format!(" \"{id}\", ")] {
                let entries = found(&typed, &[]);
                assert_eq!(entries.len(), 1, "{typed}");
                assert_eq!(entries[0].href, format!("{page}{id}"));
            }
        }
        assert!(labels("msg_tooshort", &[]).is_empty());
    }

    #[test]
    fn whatever_was_typed_can_be_looked_for_in_messages_but_what_has_a_page_of_its_own() {
        let last = found("jane@example.com", &[]).pop().unwrap();
        assert_eq!((last.kind, last.href.as_str()), (SEARCH, "/messages?q=jane%40example.com"));
        assert!(found("", &[]).iter().all(|entry| entry.kind != SEARCH));
    }
}
