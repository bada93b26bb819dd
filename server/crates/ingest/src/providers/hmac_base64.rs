//! An HMAC of the body alone, in Base64.

use crate::handshake::{HandshakeKind, is_crc_token};
use crate::provider::{Category, Method, PLAIN, ProviderRow, SecretSpec};
use crate::scheme::{BASE64, EventPlaces, Format, Items, Place, Scheme, SignaturePlace};

pub(super) const ROWS: &[ProviderRow] = &[
    ProviderRow {
        name: "shopify",
        display_name: "Shopify",
        category: Category::Commerce,
        docs_url: "https://shopify.dev/docs/apps/build/webhooks/verify-deliveries",
        checked: &["npm @shopify/shopify-api", "https://shopify.dev/docs/apps/build/webhooks/verify-deliveries"],
        setup: "For an app, declare the URL as a subscription; the secret is the app's client secret. For one shop, open Settings, Notifications, Webhooks, create one in the format JSON, and copy the secret from the end of that page.",
        secret: SecretSpec::signing("Client secret", "Of the app, or from the shop's page of webhooks.")
            .not(&["shpat_", "shpca_", "shppa_"]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("X-Shopify-Hmac-Sha256"),
            // One action of a merchant has one event id in several webhooks; this is each webhook's own.
            event: EventPlaces::at(Place::Header("X-Shopify-Webhook-Id"), Place::Header("X-Shopify-Topic")),
            ..BASE64
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "typeform",
        display_name: "Typeform",
        category: Category::Work,
        docs_url: "https://www.typeform.com/developers/webhooks/secure-your-webhooks/",
        checked: &[
            "https://www.typeform.com/developers/webhooks/secure-your-webhooks/",
            "https://www.typeform.com/developers/webhooks/reference/create-or-update-webhook/",
        ],
        setup: "Open the form, then Connect, Webhooks, and add one with the URL. Edit it, enter a secret of your choice, and the same text here. Switch the webhook on.",
        secret: SecretSpec::signing("Secret", "The text entered in the webhook's settings.").not(&["tfp_"]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("Typeform-Signature"),
            format: Format::Prefixed("sha256="),
            // `event_id` may be the response's own token: what comes of a response that is not complete yet would
            // otherwise make a repetition of the complete one.
            event: EventPlaces::at(
                Place::Joined(&[Place::Body("/event_type"), Place::Body("/event_id")], ":"),
                Place::Body("/event_type"),
            ),
            ..BASE64
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "woocommerce",
        display_name: "WooCommerce",
        category: Category::Commerce,
        docs_url: "https://woocommerce.com/document/webhooks/",
        checked: &[
            "https://github.com/woocommerce/woocommerce/blob/trunk/plugins/woocommerce/includes/class-wc-webhook.php",
        ],
        setup: "Under WooCommerce, Settings, Advanced, Webhooks, add one with the URL and a topic. Enter a secret of your choice there, and the same text here. WooCommerce tries the URL when the webhook is saved, which is answered by itself.",
        secret: SecretSpec::signing("Secret", "The text entered in the webhook's settings.").not(&["ck_", "cs_"]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("X-WC-Webhook-Signature"),
            // `X-WC-Webhook-Delivery-ID` is made of the webhook and the second: whatever a webhook reports within
            // one second shares it. Nothing is sent again, so that no id is missed.
            event: EventPlaces::kind_at(Place::Header("X-WC-Webhook-Topic")),
            ..BASE64
        }]),
        handshake: Some(HandshakeKind::Woocommerce),
        ..PLAIN
    },
    ProviderRow {
        name: "xero",
        display_name: "Xero",
        category: Category::Payments,
        docs_url: "https://developer.xero.com/documentation/guides/webhooks/configuring-your-server/",
        checked: &[
            "https://developer.xero.com/documentation/webhooks/overview",
            "https://github.com/XeroAPI/Xero-OpenAPI/blob/master/xero-webhooks.yaml",
        ],
        setup: "Open the app at developer.xero.com, then Webhooks, and copy the webhooks key. Save it here first. Then paste the URL and start the check of intent to receive, which is answered by itself.",
        secret: SecretSpec::signing("Webhooks key", "On the app's page of webhooks."),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("x-xero-signature"),
            event: EventPlaces::items(Items {
                lists: &["/events"],
                id: Some(Place::Joined(&[Place::Body("/resourceId"), Place::Body("/eventDateUtc")], ":")),
                kind: Some(Place::Joined(&[Place::Body("/eventCategory"), Place::Body("/eventType")], ".")),
            }),
            ..BASE64
        }]),
        handshake: Some(HandshakeKind::Xero),
        ..PLAIN
    },
    ProviderRow {
        name: "x",
        display_name: "X",
        aliases: &["Twitter"],
        category: Category::Chat,
        docs_url: "https://docs.x.com/x-api/webhooks/introduction",
        checked: &["npm twitter-autohook", "https://docs.x.com/x-api/activity/event-payloads"],
        setup: "Open the app in X's developer console and copy its API key secret, also called consumer secret. Save it here first. Then register the URL through X's API: X asks it at once and again every day, which is answered by itself.",
        secret: SecretSpec::signing("Consumer secret", "The app's API key secret."),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("x-twitter-webhooks-signature"),
            format: Format::Prefixed("sha256="),
            // The Activity API says it; of the Account Activity API before it, the name of what is in the body. One
            // event may come by several subscriptions under one `event_uuid`.
            event: EventPlaces::kind_at(Place::FirstOf(&[
                Place::Body("/data/event_type"),
                Place::KeyOtherThan(&["for_user_id", "user_has_blocked"]),
            ])),
            handshake_body: Some(is_crc_token),
            ..BASE64
        }]),
        handshake: Some(HandshakeKind::X),
        ..PLAIN
    },
    ProviderRow {
        name: "docusign",
        display_name: "DocuSign",
        category: Category::Work,
        docs_url: "https://developers.docusign.com/platform/webhooks/connect/hmac/",
        checked: &["https://developers.docusign.com/platform/webhooks/connect/validate"],
        setup: "In DocuSign's settings under Connect, add a configuration with the URL and the format REST v2.1 (JSON). Under Connect Keys, add a secret key and copy it. Then switch on Include HMAC Signature in the configuration.",
        secret: SecretSpec::signing("Connect key", "Shown once, when the key is created."),
        method: Method::Rows(&[Scheme {
            // One for each of the account's keys.
            signature: SignaturePlace::NumberedHeaders("X-DocuSign-Signature-"),
            // Two recipients may complete the same envelope: only the time tells their events apart.
            event: EventPlaces::at(
                Place::Joined(
                    &[
                        Place::Body("/configurationId"),
                        Place::Body("/data/envelopeId"),
                        Place::Body("/event"),
                        Place::Body("/generatedDateTime"),
                    ],
                    ":",
                ),
                Place::Body("/event"),
            ),
            ..BASE64
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "quickbooks",
        display_name: "QuickBooks",
        aliases: &["Intuit"],
        category: Category::Payments,
        docs_url: "https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks",
        checked: &["https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks"],
        setup: "Open the app at developer.intuit.com, then Webhooks, for development or production. Paste the URL, choose the entities, and copy the verifier token.",
        secret: SecretSpec::signing("Verifier token", "On the app's page of webhooks."),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("intuit-signature"),
            event: EventPlaces::items(Items {
                // CloudEvents in a list, or the older notifications.
                lists: &["", "/eventNotifications/0/dataChangeEvent/entities"],
                // Of the older ones, `id` is the entity's own, and says nothing about the event.
                id: Some(Place::Joined(&[Place::Body("/source"), Place::Body("/id")], ":")),
                kind: Some(Place::FirstOf(&[
                    Place::Body("/type"),
                    Place::Joined(&[Place::Body("/name"), Place::Body("/operation")], "."),
                ])),
            }),
            ..BASE64
        }]),
        ..PLAIN
    },
];
