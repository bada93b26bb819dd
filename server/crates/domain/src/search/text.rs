//! Words of texts. Chinese and Japanese put no space between theirs: of these, two letters that stand together are one.

/// Runs of letters and digits, in lower case.
pub(super) fn runs(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()).map(str::to_lowercase)
}

/// The words that a message has of a run. The last letter of those without spaces is a word too, so that any one of them
/// begins a word.
pub(super) fn words(run: &str) -> impl Iterator<Item = &str> {
    let mut rest = run;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        if !is_unspaced(first) {
            let (word, after) = rest.split_at(rest.find(is_unspaced).unwrap_or(rest.len()));
            rest = after;
            return Some(word);
        }
        let (_, after) = rest.split_at(first.len_utf8());
        let second = after.chars().next().filter(|c| is_unspaced(*c)).map_or(0, char::len_utf8);
        let (word, _) = rest.split_at(first.len_utf8() + second);
        rest = after;
        Some(word)
    })
}

/// A word that a message has to have for a run to be in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted<'t> {
    /// One that has spaces around it where it is written.
    Spaced(&'t str),
    /// Two letters.
    Pair(&'t str),
    /// One letter, with which a word begins.
    Letter(&'t str),
}

/// What is asked for by a run.
pub(super) fn wanted(run: &str) -> Vec<Wanted<'_>> {
    let mut wanted = Vec::new();
    for word in words(run) {
        let is_letter = word.chars().nth(1).is_none();
        match (word.starts_with(is_unspaced), is_letter, wanted.last()) {
            (false, ..) => wanted.push(Wanted::Spaced(word)),
            (true, false, _) => wanted.push(Wanted::Pair(word)),
            // The second one of the pair before it.
            (true, true, Some(Wanted::Pair(_))) => {}
            (true, true, _) => wanted.push(Wanted::Letter(word)),
        }
    }
    wanted
}

/// Letters of Chinese and Japanese: kana, also the narrow ones, and ideographs.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}'
        | '\u{3041}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::{Wanted, runs, wanted, words};
    use proptest::prelude::*;

    fn all(text: &str) -> Vec<String> {
        runs(text).flat_map(|run| words(&run).map(str::to_owned).collect::<Vec<_>>()).collect()
    }

    #[test]
    fn texts_with_spaces_are_split_at_what_is_no_letter_and_others_into_pairs() {
        assert_eq!(all("Two words, no. 7"), ["two", "words", "no", "7"]);
        assert_eq!(all("東京都"), ["東京", "京都", "都"]);
        assert_eq!(all("注文ABC123です、猫"), ["注文", "文", "abc123", "です", "す", "猫"]);
        assert_eq!(all("안녕 мир"), ["안녕", "мир"]);
    }

    #[test]
    fn a_run_is_asked_for_by_its_pairs_and_a_letter_alone_by_what_begins_with_it() {
        assert_eq!(wanted("東京都"), [Wanted::Pair("東京"), Wanted::Pair("京都")]);
        assert_eq!(wanted("猫"), [Wanted::Letter("猫")]);
        assert_eq!(
            wanted("7月10日"),
            [Wanted::Spaced("7"), Wanted::Letter("月"), Wanted::Spaced("10"), Wanted::Letter("日")]
        );
    }

    proptest! {
        #[test]
        fn any_part_of_a_text_without_spaces_is_in_its_words(
            text in "[一-龥ぁ-ん]{1,30}", from in 0_usize..30, count in 1_usize..30,
        ) {
            let part: String = text.chars().skip(from).take(count).collect();
            let has: Vec<&str> = words(&text).collect();
            for wanted in wanted(&part) {
                let found = match wanted {
                    Wanted::Spaced(word) | Wanted::Pair(word) => has.contains(&word),
                    Wanted::Letter(letter) => has.iter().any(|word| word.starts_with(letter)),
                };
                prop_assert!(found, "{wanted:?}");
            }
        }
    }
}
