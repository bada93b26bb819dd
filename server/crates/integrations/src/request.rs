//! What is asked of a service, before it is known where the service is.

use crate::form::Form;
use bytes::Bytes;
use hookreel_kernel::Secret;
use http::{HeaderName, HeaderValue, Method};
use std::fmt;
use url::Url;

/// The name of one intended effect, the same at each try, so that the service can tell a repetition from a second
/// wish. Source: <https://docs.stripe.com/api/idempotent_requests>.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The longest key, in octets.
    pub const BYTES_MAX: usize = 255;

    /// A random key (UUIDv4).
    pub fn generate() -> Self {
        Self(uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string())
    }

    /// A key of the caller's: visible ASCII, 1 to [`IdempotencyKey::BYTES_MAX`] octets. The same key for the same
    /// wish, also after a restart, means that it is granted once.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=Self::BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// The text that is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One request. The credential, the user agent and the base URL are the client's business.
///
/// Any request may be sent more than once when it fails: `GET`, `PATCH` and `DELETE` by their nature, `POST` because it always
/// carries an [`IdempotencyKey`]. To a service that does not heed the key, only such a `POST` may be sent that does no
/// harm when repeated.
#[derive(Clone)]
pub struct ApiRequest {
    pub(crate) method: Method,
    path: Vec<String>,
    query: Vec<(String, String)>,
    raw_query: Option<String>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Body,
    pub(crate) idempotency_key: Option<IdempotencyKey>,
    pub(crate) credential: Option<Secret<String>>,
    pub(crate) hidden: Vec<Secret<String>>,
}

/// What is sent along.
#[derive(Clone)]
pub(crate) enum Body {
    None,
    Json(Bytes),
    Form(Bytes),
}

impl ApiRequest {
    /// Reads. `path` in its segments, not encoded.
    pub fn get<S: Into<String>>(path: impl IntoIterator<Item = S>) -> Self {
        Self::new(Method::GET, path)
    }

    /// Removes.
    pub fn delete<S: Into<String>>(path: impl IntoIterator<Item = S>) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// Changes what is there into what is given, however often it is asked.
    pub fn patch<S: Into<String>>(path: impl IntoIterator<Item = S>) -> Self {
        Self::new(Method::PATCH, path)
    }

    /// Has an effect, named by `key`; without one a random key is made, so that tries of this call are one effect.
    pub fn post<S: Into<String>>(path: impl IntoIterator<Item = S>, key: Option<IdempotencyKey>) -> Self {
        let mut request = Self::new(Method::POST, path);
        request.idempotency_key = Some(key.unwrap_or_else(IdempotencyKey::generate));
        request
    }

    fn new<S: Into<String>>(method: Method, path: impl IntoIterator<Item = S>) -> Self {
        Self {
            method,
            path: path.into_iter().map(Into::into).collect(),
            query: Vec::new(),
            raw_query: None,
            headers: Vec::new(),
            body: Body::None,
            idempotency_key: None,
            credential: None,
            hidden: Vec::new(),
        }
    }

    /// Adds a parameter to the query.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// Replaces the query by one that the service gave us, already encoded.
    #[must_use]
    pub(crate) fn with_given_query(mut self, query: String) -> Self {
        self.query.clear();
        self.raw_query = Some(query);
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Sends this as `application/json`.
    #[must_use]
    pub fn json(mut self, value: &serde_json::Value) -> Self {
        self.body = Body::Json(Bytes::from(value.to_string()));
        self
    }

    /// Sends this as `application/x-www-form-urlencoded`.
    #[must_use]
    pub fn form(mut self, form: &Form) -> Self {
        self.body = Body::Form(form.encode());
        self
    }

    /// Sends this as the bearer token, in place of the configured key.
    #[must_use]
    pub fn credential(mut self, credential: Secret<String>) -> Self {
        self.credential = Some(credential);
        self
    }

    /// Keeps a secret that the body holds out of what an error tells, if the service repeats it.
    #[must_use]
    pub fn hiding(mut self, secret: Secret<String>) -> Self {
        self.hidden.push(secret);
        self
    }

    /// Where it goes. `None` if a segment of the path is empty or leads elsewhere.
    pub(crate) fn url(&self, base: &Url) -> Option<Url> {
        // `.` and `..` are resolved by everyone on the way, so that another path than the intended one would be asked.
        if self.path.iter().any(|segment| segment.is_empty() || segment == "." || segment == "..") {
            return None;
        }
        let mut url = base.clone();
        url.path_segments_mut().ok()?.pop_if_empty().extend(&self.path);
        if let Some(query) = &self.raw_query {
            url.set_query(Some(query));
        } else if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Some(url)
    }

    /// The path, for logs.
    pub(crate) fn path(&self) -> String {
        self.path.join("/")
    }
}

impl fmt::Debug for ApiRequest {
    /// Without query, headers and body: each may hold secrets or people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiRequest").field("method", &self.method).field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn base(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn the_path_of_the_base_url_is_kept() {
        let request = ApiRequest::get(["repos", "o", "r"]).query("state", "open & shut");
        let url = |text: &str| request.url(&base(text)).unwrap().to_string();
        assert_eq!(url("https://api.github.com"), "https://api.github.com/repos/o/r?state=open+%26+shut");
        for text in ["https://github.example.com/api/v3", "https://github.example.com/api/v3/"] {
            assert_eq!(url(text), "https://github.example.com/api/v3/repos/o/r?state=open+%26+shut");
        }
    }

    #[test]
    fn a_segment_that_leads_elsewhere_makes_no_request() {
        for segment in ["", ".", ".."] {
            assert_eq!(ApiRequest::get(["repos", segment, "hooks"]).url(&base("https://api.example.com")), None);
        }
    }

    #[test]
    fn a_random_key_is_a_uuid_of_version_four_and_never_the_same() {
        let [one, other] = [IdempotencyKey::generate(), IdempotencyKey::generate()];
        assert_ne!(one, other);
        let uuid: uuid::Uuid = one.as_str().parse().unwrap();
        assert_eq!((uuid.get_version_num(), uuid.get_variant()), (4, uuid::Variant::RFC4122));
    }

    #[test]
    fn a_key_of_ones_own_is_visible_ascii() {
        assert!(IdempotencyKey::parse("checkout:tnt_1:pro").is_some());
        assert!(IdempotencyKey::parse(&"k".repeat(255)).is_some());
        for text in ["", "a b", "ключ", "a\n", &"k".repeat(256)] {
            assert_eq!(IdempotencyKey::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn debug_shows_neither_query_nor_body_nor_credential() {
        let request = ApiRequest::post(["hooks"], None)
            .query("token", "hidden_1")
            .json(&serde_json::json!({"secret": "hidden_2"}))
            .credential(Secret::new("hidden_3".to_owned()));
        assert_eq!(format!("{request:?}"), r#"ApiRequest { method: POST, path: ["hooks"], .. }"#);
    }

    proptest! {
        #[test]
        fn a_segment_stays_one_segment_whatever_it_holds(segment in ".{1,20}") {
            prop_assume!(segment != "." && segment != "..");
            let base = base("https://api.example.com/v1");
            let url = ApiRequest::get(["a", &segment, "b"]).url(&base).unwrap();
            prop_assert_eq!(url.origin(), base.origin());
            let segments: Vec<_> = url.path_segments().unwrap().collect();
            prop_assert_eq!(segments.len(), 4, "{}", url);
            prop_assert_eq!((segments[0], segments[1], segments[3]), ("v1", "a", "b"));
            prop_assert_eq!(url.query(), None);
        }
    }
}
