//! A mail, written out.

use std::fmt;

/// What a person gets to read. `Debug` shows the subject alone: the rest may hold links that are as good as a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line without control characters.
    pub subject: String,
    /// For readers of plain text; lines end with `\n`.
    pub text: String,
    /// For everybody else: a whole document that loads nothing.
    pub html: String,
}

impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rendered").field("subject", &self.subject).finish_non_exhaustive()
    }
}
