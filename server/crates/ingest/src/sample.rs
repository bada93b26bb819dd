//! Signing as a provider does, to play its part: for samples, demonstrations and tests.

use crate::octets::encode;
use crate::pointer::scalar_at;
use crate::provider::{Method, SecretKind};
use crate::request::Inbound;
use crate::rows::mac_of;
use crate::rule::SourceRule;
use crate::scheme::{Algorithm, Encoding, Part, Place, Scheme, SignaturePlace, TimePlace};
use crate::secret::{SecretRefusal, scheme_key};
use crate::signature::{spell_signature, spell_time};
use crate::token::{TokenPlace, TokenScheme};
use hookreel_kernel::{Secret, Timestamp};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// An event to send as a provider would.
#[derive(Debug, Clone, Copy)]
pub struct SampleEvent<'e> {
    /// The id, for providers that send it in a header.
    pub id: &'e str,
    /// The type, for providers that send it in a header.
    pub event_type: &'e str,
    /// Where it will be sent, for providers that sign that.
    pub public_url: &'e str,
    /// The body, with id and type in it for the other providers.
    pub body: &'e [u8],
}

/// What to send by `POST`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// What the body is.
    pub content_type: &'static str,
    /// The provider's headers, beside that.
    pub headers: Vec<(String, String)>,
    /// The body: the event's own, except for providers that put the signature into it.
    pub body: Vec<u8>,
}

/// Why a sample could not be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignProblem {
    /// The secret is not one of this provider's.
    #[error("{0}")]
    Secret(SecretRefusal),
    /// Only the provider itself has the key.
    #[error("only the provider itself can sign its webhooks: its key is not the source's secret")]
    CannotBePlayed,
    /// The body has no place for what the provider puts into it.
    #[error("the body is not one of this provider's: {0}")]
    Body(&'static str),
}

impl From<SecretRefusal> for SignProblem {
    fn from(refusal: SecretRefusal) -> Self {
        Self::Secret(refusal)
    }
}

pub(crate) const JSON: &str = "application/json";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
const NOT_AN_OBJECT: SignProblem = SignProblem::Body("it must be a JSON object");

/// The request that the source's provider would send with an event.
pub fn sign(
    rule: &SourceRule,
    secret: &Secret<String>,
    event: SampleEvent<'_>,
    now: Timestamp,
) -> Result<Sample, SignProblem> {
    if secret.expose().is_empty() && rule.provider().secret().kind != SecretKind::None {
        return Err(SignProblem::Secret(SecretRefusal::Empty));
    }
    match rule.provider().method() {
        Method::Rows(_) | Method::Configured(_) => {
            rule.with_schemes(|schemes| sign_by_rows(schemes, secret.expose(), event, now))
        }
        Method::Token(scheme) => send_token(scheme, rule, secret.expose(), event),
        Method::Bespoke(bespoke) => bespoke.play.ok_or(SignProblem::CannotBePlayed)?(rule, secret.expose(), event, now),
        Method::Unverifiable => Err(SignProblem::CannotBePlayed),
    }
}

