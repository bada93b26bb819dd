//! The dashboard as a browser without JavaScript sees it: sign-up, session, cookies, what protects them, live news.

use crate::admin::run;
use crate::process::{Answer, Running, Scratch};
use hookreel_testing::TestDatabase;
use serde_json::Value;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

pub(crate) const SIGN_UP: &str = "tenant_name=Acme&email=ada%40example.com&password=an+engine+of+brass+and+steam";
pub(crate) const FORM: [(&str, &str); 3] =
    [("content-type", "application/x-www-form-urlencoded"), ("accept", "text/html"), ("sec-fetch-site", "same-origin")];

pub(crate) struct World {
    pub(crate) running: Running,
    pub(crate) database: TestDatabase,
    _scratch: Scratch,
}

/// A site that has one file: without any there is no dashboard.
pub(crate) fn site_in(scratch: &Scratch) -> PathBuf {
    let site = scratch.0.join("site");
    std::fs::create_dir_all(site.join("pkg")).unwrap();
    std::fs::write(site.join("pkg/hookreel.js"), "export default 1;\n".repeat(50)).unwrap();
    site
}

/// A server with such a site.
pub(crate) async fn start(arguments: &[&str]) -> World {
    let (database, scratch) = (TestDatabase::create().await, Scratch::new());
    let (url, site) = (database.url(), site_in(&scratch));
    let given = ["--database-url", &url, "--data-dir", scratch.path(), "--site-dir", site.to_str().unwrap()];
    let running = Running::start(&[&given[..], arguments].concat()).await;
    World { running, database, _scratch: scratch }
}

impl World {
    pub(crate) async fn sign_up(&self) -> Answer {
        self.running.ask("POST /do/sign_up", &FORM, SIGN_UP).await
    }

    pub(crate) async fn get_as(&self, path: &str, cookie: &str) -> Answer {
        self.running.ask(&format!("GET {path}"), &[("cookie", cookie)], "").await
    }

    async fn tenants(&self) -> i64 {
        let mut connection = self.database.superuser().await;
        sqlx::query_scalar("select count(*) from iam.tenants").fetch_one(&mut connection).await.unwrap()
    }
}

/// The cookie that an answer sets, as the browser sends it back. (The head was put into lower case; the value must
/// not be.)
pub(crate) fn session_cookie(answer: &Answer) -> String {
    let line = answer.raw_head.lines().find(|line| line.to_lowercase().contains("hookreel=")).unwrap();
    line.split_once(": ").unwrap().1.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_person_who_signs_up_is_signed_in_until_signing_out() {
    let world = start(&[]).await;
    let answer = world.sign_up().await;
    assert_eq!(answer.status, 302, "{} {}", answer.head, answer.body);
    for part in ["set-cookie: hookreel=", "httponly", "samesite=lax", "path=/", "max-age=1209600"] {
        assert!(answer.head.contains(part), "{}", answer.head);
    }
    assert!(!answer.head.contains("secure"));
    let cookie = session_cookie(&answer);

    let overview = world.get_as("/overview", &cookie).await;
    assert_eq!(overview.status, 200);
    assert!(overview.body.contains("Acme"));
    assert!(overview.head.contains("cache-control: no-store"), "{}", overview.head);
    assert!(overview.head.contains("script-src 'self' 'nonce-"), "{}", overview.head);

    let form = [&FORM[..], &[("cookie", cookie.as_str())]].concat();
    let signed_out = world.running.ask("POST /do/sign_out", &form, " ").await;
    assert!(signed_out.head.contains("set-cookie: hookreel=;"), "{}", signed_out.head);
    assert!(!world.get_as("/overview", &cookie).await.body.contains("Acme"));
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_the_host() {
    let world = start(&["--public-url", "https://hooks.example.com"]).await;
    let answer = world.sign_up().await;
    assert!(answer.head.contains("set-cookie: __host-hookreel=") && answer.head.contains("secure"), "{}", answer.head);
    assert!(answer.head.contains("strict-transport-security: max-age=31536000"));
    let cookie = session_cookie(&answer);
    let form = [&FORM[..], &[("cookie", cookie.as_str())]].concat();
    let signed_out = world.running.ask("POST /do/sign_out", &form, " ").await;
    let removal = signed_out.head.lines().find(|line| line.contains("__host-hookreel=;")).unwrap().to_owned();
    assert!(removal.contains("; secure"), "{removal}");
}

#[tokio::test]
async fn a_form_of_another_site_is_refused_and_changes_nothing() {
    let world = start(&["--public-url", "https://hooks.example.com"]).await;
    let cases: [&[(&str, &str)]; 6] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "https://hooks.example.com:8443")],
        &[],
    ];
    for origin in cases {
        let headers = [&FORM[..2], origin].concat();
        for path in ["/do/sign_up", "/do/sign_in", "/do/sign_out", "/anything"] {
            let answer = world.running.ask(&format!("POST {path}"), &headers, SIGN_UP).await;
            assert_eq!(answer.status, 403, "{path} {origin:?}");
        }
    }
    assert_eq!(world.tenants().await, 0);
    let own = [&FORM[..2], &[("origin", "https://hooks.example.com")]].concat();
    assert_eq!(world.running.ask("POST /do/sign_up", &own, SIGN_UP).await.status, 302);
}

