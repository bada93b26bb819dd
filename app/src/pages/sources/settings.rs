//! What can be set about a source: as a form, and what the form means.

use super::fields::ProviderFields;
use super::network_presets::{NetworkPresets, preset_of_address, with_preset};
use super::server::UpdateSource;
use crate::components::{
    CheckField, FormActions, FormError, Hidden, Section, ServerForm, SubmitButton, TextArea, TextField,
};
#[cfg(any(feature = "ssr", test))]
use crate::error::AppError;
use hookreel_contract::source::{PUBLIC_URL_FIELD, ProviderView, SourceSettings};
use hookreel_contract::views::SourceView;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The name of the field with the allowed networks.
const NETWORKS_FIELD: &str = "settings[allowed_networks]";

/// What stands in the fields of the form: text, whatever it means.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SettingsForm {
    /// In hours.
    pub dedupe_window_h: String,
    /// Ticked: the same body counts as a repetition.
    pub dedupe_by_content: Option<String>,
    /// One per line.
    pub allowed_networks: String,
    /// In bytes; empty: as the installation allows.
    pub body_bytes_max: String,
    /// Empty: no limit.
    pub requests_per_second_max: String,
    /// In one line.
    pub methods: String,
    /// In one line; empty: any.
    pub content_types: String,
    /// Empty: what Hookreel answers by itself.
    pub response_status: String,
    /// Of the answer's body.
    pub response_content_type: String,
    /// The answer's body.
    pub response_body: String,
    /// Ticked: members are told of an unusual silence.
    pub warn_when_silent: Option<String>,
    /// Empty: the source's own.
    pub public_url: String,
}

impl SettingsForm {
    /// The form of settings as they are.
    pub fn of(settings: &SourceSettings) -> Self {
        let number = |limit: Option<u32>| limit.map(|limit| limit.to_string()).unwrap_or_default();
        let response = settings.response.as_ref();
        Self {
            dedupe_window_h: settings.dedupe_window_h.to_string(),
            dedupe_by_content: settings.dedupe_by_content.then(|| "on".to_owned()),
            allowed_networks: settings.allowed_networks.join("\n"),
            body_bytes_max: number(settings.body_bytes_max),
            requests_per_second_max: number(settings.requests_per_second_max),
            methods: settings.methods.join(", "),
            content_types: settings.content_types.join(", "),
            response_status: response.map(|response| response.status.to_string()).unwrap_or_default(),
            response_content_type: response.map(|response| response.content_type.clone()).unwrap_or_default(),
            response_body: response.map(|response| response.body.clone()).unwrap_or_default(),
            warn_when_silent: settings.warn_when_silent.then(|| "on".to_owned()),
            public_url: settings.public_url.clone().unwrap_or_default(),
        }
    }

    /// What the form means. Whether it is allowed is for the services to say.
    #[cfg(feature = "ssr")]
    pub(super) fn settings(self) -> Result<SourceSettings, AppError> {
        use crate::error::filled;
        use crate::pages::endpoints::text::list_of;
        Ok(SourceSettings {
            dedupe_window_h: self::number("dedupe_window_h", &self.dedupe_window_h)?
                .unwrap_or_else(|| SourceSettings::default().dedupe_window_h),
            dedupe_by_content: self.dedupe_by_content.is_some(),
            allowed_networks: list_of(Some(&self.allowed_networks)).unwrap_or_default(),
            body_bytes_max: self::number("body_bytes_max", &self.body_bytes_max)?,
            requests_per_second_max: self::number("requests_per_second_max", &self.requests_per_second_max)?,
            methods: list_of(Some(&self.methods)).unwrap_or_default(),
            content_types: list_of(Some(&self.content_types)).unwrap_or_default(),
            response: self.response()?,
            warn_when_silent: self.warn_when_silent.is_some(),
            public_url: filled(Some(self.public_url)),
        })
    }

    /// The answer: as soon as one of its fields is filled in, with what is usual for the others.
    #[cfg(feature = "ssr")]
    fn response(&self) -> Result<Option<hookreel_contract::source::CustomResponse>, AppError> {
        let content_type = self.response_content_type.trim();
        let status = self::number("response_status", &self.response_status)?;
        if status.is_none() && content_type.is_empty() && self.response_body.is_empty() {
            return Ok(None);
        }
        Ok(Some(hookreel_contract::source::CustomResponse {
            status: status.unwrap_or(200),
            content_type: if content_type.is_empty() { "text/plain".to_owned() } else { content_type.to_owned() },
            body: self.response_body.clone(),
        }))
    }
}

/// The number in a field; an empty field has none.
#[cfg(any(feature = "ssr", test))]
fn number<T: std::str::FromStr>(field: &str, text: &str) -> Result<Option<T>, AppError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse().map_err(|_| AppError::field(format!("settings.{field}"), "must be a whole number"))?;
    Ok(Some(number))
}

/// The form, filled in with the source as it is.
#[component]
pub fn Settings(source: SourceView, provider: ProviderView) -> impl IntoView {
    // It stands among the settings below, as it does for every provider.
    let mut provider = provider;
    provider.fields.retain(|field| field.name != PUBLIC_URL_FIELD);
    let update = ServerAction::<UpdateSource>::new();
    let form = SettingsForm::of(&source.settings);
    view! {
        <Section title="Settings">
            <ServerForm action=update class="form source-form">
                <Hidden name="id" value=source.id.to_string()/>
                <TextField name="name" label="Name" value=source.name required=true/>
                <ProviderFields provider values=source.fields/>
                <Repetitions form=form.clone()/>
                <Limits form=form.clone()/>
                <Address form=form.clone() url=source.url/>
                <Answer form=form.clone()/>
                <SilenceWarning is_wanted=form.warn_when_silent.is_some()/>
                <FormError/>
                <FormActions><SubmitButton>"Save settings"</SubmitButton></FormActions>
            </ServerForm>
        </Section>
    }
}

