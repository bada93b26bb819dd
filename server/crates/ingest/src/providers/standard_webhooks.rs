//! Standard Webhooks, and Svix before it: an HMAC over id, time and body, or Ed25519 with a public key.
//!
//! The specification is at <https://github.com/standard-webhooks/standard-webhooks>.

use crate::provider::{Category, Method, PLAIN, ProviderRow, SecretSpec};
use crate::scheme::{
    Algorithm, BASE64, EventPlaces, Format, KeyForm, Part, Place, Scheme, SignaturePlace, Time, TimeUnit,
};

/// The row of a family of headers.
macro_rules! family {
    ($family:literal) => {
        Scheme {
            signature: SignaturePlace::Header(concat!($family, "-signature")),
            format: Format::Tagged("v1"),
            key: KeyForm::WhsecBase64,
            time: Some(Time::header(concat!($family, "-timestamp"), TimeUnit::Seconds)),
            signed: &[
                Part::Header(concat!($family, "-id")),
                Part::Literal("."),
                Part::Timestamp,
                Part::Literal("."),
                Part::Body,
            ],
            event: EventPlaces::at(Place::Header(concat!($family, "-id")), Place::Body("/type")),
            ..BASE64
        }
    };
}

const WEBHOOK: Scheme<'static> = family!("webhook");
const SVIX: Scheme<'static> = family!("svix");
const FINCH: Scheme<'static> = Scheme {
    event: EventPlaces::at(Place::Header("finch-event-id"), Place::Body("/type")),
    signed: &[Part::Header("finch-event-id"), Part::Literal("."), Part::Timestamp, Part::Literal("."), Part::Body],
    ..family!("finch")
};

