//! What a person or a program says about a source, checked field by field.

use crate::validate::Faults;
use hookreel_contract::ApiError;
use hookreel_contract::input::{GenericHmacInput, SourceInput};
use hookreel_contract::source::{CustomResponse, PUBLIC_URL_FIELD, SourceSettings};
use hookreel_ingest::{Provider, RuleInput, SourceRule, validate_secret};
use hookreel_kernel::Name;
use ipnet::IpNet;
use std::collections::BTreeMap;
use url::Url;

/// The longest window in which a repetition counts as one, in hours.
const DEDUPE_WINDOW_H_MAX: u32 = (hookreel_delivery::DEDUPE_WINDOW_MAX.as_secs() / 3_600) as u32;
/// The most networks a source may name.
const NETWORKS_MAX: usize = 200;
/// The most content types a source may name.
const CONTENT_TYPES_MAX: usize = 20;
/// The largest body of an answer, in bytes.
const RESPONSE_BYTES_MAX: usize = 1_024;
/// The longest URL that a provider was given, in bytes.
const PUBLIC_URL_BYTES_MAX: usize = 512;
/// The methods that can carry events.
const METHODS: [&str; 4] = ["POST", "PUT", "PATCH", "GET"];

/// A new source that may be made.
#[derive(Debug)]
pub(crate) struct CheckedSource<'i> {
    pub(super) name: Name,
    pub(super) rule: SourceRule,
    pub(super) secret: Option<&'i str>,
    pub(super) settings: SourceSettings,
}

pub(crate) fn checked(input: &SourceInput) -> Result<CheckedSource<'_>, ApiError> {
    let mut faults = Faults::default();
    let name = faults.take("name", Name::parse(&input.name));
    let provider = faults.take("provider", Provider::parse(&input.provider));
    let secret = input.secret.as_deref().filter(|secret| !secret.is_empty());
    let generic = input.generic.as_ref().map(fields_of_generic).unwrap_or_default();
    let is_generic = input.generic.is_some() || (input.provider == "generic_hmac" && input.fields.is_empty());
    let (prefix, mut given) = if is_generic { ("generic", generic) } else { ("fields", input.fields.clone()) };
    let public_url = provider.and_then(|provider| take_public_url(provider, &mut given, &mut faults));
    let rule = provider.and_then(|provider| rule_of_fields(provider, &given, prefix, &mut faults));
    if let (Some(rule), Some(secret)) = (&rule, secret) {
        faults.take("secret", validate_secret(rule, secret));
    }
    let mut settings = checked_settings(input.settings.clone().unwrap_or_default(), &mut faults);
    settings.public_url = settings.public_url.or(public_url);
    faults.none()?;
    match (name, rule) {
        (Some(name), Some(rule)) => Ok(CheckedSource { name, rule, secret, settings }),
        _ => Err(ApiError::Internal),
    }
}

/// Takes the URL that the provider was given out of its fields: it is kept among the settings.
pub(super) fn take_public_url(
    provider: Provider,
    fields: &mut BTreeMap<String, String>,
    faults: &mut Faults,
) -> Option<String> {
    let url = if provider.depends_on_url() { fields.remove(PUBLIC_URL_FIELD) } else { None };
    checked_public_url(url, "fields.public_url", faults)
}

/// The rule of a provider and its named fields.
pub(super) fn rule_of_fields(
    provider: Provider,
    fields: &BTreeMap<String, String>,
    prefix: &str,
    faults: &mut Faults,
) -> Option<SourceRule> {
    let input = rule_input(fields, prefix, faults)?;
    let rule = SourceRule::new(provider, &input);
    rule.map_err(|problems| {
        for problem in problems {
            faults.add(&api_field(prefix, problem.field()), problem);
        }
    })
    .ok()
}

fn rule_input(fields: &BTreeMap<String, String>, prefix: &str, faults: &mut Faults) -> Option<RuleInput> {
    let mut object = serde_json::Map::new();
    for (name, text) in fields.iter().filter(|(_, text)| !text.trim().is_empty()) {
        let value = if name == "tolerance_seconds" {
            let Ok(seconds) = text.trim().parse::<u32>() else {
                faults.add(&api_field(prefix, name), "must be a whole number of seconds");
                return None;
            };
            seconds.into()
        } else {
            text.trim().into()
        };
        object.insert(name.clone(), value);
    }
    let input: RuleInput = serde_json::from_value(serde_json::Value::Object(object.clone())).ok()?;
    // What does not come back is no field there is.
    let known = fields_of(&input);
    let unknown: Vec<&String> = object.keys().filter(|name| !known.contains_key(*name)).collect();
    for name in &unknown {
        faults.add(&api_field(prefix, name), "there is no such field");
    }
    unknown.is_empty().then_some(input)
}

