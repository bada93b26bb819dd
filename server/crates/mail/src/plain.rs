//! A letter as plain text.

use crate::letter::Letter;
use crate::line::Line;
use crate::link::{Instance, Link};
use std::fmt::Write as _;

/// Paragraphs are single lines: every program wraps them to its own width.
pub(crate) fn write(letter: &Letter, link: &Link, instance: &Instance) -> String {
    let mut text = format!("{}\n\n", letter.heading.as_str());
    paragraphs(&mut text, &letter.opening);
    if letter.has_facts() {
        for (name, value) in letter.facts() {
            let _ = writeln!(text, "{name}: {}", value.as_str());
        }
        text.push('\n');
    }
    let _ = write!(text, "{}:\n{}\n\n", letter.button, link.as_str());
    paragraphs(&mut text, &letter.closing);
    // "-- " on a line of its own starts a signature, which programs show as such.
    let _ = write!(text, "-- \nHookreel at {}\nYou get this mail because {}.\n", instance.public_url(), letter.because);
    text
}

fn paragraphs(text: &mut String, paragraphs: &[Line]) {
    for paragraph in paragraphs.iter().filter(|paragraph| !paragraph.as_str().is_empty()) {
        let _ = write!(text, "{}\n\n", paragraph.as_str());
    }
}
