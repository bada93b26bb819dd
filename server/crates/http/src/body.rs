//! Request bodies: read to a cap, then understood.

use crate::body_budget::Reservation;
use crate::object::{Object, unknown_field};
use crate::plain_words::in_plain_words;
use crate::problem::{FieldProblem, Problem};
use crate::state::{HttpSettings, HttpState};
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    /// Longer than allowed; nothing beyond the cap was kept.
    #[error("the request body is longer than {bytes_max} bytes")]
    TooLarge {
        /// The cap.
        bytes_max: usize,
    },
    /// The sender took too long.
    #[error("the request body did not arrive in time")]
    Timeout,
    /// The connection broke, or the framing is wrong.
    #[error("the request body ended early")]
    Broken,
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge { bytes_max } => Self::too_large(bytes_max),
            BodyError::Timeout => Self::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", error.to_string()),
            BodyError::Broken => Self::new(StatusCode::BAD_REQUEST, "malformed", error.to_string()),
        }
    }
}

/// Reads a body, but never more than the cap, whatever `Content-Length` says or does not say.
pub(crate) async fn read(body: Body, settings: &HttpSettings) -> Result<Bytes, BodyError> {
    let bytes_max = settings.body_bytes_max;
    // An honest sender is told before it has sent anything.
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(BodyError::TooLarge { bytes_max });
    }
    let mut unbounded = Reservation::default();
    let read = tokio::time::timeout(settings.body_timeout, collect_or_begin(body, bytes_max, &mut unbounded));
    let kept = read.await.map_err(|_| BodyError::Timeout)??;
    if kept.is_truncated { Err(BodyError::TooLarge { bytes_max }) } else { Ok(kept.bytes) }
}

/// What was kept of a body, and whether there was more of it.
pub(crate) struct Kept {
    pub(crate) bytes: Bytes,
    pub(crate) is_truncated: bool,
}

/// Of a body over the cap this much is kept,
const BEGINNING_BYTES: usize = 64 * 1024;
/// if it comes within this time.
const BEGINNING_WAIT: Duration = Duration::from_millis(500);

/// Reads a body like [`read`], but of one that is longer than the cap returns the beginning. It waits for room where it
/// has to; the reservation is to be kept for as long as the body.
pub(crate) async fn read_or_begin(
    body: Body,
    settings: &HttpSettings,
    reservation: &mut Reservation<'_>,
) -> Result<Kept, BodyError> {
    let bytes_max = settings.body_bytes_max;
    let is_announced = body.size_hint().lower() > bytes_max as u64;
    if is_announced {
        // An honest sender is told before it has sent everything, and nobody is waited for.
        let mut unbounded = Reservation::default();
        let begun = tokio::time::timeout(BEGINNING_WAIT, collect_or_begin(body, BEGINNING_BYTES, &mut unbounded)).await;
        return Ok(match begun {
            Ok(Ok(kept)) => kept,
            Ok(Err(_)) | Err(_) => Kept { bytes: Bytes::new(), is_truncated: true },
        });
    }
    let read = tokio::time::timeout(settings.body_timeout, collect_or_begin(body, bytes_max, reservation));
    let kept = read.await.map_err(|_| BodyError::Timeout)??;
    reservation.shrink(kept.bytes.len());
    Ok(kept)
}

async fn collect_or_begin(
    mut body: Body,
    bytes_max: usize,
    reservation: &mut Reservation<'_>,
) -> Result<Kept, BodyError> {
    let announced = body.size_hint().upper().and_then(|bytes| usize::try_from(bytes).ok());
    let bytes_expected = announced.map_or(bytes_max, |bytes| bytes.min(bytes_max));
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(mut data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
        let so_far = first.len() + rest.len();
        reservation.cover(so_far + data.len(), bytes_expected).await;
        let is_truncated = so_far + data.len() > bytes_max;
        data.truncate(bytes_max - so_far);
        // Most bodies come in one piece, which is then passed on without being copied.
        if first.is_empty() && rest.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                rest.reserve(first.len() + data.len() + body.size_hint().lower().min(bytes_max as u64) as usize);
                rest.extend_from_slice(&std::mem::take(&mut first));
            }
            rest.extend_from_slice(&data);
        }
        if is_truncated {
            let all = if rest.is_empty() { first } else { rest.freeze() };
            // A copy: otherwise everything that came would stay in memory with its beginning.
            let bytes = Bytes::copy_from_slice(&all[..all.len().min(BEGINNING_BYTES)]);
            return Ok(Kept { bytes, is_truncated });
        }
    }
    let bytes = if rest.is_empty() { first } else { rest.freeze() };
    Ok(Kept { bytes, is_truncated: false })
}

