//! What a program is told when its request cannot be done: RFC 9457 problems that also carry the `code` and `detail`
//! that the SDKs of the Svix API read.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hookreel_contract::{ApiError, FieldError};
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// When to come back while the database is away, in seconds.
const UNAVAILABLE_RETRY_S: u64 = 2;

/// One part of a request that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldProblem {
    /// Where it is: `body`, `query` or `header`, then the path of the field.
    #[schema(example = json!(["body", "url"]))]
    pub(crate) loc: Vec<String>,
    /// What is wrong with it.
    pub(crate) msg: String,
    /// A stable name for programs.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
}

impl FieldProblem {
    pub(crate) fn new(place: &str, field: &str, msg: impl Into<String>) -> Self {
        let mut loc = vec![place.to_owned()];
        match field.split_once('/') {
            // A place in a payload, as a JSON pointer: its names may contain anything.
            Some((field, pointer)) => {
                loc.push(field.to_owned());
                loc.extend(pointer.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")));
            }
            None => loc.extend(field.split('.').filter(|part| !part.is_empty()).map(str::to_owned)),
        }
        Self { loc, msg: msg.into(), kind: "value_error" }
    }
}

/// What went wrong: a sentence, or field by field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Detail {
    /// One sentence.
    Sentence(Cow<'static, str>),
    /// Only with status 422.
    Fields(Vec<FieldProblem>),
}

/// An RFC 9457 problem.
#[derive(Debug, Clone, ToSchema)]
#[expect(dead_code, reason = "documents the body that `Problem` is written as")]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// Names the kind of problem; the reference page explains it.
    #[schema(example = "/docs#problem-not_found")]
    r#type: String,
    /// The same for every problem of the kind.
    #[schema(example = "Not Found")]
    title: String,
    /// The status of the answer.
    #[schema(example = 404)]
    status: u16,
    /// A stable name for programs.
    #[schema(example = "not_found")]
    code: String,
    /// What went wrong here.
    detail: Detail,
}

/// An answer that says what went wrong.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: Detail,
    retry_after_s: Option<u64>,
    allow: Option<HeaderValue>,
}

#[derive(Serialize)]
struct Written<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: &'a Detail,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, detail: Detail::Sentence(detail.into()), retry_after_s: None, allow: None }
    }

    /// Nothing answers at this path.
    pub(crate) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this path; /docs lists every path")
    }

    /// No key, or one that does not work (any more).
    pub(crate) fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "authentication_failed",
            "send a valid API key: `Authorization: Bearer <key>`; keys are made in the dashboard",
        )
    }

    /// The body is longer than allowed.
    pub(crate) fn too_large(bytes_max: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "payload_too_large",
            format!("the request body must not be longer than {bytes_max} bytes"),
        )
    }

    /// Fields of the request are wrong.
    pub(crate) fn fields(fields: Vec<FieldProblem>) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            code: "validation",
            detail: Detail::Fields(fields),
            retry_after_s: None,
            allow: None,
        }
    }

    /// One field of the body is wrong.
    pub(crate) fn field(field: &str, msg: impl Into<String>) -> Self {
        Self::fields(vec![FieldProblem::new("body", field, msg)])
    }

    /// One header is wrong.
    pub(crate) fn header(name: &str, msg: impl Into<String>) -> Self {
        Self::fields(vec![FieldProblem {
            loc: vec!["header".into(), name.into()],
            msg: msg.into(),
            kind: "value_error",
        }])
    }

    /// Something of ours broke; what it was is in the log.
    pub(crate) fn internal() -> Self {
        Self::from(ApiError::Internal)
    }

    /// What is wrong with the filters and the iterator of a list: they are in the query, under the API's names.
    pub(crate) fn of_query(error: ApiError) -> Self {
        let ApiError::Invalid { fields } = error else { return error.into() };
        let in_query = |FieldError { field, message }: FieldError| {
            let name = match field.as_str() {
                "cursor" => "iterator",
                "since" => "after",
                "until" => "before",
                other => other,
            };
            FieldProblem::new("query", name, message)
        };
        Self::fields(fields.into_iter().map(in_query).collect())
    }

    /// The same, of a body that is a field of the request's.
    pub(crate) fn inside(mut self, field: &str) -> Self {
        if let Detail::Fields(fields) = &mut self.detail {
            for problem in fields.iter_mut().filter(|problem| problem.loc.first().is_some_and(|place| place == "body"))
            {
                problem.loc.insert(1, field.to_owned());
            }
        }
        self
    }

    pub(crate) fn with_retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The body as it is sent.
    pub(crate) fn body(&self) -> Bytes {
        let written = Written {
            r#type: format!("/docs#problem-{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            code: self.code,
            detail: &self.detail,
        };
        // Serializing strings and numbers cannot fail; an empty body would still carry the right status.
        serde_json::to_vec(&written).unwrap_or_default().into()
    }
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let code = error.code();
        match error {
            ApiError::Invalid { fields } => Self::fields(
                fields
                    .into_iter()
                    .map(|FieldError { field, message }| FieldProblem::new("body", &field, message))
                    .collect(),
            ),
            ApiError::Unauthenticated => Self::unauthenticated(),
            ApiError::TooManyRequests { retry_after_s } => {
                Self::new(status, code, error.to_string()).with_retry_after(retry_after_s)
            }
            ApiError::ServiceAway { message, retry_after_s } => {
                Self { retry_after_s, ..Self::new(status, code, message) }
            }
            ApiError::Unavailable => Self::new(status, code, error.to_string()).with_retry_after(UNAVAILABLE_RETRY_S),
            other => Self::new(status, code, other.to_string()),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, PROBLEM_JSON);
        if let Some(seconds) = self.retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, allow);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_part_by_part() {
        let loc = |field| FieldProblem::new("body", field, "is wrong").loc;
        assert_eq!(loc("settings.methods"), ["body", "settings", "methods"]);
        assert_eq!(loc(""), ["body"]);
        assert_eq!(loc("payload"), ["body", "payload"]);
        assert_eq!(loc("payload/lines/0/a.b/c~1d"), ["body", "payload", "lines", "0", "a.b", "c/d"]);
    }
}
