//! What differs between two texts, line by line.

/// A line of either text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'t> {
    /// In both.
    Same(&'t str),
    /// Only in the first.
    Gone(&'t str),
    /// Only in the second.
    New(&'t str),
}

/// Above so many pairs of lines the table of the comparison would be felt: what differs is then shown as one block.
const PAIRS_MAX: usize = 250_000;

/// The lines of two texts, in order: those they share once, the others with the side they stand on.
pub fn compared<'t>(first: &'t str, second: &'t str) -> Vec<Line<'t>> {
    let (first, second): (Vec<&str>, Vec<&str>) = (first.lines().collect(), second.lines().collect());
    // Most of two answers is the same at both ends, and needs no table.
    let head = first.iter().zip(&second).take_while(|(one, other)| one == other).count();
    let (first_rest, second_rest) = (&first[head..], &second[head..]);
    let tail = first_rest.iter().rev().zip(second_rest.iter().rev()).take_while(|(one, other)| one == other).count();
    let first_middle = &first_rest[..first_rest.len() - tail];
    let second_middle = &second_rest[..second_rest.len() - tail];

    let mut lines: Vec<Line<'t>> = first[..head].iter().map(|line| Line::Same(line)).collect();
    lines.extend(middle(first_middle, second_middle));
    lines.extend(first[first.len() - tail..].iter().map(|line| Line::Same(line)));
    lines
}

fn middle<'t>(first: &[&'t str], second: &[&'t str]) -> Vec<Line<'t>> {
    let gone = |line: &&'t str| Line::Gone(line);
    let new = |line: &&'t str| Line::New(line);
    if first.len() * second.len() > PAIRS_MAX {
        return first.iter().map(gone).chain(second.iter().map(new)).collect();
    }
    let common = common_lengths(first, second);
    let (mut at, mut other_at) = (0, 0);
    let mut lines = Vec::with_capacity(first.len() + second.len());
    while let (Some(one), Some(other)) = (first.get(at), second.get(other_at)) {
        if one == other {
            lines.push(Line::Same(one));
            (at, other_at) = (at + 1, other_at + 1);
        } else if common[at + 1][other_at] >= common[at][other_at + 1] {
            lines.push(Line::Gone(one));
            at += 1;
        } else {
            lines.push(Line::New(other));
            other_at += 1;
        }
    }
    lines.extend(first[at..].iter().map(gone));
    lines.extend(second[other_at..].iter().map(new));
    lines
}

/// At `[i][j]`: how many lines what follows in both has in common at most.
fn common_lengths(first: &[&str], second: &[&str]) -> Vec<Vec<u32>> {
    let mut lengths = vec![vec![0; second.len() + 1]; first.len() + 1];
    for (i, one) in first.iter().enumerate().rev() {
        for (j, other) in second.iter().enumerate().rev() {
            lengths[i][j] =
                if one == other { lengths[i + 1][j + 1] + 1 } else { lengths[i + 1][j].max(lengths[i][j + 1]) };
        }
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_both_have_are_said_once() {
        let lines = compared("{\n  \"error\": 1\n}", "{\n  \"ok\": true\n}");
        assert_eq!(
            lines,
            [Line::Same("{"), Line::Gone("  \"error\": 1"), Line::New("  \"ok\": true"), Line::Same("}")]
        );
    }

    #[test]
    fn an_inserted_line_moves_nothing_else() {
        assert_eq!(compared("a\nb\nc", "a\nx\nb\nc")[1], Line::New("x"));
        assert_eq!(compared("a\nb\nc", "b\nc\na").iter().filter(|line| matches!(line, Line::Same(_))).count(), 2);
    }

    #[test]
    fn an_empty_text_differs_in_every_line() {
        assert_eq!(compared("", "a\nb"), [Line::New("a"), Line::New("b")]);
        assert_eq!(compared("a", ""), [Line::Gone("a")]);
        assert!(compared("", "").is_empty());
    }

    #[test]
    fn very_long_texts_are_compared_as_blocks() {
        let text = |side: &str| (0..600).map(|n| format!("{side}{n}")).collect::<Vec<_>>().join("\n");
        let (first, second) = (text("a"), text("b"));
        let lines = compared(&first, &second);
        assert_eq!((lines.len(), lines[0], lines[600]), (1200, Line::Gone("a0"), Line::New("b0")));
    }
}
