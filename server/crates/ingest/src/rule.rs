//! What a source is configured with: its provider, and what that leaves open.

use crate::pointer::{POINTER_BYTES_MAX, POINTER_STEPS_MAX, is_pointer};
use crate::provider::Provider;
use crate::scheme::{BODY_ALONE, Encoding, Format, KeyForm, Place, Scheme};
use crate::secret::{SecretRefusal, refuse_stripe_others};
use serde::{Deserialize, Serialize};

/// How far the time of sending may be from now, unless the source says otherwise.
pub const TOLERANCE_SECONDS_DEFAULT: u32 = 300;
/// The most that a source may say.
pub const TOLERANCE_SECONDS_MAX: u32 = 86_400;
/// The longest header name that is accepted, in octets.
const HEADER_NAME_BYTES_MAX: usize = 64;
/// The longest prefix that is accepted, in octets.
const PREFIX_BYTES_MAX: usize = 32;

/// How a source verifies. Valid by construction; in JSON: `provider` and the fields of [`RuleInput`]
/// that apply to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredRule", into = "StoredRule")]
pub struct SourceRule {
    provider: Provider,
    tolerance_seconds: u32,
    /// There exactly if the provider is configurable.
    custom: Option<CustomScheme>,
}

/// The row that a source brings itself.
#[derive(Debug, Clone, PartialEq, Eq)]
struct CustomScheme {
    header: String,
    prefix: String,
    encoding: Encoding,
    event_id: Option<ValuePlace>,
    event_type: Option<ValuePlace>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum ValuePlace {
    Header(String),
    Pointer(String),
}

/// What a person or an API client says about a source. Empty texts count as absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleInput {
    /// The header with the signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// What stands before the signature in it, for example `sha256=`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// `hex` (also if absent) or `base64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// The header with the event's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id_header: Option<String>,
    /// Or the JSON pointer to it in the body, for example `/data/id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id_pointer: Option<String>,
    /// The header with the event's type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type_header: Option<String>,
    /// Or the JSON pointer to it in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type_pointer: Option<String>,
    /// How far the time of sending may be from now, either way, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance_seconds: Option<u32>,
}

/// What is wrong with a field of a [`RuleInput`]. The text is for the person who filled it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleProblem {
    /// The field must be filled in.
    #[error("Name the header that carries the signature.")]
    HeaderRequired,
    /// Not a header name.
    #[error("A header name consists of letters, digits and hyphens, at most {HEADER_NAME_BYTES_MAX}.")]
    HeaderName {
        /// The field.
        field: &'static str,
    },
    /// Not a prefix.
    #[error("The prefix must be at most {PREFIX_BYTES_MAX} printable ASCII characters.")]
    Prefix,
    /// Not an encoding.
    #[error("The encoding must be hex or base64.")]
    Encoding,
    /// Not a JSON pointer.
    #[error(
        "A JSON pointer starts with / and reads like /data/id: at most {POINTER_BYTES_MAX} characters and {POINTER_STEPS_MAX} steps."
    )]
    Pointer {
        /// The field.
        field: &'static str,
    },
    /// Both a header and a pointer.
    #[error("Give a header or a JSON pointer, not both.")]
    TwoPlaces {
        /// The field.
        field: &'static str,
    },
    /// Out of range.
    #[error("The tolerance must be between 1 and {TOLERANCE_SECONDS_MAX} seconds.")]
    Tolerance,
    /// The provider decides this.
    #[error("This provider decides this itself: leave it out.")]
    NotConfigurable {
        /// The field.
        field: &'static str,
    },
}

impl RuleProblem {
    /// The field of [`RuleInput`] that is wrong.
    pub const fn field(self) -> &'static str {
        match self {
            Self::HeaderRequired => "header",
            Self::Prefix => "prefix",
            Self::Encoding => "encoding",
            Self::Tolerance => "tolerance_seconds",
            Self::HeaderName { field }
            | Self::Pointer { field }
            | Self::TwoPlaces { field }
            | Self::NotConfigurable { field } => field,
        }
    }
}

