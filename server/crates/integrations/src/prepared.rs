//! A request that is ready to be sent, as often as it takes.

use crate::redact::Redactor;
use crate::request::{ApiRequest, Body};
use bytes::Bytes;
use hookreel_kernel::Secret;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::Url;

/// What a service recognises a repetition by.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The same at each try.
pub(crate) struct Prepared<'r> {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) credential: Option<&'r Secret<String>>,
    /// For logs.
    pub(crate) path: String,
    secrets: Vec<&'r str>,
}

impl<'r> Prepared<'r> {
    /// The request at a service; the part that makes it none otherwise.
    pub(crate) fn new(
        request: &'r ApiRequest,
        base_url: &Url,
        user_agent: &HeaderValue,
        key: Option<&'r Secret<String>>,
    ) -> Result<Self, &'static str> {
        let credential = request.credential.as_ref().or(key);
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, user_agent.clone());
        if let Some(credential) = credential {
            headers.insert(AUTHORIZATION, bearer(credential).ok_or("the credential")?);
        }
        if let Some(key) = &request.idempotency_key {
            let value = HeaderValue::from_str(key.as_str()).map_err(|_| "the idempotency key")?;
            headers.insert(IDEMPOTENCY_KEY, value);
        }
        let (body, content_type) = match &request.body {
            Body::None => (Bytes::new(), None),
            Body::Json(body) => (body.clone(), Some("application/json")),
            Body::Form(body) => (body.clone(), Some("application/x-www-form-urlencoded")),
        };
        if let Some(content_type) = content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        for (name, value) in &request.headers {
            headers.insert(name, value.clone());
        }
        let secrets = credential.into_iter().chain(&request.hidden).map(|secret| secret.expose().as_str()).collect();
        Ok(Self {
            method: request.method.clone(),
            url: request.url(base_url).ok_or("the path")?,
            headers,
            body,
            credential,
            path: request.path(),
            secrets,
        })
    }

    /// Takes the secrets of this request out of what is answered to it.
    pub(crate) fn redactor(&self) -> Redactor<'_> {
        Redactor::new(&self.secrets)
    }
}

/// `Bearer …`, marked so that nothing on the way prints it. `None` for what no header can carry, and for nothing.
pub(crate) fn bearer(credential: &Secret<String>) -> Option<HeaderValue> {
    let credential = credential.expose();
    if credential.is_empty() {
        return None;
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {credential}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_in_a_header_is_not_printed() {
        let value = bearer(&Secret::new("ghp_1".to_owned())).unwrap();
        assert_eq!(value, "Bearer ghp_1");
        assert!(!format!("{value:?}").contains("ghp_1"));
    }

    #[test]
    fn what_no_header_can_carry_is_no_credential() {
        for credential in ["", "a\nb", "a\0"] {
            assert_eq!(bearer(&Secret::new(credential.to_owned())), None, "{credential:?}");
        }
    }
}
