//! How a provider signs, as data. One row per way of signing.

use serde::{Deserialize, Serialize};

/// One way of signing with HMAC-SHA256.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scheme<'a> {
    /// The header with the signature. Header names are compared without regard to case.
    pub(crate) signature_header: &'a str,
    /// How the signature is written in it.
    pub(crate) format: Format<'a>,
    /// How the MAC is written.
    pub(crate) encoding: Encoding,
    /// How the secret becomes a key.
    pub(crate) key: KeyForm,
    /// Where the time of sending is, in Unix seconds, if it is signed.
    pub(crate) timestamp: Option<TimestampPlace<'a>>,
    /// What is signed, in order.
    pub(crate) signed: &'a [Part<'a>],
    /// Where the provider's id of the event is.
    pub(crate) event_id: Option<Place<'a>>,
    /// Where the type of the event is.
    pub(crate) event_type: Option<Place<'a>>,
}

/// How a header carries signatures.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Format<'a> {
    /// One MAC after a fixed prefix, which may be empty.
    Prefixed(&'a str),
    /// `key=value` pairs separated by commas; each value of this key is a MAC.
    Fields(&'a str),
    /// Entries separated by spaces, each `tag,MAC`; those of this tag count.
    Tagged(&'a str),
}

/// How a MAC is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Hexadecimal, in either case.
    Hex,
    /// Base64 of the standard alphabet, with or without padding.
    Base64,
}

impl Encoding {
    /// The name in the API and in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::Base64 => "base64",
        }
    }
}

/// How a secret becomes a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyForm {
    /// The secret's own octets.
    Verbatim,
    /// What the secret decodes to from Base64, after `whsec_` if it starts so.
    WhsecBase64,
}

/// Where the time of sending is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TimestampPlace<'a> {
    /// In the signature header, under this key. Only with [`Format::Fields`].
    Field(&'a str),
    /// In a header of its own.
    Header(&'a str),
}

/// A piece of what is signed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part<'a> {
    /// Fixed text.
    Literal(&'a str),
    /// The time of sending, as it was written.
    Timestamp,
    /// The value of a header.
    Header(&'a str),
    /// The body.
    Body,
}

/// Where something about the event is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    /// In a header.
    Header(&'a str),
    /// In the JSON body, by JSON pointer.
    Body(&'a str),
}

pub(crate) const STRIPE: &[Scheme<'static>] = &[Scheme {
    signature_header: "Stripe-Signature",
    format: Format::Fields("v1"),
    encoding: Encoding::Hex,
    key: KeyForm::Verbatim,
    timestamp: Some(TimestampPlace::Field("t")),
    signed: &[Part::Timestamp, Part::Literal("."), Part::Body],
    event_id: Some(Place::Body("/id")),
    event_type: Some(Place::Body("/type")),
}];

pub(crate) const GITHUB: &[Scheme<'static>] = &[Scheme {
    signature_header: "X-Hub-Signature-256",
    format: Format::Prefixed("sha256="),
    encoding: Encoding::Hex,
    key: KeyForm::Verbatim,
    timestamp: None,
    signed: &[Part::Body],
    event_id: Some(Place::Header("X-GitHub-Delivery")),
    event_type: Some(Place::Header("X-GitHub-Event")),
}];

pub(crate) const STANDARD_WEBHOOKS: &[Scheme<'static>] = &[
    Scheme {
        signature_header: "webhook-signature",
        format: Format::Tagged("v1"),
        encoding: Encoding::Base64,
        key: KeyForm::WhsecBase64,
        timestamp: Some(TimestampPlace::Header("webhook-timestamp")),
        signed: &[Part::Header("webhook-id"), Part::Literal("."), Part::Timestamp, Part::Literal("."), Part::Body],
        event_id: Some(Place::Header("webhook-id")),
        event_type: Some(Place::Body("/type")),
    },
    Scheme {
        signature_header: "svix-signature",
        format: Format::Tagged("v1"),
        encoding: Encoding::Base64,
        key: KeyForm::WhsecBase64,
        timestamp: Some(TimestampPlace::Header("svix-timestamp")),
        signed: &[Part::Header("svix-id"), Part::Literal("."), Part::Timestamp, Part::Literal("."), Part::Body],
        event_id: Some(Place::Header("svix-id")),
        event_type: Some(Place::Body("/type")),
    },
];

/// What a source with its own settings has signed: the body and nothing else.
pub(crate) const BODY_ALONE: &[Part<'static>] = &[Part::Body];
