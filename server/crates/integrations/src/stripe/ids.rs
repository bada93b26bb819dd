//! The names that Stripe gives to things.

use serde::Deserialize;
use std::fmt;

/// The longest id, in octets. Source: <https://docs.stripe.com/upgrades>.
const ID_BYTES_MAX: usize = 255;

/// The text is no id of Stripe's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id of Stripe's has 1 to 255 visible ASCII characters")]
pub struct StripeIdError;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        ///
        /// Visible ASCII, 1 to 255 octets. Prefixes are not checked: accounts have ids that are older than those.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads an id.
            pub fn parse(text: &str) -> Result<Self, StripeIdError> {
                text.to_owned().try_into()
            }

            /// The id as Stripe writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = StripeIdError;
            fn try_from(text: String) -> Result<Self, StripeIdError> {
                let fits = (1..=ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
                if fits { Ok(Self(text)) } else { Err(StripeIdError) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// A customer: `cus_…`.
    CustomerId;
    /// A price: `price_…`.
    PriceId;
    /// A subscription: `sub_…`.
    SubscriptionId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_visible_ascii() {
        assert_eq!(CustomerId::parse("cus_1").unwrap().to_string(), "cus_1");
        for text in ["", "cus 1", "cus_\n", "cüs", &"c".repeat(256)] {
            assert_eq!(CustomerId::parse(text), Err(StripeIdError), "{text:?}");
        }
    }
}
