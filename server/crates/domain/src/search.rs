//! Searching messages: what is found of one, and what a person asks for.
//!
//! A message is a set of words. Words that people type are letters and digits only; the others begin with a sign, so
//! that they cannot be mistaken: `$path=value` what the payload has at a path, `$path` that it has something there,
//! `#` an event type, `^` a source, `%` an application, `~` a channel, `@` a tenant.

mod path;

use hookreel_kernel::{ApplicationId, SourceId, TenantId};
use serde_json::Value;
use std::collections::BTreeSet;

/// The longest word, in bytes. Of a longer text the beginning is kept, and a digest of all of it.
const WORD_BYTES_MAX: usize = 96;
/// So many of them are the digest of a longer text, and the sign before it.
const DIGEST_BYTES: usize = 17;
/// A text of at most so many bytes is a word as it is: shorter than all that were cut before there were digests, when up to
/// three bytes were lost to a letter that did not fit.
const WHOLE_BYTES_MAX: usize = WORD_BYTES_MAX - 4;
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
        let mut words = BTreeSet::from([tenant_word(self.tenant_id), whole(type_text(self.event_type))]);
        words.insert(application_word(self.application_id));
        words.extend(self.source_id.map(source_word));
        words.extend(self.channels.iter().map(|channel| whole(channel_text(channel))));
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
    #[error(
        "a path looks like $.data.lines[0].id:value, or $[\"a.b\"] for a key with other signs in it; leave the value out \
         to ask whether there is one"
    )]
    Path,
    /// `"` without its pair.
    #[error("a quotation mark has no pair")]
    Quote,
}

