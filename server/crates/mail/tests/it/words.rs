//! What each mail says.

use crate::samples::{LINK, instance, likely, with_words};
use hookreel_mail::{Instance, LinkRefusal, Mail};

/// The text of an attribute or of an element as a reader of HTML sees it.
pub(crate) fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&amp;", "&")
}

/// The values of every `href`.
fn links_in(html: &str) -> Vec<String> {
    html.split(" href=\"").skip(1).map(|rest| unescaped(rest.split('"').next().unwrap())).collect()
}

#[test]
fn the_link_is_whole_in_the_text_behind_the_button_and_below_it() {
    for mail in with_words("Acme") {
        let rendered = mail.render(&instance()).unwrap();
        assert_eq!(rendered.text.lines().filter(|line| *line == LINK).count(), 1, "{}", rendered.text);
        assert_eq!(links_in(&rendered.html), [LINK, LINK, "https://hooks.example.com"], "{mail:?}");
        let shown = unescaped(&rendered.html);
        assert_eq!(shown.matches(&format!(">{LINK}</a>")).count(), 1, "{mail:?}");
    }
}

#[test]
fn a_link_that_is_not_absolute_is_refused() {
    for link in ["/verify", "verify", "javascript:alert(1)", "", "mailto:a@example.com"] {
        let refused = Mail::VerifyAddress { link: link.to_owned(), minutes_valid: 60 }.render(&instance()).unwrap_err();
        assert_eq!(refused, LinkRefusal::NotAbsolute, "{link}");
    }
    let cut = Mail::VerifyAddress { link: "https://hooks.example.com/a b".to_owned(), minutes_valid: 60 };
    assert_eq!(cut.render(&instance()).unwrap_err(), LinkRefusal::Unencoded);
    assert_eq!(Instance::new("hooks.example.com").unwrap_err(), LinkRefusal::NotAbsolute);
}

#[test]
fn every_mail_says_where_it_is_from_and_why_it_came() {
    for mail in likely() {
        let rendered = mail.render(&instance()).unwrap();
        assert!(rendered.text.contains("\n-- \nHookreel at https://hooks.example.com\nYou get this mail because "));
        assert!(rendered.html.contains("You get this mail because "));
    }
}

#[test]
fn every_mail_is_calm_short_and_tells_what_to_do() {
    for mail in likely() {
        let rendered = mail.render(&instance()).unwrap();
        assert!(!rendered.text.contains('!') && !rendered.subject.contains('!'), "{}", rendered.text);
        assert!((10..=70).contains(&rendered.subject.chars().count()), "{}", rendered.subject);
        assert!(rendered.text.chars().count() < 900, "{}", rendered.text);
        assert!(rendered.html.len() < 12 * 1024, "some programs cut long mails off");
    }
}

#[test]
fn text_and_html_say_the_same() {
    for mail in likely() {
        let rendered = mail.render(&instance()).unwrap();
        let html = unescaped(&rendered.html);
        for line in rendered.text.lines().filter(|line| !line.is_empty() && *line != "-- ") {
            // A fact is in two cells, the link is named by the button, and the footer's link is one.
            for part in line.splitn(2, ": ") {
                let part = part.trim_end_matches(':').trim_start_matches("Hookreel at ");
                assert!(html.contains(part), "{part}\n{html}");
            }
        }
    }
}

#[test]
fn times_spans_and_numbers_are_written_for_people() {
    let texts: Vec<String> = likely().iter().map(|mail| mail.render(&instance()).unwrap().text).collect();
    let has = |words: &str| texts.iter().any(|text| text.contains(words));
    for words in [
        "When: 12 March 2026 at 14:05 UTC",
        "Failing since: 12 March 2026 at 14:05 UTC",
        "The link works once, for 30 minutes.",
        "The link works once, for 7 days.",
        "Usual longest gap: 1 hour 30 minutes",
        "Your plan includes 100,000 messages. 80,000 are used.",
    ] {
        assert!(has(words), "{words}");
    }
}

#[test]
fn the_html_loads_nothing_and_runs_nothing() {
    for mail in likely() {
        let html = mail.render(&instance()).unwrap().html;
        for forbidden in ["<img", "<script", "<link", "<iframe", "<form", "url(", "@import", " src=", "javascript:"] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
    }
}

#[test]
fn a_mail_survives_being_stored() {
    for mail in likely() {
        let stored = serde_json::to_value(&mail).unwrap();
        assert_eq!(stored["kind"], mail.kind());
        let loaded: Mail = serde_json::from_value(stored).unwrap();
        assert!(loaded == mail, "{mail:?}");
    }
    let stored = serde_json::to_value(likely().pop().unwrap()).unwrap();
    assert_eq!((&stored["percent"], &stored["what"]), (&100.into(), &"endpoints".into()));
}

#[test]
fn kinds_are_distinct() {
    let mut kinds: Vec<_> = with_words("Acme").iter().map(Mail::kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 12);
}

#[test]
fn debug_shows_neither_link_nor_text() {
    for mail in likely() {
        let rendered = mail.render(&instance()).unwrap();
        let shown = format!("{mail:?} {rendered:?}");
        assert!(!shown.contains("token") && !shown.contains("https"), "{shown}");
    }
}
