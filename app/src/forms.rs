//! Forms that were sent without JavaScript and refused: what was wrong, and what had been typed.
//!
//! A server function that is called by a plain form answers with a redirect back to the form's page, with its error
//! in the address. [`keep_refused_forms`] moves that error into a cookie that lives for one page, together
//! with what was typed, so that addresses stay clean, nobody can be sent a link that puts words into the dashboard,
//! and nothing has to be typed twice.

use crate::error::AppError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A form that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedForm {
    /// The path of the server function.
    pub path: String,
    /// Why.
    pub error: AppError,
    /// What had been typed and ticked, without secrets. Boxes of one name may be ticked several times.
    pub values: BTreeMap<String, Vec<String>>,
}

/// The refused form that this page load answers to, if any. Context of the whole application.
#[derive(Debug, Clone, Copy)]
pub struct Refusals(StoredValue<Option<RefusedForm>>);

impl Refusals {
    /// Takes the refused form out of the request, and carries it over to the browser with the page.
    pub fn provide() {
        let refused = SharedValue::new(|| {
            #[cfg(feature = "ssr")]
            {
                crate::server::take_refused_form()
            }
            #[cfg(not(feature = "ssr"))]
            {
                None::<RefusedForm>
            }
        });
        provide_context(Self(StoredValue::new(refused.into_inner())));
    }

    /// A refused form that no request has brought: a sample.
    pub fn with(refused: RefusedForm) -> Self {
        Self(StoredValue::new(Some(refused)))
    }

    /// The refused form, if it was sent to this server function with at least these values.
    pub fn of(path: &str, sent: &[(&'static str, String)]) -> Option<RefusedForm> {
        let refused = use_context::<Self>()?.0.get_value()?;
        let is_this = refused.path == path
            && sent.iter().all(|(name, value)| refused.values.get(*name).is_none_or(|sent| sent.contains(value)));
        is_this.then_some(refused)
    }

    /// The page it answered to has been left.
    pub fn forget(self) {
        self.0.set_value(None);
    }
}

#[cfg(feature = "ssr")]
pub use on_the_server::{COOKIE, decode, keep_refused_forms};

#[cfg(feature = "ssr")]
mod on_the_server {
    use super::RefusedForm;
    use axum::body::{Body, Bytes, to_bytes};
    use axum::extract::Request;
    use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
    use axum::middleware::Next;
    use axum::response::{IntoResponse as _, Response};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use flate2::Compression;
    use flate2::read::DeflateDecoder;
    use flate2::write::DeflateEncoder;
    use leptos::server_fn::error::ServerFnUrlError;
    use std::collections::BTreeMap;
    use std::io::{Read as _, Write as _};

    /// The cookie that carries a refused form to the next page.
    pub const COOKIE: &str = "hookreel_form";

    /// The largest form there is; endpoints with many headers are the largest in use.
    const FORM_BYTES_MAX: usize = 256 * 1024;

    /// What a cookie holds when it is unpacked; it comes from outside, and could be made to hold much more.
    const UNPACKED_BYTES_MAX: u64 = 2 * FORM_BYTES_MAX as u64;

    /// Browsers keep at least 4096 bytes per cookie (RFC 6265, 6.1), its name and attributes included.
    const COOKIE_BYTES_MAX: usize = 3_800;

    /// Middleware of the server functions' routes: moves the error of a refused plain form from the address of the
    /// redirect into [`COOKIE`].
    pub async fn keep_refused_forms(request: Request, next: Next) -> Response {
        if !is_plain_form(request.method(), request.headers()) {
            return next.run(request).await;
        }
        let (parts, body) = request.into_parts();
        let Ok(form) = to_bytes(body, FORM_BYTES_MAX).await else {
            return (StatusCode::PAYLOAD_TOO_LARGE, "The form is too large.").into_response();
        };
        let mut response = next.run(Request::from_parts(parts, Body::from(form.clone()))).await;
        move_error_into_cookie(response.headers_mut(), &form);
        response
    }

    fn is_plain_form(method: &Method, headers: &HeaderMap) -> bool {
        let holds = |name, text: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains(text))
        };
        method == Method::POST
            && holds(header::ACCEPT, "text/html")
            && holds(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
    }

    fn move_error_into_cookie(headers: &mut HeaderMap, form: &Bytes) -> Option<()> {
        let location = headers.get(header::LOCATION)?.to_str().ok()?;
        let url = url::Url::parse(location).ok()?;
        // An empty query is what is left of one that was cleared.
        let clean = HeaderValue::from_str(location.trim_end_matches('?')).ok()?;
        headers.insert(header::LOCATION, clean);
        let in_query = |name| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let (path, error) = (in_query("__path")?, in_query("__err")?);
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(form).into_owned().filter(|(name, _)| !is_secret(name)) {
            values.entry(name).or_default().push(value);
        }
        let refused = RefusedForm { path, error: ServerFnUrlError::decode_err(&error), values };
        let cookie = format!("{COOKIE}={}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax", encode(refused)?);
        headers.append(header::SET_COOKIE, HeaderValue::from_str(&cookie).ok()?);
        headers.insert(header::LOCATION, HeaderValue::from_str(&without_error(&url)).ok()?);
        Some(())
    }

    fn is_secret(name: &str) -> bool {
        ["password", "secret", "token", "confirm"].iter().any(|word| name.contains(word))
    }

    fn encode(mut refused: RefusedForm) -> Option<String> {
        let text = packed(&refused)?;
        if text.len() <= COOKIE_BYTES_MAX {
            return Some(text);
        }
        refused.values = BTreeMap::new();
        packed(&refused).filter(|text| text.len() <= COOKIE_BYTES_MAX)
    }

    /// What people type into large fields repeats itself: packed, several times as much fits.
    fn packed(refused: &RefusedForm) -> Option<String> {
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::best());
        packer.write_all(&serde_json::to_vec(refused).ok()?).ok()?;
        Some(URL_SAFE_NO_PAD.encode(packer.finish().ok()?))
    }

