//! Ids and types of events that no single place of a request says.

use crate::pointer::{list_at, scalar_at, value_at};
use crate::request::Inbound;

/// What Slack sends as a form has an id that is used once: an interaction in the document in its field
/// `payload`, a slash command in a field of its own.
pub(crate) fn slack_form_id(request: &Inbound<'_>) -> Option<String> {
    match request.form_field("payload") {
        Some(payload) => scalar_at(payload.as_bytes(), "/trigger_id"),
        None => request.form_field("trigger_id"),
    }
}

/// `block_actions` and the like for an interaction, `slash_command.weather` for a command.
pub(crate) fn slack_form_type(request: &Inbound<'_>) -> Option<String> {
    match request.form_field("payload") {
        Some(payload) => scalar_at(payload.as_bytes(), "/type"),
        None => request.form_field("command").map(|command| format!("slash_command.{}", command.trim_matches('/'))),
    }
}

/// The id of what a request of Meta's is about, if it is about one thing. Meta puts up to 1,000 updates into
/// one request, and may put those of a failed one together with others: the id of the first would then
/// make strangers of its company repetitions.
pub(crate) fn meta_id(request: &Inbound<'_>) -> Option<String> {
    let entry = the_only(request.body, "/entry")?;
    let Some(change) = the_only(entry, "/changes") else {
        let mid = scalar_at(the_only(entry, "/messaging")?, "/message/mid")?;
        let is_deleted = value_at(entry, "/messaging/0/message/is_deleted").is_some_and(|flag| flag.get() == "true");
        return Some(if is_deleted { format!("{mid}:deleted") } else { mid });
    };
    let (messages, statuses) = (list_at(change, "/value/messages"), list_at(change, "/value/statuses"));
    match (messages.as_deref(), statuses.as_deref()) {
        (Some([message]), None) => scalar_at(message.get().as_bytes(), "/id"),
        // A message is sent, delivered and read: three events of one id.
        (None, Some([status])) => {
            let status = status.get().as_bytes();
            Some(format!("{}:{}", scalar_at(status, "/id")?, scalar_at(status, "/status")?))
        }
        _ => None,
    }
}

/// The item of a list that has one.
fn the_only<'b>(body: &'b [u8], pointer: &str) -> Option<&'b [u8]> {
    match list_at(body, pointer)?.as_slice() {
        [item] => Some(item.get().as_bytes()),
        _ => None,
    }
}

/// Stytch's own name of an event, `direct.organization.create`: its bodies have the three words apart, and some of
/// them in capitals.
pub(crate) fn stytch_type(request: &Inbound<'_>) -> Option<String> {
    let word = |pointer| scalar_at(request.body, pointer).map(|word| word.to_lowercase());
    Some(format!("{}.{}.{}", word("/source")?, word("/object_type")?, word("/action")?))
}

