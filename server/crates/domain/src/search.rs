//! Searching messages: what is found of one, and what a person asks for.
//!
//! A message is a set of words. Words that people type are letters and digits only; the others begin with a sign, so
//! that they cannot be mistaken: `$path=value` what the payload has at a path, `$path` that it has something there,
//! `#` an event type, `^` a source, `%` an application, `~` a channel, `@` a tenant.

use hookreel_kernel::{ApplicationId, SourceId, TenantId};
use serde_json::Value;
use std::collections::BTreeSet;

/// Longer words are cut to this many bytes, in messages as in questions.
const WORD_BYTES_MAX: usize = 96;
/// A message has at most this many words; what comes later in its payload is not found.
const WORDS_MAX: usize = 6_000;
/// Payloads are walked so deep.
const DEPTH_MAX: usize = 24;
/// How many things may be asked for at once.
const TERMS_MAX: usize = 16;
/// The shortest beginning of a word that can be asked for.
const PREFIX_CHARS_MIN: usize = 3;

/// What is found of a message.
#[derive(Debug, Clone, Copy)]
pub struct Searchable<'a> {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The application it belongs to.
    pub application_id: ApplicationId,
    /// Where it came in.
    pub source_id: Option<SourceId>,
    /// The channels it was published on.
    pub channels: &'a [String],
    /// What it is about.
    pub event_type: &'a str,
    /// Its ids, as people see them: its own, the publisher's, the provider's.
    pub ids: &'a [&'a str],
    /// Headers it came with.
    pub headers: &'a [(&'a str, &'a str)],
    /// Its payload.
    pub body: &'a [u8],
}

impl Searchable<'_> {
    /// Its words.
    pub fn words(&self) -> BTreeSet<String> {
        let mut words = BTreeSet::from([tenant_word(self.tenant_id), type_word(self.event_type)]);
        words.insert(application_word(self.application_id));
        words.extend(self.source_id.map(source_word));
        words.extend(self.channels.iter().map(|channel| channel_word(channel)));
        add_text(&mut words, self.event_type);
        for id in self.ids {
            add_text(&mut words, id);
        }
        for (name, value) in self.headers {
            add_text(&mut words, name);
            add_text(&mut words, value);
        }
        match serde_json::from_slice::<Value>(self.body) {
            Ok(payload) => add_json(&mut words, &mut String::new(), &payload, 0),
            Err(_) => add_text(&mut words, &String::from_utf8_lossy(self.body)),
        }
        words
    }
}

/// One thing that a message has to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The word.
    pub word: String,
    /// Whether any word that begins so will do.
    pub is_prefix: bool,
}

impl From<String> for Term {
    fn from(word: String) -> Self {
        Self { word, is_prefix: false }
    }
}

/// Why a question cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// No word in it.
    #[error("type at least one word, or a path such as $.data.object.id:value")]
    NoWord,
    /// Too much at once.
    #[error("ask for at most {TERMS_MAX} words at once")]
    TooMany,
    /// `a*`.
    #[error("write at least {PREFIX_CHARS_MIN} characters before *")]
    TooShortPrefix,
    /// `$.` and nothing.
    #[error("a path looks like $.data.object.id:value; leave the value out to ask whether there is one")]
    Path,
    /// `"` without its pair.
    #[error("a quotation mark has no pair")]
    Quote,
}

/// What a person asks for: words, all of which a message must have; `begin*`; `$.path:value`, `$.path:"two words"` or
/// `$.path`. Upper and lower case are the same.
///
/// # Errors
/// See [`SearchError`].
pub fn parse(question: &str) -> Result<Vec<Term>, SearchError> {
    let mut terms = Vec::new();
    for part in parts(question)? {
        match part.strip_prefix("$.") {
            Some(path) => terms.push(path_term(path)?),
            None => add_terms(&mut terms, &part)?,
        }
    }
    if terms.is_empty() {
        return Err(SearchError::NoWord);
    }
    if terms.len() > TERMS_MAX {
        return Err(SearchError::TooMany);
    }
    Ok(terms)
}

/// Groups of terms as PostgreSQL's `tsquery`: of each group a message must have one.
pub fn tsquery(groups: &[Vec<Term>]) -> String {
    let groups = groups.iter().map(|group| format!("({})", group.iter().map(quoted).collect::<Vec<_>>().join(" | ")));
    groups.collect::<Vec<_>>().join(" & ")
}

