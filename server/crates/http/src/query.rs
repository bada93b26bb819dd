//! Query strings, with an error for each wrong parameter.

use crate::object::not_known;
use crate::problem::{FieldProblem, Problem};
use crate::state::HttpState;
use crate::timestamp;
use axum::extract::FromRequestParts;
use hookreel_contract::Cursor;
use hookreel_kernel::Timestamp;
use http::request::Parts;
use std::borrow::Cow;
use std::str::FromStr;
use time::format_description::well_known::Rfc3339;
use url::form_urlencoded;

/// The most items on a page.
pub(crate) const LIMIT_MAX: usize = 250;
/// The items on a page when nothing else is asked for.
pub(crate) const LIMIT_DEFAULT: usize = 50;
/// As many parameters that are not known are told of; who sends more has seen enough.
const UNKNOWN_TOLD_MAX: usize = 20;

/// Made of a query string.
pub(crate) trait FromQuery: Sized {
    /// Takes what it knows; errors are collected by the reader.
    fn from_query(query: &mut QueryReader<'_>) -> Self;
}

/// The query string of a request.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: FromQuery> FromRequestParts<HttpState> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &HttpState) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// A name that nobody asked for is refused: a misspelt `dry_run` must not begin what was only to be tried.
fn parse<T: FromQuery>(text: &str) -> Result<T, Problem> {
    let pairs = form_urlencoded::parse(text.as_bytes()).collect();
    let mut reader = QueryReader { pairs, offered: Vec::new(), passed_over: Vec::new(), errors: Vec::new() };
    let value = T::from_query(&mut reader);
    let QueryReader { pairs, offered, passed_over, mut errors } = reader;
    let mut unknown: Vec<&str> = Vec::new();
    for (name, value) in &pairs {
        let name: &str = name;
        if !offered.contains(&name) && !passed_over.contains(&name) {
            if unknown.len() < UNKNOWN_TOLD_MAX && !unknown.contains(&name) {
                unknown.push(name);
                errors.push(FieldProblem::new("query", name, not_known(name, &offered)));
            }
        } else if value.contains('\0') {
            errors.push(FieldProblem::new("query", name, "must not contain the character U+0000"));
        }
    }
    if errors.is_empty() { Ok(value) } else { Err(Problem::fields(errors)) }
}

/// Reads parameters one by one. An empty value is the same as none.
#[derive(Debug)]
pub(crate) struct QueryReader<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// What was asked for.
    offered: Vec<&'static str>,
    /// What is known of the Svix API, and not to be recommended.
    passed_over: Vec<&'static str>,
    errors: Vec<FieldProblem>,
}

impl QueryReader<'_> {
    fn first(&mut self, name: &'static str) -> Option<&str> {
        self.offered.push(name);
        self.find(name)
    }

    fn find(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| &**value)
    }

    fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push(FieldProblem::new("query", name, message));
    }

    /// Text, as it is.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        self.first(name).map(str::to_owned)
    }

    /// Anything that can be parsed; the sentence says what was expected.
    pub(crate) fn parsed<T: FromStr>(&mut self, name: &'static str, expected: &str) -> Option<T> {
        let parsed = self.first(name)?.parse().ok();
        if parsed.is_none() {
            self.refuse(name, expected);
        }
        parsed
    }

    /// `true` or `false`. A name without a value is refused: `?dry_run` might be meant either way.
    pub(crate) fn flag(&mut self, name: &'static str, default: bool) -> bool {
        if self.find(name).is_none() && self.pairs.iter().any(|(key, _)| key == name) {
            self.refuse(name, "must be `true` or `false`");
        }
        self.parsed(name, "must be `true` or `false`").unwrap_or(default)
    }

    /// A point in time.
    pub(crate) fn timestamp(&mut self, name: &'static str) -> Option<Timestamp> {
        let parsed = Timestamp::parse(self.first(name)?, &Rfc3339).ok();
        if parsed.is_none() {
            self.refuse(name, timestamp::EXPECTED);
        }
        parsed
    }

    /// Values separated by commas, or the parameter repeated.
    pub(crate) fn list(&mut self, name: &'static str) -> Option<Vec<String>> {
        self.offered.push(name);
        let values: Vec<String> = self
            .pairs
            .iter()
            .filter(|(key, _)| key == name)
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect();
        (!values.is_empty()).then_some(values)
    }

    /// A parameter of the Svix API that would change the answer and is not offered here.
    pub(crate) fn unsupported(&mut self, name: &'static str) {
        self.passed_over.push(name);
        if self.find(name).is_some_and(|value| value != "false") {
            self.refuse(name, "is not supported");
        }
    }

    /// A parameter that SDKs of the Svix API send by themselves, and that has nothing here to act on.
    pub(crate) fn without_effect(&mut self, name: &'static str) {
        self.passed_over.push(name);
    }

    /// The order of a list that has only one.
    pub(crate) fn newest_first(&mut self) {
        if self.first("order").is_some_and(|order| order != "descending") {
            self.refuse("order", "must be `descending`: this list is newest first");
        }
    }
}

