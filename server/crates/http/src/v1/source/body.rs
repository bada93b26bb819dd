//! Sources as the API says them.

use super::fields::SourceFields;
use crate::object::Object;
use hookreel_contract::input::GenericHmacInput;
use hookreel_contract::source::{CustomResponse, SourceSettings, VerdictCounts};
use hookreel_contract::views::SourceView;
use hookreel_kernel::{ApplicationId, MessageId, SourceId};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// How a request is verified whose sender signs its body with HMAC-SHA256.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GenericHmac {
    /// The header that carries the signature.
    #[schema(example = "X-Signature")]
    header: String,
    /// What stands before the signature in it.
    #[serde(default)]
    #[schema(example = "sha256=")]
    prefix: String,
    /// `hex` or `base64`.
    #[schema(example = "hex")]
    encoding: String,
    /// The header that carries the event's id, if any: what makes a repeated request a duplicate.
    #[serde(default, alias = "event_id_header")]
    event_id_header: Option<String>,
    /// The header that carries the event's type, if any.
    #[serde(default, alias = "event_type_header")]
    event_type_header: Option<String>,
}

impl From<GenericHmacInput> for GenericHmac {
    fn from(input: GenericHmacInput) -> Self {
        let GenericHmacInput { header, prefix, encoding, event_id_header, event_type_header } = input;
        Self { header, prefix, encoding, event_id_header, event_type_header }
    }
}

impl From<GenericHmac> for GenericHmacInput {
    fn from(body: GenericHmac) -> Self {
        let GenericHmac { header, prefix, encoding, event_id_header, event_type_header } = body;
        Self { header, prefix, encoding, event_id_header, event_type_header }
    }
}

/// A source.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SourceOut {
    #[schema(value_type = String, example = "src_01h455vb4pex5vsknk084sn02q")]
    id: SourceId,
    /// Where its messages go.
    #[schema(value_type = String, example = "app_01h455vb4pex5vsknk084sn02q")]
    application_id: ApplicationId,
    name: String,
    #[schema(example = "stripe")]
    provider: String,
    #[schema(example = "Stripe")]
    provider_name: String,
    /// What to give to the provider.
    #[schema(example = "https://hooks.example.com/in/…")]
    url: String,
    /// Only for `generic_hmac`.
    generic: Option<GenericHmac>,
    /// What its provider wants to know beside the secret, by name.
    #[schema(value_type = SourceFields)]
    fields: BTreeMap<String, String>,
    settings: SettingsBody,
    /// What comes in is kept in quarantine, and nothing is delivered.
    is_paused: bool,
    /// How many secrets are valid now.
    secrets: u32,
    /// Until when secrets before the current one are valid too, if there are any.
    #[serde(with = "time::serde::rfc3339::option")]
    old_secrets_valid_until: Option<OffsetDateTime>,
    /// It has no secret and needs one: until then, every request is quarantined.
    needs_secret: bool,
    /// The repository of GitHub that is connected.
    #[schema(example = "octo-org/hello-world")]
    repository: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    last_received_at: Option<OffsetDateTime>,
    /// Accepted in the last 24 hours.
    accepted24h: u64,
    /// Quarantined in the last 24 hours.
    quarantined24h: u64,
    /// Sent again by the provider in the last 24 hours: neither stored nor delivered again.
    duplicates24h: u64,
    /// Of these, those whose body is not what came first.
    altered24h: u64,
    /// Requests of the last 24 hours whose bodies did not come to their end: nothing of them was kept.
    broken_off24h: u64,
    /// Refused in the last 24 hours and not kept, because too much was kept before.
    dropped24h: u64,
    /// Times the provider asked whether it may send, in the last 24 hours.
    handshakes24h: u64,
    /// Of what was accepted or quarantined in the last 24 hours, the share that was accepted: 0 to 1; null if nothing came.
    #[schema(example = 0.998)]
    accepted_share24h: Option<f64>,
    /// The last request that was quarantined, as long as it is; not one that repeats an accepted message with another
    /// body.
    last_failure: Option<FailureOut>,
    /// Nothing has come for longer than ever before.
    silent: Option<SilenceOut>,
}

