//! Between what an endpoint is configured with and what people type: lists, headers, host names.

use crate::error::AppError;
use std::collections::BTreeMap;

/// Reads a list separated by commas, semicolons or white space. `None` if nothing is in it.
pub fn list_of(text: Option<&str>) -> Option<Vec<String>> {
    let mut items: Vec<String> = Vec::new();
    for item in text?.split(|c: char| matches!(c, ',' | ';') || c.is_whitespace()) {
        if !item.is_empty() && !items.iter().any(|known| known == item) {
            items.push(item.to_owned());
        }
    }
    (!items.is_empty()).then_some(items)
}

/// Reads headers, one per line: `Name: value`.
pub fn headers_of(text: &str) -> Result<BTreeMap<String, String>, AppError> {
    let mut headers = BTreeMap::new();
    for (place, line) in text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty()) {
        let Some((name, value)) = line.split_once(':').filter(|(name, _)| !name.trim().is_empty()) else {
            return Err(AppError::field("headers", format!("line {} must look like `Name: value`", place + 1)));
        };
        let name = name.trim();
        if headers.keys().any(|known: &String| known.eq_ignore_ascii_case(name)) {
            return Err(AppError::field("headers", format!("line {}: `{name}` is there twice", place + 1)));
        }
        headers.insert(name.to_owned(), value.trim().to_owned());
    }
    Ok(headers)
}

/// The other way round.
pub fn header_lines(headers: &BTreeMap<String, String>) -> String {
    headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n")
}

/// What an endpoint wants, in a few words; `None` is everything.
pub fn wanted(filter: Option<&[String]>) -> String {
    match filter {
        None => "All".to_owned(),
        Some([]) => "None".to_owned(),
        Some([one]) => one.clone(),
        Some([first, second]) => format!("{first}, {second}"),
        Some([first, rest @ ..]) => format!("{first} and {} more", rest.len()),
    }
}

/// The host of a URL, with its port if it has one: what a person types to confirm.
pub fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    &rest[..end]
}

/// A URL without its scheme, where there is little room.
pub fn without_scheme(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.strip_suffix('/').unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_may_be_separated_as_people_like() {
        let list = list_of(Some("invoice.paid, invoice.failed\r\nuser.created;invoice.paid ")).unwrap();
        assert_eq!(list, ["invoice.paid", "invoice.failed", "user.created"]);
        assert_eq!(list_of(Some(" , ")), None);
        assert_eq!(list_of(None), None);
    }

    #[test]
    fn headers_come_back_as_they_were_typed() {
        let headers = headers_of("X-Team: billing\r\n\r\nAuthorization: Bearer a:b\r\n").unwrap();
        assert_eq!(headers["Authorization"], "Bearer a:b");
        assert_eq!(header_lines(&headers), "Authorization: Bearer a:b\nX-Team: billing");
    }

    #[test]
    fn a_line_that_is_no_header_is_named() {
        let error = headers_of("X-Team: billing\nnonsense").unwrap_err();
        assert_eq!(error.field_message("headers").unwrap(), "Line 2 must look like `Name: value`.");
        assert!(headers_of("A: 1\na: 2").is_err());
    }

    #[test]
    fn the_host_is_what_stands_between_the_slashes() {
        assert_eq!(host_of("https://example.com/hooks?x=1"), "example.com");
        assert_eq!(host_of("http://127.0.0.1:9000"), "127.0.0.1:9000");
    }

    #[test]
    fn filters_are_told_in_a_few_words() {
        let types = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(wanted(None), "All");
        assert_eq!(wanted(Some(&types(&["a", "b", "c"]))), "a and 2 more");
    }
}
