//! What a running server answers.

use crate::process::{Running, Scratch};
use hookreel_testing::TestDatabase;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

/// A file beside which nothing was ever built.
const NO_SITE: [&str; 2] = ["--site-dir", "/nowhere"];

struct World {
    running: Running,
    _database: TestDatabase,
    _scratch: Scratch,
}

async fn start(half: &str, arguments: &[&str]) -> World {
    let (database, scratch) = (TestDatabase::create().await, Scratch::new());
    let url = database.url();
    let given = ["--database-url", &url, "--data-dir", scratch.path()];
    let running = Running::start_with(half, &[&given[..], arguments].concat()).await;
    World { running, _database: database, _scratch: scratch }
}

#[tokio::test]
async fn a_ready_server_says_so_and_protects_browsers() {
    let world = start("serve", &NO_SITE).await;
    let health = world.running.get("/healthz").await;
    assert_eq!((health.status, health.body.as_str()), (200, "ok\n"));
    for header in ["content-security-policy: default-src 'none'", "x-content-type-options: nosniff"] {
        assert!(health.head.contains(header), "{}", health.head);
    }
    // A worker needs a moment to ask for work for the first time.
    let mut ready = world.running.get("/readyz").await;
    for _ in 0..50 {
        if ready.status == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        ready = world.running.get("/readyz").await;
    }
    assert_eq!((ready.status, ready.json()["database"].as_str()), (200, Some("ok")), "{}", ready.body);
    assert_eq!(world.running.stop().await, Some(0));
}

#[tokio::test]
async fn without_built_pages_the_api_works_and_pages_say_how_to_build_them() {
    let world = start("web", &NO_SITE).await;
    for path in ["/", "/sign-up", "/endpoints/new"] {
        let page = world.running.get(path).await;
        assert_eq!(page.status, 503);
        assert!(page.body.contains("cargo xtask run"), "{}", page.body);
    }
    let api = world.running.get("/api/v1/app/").await;
    assert_eq!((api.status, api.json()["code"].as_str()), (401, Some("authentication_failed")));
    assert_eq!(world.running.ask("POST /in/nobody-knows-this-token", &[], "{}").await.status, 404);
    let nowhere = world.running.get("/api/v1/nowhere").await;
    assert_eq!((nowhere.status, nowhere.json()["code"].as_str()), (404, Some("not_found")));
    assert_eq!(world.running.get("/docs").await.status, 200);
    assert_eq!(world.running.get("/readyz").await.json()["workers"], "elsewhere");
}

#[tokio::test]
async fn a_worker_answers_only_about_its_health() {
    let world = start("worker", &[]).await;
    assert_eq!(world.running.get("/healthz").await.status, 200);
    assert_eq!(world.running.get("/api/v1/app/").await.status, 404);
    assert_eq!(world.running.stop().await, Some(0));
}

#[tokio::test]
async fn the_second_signal_ends_the_server_at_once() {
    let mut world = crate::dashboard::start(&[]).await;
    // A form that is never complete keeps the server waiting.
    let mut stuck = world.running.connect().await;
    let head = b"POST /do/sign_in HTTP/1.1\r\nhost: x\r\nsec-fetch-site: none\r\ncontent-length: 10\r\n\r\nhalf";
    stuck.write_all(head).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    world.running.signal("TERM").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(world.running.child.try_wait().unwrap().is_none(), "it waits for the request under way");
    world.running.signal("TERM").await;
    let status = tokio::time::timeout(Duration::from_secs(5), world.running.child.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(130));
}