/// The same signed with Ed25519: for sources whose secret is a public key, which starts with `whpk_`.
const fn with_public_key(scheme: &Scheme<'static>) -> Scheme<'static> {
    Scheme { format: Format::Tagged("v1a"), algorithm: Algorithm::Ed25519, key: KeyForm::WhpkBase64, ..*scheme }
}

const WEBHOOK_FIRST: &[Scheme<'static>] = &[WEBHOOK, with_public_key(&WEBHOOK), SVIX, with_public_key(&SVIX)];
const SVIX_FIRST: &[Scheme<'static>] = &[SVIX, with_public_key(&SVIX), WEBHOOK, with_public_key(&WEBHOOK)];

const SECRET: SecretSpec = SecretSpec::signing("Signing secret", "Starts with whsec_.");
/// What those rows have in common that use the headers `webhook-*`.
const BY_WEBHOOK: ProviderRow = ProviderRow { secret: SECRET, method: Method::Rows(WEBHOOK_FIRST), ..PLAIN };
/// What those rows have in common that use the headers `svix-*`.
const BY_SVIX: ProviderRow = ProviderRow { method: Method::Rows(SVIX_FIRST), ..BY_WEBHOOK };

pub(super) const ROWS: &[ProviderRow] = &[
    ProviderRow {
        name: "standard_webhooks",
        display_name: "Standard Webhooks",
        category: Category::Generic,
        docs_url: "https://www.standardwebhooks.com",
        checked: &["npm standardwebhooks", "npm svix"],
        setup: "For every sender that follows the specification, or is built on Svix. Give it the URL. Then copy the signing secret that it shows, or the public key if it signs with Ed25519.",
        secret: SecretSpec::signing("Signing secret", "Starts with whsec_, or with whpk_ if it is a public key."),
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "clerk",
        display_name: "Clerk",
        category: Category::Identity,
        docs_url: "https://clerk.com/docs/guides/development/webhooks/syncing",
        checked: &["npm @clerk/backend"],
        setup: "In Clerk's dashboard under Webhooks, add an endpoint with the URL and choose its events. Then copy the signing secret from the endpoint's page.",
        secret: SECRET.not(&["sk_", "pk_"]),
        ..BY_SVIX
    },
    ProviderRow {
        name: "resend",
        display_name: "Resend",
        category: Category::Messaging,
        docs_url: "https://resend.com/docs/dashboard/webhooks/verify-webhooks-requests",
        checked: &["npm resend"],
        setup: "In Resend's dashboard under Webhooks, add one with the URL and choose its events. Then copy the signing secret from the webhook's page.",
        secret: SECRET.not(&["re_"]),
        ..BY_SVIX
    },
    ProviderRow {
        name: "stytch",
        display_name: "Stytch",
        category: Category::Identity,
        docs_url: "https://stytch.com/docs/guides/dashboard/webhooks",
        setup: "In Stytch's dashboard under Webhooks, add an endpoint with the URL and choose its events. Then copy the signing secret from the endpoint's page.",
        ..BY_SVIX
    },
    ProviderRow {
        name: "vanta",
        display_name: "Vanta",
        category: Category::Other,
        docs_url: "https://developer.vanta.com/docs/webhooks",
        setup: "In Vanta's settings under Developer console, Webhooks, add an endpoint with the URL and choose its events. Then copy the signing secret from the endpoint's page.",
        ..BY_SVIX
    },
    ProviderRow {
        name: "openai",
        display_name: "OpenAI",
        category: Category::Models,
        docs_url: "https://platform.openai.com/docs/guides/webhooks",
        checked: &["npm openai"],
        setup: "In the project's settings under Webhooks, create one with the URL and choose its events. The signing secret is shown once, when the webhook is created.",
        secret: SECRET.not(&["sk-"]),
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "replicate",
        display_name: "Replicate",
        category: Category::Models,
        docs_url: "https://replicate.com/docs/topics/webhooks/verify-webhook",
        checked: &["npm replicate"],
        setup: "Give the URL as the webhook of a prediction or training. The signing secret is the account's: fetch it from the API at webhooks/default/secret, and enter it here.",
        secret: SECRET.not(&["r8_"]),
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "render",
        display_name: "Render",
        category: Category::Code,
        docs_url: "https://render.com/docs/webhooks",
        setup: "In the workspace under Integrations, Webhooks, create one with the URL and choose its events. Then copy the signing secret from the webhook's page.",
        secret: SECRET.not(&["rnd_"]),
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "brex",
        display_name: "Brex",
        category: Category::Payments,
        docs_url: "https://developer.brex.com/docs/webhooks",
        setup: "Register the URL through Brex's Webhooks API with the events it should get. Then fetch the signing secret from the same API, and enter it here.",
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "supabase",
        display_name: "Supabase",
        category: Category::Identity,
        docs_url: "https://supabase.com/docs/guides/auth/auth-hooks",
        setup: "In the project under Authentication, Hooks, add a hook of the kind HTTPS with the URL. Generate its secret there; it starts with v1,whsec_ and is copied whole.",
        secret: SECRET.not(&["sb_"]),
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "etsy",
        display_name: "Etsy",
        category: Category::Commerce,
        docs_url: "https://developers.etsy.com/documentation/essentials/webhooks/",
        setup: "Open the app in Etsy's developer portal and add a webhook endpoint with the URL and its events. Then copy the signing secret from the endpoint's page.",
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "incident_io",
        display_name: "incident.io",
        category: Category::Code,
        docs_url: "https://docs.incident.io/integrations/webhooks",
        setup: "In incident.io's settings under Webhooks, add an endpoint with the URL and choose its events. Then copy the signing secret from the endpoint's page.",
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "loops",
        display_name: "Loops",
        category: Category::Messaging,
        docs_url: "https://loops.so/docs/webhooks",
        setup: "In Loops's settings under Webhooks, enter the URL and choose the events. Then copy the signing secret from the same page.",
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "increase",
        display_name: "Increase",
        category: Category::Payments,
        docs_url: "https://increase.com/documentation/webhooks",
        setup: "In Increase's dashboard under Developers, Webhooks, create an event subscription with the URL. Then copy or set the shared secret of the subscription.",
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "gemini",
        display_name: "Gemini",
        category: Category::Models,
        docs_url: "https://ai.google.dev/gemini-api/docs/webhooks",
        setup: "Create a webhook through the Gemini API with the URL and its events. The signing secret is in the answer, and is shown only there.",
        secret: SECRET.not(&["AIza"]),
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "polar",
        display_name: "Polar",
        category: Category::Payments,
        docs_url: "https://polar.sh/docs/integrate/webhooks/delivery",
        checked: &["npm @polar-sh/sdk"],
        setup: "In the organization's settings under Webhooks, add an endpoint with the URL and the format Raw. Generate or enter its secret there, and the same text here. Choose the events.",
        secret: SecretSpec::signing("Secret", "The text shown in the endpoint's settings.")
            .not(&["polar_oat_", "polar_pat_"]),
        // The secret's own octets are the key: Polar does not decode them.
        method: Method::Rows(&[Scheme { key: KeyForm::Verbatim, ..WEBHOOK }]),
        ..PLAIN
    },
    ProviderRow {
        name: "finch",
        display_name: "Finch",
        category: Category::Work,
        docs_url: "https://developer.tryfinch.com/how-finch-works/webhooks",
        checked: &["npm @tryfinch/finch-api"],
        setup: "In Finch's developer dashboard under Webhooks, add an endpoint with the URL and choose its events. The secret is shown once, when the endpoint is created.",
        secret: SecretSpec::signing("Webhook secret", "Base64."),
        method: Method::Rows(&[FINCH]),
        ..PLAIN
    },
];
