//! Servers that say no, say nothing, or are not there.

use crate::server::{Server, client, impatient, note, now, send};
use hookreel_kernel::Email;
use hookreel_mail::{InvalidMail, MailError, Outgoing, Step};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpSocket};

#[tokio::test]
async fn a_refused_recipient_is_refused_for_good() {
    let mut server = Server::start(&[]).await;
    let smtp = server.client("smtp", "127.0.0.1");
    let refused = send(&smtp, "1", "refused@example.com").await.unwrap_err();
    let MailError::Refused { step: Step::Recipient, code: 550, text } = &refused else { panic!("{refused:?}") };
    assert!(text.contains("No such mailbox here"), "{text}");
    assert!(refused.is_about_the_mail());
    // The next one is not concerned.
    send(&smtp, "2", "ada@example.com").await.unwrap();
    assert_eq!(server.receive().await.to, ["ada@example.com"]);
}

#[tokio::test]
async fn a_refused_mail_is_refused_for_good() {
    let server = Server::start(&[]).await;
    let smtp = server.client("smtp", "127.0.0.1");
    let to = Email::parse("ada@example.com").unwrap();
    let outgoing = Outgoing { id: "1", to: &to, written_at: now(), mail: &note("An unwanted note") };
    let refused = smtp.send(&outgoing).await.unwrap_err();
    assert!(matches!(refused, MailError::Refused { step: Step::Content, code: 554, .. }), "{refused:?}");
    assert!(!server.has_received_more().await);
}

#[tokio::test]
async fn a_busy_mailbox_is_tried_again_later() {
    let mut server = Server::start(&[]).await;
    let smtp = server.client("smtp", "127.0.0.1");
    let later = send(&smtp, "1", "later@example.com").await.unwrap_err();
    let MailError::NotNow { code: Some(451), why } = &later else { panic!("{later:?}") };
    assert!(why.contains("The mailbox is busy"), "{why}");
    assert!(!later.is_about_the_mail());
    send(&smtp, "2", "ada@example.com").await.unwrap();
    assert_eq!(server.receive().await.header("message-id"), "<2@hooks.example.com>");
}

#[tokio::test]
async fn a_server_that_is_away_is_tried_again_later() {
    // Taken, so that nobody else gets it, and not listened on.
    let taken = TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = taken.local_addr().unwrap().port();
    let away = send(&client(&format!("smtp://127.0.0.1:{port}")), "1", "ada@example.com").await.unwrap_err();
    assert!(matches!(&away, MailError::NotNow { code: None, why } if why.contains("refused")), "{away:?}");
    let unknown = send(&client("smtp://mail.invalid:25"), "1", "ada@example.com").await.unwrap_err();
    assert!(matches!(unknown, MailError::NotNow { code: None, .. }), "{unknown:?}");
}

#[tokio::test]
async fn a_server_that_goes_away_between_two_mails_is_noticed() {
    let mut server = Server::start(&[]).await;
    let smtp = server.client("smtp", "127.0.0.1");
    send(&smtp, "1", "ada@example.com").await.unwrap();
    let port = server.port.to_string();
    server.stop().await;
    let away = send(&smtp, "2", "ada@example.com").await.unwrap_err();
    assert!(matches!(away, MailError::NotNow { code: None, .. }), "{away:?}");
    // It is back: what was left of the first connection is not in the way.
    let mut server = Server::start(&["--port", &port]).await;
    send(&smtp, "2", "ada@example.com").await.unwrap();
    assert_eq!(server.receive().await.header("message-id"), "<2@hooks.example.com>");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let held = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    for scheme in ["smtp", "smtps", "smtp+starttls"] {
        let started = Instant::now();
        let smtp = impatient(&format!("{scheme}://127.0.0.1:{port}"), 400);
        let silent = send(&smtp, "1", "ada@example.com").await.unwrap_err();
        assert!(matches!(&silent, MailError::NotNow { code: None, why } if why.contains("400 ms")), "{silent:?}");
        assert!(started.elapsed() < Duration::from_secs(10));
    }
    held.abort();
}

#[tokio::test]
async fn a_mail_that_was_given_up_half_way_does_not_disturb_the_next() {
    let mut server = Server::start(&[]).await;
    // Patient enough for a busy machine to answer the others.
    let smtp = impatient(&format!("smtp://127.0.0.1:{}", server.port), 10_000);
    smtp.check().await.unwrap();
    let silent = send(&smtp, "1", "silence@example.com").await.unwrap_err();
    assert!(matches!(silent, MailError::NotNow { code: None, .. }), "{silent:?}");
    send(&smtp, "2", "ada@example.com").await.unwrap();
    assert_eq!(server.receive().await.header("message-id"), "<2@hooks.example.com>");
    assert!(!server.has_received_more().await);
}

#[tokio::test]
async fn a_server_that_turns_everybody_away_is_not_the_fault_of_the_mail() {
    let refused = greeted_by("554 5.7.1 Not \u{202e}from\t here\r\n").await;
    let MailError::Refused { step: Step::Connection, code: 554, text } = &refused else { panic!("{refused:?}") };
    assert_eq!(text, "5.7.1 Not from here");
    assert!(!refused.is_about_the_mail());
    let busy = greeted_by("421 Too many connections\r\n").await;
    assert!(matches!(busy, MailError::NotNow { code: Some(421), .. }), "{busy:?}");
}

#[tokio::test]
async fn what_a_server_says_is_kept_only_in_part() {
    let long = format!("554-{}\r\n", "x".repeat(300)).repeat(8) + "554 end\r\n";
    let MailError::Refused { text, .. } = greeted_by(&long).await else { panic!("not refused") };
    assert!(text.chars().count() <= 300, "{}", text.len());
    for nonsense in ["HTTP/1.1 400 Bad Request\r\n\r\n", "\u{0}\u{1}\r\n", "", "999 what\r\n"] {
        let failed = greeted_by(nonsense).await;
        assert!(matches!(failed, MailError::NotNow { code: None, .. }), "{nonsense:?}: {failed:?}");
    }
}

/// What comes of a server that says this and closes.
async fn greeted_by(greeting: &str) -> MailError {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let greeting = greeting.to_owned();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(greeting.as_bytes()).await.unwrap();
    });
    send(&client(&format!("smtp://127.0.0.1:{port}")), "1", "ada@example.com").await.unwrap_err()
}

#[tokio::test]
async fn an_address_that_no_server_can_take_is_invalid() {
    let server = Server::start(&[]).await;
    let smtp = server.client("smtp", "127.0.0.1");
    let invalid = send(&smtp, "1", "a(b)c@example.com").await.unwrap_err();
    assert_eq!(invalid, MailError::Invalid(InvalidMail::Address));
    assert!(invalid.is_about_the_mail());
    assert!(!server.has_received_more().await);
}
