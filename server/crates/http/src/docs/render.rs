//! OpenAPI as a page to read.

use super::conventions;
use super::schema::{self, type_of};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The codes of problems, and what each one means.
pub(super) const PROBLEMS: [(&str, &str, &str); 14] = [
    ("malformed", "400", "The body is not valid JSON, or it ended early. The sentence says where."),
    ("authentication_failed", "401", "No API key, or one that is unknown or revoked."),
    (
        "quota_exceeded",
        "402",
        "Where plans are sold: the tenant's includes no more of it. The sentence says what is used up, and what to do. Nothing was done.",
    ),
    ("forbidden", "403", "The key may not do this."),
    ("not_found", "404", "There is no such thing, or it belongs to somebody else: the two look the same."),
    ("method_not_allowed", "405", "The path exists, the method does not; `Allow` lists those that do."),
    ("request_timeout", "408", "The body did not arrive in time."),
    ("conflict", "409", "It conflicts with what exists: a uid is taken, a message was published before."),
    ("idempotency_in_progress", "409", "The first request with this Idempotency-Key has not finished yet."),
    ("payload_too_large", "413", "The body is longer than allowed."),
    ("validation", "422", "Fields are wrong: detail lists each one with its place and what is wrong with it."),
    ("rate_limited", "429", "Too many requests; Retry-After says when to come back."),
    (
        "service_away",
        "502",
        "GitHub, which is needed for this, cannot be asked now; Retry-After says when, if it is known.",
    ),
    ("unavailable", "503", "The database is away: nothing was changed; Retry-After says when to come back."),
];

/// Writes text where HTML is expected.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

/// Text with `code` in backticks.
pub(super) fn prose(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 1 {
            let _ = write!(html, "<code>{}</code>", escape(part));
        } else {
            html.push_str(&escape(part));
        }
    }
    html
}

struct Operation<'a> {
    method: &'static str,
    path: &'a str,
    about: &'a Value,
}

impl Operation<'_> {
    fn id(&self) -> &str {
        self.about["operationId"].as_str().unwrap_or_default()
    }

    fn title(&self) -> &str {
        self.about["summary"].as_str().unwrap_or_default()
    }
}

/// Comes before the name of the theme, and that before [`page`].
pub(super) const BEFORE_THEME: &str = "<!doctype html><html lang=\"en\" data-theme=\"";

/// The whole page from the name of the theme on.
pub(super) fn page(description: &Value) -> String {
    let by_tag = operations(description);
    let mut html = String::with_capacity(128 * 1024);
    html.push_str(HEAD);
    navigation(&mut html, &by_tag);
    html.push_str("<main>");
    html.push_str(INTRODUCTION);
    conventions::write_html(&mut html);
    for (tag, operations) in &by_tag {
        let _ = write!(html, "<section><h2 id=\"{}\">{}</h2>", anchor(tag), escape(tag));
        for operation in operations {
            write_operation(&mut html, operation);
        }
        html.push_str("</section>");
    }
    write_problems(&mut html);
    write_schemas(&mut html, description);
    html.push_str("</main></body></html>\n");
    html
}

fn operations(description: &Value) -> BTreeMap<&str, Vec<Operation<'_>>> {
    let mut by_tag: BTreeMap<&str, Vec<Operation<'_>>> = BTreeMap::new();
    let paths = description["paths"].as_object().into_iter().flatten();
    for (path, item) in paths {
        for method in METHODS {
            let about = &item[method];
            if let Some(tag) = about["tags"][0].as_str() {
                by_tag.entry(tag).or_default().push(Operation { method, path, about });
            }
        }
    }
    by_tag
}

pub(super) fn anchor(tag: &str) -> String {
    tag.to_lowercase().replace(' ', "-")
}

fn navigation(html: &mut String, by_tag: &BTreeMap<&str, Vec<Operation<'_>>>) {
    html.push_str("<nav aria-label=\"Reference\">");
    html.push_str(BRAND);
    html.push_str("<a href=\"#start\">Start here</a><a href=\"#conventions\">Conventions</a>");
    for (tag, operations) in by_tag {
        let _ = write!(html, "<details><summary>{}</summary><ul>", escape(tag));
        for operation in operations {
            let _ = write!(html, "<li><a href=\"#{}\">{}</a></li>", operation.id(), escape(operation.title()));
        }
        html.push_str("</ul></details>");
    }
    html.push_str("<a href=\"#problems\">Problems</a><a href=\"#schemas\">Schemas</a></nav>");
}

fn write_operation(html: &mut String, operation: &Operation<'_>) {
    let Operation { method, path, about } = operation;
    let _ = write!(
        html,
        "<article id=\"{}\"><h3>{}</h3><p class=\"route\"><b class=\"{method}\">{}</b> <code>{}</code></p>",
        operation.id(),
        escape(operation.title()),
        method.to_uppercase(),
        escape(path),
    );
    if let Some(text) = about["description"].as_str() {
        let _ = write!(html, "<p>{}</p>", prose(text));
    }
    write_parameters(html, about);
    let body = &about["requestBody"]["content"]["application/json"]["schema"];
    if !body.is_null() {
        let _ = write!(html, "<h4>Body</h4><p>{}</p>", type_of(body));
    }
    write_answers(html, about);
    html.push_str("</article>");
}

