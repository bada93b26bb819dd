//! Passwords and encryption.

use crate::server::{Server, client, send};
use hookreel_mail::{MailError, Step};
use std::path::{Path, PathBuf};
use std::process::Command;

const PASSWORD: &str = "s3cret/ä:@%";
const LOGIN: &str = "ada%40example.com:s3cret%2F%C3%A4%3A%40%25";
const WITH_LOGIN: [&str; 4] = ["--user", "ada@example.com", "--password", PASSWORD];

#[tokio::test]
async fn the_right_password_opens() {
    let mut server = Server::start(&WITH_LOGIN).await;
    let smtp = server.client("smtp", &format!("{LOGIN}@127.0.0.1"));
    smtp.check().await.unwrap();
    send(&smtp, "1", "ada@example.com").await.unwrap();
    let received = server.receive().await;
    assert_eq!((received.user.as_deref(), received.secure), (Some("ada@example.com"), false));
}

#[tokio::test]
async fn a_wrong_password_is_said_to_be_wrong_and_is_not_the_fault_of_the_mail() {
    let server = Server::start(&WITH_LOGIN).await;
    let smtp = server.client("smtp", "ada%40example.com:guess@127.0.0.1");
    for refused in [smtp.check().await.unwrap_err(), send(&smtp, "1", "ada@example.com").await.unwrap_err()] {
        assert!(matches!(refused, MailError::Refused { step: Step::SignIn, code: 535, .. }), "{refused:?}");
        assert!(!refused.is_about_the_mail() && !format!("{refused:?} {refused}").contains("guess"));
    }
    assert!(!server.has_received_more().await);
}

#[tokio::test]
async fn a_server_that_wants_a_password_refuses_who_has_none() {
    let server = Server::start(&WITH_LOGIN).await;
    let refused = send(&server.client("smtp", "127.0.0.1"), "1", "ada@example.com").await.unwrap_err();
    assert!(matches!(refused, MailError::Refused { step: Step::Sender, code: 530, .. }), "{refused:?}");
    assert!(!refused.is_about_the_mail());
}

#[tokio::test]
async fn a_server_that_knows_no_passwords_gets_none() {
    let server = Server::start(&[]).await;
    let smtp = server.client("smtp", &format!("{LOGIN}@127.0.0.1"));
    let failed = send(&smtp, "1", "ada@example.com").await.unwrap_err();
    assert!(matches!(&failed, MailError::NotNow { code: None, why } if why.contains("signing in")), "{failed:?}");
}

#[tokio::test]
async fn nothing_is_sent_without_encryption_if_encryption_is_wanted() {
    let server = Server::start(&WITH_LOGIN).await;
    let smtp = server.client("smtp+starttls", &format!("{LOGIN}@127.0.0.1"));
    let failed = send(&smtp, "1", "ada@example.com").await.unwrap_err();
    assert!(matches!(&failed, MailError::NotNow { code: None, why } if why.contains("STARTTLS")), "{failed:?}");
    let smtp = server.client("smtps", &format!("{LOGIN}@127.0.0.1"));
    let failed = send(&smtp, "1", "ada@example.com").await.unwrap_err();
    assert!(matches!(failed, MailError::NotNow { code: None, .. }), "{failed:?}");
    assert!(!server.has_received_more().await);
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    for (option, scheme) in [("--starttls", "smtp+starttls"), ("--tls", "smtps")] {
        let server = Server::start(&[option]).await;
        let failed = send(&server.client(scheme, "localhost"), "1", "ada@example.com").await.unwrap_err();
        assert!(matches!(&failed, MailError::NotNow { code: None, why } if why.contains("certificate")), "{failed:?}");
        assert!(!server.has_received_more().await);
    }
}

/// Runs itself once more with the certificate in the environment, since that is how an operator adds an authority, and
/// a process must not change its own environment.
#[test]
fn mails_go_over_tls_to_a_server_whose_certificate_is_trusted() {
    const FILE: &str = "SSL_CERT_FILE";
    const MARK: &str = "HOOKREEL_TEST_WITH_ROOTS";
    if std::env::var_os(MARK).is_some() {
        let certificate = PathBuf::from(std::env::var_os(FILE).unwrap());
        return tokio::runtime::Runtime::new().unwrap().block_on(talk(&certificate));
    }
    let certificate = std::env::temp_dir().join(format!("hookreel-mail-{}.pem", std::process::id()));
    let identity = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&certificate, identity.cert.pem()).unwrap();
    std::fs::write(certificate.with_extension("key"), identity.signing_key.serialize_pem()).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "secured::mails_go_over_tls_to_a_server_whose_certificate_is_trusted"])
        .env(MARK, "1")
        .env(FILE, &certificate)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let _ = std::fs::remove_file(certificate.with_extension("key"));
    let _ = std::fs::remove_file(&certificate);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}

async fn talk(certificate: &Path) {
    let key = certificate.with_extension("key");
    for (option, scheme) in [("--starttls", "smtp+starttls"), ("--tls", "smtps")] {
        let files = [option, "--cert", certificate.to_str().unwrap(), "--key", key.to_str().unwrap()];
        let mut server = Server::start(&[&files[..], &WITH_LOGIN[..]].concat()).await;
        let smtp = server.client(scheme, &format!("{LOGIN}@localhost"));
        send(&smtp, "1", "ada@example.com").await.unwrap();
        let received = server.receive().await;
        assert_eq!((received.user.as_deref(), received.secure), (Some("ada@example.com"), true));
        // The same server under a name that its certificate is not for.
        let other = client(&format!("{scheme}://{LOGIN}@127.0.0.1:{}", server.port));
        let failed = send(&other, "2", "ada@example.com").await.unwrap_err();
        assert!(matches!(&failed, MailError::NotNow { why, .. } if why.contains("certificate")), "{failed:?}");
        assert!(!server.has_received_more().await);
    }
}