/// The named fields of a rule.
pub(super) fn fields_of(input: &RuleInput) -> BTreeMap<String, String> {
    let Ok(serde_json::Value::Object(object)) = serde_json::to_value(input) else { return BTreeMap::new() };
    let text = |value: serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    object.into_iter().map(|(name, value)| (name, text(value))).collect()
}

fn fields_of_generic(generic: &GenericHmacInput) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::from([
        ("header".to_owned(), generic.header.clone()),
        ("prefix".to_owned(), generic.prefix.clone()),
        ("encoding".to_owned(), generic.encoding.clone()),
    ]);
    fields.extend(generic.event_id_header.clone().map(|name| ("event_id_header".to_owned(), name)));
    fields.extend(generic.event_type_header.clone().map(|name| ("event_type_header".to_owned(), name)));
    fields
}

/// The settings of a `generic_hmac` source as they were always said.
pub(super) fn generic_of(rule: &SourceRule) -> Option<GenericHmacInput> {
    if rule.provider().name() != "generic_hmac" {
        return None;
    }
    let input = rule.to_input();
    Some(GenericHmacInput {
        header: input.header.unwrap_or_default(),
        prefix: input.prefix.unwrap_or_default(),
        encoding: input.encoding.unwrap_or_default(),
        event_id_header: input.event_id_header,
        event_type_header: input.event_type_header,
    })
}

/// `event_id_header` is `fields.event_id_header`, and `generic.eventIdHeader` where the API says it in camel case.
fn api_field(prefix: &str, field: &str) -> String {
    if prefix != "generic" {
        return format!("{prefix}.{field}");
    }
    let mut words = field.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    format!("generic.{name}")
}

/// Settings that may be kept, in one spelling.
pub(super) fn checked_settings(mut settings: SourceSettings, faults: &mut Faults) -> SourceSettings {
    if !(1..=DEDUPE_WINDOW_H_MAX).contains(&settings.dedupe_window_h) {
        faults.add("settings.dedupeWindowH", format_args!("must be 1 to {DEDUPE_WINDOW_H_MAX} hours"));
    }
    settings.allowed_networks = checked_networks(&settings.allowed_networks, faults);
    if settings.body_bytes_max == Some(0) {
        faults.add("settings.bodyBytesMax", "must be at least 1");
    }
    if settings.requests_per_second_max == Some(0) {
        faults.add("settings.requestsPerSecondMax", "must be at least 1");
    }
    settings.methods = settings.methods.iter().map(|method| method.trim().to_ascii_uppercase()).collect();
    if settings.methods.is_empty() || settings.methods.iter().any(|method| !METHODS.contains(&method.as_str())) {
        faults.add("settings.methods", format_args!("must be one or more of {}", METHODS.join(", ")));
    }
    settings.content_types = settings.content_types.iter().map(|text| text.trim().to_ascii_lowercase()).collect();
    settings.content_types.retain(|text| !text.is_empty());
    let is_printable = |text: &String| text.bytes().all(|byte| byte.is_ascii_graphic());
    let is_type = |text: &String| text.len() <= 100 && text.split('/').count() == 2 && is_printable(text);
    if settings.content_types.len() > CONTENT_TYPES_MAX || !settings.content_types.iter().all(is_type) {
        faults.add("settings.contentTypes", format_args!("must be at most {CONTENT_TYPES_MAX} like application/json"));
    }
    if let Some(response) = &settings.response {
        check_response(response, faults);
    }
    settings.public_url = checked_public_url(settings.public_url, "settings.publicUrl", faults);
    settings
}

/// Nothing, if the URL is empty.
fn checked_public_url(url: Option<String>, field: &str, faults: &mut Faults) -> Option<String> {
    let url = url.map(|url| url.trim().to_owned()).filter(|url| !url.is_empty())?;
    if !is_public_url(&url) {
        faults.add(
            field,
            "must be a URL like https://hooks.example.com/in/…, without a query: what comes with a request is added",
        );
    }
    Some(url)
}

/// Whether a provider can have been given it, as it stands: it is compared to the letter.
fn is_public_url(text: &str) -> bool {
    let is_plain = text.len() <= PUBLIC_URL_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic());
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
    is_plain
        && !text.contains(['?', '#'])
        && url.is_some_and(|url| url.username().is_empty() && url.password().is_none())
}

fn checked_networks(networks: &[String], faults: &mut Faults) -> Vec<String> {
    let given: Vec<&str> = networks.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
    if given.len() > NETWORKS_MAX {
        faults.add("settings.allowedNetworks", format_args!("must be at most {NETWORKS_MAX}"));
    }
    let mut checked = Vec::with_capacity(given.len());
    for text in given {
        match parse_network(text) {
            Some(network) => checked.push(network.to_string()),
            None => faults.add(
                "settings.allowedNetworks",
                format_args!("“{}” is not a network like 192.0.2.0/24", text.escape_default()),
            ),
        }
    }
    checked
}

/// A network, or one address as a network of its own.
pub(super) fn parse_network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
}

