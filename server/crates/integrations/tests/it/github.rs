//! What is asked of GitHub, and what its answers become. Answers follow <https://docs.github.com/en/rest>.

use crate::support::{NOW, answer, config, egress, header_of_each, json, received, secret, service, status};
use hookreel_integrations::{
    ContentType, GitHub, GitHubAccess, GitHubConfig, HookId, NewHook, PullRequestState, PullRequestStates,
    RepositoryName,
};
use hookreel_kernel::FixedClock;
use serde_json::{Value, json};
use std::sync::Arc;
use time::macros::datetime;
use wiremock::{MockServer, ResponseTemplate};

pub(crate) fn github(server: &MockServer) -> GitHub {
    let config = GitHubConfig { service: config(&server.uri()), ..GitHubConfig::new(server.uri()) };
    GitHub::new(config, egress(), Arc::new(FixedClock::at(NOW))).unwrap()
}

pub(crate) fn access(server: &MockServer) -> GitHubAccess {
    github(server).with_token(secret("ghp_token"))
}

pub(crate) fn hello() -> RepositoryName {
    RepositoryName::parse("octo/hello").unwrap()
}

/// Method, path and query of each request that came.
pub(crate) async fn asked(server: &MockServer) -> Vec<String> {
    let line = |request: &wiremock::Request| {
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{} {}{query}", request.method, request.url.path())
    };
    received(server).await.iter().map(line).collect()
}

/// Names the next page in the way of GitHub, which writes its own host and sometimes another path.
pub(crate) fn leading_to(answer: ResponseTemplate, query: &str) -> ResponseTemplate {
    let link = format!(
        r#"<https://api.github.com/repositories/1/x?page=1>; rel="prev", <https://api.github.com/repositories/1/x?{query}>; rel="next""#
    );
    answer.insert_header("link", link.as_str())
}

fn repository(id: u64) -> Value {
    json!({
        "id": id, "full_name": format!("octo/hello-{id}"), "private": true, "html_url": "https://github.com/octo/hello",
        "description": null, "default_branch": "main", "archived": false, "stargazers_count": 80,
        "permissions": {"admin": true, "maintain": true, "push": true, "triage": true, "pull": true},
    })
}

fn hook(id: u64) -> Value {
    json!({
        "type": "Repository", "id": id, "name": "web", "active": true, "events": ["push", "pull_request"],
        "config": {"content_type": "json", "insecure_ssl": "0", "url": "https://h.example.com/in/1", "secret": "********"},
        "updated_at": "2026-06-03T00:57:16Z", "created_at": "2026-06-03T00:57:16Z",
        "url": "https://api.github.com/repos/octo/hello/hooks/1",
        "last_response": {"code": null, "status": "unused", "message": null},
    })
}

#[tokio::test]
async fn every_request_says_who_asks_and_in_which_version() {
    let server = service().await;
    answer(&server, [json(repository(1))]).await;
    let found = access(&server).get_repository(&hello()).await.unwrap();
    assert_eq!((found.id, found.full_name.as_str(), found.private), (1, "octo/hello-1", true));
    assert!(found.permissions.unwrap().admin);
    assert_eq!(asked(&server).await, ["GET /repos/octo/hello"]);
    for (name, value) in [
        ("authorization", "Bearer ghp_token"),
        ("accept", "application/vnd.github+json"),
        ("x-github-api-version", "2022-11-28"),
        ("idempotency-key", ""),
    ] {
        assert_eq!(header_of_each(&server, name).await, [value], "{name}");
    }
    assert!(header_of_each(&server, "user-agent").await[0].starts_with("Hookreel/"));
}

#[tokio::test]
async fn each_tenant_asks_with_its_own_token_and_all_share_a_breaker() {
    let server = service().await;
    answer(&server, (0..20).map(|_| status(502))).await;
    let github = github(&server);
    for token in ["one", "two", "three", "four", "five"] {
        github.with_token(secret(token)).get_repository(&hello()).await.unwrap_err();
    }
    let error = github.with_token(secret("six")).get_repository(&hello()).await.unwrap_err();
    assert_eq!((error.code(), error.service()), ("circuit_open", "github"));
    assert_eq!(github.breaker().service, "github");
    let tokens = header_of_each(&server, "authorization").await;
    assert_eq!((tokens[0].as_str(), tokens[19].as_str()), ("Bearer one", "Bearer five"));
}

#[tokio::test]
async fn the_configured_key_is_a_token_too() {
    let server = service().await;
    answer(&server, [json(repository(1))]).await;
    github(&server).with_configured_key().unwrap().get_repository(&hello()).await.unwrap();
    assert_eq!(header_of_each(&server, "authorization").await, ["Bearer key_0123456789"]);
}

