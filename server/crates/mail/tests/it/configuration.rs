//! How a mail server is named.

use hookreel_mail::{Security, Smtp, SmtpConfig, SmtpConfigError};
use std::time::Duration;

const FROM: &str = "Hookreel <hookreel@example.com>";

fn parse(url: &str) -> Result<SmtpConfig, SmtpConfigError> {
    SmtpConfig::parse(url, FROM)
}

#[test]
fn the_scheme_decides_encryption_and_the_usual_port() {
    for (url, security, host, port) in [
        ("smtp://localhost", Security::None, "localhost", 25),
        ("smtp+starttls://mail.example.com", Security::StartTls, "mail.example.com", 587),
        ("smtps://Mail.Example.com/", Security::Tls, "mail.example.com", 465),
        ("smtps://mail.example.com:2465", Security::Tls, "mail.example.com", 2465),
        ("smtp://[::1]:1025", Security::None, "::1", 1025),
        ("smtp://127.0.0.1:1025", Security::None, "127.0.0.1", 1025),
        ("smtps://bücher.example", Security::Tls, "xn--bcher-kva.example", 465),
    ] {
        let config = parse(url).unwrap();
        assert_eq!((config.security, config.host.as_str(), config.port), (security, host, port), "{url}");
        assert!(config.login.is_none());
        assert_eq!((config.from.to_string().as_str(), config.timeout), (FROM, Duration::from_secs(30)));
    }
}

#[test]
fn user_name_and_password_are_percent_decoded() {
    let login = parse("smtps://ada%40example.com:p%40%2F%3A%25%C3%A4%20x@mail.example.com").unwrap().login.unwrap();
    assert_eq!((login.username.as_str(), login.password.expose().as_str()), ("ada@example.com", "p@/:%ä x"));
}

#[test]
fn urls_that_cannot_be_meant_are_refused() {
    for (url, why) in [
        ("", SmtpConfigError::Url),
        ("mail.example.com", SmtpConfigError::Url),
        ("smtp://ada:pa/ss@mail.example.com", SmtpConfigError::Url),
        ("https://mail.example.com", SmtpConfigError::Scheme),
        ("mail.example.com:25", SmtpConfigError::Scheme),
        ("smtps:", SmtpConfigError::Host),
        ("smtp://mail.example.com:0", SmtpConfigError::Port),
        ("smtp://mail.example.com/inbox", SmtpConfigError::Rest),
        ("smtp://mail.example.com?tls=required", SmtpConfigError::Rest),
        ("smtp://ada:1#x@mail.example.com", SmtpConfigError::Rest),
        ("smtp://ada@mail.example.com", SmtpConfigError::HalfALogin),
        ("smtp://:secret@mail.example.com", SmtpConfigError::HalfALogin),
        ("smtp://ada:%00x@mail.example.com", SmtpConfigError::Login),
        ("smtp://ada:%ff@mail.example.com", SmtpConfigError::Login),
    ] {
        assert_eq!(parse(url).unwrap_err(), why, "{url}");
    }
    assert!(matches!(SmtpConfig::parse("smtp://localhost", "Hookreel"), Err(SmtpConfigError::From(_))));
}

#[tokio::test]
async fn the_password_is_never_shown() {
    let config = parse("smtp+starttls://ada:hunter2@mail.example.com").unwrap();
    let smtp = Smtp::new(config.clone()).unwrap();
    let shown = format!("{config:?} {smtp:?}");
    assert!(shown.contains("ada") && shown.contains("[redacted]") && !shown.contains("hunter2"), "{shown}");
    for wrong in ["smtp://ada:hunter2@mail.example.com/x", "http://ada:hunter2@x", "smtp://ada:hunter2@x:y"] {
        let error = parse(wrong).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}

#[test]
fn a_password_in_the_clear_is_noticed() {
    let exposes = |url| parse(url).unwrap().exposes_password();
    assert!(exposes("smtp://ada:secret@mail.example.com") && exposes("smtp://ada:secret@192.0.2.1"));
    assert!(!exposes("smtp://ada:secret@localhost") && !exposes("smtp://ada:secret@[::1]"));
    assert!(!exposes("smtp://mail.example.com") && !exposes("smtps://ada:secret@mail.example.com"));
}