impl SourceRule {
    /// The rule that an input describes, or everything that is wrong with it.
    pub fn new(provider: Provider, input: &RuleInput) -> Result<Self, Vec<RuleProblem>> {
        let mut problems = Vec::new();
        let tolerance_seconds = tolerance(provider, input, &mut problems);
        let custom = if provider.is_configurable() {
            custom_scheme(input, &mut problems)
        } else {
            problems.extend(given_fields(input).map(|field| RuleProblem::NotConfigurable { field }));
            None
        };
        if problems.is_empty() { Ok(Self { provider, tolerance_seconds, custom }) } else { Err(problems) }
    }

    /// Who sends.
    pub const fn provider(&self) -> Provider {
        self.provider
    }

    /// How far the time of sending may be from now, either way, in seconds. Without effect if the
    /// provider does not sign it.
    pub const fn tolerance_seconds(&self) -> u32 {
        self.tolerance_seconds
    }

    /// The input that makes this rule.
    pub fn to_input(&self) -> RuleInput {
        let mut input = RuleInput {
            tolerance_seconds: self.provider.signs_time().then_some(self.tolerance_seconds),
            ..RuleInput::default()
        };
        if let Some(custom) = &self.custom {
            input.header = Some(custom.header.clone());
            input.prefix = Some(custom.prefix.clone()).filter(|prefix| !prefix.is_empty());
            input.encoding = Some(custom.encoding.name().to_owned());
            (input.event_id_header, input.event_id_pointer) = spelled(custom.event_id.as_ref());
            (input.event_type_header, input.event_type_pointer) = spelled(custom.event_type.as_ref());
        }
        input
    }

    /// Calls with the rows that apply: the provider's, or the source's own.
    pub(crate) fn with_schemes<T>(&self, call: impl FnOnce(&[Scheme<'_>]) -> T) -> T {
        match &self.custom {
            Some(custom) => call(&[custom.scheme()]),
            None => call(self.provider.schemes()),
        }
    }

    /// Refuses a secret that is recognisably something else of the provider's.
    pub(crate) fn check_secret_kind(&self, secret: &str) -> Result<(), SecretRefusal> {
        match self.provider {
            Provider::Stripe => refuse_stripe_others(secret),
            Provider::Github | Provider::StandardWebhooks | Provider::GenericHmac => Ok(()),
        }
    }
}

impl CustomScheme {
    fn scheme(&self) -> Scheme<'_> {
        Scheme {
            signature_header: &self.header,
            format: Format::Prefixed(&self.prefix),
            encoding: self.encoding,
            key: KeyForm::Verbatim,
            timestamp: None,
            signed: BODY_ALONE,
            event_id: self.event_id.as_ref().map(ValuePlace::place),
            event_type: self.event_type.as_ref().map(ValuePlace::place),
        }
    }
}

impl ValuePlace {
    fn place(&self) -> Place<'_> {
        match self {
            Self::Header(name) => Place::Header(name),
            Self::Pointer(pointer) => Place::Body(pointer),
        }
    }
}

fn tolerance(provider: Provider, input: &RuleInput, problems: &mut Vec<RuleProblem>) -> u32 {
    match input.tolerance_seconds {
        None => {}
        Some(_) if !provider.signs_time() => {
            problems.push(RuleProblem::NotConfigurable { field: "tolerance_seconds" });
        }
        Some(seconds @ 1..=TOLERANCE_SECONDS_MAX) => return seconds,
        Some(_) => problems.push(RuleProblem::Tolerance),
    }
    TOLERANCE_SECONDS_DEFAULT
}

