//! What holds for every call: written once, shown at `/docs` and kept as `server/docs/api.md`.

use super::render::{PROBLEMS, anchor, escape, prose};
use std::fmt::Write;

/// A heading, and what is to be known under it.
type Topic = (&'static str, &'static [&'static str]);

const CONVENTIONS: [Topic; 10] = [
    (
        "Authentication",
        &[
            "Every call carries an API key: `Authorization: Bearer <key>`. Keys are made and revoked in the dashboard; a \
             revoked one stops working at once. A key belongs to one tenant and may do everything there.",
            "What belongs to another tenant is answered like what does not exist: 404.",
            "`GET /api/v1/health`, `GET /api/v1/openapi.json` and this page need no key.",
        ],
    ),
    (
        "Paths and ids",
        &[
            "A path may end with a slash or not: both are the same.",
            "Ids are a prefix that names the kind, `_`, and 26 letters and digits: `app_`, `ep_`, `msg_`, `dlv_`, `atmpt_`, \
             `src_`, `rpl_`, `rcv_`. They sort by the time they were made. Treat them as text.",
            "Applications and endpoints can have a `uid` of yours, messages an `eventId`: wherever a path takes the id, it \
             takes that as well. They may not look like one of Hookreel's own ids. The application `default` is always there.",
        ],
    ),
    (
        "Request bodies",
        &[
            "Bodies are JSON objects; a list is none. The `Content-Type` is not looked at. Names are in camel case.",
            "For Hookreel's own resources (sources, quarantine, replays, repositories, recoveries) a field that is not known is refused, with its \
             name and the one that was probably meant: a misspelt filter would otherwise do more than was asked for.",
            "For the resources of Svix's contract (applications, endpoints, event types, messages, attempts) fields that \
             are not known are passed over, because its SDKs may send more than Hookreel has. What differs from a known \
             field only by case, `_` or `-` is refused all the same, and so is what would change the outcome and is not \
             offered: `rateLimit`, `throttleRate`, `tags`, `deliverAt`, `transformationsParams`, \
             `payloadRetentionHours`, `payloadRetentionPeriod`, `featureFlag`, `featureFlags`, `groupName`, \
             `gracePeriodSeconds`.",
            "In a `PATCH`, what is left out stays as it is; `null` empties it. A `PUT` replaces, and creates what is not there \
             under a `uid`.",
            "A parameter in the query that is not known is refused, by every operation but the one for health. What the Svix \
             SDKs send by themselves is taken.",
            "Times are RFC 3339, such as `2026-11-23T09:30:00Z`.",
            "Text may not contain the character U+0000; a message's payload may.",
        ],
    ),
    (
        "Pages",
        &[
            "Lists are answered as `data`, `iterator`, `prevIterator` and `done`. `limit` is 1 to 250, and 50 if you send \
             none. Pass `iterator` as it came to get the next page; on the last one it is null and `done` is true. \
             `prevIterator` is always null: pages are only walked forwards.",
            "A page begins behind the item that its iterator names, whether or not that is still there: what is made or \
             deleted meanwhile neither repeats nor hides anything else. An iterator that no such list can have given is \
             refused.",
            "Lists are newest first, except event types, providers and a message's endpoints, which are in the order of \
             their names or ids. `order=ascending` is not offered.",
            "A page of messages with their payloads can be shorter than `limit` when the payloads are large.",
        ],
    ),
    (
        "Errors",
        &[
            "What goes wrong is a problem (RFC 9457, `application/problem+json`) with `type`, `title`, `status`, `code` and \
             `detail`. Programs go by `code`. With status 422 `detail` is a list: each item says in `loc` where the fault is \
             (`body`, `query` or `header`, then the path of the field) and in `msg` what is wrong. All faults that can \
             be found at once are told at once, and nothing is changed by half.",
            "Every answer has an `x-request-id`: name it when you ask the operator about a call.",
        ],
    ),
    (
        "Idempotency",
        &[
            "A `POST` with an `Idempotency-Key` of 1 to 256 bytes is done once: the same key with the same request within \
             24 hours is given the first answer again, with `Idempotent-Replayed: true`. The same key with another request \
             is refused, and while the first one is still running the answer is 409 with `Retry-After`. An answer of 500 or \
             more is not kept: try again with the same key.",
            "A message's `eventId` is unique in its application, for good: a second message with it is a 409.",
        ],
    ),
    (
        "Limits",
        &[
            "Calls are not limited by rate. A program should still be ready for 429 and 503, and wait as long as \
             `Retry-After` says.",
            "A body may be as long as the installation allows (`--body-bytes-max`), a payload at most 1 MiB. A source can \
             allow less, and so many requests a second; what it refuses with 413 says how much it takes.",
        ],
    ),
    (
        "Secrets",
        &[
            "Signing secrets of endpoints can be read by `GET …/secret`; those of sources can only be set.",
            "At most five old secrets are valid beside the current one: a rotation beyond that is a 409. One to a secret that is \
             valid already is refused.",
            "Values of an endpoint's own headers are given back only for names that are known to be harmless, such as \
             `Accept-Language`; of all others `GET …/headers` lists the names under `sensitive`. Attempts show the same \
             values as `[redacted]`.",
            "An endpoint's `url` is given back as it was configured. In attempts, events and pages the values of its query \
             are masked: `?token=***`. Attempts made before this was so keep in the event log what they were stored with.",
        ],
    ),
    (
        "Received requests",
        &[
            "A provider's webhook at `/in/{token}` is kept with its body byte for byte and with all its headers: names as \
             they were spelt, values byte for byte, in the order in which they were sent. With HTTP/2, whose names are in \
             lower case, a repeated header stands where its first one stood, its values in their order. No signature \
             that Hookreel verifies depends on that. Nothing is added: `x-request-id` is there only if the provider sent one.",
            "`received` of a message says what is known about who sent it. Lists of an application's messages have only \
             what was accepted; what was refused or held is in `GET /api/v1/quarantine`.",
        ],
    ),
    (
        "Known quirks",
        &[
            "`eventTypes` and `filterTypes` of an endpoint are the same field: newer and older SDKs call it so. Sent both at \
             once, they are refused.",
            "`applicationId` of a new source may also be written `application_id`, and the two header fields of \
             `generic` in snake case: programs were written that way.",
            "`version` of an endpoint is always 1, and is passed over when it is sent.",
            "An attempt is recorded when it has ended: asking for attempts that are pending or under way gives an empty list.",
            "Deleting an event type archives it; `expunge` is not offered, because history is never removed.",
            "`recover` and `replay-missing` answer with a background task whose id is that of a replay: \
             `GET /api/v1/replay/{id}` tells how far it is.",
        ],
    ),
];

/// As a section of the reference.
pub(super) fn write_html(html: &mut String) {
    html.push_str("<section><h2 id=\"conventions\">Conventions</h2>");
    for (title, sentences) in CONVENTIONS {
        let _ = write!(html, "<article id=\"about-{}\"><h3>{}</h3>", anchor(title), escape(title));
        for sentence in sentences {
            let _ = write!(html, "<p>{}</p>", prose(sentence));
        }
        html.push_str("</article>");
    }
    html.push_str("</section>");
}

/// As a document of the repository.
pub(super) fn markdown() -> String {
    let mut text = String::from(
        "# Conventions of the REST API\n\n\
         What holds for every call. Made from `server/crates/http/src/docs/conventions.rs`, like the section of the same \
         name at `/docs` of a running instance, where every call is described; `openapi.json` is the same for programs.\n",
    );
    for (title, sentences) in CONVENTIONS {
        let _ = write!(text, "\n## {title}\n\n");
        for sentence in sentences {
            let _ = writeln!(text, "- {sentence}");
        }
    }
    text.push_str("\n## Codes of problems\n\n| code | status | means |\n|---|---|---|\n");
    for (code, status, meaning) in PROBLEMS {
        let _ = writeln!(text, "| `{code}` | {status} | {meaning} |");
    }
    text
}
