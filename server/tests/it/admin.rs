//! The operator's commands, beside a running server.

use crate::process::{Running, Scratch, hookreel};
use hookreel_testing::TestDatabase;
use serde_json::Value;
use std::process::{Output, Stdio};
use tokio::io::AsyncWriteExt as _;

const PASSWORD: &str = "an engine of brass and steam";

/// Runs a command with this on its standard input.
pub(crate) async fn run(arguments: &[&str], input: &str) -> Output {
    let mut command = hookreel(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that refuses its arguments may have ended before it reads anything.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes()).await;
    child.wait_with_output().await.unwrap()
}

fn create_tenant<'a>(email: &'a str, url: &'a str) -> Vec<&'a str> {
    let what = ["admin", "create-tenant", "--name", "Acme", "--email", email, "--password-stdin", "--json"];
    [&what[..], &["--database-url", url]].concat()
}

#[tokio::test]
async fn a_tenant_made_beside_a_running_server_can_use_it_at_once() {
    let (database, scratch) = (TestDatabase::create().await, Scratch::new());
    let url = database.url();
    let running = Running::start(&["--database-url", &url, "--data-dir", scratch.path()]).await;

    let made = run(&create_tenant("ada@example.com", &url), &format!("{PASSWORD}\n")).await;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let answer: Value = serde_json::from_slice(&made.stdout).unwrap();
    let keys: Vec<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["api_key", "application_id", "tenant_id"]);

    let bearer = format!("Bearer {}", answer["api_key"].as_str().unwrap());
    let path = format!("GET /api/v1/app/{}/", answer["application_id"].as_str().unwrap());
    let application = running.ask(&path, &[("authorization", &bearer)], "").await;
    assert_eq!(application.status, 200, "{}", application.body);
    assert_eq!(application.json()["id"], answer["application_id"]);

    let again = run(&create_tenant("ada@example.com", &url), PASSWORD).await;
    assert!(!again.status.success() && again.stdout.is_empty());
    assert!(String::from_utf8_lossy(&again.stderr).contains("ada@example.com already"));

    let listed = run(&["admin", "list-tenants", "--json", "--database-url", &url], "").await;
    let tenant: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!((&tenant["tenant_id"], &tenant["members"][0]), (&answer["tenant_id"], &"ada@example.com".into()));
}

#[tokio::test]
async fn a_misspelt_data_directory_is_told_and_nothing_is_made_there() {
    let scratch = Scratch::new();
    let misspelt = format!("{}/dta", scratch.path());
    let arguments = ["admin", "create-tenant", "--name", "Acme", "--email", "ada@example.com", "--password-stdin"];
    for directory in [misspelt.as_str(), scratch.path()] {
        let refused = run(&[&arguments[..], &["--data-dir", directory]].concat(), PASSWORD).await;
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && refused.stdout.is_empty(), "{told}");
        assert!(told.contains("there is no Hookreel in") && told.contains("--data-dir"), "{told}");
    }
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0, "nothing was made");
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_told_once() {
    // Taken, so that nobody else gets it, and not listened on.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = taken.local_addr().unwrap().port();
    let url = format!("postgres://nobody@127.0.0.1:{port}/nothing");
    let refused = run(&["admin", "list-tenants", "--database-url", &url], "").await;
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("the database cannot be reached"), "{told}");
    assert_eq!(told.matches("refused").count(), 1, "{told}");
}

#[tokio::test]
async fn a_weak_password_is_refused_and_nothing_is_made() {
    let database = TestDatabase::create().await;
    let url = database.url();
    let refused = run(&create_tenant("ada@example.com", &url), "password123\n").await;
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("common"));
    let listed = run(&["admin", "list-tenants", "--database-url", &url], "").await;
    assert!(listed.status.success() && listed.stdout.is_empty());
}

#[tokio::test]
async fn subscriptions_that_could_not_be_read_are_read_at_once_when_an_operator_says_so() {
    let database = TestDatabase::create().await;
    let (tenant_id, _) = database.tenant().await;
    sqlx::query(
        "insert into ops.billing_checks (tenant_id, due_at, tries, error)
         values ($1, now() + interval '1 hour', 9, 'stripe answered 401')",
    )
    .bind(tenant_id.uuid())
    .execute(&mut database.superuser().await)
    .await
    .unwrap();
    let done = run(&["admin", "read-subscriptions", "--database-url", &database.url()], "").await;
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(String::from_utf8_lossy(&done.stdout).contains("by a server that runs: 1."));
    let is_due: bool = sqlx::query_scalar("select due_at <= now() and tries = 0 from ops.billing_checks")
        .fetch_one(&mut database.superuser().await)
        .await
        .unwrap();
    assert!(is_due);
}

