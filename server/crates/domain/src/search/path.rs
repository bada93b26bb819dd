//! Paths into a payload, as messages have them and as people ask for them: keys in lower case, joined by dots. Positions
//! in lists are not kept, so that whoever asks does not have to know them; nor is whether a dot stood within a key.

/// Goes on with a path by a key.
pub(super) fn push(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(&key.to_lowercase());
}

/// One step of a path that somebody asks for.
enum Step<'t> {
    Key(&'t str),
    /// Any element of a list.
    Element,
}

/// A path that somebody asks for, and what is to be there; `None`: anything.
pub(super) struct Asked {
    pub(super) path: String,
    /// In lower case.
    pub(super) value: Option<String>,
}

/// What `.data.lines[0]["a key"]:value` asks for, without the `$` before it. `None`: it is no path.
pub(super) fn asked(text: &str) -> Option<Asked> {
    let (mut path, mut has_key, mut rest) = (String::new(), false, text);
    while !rest.is_empty() && !rest.starts_with([':', '=']) {
        let (step, after) = step(rest)?;
        if let Step::Key(key) = step {
            push(&mut path, key);
            has_key = true;
        }
        rest = after;
    }
    if rest.is_empty() {
        return has_key.then_some(Asked { path, value: None });
    }
    let value = rest[1..].trim_matches('"');
    (!value.is_empty()).then(|| Asked { path, value: Some(value.to_lowercase()) })
}

/// The first step, and what comes after it.
fn step(text: &str) -> Option<(Step<'_>, &str)> {
    if let Some(quoted) = text.strip_prefix("[\"") {
        let (key, after) = quoted.split_once("\"]")?;
        return Some((Step::Key(key), after));
    }
    if let Some(position) = text.strip_prefix('[') {
        let (position, after) = position.split_once(']')?;
        let is_position = position == "*" || position.bytes().all(|byte| byte.is_ascii_digit());
        return is_position.then_some((Step::Element, after));
    }
    let text = text.strip_prefix('.')?;
    let (key, after) = text.split_at(text.find(['.', '[', ':', '=']).unwrap_or(text.len()));
    match key {
        "" => None,
        "*" => Some((Step::Element, after)),
        key => Some((Step::Key(key), after)),
    }
}
