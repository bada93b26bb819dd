//! What arrives.

use crate::samples::{instance, likely};
use crate::server::{Server, note, now, send};
use hookreel_kernel::Email;
use hookreel_mail::{InvalidMail, MailError, Outgoing, Rendered};
use time::macros::datetime;

const HEADERS: [&str; 8] =
    ["message-id", "date", "from", "to", "subject", "auto-submitted", "mime-version", "content-type"];

fn ada() -> Email {
    Email::parse("ada@example.com").unwrap()
}

#[tokio::test]
async fn text_and_html_of_every_mail_arrive_as_they_were_written() {
    let mut server = Server::start(&[]).await;
    let smtp = server.client("smtp", "127.0.0.1");
    for (number, mail) in likely().iter().enumerate() {
        let rendered = mail.render(&instance()).unwrap();
        let id = format!("mail-{number}");
        let outgoing = Outgoing { id: &id, to: &ada(), written_at: datetime!(2026-03-12 14:05 UTC), mail: &rendered };
        let accepted = smtp.send(&outgoing).await.unwrap();
        let received = server.receive().await;
        assert!(accepted.answer.contains(&received.connection), "{accepted:?}");
        assert_eq!(received.subject, rendered.subject);
        assert_eq!(received.text.trim_end(), rendered.text.trim_end());
        assert_eq!(received.html.trim_end(), rendered.html.trim_end());
        assert_eq!(
            (received.from.as_str(), &received.to[..]),
            ("hookreel@hooks.example.com", &["ada@example.com".into()][..])
        );
        assert_eq!(received.header("message-id"), format!("<mail-{number}@hooks.example.com>"));
        assert_eq!(received.header("date"), "Thu, 12 Mar 2026 14:05:00 +0000");
        assert_eq!(received.header("from"), "Hookreel <hookreel@hooks.example.com>");
        assert_eq!(received.header("to"), "ada@example.com");
        assert_eq!(received.header("auto-submitted"), "auto-generated");
        assert!(received.header("content-type").starts_with("multipart/alternative;"));
    }
    assert!(!server.has_received_more().await);
}

#[tokio::test]
async fn letters_of_every_script_arrive() {
    let mut server = Server::start(&[]).await;
    let smtp = server.client("smtp", "127.0.0.1");
    let long = "Больше ничего не приходит из источника «Продажи и возвраты» с тех пор как";
    for subject in ["Zürich ist bereit", "株式会社フック is ready", long, "Ready 🎣", &"é".repeat(150)] {
        let mail =
            Rendered {
                text: format!("{subject} ✓\n.\n..\nend"), html: format!("<p>{subject} ✓</p>"), ..note(subject)
            };
        smtp.send(&Outgoing { id: "1", to: &ada(), written_at: now(), mail: &mail }).await.unwrap();
        let received = server.receive().await;
        assert_eq!(received.subject, subject);
        assert_eq!(received.text.trim_end(), mail.text);
        assert_eq!(received.html.trim_end(), mail.html);
        assert!(received.raw.is_ascii() && received.raw.lines().all(|line| line.len() <= 200), "{}", received.raw);
    }
}

#[tokio::test]
async fn no_words_can_add_a_header_or_a_recipient() {
    let mut server = Server::start(&[]).await;
    let smtp = server.client("smtp", "127.0.0.1");
    for words in [
        "Acme\r\nBcc: everybody@evil.example",
        "Acme\nX-Evil: yes\n\nNew body",
        "Acme\r\n.\r\nMAIL FROM:<evil@evil.example>\r\n",
        "=?utf-8?q?=0D=0ABcc:_everybody@evil.example?=",
        "Acme\u{85}Bcc: a@evil.example\u{2028}Cc: b@evil.example",
    ] {
        for mail in crate::samples::with_words(words) {
            let rendered = mail.render(&instance()).unwrap();
            smtp.send(&Outgoing { id: "1", to: &ada(), written_at: now(), mail: &rendered }).await.unwrap();
            let received = server.receive().await;
            let names: Vec<&str> = received.headers.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, HEADERS);
            assert_eq!(received.to, ["ada@example.com"]);
            assert_eq!(received.subject, rendered.subject);
            assert_eq!(received.text.trim_end(), rendered.text.trim_end());
        }
    }
    assert!(!server.has_received_more().await);
}