#[tokio::test]
async fn repositories_are_read_page_by_page_from_our_own_address() {
    let server = service().await;
    let page = |ids: std::ops::Range<u64>| json(ids.map(repository).collect::<Value>());
    answer(
        &server,
        [leading_to(page(0..3), "per_page=100&page=2"), leading_to(page(3..5), "per_page=100&page=3"), page(5..6)],
    )
    .await;
    let listed = access(&server).list_repositories(1_000).await.unwrap();
    assert_eq!(listed.items.iter().map(|repository| repository.id).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    assert!(listed.is_complete);
    assert_eq!(
        asked(&server).await,
        [
            "GET /user/repos?sort=full_name&per_page=100",
            "GET /user/repos?per_page=100&page=2",
            "GET /user/repos?per_page=100&page=3"
        ]
    );
    assert_eq!(header_of_each(&server, "authorization").await, ["Bearer ghp_token"; 3]);
}

#[tokio::test]
async fn a_list_is_read_as_far_as_it_is_wanted() {
    let server = service().await;
    let page = |ids: std::ops::Range<u64>| json(ids.map(repository).collect::<Value>());
    answer(&server, [leading_to(page(0..3), "page=2"), leading_to(page(3..6), "page=3"), page(0..5)]).await;
    let access = access(&server);
    let listed = access.list_repositories(5).await.unwrap();
    assert_eq!((listed.items.len(), listed.is_complete), (5, false));
    assert_eq!(asked(&server).await[0], "GET /user/repos?sort=full_name&per_page=5");
    let listed = access.list_repositories(5).await.unwrap();
    assert_eq!((listed.items.len(), listed.is_complete), (5, true));
}

#[tokio::test]
async fn a_next_page_that_is_the_same_page_is_an_error_and_no_loop() {
    let server = service().await;
    answer(&server, [leading_to(json(json!([])), "page=2"), leading_to(json(json!([])), "page=2")]).await;
    let error = access(&server).list_repositories(100).await.unwrap_err();
    assert_eq!(error.to_string(), "github answered something else than expected, at link: it does not lead on");
}

#[tokio::test]
async fn pages_without_end_are_read_up_to_a_hundred() {
    let server = service().await;
    answer(&server, (0..100).map(|page| leading_to(json(json!([])), &format!("page={page}")))).await;
    // Our own pace is not what this is about.
    let mut config = GitHubConfig { service: config(&server.uri()), ..GitHubConfig::new(server.uri()) };
    config.service.rate.burst = 200.try_into().unwrap();
    let github = GitHub::new(config, egress(), Arc::new(FixedClock::at(NOW))).unwrap();
    let listed = github.with_token(secret("ghp_token")).list_repositories(100).await.unwrap();
    assert_eq!((listed.items.len(), listed.is_complete), (0, false));
}

#[tokio::test]
async fn pull_requests_are_listed_by_their_state() {
    let server = service().await;
    let pull_request = json!([{
        "number": 1347, "title": "Amazing new feature", "state": "open", "draft": false, "user": {"login": "octocat", "id": 1},
        "html_url": "https://github.com/octo/hello/pull/1347", "created_at": "2026-01-26T19:01:12Z",
        "updated_at": "2026-01-26T19:01:12Z", "closed_at": null, "merged_at": null,
    }, {
        "number": 3, "title": "By a ghost", "state": "closed", "user": null, "html_url": "https://github.com/octo/hello/pull/3",
        "created_at": "2026-01-26T19:01:12Z", "updated_at": "2026-01-26T19:01:12Z", "merged_at": "2026-01-27T19:01:12Z",
    }]);
    answer(&server, [json(pull_request), json(json!([])), json(json!([]))]).await;
    let access = access(&server);
    let listed = access.list_pull_requests(&hello(), PullRequestStates::All, 30).await.unwrap();
    let [open, merged] = &listed.items[..] else { panic!("{listed:?}") };
    assert_eq!((open.number, open.state, open.merged_at), (1347, PullRequestState::Open, None));
    assert_eq!(open.user.as_ref().unwrap().login, "octocat");
    assert_eq!((merged.state, merged.user.is_none()), (PullRequestState::Closed, true));
    assert_eq!(merged.merged_at, Some(datetime!(2026-01-27 19:01:12 UTC)));
    for states in [PullRequestStates::Open, PullRequestStates::Closed] {
        access.list_pull_requests(&hello(), states, 1_000).await.unwrap();
    }
    assert_eq!(
        asked(&server).await,
        [
            "GET /repos/octo/hello/pulls?state=all&per_page=30",
            "GET /repos/octo/hello/pulls?state=open&per_page=100",
            "GET /repos/octo/hello/pulls?state=closed&per_page=100"
        ]
    );
}

#[tokio::test]
async fn a_webhook_is_made_with_secret_events_and_json() {
    let server = service().await;
    answer(&server, [status(502), ResponseTemplate::new(201).set_body_json(hook(7))]).await;
    let new = NewHook {
        url: "https://h.example.com/in/1".to_owned(),
        secret: secret("whsec_1"),
        events: vec!["push".to_owned(), "pull_request".to_owned()],
        content_type: ContentType::Json,
        active: true,
    };
    let made = access(&server).create_hook(&hello(), &new).await.unwrap();
    assert_eq!((made.id, made.active, made.events.len()), (HookId(7), true, 2));
    assert_eq!(made.config.url.as_deref(), Some("https://h.example.com/in/1"));
    assert_eq!(made.last_response.unwrap().status.as_deref(), Some("unused"));
    assert_eq!(asked(&server).await, ["POST /repos/octo/hello/hooks"; 2]);
    for request in received(&server).await {
        assert_eq!(
            request.body_json::<Value>().unwrap(),
            json!({
                "name": "web", "active": true, "events": ["push", "pull_request"],
                "config": {
                    "url": "https://h.example.com/in/1", "content_type": "json", "secret": "whsec_1", "insecure_ssl": "0",
                },
            })
        );
    }
    let keys = header_of_each(&server, "idempotency-key").await;
    assert_eq!(keys[0], keys[1]);
}

#[tokio::test]
async fn a_webhook_that_is_there_is_made_as_it_is_to_be() {
    let server = service().await;
    answer(&server, [status(502), json(hook(7))]).await;
    let new = NewHook {
        url: "https://h.example.com/in/1".to_owned(),
        secret: secret("whsec_2"),
        events: vec!["*".to_owned()],
        content_type: ContentType::Json,
        active: true,
    };
    assert_eq!(access(&server).update_hook(&hello(), HookId(7), &new).await.unwrap().id, HookId(7));
    assert_eq!(asked(&server).await, ["PATCH /repos/octo/hello/hooks/7"; 2]);
    assert_eq!(
        received(&server).await[1].body_json::<Value>().unwrap(),
        json!({
            "active": true, "events": ["*"],
            "config": {
                "url": "https://h.example.com/in/1", "content_type": "json", "secret": "whsec_2", "insecure_ssl": "0",
            },
        })
    );
}

#[tokio::test]
async fn webhooks_are_listed_read_pinged_and_removed() {
    let server = service().await;
    let none = || ResponseTemplate::new(204);
    answer(
        &server,
        [leading_to(json(json!([hook(1)])), "page=2"), json(json!([hook(2)])), json(hook(2)), none(), none()],
    )
    .await;
    let access = access(&server);
    let listed = access.list_hooks(&hello(), 100).await.unwrap();
    assert_eq!(listed.items.iter().map(|hook| hook.id).collect::<Vec<_>>(), [HookId(1), HookId(2)]);
    assert_eq!(access.get_hook(&hello(), HookId(2)).await.unwrap(), listed.items[1]);
    access.ping_hook(&hello(), HookId(2)).await.unwrap();
    access.delete_hook(&hello(), HookId(2)).await.unwrap();
    assert_eq!(
        asked(&server).await,
        [
            "GET /repos/octo/hello/hooks?per_page=100",
            "GET /repos/octo/hello/hooks?page=2",
            "GET /repos/octo/hello/hooks/2",
            "POST /repos/octo/hello/hooks/2/pings",
            "DELETE /repos/octo/hello/hooks/2"
        ]
    );
}

#[tokio::test]
async fn what_is_hidden_is_not_found() {
    let server = service().await;
    let body = json!({"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"});
    answer(&server, [ResponseTemplate::new(404).set_body_json(body)]).await;
    let error = access(&server).get_hook(&hello(), HookId(1)).await.unwrap_err();
    assert_eq!((error.to_string().as_str(), error.status()), ("github answered 404", Some(404)));
}

#[tokio::test]
async fn the_secondary_limit_is_waited_out() {
    let server = service().await;
    let limited = ResponseTemplate::new(403)
        .insert_header("retry-after", "0")
        .set_body_json(json!({"message": "You have exceeded a secondary rate limit."}));
    answer(&server, [limited, json(repository(1))]).await;
    access(&server).get_repository(&hello()).await.unwrap();
}