fn write_parameters(html: &mut String, about: &Value) {
    let Some(parameters) = about["parameters"].as_array().filter(|list| !list.is_empty()) else { return };
    html.push_str("<h4>Parameters</h4><table><thead><tr><th>Name</th><th>In</th><th>Type</th><th>Meaning</th></tr></thead><tbody>");
    for parameter in parameters {
        let _ = write!(
            html,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(parameter["name"].as_str().unwrap_or_default()),
            escape(parameter["in"].as_str().unwrap_or_default()),
            type_of(&parameter["schema"]),
            prose(parameter["description"].as_str().unwrap_or_default()),
        );
    }
    html.push_str("</tbody></table>");
}

fn write_answers(html: &mut String, about: &Value) {
    html.push_str("<h4>Answers</h4><ul class=\"answers\">");
    let answers = about["responses"].as_object().into_iter().flatten();
    for (status, answer) in answers.filter(|(status, _)| status.starts_with('2')) {
        let schema = &answer["content"]["application/json"]["schema"];
        let body = if schema.is_null() { String::new() } else { format!(": {}", type_of(schema)) };
        let text = prose(answer["description"].as_str().unwrap_or_default());
        let _ = write!(html, "<li><code>{status}</code> {text}{body}</li>");
    }
    html.push_str("<li>or a <a href=\"#problems\">problem</a></li></ul>");
}

fn write_problems(html: &mut String) {
    html.push_str(
        "<section><h2 id=\"problems\">Problems</h2><p>What goes wrong is answered as <code>application/problem+json</code> \
         (RFC 9457): <code>type</code>, <code>title</code>, <code>status</code>, <code>code</code> and \
         <code>detail</code>, which is a sentence, or with status 422 a list of <code>loc</code>, <code>msg</code> and \
         <code>type</code>.</p><table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead><tbody>",
    );
    for (code, status, meaning) in PROBLEMS {
        let _ = write!(
            html,
            "<tr id=\"problem-{code}\"><td><code>{code}</code></td><td>{status}</td><td>{}</td></tr>",
            prose(meaning),
        );
    }
    html.push_str("</tbody></table></section>");
}

fn write_schemas(html: &mut String, description: &Value) {
    html.push_str("<section><h2 id=\"schemas\">Schemas</h2>");
    let none = Map::new();
    let schemas = description["components"]["schemas"].as_object().unwrap_or(&none);
    for (name, about) in schemas {
        schema::write(html, name, about, schemas);
    }
    html.push_str("</section>");
}

const HEAD: &str = "\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>API reference · Hookreel</title>\
<link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
<link rel=\"stylesheet\" href=\"/docs/style.css\"></head><body>";

/// The mark, which leads back to the dashboard.
const BRAND: &str = "<a class=\"brand\" href=\"/\"><svg viewBox=\"0 0 32 32\" width=\"24\" height=\"24\" fill=\"none\" \
stroke=\"currentColor\" stroke-width=\"3.25\" stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-hidden=\"true\">\
<circle cx=\"20.5\" cy=\"11\" r=\"8\"/><circle cx=\"20.5\" cy=\"11\" r=\"2.75\"/>\
<path d=\"M12.5 11v11.25a4.75 4.75 0 0 1-9.5 0V19l3.25 3.5\"/></svg><span>Hookreel</span></a>\
<p class=\"name\">API reference</p>";

const INTRODUCTION: &str = "<section id=\"start\"><h1>Hookreel API</h1>\
<p>Publish messages, manage who gets them, and see what became of them. Make an API key in the dashboard and send it \
with every request:</p>\
<pre><code>curl -X POST \"$HOOKREEL/api/v1/app/default/msg\" \\\n  -H \"Authorization: Bearer $HOOKREEL_KEY\" \\\n  \
-H \"Idempotency-Key: order-42-paid\" \\\n  -d '{\"eventType\": \"invoice.paid\", \"payload\": {\"id\": \"in_42\"}}'\
</code></pre>\
<p>The sending half speaks the contract of the Svix API, so its SDKs work unchanged:</p>\
<pre><code>import { Svix } from \"svix\";\nconst hookreel = new Svix(process.env.HOOKREEL_KEY, { serverUrl: process.env.HOOKREEL });\n\
await hookreel.message.create(\"default\", { eventType: \"invoice.paid\", payload: { id: \"in_42\" } });</code></pre>\
<p>Lists come in pages: pass <code>iterator</code> of one page to get the next, until <code>done</code>. A \
<code>POST</code> with an <code>Idempotency-Key</code> can be repeated without harm for 24 hours. Programs read the \
same reference as <a href=\"/api/v1/openapi.json\">OpenAPI</a>.</p></section>";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escape("a <b> & \"c\""), "a &lt;b&gt; &amp; &quot;c&quot;");
        assert_eq!(prose("see `<x>`"), "see <code>&lt;x&gt;</code>");
    }

    #[test]
    fn every_operation_is_on_the_page() {
        let description = serde_json::to_value(crate::openapi::description()).unwrap();
        let page = page(&description);
        for operation in operations(&description).values().flatten() {
            assert!(!operation.title().is_empty(), "{} {} has no title", operation.method, operation.path);
            assert!(page.contains(&format!("id=\"{}\"", operation.id())), "{}", operation.id());
        }
    }

    #[test]
    fn every_link_of_the_page_leads_somewhere() {
        let page = page(&serde_json::to_value(crate::openapi::description()).unwrap());
        for link in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(page.contains(&format!("id=\"{link}\"")), "#{link}");
        }
    }
}
