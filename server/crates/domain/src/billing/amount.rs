//! Amounts of money, as Stripe counts them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Currencies whose smallest unit is the whole. Source: <https://docs.stripe.com/currencies#zero-decimal>.
const WHOLE: [&str; 15] =
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];
/// Currencies of which a thousandth is the smallest unit. Source: <https://docs.stripe.com/currencies#three-decimal>.
const THOUSANDTHS: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

/// An amount. As text: `49.00 EUR`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Amount {
    /// In the currency's smallest unit.
    pub minor: i64,
    /// `eur`.
    pub currency: String,
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let currency = self.currency.to_uppercase();
        let sign = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        match currency.as_str() {
            whole if WHOLE.contains(&whole) => write!(f, "{sign}{minor} {currency}"),
            small if THOUSANDTHS.contains(&small) => {
                write!(f, "{sign}{}.{:03} {currency}", minor / 1000, minor % 1000)
            }
            _ => write!(f, "{sign}{}.{:02} {currency}", minor / 100, minor % 100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;

    #[test]
    fn amounts_are_written_in_whole_units() {
        let text = |minor, currency: &str| Amount { minor, currency: currency.to_owned() }.to_string();
        assert_eq!(text(4_900, "eur"), "49.00 EUR");
        assert_eq!(text(5, "usd"), "0.05 USD");
        assert_eq!(text(4_900, "jpy"), "4900 JPY");
        assert_eq!(text(4_900, "kwd"), "4.900 KWD");
        assert_eq!(text(-150, "usd"), "-1.50 USD");
    }
}
