//! The head of a request, as it was sent.
//!
//! The HTTP library keeps neither how names were spelt nor where repeated headers stood. Whoever reads from the connection
//! keeps the bytes ([`SentHeads`](crate::SentHeads)); here they are read again, and believed if they say the same.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};

/// As many headers as the HTTP library takes.
pub(crate) const HEADERS_MAX: usize = 100;

/// The bytes of a request's head: an extension of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentHead(Bytes);

impl SentHead {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }

    /// Names as they were spelt and values, in the order in which they were sent; `None` if these bytes do not say
    /// what `headers` does: of a length that was said twice, the library keeps one.
    pub(crate) fn headers(&self, headers: &HeaderMap) -> Option<Vec<(String, Vec<u8>)>> {
        let mut room = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut head = httparse::Request::new(&mut room);
        if !head.parse(&self.0).is_ok_and(|status| status.is_complete()) {
            return None;
        }
        let sent: Vec<_> = head.headers.iter().map(|header| (header.name.to_owned(), header.value.to_vec())).collect();
        says_the_same(&sent, headers).then_some(sent)
    }
}

fn says_the_same(sent: &[(String, Vec<u8>)], headers: &HeaderMap) -> bool {
    sent.len() == headers.len()
        && headers.keys().all(|name| {
            let of_name = sent.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name.as_str()));
            of_name.map(|(_, value)| &value[..]).eq(headers.get_all(name).iter().map(HeaderValue::as_bytes))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderName;

    fn headers(of: &[(&'static str, &'static str)]) -> HeaderMap {
        of.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).fold(
            HeaderMap::new(),
            |mut all, (name, value)| {
                all.append(name, value);
                all
            },
        )
    }

    #[test]
    fn headers_are_read_as_they_were_spelt_and_where_they_stood() {
        let head = SentHead::new(
            b"\r\nPOST /in/a HTTP/1.1\r\nHost: b\r\nX-Tag: 1\r\nACCEPT:  */* \r\nx-tag: 2\r\n\r\n{}".to_vec(),
        );
        let known = headers(&[("host", "b"), ("x-tag", "1"), ("x-tag", "2"), ("accept", "*/*")]);
        let sent = head.headers(&known).unwrap();
        let expected = [("Host", "b"), ("X-Tag", "1"), ("ACCEPT", "*/*"), ("x-tag", "2")];
        let expected: Vec<_> =
            expected.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
        assert_eq!(sent, expected);
    }

    #[test]
    fn the_head_of_another_request_is_not_believed() {
        let head = SentHead::new(b"POST / HTTP/1.1\r\nHost: b\r\nA: 1\r\n\r\n".to_vec());
        for other in [
            &[("host", "b"), ("a", "2")][..],
            &[("host", "b")],
            &[("host", "b"), ("a", "1"), ("a", "1")],
            &[("host", "b"), ("c", "1")],
        ] {
            assert_eq!(head.headers(&headers(other)), None, "{other:?}");
        }
    }

    #[test]
    fn what_is_no_head_or_only_a_part_of_one_is_none() {
        for bytes in ["", "}", "POST / HTTP/1.1\r\nHost: b\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
            assert_eq!(SentHead::new(bytes.into()).headers(&headers(&[("host", "b")])), None, "{bytes:?}");
        }
    }
}
