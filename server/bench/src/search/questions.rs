//! What is asked: words, several of them, beginnings, paths and values at paths, of what is rare and of what is frequent.

use super::corpus::Corpus;
use crate::payload::mixed;

/// A kind of question.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) title: &'static str,
    /// Of a corpus, about the message with this number.
    ask: fn(&Corpus, u64) -> String,
    pub(crate) finds: Finds,
}

/// How many messages answer a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finds {
    Nothing,
    One,
    Some,
}

impl Finds {
    pub(crate) fn admits(self, found: usize) -> bool {
        match self {
            Self::Nothing => found == 0,
            Self::One => found == 1,
            Self::Some => found > 0,
        }
    }
}

/// Asked in the order of chance, reported in this one.
pub(crate) static KINDS: [Kind; 12] = [
    Kind {
        title: "a word or a value at a path that one message has",
        ask: |corpus, number| {
            let id = corpus.invoice(number).id;
            if number.is_multiple_of(2) { id } else { format!("$.data.object.id:in_{id}") }
        },
        finds: Finds::One,
    },
    Kind {
        title: "a word that 200 messages have",
        ask: |corpus, number| corpus.invoice(number).customer,
        finds: Finds::Some,
    },
    Kind {
        title: "a value at a path that 200 messages have",
        ask: |corpus, number| format!("$.data.object.customer:cus_{}", corpus.invoice(number).customer),
        finds: Finds::Some,
    },
    Kind {
        title: "one in 300, or that and one in 100 together",
        ask: |corpus, number| {
            let invoice = corpus.invoice(number);
            if number.is_multiple_of(2) { invoice.city } else { format!("{} {}", invoice.city, invoice.plan) }
        },
        finds: Finds::Some,
    },
    Kind {
        title: "one in 100: just too rare for the newest 4,000",
        ask: |corpus, number| corpus.invoice(number).plan,
        finds: Finds::Some,
    },
    Kind {
        title: "one in 3, or all",
        ask: |corpus, number| {
            if number.is_multiple_of(2) { corpus.invoice(number).currency.to_owned() } else { "invoice".to_owned() }
        },
        finds: Finds::Some,
    },
    Kind {
        title: "two words that all have, and one that one in 3 has",
        ask: |corpus, number| format!("invoice paid {}", corpus.invoice(number).currency),
        finds: Finds::Some,
    },
    Kind {
        title: "the beginning of a word that one message has",
        ask: |corpus, number| format!("{}*", &corpus.invoice(number).id[..14]),
        finds: Finds::Some,
    },
    Kind {
        title: "the beginning of words that one message in ten has",
        ask: |corpus, number| format!("{}*", &corpus.invoice(number).tag[..4]),
        finds: Finds::Some,
    },
    Kind {
        title: "a path that one message in 300 has",
        ask: |_, _| "$.data.object.coupon".to_owned(),
        finds: Finds::Some,
    },
    Kind { title: "a path that all have", ask: |_, _| "$.data.object.amount".to_owned(), finds: Finds::Some },
    Kind { title: "a word that no message has", ask: |_, number| format!("nowhere{number}"), finds: Finds::Nothing },
];

/// A question of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    /// Its place in [`KINDS`].
    pub(crate) kind: usize,
    pub(crate) text: String,
}

/// So many of each kind, in an order that no kind profits from. `salt` makes others of them.
pub(crate) fn questions(corpus: &Corpus, of_each: u64, salt: u64) -> Vec<Question> {
    let draw = |kind: usize, count: u64| mixed(mixed(mixed(salt) ^ count) ^ kind as u64);
    let mut drawn: Vec<(u64, Question)> = (0..of_each)
        .flat_map(|count| KINDS.iter().enumerate().map(move |(kind, asked)| (count, kind, asked)))
        .map(|(count, kind, asked)| {
            let drawn = draw(kind, count);
            (mixed(drawn), Question { kind, text: (asked.ask)(corpus, drawn % corpus.messages) })
        })
        .collect();
    drawn.sort_by_key(|(place, _)| *place);
    drawn.into_iter().map(|(_, question)| question).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::corpus::tests::corpus;
    use hookreel_domain::search::{Term, parse};
    use std::collections::BTreeSet;

    #[test]
    fn each_kind_of_question_finds_as_many_messages_as_it_says() {
        let corpus = corpus(6_000);
        let words: Vec<BTreeSet<String>> =
            (0..corpus.messages).map(|number| corpus.words(number, &corpus.invoice(number).body())).collect();
        for question in questions(&corpus, 4, 0) {
            let groups = parse(&question.text).unwrap();
            let has = |words: &BTreeSet<String>, term: &Term| {
                words.contains(&term.word) || (term.is_prefix && words.iter().any(|word| word.starts_with(&term.word)))
            };
            let found =
                words.iter().filter(|words| groups.iter().all(|group| group.iter().any(|term| has(words, term))));
            let found = found.count();
            let kind = &KINDS[question.kind];
            assert!(kind.finds.admits(found), "{}: `{}` finds {found}", kind.title, question.text);
            let expected = match question.kind {
                1 | 2 => 140..=260,
                4 => 30..=95,
                5 | 6 => 2_000..=6_000,
                8 => 500..=700,
                9 => 20..=20,
                10 => 6_000..=6_000,
                _ => 0..=40,
            };
            assert!(expected.contains(&found), "{}: `{}` finds {found}", kind.title, question.text);
        }
    }

    #[test]
    fn questions_come_in_a_mixed_order_and_with_another_salt_are_others() {
        let corpus = corpus(100_000);
        let asked = questions(&corpus, 5, 0);
        assert_eq!(asked.len(), 5 * KINDS.len());
        assert!(!asked.is_sorted_by_key(|question| question.kind));
        assert!((0..KINDS.len()).all(|kind| asked.iter().filter(|question| question.kind == kind).count() == 5));
        let others = questions(&corpus, 5, 1);
        assert!(asked.iter().filter(|question| question.kind == 0).all(|question| !others.contains(question)));
        assert_eq!(asked, questions(&corpus, 5, 0));
    }
}