fn check_response(response: &CustomResponse, faults: &mut Faults) {
    if !(200..=299).contains(&response.status) {
        faults.add("settings.response.status", "must be 200 to 299: anything else makes the provider send again");
    }
    if response.body.len() > RESPONSE_BYTES_MAX {
        faults.add("settings.response.body", format_args!("must be at most {RESPONSE_BYTES_MAX} bytes"));
    }
    // PostgreSQL's JSON cannot hold it, and no provider wants it.
    if response.body.contains('\0') {
        faults.add("settings.response.body", "must not contain NUL characters");
    }
    let is_printable = response.content_type.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if response.content_type.is_empty() || response.content_type.len() > 100 || !is_printable {
        faults.add("settings.response.contentType", "must be a content type like text/plain");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_kept_in_one_spelling_and_what_is_none_is_named() {
        let mut faults = Faults::default();
        let settings = SourceSettings {
            allowed_networks: vec![" 192.0.2.0/24 ".into(), "2001:db8::1".into(), String::new()],
            methods: vec!["post".into()],
            ..SourceSettings::default()
        };
        let checked = checked_settings(settings, &mut faults);
        assert_eq!(checked.allowed_networks, ["192.0.2.0/24", "2001:db8::1/128"]);
        assert_eq!(checked.methods, ["POST"]);
        faults.none().unwrap();

        let mut faults = Faults::default();
        let settings = SourceSettings { allowed_networks: vec!["here".into()], ..SourceSettings::default() };
        checked_settings(settings, &mut faults);
        assert!(faults.none().unwrap_err().to_string().contains("“here” is not a network"));
    }

    #[test]
    fn nothing_that_is_set_breaks_a_header_or_the_store() {
        let faults_of = |settings: SourceSettings| {
            let mut faults = Faults::default();
            checked_settings(settings, &mut faults);
            faults.none().unwrap_err().to_string()
        };
        let response = |content_type: &str, body: &str| SourceSettings {
            response: Some(CustomResponse { status: 200, content_type: content_type.into(), body: body.into() }),
            ..SourceSettings::default()
        };
        for content_type in ["", "text/plain\r\nset-cookie: a=b", "text/plain\0", "téxt/plain", &"a".repeat(101)] {
            assert!(faults_of(response(content_type, "")).contains("contentType"), "{content_type:?}");
        }
        assert!(faults_of(response("text/plain", "a\0b")).contains("NUL"));
        let types = |text: &str| SourceSettings { content_types: vec![text.to_owned()], ..SourceSettings::default() };
        for bad in ["a\nb/c", "a\0/b", "a/b c", "a", "a/b/c"] {
            assert!(faults_of(types(bad)).contains("contentTypes"), "{bad:?}");
        }
    }

    #[test]
    fn a_public_url_is_kept_as_it_is_written() {
        let checked = |url: &str| {
            let mut faults = Faults::default();
            let settings = SourceSettings { public_url: Some(url.to_owned()), ..SourceSettings::default() };
            let checked = checked_settings(settings, &mut faults).public_url;
            faults.none().map(|()| checked)
        };
        assert_eq!(
            checked(" https://Hooks.example.com:443/a%2Fb ").unwrap().unwrap(),
            "https://Hooks.example.com:443/a%2Fb"
        );
        assert_eq!(checked(" ").unwrap(), None);
        for bad in [
            "hooks.example.com",
            "ftp://h/",
            "https://h/?a",
            "https://h/#a",
            "https://u:p@h/",
            "https://h/ä",
            "https://h/a b",
        ] {
            assert!(checked(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_url_that_a_provider_was_given_is_a_field_where_it_matters() {
        let taken = |provider: &str, url: &str| {
            let mut faults = Faults::default();
            let mut fields = BTreeMap::from([(PUBLIC_URL_FIELD.to_owned(), url.to_owned())]);
            let taken = take_public_url(Provider::parse(provider).unwrap(), &mut fields, &mut faults);
            faults.none().map(|()| (taken, fields.len()))
        };
        let given = "https://hooks.example.com/a";
        for provider in ["square", "hubspot", "twilio", "ebay"] {
            assert_eq!(taken(provider, given).unwrap(), (Some(given.to_owned()), 0), "{provider}");
        }
        assert_eq!(taken("square", " ").unwrap(), (None, 0));
        assert_eq!(taken("stripe", given).unwrap(), (None, 1), "no field of it: it is refused as any other");
        assert!(taken("square", "https://h/?a").unwrap_err().to_string().contains("fields.public_url"));
    }

    #[test]
    fn a_field_that_there_is_not_is_named() {
        let mut faults = Faults::default();
        let fields = BTreeMap::from([("colour".to_owned(), "red".to_owned())]);
        assert_eq!(rule_of_fields(Provider::parse("stripe").unwrap(), &fields, "fields", &mut faults), None);
        assert!(faults.none().unwrap_err().to_string().contains("fields.colour"));
    }
}
