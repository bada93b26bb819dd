use super::*;
use proptest::prelude::*;

fn words(body: &str) -> BTreeSet<String> {
    let searchable = Searchable {
        tenant_id: TenantId::from_uuid(uuid::Uuid::nil()),
        application_id: ApplicationId::from_uuid(uuid::Uuid::nil()),
        source_id: None,
        channels: &[],
        event_type: "invoice.paid",
        ids: &["msg_01h455vb4pex5vsknk084sn02q"],
        headers: &[("user-agent", "Stripe/1.0")],
        body: body.as_bytes(),
    };
    searchable.words()
}

fn finds(body: &str, question: &str) -> bool {
    let words = words(body);
    let has = |term: &Term| {
        words.contains(&term.word) || (term.is_prefix && words.iter().any(|word| word.starts_with(&term.word)))
    };
    parse(question).unwrap().iter().all(|group| group.iter().any(has))
}

#[test]
fn a_message_is_found_by_what_is_in_it() {
    let body = r#"{"data":{"object":{"id":"cus_9s6XKzkNRiz8i3","email":"jane@Example.com","amount":1999,
        "lines":[{"sku":"A-1"},{"sku":"B-2"}],"paid":true,"note":"two words"}}}"#;
    for question in [
        "cus_9s6XKzkNRiz8i3",
        "jane@example.com",
        "JANE",
        "1999",
        "invoice.paid",
        "msg_01h455vb4pex5vsknk084sn02q",
        "stripe",
        "exam*",
        "$.data.object.id:cus_9s6xkzknriz8i3",
        "$.data.object.amount=1999",
        "$.data.object.lines[0].sku:B-2",
        "$.data.object.lines.sku:a-1",
        "$.data.object.paid:true",
        "$.data.object.note:\"two words\"",
        "$.data.object.note",
        "jane $.data.object.paid:true",
    ] {
        assert!(finds(body, question), "{question}");
    }
    for question in ["john", "jane john", "$.data.object.id:cus_other", "$.object.id", "exampl"] {
        assert!(!finds(body, question), "{question}");
    }
}

#[test]
fn a_number_is_found_as_it_is_written_and_at_its_path_as_any_other_way_to_write_it() {
    let body = r#"{"amount":42.50,"price":19.90,"limit":1e3,"big":12345678901234567890123,"whole":7,"debt":-0.5,
        "beyond":1e400,"version":"1.1","list":[0.10]}"#;
    for question in [
        "42.50",
        "42.5",
        "19.90",
        "1e3",
        "1000",
        "12345678901234567890123",
        "$.amount:42.50",
        "$.amount:42.5",
        "$.amount:4.25E1",
        "$.price:\"19.90\"",
        "$.price:19.9",
        "$.limit:1e3",
        "$.limit:1000.00",
        "$.big:12345678901234567890123",
        "$.whole:7",
        "$.whole:7.0",
        "$.debt:-0.50",
        "$.beyond:1e400",
        "$.version:1.1",
        "$.list[0]:0.1",
    ] {
        assert!(finds(body, question), "{question}");
    }
    for question in ["$.amount:42", "$.big:12345678901234567890124", "$.debt:0.5", "$.version:1.10", "$.version:N1.1"] {
        assert!(!finds(body, question), "{question}");
    }
}

#[test]
fn a_number_that_was_indexed_as_a_text_is_still_found_as_it_was() {
    let before = Term::from("$amount=1999".to_owned());
    assert!(parse("$.amount:1999").unwrap()[0].contains(&before));
}

#[test]
fn texts_without_spaces_are_found_by_any_letters_that_stand_together() {
    let body = r#"{"address":"東京都千代田区丸の内一丁目九番一号","note":"注文ABC123を発送しました"}"#;
    for question in [
        "東京",
        "千代田区",
        "号",
        "丸",
        "東京都千代田区丸の内一丁目九番一号",
        "注文abc123",
        "abc123",
        "abc*",
        "発送 丸の内",
        "千代*",
        "$.address:東京都千代田区丸の内一丁目九番一号",
    ] {
        assert!(finds(body, question), "{question}");
    }
    for question in ["京東", "大阪", "東京大阪", "$.address:東京"] {
        assert!(!finds(body, question), "{question}");
    }
}

