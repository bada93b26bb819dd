//! What a source is, beside its name: rules, limits, providers, and what a second look at a request shows.

use hookreel_kernel::{MessageId, SourceId, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a repetition counts as one, unless the source says otherwise, in hours.
const DEDUPE_WINDOW_H_DEFAULT: u32 = 30 * 24;

/// What can be set about a source beside how its requests are verified. A field that is not given has its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceSettings {
    /// A repetition within so many hours is a duplicate: 1 to 2160.
    pub dedupe_window_h: u32,
    /// Whether the same body counts as a repetition when the provider says nothing that tells events apart.
    pub dedupe_by_content: bool,
    /// Only these networks may send: `192.0.2.0/24`. Empty: everybody.
    pub allowed_networks: Vec<String>,
    /// The largest body, in bytes, below what the installation allows.
    pub body_bytes_max: Option<u32>,
    /// Requests beyond this many a second are answered 429.
    pub requests_per_second_max: Option<u32>,
    /// The methods that carry events.
    pub methods: Vec<String>,
    /// Only these content types: `application/json`. Empty: any.
    pub content_types: Vec<String>,
    /// What an accepted request is answered with; `None`: 200 and the message's id.
    pub response: Option<CustomResponse>,
    /// Whether the members are told when nothing has come for longer than ever before.
    pub warn_when_silent: bool,
    /// The URL that the provider was given, if it is not the source's own because a proxy or a domain of the tenant's
    /// stands before it. Signatures that cover the URL are checked against it.
    pub public_url: Option<String>,
}

impl Default for SourceSettings {
    fn default() -> Self {
        Self {
            dedupe_window_h: DEDUPE_WINDOW_H_DEFAULT,
            dedupe_by_content: false,
            allowed_networks: Vec::new(),
            body_bytes_max: None,
            requests_per_second_max: None,
            methods: vec!["POST".to_owned()],
            content_types: Vec::new(),
            response: None,
            public_url: None,
            warn_when_silent: true,
        }
    }
}

/// What an accepted request is answered with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomResponse {
    /// 200 to 299.
    pub status: u16,
    /// `text/plain`.
    pub content_type: String,
    /// At most 1 KiB.
    pub body: String,
}

/// How a source is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceHealth {
    /// Sent again by the provider, in the last 24 hours.
    pub duplicates_24h: u64,
    /// Of the duplicates, those whose body is not what came first.
    #[serde(default)]
    pub altered_24h: u64,
    /// Requests whose bodies did not come to their end, in the last 24 hours: nothing of them was kept.
    #[serde(default)]
    pub broken_off_24h: u64,
    /// Refused and not kept, because the source had kept too much lately or in all, in the last 24 hours.
    pub dropped_24h: u64,
    /// Exchanges by which the provider asked whether it may send, in the last 24 hours.
    pub handshakes_24h: u64,
    /// The last request that is quarantined; what only repeats an accepted message with another body is no failure.
    pub last_failure: Option<SourceFailure>,
    /// Nothing has come for longer than ever before: since when, and the longest silence before, in seconds.
    pub silent: Option<SourceSilence>,
}

/// How many of a source's messages have each verdict, by the last look at each. What was refused and not kept is not
/// among them, nor what came twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictCounts {
    /// A signature proves who sent it.
    pub verified: u64,
    /// A shared token does.
    pub authenticated: u64,
    /// It could not be shown who sent it.
    pub failed: u64,
    /// Nobody has looked.
    pub unattempted: u64,
}

impl VerdictCounts {
    /// So many of the newest messages are looked at.
    pub const LOOKED_AT_MAX: u64 = 20_000;

    /// All of them.
    pub const fn all(&self) -> u64 {
        self.verified + self.authenticated + self.failed + self.unattempted
    }

    /// Only the newest were looked at.
    pub const fn is_cut(&self) -> bool {
        self.all() >= Self::LOOKED_AT_MAX
    }
}

/// What is known about who sent what a source has kept lately.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceVerdicts {
    /// Of the last 24 hours.
    pub day: VerdictCounts,
    /// Of the last 7 days.
    pub week: VerdictCounts,
}

/// A request that was quarantined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFailure {
    /// What was kept.
    pub message_id: MessageId,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A source that has gone silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSilence {
    /// When the last message came.
    pub since: Timestamp,
    /// The longest pause between two messages before, in seconds.
    pub longest_before_s: u64,
}

/// The field of a provider whose URL matters, which is kept as `settings.publicUrl`.
pub const PUBLIC_URL_FIELD: &str = "public_url";