/// The raw body of a request, at most as long as configured.
#[derive(Debug)]
pub(crate) struct RawBody(pub(crate) Bytes);

impl FromRequest<HttpState> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, Problem> {
        Ok(Self(read(request.into_body(), state.settings()).await?))
    }
}

/// A JSON body. Its content type is not looked at: whatever can be read is meant.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<HttpState> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &HttpState) -> Result<Self, Problem> {
        let RawBody(bytes) = RawBody::from_request(request, state).await?;
        refuse_nul(&bytes)?;
        parse(&bytes).map(Self)
    }
}

/// Understands a JSON object.
///
/// # Errors
/// 400 with line and column when it is not JSON, 422 with the path of the field when it is not what was expected.
pub(crate) fn parse<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Problem> {
    // The path of a wrong field is only worked out when something is wrong.
    let Object(value) = serde_json::from_slice(bytes).or_else(|_| parse_with_path(bytes))?;
    Ok(value)
}

fn parse_with_path<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Problem> {
    // What is no JSON has no fields to be wrong.
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).map_err(|error| describe("", &error))?;
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        describe(&path, error.inner())
    })?;
    deserializer.end().map_err(|error| describe("", &error))?;
    Ok(value)
}

fn describe(path: &str, error: &serde_json::Error) -> Problem {
    let sentence = error.to_string();
    if !error.is_data() {
        return Problem::new(StatusCode::BAD_REQUEST, "malformed", format!("the body is not valid JSON: {sentence}"));
    }
    let what = sentence.rsplit_once(" at line ").map_or(&*sentence, |(what, _)| what);
    // Which field is missing, unknown or there twice is known from the sentence alone.
    let named = |beginning: &str| what.strip_prefix(beginning).and_then(|rest| rest.strip_suffix('`'));
    let (field, phrase) = if let Some(field) = named("missing field `") {
        (Some(field), "is required".to_owned())
    } else if let Some(field) = named("duplicate field `") {
        (Some(field), "is there more than once".to_owned())
    } else if let Some((field, phrase)) = unknown_field(what) {
        (Some(field), phrase.to_owned())
    } else {
        (None, in_plain_words(what))
    };
    let parts: Vec<&str> = [Some(path).filter(|path| !path.is_empty()), field].into_iter().flatten().collect();
    Problem::fields(vec![FieldProblem::new("body", &parts.join("."), phrase)])
}

