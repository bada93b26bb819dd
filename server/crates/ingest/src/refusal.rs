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
    /// Nothing in the header is what any of the source's secrets makes of the request.
    #[error("no signature matches: the secret is not the sender's, or the request was changed on its way")]
    SignatureMismatch,
    /// Genuine, but sent too long ago: it may be a replay of somebody else's.
    #[error("the request was signed {age_seconds} s ago, more than the {tolerance_seconds} s allowed")]
    StaleTimestamp {
        /// How long ago.
        age_seconds: i64,
        /// How long ago it may be.
        tolerance_seconds: u32,
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
            Self::SignatureMismatch => "signature_mismatch",
            Self::StaleTimestamp { .. } => "stale_timestamp",
            Self::FutureTimestamp { .. } => "future_timestamp",
        }
    }
}
