//! An HMAC of the body alone, in hexadecimal.

use crate::events::meta_id;
use crate::handshake::HandshakeKind;
use crate::provider::{Category, Method, PLAIN, ProviderField, ProviderRow, SecretSpec};
use crate::scheme::{Algorithm, Digest, EventPlaces, Format, HEX, Items, Place, Scheme, SignaturePlace};

/// The row of those who took the header from WebSub.
const HUB: Scheme<'static> =
    Scheme { signature: SignaturePlace::Header("X-Hub-Signature"), format: Format::Prefixed("sha256="), ..HEX };

pub(super) const ROWS: &[ProviderRow] = &[
    ProviderRow {
        name: "github",
        display_name: "GitHub",
        category: Category::Code,
        docs_url: "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
        checked: &["npm @octokit/webhooks-methods"],
        setup: "In the settings of the repository, organization or app, open Webhooks and add one with the URL. Choose application/json as the content type. Enter a long random text as the secret, and the same text here.",
        secret: SecretSpec::signing("Secret", "The text entered in the webhook's settings.").not(&[
            "ghp_",
            "gho_",
            "ghs_",
            "ghu_",
            "github_pat_",
        ]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("X-Hub-Signature-256"),
            format: Format::Prefixed("sha256="),
            // The header alone, `pull_request`, and not `pull_request.opened` with the body's `action`: endpoints
            // are filtered by this, and a joined type would take from each what it has been getting.
            event: EventPlaces::at(Place::Header("X-GitHub-Delivery"), Place::Header("X-GitHub-Event")),
            ..HEX
        }]),
        handshake: Some(HandshakeKind::Github),
        ..PLAIN
    },
    ProviderRow {
        name: "intercom",
        display_name: "Intercom",
        category: Category::Customers,
        docs_url: "https://developers.intercom.com/docs/references/webhooks/webhook-models",
        checked: &["https://developers.intercom.com/docs/webhooks/webhook-notifications"],
        setup: "Open the app in Intercom's Developer Hub and paste the URL under Webhooks. Choose the topics. The secret is the app's client secret, under Basic information.",
        secret: SecretSpec::signing("Client secret", "Of the app, under Basic information."),
        method: Method::Rows(&[Scheme {
            format: Format::Prefixed("sha1="),
            algorithm: Algorithm::Hmac(Digest::Sha1),
            event: EventPlaces::at(Place::Body("/id"), Place::Body("/topic")),
            ..HUB
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "pagerduty",
        display_name: "PagerDuty",
        category: Category::Code,
        docs_url: "https://developer.pagerduty.com/docs/verifying-webhook-signatures",
        checked: &[
            "https://github.com/PagerDuty/developer-docs/blob/main/docs/webhooks/04-Signatures.md",
            "https://github.com/PagerDuty/developer-docs/blob/main/docs/webhooks/01-Overview.md",
        ],
        setup: "Under Integrations, Generic Webhooks (v3), add a webhook with the URL. Choose its scope and its events. The secret is shown once, when the webhook is created.",
        secret: SecretSpec::signing("Secret", "Shown when the webhook is created."),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("X-PagerDuty-Signature"),
            // Several while secrets are exchanged.
            format: Format::Fields { key: "v1", separator: ',' },
            event: EventPlaces::at(Place::Body("/event/id"), Place::Body("/event/event_type")),
            ..HEX
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "meta",
        display_name: "Meta (Facebook, Instagram, WhatsApp)",
        aliases: &["Messenger"],
        category: Category::Chat,
        docs_url: "https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
        checked: &[
            "npm whatsapp",
            "https://developers.facebook.com/docs/graph-api/webhooks/",
            "https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/create-webhook-endpoint",
        ],
        setup: "Save the app secret here, with a verify token of your choice. Then add the product Webhooks to the app in Meta's dashboard, and enter the URL and the same verify token: Meta asks the URL at once, which is answered by itself. Subscribe to the fields you need.",
        secret: SecretSpec::signing("App secret", "32 hexadecimal digits, under App settings, Basic."),
        fields: &[ProviderField::text(
            "verify_token",
            "Verify token",
            "A text of your choice, the same as in Meta's dashboard.",
        )
        .required()],
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("X-Hub-Signature-256"),
            event: EventPlaces::at(
                Place::Found(meta_id),
                Place::FirstOf(&[
                    Place::Joined(&[Place::Body("/object"), Place::Body("/entry/0/changes/0/field")], "."),
                    Place::Body("/object"),
                ]),
            ),
            ..HUB
        }]),
        handshake: Some(HandshakeKind::Meta),
        specimen: Some(
            r#"{"object":"whatsapp_business_account","entry":[{"id":"0","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","messages":[{"id":"{id}","type":"text","text":{"body":"This is a sample."}}]}}]}]}"#,
        ),
        ..PLAIN
    },
    ProviderRow {
        name: "dropbox",
        display_name: "Dropbox",
        category: Category::Work,
        docs_url: "https://www.dropbox.com/developers/reference/webhooks",
        checked: &["https://github.com/dropbox/mdwebhook/blob/master/app.py"],
        setup: "Open the app in the Dropbox App Console and copy its app secret. Save it here first. Then paste the URL under Webhooks: Dropbox asks it at once, which is answered by itself.",
        secret: SecretSpec::signing("App secret", "On the app's page in the App Console.").not(&["sl."]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("X-Dropbox-Signature"),
            // Only says whose files have changed, in the same words each time.
            event: EventPlaces::kind_at(Place::Fixed("accounts.changed")),
            ..HEX
        }]),
        handshake: Some(HandshakeKind::Challenge),
        ..PLAIN
    },
    ProviderRow {
        name: "bitbucket",
        display_name: "Bitbucket Cloud",
        aliases: &["Atlassian"],
        category: Category::Code,
        docs_url: "https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/",
        setup: "In the repository's settings under Webhooks, add one with the URL. Enter or generate a secret there, and the same text here. Choose the triggers.",
        secret: SecretSpec::signing("Secret", "The text entered in the webhook's settings."),
        method: Method::Rows(&[Scheme {
            event: EventPlaces::at(Place::Header("X-Request-UUID"), Place::Header("X-Event-Key")),
            ..HUB
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "jira",
        display_name: "Jira",
        aliases: &["Atlassian"],
        category: Category::Work,
        docs_url: "https://developer.atlassian.com/cloud/jira/platform/webhooks/",
        checked: &["https://developer.atlassian.com/cloud/jira/platform/webhooks/"],
        setup: "As an administrator, open System, WebHooks, and create one with the URL. Generate or enter a secret there, and the same text here. Choose the events.",
        secret: SecretSpec::signing("Secret", "The text entered in the webhook's settings.").not(&["ATATT"]),
        method: Method::Rows(&[Scheme {
            event: EventPlaces::at(Place::Header("X-Atlassian-Webhook-Identifier"), Place::Body("/webhookEvent")),
            ..HUB
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "notion",
        display_name: "Notion",
        category: Category::Work,
        docs_url: "https://developers.notion.com/reference/webhooks",
        checked: &["npm @notionhq/client"],
        setup: "Open the integration at notion.so and create a webhook subscription with the URL. Notion sends a verification_token to it, which is kept here as a quarantined message. Enter that token at Notion to verify, and as the secret here.",
        secret: SecretSpec::signing("Verification token", "Starts with secret_; Notion sent it to the URL.")
            .not(&["ntn_"]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("X-Notion-Signature"),
            event: EventPlaces::at(Place::Body("/id"), Place::Body("/type")),
            ..HUB
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "vercel",
        display_name: "Vercel",
        category: Category::Code,
        docs_url: "https://vercel.com/docs/webhooks/webhooks-api",
        checked: &["https://vercel.com/docs/webhooks/webhooks-api"],
        setup: "In the team's settings under Webhooks, create one with the URL and choose its events. The secret is shown once, when the webhook is created. An integration's webhooks are signed with the integration's client secret.",
        secret: SecretSpec::signing("Secret", "Shown when the webhook is created."),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("x-vercel-signature"),
            algorithm: Algorithm::Hmac(Digest::Sha1),
            event: EventPlaces::at(Place::Body("/id"), Place::Body("/type")),
            ..HEX
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "razorpay",
        display_name: "Razorpay",
        category: Category::Payments,
        docs_url: "https://razorpay.com/docs/webhooks/validate-test/",
        checked: &["npm razorpay"],
        setup: "In Razorpay's dashboard under Account & Settings, Webhooks, add one with the URL. Enter a secret of your choice there, and the same text here. Choose the active events.",
        secret: SecretSpec::signing("Secret", "The text entered in the webhook's settings.")
            .not(&["rzp_live_", "rzp_test_"]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("X-Razorpay-Signature"),
            event: EventPlaces::at(Place::Header("X-Razorpay-Event-Id"), Place::Body("/event")),
            ..HEX
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "paystack",
        display_name: "Paystack",
        category: Category::Payments,
        docs_url: "https://paystack.com/docs/payments/webhooks/",
        checked: &[
            "https://github.com/PaystackOSS/doc-code-snippets/blob/main/doc/payments/webhooks/verifying-transactions.js",
            "https://github.com/PaystackOSS/doc-code-snippets/blob/main/doc/identity/validate-customer/webhook.js",
        ],
        setup: "In Paystack's dashboard under Settings, API Keys & Webhooks, paste the URL as the webhook URL. The secret is the secret key of the same page, for test or live.",
        secret: SecretSpec::signing("Secret key", "Starts with sk_live_ or sk_test_.").not(&["pk_"]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("x-paystack-signature"),
            algorithm: Algorithm::Hmac(Digest::Sha512),
            event: EventPlaces::kind_at(Place::Body("/event")),
            ..HEX
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "gocardless",
        display_name: "GoCardless",
        category: Category::Payments,
        docs_url: "https://developer.gocardless.com/getting-started/staying-up-to-date-with-webhooks/",
        checked: &["npm gocardless-nodejs"],
        setup: "In GoCardless's dashboard under Developers, create a webhook endpoint with the URL. Enter a secret or take the one that is offered, and the same text here.",
        secret: SecretSpec::signing("Webhook endpoint secret", "Shown on the endpoint's page.")
            .not(&["live_", "sandbox_"]),
        method: Method::Rows(&[Scheme {
            // Standard Webhooks has a header of this name too, in another form.
            signature: SignaturePlace::Header("Webhook-Signature"),
            event: EventPlaces::items(Items {
                lists: &["/events"],
                id: Some(Place::Body("/id")),
                kind: Some(Place::Joined(&[Place::Body("/resource_type"), Place::Body("/action")], ".")),
            }),
            ..HEX
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "sentry",
        display_name: "Sentry",
        category: Category::Code,
        docs_url: "https://docs.sentry.io/organization/integrations/integration-platform/webhooks/",
        checked: &[
            "https://docs.sentry.io/integrations/integration-platform/webhooks/",
            "https://docs.sentry.io/integrations/integration-platform/webhooks/installation/",
        ],
        setup: "In the organization's settings under Custom Integrations, create an internal integration with the URL as its webhook URL. Choose the resources. The secret is the integration's client secret.",
        secret: SecretSpec::signing("Client secret", "Of the integration, under Credentials.")
            .not(&["sntrys_", "sntryu_"]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("Sentry-Hook-Signature"),
            event: EventPlaces::at(
                Place::Header("Request-ID"),
                Place::FirstOf(&[
                    Place::Joined(&[Place::Header("Sentry-Hook-Resource"), Place::Body("/action")], "."),
                    Place::Header("Sentry-Hook-Resource"),
                ]),
            ),
            ..HEX
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "asana",
        display_name: "Asana",
        category: Category::Work,
        docs_url: "https://developers.asana.com/docs/webhooks-guide",
        checked: &[
            "https://github.com/Asana/devrel-examples/blob/master/python/webhooks/webhook_inspector.py",
            "https://github.com/Asana/node-asana/blob/master/docs/EventResponse.md",
        ],
        setup: "Save the source without a secret. Then create the webhook through Asana's API with the URL as its target: Asana sends the secret along, and it is stored and confirmed by itself. One source takes one webhook, because each has a secret of its own.",
        secret: SecretSpec {
            comes_by_handshake: true,
            ..SecretSpec::signing("Hook secret", "Leave empty: Asana sends it when the webhook is created.")
        },
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("X-Hook-Signature"),
            event: EventPlaces::items(Items {
                lists: &["/events"],
                id: None,
                kind: Some(Place::FirstOf(&[
                    Place::Joined(&[Place::Body("/resource/resource_type"), Place::Body("/action")], "."),
                    Place::Body("/action"),
                ])),
            }),
            ..HEX
        }]),
        handshake: Some(HandshakeKind::Asana),
        ..PLAIN
    },
];
