//! Words that try to be more than words.

use crate::samples::{instance, with_words};
use crate::words::unescaped;
use hookreel_mail::Rendered;
use proptest::prelude::*;

const HOSTILE: [&str; 12] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><a href='https://evil.example'>Sign in</a>",
    "</title></head><body>",
    "<!-- --><style>*{display:none}</style>",
    "&lt;b&gt; &amp; &#60;i&#62;",
    "Acme\r\nBcc: everybody@evil.example\r\n\r\nNew body",
    "Acme\n-- \nAnother footer",
    "Acme\u{2028}\u{2029}\u{85}\u{b}\u{c}\0\u{7f}",
    "=?utf-8?q?=0D=0ABcc:_everybody@evil.example?=",
    "\u{202e}moc.elpmaxe\u{202c}\u{200b}\u{feff}",
    "--=_boundary\r\n.\r\nMAIL FROM:<evil@evil.example>",
];

/// Every tag with its attributes: what a parser sees of HTML in which text holds no `<` and no `>`.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()).collect()
}

fn check(words: &str) {
    let tame = with_words("Acme");
    // A letter in front, so that nothing is left out for being empty.
    let hostile = with_words(&format!("A{words}"));
    for (tame, hostile) in tame.iter().zip(&hostile) {
        let tame = tame.render(&instance()).unwrap();
        let Rendered { subject, text, html } = hostile.render(&instance()).unwrap();
        assert_eq!(tags(&html), tags(&tame.html), "{words:?} in {hostile:?}");
        assert!(!subject.chars().any(char::is_control) && !subject.contains("=?"), "{subject:?}");
        assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{text:?}");
        assert_eq!(text.lines().count(), tame.text.lines().count(), "{text}");
        // What is read as the title is the subject, to the letter.
        let title = html.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap();
        assert_eq!(unescaped(title), subject);
    }
}

#[test]
fn hostile_words_stay_words() {
    for words in HOSTILE {
        check(words);
        check(&words.repeat(200));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn no_words_whatsoever_become_markup(words in any::<String>()) {
        check(&words);
    }

    #[test]
    fn no_pieces_of_markup_become_markup(pieces in prop::collection::vec("[<>&\"'/=;#! a-z\r\n\u{202e}\u{0}]{1,8}", 0..20)) {
        check(&pieces.concat());
    }
}
