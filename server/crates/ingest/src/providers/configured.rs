//! Whoever is not in the list: the source brings the row, field by field.

use crate::provider::{Category, FieldChoice, Freedom, Method, PLAIN, ProviderField, ProviderRow};

const HEADER: ProviderField =
    ProviderField::text("header", "Signature header", "The header that carries the signature.")
        .like("X-Signature")
        .required();
const PREFIX: ProviderField =
    ProviderField::text("prefix", "Prefix", "What stands before the signature in that header.").like("sha256=");
const ENCODING: ProviderField = ProviderField::choice(
    "encoding",
    "Encoding",
    "How the signature is written.",
    &[
        FieldChoice::new("hex", "Hexadecimal"),
        FieldChoice::new("base64", "Base64"),
        FieldChoice::new("base64url", "Base64 for URLs"),
    ],
);

const FORMAT: ProviderField = ProviderField::choice(
    "format",
    "Format of the header",
    "How the header carries signatures.",
    &[
        FieldChoice::new("prefixed", "One signature after the prefix"),
        FieldChoice::new("fields", "Pairs: t=…,v1=…"),
        FieldChoice::new("tagged", "Entries with a tag: v1,… v1,…"),
        FieldChoice::new("numbered", "Several headers, numbered from 1"),
    ],
);
const SIGNATURE_FIELD: ProviderField = ProviderField::text(
    "signature_field",
    "Key of the signature",
    "Its key among the pairs, or the tag of the entries.",
)
.like("v1");
const SEPARATOR: ProviderField = ProviderField::choice(
    "separator",
    "Separator",
    "What stands between the pairs.",
    &[FieldChoice::new(",", "Comma"), FieldChoice::new(";", "Semicolon")],
);
const DIGEST: ProviderField = ProviderField::choice(
    "digest",
    "Digest",
    "The hash function of the HMAC.",
    &[FieldChoice::new("sha256", "SHA-256"), FieldChoice::new("sha1", "SHA-1"), FieldChoice::new("sha512", "SHA-512")],
);
const KEY_FORM: ProviderField = ProviderField::choice(
    "key_form",
    "Form of the key",
    "How the secret becomes the key.",
    &[
        FieldChoice::new("verbatim", "The secret as it is"),
        FieldChoice::new("base64", "Decoded from base64"),
        FieldChoice::new("whsec", "Decoded from base64, after whsec_"),
        FieldChoice::new("hex", "Decoded from hexadecimal"),
        FieldChoice::new("sha1", "Its SHA-1"),
    ],
);
const SIGNED: ProviderField = ProviderField::text(
    "signed",
    "What is signed",
    "Text with {timestamp}, {body}, {method}, {url}, {header:Name} and {json:/pointer} in it. Empty: the body.",
)
.like("{timestamp}.{body}");

const TIMESTAMP_HEADER: ProviderField =
    ProviderField::text("timestamp_header", "Time: header", "The header with the time of sending.").like("X-Timestamp");
const TIMESTAMP_FIELD: ProviderField =
    ProviderField::text("timestamp_field", "Time: key", "Or its key among the pairs of the signature header.")
        .like("t");
const TIMESTAMP_POINTER: ProviderField =
    ProviderField::text("timestamp_pointer", "Time: JSON pointer", "Or where it stands in the body.")
        .like("/created_at");
const TIMESTAMP_UNIT: ProviderField = ProviderField::choice(
    "timestamp_unit",
    "Time: unit",
    "How the time is written.",
    &[
        FieldChoice::new("s", "Seconds since 1970"),
        FieldChoice::new("ms", "Milliseconds since 1970"),
        FieldChoice::new("s_or_ms", "Either of them"),
        FieldChoice::new("rfc3339", "2026-11-23T14:30:00Z"),
    ],
);

const EVENT_ID_HEADER: ProviderField = ProviderField::text(
    "event_id_header",
    "Event id header",
    "Requests with the same id are stored and delivered once.",
)
.like("X-Event-Id");
const EVENT_ID_POINTER: ProviderField =
    ProviderField::text("event_id_pointer", "Event id: JSON pointer", "Or where it stands in the body.")
        .like("/data/id");
const EVENT_TYPE_HEADER: ProviderField =
    ProviderField::text("event_type_header", "Event type header", "What the message is about.").like("X-Event-Type");
const EVENT_TYPE_POINTER: ProviderField =
    ProviderField::text("event_type_pointer", "Event type: JSON pointer", "Or where it stands in the body.")
        .like("/type");

pub(super) const ROWS: &[ProviderRow] = &[
    ProviderRow {
        name: "generic_hmac",
        display_name: "Generic HMAC-SHA256",
        category: Category::Generic,
        setup: "Give the sender this source's URL and a secret. Enter the same secret here, with the name of the header that carries the HMAC-SHA256 of the body, and how the signature is written in it.",
        fields: &[HEADER, PREFIX, ENCODING, EVENT_ID_HEADER, EVENT_ID_POINTER, EVENT_TYPE_HEADER, EVENT_TYPE_POINTER],
        method: Method::Configured(Freedom::Header),
        ..PLAIN
    },
    ProviderRow {
        name: "custom",
        display_name: "Custom",
        category: Category::Generic,
        setup: "Look up in the sender's documentation what it signs and where it writes time and signature. Enter that here, with the secret, and let it send a test.",
        fields: &[
            HEADER,
            PREFIX,
            ENCODING,
            FORMAT,
            SIGNATURE_FIELD,
            SEPARATOR,
            DIGEST,
            KEY_FORM,
            SIGNED,
            TIMESTAMP_HEADER,
            TIMESTAMP_FIELD,
            TIMESTAMP_POINTER,
            TIMESTAMP_UNIT,
            EVENT_ID_HEADER,
            EVENT_ID_POINTER,
            EVENT_TYPE_HEADER,
            EVENT_TYPE_POINTER,
            ProviderField::TOLERANCE,
        ],
        method: Method::Configured(Freedom::Whole),
        ..PLAIN
    },
];
