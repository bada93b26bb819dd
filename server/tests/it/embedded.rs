//! The embedded PostgreSQL under a server that is stopped, killed and started again.

use crate::process::{Running, Scratch, hookreel};
use serde_json::Value;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

async fn create_tenant(data_dir: &str) -> Value {
    let arguments =
        ["admin", "create-tenant", "--name", "Acme", "--email", "ada@example.com", "--password-stdin", "--json"];
    let mut child = hookreel(&[&arguments[..], &["--data-dir", data_dir]].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"an engine of brass and steam").await.unwrap();
    serde_json::from_slice(&child.wait_with_output().await.unwrap().stdout).unwrap()
}

async fn knows(running: &Running, tenant: &Value) -> bool {
    let bearer = format!("Bearer {}", tenant["api_key"].as_str().unwrap());
    running.ask("GET /api/v1/app/", &[("authorization", &bearer)], "").await.status == 200
}

#[tokio::test]
async fn a_tenant_survives_the_server_being_killed_and_being_stopped() {
    let scratch = Scratch::new();
    let given = ["--data-dir", scratch.path()];

    let mut running = Running::start(&given).await;
    let tenant = create_tenant(scratch.path()).await;
    assert!(knows(&running, &tenant).await, "the command works while the server is running");
    running.child.kill().await.unwrap();

    let running = Running::start(&given).await;
    assert!(knows(&running, &tenant).await, "the server left behind is taken over");
    assert_eq!(running.stop().await, Some(0));
    // Nothing of it is left running: its files can be removed and its port of entry is gone.
    assert!(!scratch.0.join("postgres/postmaster.pid").exists());

    let running = Running::start(&given).await;
    assert!(knows(&running, &tenant).await);
    assert_eq!(running.stop().await, Some(0));
}

#[tokio::test]
async fn the_server_comes_back_when_its_postgresql_dies() {
    let scratch = Scratch::new();
    let running = Running::start(&["--data-dir", scratch.path()]).await;
    let tenant = create_tenant(scratch.path()).await;
    let pid_file = std::fs::read_to_string(scratch.0.join("postgres/postmaster.pid")).unwrap();
    let pid = pid_file.lines().next().unwrap().to_owned();
    assert!(tokio::process::Command::new("kill").args(["-9", &pid]).status().await.unwrap().success());
    for _ in 0..600 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if running.get("/readyz").await.status == 200 && knows(&running, &tenant).await {
            assert_eq!(running.stop().await, Some(0));
            return;
        }
    }
    panic!("the server did not come back: {}", running.get("/readyz").await.body);
}