/// Which page of a list.
#[derive(Debug, Clone, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// The most items on the page.
    #[param(minimum = 1, maximum = 250, default = 50, value_type = Option<u32>)]
    pub(crate) limit: usize,
    /// The `iterator` of the page before.
    #[param(value_type = Option<String>)]
    pub(crate) iterator: Option<Cursor>,
}

impl FromQuery for PageQuery {
    fn from_query(query: &mut QueryReader<'_>) -> Self {
        let limit = query.parsed("limit", "must be a number from 1 to 250").unwrap_or(LIMIT_DEFAULT);
        if limit == 0 || limit > LIMIT_MAX {
            query.refuse("limit", "must be a number from 1 to 250");
        }
        Self { limit, iterator: query.text("iterator").map(Cursor) }
    }
}

/// Nothing is asked for.
impl FromQuery for () {
    fn from_query(_: &mut QueryReader<'_>) -> Self {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Sample {
        page: PageQuery,
        after: Option<Timestamp>,
        types: Option<Vec<String>>,
        content: bool,
    }

    impl FromQuery for Sample {
        fn from_query(query: &mut QueryReader<'_>) -> Self {
            query.unsupported("tag");
            query.without_effect("expanded_statuses");
            query.newest_first();
            Self {
                page: PageQuery::from_query(query),
                after: query.timestamp("after"),
                types: query.list("event_types"),
                content: query.flag("with_content", true),
            }
        }
    }

    #[test]
    fn parameters_are_read_the_way_the_sdks_write_them() {
        let text = "limit=10&iterator=msg_1&after=2026-11-23T09%3A30%3A00.000Z&event_types=a%2Cb&event_types=c&with_content=false";
        let sample: Sample = parse(text).unwrap();
        assert_eq!(sample.page.limit, 10);
        assert_eq!(sample.page.iterator, Some(Cursor("msg_1".into())));
        assert_eq!(sample.after.unwrap().unix_timestamp(), 1_795_426_200);
        assert_eq!(sample.types.unwrap(), ["a", "b", "c"]);
        assert!(!sample.content);
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        let problem =
            parse::<Sample>("limit=0&after=yesterday&with_content=maybe&tag=x&order=ascending&event_types=%00&a=1")
                .unwrap_err();
        let body: serde_json::Value = serde_json::from_slice(&problem.body()).unwrap();
        let named: Vec<&str> =
            body["detail"].as_array().unwrap().iter().map(|e| e["loc"][1].as_str().unwrap()).collect();
        assert_eq!(named, ["tag", "order", "limit", "after", "with_content", "event_types", "a"]);
    }

    fn faults<T: FromQuery + std::fmt::Debug>(text: &str) -> Vec<String> {
        let body: serde_json::Value = serde_json::from_slice(&parse::<T>(text).unwrap_err().body()).unwrap();
        let faults = body["detail"].as_array().unwrap().iter();
        faults.map(|e| format!("{}: {}", e["loc"][1].as_str().unwrap(), e["msg"].as_str().unwrap())).collect()
    }

    #[test]
    fn a_misspelt_parameter_is_refused_with_the_one_that_was_meant() {
        for (text, expected) in [
            ("withContent=false", "withContent: is not known here; did you mean `with_content`?"),
            ("WITH-CONTENT=false", "WITH-CONTENT: is not known here; did you mean `with_content`?"),
            ("eventTypes=a&eventTypes=b", "eventTypes: is not known here; did you mean `event_types`?"),
            ("limits=", "limits: is not known here; did you mean `limit`?"),
            (
                "channel=a",
                "channel: is not known here; there are `order`, `limit`, `iterator`, `after`, `event_types`, `with_content`",
            ),
            ("with_content", "with_content: must be `true` or `false`"),
        ] {
            assert_eq!(faults::<Sample>(text), [expected], "{text}");
        }
        assert_eq!(faults::<()>("dry_run=true"), ["dry_run: is not known here; there are none"]);
        let many: Vec<String> = (0..100).map(|n| format!("p{n}=1")).collect();
        assert_eq!(faults::<()>(&many.join("&")).len(), UNKNOWN_TOLD_MAX);
    }

    #[test]
    fn what_sdks_send_by_themselves_is_taken() {
        parse::<Sample>("expanded_statuses=true&tag=&order=descending").unwrap();
        parse::<()>("").unwrap();
    }

    #[test]
    fn an_empty_value_is_no_value() {
        let sample: Sample = parse("limit=&after=&iterator=").unwrap();
        assert_eq!(sample.page.limit, LIMIT_DEFAULT);
        assert_eq!(sample.page.iterator, None);
    }
}