/// A provider whose webhooks can be received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderView {
    /// `stripe`.
    pub name: String,
    /// `Stripe`.
    pub display_name: String,
    /// Other names that people look for it by: `Twitter`.
    pub aliases: Vec<String>,
    /// `payments`.
    pub category: String,
    /// Where the provider describes how it signs; empty if nobody in particular sends.
    pub docs_url: String,
    /// By what of the provider's own the row was checked: pages, and libraries, as in `npm stripe` or `PyPI mailgun`.
    /// Without a library, its vectors are a computation of our own.
    pub checked: Vec<String>,
    /// What to do on the provider's side.
    pub setup: String,
    /// The secret that a source needs.
    pub secret: ProviderSecret,
    /// What a source may say beside it, in the order of a form.
    pub fields: Vec<ProviderFieldView>,
    /// How far the time of sending may be from now; `None` if it is not signed.
    pub tolerance_s: Option<u32>,
    /// The most that can be known about the origin of its requests: `verified`, `authenticated`, `unattempted`.
    pub best_verdict: String,
    /// The ways of signing, the usual one first; empty where the source itself says it.
    pub ways_of_signing: Vec<String>,
    /// Where the id of an event stands, if it has one.
    pub event_id_place: Option<String>,
    /// Where its type stands.
    pub event_type_place: Option<String>,
    /// Whether its signature covers the URL.
    pub signs_url: bool,
    /// The exchange by which it finds out whether it may send: `slack_url_verification`.
    pub handshake: Option<String>,
    /// Whether the source itself says which header is signed and how.
    pub is_configurable: bool,
    /// Whether a sample can be signed with the source's own secret.
    pub can_be_played: bool,
}

/// The secret of a provider's source, as a form asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderSecret {
    /// `signing_secret`, `token`, `public_key`, `user_and_password`, `none`.
    pub kind: String,
    /// What the provider calls it.
    pub label: String,
    /// What it looks like.
    pub hint: String,
    /// The provider brings it itself, in its handshake.
    pub comes_by_handshake: bool,
    /// Whether a person has to give it.
    pub is_asked_for: bool,
}

/// A field that a source of a provider has beside its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderFieldView {
    /// Its name in the API.
    pub name: String,
    /// Its name for a person.
    pub label: String,
    /// What to fill in.
    pub hint: String,
    /// What it looks like when it is filled in; empty if nothing is typical.
    pub placeholder: String,
    /// Whether it must be filled in.
    pub is_required: bool,
    /// If not empty: the only values there are, the first of which is taken if nothing is said.
    pub choices: Vec<FieldChoiceView>,
}

/// A value that a field of a source can have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChoiceView {
    /// Its name in the API.
    pub value: String,
    /// What it means.
    pub meaning: String,
}

/// What a second look at a received request shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationView {
    /// What it would be with the source's secrets of now: `verified`, `authenticated`, `failed`, `unattempted`.
    pub verdict: String,
    /// What was looked at, in order.
    pub findings: Vec<FindingView>,
}

/// One thing about a received request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingView {
    /// What it is.
    pub label: String,
    /// What was found. Never a secret, and never a signature that was expected.
    pub text: String,
    /// Whether it is as it should be; `None` where there is nothing to judge.
    pub is_good: Option<bool>,
    /// Whether it is text as it came, to be shown as such.
    pub is_verbatim: bool,
}

/// Which quarantined messages something is done with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineSelection {
    /// Of this source.
    pub source_id: Option<SourceId>,
    /// These; `None`: all that the rest lets through.
    pub ids: Option<Vec<MessageId>>,
    /// Received at or after.
    pub since: Option<Timestamp>,
    /// Received before.
    pub until: Option<Timestamp>,
    /// Only those after this one: where an earlier call ended.
    #[serde(default)]
    pub after: Option<MessageId>,
}

/// What a source has in quarantine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineCounts {
    /// Verified or authenticated: held for another reason, or found genuine later.
    pub genuine: u64,
    /// Not believed, or not looked at.
    pub doubtful: u64,
}

impl QuarantineCounts {
    /// How many there are.
    pub const fn all(self) -> u64 {
        self.genuine + self.doubtful
    }
}

/// What was done with quarantined messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineOutcome {
    /// How many were looked at.
    pub looked_at: u64,
    /// How many of them were found genuine, or were released.
    pub done: u64,
    /// How many of them were not released since they repeat what was accepted: they are its duplicates now.
    pub duplicates: u64,
    /// How many more the selection has: ask again for those after the last one.
    pub remaining: u64,
    /// How many of these were left out because the plan has no room for more messages this month.
    pub over_quota: u64,
    /// The last one that was looked at.
    pub last: Option<MessageId>,
}
