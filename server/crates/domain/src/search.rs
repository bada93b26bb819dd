//! Searching messages: what is found of one, and what a person asks for.
//!
//! A message is a set of words. Words that people type are letters and digits only; the others begin with a sign, so
//! that they cannot be mistaken: `$path=value` what the payload has at a path, `$path=N…` a number however it is written,
//! `$path` that it has something there, `#` an event type, `^` a source, `%` an application, `~` a channel, `@` a tenant.

mod number;
mod path;
mod text;

use hookreel_kernel::{ApplicationId, SourceId, TenantId};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use text::Wanted;

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
/// So many words of one run without spaces are asked for at most: of a longer one some from all over it.
const WANTED_MAX: usize = 8;
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
        match serde_json::from_slice::<&RawValue>(self.body) {
            Ok(payload) => add_json(&mut words, &mut String::new(), payload.get(), 0),
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
    let mut asked = Vec::new();
    for part in parts(question)? {
        match part.strip_prefix('$').filter(|rest| rest.starts_with(['.', '['])) {
            Some(path) => asked.push(vec![path_terms(path).ok_or(SearchError::Path)?]),
            None => add_terms(&mut asked, &part)?,
        }
        if asked.len() > TERMS_MAX {
            return Err(SearchError::TooMany);
        }
    }
    if asked.is_empty() {
        return Err(SearchError::NoWord);
    }
    Ok(asked.into_iter().flatten().collect())
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

fn add_terms(asked: &mut Vec<Vec<Vec<Term>>>, part: &str) -> Result<(), SearchError> {
    let (text, is_prefix) = part.strip_suffix('*').map_or((part, false), |text| (text, true));
    let mut runs = text::runs(text).peekable();
    while let Some(run) = runs.next() {
        let groups = run_groups(&run, is_prefix && runs.peek().is_none())?;
        if !asked.contains(&groups) {
            asked.push(groups);
        }
        // Each run is held against all before it: of a long text that would be without end.
        if asked.len() > TERMS_MAX {
            return Err(SearchError::TooMany);
        }
    }
    Ok(())
}

fn run_groups(run: &str, is_prefix: bool) -> Result<Vec<Vec<Term>>, SearchError> {
    let wanted = text::wanted(run);
    if let [Wanted::Spaced(word)] = wanted[..] {
        return Ok(vec![word_terms(word, is_prefix)?]);
    }
    // How messages have it that were indexed before texts without spaces were taken apart.
    let before = if is_prefix { vec![beginning(run)] } else { terms(run.to_owned()) };
    let (last, step) = (wanted.len() - 1, wanted.len().div_ceil(WANTED_MAX));
    let mut groups = Vec::new();
    for (index, wanted) in wanted.into_iter().enumerate().step_by(step) {
        let mut group = match wanted {
            Wanted::Spaced(word) => word_terms(word, is_prefix && index == last)?,
            Wanted::Pair(pair) => terms(pair.to_owned()),
            Wanted::Letter(letter) => vec![beginning(letter)],
        };
        group.extend_from_slice(&before);
        groups.push(group);
    }
    Ok(groups)
}

fn word_terms(word: &str, is_prefix: bool) -> Result<Vec<Term>, SearchError> {
    if !is_prefix {
        return Ok(terms(word.to_owned()));
    }
    if word.chars().count() < PREFIX_CHARS_MIN {
        return Err(SearchError::TooShortPrefix);
    }
    Ok(vec![beginning(word)])
}

fn beginning(word: &str) -> Term {
    Term { word: cut(word.to_owned(), WORD_BYTES_MAX - DIGEST_BYTES), is_prefix: true }
}

fn add_text(words: &mut BTreeSet<String>, text: &str) {
    for run in text::runs(text) {
        for word in text::words(&run) {
            if words.len() >= WORDS_MAX {
                return;
            }
            words.insert(whole(word.to_owned()));
        }
    }
}

/// Of a value as it is written: what a number looks like would be lost by reading it.
fn add_json(words: &mut BTreeSet<String>, path: &mut String, json: &str, depth: usize) {
    if words.len() >= WORDS_MAX || depth > DEPTH_MAX {
        return;
    }
    match json.as_bytes().first() {
        Some(b'{') => match serde_json::from_str::<BTreeMap<String, &RawValue>>(json) {
            Ok(fields) => add_fields(words, path, &fields, depth),
            Err(_) => add_text(words, json),
        },
        Some(b'[') => {
            for item in serde_json::from_str::<Vec<&RawValue>>(json).unwrap_or_default() {
                add_json(words, path, item.get(), depth + 1);
            }
        }
        Some(b'"') => match serde_json::from_str::<String>(json) {
            Ok(text) => {
                words.insert(whole(format!("${path}={}", text.to_lowercase())));
                add_text(words, &text);
            }
            // Half of a letter of two: there is no such text.
            Err(_) => add_text(words, json),
        },
        _ => {
            let value = number::canonical(json);
            let word = value.as_deref().map_or_else(|| json.to_lowercase(), number::marked);
            words.insert(whole(format!("${path}={word}")));
            add_text(words, json);
            add_text(words, value.as_deref().unwrap_or_default());
        }
    }
}

fn add_fields(words: &mut BTreeSet<String>, path: &mut String, fields: &BTreeMap<String, &RawValue>, depth: usize) {
    for (name, value) in fields {
        let before = path.len();
        path::push(path, name);
        words.insert(whole(format!("${path}")));
        add_text(words, name);
        add_json(words, path, value.get(), depth + 1);
        path.truncate(before);
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

/// What `.path:value` asks for: the value as it is written, or the number that it is. Messages that were indexed before
/// numbers had words of their own have it as it was read. `None`: it is no path.
fn path_terms(text: &str) -> Option<Vec<Term>> {
    let asked = path::asked(text)?;
    let Some(value) = asked.value else { return Some(terms(format!("${}", asked.path))) };
    let mut group = terms(format!("${}={value}", asked.path));
    if let Some(number) = number::canonical(&value) {
        group.push(whole(format!("${}={}", asked.path, number::marked(&number))).into());
    }
    Some(group)
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
mod tests;
