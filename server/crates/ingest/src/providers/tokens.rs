//! Tokens that come with each request. They say who sends, and nothing about what: their requests are
//! authenticated, not verified.

use crate::bespoke::microsoft_graph::MICROSOFT_GRAPH;
use crate::bespoke::monday::MONDAY;
use crate::handshake::HandshakeKind;
use crate::provider::{Category, Method, PLAIN, ProviderField, ProviderRow, SecretKind, SecretSpec};
use crate::scheme::{EventPlaces, Items, Place};
use crate::token::{TokenPlace, TokenScheme};

const BASIC: SecretSpec =
    SecretSpec::of(SecretKind::UserAndPassword, "User and password", "As in user:password, both of your choice.");

const RECORD_TYPE: Place<'static> = Place::Body("/RecordType");
const MESSAGE_ID: Place<'static> = Place::Body("/MessageID");
const RECIPIENT: Place<'static> = Place::Body("/Recipient");

/// Postmark's records about one mail share its id: the id of the record is kind, id, recipient and time together.
const POSTMARK_ID: Place<'static> = Place::FirstOf(&[
    Place::Joined(&[RECORD_TYPE, Place::Body("/ID")], ":"),
    Place::Joined(&[RECORD_TYPE, MESSAGE_ID, RECIPIENT, Place::Body("/DeliveredAt")], ":"),
    Place::Joined(&[RECORD_TYPE, MESSAGE_ID, RECIPIENT, Place::Body("/ReceivedAt")], ":"),
    Place::Joined(&[RECORD_TYPE, MESSAGE_ID, RECIPIENT, Place::Body("/ChangedAt")], ":"),
]);

