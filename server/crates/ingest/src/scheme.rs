//! How a provider signs, as data. One row per way of signing.

use crate::request::Inbound;

/// One way of signing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scheme<'a> {
    /// Where the signature is.
    pub(crate) signature: SignaturePlace<'a>,
    /// How it is written there.
    pub(crate) format: Format<'a>,
    /// How its octets are written.
    pub(crate) encoding: Encoding,
    /// How it is made.
    pub(crate) algorithm: Algorithm,
    /// How the secret becomes a key.
    pub(crate) key: KeyForm,
    /// Where the time of sending is, if it is signed.
    pub(crate) time: Option<Time<'a>>,
    /// What is signed, in order.
    pub(crate) signed: &'a [Part<'a>],
    /// What the request says about its event.
    pub(crate) event: EventPlaces<'a>,
    /// Recognises bodies that are never an event: what a handshake has the receiver sign with the same
    /// key on request.
    pub(crate) handshake_body: Option<fn(&[u8]) -> bool>,
}

/// The most common row: HMAC-SHA256 of the body, in hexadecimal. Others differ from it in a few fields.
pub(crate) const HEX: Scheme<'static> = Scheme {
    signature: SignaturePlace::Header(""),
    format: Format::Prefixed(""),
    encoding: Encoding::Hex,
    algorithm: Algorithm::Hmac(Digest::Sha256),
    key: KeyForm::Verbatim,
    time: None,
    signed: &[Part::Body],
    event: EventPlaces::NONE,
    handshake_body: None,
};

/// The same in Base64.
pub(crate) const BASE64: Scheme<'static> = Scheme { encoding: Encoding::Base64, ..HEX };

impl Scheme<'_> {
    /// Whether a good signature says anything about the body.
    pub(crate) fn covers_body(&self) -> bool {
        self.signed.iter().any(|part| matches!(part, Part::Body))
    }
}

/// Where a signature is. Header names are compared without regard to case.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SignaturePlace<'a> {
    /// In a header.
    Header(&'a str),
    /// In headers whose names are this and a number from 1 to 100.
    NumberedHeaders(&'a str),
    /// In the JSON body, by JSON pointer.
    Body(&'a str),
}

impl<'a> SignaturePlace<'a> {
    /// What a person is told to look for.
    pub(crate) const fn name(self) -> &'a str {
        match self {
            Self::Header(name) | Self::NumberedHeaders(name) => name,
            Self::Body(pointer) => pointer,
        }
    }
}

/// How a text carries signatures.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Format<'a> {
    /// One signature after a fixed prefix, which may be empty.
    Prefixed(&'a str),
    /// `key=value` pairs; each value of this key is a signature.
    Fields {
        /// The key.
        key: &'a str,
        /// What is between two pairs.
        separator: char,
    },
    /// Entries separated by spaces, each `tag,signature`; those of this tag count.
    Tagged(&'a str),
}

/// Declares an enum whose values have names in the API and in the store.
macro_rules! named {
    ($(#[$meta:meta])* $visibility:vis enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        $visibility enum $name { $($(#[$variant_meta])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// Every value, in the order in which a person is offered them.
            $visibility const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in the API and in the store.
            $visibility const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The value of that name.
            $visibility fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }
    };
}
pub(crate) use named;

named! {
    /// How octets are written.
    pub enum Encoding {
        /// Hexadecimal, in either case.
        Hex = "hex",
        /// Base64 of the standard alphabet, with or without padding.
        Base64 = "base64",
        /// Base64 of the alphabet for URLs, with or without padding.
        Base64Url = "base64url",
    }
}

named! {
    /// The digest that an HMAC is built on.
    pub(crate) enum Digest {
        /// SHA-1, which is still sound inside an HMAC.
        Sha1 = "sha1",
        /// SHA-256.
        Sha256 = "sha256",
        /// SHA-512.
        Sha512 = "sha512",
    }
}

/// How a signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// HMAC, with a key that both sides have.
    Hmac(Digest),
    /// Ed25519, with a public key of 32 octets.
    Ed25519,
    /// ECDSA on P-256 with SHA-256, the signature in DER.
    EcdsaP256,
}

impl Algorithm {
    /// The name for a person.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Hmac(Digest::Sha1) => "HMAC-SHA1",
            Self::Hmac(Digest::Sha256) => "HMAC-SHA256",
            Self::Hmac(Digest::Sha512) => "HMAC-SHA512",
            Self::Ed25519 => "Ed25519",
            Self::EcdsaP256 => "ECDSA P-256",
        }
    }

    /// How long a signature is, unless that varies.
    pub(crate) const fn signature_bytes(self) -> Option<usize> {
        match self {
            Self::Hmac(Digest::Sha1) => Some(20),
            Self::Hmac(Digest::Sha256) => Some(32),
            Self::Hmac(Digest::Sha512) | Self::Ed25519 => Some(64),
            Self::EcdsaP256 => None,
        }
    }
}

