//! Why an attempt failed: a closed list, shown to people and stored with the attempt.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)+) => {
        /// Why an attempt failed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum FailureReason {$(
            $(#[$doc])*
            #[serde(rename = $code)]
            $name,
        )+}

        impl FailureReason {
            /// Every reason there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stored name.
            pub const fn code(self) -> &'static str {
                match self {$(Self::$name => $code),+}
            }

            /// One sentence for a person.
            pub const fn explanation(self) -> &'static str {
                match self {$(Self::$name => $text),+}
            }
        }

        impl FromStr for FailureReason {
            type Err = UnknownFailureReason;
            fn from_str(text: &str) -> Result<Self, UnknownFailureReason> {
                match text {
                    $($code => Ok(Self::$name),)+
                    _ => Err(UnknownFailureReason),
                }
            }
        }
    };
}

/// The text names no [`FailureReason`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown failure reason")]
pub struct UnknownFailureReason;

impl FailureReason {
    /// Two or three words for a table.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Status => "Error status",
            Self::Redirect => "Redirect",
            Self::Gone => "Gone",
            Self::Timeout => "Timed out",
            Self::DnsLookupFailed => "DNS lookup failed",
            Self::ConnectionRefused => "Connection refused",
            Self::ConnectionReset => "Connection reset",
            Self::ConnectionFailed => "No connection",
            Self::TlsFailed => "TLS failed",
            Self::TargetForbidden => "Forbidden target",
            Self::InvalidResponse => "Invalid answer",
            Self::Internal => "Internal error",
        }
    }
}

reasons! {
    /// A status outside 2xx and 3xx.
    Status = "status", "The endpoint answered with an error status.";
    /// A 3xx status: redirects are never followed.
    Redirect = "redirect", "The endpoint answered with a redirect. Redirects are not followed: configure the final URL.";
    /// 410: the endpoint is gone, and is disabled.
    Gone = "gone", "The endpoint answered 410 Gone, so it was disabled.";
    /// The deadline of the whole attempt ran out.
    Timeout = "timeout", "The endpoint did not finish its answer before the deadline.";
    /// The host name could not be resolved.
    DnsLookupFailed = "dns_lookup_failed", "The host name could not be resolved.";
    /// Nothing listens there.
    ConnectionRefused = "connection_refused", "The endpoint refused the connection.";
    /// The connection broke before the answer was complete.
    ConnectionReset = "connection_reset", "The connection broke before the answer was complete.";
    /// The connection could not be made for another reason.
    ConnectionFailed = "connection_failed", "The connection to the endpoint could not be made.";
    /// TLS could not be agreed on, or the certificate does not hold.
    TlsFailed = "tls_failed", "The TLS handshake failed: check the endpoint's certificate.";
    /// The address is private, or otherwise not allowed.
    TargetForbidden = "target_forbidden", "The URL leads to an address that Hookreel does not send to.";
    /// What came back is not HTTP.
    InvalidResponse = "invalid_response", "The endpoint's answer was not valid HTTP.";
    /// The attempt ended without a known outcome, for a reason on our side.
    Internal = "internal", "Hookreel could not complete the attempt. It is retried.";
}

impl fmt::Display for FailureReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip() {
        for reason in FailureReason::ALL {
            assert_eq!(reason.code().parse(), Ok(*reason));
        }
    }
}