/// A request that was quarantined.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SourceFailureOut)]
pub(super) struct FailureOut {
    #[schema(value_type = String, example = "msg_01h455vb4pex5vsknk084sn02q")]
    message_id: MessageId,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    /// Why; empty if it was found genuine since, and only has to be released.
    reason: String,
}

/// A source that has gone silent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SourceSilenceOut)]
pub(super) struct SilenceOut {
    /// When the last request came.
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    /// The longest pause between two requests before, in seconds.
    longest_before_s: u64,
}

impl From<SourceView> for SourceOut {
    fn from(view: SourceView) -> Self {
        let all = view.accepted_24h + view.quarantined_24h;
        Self {
            accepted_share24h: (all > 0).then(|| view.accepted_24h as f64 / all as f64),
            last_failure: view.health.last_failure.map(|failure| FailureOut {
                message_id: failure.message_id,
                at: failure.at,
                reason: failure.reason,
            }),
            silent: view
                .health
                .silent
                .map(|silence| SilenceOut { since: silence.since, longest_before_s: silence.longest_before_s }),
            old_secrets_valid_until: view.old_secrets_valid_until,
            needs_secret: view.needs_secret,
            repository: view.repository,
            id: view.id,
            application_id: view.application_id,
            name: view.name,
            provider: view.provider,
            provider_name: view.provider_name,
            url: view.url,
            generic: view.generic.map(GenericHmac::from),
            fields: view.fields,
            settings: view.settings.into(),
            is_paused: view.is_paused,
            duplicates24h: view.health.duplicates_24h,
            altered24h: view.health.altered_24h,
            broken_off24h: view.health.broken_off_24h,
            dropped24h: view.health.dropped_24h,
            handshakes24h: view.health.handshakes_24h,
            secrets: view.secrets,
            created_at: view.created_at,
            updated_at: view.updated_at,
            last_received_at: view.last_received_at,
            accepted24h: view.accepted_24h,
            quarantined24h: view.quarantined_24h,
        }
    }
}

/// A source, and what is known about who sent what it has kept.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SourceDetailOut {
    #[serde(flatten)]
    source: SourceOut,
    /// Of the last 24 hours.
    verdicts24h: VerdictsOut,
}

impl SourceDetailOut {
    pub(super) fn of(view: SourceView, verdicts: VerdictCounts) -> Self {
        Self { source: view.into(), verdicts24h: verdicts.into() }
    }
}

/// How many messages have each verdict, accepted or quarantined, by the last look at each. What was refused and not kept
/// is not among them, nor what came twice. Of a busy source the newest 20,000 are looked at.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SourceVerdictsOut)]
pub(super) struct VerdictsOut {
    /// A signature proves who sent it.
    verified: u64,
    /// A shared token does.
    authenticated: u64,
    /// It could not be shown who sent it.
    failed: u64,
    /// Nobody has looked.
    unattempted: u64,
}

impl From<VerdictCounts> for VerdictsOut {
    fn from(counts: VerdictCounts) -> Self {
        let VerdictCounts { verified, authenticated, failed, unattempted } = counts;
        Self { verified, authenticated, failed, unattempted }
    }
}

/// A source to be made.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SourceIn {
    #[schema(example = "Payments")]
    pub(super) name: String,
    /// The name of a provider: `GET /api/v1/source-provider/` lists them.
    #[schema(example = "stripe")]
    pub(super) provider: String,
    /// The signing secret as the provider shows it; it can also be set later.
    pub(super) secret: Option<String>,
    /// Only for `generic_hmac`.
    #[schema(value_type = Option<GenericHmac>)]
    pub(super) generic: Option<Object<GenericHmac>>,
    /// What the provider wants to know beside the secret, by the names in `GET /api/v1/source-provider/`.
    #[serde(default)]
    #[schema(value_type = SourceFields)]
    pub(super) fields: BTreeMap<String, String>,
    /// Limits, answers, deduplication.
    #[schema(value_type = Option<SettingsBody>)]
    pub(super) settings: Option<Object<SettingsBody>>,
    /// Where its messages go; the default application if you send none.
    #[schema(value_type = Option<String>)]
    #[serde(alias = "application_id")]
    pub(super) application_id: Option<ApplicationId>,
}

