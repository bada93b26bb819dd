//! What can go wrong before anything runs.

use crate::process::{Running, Scratch, hookreel};
use hookreel_testing::TestDatabase;
use std::process::Output;

async fn refused(arguments: &[&str]) -> String {
    let Output { status, stderr, stdout } = hookreel(arguments).output().await.unwrap();
    assert!(!status.success(), "{arguments:?}");
    assert_eq!(String::from_utf8_lossy(&stdout), "");
    String::from_utf8_lossy(&stderr).into_owned()
}

#[tokio::test]
async fn the_help_names_every_option_with_its_environment_variable() {
    let output = hookreel(&["serve", "--help"]).output().await.unwrap();
    let help = String::from_utf8_lossy(&output.stdout);
    for (option, variable) in [
        ("--listen", "HOOKREEL_LISTEN"),
        ("--data-dir", "HOOKREEL_DATA_DIR"),
        ("--database-url", "DATABASE_URL"),
        ("--egress-allow", "HOOKREEL_EGRESS_ALLOW"),
        ("--public-url", "HOOKREEL_PUBLIC_URL"),
        ("--secret-key", "HOOKREEL_SECRET_KEY"),
        ("--retry-schedule", "HOOKREEL_RETRY_SCHEDULE"),
        ("--body-bytes-max", "HOOKREEL_BODY_BYTES_MAX"),
        ("--plan", "HOOKREEL_PLANS"),
        ("--stripe-webhook-secret", "HOOKREEL_STRIPE_WEBHOOK_SECRET"),
        ("--retention-days", "HOOKREEL_RETENTION_DAYS"),
        ("--log", "HOOKREEL_LOG"),
    ] {
        assert!(help.contains(option) && help.contains(variable), "{option} {variable}\n{help}");
    }
}

#[tokio::test]
async fn a_mistake_in_the_file_is_refused_with_its_place() {
    let scratch = Scratch::new();
    let file = scratch.0.join("hookreel.toml");
    std::fs::write(&file, "[http]\nlisten_on = \"127.0.0.1:1\"\n").unwrap();
    let words = refused(&["serve", "--data-dir", scratch.path()]).await;
    assert!(words.contains("hookreel.toml") && words.contains("listen_on"), "{words}");
    std::fs::write(&file, "[billing]\ndefault_plan = \"gold\"\n").unwrap();
    let words = refused(&["serve", "--data-dir", scratch.path()]).await;
    assert!(words.contains("there is no plan of the name gold"), "{words}");
    let words = refused(&["serve", "--config", "/nowhere/hookreel.toml"]).await;
    assert!(words.contains("/nowhere/hookreel.toml"), "{words}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let words = refused(&["serve", "--listen", &address, "--data-dir", "/nowhere"]).await;
    assert!(words.contains(&address) && words.contains("cannot listen"), "{words}");
}

#[tokio::test]
async fn a_setting_that_cannot_be_used_is_named_before_the_database_is_opened() {
    for (option, value, setting) in [
        ("--mail-from", "not an address", "mail_from: must be an address"),
        ("--github-api-url", "http://10.0.0.1", "github_api_url: "),
        ("--stripe-key", "sk_test_\u{1}", "stripe_key: "),
    ] {
        let words = refused(&["serve", "--listen", "127.0.0.1:0", "--data-dir", "/nowhere", option, value]).await;
        assert!(words.contains(setting), "{words}");
        assert!(!words.contains("sk_test"), "{words}");
    }
}

#[tokio::test]
async fn the_way_to_the_mail_server_is_made_before_the_database_is_opened() {
    // Taken, so that nobody else gets it, and not listened on.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let database = format!("postgres://nobody@{}/nothing", taken.local_addr().unwrap());
    let scratch = Scratch::new();
    let given = ["--listen", "127.0.0.1:0", "--data-dir", scratch.path(), "--database-url", &database];
    // Without roots of the machine it says when it looks for them.
    let output = hookreel(&[&["serve", "--smtp-url", "smtps://mail.example.com"], &given[..]].concat())
        .env("SSL_CERT_FILE", "/nowhere")
        .env_remove("SSL_CERT_DIR")
        .output()
        .await
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let (made, opened) = (words.find("built-in ones for mail"), words.find("the database cannot be reached"));
    assert!(!output.status.success() && made.is_some() && made < opened, "{words}");
}

#[tokio::test]
async fn a_worker_that_was_not_told_where_links_lead_to_is_refused() {
    for listening in [&[] as &[&str], &["--listen", "127.0.0.1:0"]] {
        let words = refused(&[&["worker", "--data-dir", "/nowhere"], listening].concat()).await;
        assert!(words.contains("--public-url") && words.contains("HOOKREEL_PUBLIC_URL"), "{words}");
    }
}

#[tokio::test]
async fn another_encryption_key_than_the_first_is_refused() {
    let (database, scratch) = (TestDatabase::create().await, Scratch::new());
    let url = database.url();
    let given = ["--database-url", &url, "--data-dir", scratch.path()];
    assert_eq!(Running::start(&given).await.stop().await, Some(0));
    std::fs::remove_file(scratch.0.join("secret.key")).unwrap();
    let words = refused(&[&["serve", "--listen", "127.0.0.1:0"], &given[..]].concat()).await;
    assert!(words.contains("encrypted with another key"), "{words}");
}
