//! What can go wrong, described once and referred to by every operation.

use crate::problem::{Detail, FieldProblem, ProblemBody};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Components, ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

struct Kind {
    status: &'static str,
    name: &'static str,
    meaning: &'static str,
    /// Whether an operation can answer with it.
    applies: fn(&Traits) -> bool,
}

/// What an operation is like.
struct Traits {
    needs_key: bool,
    names_something: bool,
    has_body: bool,
    has_parameters: bool,
    /// A plan includes a number of what it makes, where plans are sold.
    is_limited: bool,
}

/// The operations that make something of which a plan includes a number.
const LIMITED: [&str; 4] = ["message_create", "endpoint_create", "endpoint_upsert", "quarantine_release"];

const KINDS: [Kind; 9] = [
    Kind { status: "400", name: "Malformed", meaning: "The body is not valid JSON", applies: |of| of.has_body },
    Kind {
        status: "401",
        name: "Unauthenticated",
        meaning: "No API key, or one that does not work",
        applies: |of| of.needs_key,
    },
    Kind {
        status: "402",
        name: "QuotaExceeded",
        meaning: "Where plans are sold: the tenant's includes no more of it. `detail` says what is used up, and what to do",
        applies: |of| of.is_limited,
    },
    Kind {
        status: "404",
        name: "NotFound",
        meaning: "There is no such thing, or it belongs to somebody else",
        applies: |of| of.names_something,
    },
    Kind {
        status: "409",
        name: "Conflict",
        meaning: "It conflicts with what exists, or the first request with this `Idempotency-Key` is still running",
        applies: |of| of.has_body,
    },
    Kind {
        status: "413",
        name: "PayloadTooLarge",
        meaning: "The body is longer than allowed",
        applies: |of| of.has_body,
    },
    Kind {
        status: "422",
        name: "Invalid",
        meaning: "Fields or parameters are wrong: `detail` lists them",
        applies: |of| of.has_body || of.has_parameters,
    },
    Kind {
        status: "429",
        name: "TooManyRequests",
        meaning: "Too many requests; `Retry-After` says when to come back",
        applies: |of| of.needs_key,
    },
    Kind {
        status: "503",
        name: "Unavailable",
        meaning: "The database is away: nothing was changed; `Retry-After` says when to come back",
        applies: |of| of.needs_key,
    },
];

/// Refers to the problems that an operation can answer with.
pub(super) fn add_to(operation: &mut Operation, names_something: bool) {
    let traits = Traits {
        // Only an operation that needs no key says anything about security itself.
        needs_key: operation.security.is_none(),
        names_something,
        has_body: operation.request_body.is_some(),
        is_limited: operation.operation_id.as_deref().is_some_and(|id| LIMITED.contains(&id)),
        has_parameters: operation.parameters.as_ref().is_some_and(|list| !list.is_empty()),
    };
    for kind in KINDS.iter().filter(|kind| (kind.applies)(&traits)) {
        let reference = RefOr::Ref(Ref::from_response_name(kind.name));
        operation.responses.responses.insert(kind.status.to_owned(), reference);
    }
}

/// Describes the problems.
pub(super) fn define_in(components: &mut Components) {
    let schemas = [
        (ProblemBody::name(), ProblemBody::schema()),
        (Detail::name(), Detail::schema()),
        (FieldProblem::name(), FieldProblem::schema()),
    ];
    components.schemas.extend(schemas.map(|(name, schema)| (name.into_owned(), schema)));
    components.responses.extend(KINDS.map(|kind| (kind.name.to_owned(), RefOr::T(response(&kind)))));
}

fn response(kind: &Kind) -> Response {
    let problem = Ref::from_schema_name(ProblemBody::name());
    ResponseBuilder::new()
        .description(kind.meaning)
        .content("application/problem+json", ContentBuilder::new().schema(Some(problem)).build())
        .build()
}