    /// Reads the cookie's value.
    pub fn decode(text: &str) -> Option<RefusedForm> {
        let packed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let mut unpacked = Vec::new();
        DeflateDecoder::new(packed.as_slice()).take(UNPACKED_BYTES_MAX).read_to_end(&mut unpacked).ok()?;
        serde_json::from_slice(&unpacked).ok()
    }

    fn without_error(url: &url::Url) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in url.query_pairs().filter(|(name, _)| name != "__path" && name != "__err") {
            pairs.append_pair(&name, &value);
        }
        let query = pairs.finish();
        if query.is_empty() { url.path().to_owned() } else { format!("{}?{query}", url.path()) }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::error::AppError;
        use hookreel_contract::ApiError;

        fn redirected_with(error: AppError) -> HeaderMap {
            let url =
                ServerFnUrlError::new("/do/sign_up", error).to_url("http://localhost:3000/sign-up?next=%2Fa").unwrap();
            let mut headers = HeaderMap::new();
            headers.insert(header::LOCATION, HeaderValue::from_str(url.as_str()).unwrap());
            headers
        }

        #[test]
        fn an_error_moves_from_the_address_into_the_cookie_without_secrets() {
            let error = AppError::Api(ApiError::invalid("email", "must not be empty"));
            let mut headers = redirected_with(error.clone());
            let form = Bytes::from_static(b"tenant_name=Ada+%26+Co&password=hunter2&email=&box=1&box=2");
            move_error_into_cookie(&mut headers, &form).unwrap();

            assert_eq!(headers[header::LOCATION], "/sign-up?next=%2Fa");
            let cookie = headers[header::SET_COOKIE].to_str().unwrap();
            let value = cookie.strip_prefix("hookreel_form=").unwrap().split(';').next().unwrap();
            let refused = decode(value).unwrap();
            assert_eq!(refused.path, "/do/sign_up");
            assert_eq!(refused.error, error);
            assert_eq!(refused.values["tenant_name"], ["Ada & Co"]);
            assert_eq!(refused.values["box"], ["1", "2"]);
            assert!(!refused.values.contains_key("password"));
        }

        #[test]
        fn values_too_large_for_a_cookie_are_left_out_and_the_error_stays() {
            let mut headers = redirected_with(AppError::Api(ApiError::Unavailable));
            // What does not repeat itself cannot be packed.
            let mut state = 1_u32;
            let noise: String = std::iter::repeat_with(|| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                char::from(b'a' + (state >> 24) as u8 % 26)
            })
            .take(9_000)
            .collect();
            let form = Bytes::from(format!("description={noise}"));
            move_error_into_cookie(&mut headers, &form).unwrap();
            let cookie = headers[header::SET_COOKIE].to_str().unwrap();
            let value = cookie.strip_prefix("hookreel_form=").unwrap().split(';').next().unwrap();
            assert!(decode(value).unwrap().values.is_empty());
        }

        #[test]
        fn a_schema_of_many_lines_is_still_there() {
            let mut headers = redirected_with(AppError::Api(ApiError::invalid("schemas", "is not JSON")));
            let property =
                |n: u32| format!("\"field_{n}\": {{\n    \"type\": \"string\",\n    \"maxLength\": {n}\n  }}");
            let schema = (0..200).map(property).collect::<Vec<_>>().join(",\n  ");
            assert!(schema.len() > 10_000);
            let pairs = url::form_urlencoded::Serializer::new(String::new()).append_pair("schemas", &schema).finish();
            move_error_into_cookie(&mut headers, &Bytes::from(pairs)).unwrap();
            let cookie = headers[header::SET_COOKIE].to_str().unwrap();
            let value = cookie.strip_prefix("hookreel_form=").unwrap().split(';').next().unwrap();
            assert_eq!(decode(value).unwrap().values["schemas"], [schema]);
        }

        #[test]
        fn a_cookie_that_would_unpack_to_very_much_is_not_read() {
            let mut packer = DeflateEncoder::new(Vec::new(), Compression::best());
            packer.write_all(&vec![b' '; 3 << 20]).unwrap();
            let text = URL_SAFE_NO_PAD.encode(packer.finish().unwrap());
            assert!(text.len() <= 2 * COOKIE_BYTES_MAX);
            assert_eq!(decode(&text), None);
        }

        #[test]
        fn a_redirect_without_an_error_is_left_alone() {
            let mut headers = HeaderMap::new();
            headers.insert(header::LOCATION, HeaderValue::from_static("http://localhost:3000/overview"));
            assert_eq!(move_error_into_cookie(&mut headers, &Bytes::new()), None);
            assert!(!headers.contains_key(header::SET_COOKIE));
        }
    }
}
