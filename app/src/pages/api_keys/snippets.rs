//! The first request with a new key, ready to be run.

/// The same request by command line and by SDK.
pub(super) fn publish_snippets(origin: &str, key: &str, application: &str) -> Vec<(&'static str, String)> {
    vec![
        ("curl", curl(origin, key, application)),
        ("Node", node(origin, key, application)),
        ("Python", python(origin, key, application)),
    ]
}

fn curl(origin: &str, key: &str, application: &str) -> String {
    format!(
        r#"curl {origin}/api/v1/app/{application}/msg \
  -H 'Authorization: Bearer {key}' \
  -H 'Content-Type: application/json' \
  -d '{{"eventType": "invoice.paid", "payload": {{"id": "inv_1", "amount": 1204}}}}'"#
    )
}

fn node(origin: &str, key: &str, application: &str) -> String {
    format!(
        r#"import {{ Svix }} from "svix";

const svix = new Svix("{key}", {{ serverUrl: "{origin}" }});
await svix.message.create("{application}", {{
  eventType: "invoice.paid",
  payload: {{ id: "inv_1", amount: 1204 }},
}});"#
    )
}

fn python(origin: &str, key: &str, application: &str) -> String {
    format!(
        r#"from svix.api import MessageIn, Svix, SvixOptions

svix = Svix("{key}", SvixOptions(server_url="{origin}"))
svix.message.create(
    "{application}",
    MessageIn(event_type="invoice.paid", payload={{"id": "inv_1", "amount": 1204}}),
)"#
    )
}