#[tokio::test]
async fn a_subject_of_two_lines_or_an_id_of_other_characters_is_not_sent() {
    let server = Server::start(&[]).await;
    let smtp = server.client("smtp", "127.0.0.1");
    for subject in ["A\r\nBcc: b@example.com", "A\nB", "A\0"] {
        let mail = Rendered { subject: subject.to_owned(), ..note("A") };
        let failed = smtp.send(&Outgoing { id: "1", to: &ada(), written_at: now(), mail: &mail }).await;
        assert_eq!(failed, Err(MailError::Invalid(InvalidMail::Subject)));
    }
    for id in ["", "a b", "a@b", "a>\r\nBcc: b", &"x".repeat(129)] {
        assert_eq!(send(&smtp, id, "ada@example.com").await, Err(MailError::Invalid(InvalidMail::Id)));
    }
    assert!(!server.has_received_more().await);
}

#[tokio::test]
async fn a_mail_that_is_sent_again_is_known_by_its_id() {
    let mut server = Server::start(&[]).await;
    let mail = note("A note");
    let outgoing = Outgoing { id: "019a-7f3e", to: &ada(), written_at: datetime!(2026-03-12 14:05 UTC), mail: &mail };
    let mut ids = Vec::new();
    for _ in 0..2 {
        // As a process that knows nothing of the first try.
        server.client("smtp", "127.0.0.1").send(&outgoing).await.unwrap();
        let received = server.receive().await;
        ids.push((received.header("message-id").to_owned(), received.header("date").to_owned()));
    }
    assert_eq!(ids[0], ("<019a-7f3e@hooks.example.com>".to_owned(), "Thu, 12 Mar 2026 14:05:00 +0000".to_owned()));
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn one_connection_carries_many_mails() {
    let mut server = Server::start(&[]).await;
    let smtp = server.client("smtp", "127.0.0.1");
    let mut connections = Vec::new();
    for id in ["1", "2", "3"] {
        send(&smtp, id, "ada@example.com").await.unwrap();
        connections.push(server.receive().await.connection);
    }
    connections.dedup();
    assert_eq!(connections.len(), 1);
}

#[tokio::test]
async fn mails_are_sent_side_by_side() {
    let mut server = Server::start(&[]).await;
    let smtp = server.client("smtp", "127.0.0.1");
    let sending: Vec<_> = (0..8)
        .map(|number| {
            let smtp = smtp.clone();
            tokio::spawn(async move { send(&smtp, &format!("mail-{number}"), "ada@example.com").await })
        })
        .collect();
    for sent in sending {
        sent.await.unwrap().unwrap();
    }
    let mut ids = Vec::new();
    for _ in 0..8 {
        ids.push(server.receive().await.header("message-id").to_owned());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8);
}

#[tokio::test]
async fn a_host_in_another_script_is_reached_by_its_name_in_ascii() {
    let mut server = Server::start(&[]).await;
    let smtp = server.client("smtp", "127.0.0.1");
    send(&smtp, "1", "ada@bücher.example").await.unwrap();
    let received = server.receive().await;
    assert!(received.raw.contains("\r\nTo: ada@xn--bcher-kva.example\r\n"), "{}", received.raw);
}

#[tokio::test]
async fn an_address_in_another_script_needs_a_server_that_takes_it() {
    let mut server = Server::start(&[]).await;
    send(&server.client("smtp", "127.0.0.1"), "1", "jürgen@example.com").await.unwrap();
    assert_eq!(server.receive().await.to, ["jürgen@example.com"]);
    let mut server = Server::start(&["--ascii-only"]).await;
    let smtp = server.client("smtp", "127.0.0.1");
    let invalid = send(&smtp, "1", "jürgen@example.com").await;
    assert_eq!(invalid, Err(MailError::Invalid(InvalidMail::AddressNotAscii)));
    send(&smtp, "2", "ada@example.com").await.unwrap();
    assert_eq!(server.receive().await.to, ["ada@example.com"]);
}