/// What a person asks for: words, all of which a message must have; `begin*`; `$.path:value`, `$.path:"two words"` or
/// `$.path`. Upper and lower case are the same. `[0]` and `[*]` in a path stand for any element of a list; a key with a
/// dot, a colon or a space in it is written `["a key"]`. Of each group that is returned a message must have one.
///
/// # Errors
/// See [`SearchError`].
pub fn parse(question: &str) -> Result<Vec<Vec<Term>>, SearchError> {
    let mut groups = Vec::new();
    for part in parts(question)? {
        match part.strip_prefix('$').filter(|rest| rest.starts_with(['.', '['])) {
            Some(path) => groups.push(terms(path::word_of(path).ok_or(SearchError::Path)?)),
            None => add_terms(&mut groups, &part)?,
        }
        if groups.len() > TERMS_MAX {
            return Err(SearchError::TooMany);
        }
    }
    if groups.is_empty() {
        return Err(SearchError::NoWord);
    }
    Ok(groups)
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

/// The words of an event type's messages, one of which each has.
pub fn type_terms(event_type: &str) -> Vec<Term> {
    terms(type_text(event_type))
}

fn type_text(event_type: &str) -> String {
    format!("#{}", event_type.to_lowercase())
}

/// The word of a source's messages.
pub fn source_word(source_id: SourceId) -> String {
    format!("^{}", source_id.uuid().simple())
}

/// The word of an application's messages.
pub fn application_word(application_id: ApplicationId) -> String {
    format!("%{}", application_id.uuid().simple())
}

/// The words of a channel's messages, one of which each has.
pub fn channel_terms(channel: &str) -> Vec<Term> {
    terms(channel_text(channel))
}

fn channel_text(channel: &str) -> String {
    format!("~{channel}")
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

fn add_terms(groups: &mut Vec<Vec<Term>>, part: &str) -> Result<(), SearchError> {
    let (text, is_prefix) = part.strip_suffix('*').map_or((part, false), |text| (text, true));
    let mut words = words_of(text).peekable();
    while let Some(word) = words.next() {
        let is_prefix = is_prefix && words.peek().is_none();
        if is_prefix && word.chars().count() < PREFIX_CHARS_MIN {
            return Err(SearchError::TooShortPrefix);
        }
        let group = if is_prefix {
            vec![Term { word: cut(word, WORD_BYTES_MAX - DIGEST_BYTES), is_prefix }]
        } else {
            terms(word)
        };
        if !groups.contains(&group) {
            groups.push(group);
        }
        // Each word is held against all before it: of a long text that would be without end.
        if groups.len() > TERMS_MAX {
            return Err(SearchError::TooMany);
        }
    }
    Ok(())
}

/// Runs of letters and digits, in lower case.
fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

fn add_text(words: &mut BTreeSet<String>, text: &str) {
    for word in words_of(text) {
        if words.len() >= WORDS_MAX {
            return;
        }
        words.insert(whole(word));
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
                path::push(path, name);
                words.insert(whole(format!("${path}")));
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
            words.insert(whole(format!("${path}={}", text.to_lowercase())));
            add_text(words, text);
        }
        other => {
            let text = other.to_string();
            words.insert(whole(format!("${path}={text}")));
            add_text(words, &text);
        }
    }
}

/// The word of a text as messages have it. Texts that only begin alike have different ones.
fn whole(text: String) -> String {
    if text.len() <= WHOLE_BYTES_MAX {
        return cut(text, WHOLE_BYTES_MAX);
    }
    let digest = digest(&text);
    format!("{}~{digest:016x}", cut(text, WORD_BYTES_MAX - DIGEST_BYTES))
}

/// How messages may have the word of a text: as it is now, and, if it is long, as it was cut before there were digests.
fn terms(text: String) -> Vec<Term> {
    let is_long = text.len() > WHOLE_BYTES_MAX;
    let before = is_long.then(|| Term::from(cut(text.clone(), WORD_BYTES_MAX)));
    std::iter::once(Term::from(whole(text))).chain(before).collect()
}

/// FNV-1a. Whoever makes two texts of one digest has made two of the own messages hard to tell apart, and no more.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// At most so many bytes of it, and never half a letter. PostgreSQL's text cannot hold a NUL.
fn cut(word: String, bytes_max: usize) -> String {
    let mut word = if word.contains('\0') { word.replace('\0', " ") } else { word };
    if word.len() > bytes_max {
        let end = (0..=bytes_max).rev().find(|end| word.is_char_boundary(*end)).unwrap_or_default();
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
        let has = |term: &Term| {
            words.contains(&term.word) || (term.is_prefix && words.iter().any(|word| word.starts_with(&term.word)))
        };
        parse(question).unwrap().iter().all(|group| group.iter().any(has))
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
        for path in ["$.", "$.a:", "$[", "$[0]", "$[0", "$[a]", "$[\"a\"", "$[\"a\"]b", "$.a..b", "$.a[0]b:c", "$.:a"] {
            assert!(matches!(parse(path), Err(SearchError::Path | SearchError::Quote)), "{path}");
        }
        assert_eq!(parse("$.a:\"b"), Err(SearchError::Quote));
        assert_eq!(parse("a b c d e f g h i j k l m n o p q"), Err(SearchError::TooMany));
    }

    #[test]
    fn a_question_without_end_is_refused_at_once() {
        let words = |between: &str| (0..500_000).map(|n| n.to_string()).collect::<Vec<_>>().join(between);
        let began = std::time::Instant::now();
        for between in [" ", "-", " $.a:"] {
            assert_eq!(parse(&words(between)), Err(SearchError::TooMany));
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(30));
    }

    #[test]
    fn a_position_stands_for_any_element_and_a_number_after_a_dot_for_a_key() {
        let body = r#"{"lines":[{"sku":"A"},{"sku":"B"}],"2024":{"7":"July"},"pairs":[["x","y"]]}"#;
        for question in [
            "$.lines[0].sku:B",
            "$.lines[*].sku:A",
            "$.lines[].sku:A",
            "$.lines.*.sku:A",
            "$.lines[9].sku:A",
            "$.pairs[0][1]:x",
            "$.2024.7:july",
            "$.2024",
            "$[\"2024\"][\"7\"]:july",
        ] {
            assert!(finds(body, question), "{question}");
        }
        for question in ["$.lines.0.sku:A", "$.2024:july", "$.7:july", "$[2024].7:july"] {
            assert!(!finds(body, question), "{question}");
        }
        assert!(finds(r#"[{"id":1},{"id":2}]"#, "$[0].id:2"));
        assert!(finds(r#"["one","two"]"#, "$[*]:two"));
    }

    #[test]
    fn a_key_with_signs_in_it_is_asked_for_in_quotation_marks() {
        let body = r#"{"a.b":{"c:d":"two words","e=f":1},"g h":[{"[i]":true}],"":"nothing"}"#;
        for question in [
            r#"$["a.b"]["c:d"]:"two words""#,
            r#"$["A.B"]["c:d"]"#,
            r#"$["a.b"]["e=f"]=1"#,
            r#"$["g h"][0]["[i]"]:true"#,
            r#"$["g h"]"#,
            r#"$[""]:nothing"#,
        ] {
            assert!(finds(body, question), "{question}");
        }
        assert!(!finds(body, r#"$["c:d"]:"two words""#));
    }

    #[test]
    fn a_long_value_is_not_found_by_another_one_that_begins_so() {
        let (one, other) = (format!("{}1", "x".repeat(200)), format!("{}2", "x".repeat(200)));
        let body = serde_json::json!({ "url": one, (one.as_str()): 1 }).to_string();
        for question in [&one, &format!("$.url:{one}"), &format!("$.{one}"), &format!("{}*", &one[..90])] {
            assert!(finds(&body, question), "{question}");
        }
        for question in [&other, &format!("$.url:{other}"), &format!("$.{other}"), &one[..96].to_owned()] {
            assert!(!finds(&body, question), "{question}");
        }
    }

    #[test]
    fn messages_whose_long_words_were_cut_once_are_still_found() {
        let long = "x".repeat(200);
        let cut: String = long[..WORD_BYTES_MAX].into();
        assert!(parse(&long).unwrap()[0].contains(&cut.into()));
        assert_eq!(type_terms(&long)[1].word.len(), WORD_BYTES_MAX);
        assert_eq!(channel_terms("short"), [Term::from("~short".to_owned())]);
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
        fn every_value_is_found_by_its_keys_in_quotation_marks_and_no_other_is(
            keys in proptest::collection::vec("[^\"]{0,12}", 1..5), value in "[a-z0-9 ]{1,120}", other in "[A-Z]{1,3}",
        ) {
            let value = format!("v{value}");
            let inside = keys.iter().rev().fold(serde_json::json!([value]), |inside, key| {
                serde_json::json!({ (key.as_str()): [inside] })
            });
            let path = format!("[\"{}\"][*]", keys.join("\"][*][\""));
            prop_assert!(finds(&inside.to_string(), &format!("${path}:\"{value}\"")), "{path}");
            prop_assert!(!finds(&inside.to_string(), &format!("${path}:\"{value}{other}\"")), "{path}");
        }

        #[test]
        fn a_plain_path_means_the_same_with_and_without_quotation_marks(
            keys in proptest::collection::vec("[a-zA-Z0-9_-]{1,8}", 1..6), position in 0_u32..100,
        ) {
            let quoted = format!("[\"{}\"]", keys.join("\"][\""));
            let plain = keys.join(".");
            let listed = keys.join(&format!("[{position}]."));
            prop_assert_eq!(parse(&format!("${quoted}:x")), parse(&format!("$.{plain}:x")));
            prop_assert_eq!(parse(&format!("$.{listed}")), parse(&format!("$.{plain}")));
        }

        #[test]
        fn nothing_that_comes_in_and_nothing_that_is_asked_breaks_it(
            body in proptest::collection::vec(any::<u8>(), 0..500), question in "\\PC{0,80}",
        ) {
            let body = String::from_utf8_lossy(&body).into_owned();
            let words = words(&body);
            prop_assert!(words.iter().all(|word| word.len() <= WORD_BYTES_MAX && !word.contains('\0')));
            if let Ok(groups) = parse(&question) {
                let terms: Vec<_> = groups.into_iter().flatten().collect();
                prop_assert!(!terms.is_empty() && terms.iter().all(|term| !term.word.is_empty()));
            }
        }
    }
}