/// What happened to what, of one of Microsoft Graph's notifications: `message.created`, or
/// `subscription.missed` about the subscription itself. The resource's path names people and mails, and
/// is no type.
pub(crate) fn graph_type(notification: &Inbound<'_>) -> Option<String> {
    if let Some(lifecycle_event) = scalar_at(notification.body, "/lifecycleEvent") {
        return Some(format!("subscription.{lifecycle_event}"));
    }
    let change = scalar_at(notification.body, "/changeType")?;
    let kind = scalar_at(notification.body, "/resourceData/@odata.type");
    let kind = kind.as_deref().and_then(|kind| kind.rsplit(['.', '#']).next()).filter(|kind| !kind.is_empty());
    Some(kind.map_or_else(|| change.clone(), |kind| format!("{}.{change}", lower_first(kind))))
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(ask: fn(&Inbound<'_>) -> Option<String>, content_type: &str, body: &str) -> Option<String> {
        let headers = [("content-type".to_owned(), content_type.as_bytes().to_vec())];
        ask(&Inbound { method: "POST", public_url: "", headers: &headers, body: body.as_bytes() })
    }

    fn json(ask: fn(&Inbound<'_>) -> Option<String>, body: &str) -> Option<String> {
        asked(ask, "application/json", body)
    }

    #[test]
    fn slacks_forms_say_what_they_are() {
        let form = "application/x-www-form-urlencoded";
        let interaction = "payload=%7B%22type%22%3A%22block_actions%22%2C%22trigger_id%22%3A%221.2.abc%22%7D";
        assert_eq!(asked(slack_form_type, form, interaction).as_deref(), Some("block_actions"));
        assert_eq!(asked(slack_form_id, form, interaction).as_deref(), Some("1.2.abc"));
        let command = "token=x&command=%2Fweather&text=94070&trigger_id=13345224609.738474920.8088930838d88f008e0";
        assert_eq!(asked(slack_form_type, form, command).as_deref(), Some("slash_command.weather"));
        assert_eq!(asked(slack_form_id, form, command).as_deref(), Some("13345224609.738474920.8088930838d88f008e0"));
        for nothing in ["payload=no+json", "payload=%7B%7D&payload=%7B%7D", "", "%ff%fe"] {
            assert_eq!(asked(slack_form_id, form, nothing), None, "{nothing}");
        }
        assert_eq!(json(slack_form_type, command), None);
    }

    #[test]
    fn a_request_about_several_things_has_no_id() {
        let whatsapp = |value: &str| json(meta_id, &format!(r#"{{"entry":[{{"changes":[{{"value":{value}}}]}}]}}"#));
        assert_eq!(whatsapp(r#"{"messages":[{"id":"wamid.1"}]}"#).as_deref(), Some("wamid.1"));
        let read = r#"{"statuses":[{"id":"wamid.1","status":"read"}]}"#;
        assert_eq!(whatsapp(read).as_deref(), Some("wamid.1:read"));
        assert_eq!(whatsapp(r#"{"messages":[{"id":"wamid.1"},{"id":"wamid.2"}]}"#), None);
        assert_eq!(whatsapp(r#"{"messages":[{"id":"a"}],"statuses":[{"id":"b","status":"read"}]}"#), None);
        let messenger = |message: &str| json(meta_id, &format!(r#"{{"entry":[{{"messaging":[{message}]}}]}}"#));
        assert_eq!(messenger(r#"{"message":{"mid":"m_1"}}"#).as_deref(), Some("m_1"));
        assert_eq!(messenger(r#"{"message":{"mid":"m_1","is_deleted":true}}"#).as_deref(), Some("m_1:deleted"));
        assert_eq!(messenger(r#"{"message":{"mid":"m_1"}},{"message":{"mid":"m_2"}}"#), None);
        assert_eq!(json(meta_id, r#"{"entry":[{"changes":[]},{"changes":[]}]}"#), None);
    }

    #[test]
    fn stytchs_events_are_named_as_its_documentation_names_them() {
        let created = r#"{"source":"DIRECT","object_type":"organization","action":"CREATE"}"#;
        assert_eq!(json(stytch_type, created).as_deref(), Some("direct.organization.create"));
        assert_eq!(json(stytch_type, r#"{"source":"DIRECT","action":"CREATE"}"#), None);
        assert_eq!(json(stytch_type, "{"), None);
    }

    #[test]
    fn graphs_notifications_are_named_by_what_changed() {
        let created = r##"{"changeType":"created","resourceData":{"@odata.type":"#Microsoft.Graph.Message"}}"##;
        assert_eq!(json(graph_type, created).as_deref(), Some("message.created"));
        let teams = r##"{"changeType":"updated","resourceData":{"@odata.type":"#microsoft.graph.chatMessage"}}"##;
        assert_eq!(json(graph_type, teams).as_deref(), Some("chatMessage.updated"));
        assert_eq!(json(graph_type, r#"{"changeType":"deleted"}"#).as_deref(), Some("deleted"));
        assert_eq!(json(graph_type, r#"{"lifecycleEvent":"missed"}"#).as_deref(), Some("subscription.missed"));
        assert_eq!(json(graph_type, "{}"), None);
    }
}