/// PostgreSQL cannot keep U+0000 in text; a payload may contain it, because that is kept as bytes.
pub(crate) fn refuse_nul(bytes: &[u8]) -> Result<(), Problem> {
    const ESCAPE: &[u8] = b"\\u0000";
    let mut at = 0;
    while let Some(backslash) = bytes[at..].iter().position(|byte| *byte == b'\\') {
        at += backslash;
        if bytes[at..].starts_with(ESCAPE) {
            return Err(Problem::field("", "must not contain the character U+0000"));
        }
        // An escape has at least two characters; the second one may be a backslash that escapes nothing.
        at = (at + 2).min(bytes.len());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Sample {
        #[expect(dead_code, reason = "only its absence matters")]
        name: String,
        #[serde(default)]
        #[expect(dead_code, reason = "only its type matters")]
        meta_data: BTreeMap<String, String>,
    }

    fn body_of(problem: &Problem) -> serde_json::Value {
        serde_json::from_slice(&problem.body()).unwrap()
    }

    #[test]
    fn broken_json_is_placed_by_line_and_column() {
        let problem = parse::<Sample>(b"{\n  \"name\": }").unwrap_err();
        let body = body_of(&problem);
        assert_eq!(body["status"], 400);
        assert_eq!(body["detail"], "the body is not valid JSON: expected value at line 2 column 11");
    }

    #[test]
    fn wrong_fields_are_named_by_their_path() {
        let body = body_of(&parse::<Sample>(br#"{"name": "x", "metaData": {"a": 1}}"#).unwrap_err());
        assert_eq!(body["status"], 422);
        assert_eq!(body["detail"][0]["loc"], serde_json::json!(["body", "metaData", "a"]));
        assert_eq!(body["detail"][0]["msg"], "must be text, not a number");
    }

    #[test]
    fn missing_fields_are_named() {
        let body = body_of(&parse::<Sample>(b"{}").unwrap_err());
        assert_eq!(
            body["detail"],
            serde_json::json!([{"loc": ["body", "name"], "msg": "is required", "type": "value_error"}])
        );
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Strict {
        #[expect(dead_code, reason = "only its name matters")]
        event_types: Option<Vec<String>>,
        #[expect(dead_code, reason = "only its name matters")]
        inner: Option<Object<Inner>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only its name matters")]
        secret: Option<String>,
    }

    fn refusal<'a, T: Deserialize<'a> + std::fmt::Debug>(body: &'a str) -> String {
        let body = body_of(&parse::<T>(body.as_bytes()).unwrap_err());
        let loc: Vec<&str> =
            body["detail"][0]["loc"].as_array().unwrap().iter().filter_map(|part| part.as_str()).collect();
        format!("{}: {}", loc.join("."), body["detail"][0]["msg"].as_str().unwrap())
    }

    #[test]
    fn an_unknown_field_is_named_with_the_one_that_was_meant() {
        let cases = [
            (r#"{"event_types": []}"#, "body.event_types: is not known here; did you mean `eventTypes`?"),
            (r#"{"\u0065ventTypse": []}"#, "body.eventTypse: is not known here; did you mean `eventTypes`?"),
            (r#"{"limit": 1}"#, "body.limit: is not known here; there are `eventTypes`, `inner`"),
            (r#"{"inner": {"secrt": ""}}"#, "body.inner.secrt: is not known here; did you mean `secret`?"),
            (r#"{"inner": ["a"]}"#, "body.inner: must be an object, not a list"),
            (r#"{"inner": {}, "inner": {}}"#, "body.inner: is there more than once"),
            (r#"[["a"], null]"#, "body: must be an object, not a list"),
            ("null", "body: must be an object, not null"),
        ];
        for (body, expected) in cases {
            assert_eq!(refusal::<Strict>(body), expected, "{body}");
        }
    }

    #[test]
    fn an_endless_name_is_not_compared_with_any_field() {
        let name = "eventTypes".repeat(100_000);
        let began = std::time::Instant::now();
        let refused = refusal::<Strict>(&format!(r#"{{"{name}": []}}"#));
        assert!(refused.ends_with("is not known here; there are `eventTypes`, `inner`"));
        assert!(began.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_tolerant_object_takes_what_it_does_not_know_but_no_near_miss() {
        assert!(parse::<Sample>(br#"{"name": "x", "version": 1, "nam": 2}"#).is_ok());
        for near in ["meta_data", "metadata", "MetaData", "NAME"] {
            let body = format!(r#"{{"name": "x", "{near}": {{}}}}"#);
            assert!(refusal::<Sample>(&body).starts_with(&format!("body.{near}: is not known here; did you mean `")));
        }
    }

    #[test]
    fn text_after_the_value_is_refused() {
        assert_eq!(body_of(&parse::<Sample>(br#"{"name": "x"} y"#).unwrap_err())["status"], 400);
    }

    #[test]
    fn the_nul_character_is_refused_but_not_its_spelling() {
        assert!(refuse_nul(br#"{"name": "a\u0000b"}"#).is_err());
        assert!(refuse_nul(br#"{"name": "a\\u0000b"}"#).is_ok());
        assert!(refuse_nul(br#"{"name": "a\\\u0000b"}"#).is_err());
        assert!(refuse_nul(br"\").is_ok());
    }

    fn settings(bytes_max: usize) -> HttpSettings {
        HttpSettings { body_bytes_max: bytes_max, body_timeout: Duration::from_secs(5), ..HttpSettings::default() }
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_the_cap_and_not_beyond() {
        assert_eq!(read(Body::from("12345"), &settings(5)).await.unwrap(), "12345");
        assert_eq!(read(Body::from("123456"), &settings(5)).await, Err(BodyError::TooLarge { bytes_max: 5 }));
    }

    #[tokio::test]
    async fn of_a_body_over_the_cap_it_is_said_whether_bytes_are_missing() {
        let kept = async |bytes: usize, settings: &HttpSettings| {
            let body = Body::from(vec![b'x'; bytes]);
            let kept = read_or_begin(body, settings, &mut Reservation::default()).await.unwrap();
            (kept.bytes.len(), kept.is_truncated)
        };
        assert_eq!(kept(5, &settings(5)).await, (5, false));
        assert_eq!(kept(6, &settings(5)).await, (6, false), "all of it was there before anybody was told");
        assert_eq!(kept(BEGINNING_BYTES + 1, &settings(5)).await, (BEGINNING_BYTES, true));
    }

    #[tokio::test]
    async fn pieces_of_unknown_length_are_joined_and_capped() {
        let pieces =
            |count: usize| Body::from_stream(futures::stream::iter((0..count).map(|_| Ok::<_, std::io::Error>("abc"))));
        assert_eq!(read(pieces(3), &settings(9)).await.unwrap(), "abcabcabc");
        assert_eq!(read(pieces(4), &settings(9)).await, Err(BodyError::TooLarge { bytes_max: 9 }));
    }
}
