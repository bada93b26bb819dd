//! Standard Webhooks, and Svix before it: an HMAC over id, time and body, or Ed25519 with a public key.
//!
//! The specification is at <https://github.com/standard-webhooks/standard-webhooks>.

use crate::events::stytch_type;
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
    event: EventPlaces::at(Place::Header("finch-event-id"), Place::Body("/event_type")),
    signed: &[Part::Header("finch-event-id"), Part::Literal("."), Part::Timestamp, Part::Literal("."), Part::Body],
    ..family!("finch")
};

/// Increase's libraries take the octets of the secret for the key, whatever it starts with: they do not decode it.
const INCREASE: Scheme<'static> = Scheme {
    key: KeyForm::Verbatim,
    event: EventPlaces::at(Place::Header("webhook-id"), Place::Body("/category")),
    ..WEBHOOK
};

/// The same signed with Ed25519: for sources whose secret is a public key, which starts with `whpk_`.
const fn with_public_key(scheme: &Scheme<'static>) -> Scheme<'static> {
    Scheme { format: Format::Tagged("v1a"), algorithm: Algorithm::Ed25519, key: KeyForm::WhpkBase64, ..*scheme }
}

const WEBHOOK_FIRST: &[Scheme<'static>] = &[WEBHOOK, with_public_key(&WEBHOOK), SVIX, with_public_key(&SVIX)];
const SVIX_FIRST: &[Scheme<'static>] = &[SVIX, with_public_key(&SVIX), WEBHOOK, with_public_key(&WEBHOOK)];

/// The same with the type elsewhere: the specification only recommends `type`.
const fn with_type(scheme: &Scheme<'static>, kind: Place<'static>) -> Scheme<'static> {
    Scheme { event: EventPlaces { kind: Some(kind), ..scheme.event }, ..*scheme }
}

const fn webhook_first(kind: Place<'static>) -> [Scheme<'static>; 4] {
    let (webhook, svix) = (with_type(&WEBHOOK, kind), with_type(&SVIX, kind));
    [webhook, with_public_key(&webhook), svix, with_public_key(&svix)]
}

const fn svix_first(kind: Place<'static>) -> [Scheme<'static>; 4] {
    let [webhook, webhook_by_public_key, svix, svix_by_public_key] = webhook_first(kind);
    [svix, svix_by_public_key, webhook, webhook_by_public_key]
}

const TYPE_IN_EVENT_TYPE: &[Scheme<'static>] = &webhook_first(Place::Body("/event_type"));
const TYPE_IN_EVENT_NAME: &[Scheme<'static>] = &webhook_first(Place::Body("/eventName"));
const TYPE_IN_STATUS: &[Scheme<'static>] = &webhook_first(Place::Body("/status"));
const STYTCH: &[Scheme<'static>] = &svix_first(Place::Found(stytch_type));
/// Vanta sends an event as an object under the name of what it is about, without the type.
const VANTA: &[Scheme<'static>] = &svix_first(Place::FirstOf(&[Place::Body("/type"), Place::KeyOtherThan(&[])]));
/// Each of Supabase's hooks has a body of its own: mails say what they are for, hooks about users their name.
const SUPABASE: &[Scheme<'static>] = &webhook_first(Place::FirstOf(&[
    Place::Body("/email_data/email_action_type"),
    Place::Body("/metadata/name"),
    Place::Body("/type"),
]));

const SECRET: SecretSpec = SecretSpec::signing("Signing secret", "Starts with whsec_.");
/// What those rows have in common that use the headers `webhook-*`.
const BY_WEBHOOK: ProviderRow = ProviderRow { secret: SECRET, method: Method::Rows(WEBHOOK_FIRST), ..PLAIN };
/// What those rows have in common that use the headers `svix-*`.
const BY_SVIX: ProviderRow = ProviderRow { method: Method::Rows(SVIX_FIRST), ..BY_WEBHOOK };

pub(super) const ROWS: &[ProviderRow] = &[
    ProviderRow {
        name: "standard_webhooks",
        display_name: "Standard Webhooks",
        aliases: &["Svix"],
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
        checked: &["npm svix", "https://stytch.com/docs/workspace-management/webhooks"],
        setup: "In Stytch's dashboard under Webhooks, add an endpoint with the URL and choose its events. Then copy the signing secret from the endpoint's page.",
        method: Method::Rows(STYTCH),
        specimen: Some(
            r#"{"project_id":"sample","event_id":"{id}","source":"HOOKREEL","object_type":"sample","action":"CREATE","id":"This is a sample.","timestamp":"2025-11-23T10:10:00Z"}"#,
        ),
        ..BY_SVIX
    },
    ProviderRow {
        name: "vanta",
        display_name: "Vanta",
        category: Category::Other,
        docs_url: "https://developer.vanta.com/docs/webhooks",
        checked: &[
            "npm svix",
            "https://developer.vanta.com/reference/webhooks/overview",
            "https://developer.vanta.com/api-reference/questionnaire/questionnaire-status-changed",
        ],
        setup: "In Vanta's settings under Developer console, Webhooks, add an endpoint with the URL and choose its events. Then copy the signing secret from the endpoint's page.",
        method: Method::Rows(VANTA),
        specimen: Some(r#"{"questionnaire":{"id":"{id}","status":"This is a sample."}}"#),
        ..BY_SVIX
    },
    ProviderRow {
        name: "openai",
        display_name: "OpenAI",
        aliases: &["ChatGPT"],
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
        checked: &["npm replicate", "https://replicate.com/docs/topics/webhooks/receive-webhook"],
        setup: "Give the URL as the webhook of a prediction or training. The signing secret is the account's: fetch it from the API at webhooks/default/secret, and enter it here.",
        secret: SECRET.not(&["r8_"]),
        method: Method::Rows(TYPE_IN_STATUS),
        specimen: Some(
            r#"{"id":"{id}","version":"sample","created_at":"2025-11-23T10:10:00Z","started_at":null,"completed_at":null,"status":"hookreel.sample","input":{"text":"This is a sample."},"output":null,"error":null,"logs":null,"metrics":{}}"#,
        ),
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "render",
        display_name: "Render",
        category: Category::Code,
        docs_url: "https://render.com/docs/webhooks",
        checked: &["npm standardwebhooks", "https://render.com/docs/webhooks"],
        setup: "In the workspace under Integrations, Webhooks, create one with the URL and choose its events. Then copy the signing secret from the webhook's page.",
        secret: SECRET.not(&["rnd_"]),
        specimen: Some(
            r#"{"type":"hookreel.sample","timestamp":"2025-11-23T10:10:00Z","data":{"id":"{id}","serviceId":"sample","serviceName":"This is a sample."}}"#,
        ),
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "brex",
        display_name: "Brex",
        category: Category::Payments,
        docs_url: "https://developer.brex.com/docs/webhooks",
        checked: &["npm standardwebhooks", "https://developer.brex.com/openapi/webhooks_api"],
        setup: "Register the URL through Brex's Webhooks API with the events it should get. Then fetch the signing secret from the same API, and enter it here.",
        method: Method::Rows(TYPE_IN_EVENT_TYPE),
        specimen: Some(
            r#"{"event_type":"hookreel.sample","transfer_id":"{id}","payment_type":"This is a sample.","company_id":"sample"}"#,
        ),
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "supabase",
        display_name: "Supabase",
        category: Category::Identity,
        docs_url: "https://supabase.com/docs/guides/auth/auth-hooks",
        checked: &[
            "npm standardwebhooks",
            "https://supabase.com/docs/guides/auth/auth-hooks/send-email-hook",
            "https://supabase.com/docs/guides/auth/auth-hooks/before-user-created-hook",
        ],
        setup: "In the project under Authentication, Hooks, add a hook of the kind HTTPS with the URL. Generate its secret there; it starts with v1,whsec_ and is copied whole.",
        secret: SECRET.not(&["sb_"]),
        method: Method::Rows(SUPABASE),
        specimen: Some(
            r#"{"user":{"id":"{id}","aud":"authenticated","role":"authenticated","email":"sample@example.com"},"email_data":{"token":"000000","redirect_to":"https://example.com/","email_action_type":"hookreel.sample","site_url":"This is a sample."}}"#,
        ),
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "etsy",
        display_name: "Etsy",
        category: Category::Commerce,
        docs_url: "https://developers.etsy.com/documentation/essentials/webhooks/",
        checked: &[
            "npm standardwebhooks",
            "https://developers.etsy.com/documentation/essentials/webhooks",
            "https://github.com/etsy/open-api/discussions/1564",
        ],
        setup: "Open the app in Etsy's developer portal and add a webhook endpoint with the URL and its events. Then copy the signing secret from the endpoint's page.",
        method: Method::Rows(TYPE_IN_EVENT_TYPE),
        specimen: Some(
            r#"{"event_type":"hookreel.sample","resource_url":"https://example.com/This-is-a-sample/{id}","shop_id":0}"#,
        ),
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "incident_io",
        display_name: "incident.io",
        category: Category::Code,
        docs_url: "https://docs.incident.io/integrations/webhooks",
        checked: &[
            "npm standardwebhooks",
            "https://docs.incident.io/api-reference/alert-v1/created-public",
            "https://api-docs.incident.io/tag/Webhooks/",
        ],
        setup: "In incident.io's settings under Webhooks, add an endpoint with the URL and choose its events. Then copy the signing secret from the endpoint's page.",
        method: Method::Rows(TYPE_IN_EVENT_TYPE),
        specimen: Some(
            r#"{"event_type":"hookreel.sample","hookreel.sample":{"id":"{id}","title":"This is a sample."}}"#,
        ),
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "loops",
        display_name: "Loops",
        category: Category::Messaging,
        docs_url: "https://loops.so/docs/webhooks",
        checked: &["npm standardwebhooks", "https://loops.so/docs/webhooks"],
        setup: "In Loops's settings under Webhooks, enter the URL and choose the events. Then copy the signing secret from the same page.",
        method: Method::Rows(TYPE_IN_EVENT_NAME),
        specimen: Some(
            r#"{"eventName":"hookreel.sample","eventTime":1763892600,"webhookSchemaVersion":"1.0.0","contactIdentity":{"id":"{id}","email":"sample@example.com","userId":"This is a sample."}}"#,
        ),
        ..BY_WEBHOOK
    },
    ProviderRow {
        name: "increase",
        display_name: "Increase",
        category: Category::Payments,
        docs_url: "https://increase.com/documentation/webhooks",
        checked: &[
            "PyPI increase",
            "https://increase.com/documentation/webhooks",
            "https://increase.com/documentation/api/events",
        ],
        setup: "In Increase's dashboard under Developers, Webhooks, create an event subscription with the URL. Then copy or set the shared secret of the subscription.",
        secret: SecretSpec::signing("Shared secret", "All of the text that the event subscription has."),
        method: Method::Rows(&[INCREASE]),
        specimen: Some(
            r#"{"id":"{id}","associated_object_id":"sample","associated_object_type":"This is a sample.","category":"hookreel.sample","created_at":"2025-11-23T10:10:00Z","type":"event"}"#,
        ),
        ..PLAIN
    },
    ProviderRow {
        name: "gemini",
        display_name: "Gemini",
        aliases: &["Google"],
        category: Category::Models,
        docs_url: "https://ai.google.dev/gemini-api/docs/webhooks",
        checked: &[
            "npm standardwebhooks",
            "https://ai.google.dev/gemini-api/docs/webhooks",
            "https://github.com/google-gemini/cookbook/blob/main/quickstarts/Webhooks.ipynb",
        ],
        setup: "Create a webhook through the Gemini API with the URL and its events. The signing secret is in the answer, and is shown only there.",
        secret: SECRET.not(&["AIza"]),
        specimen: Some(
            r#"{"type":"hookreel.sample","version":"v1","timestamp":"2025-11-23T10:10:00Z","data":{"id":"{id}","output_file_uri":"This is a sample."}}"#,
        ),
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
        specimen: Some(
            r#"{"company_id":"sample","account_id":"{id}","event_type":"hookreel.sample","data":{"status":"This is a sample."}}"#,
        ),
        ..PLAIN
    },
];