pub(super) const ROWS: &[ProviderRow] = &[
    ProviderRow {
        name: "gitlab",
        display_name: "GitLab",
        category: Category::Code,
        docs_url: "https://docs.gitlab.com/user/project/integrations/webhooks/",
        checked: &[
            "https://github.com/gitlabhq/gitlabhq/blob/master/app/services/web_hook_service.rb",
            "https://github.com/gitlabhq/gitlabhq/blob/master/lib/gitlab/web_hooks/recursion_detection/uuid.rb",
        ],
        setup: "In the settings of the project or group under Webhooks, add one with the URL. Enter a long random text as its secret token, and the same text here. Choose the triggers.",
        secret: SecretSpec::of(SecretKind::Token, "Secret token", "The text entered in the webhook's settings.")
            .not(&["glpat-", "gloas-", "gldt-"]),
        method: Method::Token(TokenScheme {
            place: TokenPlace::Header("X-Gitlab-Token"),
            // Not `X-Gitlab-Event-UUID`: all events of one request to GitLab share it, and all that follow on
            // one another, so that it would make repetitions of strangers.
            event: EventPlaces::at(Place::Header("Idempotency-Key"), Place::Header("X-Gitlab-Event")),
        }),
        ..PLAIN
    },
    ProviderRow {
        name: "okta",
        display_name: "Okta",
        category: Category::Identity,
        docs_url: "https://developer.okta.com/docs/concepts/event-hooks/",
        checked: &["https://help.okta.com/en-us/Content/Topics/automation-hooks/add-event-hooks.htm"],
        setup: "Save a long random text here first. Then, in the Admin Console under Workflow, Event Hooks, create one with the URL, the authentication field Authorization and the same text as its secret. Verify it: the question is answered by itself.",
        secret: SecretSpec::of(SecretKind::Token, "Authentication secret", "The text entered at Okta."),
        fields: &[ProviderField::text(
            "header",
            "Authentication field",
            "The header that Okta sends the secret in: Authorization if left empty.",
        )],
        method: Method::Token(TokenScheme {
            place: TokenPlace::NamedHeader("Authorization"),
            event: EventPlaces::items(Items {
                lists: &["/data/events"],
                id: Some(Place::Body("/uuid")),
                kind: Some(Place::Body("/eventType")),
            }),
        }),
        handshake: Some(HandshakeKind::Okta),
        ..PLAIN
    },
    ProviderRow {
        name: "telegram",
        display_name: "Telegram",
        category: Category::Chat,
        docs_url: "https://core.telegram.org/bots/api#setwebhook",
        checked: &[
            "https://core.telegram.org/bots/api#update",
            "https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/WebhookActor.cpp",
        ],
        setup: "Call setWebhook of the Bot API with the URL. Give it a secret_token of letters, digits, underscores and hyphens, and enter the same text here. The bot's own token does not belong here.",
        secret: SecretSpec::of(SecretKind::Token, "Secret token", "The secret_token given to setWebhook."),
        method: Method::Token(TokenScheme {
            place: TokenPlace::Header("X-Telegram-Bot-Api-Secret-Token"),
            event: EventPlaces::at(Place::Body("/update_id"), Place::KeyOtherThan(&["update_id"])),
        }),
        ..PLAIN
    },
    ProviderRow {
        name: "chargebee",
        display_name: "Chargebee",
        category: Category::Payments,
        docs_url: "https://www.chargebee.com/docs/billing/2.0/site-configuration/webhook_settings",
        checked: &[
            "npm chargebee",
            "https://chargebee.com/docs/events_and_webhooks.html",
            "https://github.com/chargebee/chargebee-node/blob/master/types/resources/Event.d.ts",
        ],
        setup: "Under Settings, Configure Chargebee, Webhooks, add one with the URL. Switch on protection by basic authentication, enter user and password there, and both here with a colon between them.",
        secret: BASIC.not(&["live_", "test_"]),
        method: Method::Token(TokenScheme {
            place: TokenPlace::Basic,
            event: EventPlaces::at(Place::Body("/id"), Place::Body("/event_type")),
        }),
        ..PLAIN
    },
    ProviderRow {
        name: "postmark",
        display_name: "Postmark",
        category: Category::Messaging,
        docs_url: "https://postmarkapp.com/developer/webhooks/webhooks-overview",
        checked: &["https://postmarkapp.com/email-webhooks"],
        setup: "Open the server and message stream, then Webhooks, and add one with the URL. Under Basic auth credentials, enter user and password, and both here with a colon between them. Choose the events.",
        secret: BASIC,
        method: Method::Token(TokenScheme {
            place: TokenPlace::Basic,
            event: EventPlaces::at(POSTMARK_ID, RECORD_TYPE),
        }),
        ..PLAIN
    },
    ProviderRow {
        name: "microsoft_graph",
        display_name: "Microsoft Graph",
        aliases: &["Outlook", "Office 365", "Microsoft 365", "Teams", "OneDrive", "SharePoint"],
        category: Category::Work,
        docs_url: "https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks",
        checked: &[
            "npm jsonwebtoken",
            "https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks",
            "https://learn.microsoft.com/en-us/graph/change-notifications-with-resource-data",
            "https://learn.microsoft.com/en-us/graph/change-notifications-lifecycle-events",
        ],
        setup: "Save a random text of at most 128 characters here, and for notifications with resource data also the id of the app that subscribes. Then create the subscription through the Graph API with the URL as notificationUrl and the same text as clientState: Graph asks the URL at once, which is answered by itself. The URL takes lifecycle notifications too. Renew the subscription before it expires.",
        secret: SecretSpec::of(SecretKind::Token, "Client state", "The clientState of the subscription."),
        fields: &[ProviderField::text(
            "client_id",
            "Application (client) id",
            "Of the app that subscribes. With it, the validation tokens of notifications with resource data are checked; without, only the client state is.",
        )],
        method: Method::Bespoke(MICROSOFT_GRAPH),
        handshake: Some(HandshakeKind::MicrosoftGraph),
        specimen: Some(
            r##"{"value":[{"id":"{id}","subscriptionId":"sample","changeType":"created","resource":"sample","resourceData":{"@odata.type":"#hookreel.sample","id":"{id}"}}]}"##,
        ),
        ..PLAIN
    },
    ProviderRow {
        name: "adobe_sign",
        display_name: "Adobe Acrobat Sign",
        aliases: &["EchoSign"],
        category: Category::Work,
        docs_url: "https://developer.adobe.com/acrobat-sign/docs/webhooks/",
        checked: &[
            "https://developer.adobe.com/acrobat-sign/docs/overview/acrobat_sign_events/webhookpayloadoverview",
            "https://helpx.adobe.com/sign/kb/adobe-sign-keep-sending-just-one-even.html",
        ],
        setup: "Save the client id of the application that creates the webhook here. Then create the webhook in Acrobat Sign with the URL: it asks whether the URL is meant, which is answered by itself. The client id is no secret, so treat what comes with care.",
        secret: SecretSpec::of(SecretKind::Token, "Client id", "Of the application that creates the webhook."),
        method: Method::Token(TokenScheme {
            place: TokenPlace::Header("X-AdobeSign-ClientId"),
            event: EventPlaces::at(Place::Body("/webhookNotificationId"), Place::Body("/event")),
        }),
        handshake: Some(HandshakeKind::AdobeSign),
        ..PLAIN
    },
    ProviderRow {
        name: "ebay",
        display_name: "eBay",
        category: Category::Commerce,
        docs_url: "https://developer.ebay.com/marketplace-account-deletion",
        checked: &["https://github.com/eBay/event-notification-nodejs-sdk/blob/main/lib/validator.js"],
        setup: "Save a verification token of 32 to 80 letters, digits, underscores and hyphens here. Then enter the URL and the same token at eBay under Alerts and Notifications: eBay asks the URL at once, which is answered by itself. The notifications themselves are signed with keys that only eBay's own applications can fetch, so they are not verified.",
        secret: SecretSpec::of(SecretKind::Token, "Verification token", "The text entered at eBay."),
        method: Method::Unverifiable,
        handshake: Some(HandshakeKind::Ebay),
        ..PLAIN
    },
    ProviderRow {
        name: "monday",
        display_name: "monday.com",
        category: Category::Work,
        docs_url: "https://developer.monday.com/apps/docs/integration-authorization",
        checked: &["npm jsonwebtoken"],
        setup: "Open the app in monday.com's Developer Center and copy its signing secret. Save it here first. Then create the webhook with the URL through the app: monday.com asks the URL at once, which is answered by itself. The token that comes along does not cover the body, so messages are shown as authenticated.",
        secret: SecretSpec::signing("Signing secret", "Of the app, under Basic information."),
        method: Method::Bespoke(MONDAY),
        handshake: Some(HandshakeKind::Monday),
        ..PLAIN
    },
];
