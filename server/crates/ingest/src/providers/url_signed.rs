//! Signatures that cover the URL: it has to arrive as it was registered, to the letter.

use crate::bespoke::twilio::TWILIO;
use crate::provider::{Category, Method, PLAIN, ProviderRow, SecretSpec};
use crate::scheme::{BASE64, EventPlaces, Items, Part, Place, Scheme, SignaturePlace, Time, TimeUnit};

pub(super) const ROWS: &[ProviderRow] = &[
    ProviderRow {
        name: "square",
        display_name: "Square",
        category: Category::Payments,
        docs_url: "https://developer.squareup.com/docs/webhooks/step3validate",
        checked: &["npm square", "https://developer.squareup.com/docs/webhooks/what-it-does"],
        setup: "Open the application in Square's Developer Console, then Webhooks, Subscriptions, and add one with the URL. Choose its events. Then show and copy the subscription's signature key.",
        secret: SecretSpec::signing("Signature key", "On the subscription's page.")
            .not(&["EAAA", "sq0atp-", "sq0csp-", "sq0idp-"]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("x-square-hmacsha256-signature"),
            signed: &[Part::Url, Part::Body],
            event: EventPlaces::at(Place::Body("/event_id"), Place::Body("/type")),
            ..BASE64
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "hubspot",
        display_name: "HubSpot",
        category: Category::Customers,
        docs_url: "https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation",
        checked: &[
            "npm @hubspot/api-client",
            "https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation",
        ],
        setup: "Open the app in HubSpot's developer account, then Webhooks, and paste the URL as the target URL. Create and activate subscriptions. The secret is the app's client secret, under Auth.",
        secret: SecretSpec::signing("Client secret", "Of the app, under Auth.").not(&["pat-"]),
        method: Method::Rows(&[Scheme {
            signature: SignaturePlace::Header("X-HubSpot-Signature-v3"),
            time: Some(Time::header("X-HubSpot-Request-Timestamp", TimeUnit::Milliseconds)),
            signed: &[Part::Method, Part::UrlUnescaped, Part::Body, Part::Timestamp],
            event: EventPlaces::items(Items {
                lists: &[""],
                // HubSpot says itself that `eventId` is not unique.
                id: Some(Place::Joined(
                    &[
                        Place::Body("/portalId"),
                        Place::Body("/subscriptionId"),
                        Place::Body("/eventId"),
                        Place::Body("/occurredAt"),
                    ],
                    ":",
                )),
                kind: Some(Place::Body("/subscriptionType")),
            }),
            ..BASE64
        }]),
        ..PLAIN
    },
    ProviderRow {
        name: "twilio",
        display_name: "Twilio",
        category: Category::Messaging,
        docs_url: "https://www.twilio.com/docs/usage/security#validating-requests",
        checked: &["npm twilio"],
        setup: "Paste the URL where Twilio should report: at a phone number, a messaging service, or as the status callback of a call. The secret is the auth token of the account or subaccount, on the console's first page. For addresses that a webhook rule of the account matches, it is that rule's shared key.",
        secret: SecretSpec::signing("Auth token", "32 hexadecimal digits, or the shared key of a webhook rule.")
            .not(&["AC", "SK"]),
        method: Method::Bespoke(TWILIO),
        ..PLAIN
    },
];
