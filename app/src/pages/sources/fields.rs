//! The fields that a source has beside its name and secret: those of its provider, or all that says how a custom
//! sender signs.

use crate::components::{Choice, SelectField, TextField};
use hookreel_contract::source::{ProviderFieldView, ProviderView};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// Any sender with a header that carries a signature.
const GENERIC: &str = "generic_hmac";

/// A field of a source whose way of signing is said by the person.
struct Own {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    placeholder: &'static str,
    /// What is sent and what it means; none: a line of text.
    choices: &'static [(&'static str, &'static str)],
}

const fn text(name: &'static str, label: &'static str, placeholder: &'static str, hint: &'static str) -> Own {
    Own { name, label, hint, placeholder, choices: &[] }
}

const fn choice(
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    choices: &'static [(&'static str, &'static str)],
) -> Own {
    Own { name, label, hint, placeholder: "", choices }
}

const SIGNATURE: &[Own] = &[
    text("header", "Signature header", "X-Signature", "The header that carries the signature."),
    text("prefix", "Prefix", "sha256=", "What stands before the signature in that header."),
    choice(
        "encoding",
        "Encoding",
        "How the signature is written.",
        &[("hex", "Hexadecimal"), ("base64", "Base64"), ("base64url", "Base64 for URLs")],
    ),
];

const FORM_OF_HEADER: &[Own] = &[
    choice(
        "format",
        "Format of the header",
        "How the header carries signatures.",
        &[
            ("prefixed", "One signature after the prefix"),
            ("fields", "Pairs: t=…,v1=…"),
            ("tagged", "Entries with a tag: v1,… v1,…"),
            ("numbered", "Several headers, numbered from 1"),
        ],
    ),
    text("signature_field", "Key of the signature", "v1", "Its key among the pairs, or the tag of the entries."),
    choice("separator", "Separator", "What stands between the pairs.", &[(",", "Comma"), (";", "Semicolon")]),
    choice(
        "digest",
        "Digest",
        "The hash function of the HMAC.",
        &[("sha256", "SHA-256"), ("sha1", "SHA-1"), ("sha512", "SHA-512")],
    ),
    choice(
        "key_form",
        "Form of the key",
        "How the secret becomes the key.",
        &[
            ("verbatim", "The secret as it is"),
            ("base64", "Decoded from base64"),
            ("whsec", "Decoded from base64, after whsec_"),
            ("hex", "Decoded from hexadecimal"),
            ("sha1", "Its SHA-1"),
        ],
    ),
    text(
        "signed",
        "What is signed",
        "{timestamp}.{body}",
        "Text with {timestamp}, {body}, {method}, {url}, {header:Name} and {json:/pointer} in it. Empty: the body.",
    ),
];

const TIME: &[Own] = &[
    text("timestamp_header", "Time: header", "X-Timestamp", "The header with the time of sending."),
    text("timestamp_field", "Time: key", "t", "Or its key among the pairs of the signature header."),
    text("timestamp_pointer", "Time: JSON pointer", "/created_at", "Or where it stands in the body."),
    choice(
        "timestamp_unit",
        "Time: unit",
        "How the time is written.",
        &[
            ("s", "Seconds since 1970"),
            ("ms", "Milliseconds since 1970"),
            ("s_or_ms", "Either of them"),
            ("rfc3339", "2026-11-23T14:30:00Z"),
        ],
    ),
];

const EVENT: &[Own] = &[
    text(
        "event_id_header",
        "Event id header",
        "X-Event-Id",
        "Requests with the same id are stored and delivered once.",
    ),
    text("event_id_pointer", "Event id: JSON pointer", "/data/id", "Or where it stands in the body."),
    text("event_type_header", "Event type header", "X-Event-Type", "What the message is about."),
    text("event_type_pointer", "Event type: JSON pointer", "/type", "Or where it stands in the body."),
];

const TOLERANCE: Own = text(
    "tolerance_seconds",
    "Tolerance",
    "300",
    "How far the time of sending may be from now, either way, in seconds. Older requests are not believed.",
);

/// The fields of a provider's source, filled in with what the source has.
#[component]
pub fn ProviderFields(
    provider: ProviderView,
    /// What is filled in, by the fields' names.
    #[prop(optional)]
    values: BTreeMap<String, String>,
) -> impl IntoView {
    let value_of = |name: &str| values.get(name).cloned().unwrap_or_default();
    let of_provider = provider.fields.iter().map(|field| provider_field(field, value_of(&field.name))).collect_view();
    let groups: &[&[Own]] = match (provider.is_configurable, provider.name.as_str()) {
        (false, _) => &[],
        (true, GENERIC) => &[SIGNATURE, EVENT],
        (true, _) => &[SIGNATURE, FORM_OF_HEADER, TIME, EVENT],
    };
    let own =
        groups.iter().flat_map(|group| group.iter()).map(|field| own_field(field, value_of(field.name))).collect_view();
    // Without a signed time there is nothing to tolerate.
    let has_tolerance = provider.tolerance_s.is_some() || (provider.is_configurable && provider.name != GENERIC);
    let tolerance = has_tolerance.then(|| own_field(&TOLERANCE, value_of(TOLERANCE.name)));
    view! { {of_provider}{own}{tolerance} }
}

fn name_in_form(name: &str) -> String {
    format!("fields[{name}]")
}

fn provider_field(field: &ProviderFieldView, value: String) -> AnyView {
    let (name, label, hint) = (name_in_form(&field.name), field.label.clone(), field.hint.clone());
    if field.choices.is_empty() {
        return view! { <TextField name label hint value required=field.is_required mono=true autocomplete="off"/> }
            .into_any();
    }
    let options = field.choices.iter().map(|choice| Choice::new(choice.clone(), choice.clone())).collect();
    view! { <SelectField name label hint options value/> }.into_any()
}

fn own_field(field: &Own, value: String) -> AnyView {
    let name = name_in_form(field.name);
    if field.choices.is_empty() {
        return view! {
            <TextField
                name
                label=field.label
                hint=field.hint
                placeholder=field.placeholder
                value
                required=field.name == "header"
                mono=true
                autocomplete="off"
            />
        }
        .into_any();
    }
    let options = field.choices.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
    view! { <SelectField name label=field.label hint=field.hint options value/> }.into_any()
}
