//! Signatures that stand in the body they sign a part of.

use crate::bespoke::adyen::ADYEN;
use crate::bespoke::braintree::BRAINTREE;
use crate::handshake::HandshakeKind;
use crate::provider::{Category, Method, PLAIN, ProviderField, ProviderRow, SecretSpec};
use crate::scheme::{EventPlaces, HEX, Part, Place, Scheme, SignaturePlace, Time, TimeUnit};

const MAILGUN: Scheme<'static> = Scheme {
    signature: SignaturePlace::Body("/signature/signature"),
    time: Some(Time::body("/signature/timestamp", TimeUnit::Seconds)),
    signed: &[Part::Timestamp, Part::Pointer("/signature/token")],
    event: EventPlaces::at(Place::Body("/event-data/id"), Place::Body("/event-data/event"))
        .with_nonce(Place::Body("/signature/token")),
    ..HEX
};

pub(super) const ROWS: &[ProviderRow] = &[
    ProviderRow {
        name: "adyen",
        display_name: "Adyen",
        category: Category::Payments,
        docs_url: "https://docs.adyen.com/development-resources/webhooks/verify-hmac-signatures/",
        checked: &[
            "npm @adyen/api-library",
            "https://docs.adyen.com/development-resources/webhooks/handle-webhook-events",
        ],
        setup: "In the Customer Area under Developers, Webhooks, create a standard webhook with the URL and the format JSON. Under Security, generate an HMAC key and copy it before saving. Use a webhook of its own for each merchant account if their keys differ.",
        secret: SecretSpec::signing("HMAC key", "64 hexadecimal digits.").not(&["AQ"]),
        method: Method::Bespoke(ADYEN),
        ..PLAIN
    },
    ProviderRow {
        name: "braintree",
        display_name: "Braintree",
        aliases: &["PayPal"],
        category: Category::Payments,
        docs_url: "https://developer.paypal.com/braintree/docs/guides/webhooks/overview",
        checked: &["npm braintree"],
        setup: "In the Control Panel under API, Keys, copy the public and the private key. Save them here first. Then create a webhook under API, Webhooks, with the URL: Braintree asks it at once, which is answered by itself.",
        secret: SecretSpec::signing("Private key", "Beside the public key, under API, Keys."),
        fields: &[
            ProviderField::text("public_key", "Public key", "Beside the private key, under API, Keys.").required()
        ],
        method: Method::Bespoke(BRAINTREE),
        handshake: Some(HandshakeKind::Braintree),
        specimen: Some(
            "<notification><kind>hookreel_sample</kind><subject>This is a sample, {id}.</subject></notification>",
        ),
        ..PLAIN
    },
    ProviderRow {
        name: "mailgun",
        display_name: "Mailgun",
        category: Category::Messaging,
        docs_url: "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
        checked: &[
            "PyPI mailgun",
            "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
        ],
        setup: "Under Send, Sending, Webhooks, add the URL for each kind of event. The secret is the HTTP webhook signing key, under API Security. Mailgun signs a time and a token but not what it reports, so its messages are shown as authenticated.",
        secret: SecretSpec::signing("HTTP webhook signing key", "Under API Security.").not(&["key-", "pubkey-"]),
        // Of a subaccount's events, the primary account signs too.
        method: Method::Rows(&[
            MAILGUN,
            Scheme { signature: SignaturePlace::Body("/signature/parent-signature"), ..MAILGUN },
        ]),
        ..PLAIN
    },
];
