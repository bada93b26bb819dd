//! How much matching a pattern can cost.

use regex_syntax::hir::{Class, Hir, HirKind};

/// What a pattern that cannot be read costs, for each of its characters. It is refused later, where patterns are compiled.
const STATES_OF_UNREADABLE: f64 = 8.0;
/// A pattern of more bytes is not even read: what it stands for may take thousands of times as much memory.
const PATTERN_BYTES_MAX: usize = 4 * 1024;
/// Above this it makes no difference any more.
const STATES_MAX: f64 = 1e9;

/// The places in a pattern at which matching can be at the same time, from above: what each character of a text is held
/// against in the worst case.
pub(crate) fn states_of(pattern: &str) -> f64 {
    if pattern.len() > PATTERN_BYTES_MAX {
        return STATES_MAX;
    }
    match regex_syntax::parse(pattern) {
        Ok(parsed) => count(&parsed).min(STATES_MAX),
        Err(_) => pattern.len() as f64 * STATES_OF_UNREADABLE,
    }
}

fn count(hir: &Hir) -> f64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(Class::Bytes(_)) => 1.0,
        HirKind::Literal(literal) => literal.0.len() as f64,
        HirKind::Class(Class::Unicode(class)) => 1.0 + class.ranges().len() as f64 / 8.0,
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            (count(&repetition.sub) * f64::from(times)).min(STATES_MAX)
        }
        HirKind::Capture(capture) => count(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(count).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetition_multiplies() {
        assert!(states_of("^[a-z]{3}$") < 10.0);
        assert!(states_of("(a?){200}a{200}") >= 400.0);
        assert!(states_of("((a{100}){100}){100}") >= 1e6);
        assert!(states_of("(?=a)b") > 0.0);
        assert!(states_of(&r"\w".repeat(30_000)) >= STATES_MAX);
    }
}
