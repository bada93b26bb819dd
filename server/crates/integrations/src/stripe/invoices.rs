//! Invoices, as they come with subscriptions. Source: <https://docs.stripe.com/api/invoices>.

use serde::{Deserialize, Deserializer};

/// An invoice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Invoice {
    /// Names it. One that is only a preview has none.
    #[serde(default)]
    pub id: Option<String>,
    /// How it stands; a draft may have no status yet.
    #[serde(default)]
    pub status: Option<InvoiceStatus>,
    /// What is to be paid, in the currency's smallest unit.
    pub amount_due: i64,
    /// `eur`.
    pub currency: String,
    /// How often Stripe tried to have it paid.
    #[serde(default)]
    pub attempt_count: u32,
}

/// How an invoice stands. Source: <https://docs.stripe.com/invoicing/overview#invoice-statuses>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceStatus {
    /// It may still be changed.
    Draft,
    /// It is to be paid.
    Open,
    /// It is paid.
    Paid,
    /// Nobody expects it to be paid any more.
    Uncollectible,
    /// It was a mistake.
    Void,
    /// A status that is newer than this program.
    #[serde(other)]
    Unknown,
}

/// For serde: the invoice where it was asked for, nothing where only its id came.
pub(super) fn expanded<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Invoice>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Expandable {
        Invoice(Invoice),
        Id(#[expect(dead_code, reason = "only its shape matters")] String),
    }
    Ok(match Option::<Expandable>::deserialize(deserializer)? {
        Some(Expandable::Invoice(invoice)) => Some(invoice),
        Some(Expandable::Id(_)) | None => None,
    })
}