#[tokio::test]
async fn where_stripe_sends_its_webhooks_is_known_before_the_first_start() {
    let (database, scratch) = (TestDatabase::create().await, Scratch::new());
    let printed = run(
        &["admin", "billing-webhook-url", "--public-url", "https://hooks.example.com", "--data-dir", scratch.path()],
        "",
    )
    .await;
    let printed = String::from_utf8_lossy(&printed.stdout).trim().to_owned();
    let path = printed.strip_prefix("https://hooks.example.com").unwrap();
    assert!(path.starts_with("/in/") && path.len() > 30, "{printed}");

    let url = database.url();
    let given = ["--database-url", &url, "--data-dir", scratch.path(), "--stripe-key", "sk_test_1"];
    let running = Running::start(&[&given[..], &["--stripe-webhook-secret", "whsec_1234567890"]].concat()).await;
    let unsigned = running.ask(&format!("POST {path}"), &[("content-type", "application/json")], "{}").await;
    assert_eq!(unsigned.status, 401, "it is there, and believes nobody: {}", unsigned.body);
    assert_eq!(running.stop().await, Some(0));
    let again = Running::start(&given).await;
    assert_eq!(again.ask("POST /in/anything", &[], "{}").await.status, 404);
    assert_eq!(again.stop().await, Some(0));
}

#[tokio::test]
async fn a_password_can_be_replaced() {
    let database = TestDatabase::create().await;
    let url = database.url();
    assert!(run(&create_tenant("ada@example.com", &url), PASSWORD).await.status.success());
    let reset = |email| ["admin", "reset-password", "--email", email, "--password-stdin", "--database-url"];
    let done = run(&[&reset("ada@example.com")[..], &[&url]].concat(), "a new engine of steel\n").await;
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let unknown = run(&[&reset("eve@example.com")[..], &[&url]].concat(), "a new engine of steel\n").await;
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("was not found"));
}

#[tokio::test]
async fn an_operator_is_made_listed_and_unmade_beside_a_running_server() {
    let (database, scratch) = (TestDatabase::create().await, Scratch::new());
    let url = database.url();
    let running = Running::start(&["--database-url", &url, "--data-dir", scratch.path()]).await;
    let with_right = [&create_tenant("ada@example.com", &url)[..], &["--operator"]].concat();
    assert!(run(&with_right, PASSWORD).await.status.success());
    assert!(run(&create_tenant("bob@example.com", &url), PASSWORD).await.status.success());

    let operator = |words: &[&str]| {
        let all: Vec<String> = [&["admin", "operator"], words, &["--database-url", &url]]
            .concat()
            .iter()
            .map(|word| (*word).to_owned())
            .collect();
        async move { run(&all.iter().map(String::as_str).collect::<Vec<_>>(), "").await }
    };
    let emails = async || {
        let listed = operator(&["list", "--json"]).await;
        let text = String::from_utf8(listed.stdout).unwrap();
        let email = |line: &str| serde_json::from_str::<Value>(line).unwrap()["email"].as_str().unwrap().to_owned();
        text.lines().map(email).collect::<Vec<_>>()
    };
    assert_eq!(emails().await, ["ada@example.com"]);
    assert!(operator(&["grant", "--email", "bob@example.com"]).await.status.success());
    assert!(operator(&["revoke", "--email", "ada@example.com"]).await.status.success());
    assert_eq!(emails().await, ["bob@example.com"]);
    let unknown = operator(&["grant", "--email", "eve@example.com"]).await;
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("eve@example.com was not found"));
    assert_eq!(running.stop().await, Some(0));
}

#[tokio::test]
async fn handlers_are_listed_and_steered_by_the_same_use_cases_as_in_the_dashboard() {
    let database = TestDatabase::create().await;
    let url = database.url();
    assert!(run(&create_tenant("ada@example.com", &url), PASSWORD).await.status.success());
    let mut connection = database.superuser().await;
    sqlx::query(
        "insert into ops.handler_backlog (handler, position, tenant_id, stream_id, kind, state, tries, error)
         select 'mails', position, tenant_id, stream_id, kind, 'parked', 8, 'it broke' from event_store.events",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let handlers =
        async |words: &[&str]| run(&[&["admin", "handlers"], words, &["--database-url", &url]].concat(), "").await;
    let listed = handlers(&["list", "--json"]).await;
    let rows: Vec<Value> =
        String::from_utf8(listed.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let parked: Vec<&Value> = rows.iter().filter(|row| row["state"] == "parked").collect();
    assert_eq!(
        (&parked[0]["kind"], &parked[0]["tries"], &parked[0]["error"]),
        (&"tenant.created".into(), &8.into(), &"it broke".into())
    );

    let entry = ["--handler", "mails", "--position", "1"];
    assert!(handlers(&[&["skip"], &entry[..]].concat()).await.status.success());
    let again = handlers(&[&["retry"], &entry[..]].concat()).await;
    assert!(String::from_utf8_lossy(&again.stderr).contains("no such event in the backlog"));
    let replayed = handlers(&["replay-parked", "--handler", "mails"]).await;
    let count = parked.len() - 1;
    assert!(String::from_utf8_lossy(&replayed.stdout).starts_with(&format!("{count} events")));
    let misspelt = handlers(&["replay-parked", "--handler", "mail"]).await;
    assert!(!misspelt.status.success() && misspelt.stdout.is_empty());
    assert!(String::from_utf8_lossy(&misspelt.stderr).contains("there are: billing, mails, operational_webhooks"));
    let refused = handlers(&["rebuild", "--handler", "mails"]).await;
    assert!(String::from_utf8_lossy(&refused.stderr).contains("these can: search_index"));
    assert!(handlers(&["rebuild", "--handler", "search_index"]).await.status.success());
    let done: Vec<String> = sqlx::query_scalar("select action from ops.operator_actions order by action_id")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(done, ["skip", "replay_parked", "rebuild"]);
}