fn quoted(term: &Term) -> String {
    let word = term.word.replace('\\', "\\\\").replace('\'', "''");
    format!("'{word}'{}", if term.is_prefix { ":*" } else { "" })
}

/// The word of a tenant's messages.
pub fn tenant_word(tenant_id: TenantId) -> String {
    format!("@{}", tenant_id.uuid().simple())
}

/// The word of an event type's messages.
pub fn type_word(event_type: &str) -> String {
    cut(format!("#{}", event_type.to_lowercase()))
}

/// The word of a source's messages.
pub fn source_word(source_id: SourceId) -> String {
    format!("^{}", source_id.uuid().simple())
}

/// The word of an application's messages.
pub fn application_word(application_id: ApplicationId) -> String {
    format!("%{}", application_id.uuid().simple())
}

/// The word of a channel's messages.
pub fn channel_word(channel: &str) -> String {
    cut(format!("~{channel}"))
}

/// Splits at white space outside of quotation marks, which stay.
fn parts(question: &str) -> Result<Vec<String>, SearchError> {
    let mut parts = vec![String::new()];
    let mut is_quoted = false;
    for c in question.chars() {
        match c {
            '"' => {
                is_quoted = !is_quoted;
                push(&mut parts, c);
            }
            c if c.is_whitespace() && !is_quoted => parts.push(String::new()),
            c => push(&mut parts, c),
        }
    }
    if is_quoted {
        return Err(SearchError::Quote);
    }
    parts.retain(|part| !part.is_empty());
    Ok(parts)
}

fn push(parts: &mut [String], c: char) {
    if let Some(last) = parts.last_mut() {
        last.push(c);
    }
}

/// `data.object.id:value`, without the `$.`.
fn path_term(text: &str) -> Result<Term, SearchError> {
    let (path, value) = match text.split_once([':', '=']) {
        Some((path, value)) => (path, Some(value.trim_matches('"'))),
        None => (text, None),
    };
    // Any place of a list: whoever writes an index means the list.
    let path = path.split(['.', '[', ']']).filter(|key| !key.is_empty() && !is_index(key));
    let path = path.collect::<Vec<_>>().join(".").to_lowercase();
    if path.is_empty() {
        return Err(SearchError::Path);
    }
    let word = match value {
        Some(value) if !value.is_empty() => format!("${path}={}", value.to_lowercase()),
        Some(_) => return Err(SearchError::Path),
        None => format!("${path}"),
    };
    Ok(Term { word: cut(word), is_prefix: false })
}

fn is_index(key: &str) -> bool {
    key == "*" || key.bytes().all(|byte| byte.is_ascii_digit())
}

fn add_terms(terms: &mut Vec<Term>, part: &str) -> Result<(), SearchError> {
    let (text, is_prefix) = part.strip_suffix('*').map_or((part, false), |text| (text, true));
    let mut words = words_of(text).peekable();
    while let Some(word) = words.next() {
        let is_prefix = is_prefix && words.peek().is_none();
        if is_prefix && word.chars().count() < PREFIX_CHARS_MIN {
            return Err(SearchError::TooShortPrefix);
        }
        let term = Term { word, is_prefix };
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
    Ok(())
}

/// Runs of letters and digits, in lower case.
fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(|word| cut(word.to_lowercase()))
}

fn add_text(words: &mut BTreeSet<String>, text: &str) {
    for word in words_of(text) {
        if words.len() >= WORDS_MAX {
            return;
        }
        words.insert(word);
    }
}

fn add_json(words: &mut BTreeSet<String>, path: &mut String, value: &Value, depth: usize) {
    if words.len() >= WORDS_MAX || depth > DEPTH_MAX {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let before = path.len();
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&name.to_lowercase());
                words.insert(cut(format!("${path}")));
                add_text(words, name);
                add_json(words, path, value, depth + 1);
                path.truncate(before);
            }
        }
        Value::Array(items) => {
            for item in items {
                add_json(words, path, item, depth + 1);
            }
        }
        Value::String(text) => {
            words.insert(cut(format!("${path}={}", text.to_lowercase())));
            add_text(words, text);
        }
        other => {
            let text = other.to_string();
            words.insert(cut(format!("${path}={text}")));
            add_text(words, &text);
        }
    }
}

