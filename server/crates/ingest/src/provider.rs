//! The providers whose webhooks can be received: one row each, in `providers`.

mod field;

pub use field::{FieldChoice, ProviderField};

use crate::bespoke::Bespoke;
use crate::handshake::HandshakeKind;
use crate::providers;
use crate::rule::TOLERANCE_SECONDS_DEFAULT;
use crate::scheme::{Algorithm, Scheme, named};
use crate::token::TokenScheme;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// Who sends. In text and JSON: the name in lower case with underscores.
#[derive(Clone, Copy)]
pub struct Provider(&'static ProviderRow);

/// Everything that is particular about a provider.
#[derive(Debug)]
pub(crate) struct ProviderRow {
    pub(crate) name: &'static str,
    pub(crate) display_name: &'static str,
    /// By what other names people look for it: its company, a product that comes by it, what it was called before.
    pub(crate) aliases: &'static [&'static str],
    pub(crate) category: Category,
    /// The provider's own description of its webhooks' signatures.
    pub(crate) docs_url: &'static str,
    /// By what of the provider's own the row was checked: pages of its documentation, its source code, and libraries
    /// that it publishes or verifies with itself. Of the libraries, every one has signed or accepted a vector; without
    /// one, the vectors are a computation of our own. Empty if nothing was at hand: then by public verifiers that agree.
    pub(crate) checked: &'static [&'static str],
    /// What a person does on the provider's side.
    pub(crate) setup: &'static str,
    pub(crate) secret: SecretSpec,
    /// What a source says beside a secret. How far a signed time may be off is understood.
    pub(crate) fields: &'static [ProviderField],
    pub(crate) method: Method,
    pub(crate) tolerance_seconds: u32,
    pub(crate) handshake: Option<HandshakeKind>,
    /// The body of a sample, where it cannot be made from the row: with `{id}` in it.
    pub(crate) specimen: Option<&'static str>,
}

/// What most providers have in common. A row names what is its own, and takes the rest from here.
pub(crate) const PLAIN: ProviderRow = ProviderRow {
    name: "",
    display_name: "",
    aliases: &[],
    category: Category::Other,
    docs_url: "",
    checked: &[],
    setup: "",
    secret: SecretSpec::SIGNING,
    fields: &[],
    method: Method::Unverifiable,
    tolerance_seconds: TOLERANCE_SECONDS_DEFAULT,
    handshake: None,
    specimen: None,
};

/// How a provider's requests are verified.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Method {
    /// By rows: usually one, more if the provider has used several headers or algorithms.
    Rows(&'static [Scheme<'static>]),
    /// By a row that the source brings: only header, prefix and encoding, or everything.
    Configured(Freedom),
    /// By a token that comes with each request.
    Token(TokenScheme),
    /// By functions of its own.
    Bespoke(Bespoke),
    /// Not at all: the provider signs with keys that cannot be had.
    Unverifiable,
}

/// How much of the row a source says itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freedom {
    /// Header, prefix and encoding.
    Header,
    /// All of it.
    Whole,
}

named! {
    /// What a provider is for, to group them in a list.
    pub enum Category {
        /// Taking and paying money.
        Payments = "payments",
        /// Shops.
        Commerce = "commerce",
        /// Repositories, errors, deployments.
        Code = "code",
        /// Chat and meetings.
        Chat = "chat",
        /// Electronic mail, text messages and calls.
        Messaging = "messaging",
        /// People and their accounts.
        Identity = "identity",
        /// Tasks, documents and calendars.
        Work = "work",
        /// Customers and those who sell to them.
        Customers = "customers",
        /// Models and what runs them.
        Models = "models",
        /// Anything else.
        Other = "other",
        /// No provider in particular.
        Generic = "generic",
    }
}

named! {
    /// What kind of secret a provider's webhooks are verified with.
    pub enum SecretKind {
        /// A key that both sides have.
        SigningSecret = "signing_secret",
        /// A text that the provider sends along.
        Token = "token",
        /// The public half of a key of the provider's.
        PublicKey = "public_key",
        /// A user and a password.
        UserAndPassword = "user_and_password",
        /// There is none.
        None = "none",
    }
}

/// The secret that a source of the provider needs, as a form asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretSpec {
    /// Its kind.
    pub kind: SecretKind,
    /// What the provider calls it.
    pub label: &'static str,
    /// What it looks like.
    pub hint: &'static str,
    /// What the provider's other credentials start with. They are pasted by mistake, and some must
    /// not lie around in a second place.
    pub(crate) others: &'static [&'static str],
    /// Whether the provider brings it in its handshake, so that a source starts without.
    pub comes_by_handshake: bool,
}

impl SecretSpec {
    /// Whether a person has to give it: some providers need none, others bring it.
    pub const fn is_asked_for(&self) -> bool {
        !matches!(self.kind, SecretKind::None) && !self.comes_by_handshake
    }

    pub(crate) const SIGNING: Self = Self::signing("Signing secret", "The text that the provider shows, copied whole.");

    pub(crate) const NONE: Self = Self::of(SecretKind::None, "", "");

    pub(crate) const fn signing(label: &'static str, hint: &'static str) -> Self {
        Self::of(SecretKind::SigningSecret, label, hint)
    }

    pub(crate) const fn of(kind: SecretKind, label: &'static str, hint: &'static str) -> Self {
        Self { kind, label, hint, others: &[], comes_by_handshake: false }
    }

