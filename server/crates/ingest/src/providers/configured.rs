//! Whoever is not in the list: the source brings the row.

use crate::provider::{Category, Freedom, Method, PLAIN, ProviderRow};

pub(super) const ROWS: &[ProviderRow] = &[
    ProviderRow {
        name: "generic_hmac",
        display_name: "Generic HMAC-SHA256",
        category: Category::Generic,
        setup: "For a sender that puts an HMAC-SHA256 of the body into a header. Give it the URL and a secret. Enter the same secret here, the header's name, and how the signature is written in it.",
        method: Method::Configured(Freedom::Header),
        ..PLAIN
    },
    ProviderRow {
        name: "custom",
        display_name: "Custom",
        category: Category::Generic,
        setup: "For a sender that signs in a way of its own. Look up in its documentation what it signs and where it writes time and signature. Enter that here, with the secret, and let it send a test.",
        method: Method::Configured(Freedom::Whole),
        ..PLAIN
    },
];
