//! What a mail says, whatever it is written as.

use crate::line::Line;

/// A mail in its parts, in the order in which they are read. The link behind the button is checked apart from it.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) subject: Line,
    pub(crate) heading: Line,
    /// What happened.
    pub(crate) opening: Vec<Line>,
    /// The particulars, each with its name.
    pub(crate) facts: Vec<(&'static str, Line)>,
    /// What the button does.
    pub(crate) button: &'static str,
    /// What else to do or to know.
    pub(crate) closing: Vec<Line>,
    /// Why the person got it: goes on from "You get this mail because".
    pub(crate) because: &'static str,
}

impl Letter {
    /// The particulars that have a value.
    pub(crate) fn facts(&self) -> impl Iterator<Item = &(&'static str, Line)> {
        self.facts.iter().filter(|(_, value)| !value.as_str().is_empty())
    }

    pub(crate) fn has_facts(&self) -> bool {
        self.facts().next().is_some()
    }
}