named! {
    /// How a secret becomes a key.
    pub(crate) enum KeyForm {
        /// The secret's own octets.
        Verbatim = "verbatim",
        /// What the secret decodes to from Base64, after `whsec_` if it starts so.
        WhsecBase64 = "whsec",
        /// What the secret decodes to from Base64.
        Base64 = "base64",
        /// What the secret decodes to from hexadecimal.
        Hex = "hex",
        /// The SHA-1 of the secret.
        Sha1 = "sha1",
        /// What the public key decodes to from Base64 after `whpk_`.
        WhpkBase64 = "whpk",
        /// The point in a public key that is written as the Base64 of its DER.
        Spki = "spki",
    }
}

/// Where the time of sending is, and in what unit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time<'a> {
    /// Where.
    pub(crate) place: TimePlace<'a>,
    /// In what unit.
    pub(crate) unit: TimeUnit,
}

impl<'a> Time<'a> {
    /// In a header of its own.
    pub(crate) const fn header(name: &'a str, unit: TimeUnit) -> Self {
        Self { place: TimePlace::Header(name), unit }
    }

    /// In the signature header, under this key.
    pub(crate) const fn field(key: &'a str, unit: TimeUnit) -> Self {
        Self { place: TimePlace::Field(key), unit }
    }

    /// In the body.
    pub(crate) const fn body(pointer: &'a str, unit: TimeUnit) -> Self {
        Self { place: TimePlace::Body(pointer), unit }
    }
}

/// Where the time of sending is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TimePlace<'a> {
    /// In the signature header, under this key. Only with [`Format::Fields`].
    Field(&'a str),
    /// In a header of its own.
    Header(&'a str),
    /// In the JSON body, by JSON pointer.
    Body(&'a str),
}

named! {
    /// How a time is written.
    pub(crate) enum TimeUnit {
        /// Unix seconds.
        Seconds = "s",
        /// Unix milliseconds.
        Milliseconds = "ms",
        /// Unix seconds or milliseconds, whichever its length says: for providers that send both.
        SecondsOrMilliseconds = "s_or_ms",
        /// As RFC 3339 has it.
        Rfc3339 = "rfc3339",
    }
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
    /// A scalar of the JSON body, by JSON pointer.
    Pointer(&'a str),
    /// The method.
    Method,
    /// The public URL.
    Url,
    /// The public URL with the escapes undone that HubSpot undoes.
    UrlUnescaped,
    /// The body.
    Body,
}

/// What a request says about its event. Ids and types count only after verification.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventPlaces<'a> {
    /// The provider's id of it.
    pub(crate) id: Option<Place<'a>>,
    /// Its type.
    pub(crate) kind: Option<Place<'a>>,
    /// The events of a body that is a list of them.
    pub(crate) items: Option<Items<'a>>,
    /// A signed text that is another in each request, of a provider that does not sign the body: whoever has seen one
    /// request could otherwise send any other body with it.
    pub(crate) nonce: Option<Place<'a>>,
}

impl<'a> EventPlaces<'a> {
    /// The request says nothing.
    pub(crate) const NONE: Self = Self { id: None, kind: None, items: None, nonce: None };

    /// Both at these places.
    pub(crate) const fn at(id: Place<'a>, kind: Place<'a>) -> Self {
        Self { id: Some(id), kind: Some(kind), ..Self::NONE }
    }

    /// Only the type is known: the provider has no stable id.
    pub(crate) const fn kind_at(kind: Place<'a>) -> Self {
        Self { kind: Some(kind), ..Self::NONE }
    }

    /// The body has a list of events.
    pub(crate) const fn items(items: Items<'a>) -> Self {
        Self { items: Some(items), ..Self::NONE }
    }

    /// And a nonce there.
    pub(crate) const fn with_nonce(self, nonce: Place<'a>) -> Self {
        Self { nonce: Some(nonce), ..self }
    }
}

/// A list of events in a body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Items<'a> {
    /// JSON pointers to the list: the first one that leads to a list counts.
    pub(crate) lists: &'a [&'a str],
    /// The id of one, with pointers that start at the item.
    pub(crate) id: Option<Place<'a>>,
    /// The type of one, likewise.
    pub(crate) kind: Option<Place<'a>>,
}

/// Where something about the event is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    /// In a header.
    Header(&'a str),
    /// In the JSON body, by JSON pointer.
    Body(&'a str),
    /// In the form body.
    Form(&'a str),
    /// Always this.
    Fixed(&'static str),
    /// The first key of the JSON body that is none of these.
    KeyOtherThan(&'static [&'static str]),
    /// All of these, joined by a separator.
    Joined(&'a [Place<'a>], &'static str),
    /// The first of these that is there.
    FirstOf(&'a [Place<'a>]),
    /// Where only a function finds it.
    Found(fn(&Inbound<'_>) -> Option<String>),
}