/// What can be set about a source. What you leave out has its default.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct SettingsBody {
    /// A repetition within so many hours is a duplicate: 1 to 2160.
    #[schema(example = 720)]
    dedupe_window_h: u32,
    /// Whether the same body is a repetition when the provider says nothing that tells events apart.
    dedupe_by_content: bool,
    /// Only these networks may send. Empty: everybody.
    #[schema(example = json!(["192.0.2.0/24"]))]
    allowed_networks: Vec<String>,
    /// The largest body in bytes, below what the installation allows.
    body_bytes_max: Option<u32>,
    /// Requests beyond this many a second are answered 429.
    requests_per_second_max: Option<u32>,
    /// The methods that carry events.
    #[schema(example = json!(["POST"]))]
    methods: Vec<String>,
    /// Only these content types. Empty: any.
    content_types: Vec<String>,
    /// What an accepted request is answered with; 200 and the message's id if not given.
    #[serde(deserialize_with = "response")]
    response: Option<ResponseBody>,
    /// The URL that the provider was given, without a query, if it is not the source's own because a proxy or a domain of
    /// yours stands before it. Signatures that cover the URL are checked against it.
    #[schema(example = json!(null))]
    public_url: Option<String>,
    /// Whether the members are told, by mail and by `source.silent`, when nothing has come for longer than ever before.
    #[schema(example = true)]
    warn_when_silent: bool,
}

/// What an accepted request is answered with.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ResponseBody {
    /// 200 to 299.
    #[schema(example = 200)]
    status: u16,
    #[schema(example = "text/plain")]
    content_type: String,
    /// At most 1 KiB.
    #[serde(default)]
    #[schema(example = "ok")]
    body: String,
}

/// An answer, and no list of an answer's parts.
fn response<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ResponseBody>, D::Error> {
    Ok(Option::<Object<ResponseBody>>::deserialize(deserializer)?.map(|Object(body)| body))
}

impl Default for SettingsBody {
    fn default() -> Self {
        SourceSettings::default().into()
    }
}

impl From<SourceSettings> for SettingsBody {
    fn from(settings: SourceSettings) -> Self {
        let SourceSettings {
            dedupe_window_h,
            dedupe_by_content,
            allowed_networks,
            body_bytes_max,
            requests_per_second_max,
            methods,
            content_types,
            response,
            public_url,
            warn_when_silent,
        } = settings;
        let response =
            response.map(|CustomResponse { status, content_type, body }| ResponseBody { status, content_type, body });
        Self {
            dedupe_window_h,
            dedupe_by_content,
            allowed_networks,
            body_bytes_max,
            requests_per_second_max,
            methods,
            content_types,
            response,
            public_url,
            warn_when_silent,
        }
    }
}

impl From<SettingsBody> for SourceSettings {
    fn from(body: SettingsBody) -> Self {
        let response = body.response.map(|ResponseBody { status, content_type, body }| CustomResponse {
            status,
            content_type,
            body,
        });
        Self {
            dedupe_window_h: body.dedupe_window_h,
            dedupe_by_content: body.dedupe_by_content,
            allowed_networks: body.allowed_networks,
            body_bytes_max: body.body_bytes_max,
            requests_per_second_max: body.requests_per_second_max,
            methods: body.methods,
            content_types: body.content_types,
            response,
            public_url: body.public_url,
            warn_when_silent: body.warn_when_silent,
        }
    }
}

/// A change to a source. What you leave out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SourcePatch {
    pub(super) name: Option<String>,
    /// All of the provider's fields.
    #[schema(value_type = Option<SourceFields>)]
    pub(super) fields: Option<BTreeMap<String, String>>,
    /// All of the settings.
    #[schema(value_type = Option<SettingsBody>)]
    pub(super) settings: Option<Object<SettingsBody>>,
}

/// The message that a sample became.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SampleOut {
    #[schema(value_type = String, example = "msg_01h455vb4pex5vsknk084sn02q")]
    pub(super) message_id: MessageId,
}
