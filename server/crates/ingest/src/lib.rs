//! Verification of received webhooks: pure functions over a source's rule, its secrets, the request
//! as it came, and the time. No IO, no clock, no panic on any input.
//!
//! A provider is a row of data (`scheme`): which header, how it is written, what was signed, where
//! the event's id and type are. The verifier comes from the registered source, never from a look at
//! the request.

mod identity;
mod pointer;
mod provider;
mod refusal;
mod rule;
mod sample;
mod scheme;
mod secret;
mod signature;
mod verify;

pub use provider::{Provider, UnknownProvider};
pub use refusal::Refusal;
pub use rule::{RuleInput, RuleProblem, SourceRule, TOLERANCE_SECONDS_DEFAULT, TOLERANCE_SECONDS_MAX};
pub use sample::{SampleEvent, sign};
pub use scheme::Encoding;
pub use secret::{SECRET_BYTES_MAX, SecretRefusal, validate_secret};
pub use verify::{Inbound, Verified, verify};