#[tokio::test]
async fn files_are_asked_for_again_and_what_is_not_there_is_a_page_that_says_so() {
    let world = start(&[]).await;
    let file = world.running.ask("GET /pkg/hookreel.js", &[("accept-encoding", "gzip")], "").await;
    assert_eq!(file.status, 200);
    assert!(file.head.contains("cache-control: public, no-cache") && file.head.contains("content-encoding: gzip"));
    let modified = file.raw_head.lines().find_map(|line| line.strip_prefix("last-modified: ")).unwrap();
    let again = world.running.ask("GET /pkg/hookreel.js", &[("if-modified-since", modified)], "").await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    let missing = world.running.get("/nothing/here").await;
    assert_eq!(missing.status, 404);
    assert!(missing.head.contains("text/html"), "{}", missing.head);
    assert!(world.running.get("/../../etc/passwd").await.status >= 400);
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused() {
    let world = start(&["--body-bytes-max", "1000"]).await;
    let answer = world.running.ask("POST /do/sign_up", &FORM, &"x".repeat(1001)).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn open_pages_are_told_what_changes_in_their_tenant_only() {
    let world = start(&[]).await;
    assert_eq!(world.running.get("/live").await.status, 401);
    let cookie = session_cookie(&world.sign_up().await);
    let mut live = world.running.connect().await;
    live.write_all(format!("GET /live HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\n\r\n").as_bytes()).await.unwrap();
    let mut seen = String::new();
    read_until(&mut live, &mut seen, "text/event-stream").await;

    let url = world.database.url();
    let other = ["admin", "create-tenant", "--name", "Other", "--email", "eve@example.com", "--password-stdin"];
    let made = run(&[&other[..], &["--json", "--database-url", &url]].concat(), "an engine of brass and steam").await;
    let stranger = publish(&world, &serde_json::from_slice(&made.stdout).unwrap()).await;
    let key = world.own_key().await;
    let own = publish(&world, &key).await;
    read_until(&mut live, &mut seen, &own).await;
    assert!(seen.contains("event: message") && !seen.contains(&stranger), "{seen}");

    // An open page does not hold a stop up.
    let begun = Instant::now();
    assert_eq!(world.running.stop().await, Some(0));
    assert!(begun.elapsed() < Duration::from_secs(25), "requests under way have half a minute");
}

impl World {
    /// A key of the tenant that signed up, and its default application, as `create-tenant` answers them.
    async fn own_key(&self) -> Value {
        let key = hookreel_auth::api_key::FreshKey::generate();
        let mut connection = self.database.superuser().await;
        let (tenant_id, application_id): (sqlx::types::Uuid, sqlx::types::Uuid) = sqlx::query_as(
            "select tenant_id, application_id from read.applications a join iam.members m using (tenant_id)
             where m.email = 'ada@example.com' and a.uid = 'default'",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        sqlx::query(
            "insert into iam.api_keys (tenant_id, key_id, name, key_hash, hint, created_by)
             values ($1, $2, 'test', $3, $4, '')",
        )
        .bind(tenant_id)
        .bind(key.id.uuid())
        .bind(&key.hash[..])
        .bind(&key.hint)
        .execute(&mut connection)
        .await
        .unwrap();
        let application_id = hookreel_kernel::ApplicationId::from_uuid(application_id).to_string();
        serde_json::json!({ "application_id": application_id, "api_key": key.text.expose() })
    }
}

/// Publishes a message and returns its id.
async fn publish(world: &World, tenant: &Value) -> String {
    let bearer = format!("Bearer {}", tenant["api_key"].as_str().unwrap());
    let path = format!("POST /api/v1/app/{}/msg/", tenant["application_id"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let answer = world.running.ask(&path, &headers, r#"{"eventType":"a.b","payload":{}}"#).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn read_until(stream: &mut tokio::net::TcpStream, seen: &mut String, wanted: &str) {
    let reading = async {
        let mut buffer = [0; 4096];
        while !seen.contains(wanted) {
            let n = stream.read(&mut buffer).await.unwrap();
            assert!(n > 0, "the stream ended: {seen}");
            seen.push_str(&String::from_utf8_lossy(&buffer[..n]));
        }
    };
    assert!(tokio::time::timeout(Duration::from_mins(1), reading).await.is_ok(), "no {wanted} came");
}
