//! What a running server answers.

use crate::process::{Answer, Running, Scratch};
use crate::tenant;
use hookreel_testing::TestDatabase;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// A file beside which nothing was ever built.
const NO_SITE: [&str; 2] = ["--site-dir", "/nowhere"];

struct World {
    running: Running,
    database: TestDatabase,
    _scratch: Scratch,
}

async fn start(half: &str, arguments: &[&str]) -> World {
    let (database, scratch) = (TestDatabase::create().await, Scratch::new());
    let url = database.url();
    let given = ["--database-url", &url, "--data-dir", scratch.path()];
    let running = Running::start_with(half, &[&given[..], arguments].concat()).await;
    World { running, database, _scratch: scratch }
}

#[tokio::test]
async fn a_ready_server_says_so_and_protects_browsers() {
    let world = start("serve", &NO_SITE).await;
    let health = world.running.get("/healthz").await;
    assert_eq!((health.status, health.body.as_str()), (200, "ok\n"));
    for header in [
        "content-security-policy: default-src 'none'",
        "x-content-type-options: nosniff",
        "referrer-policy: same-origin",
    ] {
        assert!(health.head.contains(header), "{}", health.head);
    }
    // A worker needs a moment to ask for work for the first time.
    let ready = until(&world.running, "/readyz", |answer| answer.status == 200).await;
    assert_eq!(ready.json()["database"], "ok", "{}", ready.body);
    assert_eq!(world.running.stop().await, Some(0));
}

#[tokio::test]
async fn the_answer_to_a_handshake_keeps_the_address_to_itself() {
    let world = start("web", &NO_SITE).await;
    let tenant = tenant::create(["--database-url", &world.database.url()]).await;
    let bearer = format!("Bearer {}", tenant["api_key"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let source = r#"{"name": "Dropbox", "provider": "dropbox", "secret": "an app secret"}"#;
    let made = world.running.ask("POST /api/v1/source/", &headers, source).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let token = made.json()["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let answer = world.running.get(&format!("/in/{token}?challenge=abc123")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "abc123"));
    let policies: Vec<&str> = answer.head.lines().filter(|line| line.starts_with("referrer-policy:")).collect();
    assert_eq!(policies, ["referrer-policy: no-referrer"], "{}", answer.head);
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
    let world = start("worker", &["--public-url", "https://hooks.example.com"]).await;
    assert_eq!(world.running.get("/healthz").await.status, 200);
    assert_eq!(world.running.get("/api/v1/app/").await.status, 404);
    assert_eq!(world.running.stop().await, Some(0));
}

#[tokio::test]
async fn the_second_signal_ends_the_server_at_once() {
    let mut world = crate::dashboard::start(&[]).await;
    // A form that is never complete keeps the server waiting.
    let mut stuck = world.running.connect().await;
    let head = "POST /do/sign_in HTTP/1.1\r\nhost: x\r\nsec-fetch-site: none\r\nexpect: 100-continue\r\n\
                content-length: 10\r\n\r\n";
    stuck.write_all(head.as_bytes()).await.unwrap();
    // Asked for the form: the request is under way.
    let mut asked = [0; b"HTTP/1.1 100".len()];
    stuck.read_exact(&mut asked).await.unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100");
    stuck.write_all(b"half").await.unwrap();
    world.running.signal("TERM").await;
    // Two signals that it had not looked at yet would be one.
    for _ in 0..600 {
        if world.running.log().iter().any(|line| line.contains("finishing what is under way")) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(world.running.child.try_wait().unwrap().is_none(), "it waits for the request under way");
    world.running.signal("TERM").await;
    let status = tokio::time::timeout(Duration::from_secs(30), world.running.child.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(130));
}

/// What is answered once a condition holds of it.
pub(crate) async fn until(running: &Running, path: &str, holds: impl Fn(&Answer) -> bool) -> Answer {
    let mut answer = running.get(path).await;
    for _ in 0..600 {
        if holds(&answer) {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        answer = running.get(path).await;
    }
    panic!("{path} went on answering {} {}", answer.status, answer.body);
}

#[tokio::test]
async fn verbose_readiness_tells_of_handlers_and_is_not_lost_over_one_that_has_parked() {
    let world = start("serve", &NO_SITE).await;
    let handler_is = |answer: &Answer, name: &str, parked: u64| {
        let handlers = answer.json()["handlers"].as_array().cloned().unwrap_or_default();
        handlers.iter().any(|one| one["name"] == name && one["parked"] == parked)
    };
    let path = "/readyz?verbose";
    let ready = until(&world.running, path, |answer| answer.status == 200 && handler_is(answer, "mails", 0)).await;
    let ready = ready.json();
    assert_eq!((&ready["ready"], &ready["mails_queued"]), (&true.into(), &0.into()));
    assert_eq!(ready["subscriptions_unread"], 0);
    let github = ready["breakers"].as_array().unwrap().iter().find(|one| one["service"] == "github").unwrap().clone();
    assert_eq!((&github["state"], &github["failures"]), (&"closed".into(), &0.into()));
    assert!(world.running.get("/readyz").await.json().get("handlers").is_none(), "only if asked for");

    sqlx::query(
        "insert into ops.handler_backlog (handler, position, tenant_id, stream_id, kind, state)
         values ('mails', 1, gen_random_uuid(), gen_random_uuid(), 'member.joined', 'parked')",
    )
    .execute(&mut world.database.superuser().await)
    .await
    .unwrap();
    until(&world.running, path, |answer| answer.status == 200 && handler_is(answer, "mails", 1)).await;
    until(&world.running, "/readyz", |answer| answer.status == 200).await;
    assert_eq!(world.running.stop().await, Some(0));
}

#[tokio::test]
async fn metrics_are_told_on_a_listener_of_their_own_and_nowhere_else() {
    for half in ["serve", "worker"] {
        let public_url = ["--public-url", "https://hooks.example.com"];
        let arguments = [&public_url[..], &["--site-dir", "/nowhere", "--metrics-listen", "127.0.0.1:0"]].concat();
        let world = start(half, &arguments).await;
        let metrics = world.running.metrics.clone().unwrap();
        let told = Running { authority: metrics, ..world.running };
        let of_mails = "hookreel_handler_behind{handler=\"mails\"}";
        let text = until(&told, "/metrics", |answer| answer.body.contains(of_mails)).await;
        assert!(text.head.contains("content-type: text/plain; version=0.0.4"), "{}", text.head);
        for line in [
            "hookreel_database_up 1",
            "hookreel_messages_total{result=\"accepted\"} 0",
            "hookreel_attempt_duration_seconds_bucket{le=\"+Inf\"} 0",
            "hookreel_service_breaker{service=\"github\",state=\"closed\"} 1",
            "hookreel_handler_backlog{handler=\"mails\",state=\"parked\"} 0",
            "hookreel_mails{state=\"failed\"} 0",
            "hookreel_subscriptions_unread 0",
            "process_resident_memory_bytes ",
        ] {
            assert!(text.body.lines().any(|one| one.starts_with(line)), "{line} is not in\n{}", text.body);
        }
        assert!(text.body.lines().all(|line| line.starts_with("# ") || line.rsplit_once(' ').is_some_and(is_number)));
        assert_eq!(told.get("/readyz").await.status, 404, "nothing else is told there");
        assert_eq!(told.stop().await, Some(0));
    }
    let world = start("web", &NO_SITE).await;
    assert!(!world.running.get("/metrics").await.body.contains("hookreel_"));
}

fn is_number((_, value): (&str, &str)) -> bool {
    value.parse::<f64>().is_ok()
}
