//! An HMAC over the time of sending and the body, so that a request cannot be sent again later.

use crate::events::{slack_form_id, slack_form_type};
use crate::handshake::HandshakeKind;
use crate::provider::{Category, Method, PLAIN, ProviderRow, SecretSpec};
use crate::scheme::{BASE64, EventPlaces, Format, HEX, Part, Place, Scheme, SignaturePlace, Time, TimeUnit};

/// `{time}.{body}`.
const TIME_DOT_BODY: &[Part<'static>] = &[Part::Timestamp, Part::Literal("."), Part::Body];
/// `{time}:{body}`.
const TIME_COLON_BODY: &[Part<'static>] = &[Part::Timestamp, Part::Literal(":"), Part::Body];
/// `v0:{time}:{body}`.
const V0_TIME_BODY: &[Part<'static>] = &[Part::Literal("v0:"), Part::Timestamp, Part::Literal(":"), Part::Body];

pub(super) const ROWS: &[ProviderRow] = &[
    ProviderRow {
        name: "stripe",
        display_name: "Stripe",
        category: Category::Payments,
        docs_url: "https://docs.stripe.com/webhooks/signature",
        checked: &["npm stripe"],
        setup: "In Workbench under Webhooks, add a destination of the kind webhook endpoint and paste the URL. Choose the events it should get. Then reveal the endpoint's signing secret, which starts with whsec_.",
        // The secret is used as it is, with its prefix; the older v0 in the header is for tests only.
        secret: SecretSpec::signing("Signing secret", "Starts with whsec_.").not(&["sk_", "rk_", "pk_", "we_"]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("Stripe-Signature"),
            format: Format::Fields { key: "v1", separator: ',' },
            time: Some(Time::field("t", TimeUnit::Seconds)),
            signed: TIME_DOT_BODY,
            event: EventPlaces::at(Place::Body("/id"), Place::Body("/type")),
            ..HEX
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "slack",
        display_name: "Slack",
        category: Category::Chat,
        docs_url: "https://docs.slack.dev/authentication/verifying-requests-from-slack",
        checked: &["npm @slack/bolt", "https://api.slack.com/docs/verifying-requests-from-slack"],
        setup: "Open the app at api.slack.com and copy the signing secret from Basic Information. Save it here first. Then switch on Event Subscriptions and paste the URL as the request URL: Slack asks it a question at once, which is answered by itself. Interactivity and slash commands take the same URL.",
        secret: SecretSpec::signing("Signing secret", "32 hexadecimal digits.")
            .not(&["xoxb-", "xoxp-", "xapp-", "xoxe-"]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("X-Slack-Signature"),
            format: Format::Prefixed("v0="),
            time: Some(Time::header("X-Slack-Request-Timestamp", TimeUnit::Seconds)),
            signed: V0_TIME_BODY,
            // Events are JSON; interactions and slash commands are forms.
            event: EventPlaces::at(
                Place::FirstOf(&[Place::Body("/event_id"), Place::Found(slack_form_id)]),
                Place::FirstOf(&[Place::Body("/event/type"), Place::Body("/type"), Place::Found(slack_form_type)]),
            ),
            ..HEX
        }]),
        handshake: Some(HandshakeKind::Slack),
        ..PLAIN
    },
    ProviderRow {
        name: "paddle",
        display_name: "Paddle",
        category: Category::Payments,
        docs_url: "https://developer.paddle.com/webhooks/signature-verification",
        checked: &["npm @paddle/paddle-node-sdk"],
        setup: "Under Developer Tools, Notifications, create a destination of the kind webhook and paste the URL. Choose the events. Then open the destination again and copy its secret key.",
        secret: SecretSpec::signing("Endpoint secret key", "Starts with pdl_ntfset_.")
            .not(&["pdl_live_apikey_", "pdl_sdbx_apikey_"]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("Paddle-Signature"),
            format: Format::Fields { key: "h1", separator: ';' },
            time: Some(Time::field("ts", TimeUnit::Seconds)),
            signed: TIME_COLON_BODY,
            event: EventPlaces::at(Place::Body("/event_id"), Place::Body("/event_type")),
            ..HEX
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "zendesk",
        display_name: "Zendesk",
        category: Category::Customers,
        docs_url: "https://developer.zendesk.com/documentation/webhooks/verifying/",
        checked: &["https://developer.zendesk.com/documentation/webhooks/anatomy-of-a-webhook-request/"],
        setup: "In Admin Center under Apps and integrations, Webhooks, create a webhook with the URL, the method POST and the format JSON. Connect it to Zendesk events or to a trigger. Then reveal the signing secret on the webhook's page.",
        secret: SecretSpec::signing("Signing secret", "Shown on the webhook's page."),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("X-Zendesk-Webhook-Signature"),
            time: Some(Time::header("X-Zendesk-Webhook-Signature-Timestamp", TimeUnit::Rfc3339)),
            signed: &[Part::Timestamp, Part::Body],
            event: EventPlaces::at(Place::Header("X-Zendesk-Webhook-Invocation-Id"), Place::Body("/type")),
            ..BASE64
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "zoom",
        display_name: "Zoom",
        category: Category::Chat,
        docs_url: "https://developers.zoom.us/docs/api/webhooks/",
        checked: &["npm @zoom/rivet", "https://developers.zoom.us/docs/api/webhooks"],
        setup: "Open the app in the Zoom App Marketplace and copy the secret token from Features, Access. Save it here first. Then add an event subscription with the URL and press Validate: the question is answered by itself, also when Zoom repeats it every 72 hours.",
        secret: SecretSpec::signing("Secret token", "On the page where event subscriptions are added."),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("x-zm-signature"),
            format: Format::Prefixed("v0="),
            time: Some(Time::header("x-zm-request-timestamp", TimeUnit::Seconds)),
            signed: V0_TIME_BODY,
            // Two participants may join one meeting in the same millisecond: there is no id.
            event: EventPlaces::kind_at(Place::Body("/event")),
            ..HEX
        }]),
        handshake: Some(HandshakeKind::Zoom),
        ..PLAIN
    },
    ProviderRow {
        name: "calendly",
        display_name: "Calendly",
        category: Category::Work,
        docs_url: "https://developer.calendly.com/api-docs/ZG9jOjM2MzE2MDM4-webhook-signatures",
        checked: &["https://developer.calendly.com/docs/webhooks/overview"],
        setup: "Create a webhook subscription through Calendly's API with the URL and the events. Give it a signing_key of your choice, which is the secret here. Calendly has no page for this.",
        secret: SecretSpec::signing("Signing key", "The signing_key that the subscription was created with."),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("Calendly-Webhook-Signature"),
            format: Format::Fields { key: "v1", separator: ',' },
            time: Some(Time::field("t", TimeUnit::Seconds)),
            signed: TIME_DOT_BODY,
            event: EventPlaces::at(
                Place::Joined(&[Place::Body("/event"), Place::Body("/payload/uri")], " "),
                Place::Body("/event"),
            ),
            ..HEX
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "twitch",
        display_name: "Twitch",
        category: Category::Chat,
        docs_url: "https://dev.twitch.tv/docs/eventsub/handling-webhook-events/",
        checked: &["https://dev.twitch.tv/docs/eventsub/handling-webhook-events"],
        setup: "Create a subscription through Twitch's EventSub API with the transport webhook and the URL as its callback. Give it a secret of 10 to 100 characters, which is the secret here. Twitch then asks the URL for its challenge, which is answered by itself.",
        secret: SecretSpec::signing("Secret", "The transport.secret that the subscription was created with."),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("Twitch-Eventsub-Message-Signature"),
            format: Format::Prefixed("sha256="),
            time: Some(Time::header("Twitch-Eventsub-Message-Timestamp", TimeUnit::Rfc3339)),
            signed: &[Part::Header("Twitch-Eventsub-Message-Id"), Part::Timestamp, Part::Body],
            event: EventPlaces::at(
                Place::Header("Twitch-Eventsub-Message-Id"),
                Place::Header("Twitch-Eventsub-Subscription-Type"),
            ),
            ..HEX
        }]),
        // Twitch says so itself: "older than 10 minutes".
        tolerance_seconds: 600,
        handshake: Some(HandshakeKind::Twitch),
        ..PLAIN
    },
    ProviderRow {
        name: "webflow",
        display_name: "Webflow",
        category: Category::Commerce,
        docs_url: "https://developers.webflow.com/data/docs/working-with-webhooks",
        checked: &["npm webflow-api"],
        setup: "In the site's settings under Apps and integrations, add a webhook with the URL and a trigger. Copy the secret key that is shown once. A webhook that an OAuth app created is signed with the app's client secret instead.",
        secret: SecretSpec::signing("Secret key", "Of the webhook, or the app's client secret."),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("x-webflow-signature"),
            time: Some(Time::header("x-webflow-timestamp", TimeUnit::SecondsOrMilliseconds)),
            signed: TIME_COLON_BODY,
            event: EventPlaces::kind_at(Place::Body("/triggerType")),
            ..HEX
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "workos",
        display_name: "WorkOS",
        category: Category::Identity,
        docs_url: "https://workos.com/docs/events/data-syncing/webhooks",
        checked: &["npm @workos-inc/node"],
        setup: "In the WorkOS dashboard under Webhooks, create a webhook with the URL and choose its events. Then copy the signing secret from the webhook's page.",
        secret: SecretSpec::signing("Signing secret", "On the webhook's page.").not(&["sk_", "client_"]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("WorkOS-Signature"),
            format: Format::Fields { key: "v1", separator: ',' },
            time: Some(Time::field("t", TimeUnit::Milliseconds)),
            signed: TIME_DOT_BODY,
            event: EventPlaces::at(Place::Body("/id"), Place::Body("/event")),
            ..HEX
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "linear",
        display_name: "Linear",
        category: Category::Work,
        docs_url: "https://linear.app/developers/webhooks",
        checked: &["npm @linear/sdk", "https://linear.app/developers/webhooks"],
        setup: "In Linear's settings under API, create a webhook with the URL and choose what it reports. Then copy the signing secret from the webhook's page; it starts with lin_wh_.",
        secret: SecretSpec::signing("Signing secret", "Starts with lin_wh_.").not(&["lin_api_", "lin_oauth_"]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("Linear-Signature"),
            time: Some(Time::body("/webhookTimestamp", TimeUnit::Milliseconds)),
            event: EventPlaces::at(
                Place::Header("Linear-Delivery"),
                Place::FirstOf(&[
                    Place::Joined(&[Place::Header("Linear-Event"), Place::Body("/action")], "."),
                    Place::Header("Linear-Event"),
                ]),
            ),
            ..HEX
        }]),
        // Linear says so itself: "within a minute".
        tolerance_seconds: 60,
        ..PLAIN
    },
];
