//! What differs between two lists of headers.

/// A header that is not the same on both sides; `None` where it is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderDifference {
    /// Its name, as the side that has it writes it.
    pub name: String,
    /// Its values in the first list, joined.
    pub first: Option<String>,
    /// Its values in the second.
    pub second: Option<String>,
}

/// The headers that differ, in the order in which they first stand, and how many are the same. Names are compared
/// without regard to case, and a repeated header counts as one with several values.
pub fn differences(first: &[(String, String)], second: &[(String, String)]) -> (Vec<HeaderDifference>, usize) {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in first.iter().chain(second) {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name);
        }
    }
    let all = names.len();
    let differing: Vec<_> = names
        .into_iter()
        .map(|name| HeaderDifference {
            name: name.to_owned(),
            first: values(first, name),
            second: values(second, name),
        })
        .filter(|header| header.first != header.second)
        .collect();
    let same = all - differing.len();
    (differing, same)
}

fn values(headers: &[(String, String)], name: &str) -> Option<String> {
    let values: Vec<&str> =
        headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(headers: &[(&str, &str)]) -> Vec<(String, String)> {
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn only_what_differs_is_named_and_the_rest_is_counted() {
        let first = list(&[("Content-Type", "application/json"), ("Date", "1"), ("Server", "a")]);
        let second = list(&[("content-type", "application/json"), ("date", "2"), ("X-New", "b")]);
        let (differing, same) = differences(&first, &second);
        assert_eq!(same, 1);
        let names: Vec<_> = differing.iter().map(|header| header.name.as_str()).collect();
        assert_eq!(names, ["Date", "Server", "X-New"]);
        assert_eq!((differing[1].first.as_deref(), differing[1].second.as_deref()), (Some("a"), None));
        assert_eq!((differing[2].first.as_deref(), differing[2].second.as_deref()), (None, Some("b")));
    }

    #[test]
    fn a_repeated_header_is_one_with_several_values() {
        let (differing, same) = differences(&list(&[("Via", "a"), ("Via", "b")]), &list(&[("via", "a")]));
        assert_eq!((differing[0].first.as_deref(), same), (Some("a, b"), 0));
    }
}
