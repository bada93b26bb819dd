//! A provider's own headers, on their way to an endpoint that wants them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hookreel_domain::traffic::ReceivedHeader;
use http::{HeaderMap, HeaderName, HeaderValue};

/// Headers of the connection a message came in by, and what only its sender and this installation should know.
const OURS: [&str; 18] = [
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
];

fn is_ours(name: &str) -> bool {
    OURS.iter().any(|ours| ours.eq_ignore_ascii_case(name))
}

/// What goes along. Ours and the endpoint's own take their places afterwards.
pub(crate) fn headers(received: &[ReceivedHeader]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for header in received.iter().filter(|header| !is_ours(&header.name)) {
        let value = if header.is_base64 {
            STANDARD.decode(&header.value).unwrap_or_default()
        } else {
            header.value.clone().into()
        };
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(header.name.as_bytes()), HeaderValue::from_bytes(&value))
        {
            headers.append(name, value);
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_providers_headers_go_along_and_those_of_the_connection_do_not() {
        let header = |name: &str, value: &str| ReceivedHeader {
            name: name.to_owned(),
            value: value.to_owned(),
            is_base64: false,
        };
        let received = [
            header("stripe-signature", "t=1,v1=ab"),
            header("host", "hooks.example.com"),
            header("Cookie", "a=b"),
            header("x-twice", "1"),
            header("x-twice", "2"),
            ReceivedHeader { name: "x-odd".into(), value: "//4=".into(), is_base64: true },
        ];
        let headers = headers(&received);
        assert_eq!(headers.len(), 4);
        assert_eq!(headers["stripe-signature"], "t=1,v1=ab");
        assert_eq!(headers.get_all("x-twice").iter().count(), 2);
        assert_eq!(headers["x-odd"].as_bytes(), [0xff, 0xfe]);
    }
}