#[test]
fn a_long_text_without_spaces_is_one_of_the_words_that_may_be_asked_for_at_once() {
    let text: String = ('一'..).take(500).collect();
    assert_eq!(parse(&text).unwrap().len(), WANTED_MAX);
    let many =
        |count| (0..count).map(|n| text.chars().skip(n).take(20).collect::<String>()).collect::<Vec<_>>().join("、");
    assert!(parse(&many(TERMS_MAX)).is_ok());
    assert_eq!(parse(&many(TERMS_MAX + 1)), Err(SearchError::TooMany));
}

#[test]
fn messages_whose_texts_without_spaces_were_indexed_as_a_whole_are_still_found() {
    for question in ["東京都", "注文abc123"] {
        assert!(parse(question).unwrap().iter().all(|group| group.contains(&Term::from(question.to_owned()))));
    }
}

#[test]
fn half_of_a_letter_spoils_only_the_text_that_it_is_in() {
    assert!(finds(r#"{"broken":"\ud800 half","id":"cus_1"}"#, "half $.id:cus_1"));
}

#[test]
fn a_question_that_asks_nothing_is_refused_with_what_to_write() {
    assert_eq!(parse("  "), Err(SearchError::NoWord));
    assert_eq!(parse("—"), Err(SearchError::NoWord));
    assert_eq!(parse("a*"), Err(SearchError::TooShortPrefix));
    for path in ["$.", "$.a:", "$[", "$[0]", "$[0", "$[a]", "$[\"a\"", "$[\"a\"]b", "$.a..b", "$.a[0]b:c", "$.:a"] {
        assert!(matches!(parse(path), Err(SearchError::Path | SearchError::Quote)), "{path}");
    }
    assert_eq!(parse("$.a:\"b"), Err(SearchError::Quote));
    assert_eq!(parse("a b c d e f g h i j k l m n o p q"), Err(SearchError::TooMany));
}

#[test]
fn a_question_without_end_is_refused_at_once() {
    let words = |between: &str| (0..500_000).map(|n| n.to_string()).collect::<Vec<_>>().join(between);
    let began = std::time::Instant::now();
    for between in [" ", "-", " $.a:"] {
        assert_eq!(parse(&words(between)), Err(SearchError::TooMany));
    }
    assert!(began.elapsed() < std::time::Duration::from_secs(30));
}

#[test]
fn a_position_stands_for_any_element_and_a_number_after_a_dot_for_a_key() {
    let body = r#"{"lines":[{"sku":"A"},{"sku":"B"}],"2024":{"7":"July"},"pairs":[["x","y"]]}"#;
    for question in [
        "$.lines[0].sku:B",
        "$.lines[*].sku:A",
        "$.lines[].sku:A",
        "$.lines.*.sku:A",
        "$.lines[9].sku:A",
        "$.pairs[0][1]:x",
        "$.2024.7:july",
        "$.2024",
        "$[\"2024\"][\"7\"]:july",
    ] {
        assert!(finds(body, question), "{question}");
    }
    for question in ["$.lines.0.sku:A", "$.2024:july", "$.7:july", "$[2024].7:july"] {
        assert!(!finds(body, question), "{question}");
    }
    assert!(finds(r#"[{"id":1},{"id":2}]"#, "$[0].id:2"));
    assert!(finds(r#"["one","two"]"#, "$[*]:two"));
}

#[test]
fn a_key_with_signs_in_it_is_asked_for_in_quotation_marks() {
    let body = r#"{"a.b":{"c:d":"two words","e=f":1},"g h":[{"[i]":true}],"":"nothing"}"#;
    for question in [
        r#"$["a.b"]["c:d"]:"two words""#,
        r#"$["A.B"]["c:d"]"#,
        r#"$["a.b"]["e=f"]=1"#,
        r#"$["g h"][0]["[i]"]:true"#,
        r#"$["g h"]"#,
        r#"$[""]:nothing"#,
    ] {
        assert!(finds(body, question), "{question}");
    }
    assert!(!finds(body, r#"$["c:d"]:"two words""#));
}

#[test]
fn a_long_value_is_not_found_by_another_one_that_begins_so() {
    let (one, other) = (format!("{}1", "x".repeat(200)), format!("{}2", "x".repeat(200)));
    let body = serde_json::json!({ "url": one, (one.as_str()): 1 }).to_string();
    for question in [&one, &format!("$.url:{one}"), &format!("$.{one}"), &format!("{}*", &one[..90])] {
        assert!(finds(&body, question), "{question}");
    }
    for question in [&other, &format!("$.url:{other}"), &format!("$.{other}"), &one[..96].to_owned()] {
        assert!(!finds(&body, question), "{question}");
    }
}

#[test]
fn messages_whose_long_words_were_cut_once_are_still_found() {
    let long = "x".repeat(200);
    let cut: String = long[..WORD_BYTES_MAX].into();
    assert!(parse(&long).unwrap()[0].contains(&cut.into()));
    assert_eq!(type_terms(&long)[1].word.len(), WORD_BYTES_MAX);
    assert_eq!(channel_terms("short"), [Term::from("~short".to_owned())]);
}

proptest! {
    #[test]
    fn every_word_of_a_text_finds_it(text in "\\PC{0,200}") {
        let body = serde_json::json!({ "text": text }).to_string();
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            prop_assert!(finds(&body, word), "{word}");
        }
    }

    #[test]
    fn every_value_is_found_at_its_path(key in "[a-z]{1,8}", value in "[a-zA-Z0-9 _-]{1,40}") {
        let body = serde_json::json!({ "outer": [{ &key: value }] }).to_string();
        let question = format!("$.outer.{key}:\"{value}\"");
        prop_assert!(finds(&body, &question), "{question}");
    }

    #[test]
    fn every_number_is_found_at_its_path_however_it_is_written(
        number in "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,12})?", power in -40_i32..40, noughts in 1_usize..9,
    ) {
        let written = format!("{number}e{power}");
        let point = if number.contains('.') { "" } else { "." };
        let otherwise = format!("{number}{point}{}E{power:+}", "0".repeat(noughts));
        let body = format!("{{\"outer\":[{{\"n\": {written} }}]}}");
        for question in [&written, &format!("$.outer.n:{written}"), &format!("$.outer.n:{otherwise}")] {
            prop_assert!(finds(&body, question), "{question}");
        }
    }

    #[test]
    fn every_value_is_found_by_its_keys_in_quotation_marks_and_no_other_is(
        keys in proptest::collection::vec("[^\"]{0,12}", 1..5), value in "[a-z0-9 ]{1,120}", other in "[A-Z]{1,3}",
    ) {
        let value = format!("v{value}");
        let inside = keys.iter().rev().fold(serde_json::json!([value]), |inside, key| {
            serde_json::json!({ (key.as_str()): [inside] })
        });
        let path = format!("[\"{}\"][*]", keys.join("\"][*][\""));
        prop_assert!(finds(&inside.to_string(), &format!("${path}:\"{value}\"")), "{path}");
        prop_assert!(!finds(&inside.to_string(), &format!("${path}:\"{value}{other}\"")), "{path}");
    }

    #[test]
    fn a_plain_path_means_the_same_with_and_without_quotation_marks(
        keys in proptest::collection::vec("[a-zA-Z0-9_-]{1,8}", 1..6), position in 0_u32..100,
    ) {
        let quoted = format!("[\"{}\"]", keys.join("\"][\""));
        let plain = keys.join(".");
        let listed = keys.join(&format!("[{position}]."));
        prop_assert_eq!(parse(&format!("${quoted}:x")), parse(&format!("$.{plain}:x")));
        prop_assert_eq!(parse(&format!("$.{listed}")), parse(&format!("$.{plain}")));
    }

    #[test]
    fn nothing_that_comes_in_and_nothing_that_is_asked_breaks_it(
        body in proptest::collection::vec(any::<u8>(), 0..500), question in "\\PC{0,80}",
    ) {
        let body = String::from_utf8_lossy(&body).into_owned();
        let words = words(&body);
        prop_assert!(words.iter().all(|word| word.len() <= WORD_BYTES_MAX && !word.contains('\0')));
        if let Ok(groups) = parse(&question) {
            let terms: Vec<_> = groups.into_iter().flatten().collect();
            prop_assert!(!terms.is_empty() && terms.iter().all(|term| !term.word.is_empty()));
        }
    }
}
