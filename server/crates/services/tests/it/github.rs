//! GitHub, as far as it is announced: anything else that is asked of it fails the test.

use crate::support::World;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use hookreel_auth::Caller;
use hookreel_contract::repository::ConnectInput;
use hookreel_egress::{Egress, EgressPolicy};
use hookreel_integrations::{Backoff, GitHub, GitHubConfig};
use hookreel_kernel::{Clock, ConnectionId, SourceId, SystemClock};
use hookreel_services::Integrations;
use hookreel_services::messages::{ReceiveAnswer, ReceivedRequest};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::Arc;
use std::time::Duration;
use time::format_description::well_known::Rfc3339;
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const TOKEN: &str = "github_pat_0123456789abcdef";
pub(crate) const HOOK: u64 = 7;

pub(crate) struct FakeGitHub(MockServer);

impl FakeGitHub {
    /// Knows nothing yet. wiremock checks expectations when the server is dropped: the last mock, which matches
    /// everything, expects nothing.
    pub(crate) async fn start() -> Self {
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(418))
            .with_priority(255)
            .expect(0)
            .named("an unexpected request")
            .mount(&server)
            .await;
        Self(server)
    }

    /// A world that uses it.
    pub(crate) async fn world(&self) -> World {
        World::with(Integrations { github: Some(self.client()), ..Integrations::default() }).await
    }

    /// A client that is quick to try again.
    pub(crate) fn client(&self) -> GitHub {
        let mut config = GitHubConfig::new(self.0.uri());
        config.service.backoff = Backoff { first: Duration::from_millis(1), max: Duration::from_millis(4) };
        let egress = Egress::new(EgressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()])).unwrap();
        GitHub::new(config, egress, Arc::new(SystemClock)).unwrap()
    }

    /// Answers one request so; of several announced for one place the first comes first.
    pub(crate) async fn on(&self, request: &str, answer: ResponseTemplate) {
        self.on_times(request, 1, answer).await;
    }

    /// Answers so many requests so.
    pub(crate) async fn on_times(&self, request: &str, times: u64, answer: ResponseTemplate) {
        let (verb, place) = request.split_once(' ').unwrap();
        Mock::given(method(verb))
            .and(path(place))
            .respond_with(answer)
            .up_to_n_times(times)
            .expect(times)
            .named(request)
            .mount(&self.0)
            .await;
    }

    /// What was asked, in order.
    pub(crate) async fn asked(&self) -> Vec<String> {
        let requests = self.0.received_requests().await.unwrap();
        requests.iter().map(|request| format!("{} {}", request.method, request.url.path())).collect()
    }

    /// The bodies of what was asked at a place, in order.
    pub(crate) async fn bodies(&self, request: &str) -> Vec<Value> {
        let requests = self.0.received_requests().await.unwrap();
        let is_this = |asked: &&wiremock::Request| format!("{} {}", asked.method, asked.url.path()) == request;
        requests.iter().filter(is_this).map(|asked| asked.body_json().unwrap()).collect()
    }

    /// The tokens that were shown, in order.
    pub(crate) async fn tokens(&self) -> Vec<String> {
        let requests = self.0.received_requests().await.unwrap();
        let token = |request: &wiremock::Request| request.headers["authorization"].to_str().unwrap().to_owned();
        requests.iter().map(token).collect()
    }

    /// Takes a token as one that it knows.
    pub(crate) async fn begin(&self, world: &World, caller: &Caller) -> ConnectionId {
        self.on("GET /user/repos", list([repository()])).await;
        world.services.repository_connections.begin(caller, TOKEN.to_owned().into()).await.unwrap()
    }

    /// Announces what is asked before a webhook is made.
    pub(crate) async fn on_checks(&self, hooks: impl IntoIterator<Item = Value>) {
        self.on("GET /repos/octo/hello", ok(repository())).await;
        self.on("GET /repos/octo/hello/hooks", list(hooks)).await;
    }

    /// Connects `octo/hello` to a new source.
    pub(crate) async fn connect(&self, world: &World, caller: &Caller) -> SourceId {
        let connection = self.begin(world, caller).await;
        self.on_checks([]).await;
        self.on("POST /repos/octo/hello/hooks", created(hook(HOOK, "https://example.com/"))).await;
        self.on("POST /repos/octo/hello/hooks/7/pings", none()).await;
        world.services.repository_connections.connect(caller, wanted(connection)).await.unwrap()
    }
}

