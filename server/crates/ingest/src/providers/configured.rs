//! Whoever is not in the list: the source brings the row.

use crate::provider::{Category, Freedom, Method, PLAIN, ProviderRow};

pub(super) const ROWS: &[ProviderRow] = &[
    ProviderRow {
        name: "generic_hmac",
        display_name: "Generic HMAC-SHA256",
        category: Category::Generic,
        setup: "Give the sender this source's URL and a secret. Enter the same secret here, with the name of the header that carries the HMAC-SHA256 of the body, and how the signature is written in it.",
        method: Method::Configured(Freedom::Header),
        ..PLAIN
    },
    ProviderRow {
        name: "custom",
        display_name: "Custom",
        category: Category::Generic,
        setup: "Look up in the sender's documentation what it signs and where it writes time and signature. Enter that here, with the secret, and let it send a test.",
        method: Method::Configured(Freedom::Whole),
        ..PLAIN
    },
];
