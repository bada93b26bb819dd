//! The shell command that makes a source.

use hookreel_contract::source::{ProviderFieldView, ProviderView};
use serde_json::{Map, Value};

/// The command, with places for what only the person knows.
pub(super) fn create_command(origin: &str, provider: &ProviderView) -> String {
    let body = serde_json::to_string_pretty(&body_of(provider)).unwrap_or_default();
    format!(
        "curl '{origin}/api/v1/source/' \\\n  -H 'Authorization: Bearer hk_…' \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'"
    )
}

fn body_of(provider: &ProviderView) -> Value {
    let mut body = Map::new();
    body.insert("name".to_owned(), provider.display_name.clone().into());
    body.insert("provider".to_owned(), provider.name.clone().into());
    if provider.secret.kind != "none" && !provider.secret.comes_by_handshake {
        body.insert("secret".to_owned(), "…".into());
    }
    let fields = fields_of(provider);
    if !fields.is_empty() {
        body.insert("fields".to_owned(), Value::Object(fields));
    }
    Value::Object(body)
}

fn fields_of(provider: &ProviderView) -> Map<String, Value> {
    if provider.is_configurable {
        return typical_row(&provider.name);
    }
    let is_said = |field: &&ProviderFieldView| field.is_required || !field.choices.is_empty();
    let of_provider = provider.fields.iter().filter(is_said).map(|field| {
        let value = field.choices.first().map_or("…", |choice| choice.value.as_str());
        (field.name.clone(), value.into())
    });
    of_provider.collect()
}

/// What a source says that brings its row itself, as an example.
fn typical_row(provider: &str) -> Map<String, Value> {
    let fields: &[(&str, &str)] = match provider {
        "generic_hmac" => &[("header", "X-Signature"), ("prefix", "sha256="), ("encoding", "hex")],
        _ => &[
            ("header", "X-Signature"),
            ("format", "fields"),
            ("signature_field", "v1"),
            ("timestamp_field", "t"),
            ("signed", "{timestamp}.{body}"),
            ("event_id_pointer", "/id"),
        ],
    };
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use hookreel_contract::source::{FieldChoiceView, ProviderSecret};

    /// A provider as the server describes it.
    pub(crate) fn provider() -> ProviderView {
        ProviderView {
            name: "plaid".to_owned(),
            display_name: "Plaid".to_owned(),
            aliases: Vec::new(),
            category: "payments".to_owned(),
            docs_url: String::new(),
            checked: Vec::new(),
            setup: String::new(),
            secret: ProviderSecret {
                kind: "signing_secret".to_owned(),
                label: "Secret".to_owned(),
                hint: String::new(),
                comes_by_handshake: false,
                is_asked_for: true,
            },
            fields: vec![ProviderFieldView {
                name: "environment".to_owned(),
                label: "Environment".to_owned(),
                hint: String::new(),
                placeholder: String::new(),
                is_required: false,
                choices: [("production", "Production"), ("sandbox", "Sandbox")]
                    .map(|(value, meaning)| FieldChoiceView { value: value.to_owned(), meaning: meaning.to_owned() })
                    .to_vec(),
            }],
            tolerance_s: None,
            best_verdict: "verified".to_owned(),
            ways_of_signing: Vec::new(),
            event_id_place: None,
            event_type_place: None,
            signs_url: false,
            handshake: None,
            is_configurable: false,
            can_be_played: false,
        }
    }

    #[test]
    fn the_command_has_the_providers_own_fields() {
        let command = create_command("https://hooks.example.com", &provider());
        assert!(command.contains(r#""environment": "production""#), "{command}");
        assert!(command.starts_with("curl 'https://hooks.example.com/api/v1/source/'"));
    }

    #[test]
    fn the_command_of_a_custom_sender_says_only_what_its_example_needs() {
        let mut custom = ProviderView { name: "custom".to_owned(), is_configurable: true, ..provider() };
        custom.fields[0].is_required = true;
        let command = create_command("https://hooks.example.com", &custom);
        assert!(command.contains(r#""header": "X-Signature""#), "{command}");
        assert!(!command.contains("environment"), "{command}");
    }

    #[test]
    fn a_provider_without_a_secret_is_asked_for_none() {
        let mut provider = provider();
        "none".clone_into(&mut provider.secret.kind);
        assert!(!create_command("https://hooks.example.com", &provider).contains("\"secret\""));
    }
}