    pub(crate) const fn not(self, others: &'static [&'static str]) -> Self {
        Self { others, ..self }
    }
}

impl Provider {
    /// Every provider, in the order of the families.
    pub fn all() -> impl Iterator<Item = Self> {
        providers::FAMILIES.iter().flat_map(|family| family.iter()).map(Self)
    }

    /// The provider of that name.
    pub fn parse(name: &str) -> Result<Self, UnknownProvider> {
        Self::all().find(|provider| provider.name() == name).ok_or(UnknownProvider)
    }

    /// The name in the API and in the store.
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// The name for a person.
    pub const fn display_name(self) -> &'static str {
        self.0.display_name
    }

    /// Other names that people look for it by.
    pub const fn aliases(self) -> &'static [&'static str] {
        self.0.aliases
    }

    /// What it is for.
    pub const fn category(self) -> Category {
        self.0.category
    }

    /// The address of the provider's own description of how it signs; empty if nobody in particular sends.
    pub const fn docs_url(self) -> &'static str {
        self.0.docs_url
    }

    /// By what of the provider's own it was checked how it signs and where ids and types are: pages, and
    /// libraries, as in `npm stripe` or `PyPI mailgun`. Without a library, only by a computation of our own.
    pub const fn checked(self) -> &'static [&'static str] {
        self.0.checked
    }

    /// What to do on the provider's side, in a few sentences.
    pub const fn setup(self) -> &'static str {
        self.0.setup
    }

    /// The secret that a source needs.
    pub const fn secret(self) -> SecretSpec {
        self.0.secret
    }

    /// What a source may say beside it, in the order of a form.
    pub fn fields(self) -> impl Iterator<Item = ProviderField> {
        let tolerance = self.signs_time().then_some(ProviderField::TOLERANCE);
        self.0.fields.iter().copied().chain(tolerance)
    }

    /// Those of them that its row names.
    pub(crate) const fn own_fields(self) -> &'static [ProviderField] {
        self.0.fields
    }

    /// How far the time of sending may be from now, unless the source says otherwise.
    pub const fn tolerance_seconds(self) -> u32 {
        self.0.tolerance_seconds
    }

    /// Whether the provider signs the time of sending, so that a tolerance makes sense. Of a provider
    /// whose row is the source's own, [`crate::SourceRule::signs_time`] knows.
    pub fn signs_time(self) -> bool {
        match self.0.method {
            Method::Rows(schemes) => schemes.iter().any(|scheme| scheme.time.is_some()),
            Method::Bespoke(bespoke) => bespoke.signs_time,
            Method::Configured(_) | Method::Token(_) | Method::Unverifiable => false,
        }
    }

    /// Whether a source may say how far the time of sending may be from now, which is not compared otherwise: what the
    /// provider sends again may have the time of the first.
    pub(crate) const fn may_compare_time(self) -> bool {
        matches!(self.0.method, Method::Bespoke(Bespoke { may_compare_time: true, .. }))
    }

    /// Whether the source itself says which header is signed and how.
    pub const fn is_configurable(self) -> bool {
        matches!(self.0.method, Method::Configured(_))
    }

    /// Whether the source brings the row, with this much freedom.
    pub(crate) fn method_is(self, freedom: Freedom) -> bool {
        matches!(self.0.method, Method::Configured(own) if own == freedom)
    }

    /// Whether its signature covers the URL, so that the address in the provider's settings and the
    /// one that a request arrives at must be the same to the letter.
    pub fn signs_url(self) -> bool {
        use crate::scheme::Part;
        match self.0.method {
            Method::Rows(schemes) => schemes
                .iter()
                .any(|scheme| scheme.signed.iter().any(|part| matches!(part, Part::Url | Part::UrlUnescaped))),
            Method::Bespoke(bespoke) => bespoke.signs_url,
            Method::Configured(_) | Method::Token(_) | Method::Unverifiable => false,
        }
    }

    /// Whether it matters which URL the provider was given: its signature covers it, or the answer to its handshake does.
    pub fn depends_on_url(self) -> bool {
        self.signs_url() || matches!(self.handshake(), Some(HandshakeKind::Ebay))
    }

    /// The exchange by which the provider finds out whether it may send.
    pub const fn handshake(self) -> Option<HandshakeKind> {
        self.0.handshake
    }

    /// Whether somebody who has the source's secret can sign as the provider does: not where the provider signs
    /// with a private key.
    pub fn can_be_played(self) -> bool {
        match self.0.method {
            Method::Rows(schemes) => schemes.iter().any(|scheme| matches!(scheme.algorithm, Algorithm::Hmac(_))),
            Method::Configured(_) | Method::Token(_) => true,
            Method::Bespoke(bespoke) => bespoke.play.is_some(),
            Method::Unverifiable => false,
        }
    }

    pub(crate) const fn specimen(self) -> Option<&'static str> {
        self.0.specimen
    }

    pub(crate) const fn method(self) -> Method {
        self.0.method
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq for Provider {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Provider {}

impl Hash for Provider {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl Serialize for Provider {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Provider {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).map_err(serde::de::Error::custom)
    }
}

/// The text names no [`Provider`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "There is no provider of that name. For one that is not in the list: standard_webhooks, generic_hmac or custom."
)]
pub struct UnknownProvider;

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(name: &str) -> Result<Self, UnknownProvider> {
        Self::parse(name)
    }
}