#[component]
fn Repetitions(form: SettingsForm) -> impl IntoView {
    view! {
        <fieldset class="form-group">
            <legend>"Repetitions"</legend>
            <TextField
                name="settings[dedupe_window_h]"
                label="Window, in hours"
                value=form.dedupe_window_h
                hint="An event that comes again within this time is counted and not delivered again: 1 to 2160."
                required=true
                mono=true
            />
            <CheckField
                name="settings[dedupe_by_content]"
                label="The same body is a repetition too"
                hint="For providers that send no event id. Two events with the very same content are then taken for one."
                checked=form.dedupe_by_content.is_some()
            />
        </fieldset>
    }
}

#[component]
fn Limits(form: SettingsForm) -> impl IntoView {
    let networks = match preset_of_address() {
        Some(preset) => with_preset(&form.allowed_networks, preset),
        None => form.allowed_networks,
    };
    view! {
        <fieldset class="form-group">
            <legend>"Who may send what"</legend>
            <TextArea
                name=NETWORKS_FIELD
                label="Allowed networks"
                value=networks
                placeholder="192.0.2.0/24"
                hint="One per line. Requests from elsewhere are quarantined. Empty: everybody may send."
                mono=true
            />
            <NetworkPresets field=NETWORKS_FIELD/>
            <TextField
                name="settings[body_bytes_max]"
                label="Largest body, in bytes"
                value=form.body_bytes_max
                hint="Larger bodies are refused and kept in quarantine. Empty: as large as this installation allows."
                mono=true
            />
            <TextField
                name="settings[requests_per_second_max]"
                label="Requests per second"
                value=form.requests_per_second_max
                hint="More are answered 429, so that the provider sends them later. Empty: no limit."
                mono=true
            />
            <TextField
                name="settings[methods]"
                label="Methods"
                value=form.methods
                hint="Those that carry events: POST, PUT, PATCH, GET."
                required=true
                mono=true
            />
            <TextField
                name="settings[content_types]"
                label="Content types"
                value=form.content_types
                placeholder="application/json"
                hint="Separated by commas. Empty: any."
                mono=true
            />
        </fieldset>
    }
}

#[component]
fn Address(form: SettingsForm, url: String) -> impl IntoView {
    view! {
        <fieldset class="form-group">
            <legend>"Behind a proxy of yours"</legend>
            <TextField
                name="settings[public_url]"
                label="URL that the provider was given"
                value=form.public_url
                placeholder=url
                hint="Only if it is another than this source's own. Signatures that cover the URL are checked against it, to the letter."
                mono=true
            />
        </fieldset>
    }
}

#[component]
fn Answer(form: SettingsForm) -> impl IntoView {
    view! {
        <fieldset class="form-group">
            <legend>"Answer to accepted requests"</legend>
            <p class="field-hint">"For providers that want a certain one. All empty: 200 and the message's id."</p>
            <TextField
                name="settings[response_status]"
                label="Status"
                value=form.response_status
                placeholder="200"
                hint="200 to 299."
                mono=true
            />
            <TextField
                name="settings[response_content_type]"
                label="Content type of the answer"
                value=form.response_content_type
                placeholder="text/plain"
                mono=true
            />
            <TextArea name="settings[response_body]" label="Body" value=form.response_body hint="At most 1 KiB." rows=2 mono=true/>
        </fieldset>
    }
}

#[component]
fn SilenceWarning(is_wanted: bool) -> impl IntoView {
    view! {
        <fieldset class="form-group">
            <legend>"Silence"</legend>
            <CheckField
                name="settings[warn_when_silent]"
                label="Tell the members when nothing comes any more"
                hint="By a mail and by source.silent to operational endpoints, once nothing has come for longer than ever \
                      before and for an hour at least. It needs ten messages, and a day, to know what is usual."
                checked=is_wanted
            />
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_named() {
        assert_eq!(number::<u32>("body_bytes_max", " "), Ok(None));
        assert_eq!(number("body_bytes_max", " 12 "), Ok(Some(12_u32)));
        let error = number::<u32>("body_bytes_max", "many").unwrap_err();
        assert!(error.field_message("settings[body_bytes_max]").is_some());
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn settings_come_back_as_they_were() {
        use hookreel_contract::source::CustomResponse;
        let settings = SourceSettings {
            dedupe_by_content: true,
            allowed_networks: vec!["192.0.2.0/24".into(), "2001:db8::/32".into()],
            requests_per_second_max: Some(50),
            warn_when_silent: false,
            public_url: Some("https://hooks.example.org/stripe".into()),
            response: Some(CustomResponse { status: 204, content_type: "text/plain".into(), body: String::new() }),
            ..SourceSettings::default()
        };
        assert_eq!(SettingsForm::of(&settings).settings(), Ok(settings));
        assert_eq!(SettingsForm::of(&SourceSettings::default()).settings(), Ok(SourceSettings::default()));
    }
}
