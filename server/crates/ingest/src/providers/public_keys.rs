//! Signatures that only the provider can make: the receiver has, or fetches, a public key.

use crate::bespoke::adobe_io::ADOBE_IO;
use crate::bespoke::amazon_sns::AMAZON_SNS;
use crate::bespoke::paypal::PAYPAL;
use crate::bespoke::plaid::PLAID;
use crate::handshake::HandshakeKind;
use crate::provider::{Category, FieldChoice, Method, PLAIN, ProviderField, ProviderRow, SecretKind, SecretSpec};
use crate::scheme::{
    Algorithm, BASE64, EventPlaces, HEX, Items, KeyForm, Part, Place, Scheme, SignaturePlace, Time, TimeUnit,
};

const fn required(name: &'static str, label: &'static str, hint: &'static str) -> ProviderField {
    ProviderField::text(name, label, hint).required()
}

/// How old a request may be, of a provider that may send again with the time of the first.
const fn age(hint: &'static str) -> ProviderField {
    ProviderField::text("tolerance_seconds", "Oldest request", hint)
}

pub(super) const ROWS: &[ProviderRow] = &[
    ProviderRow {
        name: "sendgrid",
        display_name: "SendGrid",
        aliases: &["Twilio"],
        category: Category::Messaging,
        docs_url: "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
        checked: &[
            "npm @sendgrid/eventwebhook",
            "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
        ],
        setup: "Under Settings, Mail Settings, Event Webhooks, create one with the URL and choose its events. Switch on Signed Event Webhook and save. Then copy the verification key, which is a public key.",
        secret: SecretSpec::of(SecretKind::PublicKey, "Verification key", "One line of Base64 that starts with MF.")
            .not(&["SG."]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("X-Twilio-Email-Event-Webhook-Signature"),
            algorithm: Algorithm::EcdsaP256,
            key: KeyForm::Spki,
            time: Some(Time::header("X-Twilio-Email-Event-Webhook-Timestamp", TimeUnit::Seconds)),
            signed: &[Part::Timestamp, Part::Body],
            event: EventPlaces::items(Items {
                lists: &[""],
                id: Some(Place::Body("/sg_event_id")),
                kind: Some(Place::Body("/event")),
            }),
            ..BASE64
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "discord",
        display_name: "Discord",
        category: Category::Chat,
        docs_url: "https://docs.discord.com/developers/events/webhook-events",
        checked: &["npm discord-interactions", "https://docs.discord.com/developers/events/webhook-events"],
        setup: "Open the application in Discord's Developer Portal and copy its public key. Save it here first. Then paste the URL under Webhooks, or as the interactions endpoint: Discord tries it at once with good and bad signatures, which is answered by itself.",
        secret: SecretSpec::of(
            SecretKind::PublicKey,
            "Public key",
            "64 hexadecimal digits, under General Information.",
        ),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("X-Signature-Ed25519"),
            algorithm: Algorithm::Ed25519,
            key: KeyForm::Hex,
            time: Some(Time::header("X-Signature-Timestamp", TimeUnit::Seconds)),
            signed: &[Part::Timestamp, Part::Body],
            event: EventPlaces::kind_at(Place::FirstOf(&[Place::Body("/event/type"), Place::Body("/type")])),
            ..HEX
        }]),
        handshake: Some(HandshakeKind::Discord),
        ..PLAIN
    },
    ProviderRow {
        name: "telnyx",
        display_name: "Telnyx",
        category: Category::Messaging,
        docs_url: "https://developers.telnyx.com/development/api-fundamentals/webhooks/receiving-webhooks",
        checked: &["npm telnyx"],
        setup: "Paste the URL as the webhook URL of a messaging profile or an application in Telnyx's portal. Then copy the public key from Keys & Credentials.",
        secret: SecretSpec::of(SecretKind::PublicKey, "Public key", "44 characters of Base64.").not(&["KEY"]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("telnyx-signature-ed25519"),
            algorithm: Algorithm::Ed25519,
            key: KeyForm::Base64,
            time: Some(Time::header("telnyx-timestamp", TimeUnit::Seconds)),
            signed: &[Part::Timestamp, Part::Literal("|"), Part::Body],
            event: EventPlaces::at(Place::Body("/data/id"), Place::Body("/data/event_type")),
            ..BASE64
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "paypal",
        display_name: "PayPal",
        category: Category::Payments,
        docs_url: "https://developer.paypal.com/api/rest/webhooks/rest/",
        checked: &["PyPI paypalrestsdk", "https://developer.paypal.com/api/rest/webhooks/rest"],
        setup: "Open the application in PayPal's developer dashboard and add a webhook with the URL and its events. Then copy the webhook's id, which is part of what is signed. There is no secret: PayPal's certificate is fetched when it is needed.",
        secret: SecretSpec::NONE,
        fields: &[
            required("webhook_id", "Webhook id", "17 letters and digits, in the list of webhooks."),
            age(
                "In seconds, 86400 at most. Empty: of any age, because PayPal tries for three days and may send again with the time of the first.",
            ),
        ],
        method: Method::Bespoke(PAYPAL),
        ..PLAIN
    },
    ProviderRow {
        name: "amazon_sns",
        display_name: "Amazon SNS",
        aliases: &["AWS", "SES", "Simple Notification Service", "Simple Email Service"],
        category: Category::Messaging,
        docs_url: "https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html",
        checked: &["npm sns-validator"],
        setup: "Save the topic's ARN here. Then create a subscription of the topic with the protocol HTTPS and the URL, without raw message delivery. Its confirmation is shown on the source's page: open the address there, or confirm in Amazon's console. There is no secret: Amazon's certificate is fetched when it is needed.",
        secret: SecretSpec::NONE,
        fields: &[
            required("topic_arn", "Topic ARN", "As in arn:aws:sns:us-east-1:123456789012:orders."),
            age(
                "In seconds, 86400 at most; SNS sends again for an hour, with the time of the first. Empty: of any age.",
            ),
        ],
        method: Method::Bespoke(AMAZON_SNS),
        handshake: Some(HandshakeKind::AmazonSns),
        ..PLAIN
    },
    ProviderRow {
        name: "plaid",
        display_name: "Plaid",
        category: Category::Payments,
        docs_url: "https://plaid.com/docs/api/webhooks/webhook-verification/",
        checked: &["npm jose", "https://plaid.com/docs/api/webhooks/webhook-verification/"],
        setup: "Give the URL as the webhook when a link token or an item is created. Enter the client id and the secret of the environment here: Plaid hands out the public keys only to its clients. They are in the dashboard under Developers, Keys.",
        secret: SecretSpec::signing("API secret", "Of the environment that sends."),
        fields: &[
            required("client_id", "Client id", "24 letters and digits."),
            ProviderField::choice(
                "environment",
                "Environment",
                "Which of Plaid's environments sends.",
                &[FieldChoice::new("production", "Production"), FieldChoice::new("sandbox", "Sandbox")],
            ),
        ],
        method: Method::Bespoke(PLAID),
        ..PLAIN
    },
    ProviderRow {
        name: "adobe_io",
        display_name: "Adobe I/O Events",
        category: Category::Work,
        docs_url: "https://developer.adobe.com/events/docs/guides/",
        checked: &["npm @adobe/aio-lib-events"],
        setup: "Save the client id of the project's credential here. Then register the URL as a webhook in the Adobe Developer Console: Adobe asks it at once, which is answered by itself. There is no secret: Adobe's public key is fetched when it is needed.",
        secret: SecretSpec::NONE,
        fields: &[required(
            "client_id",
            "Client id",
            "Of the project's credential; events name it as their recipient.",
        )],
        method: Method::Bespoke(ADOBE_IO),
        handshake: Some(HandshakeKind::Challenge),
        ..PLAIN
    },
];
