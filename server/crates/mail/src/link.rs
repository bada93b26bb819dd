//! Links, and the instance they lead to.

use std::fmt;
use url::Url;

/// The most characters a link may have: more breaks in some mail programs.
const CHARS_MAX: usize = 2048;

/// A link that cannot be put into a mail. The link itself is not repeated: it may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefusal {
    /// It does not start with `https://` or `http://`, or has no host.
    #[error("the link is not an absolute http(s) URL")]
    NotAbsolute,
    /// It holds characters that a URL has to percent-encode, at which mail programs would cut it off.
    #[error("the link holds characters that a URL must percent-encode")]
    Unencoded,
    /// `https://user:password@host/`: programs warn of such links, and rightly.
    #[error("the link holds a user name or a password")]
    Credentials,
    /// Longer than what mail programs are sure to open.
    #[error("the link is longer than {CHARS_MAX} characters")]
    TooLong,
}

/// A link that has been checked. It is written as it was given.
pub(crate) struct Link(String);

impl Link {
    pub(crate) fn parse(text: &str) -> Result<Self, LinkRefusal> {
        if text.len() > CHARS_MAX {
            return Err(LinkRefusal::TooLong);
        }
        if !text.starts_with("https://") && !text.starts_with("http://") {
            return Err(LinkRefusal::NotAbsolute);
        }
        if !text.bytes().all(may_be_in_a_url) {
            return Err(LinkRefusal::Unencoded);
        }
        let url = Url::parse(text).map_err(|_| LinkRefusal::NotAbsolute)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(LinkRefusal::Credentials);
        }
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// RFC 3986, 2.2 and 2.3, and the percent sign.
const fn may_be_in_a_url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':' | b'/' | b'?' | b'#' | b'[' | b']' | b'@' | b'%')
        || matches!(byte, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
}

/// The Hookreel that a mail comes from, as people know it: by its public URL.
pub struct Instance(Link);

impl Instance {
    /// The instance at this public URL.
    pub fn new(public_url: &str) -> Result<Self, LinkRefusal> {
        Link::parse(public_url.trim_end_matches('/')).map(Self)
    }

    /// The public URL, without a slash at the end.
    pub fn public_url(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instance({})", self.public_url())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_http_links_are_taken() {
        for fine in ["https://hooks.example.com", "http://localhost:3000/a?b=c&d=%20#e", "https://[::1]:8/x"] {
            assert_eq!(Link::parse(fine).map(|link| link.0), Ok(fine.to_owned()));
        }
        for relative in
            ["", "/verify", "//example.com/", "javascript:alert(1)", "data:text/html,x", "ftp://a/", "https://"]
        {
            assert_eq!(Link::parse(relative).err(), Some(LinkRefusal::NotAbsolute), "{relative}");
        }
    }

    #[test]
    fn a_link_that_would_need_encoding_is_refused() {
        for bad in [
            "https://a/\"onclick=x",
            "https://a/<b>",
            "https://a/ b",
            "https://a/\r\nBcc: x",
            "https://é.example/",
            "https:\\\\a",
        ] {
            assert!(matches!(Link::parse(bad).err(), Some(LinkRefusal::Unencoded | LinkRefusal::NotAbsolute)), "{bad}");
        }
        assert_eq!(Link::parse("https://hookreel.com@evil.example/").err(), Some(LinkRefusal::Credentials));
        assert_eq!(Link::parse(&format!("https://a/{}", "x".repeat(2048))).err(), Some(LinkRefusal::TooLong));
    }
}
