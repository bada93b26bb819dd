//! Verification of received webhooks: pure functions over a source's rule, its keys, the request as it
//! came, and the time. No IO, no clock, no panic on any input.
//!
//! A provider is a row in `providers`. How it signs is data where that suffices (`scheme`): which
//! header, how it is written, what is signed, where the event's id and type are. Where it does not,
//! the row names functions (`bespoke`). The verifier comes from the registered source, never from a
//! look at the request.

mod bespoke;
mod events;
mod explain;
mod handshake;
mod hmac;
mod identity;
mod keyring;
mod octets;
mod outline;
mod pinned;
mod pointer;
mod provider;
mod providers;
mod public_key;
mod refusal;
mod request;
mod rows;
mod rule;
mod sample;
mod scheme;
mod secret;
mod signature;
mod signed;
mod specimen;
mod token;
mod verify;

pub use explain::{Finding, SecretOutcome, explain};
pub use handshake::{Effect, HandshakeAnswer, HandshakeKind, acknowledgement, answer};
pub use identity::Item;
pub use keyring::{FetchedKey, KeyDocument, KeyRequest, Keyring, needed_key};
pub use pinned::{PINNED_URLS, PinnedUrl};
pub use provider::{Category, FieldChoice, Provider, ProviderField, SecretKind, SecretSpec, UnknownProvider};
pub use refusal::Refusal;
pub use request::{Inbound, content_hash};
pub use rule::{RuleInput, RuleProblem, SourceRule, TOLERANCE_SECONDS_DEFAULT, TOLERANCE_SECONDS_MAX};
pub use sample::{Sample, SampleEvent, SignProblem, sign};
pub use scheme::Encoding;
pub use secret::{SECRET_BYTES_MAX, SecretRefusal, validate_secret};
pub use specimen::specimen;
pub use verify::{Verdict, Verified, verify};
