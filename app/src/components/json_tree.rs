//! JSON as it was written: order, spelling of numbers and duplicate names are kept, because a payload is evidence.

/// A JSON value whose scalars are still the text they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// Names are JSON strings with their quotes.
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
    String(String),
    Number(String),
    /// `true`, `false`, `null`.
    Word(String),
}

impl Node {
    /// A line for every value, indented; scalars as they were written.
    pub(super) fn pretty(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, 0);
        text
    }

    fn write(&self, out: &mut String, depth: usize) {
        match self {
            Self::Object(members) => write_all(out, depth, ['{', '}'], members, |out, (name, node)| {
                out.push_str(name);
                out.push_str(": ");
                node.write(out, depth + 1);
            }),
            Self::Array(items) => {
                write_all(out, depth, ['[', ']'], items, |out, node| node.write(out, depth + 1));
            }
            Self::String(text) | Self::Number(text) | Self::Word(text) => out.push_str(text),
        }
    }
}

fn write_all<T>(out: &mut String, depth: usize, [begin, end]: [char; 2], parts: &[T], write: impl Fn(&mut String, &T)) {
    const INDENT: &str = "  ";
    out.push(begin);
    for (place, part) in parts.iter().enumerate() {
        out.push_str(if place == 0 { "\n" } else { ",\n" });
        out.push_str(&INDENT.repeat(depth + 1));
        write(out, part);
    }
    if !parts.is_empty() {
        out.push('\n');
        out.push_str(&INDENT.repeat(depth));
    }
    out.push(end);
}

/// Deeper than this, the text is shown as it is: a reader gains nothing, and the stack has an end.
const DEPTH_MAX: usize = 48;

/// Reads a whole text as one JSON value; `None` if it is not.
pub(super) fn parse(text: &str) -> Option<Node> {
    // serde_json decides what is JSON; the reader below only finds the borders.
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    let mut reader = Reader { rest: text };
    let node = reader.value(0)?;
    reader.skip_space();
    reader.rest.is_empty().then_some(node)
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn eat(&mut self, expected: char) -> Option<()> {
        self.skip_space();
        self.rest = self.rest.strip_prefix(expected)?;
        Some(())
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.skip_space();
        match self.rest.chars().next()? {
            '{' => self.object(depth),
            '[' => self.array(depth),
            '"' => self.string().map(Node::String),
            '-' | '0'..='9' => Some(Node::Number(self.run(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)))),
            _ => Some(Node::Word(self.run(|c| c.is_ascii_alphabetic()))),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Node> {
        let mut members = Vec::new();
        self.eat('{')?;
        while self.eat('}').is_none() {
            if !members.is_empty() {
                self.eat(',')?;
            }
            self.skip_space();
            let name = self.string()?;
            self.eat(':')?;
            members.push((name, self.value(depth + 1)?));
        }
        Some(Node::Object(members))
    }

    fn array(&mut self, depth: usize) -> Option<Node> {
        let mut items = Vec::new();
        self.eat('[')?;
        while self.eat(']').is_none() {
            if !items.is_empty() {
                self.eat(',')?;
            }
            items.push(self.value(depth + 1)?);
        }
        Some(Node::Array(items))
    }

    /// With its quotes and escapes.
    fn string(&mut self) -> Option<String> {
        let mut is_escaped = false;
        for (at, c) in self.rest.char_indices().skip(1) {
            match c {
                _ if is_escaped => is_escaped = false,
                '\\' => is_escaped = true,
                '"' => {
                    let (string, rest) = self.rest.split_at(at + 1);
                    self.rest = rest;
                    return Some(string.to_owned());
                }
                _ => {}
            }
        }
        None
    }

    fn run(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at(end);
        self.rest = rest;
        run.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_spelling_are_kept() {
        let node = parse(r#" {"b": 1.50e3, "a": [true, "x\"}"], "a": {}} "#).unwrap();
        let Node::Object(members) = node else { panic!("an object") };
        let names: Vec<_> = members.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, [r#""b""#, r#""a""#, r#""a""#]);
        assert_eq!(members[0].1, Node::Number("1.50e3".into()));
        assert_eq!(members[1].1, Node::Array(vec![Node::Word("true".into()), Node::String(r#""x\"}""#.into())]));
        assert_eq!(members[2].1, Node::Object(vec![]));
    }

    #[test]
    fn a_tree_is_written_with_a_line_for_every_value() {
        let node = parse(r#"{"a":[1.0,{}],"b":"x"}"#).unwrap();
        assert_eq!(node.pretty(), "{\n  \"a\": [\n    1.0,\n    {}\n  ],\n  \"b\": \"x\"\n}");
    }

    #[test]
    fn what_is_not_json_is_not_a_tree() {
        for text in ["", "{", "{\"a\":1,}", "[1 2]", "nul", "hello", "{} x", "\"\\"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn text_that_is_too_deep_is_left_as_it_is() {
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(parse(&deep), None);
    }
}