/// By the first row for which the secret is a key.
fn sign_by_rows(
    schemes: &[Scheme<'_>],
    secret: &str,
    event: SampleEvent<'_>,
    now: Timestamp,
) -> Result<Sample, SignProblem> {
    let mut problem = None;
    for scheme in schemes {
        match sign_by(scheme, secret, event, now) {
            // None of this row's secrets: another row may have better to say.
            Err(other @ SignProblem::Secret(_)) => problem = problem.or(Some(other)),
            end => return end,
        }
    }
    Err(problem.unwrap_or(SignProblem::CannotBePlayed))
}

fn sign_by(scheme: &Scheme<'_>, secret: &str, event: SampleEvent<'_>, now: Timestamp) -> Result<Sample, SignProblem> {
    let key = scheme_key(scheme, secret)?;
    let Algorithm::Hmac(digest) = scheme.algorithm else { return Err(SignProblem::CannotBePlayed) };
    let sent_at = scheme.time.map(|time| spell_time(now, time.unit)).unwrap_or_default();
    let mut headers = unsigned_headers(scheme, event, &sent_at);
    let body = unsigned_body(scheme, event, &sent_at)?;
    let raw: Vec<_> = headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
    let request = Inbound { method: "POST", public_url: event.public_url, headers: &raw, body: &body };
    let mac = mac_of(scheme, digest, &key, &request, &sent_at)
        .map_err(|_| SignProblem::Body("it lacks something that is signed"))?;
    let signature = spell_signature(scheme, &mac, &sent_at);
    let body = match scheme.signature {
        SignaturePlace::Header(name) => {
            headers.push((name.to_owned(), signature));
            body
        }
        SignaturePlace::NumberedHeaders(stem) => {
            headers.push((format!("{stem}1"), signature));
            body
        }
        SignaturePlace::Body(pointer) => {
            Cow::Owned(with_value(&body, pointer, Value::String(signature)).ok_or(NOT_AN_OBJECT)?)
        }
    };
    Ok(Sample { content_type: JSON, headers, body: body.into_owned() })
}

fn unsigned_headers(scheme: &Scheme<'_>, event: SampleEvent<'_>, sent_at: &str) -> Vec<(String, String)> {
    let mut headers = Headers::default();
    headers.add_place(scheme.event.id, event.id);
    headers.add_place(scheme.event.kind, event.event_type);
    if let Some(TimePlace::Header(name)) = scheme.time.map(|time| time.place) {
        headers.add(name, sent_at);
    }
    for part in scheme.signed {
        if let Part::Header(name) = part {
            headers.add(name, event.id);
        }
    }
    headers.0
}

/// Headers, each at most once.
#[derive(Default)]
struct Headers(Vec<(String, String)>);

impl Headers {
    fn add(&mut self, name: &str, value: &str) {
        if !value.is_empty() && !self.0.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }

    fn add_place(&mut self, place: Option<Place<'_>>, value: &str) {
        match place {
            Some(Place::Header(name)) => self.add(name, value),
            Some(Place::Joined(places, _) | Place::FirstOf(places)) => {
                for place in places {
                    self.add_place(Some(*place), value);
                }
            }
            Some(Place::Body(_) | Place::Form(_) | Place::Fixed(_) | Place::KeyOtherThan(_) | Place::Found(_))
            | None => {}
        }
    }
}

/// The body with everything in it that is signed there.
fn unsigned_body<'e>(scheme: &Scheme<'_>, event: SampleEvent<'e>, sent_at: &str) -> Result<Cow<'e, [u8]>, SignProblem> {
    let mut body = Cow::Borrowed(event.body);
    if let Some(TimePlace::Body(pointer)) = scheme.time.map(|time| time.place) {
        let time = sent_at.parse::<i64>().map_or_else(|_| Value::from(sent_at), Value::from);
        body = Cow::Owned(with_value(&body, pointer, time).ok_or(NOT_AN_OBJECT)?);
    }
    for part in scheme.signed {
        if let Part::Pointer(pointer) = part
            && scalar_at(&body, pointer).is_none()
        {
            body = Cow::Owned(with_value(&body, pointer, Value::from(event.id)).ok_or(NOT_AN_OBJECT)?);
        }
    }
    Ok(body)
}

/// The JSON body with a value at a pointer through objects.
pub(crate) fn with_value(body: &[u8], pointer: &str, value: Value) -> Option<Vec<u8>> {
    let mut document: Value = serde_json::from_slice(body).ok()?;
    let mut place = &mut document;
    for key in pointer.split('/').skip(1) {
        place = place.as_object_mut()?.entry(key).or_insert_with(|| Value::Object(Map::new()));
    }
    *place = value;
    serde_json::to_vec(&document).ok()
}

fn send_token(
    scheme: TokenScheme,
    rule: &SourceRule,
    secret: &str,
    event: SampleEvent<'_>,
) -> Result<Sample, SignProblem> {
    let mut headers = Headers::default();
    headers.add_place(scheme.event.id, event.id);
    headers.add_place(scheme.event.kind, event.event_type);
    let mut body = event.body.to_vec();
    match scheme.place {
        TokenPlace::Header(name) => headers.add(name, secret),
        TokenPlace::NamedHeader(default) => headers.add(rule.field("header").unwrap_or(default), secret),
        TokenPlace::Basic => {
            headers.add("Authorization", &format!("Basic {}", encode(Encoding::Base64, secret.as_bytes())));
        }
        TokenPlace::EachItem { list, token } => {
            body = with_token(&body, list, token, secret).ok_or(SignProblem::Body("it has no list of items"))?;
        }
    }
    Ok(Sample { content_type: JSON, headers: headers.0, body })
}

/// The JSON body with a token in every item of a list.
pub(crate) fn with_token(body: &[u8], list: &str, pointer: &str, token: &str) -> Option<Vec<u8>> {
    let mut document: Value = serde_json::from_slice(body).ok()?;
    let key = pointer.strip_prefix('/')?;
    for item in document.pointer_mut(list)?.as_array_mut()? {
        item.as_object_mut()?.insert(key.to_owned(), Value::from(token));
    }
    serde_json::to_vec(&document).ok()
}