fn custom_scheme(input: &RuleInput, problems: &mut Vec<RuleProblem>) -> Option<CustomScheme> {
    let header = match given(input.header.as_deref()) {
        None => {
            problems.push(RuleProblem::HeaderRequired);
            None
        }
        Some(name) => header_name(name, "header", problems),
    };
    let prefix = input.prefix.as_deref().unwrap_or_default();
    if prefix.len() > PREFIX_BYTES_MAX || !prefix.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        problems.push(RuleProblem::Prefix);
    }
    let encoding = match given(input.encoding.as_deref()) {
        None | Some("hex") => Encoding::Hex,
        Some("base64") => Encoding::Base64,
        Some(_) => {
            problems.push(RuleProblem::Encoding);
            Encoding::Hex
        }
    };
    let event_id = value_place(
        [
            ("event_id_header", input.event_id_header.as_deref()),
            ("event_id_pointer", input.event_id_pointer.as_deref()),
        ],
        problems,
    );
    let event_type = value_place(
        [
            ("event_type_header", input.event_type_header.as_deref()),
            ("event_type_pointer", input.event_type_pointer.as_deref()),
        ],
        problems,
    );
    Some(CustomScheme { header: header?, prefix: prefix.to_owned(), encoding, event_id, event_type })
}

fn value_place(
    [(header_field, header), (pointer_field, pointer)]: [(&'static str, Option<&str>); 2],
    problems: &mut Vec<RuleProblem>,
) -> Option<ValuePlace> {
    match (given(header), given(pointer)) {
        (None, None) => None,
        (Some(name), None) => header_name(name, header_field, problems).map(ValuePlace::Header),
        (None, Some(pointer)) if is_pointer(pointer) => Some(ValuePlace::Pointer(pointer.to_owned())),
        (None, Some(_)) => {
            problems.push(RuleProblem::Pointer { field: pointer_field });
            None
        }
        (Some(_), Some(_)) => {
            problems.push(RuleProblem::TwoPlaces { field: pointer_field });
            None
        }
    }
}

fn header_name(name: &str, field: &'static str, problems: &mut Vec<RuleProblem>) -> Option<String> {
    let is_name = name.len() <= HEADER_NAME_BYTES_MAX && name.bytes().all(is_token);
    if !is_name {
        problems.push(RuleProblem::HeaderName { field });
    }
    is_name.then(|| name.to_owned())
}

/// The characters of a header name (RFC 9110, token).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A form sends an empty text for what was not filled in.
fn given(field: Option<&str>) -> Option<&str> {
    field.map(str::trim).filter(|text| !text.is_empty())
}

fn given_fields(input: &RuleInput) -> impl Iterator<Item = &'static str> {
    let fields = [
        ("header", input.header.as_deref()),
        ("prefix", input.prefix.as_deref()),
        ("encoding", input.encoding.as_deref()),
        ("event_id_header", input.event_id_header.as_deref()),
        ("event_id_pointer", input.event_id_pointer.as_deref()),
        ("event_type_header", input.event_type_header.as_deref()),
        ("event_type_pointer", input.event_type_pointer.as_deref()),
    ];
    fields.into_iter().filter(|(_, value)| given(*value).is_some()).map(|(name, _)| name)
}

fn spelled(place: Option<&ValuePlace>) -> (Option<String>, Option<String>) {
    match place {
        None => (None, None),
        Some(ValuePlace::Header(name)) => (Some(name.clone()), None),
        Some(ValuePlace::Pointer(pointer)) => (None, Some(pointer.clone())),
    }
}

/// A rule as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredRule {
    provider: Provider,
    #[serde(flatten)]
    input: RuleInput,
}

impl From<SourceRule> for StoredRule {
    fn from(rule: SourceRule) -> Self {
        Self { provider: rule.provider, input: rule.to_input() }
    }
}

/// A stored rule that is none.
#[derive(Debug, thiserror::Error)]
#[error("{}: {}", .0.field(), .0)]
struct StoredRuleProblem(RuleProblem);

impl TryFrom<StoredRule> for SourceRule {
    type Error = StoredRuleProblem;

    fn try_from(stored: StoredRule) -> Result<Self, StoredRuleProblem> {
        Self::new(stored.provider, &stored.input).map_err(|problems| {
            // `new` never fails without naming a problem.
            StoredRuleProblem(problems.into_iter().next().unwrap_or(RuleProblem::HeaderRequired))
        })
    }
}
