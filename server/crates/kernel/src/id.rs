//! Identifiers: a UUIDv7 shown as a TypeID (`ep_01h…`): a prefix, an underscore, and 26 characters of
//! Crockford base32. Time-ordered, so that a range of ids is a range of time.
//!
//! Source: the TypeID specification 0.3 (<https://github.com/jetify-com/typeid>), RFC 9562 for UUIDv7.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const SUFFIX_CHARS: usize = 26;

/// Why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id that starts with `{expected}_` followed by 26 characters")]
pub struct IdError {
    /// The prefix the id should have had, without the underscore.
    pub expected: &'static str,
}

fn encode(id: Uuid) -> [u8; SUFFIX_CHARS] {
    let mut rest = id.as_u128();
    let mut out = [0_u8; SUFFIX_CHARS];
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    out
}

fn decode(suffix: &str) -> Option<Uuid> {
    let bytes = suffix.as_bytes();
    // The first character carries only 3 bits: above `7` the value would not fit into 128 bits.
    if bytes.len() != SUFFIX_CHARS || bytes[0] > b'7' {
        return None;
    }
    let mut value: u128 = 0;
    for byte in bytes {
        let digit = ALPHABET.iter().position(|letter| letter == byte)?;
        value = (value << 5) | digit as u128;
    }
    Some(Uuid::from_u128(value))
}

/// Milliseconds since 1970 that a UUIDv7 carries.
pub fn unix_ms_of(id: Uuid) -> u64 {
    (id.as_u128() >> 80) as u64
}

/// The smallest UUIDv7 of a millisecond: a lower bound for "ids made at or after this time".
pub fn lowest_at(unix_ms: u64) -> Uuid {
    Uuid::from_u128((u128::from(unix_ms) << 80) | (0x7 << 76) | (0b10 << 62))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What the textual form starts with, without the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new id of this moment.
            #[cfg(not(target_arch = "wasm32"))]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// Wraps a stored UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The stored form.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let suffix = encode(self.0);
                f.write_str(concat!($prefix, "_"))?;
                f.write_str(std::str::from_utf8(&suffix).unwrap_or_default())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(decode)
                    .map(Self)
                    .ok_or(IdError { expected: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "pattern": concat!("^", $prefix, "_[0-7][0-9a-hjkmnp-tv-z]{25}$"),
                })
            }
        }
    )+};
}

ids! {
    /// Who signed up; the isolation boundary.
    TenantId = "tnt";
    /// A group of endpoints of one tenant.
    ApplicationId = "app";
    /// A person who belongs to a tenant.
    MemberId = "mbr";
    /// One sign-in of a member.
    SessionId = "ses";
    /// A browser that a member has signed in from.
    BrowserId = "brw";
    /// An invitation to join a tenant.
    InvitationId = "inv";
    /// A bearer key of the REST API.
    ApiKeyId = "key";
    /// Where webhooks of a provider come in.
    SourceId = "src";
    /// A repository's webhook that sends to a source.
    ConnectionId = "conn";
    /// What a provider failed to deliver, asked for again.
    RecoveryId = "rcv";
    /// Where messages are sent.
    EndpointId = "ep";
    /// One payload accepted once.
    MessageId = "msg";
    /// One message on its way to one endpoint.
    DeliveryId = "dlv";
    /// One HTTP try of a delivery.
    AttemptId = "atmpt";
    /// History sent again on purpose.
    ReplayId = "rpl";
    /// What providers asked one source in one month.
    HandshakesId = "hsk";
    /// One mail to one person.
    MailId = "mail";
    /// What one tenant pays for and uses.
    BillingId = "bil";
    /// One time at which old history was removed.
    RetentionId = "ret";
    /// One fact in the event store.
    EventId = "evt";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_specifications_example_round_trips() {
        // From the TypeID specification's valid.json.
        let id: TenantId = "tnt_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        assert_eq!(id.uuid().to_string(), "01890a5d-ac96-774b-bcce-b302099a8057");
        assert_eq!(id.to_string(), "tnt_01h455vb4pex5vsknk084sn02q");
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let endpoint = EndpointId::generate().to_string();
        assert_eq!(endpoint.parse::<MessageId>(), Err(IdError { expected: "msg" }));
    }

    #[test]
    fn ids_that_do_not_fit_into_128_bits_are_refused() {
        assert!("ep_8zzzzzzzzzzzzzzzzzzzzzzzzz".parse::<EndpointId>().is_err());
        assert!("ep_01h455vb4pex5vsknk084sn02Q".parse::<EndpointId>().is_err());
    }

    proptest! {
        #[test]
        fn every_uuid_round_trips(bits: u128) {
            let id = EndpointId::from_uuid(Uuid::from_u128(bits));
            prop_assert_eq!(id.to_string().parse::<EndpointId>().unwrap(), id);
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,40}") {
            let _ = text.parse::<EndpointId>();
        }
    }

    #[test]
    fn the_lowest_id_of_a_millisecond_carries_it() {
        assert_eq!(unix_ms_of(lowest_at(1_700_000_000_123)), 1_700_000_000_123);
    }
}
