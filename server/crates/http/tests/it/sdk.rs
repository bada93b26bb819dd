//! The official SDK of the Svix API, unchanged, against a running server.

use crate::app::TestApp;
use hookreel_testing::{Answer, FakeReceiver};
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sdk"))
}

async fn install() {
    if folder().join("node_modules/svix").exists() {
        return;
    }
    let installed = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(folder())
        .status()
        .await
        .expect("npm is installed");
    assert!(installed.success(), "the SDK could not be installed");
}

#[tokio::test]
async fn the_official_sdks_work_unchanged() {
    install().await;
    for package in ["svix", "svix-1"] {
        let app = TestApp::start().await;
        let server = app.listen().await;
        let receiver = FakeReceiver::start().await;
        receiver.answer("/failing", Answer::Full(500, vec![], b"out of order".to_vec()));
        let run = Command::new("node")
            .args(["journey.mjs", package])
            .current_dir(folder())
            .env("HOOKREEL", format!("http://{}", server.address))
            .env("HOOKREEL_KEY", &app.tenant.key)
            .env("RECEIVER", receiver.url(""))
            .stdin(Stdio::null())
            .output()
            .await
            .expect("node is installed");
        assert!(
            run.status.success(),
            "{package}\n{}{}",
            String::from_utf8_lossy(&run.stdout),
            String::from_utf8_lossy(&run.stderr)
        );

        let delivered = receiver.wait_for("/working", 1).await;
        assert_eq!(delivered[0].body, r#"{"invoice":42,"nested":{"a":[1,2,3]}}"#);
    }
}
