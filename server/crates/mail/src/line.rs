//! Text that is one line: what every value becomes before it is in a mail.

/// The most characters of a paragraph.
const PARAGRAPH_CHARS_MAX: usize = 1000;
/// The most characters of a subject. Most programs show 60 to 80.
const SUBJECT_CHARS_MAX: usize = 150;

/// One line: no line breaks, no control characters, nothing that changes the direction of text or that is not seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line(String);

impl Line {
    /// A paragraph or a heading.
    pub(crate) fn new(text: impl AsRef<str>) -> Self {
        Self(clean(text.as_ref(), PARAGRAPH_CHARS_MAX))
    }

    /// A subject. `=?` would start an encoded word, which a mail program would decode into something else.
    pub(crate) fn subject(text: impl AsRef<str>) -> Self {
        Self(clean(text.as_ref(), SUBJECT_CHARS_MAX).replace("=?", "= ?"))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A value in one line, cut at so many characters.
pub(crate) fn clean(text: &str, chars_max: usize) -> String {
    let visible = text.chars().filter(|c| !is_invisible(*c));
    let spaced: String = visible.map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c }).collect();
    let mut line = String::with_capacity(spaced.len().min(chars_max * 4));
    for word in spaced.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.chars().count() <= chars_max {
        return line;
    }
    let cut: String = line.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn line_breaks_and_unseen_characters_are_gone() {
        assert_eq!(clean(" a\r\nBcc: b\u{85}c\u{2028}d\0e\t", 50), "a Bcc: b c d e");
        assert_eq!(clean("abc\u{202e}fed\u{200b}", 50), "abcfed");
        assert_eq!(clean("abcdef", 4), "abc…");
        assert_eq!(Line::subject("=?utf-8?b?QQ==?=").as_str(), "= ?utf-8?b?QQ== ?=");
    }

    proptest! {
        #[test]
        fn whatever_comes_a_line_comes_out_and_stays_as_it_is(text in any::<String>()) {
            let line = clean(&text, 40);
            prop_assert!(line.chars().count() <= 40);
            prop_assert!(!line.chars().any(|c| c.is_control() || is_invisible(c)));
            prop_assert_eq!(clean(&line, 40), line);
        }
    }
}