/// At most so many bytes of it, and never half a letter. PostgreSQL's text cannot hold a NUL.
fn cut(word: String) -> String {
    let mut word = if word.contains('\0') { word.replace('\0', " ") } else { word };
    if word.len() > WORD_BYTES_MAX {
        let end = (0..=WORD_BYTES_MAX).rev().find(|end| word.is_char_boundary(*end)).unwrap_or_default();
        word.truncate(end);
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(body: &str) -> BTreeSet<String> {
        let searchable = Searchable {
            tenant_id: TenantId::from_uuid(uuid::Uuid::nil()),
            application_id: ApplicationId::from_uuid(uuid::Uuid::nil()),
            source_id: None,
            channels: &[],
            event_type: "invoice.paid",
            ids: &["msg_01h455vb4pex5vsknk084sn02q"],
            headers: &[("user-agent", "Stripe/1.0")],
            body: body.as_bytes(),
        };
        searchable.words()
    }

    fn finds(body: &str, question: &str) -> bool {
        let words = words(body);
        parse(question).unwrap().iter().all(|term| {
            words.contains(&term.word) || (term.is_prefix && words.iter().any(|word| word.starts_with(&term.word)))
        })
    }

    #[test]
    fn a_message_is_found_by_what_is_in_it() {
        let body = r#"{"data":{"object":{"id":"cus_9s6XKzkNRiz8i3","email":"jane@Example.com","amount":1999,
            "lines":[{"sku":"A-1"},{"sku":"B-2"}],"paid":true,"note":"two words"}}}"#;
        for question in [
            "cus_9s6XKzkNRiz8i3",
            "jane@example.com",
            "JANE",
            "1999",
            "invoice.paid",
            "msg_01h455vb4pex5vsknk084sn02q",
            "stripe",
            "exam*",
            "$.data.object.id:cus_9s6xkzknriz8i3",
            "$.data.object.amount=1999",
            "$.data.object.lines[0].sku:B-2",
            "$.data.object.lines.sku:a-1",
            "$.data.object.paid:true",
            "$.data.object.note:\"two words\"",
            "$.data.object.note",
            "jane $.data.object.paid:true",
        ] {
            assert!(finds(body, question), "{question}");
        }
        for question in ["john", "jane john", "$.data.object.id:cus_other", "$.object.id", "exampl"] {
            assert!(!finds(body, question), "{question}");
        }
    }

    #[test]
    fn a_question_that_asks_nothing_is_refused_with_what_to_write() {
        assert_eq!(parse("  "), Err(SearchError::NoWord));
        assert_eq!(parse("—"), Err(SearchError::NoWord));
        assert_eq!(parse("a*"), Err(SearchError::TooShortPrefix));
        assert_eq!(parse("$."), Err(SearchError::Path));
        assert_eq!(parse("$.a:"), Err(SearchError::Path));
        assert_eq!(parse("$.a:\"b"), Err(SearchError::Quote));
        assert_eq!(parse("a b c d e f g h i j k l m n o p q"), Err(SearchError::TooMany));
    }

    proptest! {
        #[test]
        fn every_word_of_a_text_finds_it(text in "\\PC{0,200}") {
            let body = serde_json::json!({ "text": text }).to_string();
            for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
                prop_assert!(finds(&body, word), "{word}");
            }
        }

        #[test]
        fn every_value_is_found_at_its_path(key in "[a-z]{1,8}", value in "[a-zA-Z0-9 _-]{1,40}") {
            let body = serde_json::json!({ "outer": [{ &key: value }] }).to_string();
            let question = format!("$.outer.{key}:\"{value}\"");
            prop_assert!(finds(&body, &question), "{question}");
        }

        #[test]
        fn nothing_that_comes_in_and_nothing_that_is_asked_breaks_it(
            body in proptest::collection::vec(any::<u8>(), 0..500), question in "\\PC{0,80}",
        ) {
            let body = String::from_utf8_lossy(&body).into_owned();
            let words = words(&body);
            prop_assert!(words.iter().all(|word| word.len() <= WORD_BYTES_MAX && !word.contains('\0')));
            if let Ok(terms) = parse(&question) {
                prop_assert!(!terms.is_empty() && terms.iter().all(|term| !term.word.is_empty()));
            }
        }
    }
}