pub(crate) fn wanted(connection_id: ConnectionId) -> ConnectInput {
    ConnectInput {
        connection_id,
        repository: "octo/hello".into(),
        events: vec!["push".into(), "pull_request".into()],
        source_id: None,
        name: None,
    }
}

pub(crate) fn status(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"message": "As the status says"}))
}

pub(crate) fn none() -> ResponseTemplate {
    ResponseTemplate::new(204)
}

pub(crate) fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

pub(crate) fn created(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(201).set_body_json(body)
}

pub(crate) fn list(items: impl IntoIterator<Item = Value>) -> ResponseTemplate {
    ok(Value::Array(items.into_iter().collect()))
}

pub(crate) fn repository() -> Value {
    json!({
        "id": 1, "full_name": "octo/hello", "private": true, "html_url": "https://github.com/octo/hello",
        "description": "Says hello", "default_branch": "main", "archived": false,
        "permissions": {"admin": true, "push": true, "pull": true},
    })
}

pub(crate) fn hook(id: u64, url: &str) -> Value {
    json!({
        "id": id, "active": true, "events": ["push"], "config": {"url": url, "content_type": "json"},
        "created_at": "2026-06-03T00:57:16Z", "updated_at": "2026-06-03T00:57:16Z",
        "last_response": {"code": 200, "status": "active", "message": "OK"},
    })
}

/// An attempt of GitHub to deliver, so many minutes ago.
pub(crate) fn attempt(id: u64, guid: &str, event: &str, minutes_ago: u64, status: u16) -> Value {
    let at = SystemClock.now() - Duration::from_mins(minutes_ago);
    json!({
        "id": id, "guid": guid, "delivered_at": at.format(&Rfc3339).unwrap(), "redelivery": false,
        "status": if status == 0 { "failed to connect to host" } else { "as it was answered" },
        "status_code": status, "event": event, "action": null,
    })
}

/// What GitHub sends to a source: signed with the secret that GitHub was given.
pub(crate) async fn deliver(world: &World, caller: &Caller, id: SourceId, guid: &str, event: &str) -> ReceiveAnswer {
    let view = world.services.sources.get(caller, id).await.unwrap();
    let token = view.url.rsplit('/').next().unwrap();
    let source = world.services.sources.find_by_token(token).await.unwrap().unwrap();
    let body = br#"{"zen": "Keep it logically awesome."}"#;
    let mut mac = Hmac::<Sha256>::new_from_slice(source.secrets[0].expose().as_bytes()).unwrap();
    mac.update(body);
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    let request = ReceivedRequest {
        method: "POST".into(),
        path_and_query: format!("/in/{token}"),
        headers: vec![
            header("content-type", "application/json"),
            header("x-github-delivery", guid),
            header("x-github-event", event),
            header("x-hub-signature-256", &signature),
        ],
        body: Bytes::from_static(body),
        larger_than: None,
        is_truncated: false,
        sender: None,
    };
    world.services.messages.receive(&source, request).await.unwrap()
}

/// The kinds of the events of a stream, oldest first, each with who did it.
pub(crate) async fn events(world: &World, stream_id: uuid::Uuid) -> Vec<String> {
    sqlx::query_scalar(
        "select kind || ' by ' || (metadata #>> '{actor,kind}') from event_store.events
         where stream_id = $1 order by stream_version",
    )
    .bind(stream_id)
    .fetch_all(&mut world.test.superuser().await)
    .await
    .unwrap()
}

/// How many secrets are kept for an owner.
pub(crate) async fn secrets_of(world: &World, owner: uuid::Uuid) -> i64 {
    sqlx::query_scalar("select count(*) from ops.secrets where owner_id = $1")
        .bind(owner)
        .fetch_one(&mut world.test.superuser().await)
        .await
        .unwrap()
}
