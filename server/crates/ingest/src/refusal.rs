//! Why a received request is not believed.

/// Why a received request is refused. The text is one line for the sender and for the person who
/// looks at the quarantined message: it names no secret and repeats nothing that was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The source has no secret to verify with.
    #[error("the source has no secret to verify with")]
    NoSecret,
    /// None of the source's secrets is one that this provider can have issued.
    #[error("the source's secret is not one of this provider's")]
    UnusableSecret,
    /// A header that the provider always sends is not there.
    #[error("the header {header} is missing")]
    MissingHeader {
        /// Its name.
        header: String,
    },
    /// A header that decides was sent more than once, so that it does not.
    #[error("the header {header} was sent more than once")]
    RepeatedHeader {
        /// Its name.
        header: String,
    },
    /// A header is not written as the provider writes it.
    #[error("the header {header} is not of the form {expected}")]
    MalformedHeader {
        /// Its name.
        header: String,
        /// How it should read.
        expected: String,
    },
    /// The body does not carry what the provider always sends in it.
    #[error("the body is not what this provider sends: {expected}")]
    MalformedBody {
        /// What should be there.
        expected: &'static str,
    },
    /// What a token says about where it was meant to go, or about what, is not so.
    #[error("the request was signed for another receiver: {expected}")]
    OtherReceiver {
        /// What should have been so.
        expected: &'static str,
    },
    /// The key that the request was signed with is not one to fetch: its address is not the provider's.
    #[error("the request names a key that is not at the provider's address")]
    UntrustedKey,
    /// The provider's key could not be fetched.
    #[error("the provider's key is not at hand")]
    KeyNotFetched,
    /// What was fetched is not a key, or one that is no longer valid.
    #[error("the provider's key is unusable or expired")]
    UnusableKey,
    /// Nothing in the header is what any of the source's secrets makes of the request.
    #[error("no signature matches: the secret is not the sender's, or the request was changed on its way")]
    SignatureMismatch,
    /// The token is none of the source's secrets.
    #[error("the token is not the source's")]
    TokenMismatch,
    /// Genuine, but sent too long ago: it may be a replay of somebody else's.
    #[error("the request was signed {age_seconds} s ago, more than the {tolerance_seconds} s allowed")]
    StaleTimestamp {
        /// How long ago.
        age_seconds: i64,
        /// How long ago it may be.
        tolerance_seconds: u32,
    },
    /// Genuine, but no longer valid: the provider itself says until when it is.
    #[error("the request was valid until {expired_seconds_ago} s ago")]
    Expired {
        /// How long ago that was.
        expired_seconds_ago: i64,
    },
    /// Genuine, but from the future: one of the two clocks is wrong.
    #[error("the request was signed {ahead_seconds} s in the future, more than the {tolerance_seconds} s allowed")]
    FutureTimestamp {
        /// How far ahead.
        ahead_seconds: i64,
        /// How far ahead it may be.
        tolerance_seconds: u32,
    },
}

impl Refusal {
    /// The stable name of the refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSecret => "no_secret",
            Self::UnusableSecret => "unusable_secret",
            Self::MissingHeader { .. } => "missing_header",
            Self::RepeatedHeader { .. } => "repeated_header",
            Self::MalformedHeader { .. } => "malformed_header",
            Self::MalformedBody { .. } => "malformed_body",
            Self::OtherReceiver { .. } => "other_receiver",
            Self::UntrustedKey => "untrusted_key",
            Self::KeyNotFetched => "key_not_fetched",
            Self::UnusableKey => "unusable_key",
            Self::SignatureMismatch => "signature_mismatch",
            Self::TokenMismatch => "token_mismatch",
            Self::StaleTimestamp { .. } => "stale_timestamp",
            Self::Expired { .. } => "expired",
            Self::FutureTimestamp { .. } => "future_timestamp",
        }
    }

    pub(crate) fn malformed_header(header: &str, expected: impl Into<String>) -> Self {
        Self::MalformedHeader { header: header.to_owned(), expected: expected.into() }
    }

    /// How much it says, beside what other ways of signing say of the same request: of its form, of its signature, or
    /// of its time, which is only ever said of what is genuine.
    pub(crate) const fn weight(&self) -> u8 {
        match self {
            Self::StaleTimestamp { .. } | Self::FutureTimestamp { .. } => 2,
            Self::NoSecret | Self::SignatureMismatch | Self::TokenMismatch => 1,
            _ => 0,
        }
    }
}
