//! What a scheme has signed: the octets, and their description.

use crate::pointer::scalar_at;
use crate::refusal::Refusal;
use crate::request::Inbound;
use crate::scheme::{Part, Scheme};
use std::borrow::Cow;

/// What HubSpot undoes in a URL before it signs it ("Validate requests", v3).
const HUBSPOT_ESCAPES: &[(&str, &str)] = &[
    ("%3A", ":"),
    ("%2F", "/"),
    ("%3F", "?"),
    ("%40", "@"),
    ("%21", "!"),
    ("%24", "$"),
    ("%27", "'"),
    ("%28", "("),
    ("%29", ")"),
    ("%2A", "*"),
    ("%2C", ","),
    ("%3B", ";"),
];

/// Hands the signed parts of a request to a sink, in order.
pub(crate) fn each_signed(
    scheme: &Scheme<'_>,
    request: &Inbound<'_>,
    sent_at: &str,
    mut sink: impl FnMut(&[u8]),
) -> Result<(), Refusal> {
    for part in scheme.signed {
        match part {
            Part::Literal(text) => sink(text.as_bytes()),
            Part::Timestamp => sink(sent_at.as_bytes()),
            Part::Header(name) => sink(request.the_header(name)?.as_bytes()),
            Part::Pointer(pointer) => {
                let text = scalar_at(request.body, pointer);
                sink(text.ok_or(Refusal::MalformedBody { expected: "everything that is signed" })?.as_bytes());
            }
            Part::Method => sink(request.method.as_bytes()),
            Part::Url => sink(request.public_url.as_bytes()),
            Part::UrlUnescaped => sink(unescaped(request.public_url).as_bytes()),
            Part::Body => sink(request.body),
        }
    }
    Ok(())
}

/// The signed parts of a request, one after the other.
pub(crate) fn signed_octets(scheme: &Scheme<'_>, request: &Inbound<'_>, sent_at: &str) -> Result<Vec<u8>, Refusal> {
    let mut octets = Vec::with_capacity(request.body.len());
    each_signed(scheme, request, sent_at, |part| octets.extend_from_slice(part))?;
    Ok(octets)
}

fn unescaped(url: &str) -> Cow<'_, str> {
    let mut url = Cow::Borrowed(url);
    for (escape, character) in HUBSPOT_ESCAPES {
        for escape in [*escape, &escape.to_ascii_lowercase()] {
            if url.contains(escape) {
                url = Cow::Owned(url.replace(escape, character));
            }
        }
    }
    url
}

/// The parts as a template, as a custom provider's rule has them.
pub(crate) fn template_of(parts: &[Part<'_>]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Part::Literal(text) => Cow::Borrowed(*text),
            Part::Timestamp => Cow::Borrowed("{timestamp}"),
            Part::Header(name) => Cow::Owned(format!("{{header:{name}}}")),
            Part::Pointer(pointer) => Cow::Owned(format!("{{json:{pointer}}}")),
            Part::Method => Cow::Borrowed("{method}"),
            Part::Url | Part::UrlUnescaped => Cow::Borrowed("{url}"),
            Part::Body => Cow::Borrowed("{body}"),
        })
        .collect()
}

/// The parts that a template names, or nothing if it is none. A brace that is meant as itself cannot
/// be written: no known provider signs one.
pub(crate) fn parse_template(template: &str) -> Option<Vec<Part<'_>>> {
    if template.contains(char::is_control) {
        return None;
    }
    let mut parts = Vec::new();
    let mut rest = template;
    while !rest.is_empty() {
        let (literal, after) = rest.find('{').map_or((rest, ""), |start| rest.split_at(start));
        if literal.contains('}') {
            return None;
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        if after.is_empty() {
            break;
        }
        let (name, tail) = after.strip_prefix('{')?.split_once('}')?;
        parts.push(named_part(name)?);
        rest = tail;
    }
    Some(parts)
}

fn named_part(name: &str) -> Option<Part<'_>> {
    match name {
        "timestamp" => Some(Part::Timestamp),
        "body" => Some(Part::Body),
        "method" => Some(Part::Method),
        "url" => Some(Part::Url),
        _ => {
            let (kind, what) = name.split_once(':')?;
            match kind {
                "header" => Some(Part::Header(what)),
                "json" => Some(Part::Pointer(what)),
                _ => None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_round_trip() {
        for template in
            ["{body}", "v0:{timestamp}:{body}", "{header:X-Id}.{timestamp}.{body}", "{method}{url}{json:/a/b}"]
        {
            assert_eq!(template_of(&parse_template(template).unwrap()), template);
        }
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for bad in ["{", "}", "{}", "{nothing}", "{body", "a}b", "{header}", "{{body}}", "a\0b", "{json:/\n}"] {
            assert!(parse_template(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn escapes_of_either_case_are_undone() {
        assert_eq!(unescaped("https://h/a%3Ab%2fc?d=%20"), "https://h/a:b/c?d=%20");
        assert_eq!(unescaped("https://h/"), "https://h/");
    }
}
