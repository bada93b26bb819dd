//! Repositories are connected, looked after and disconnected, and whatever breaks half-way is mended by a second try.

use crate::github::{
    FakeGitHub, HOOK, TOKEN, created, deliver, events, hook, list, none, ok, repository, secrets_of, status, wanted,
};
use crate::sources::stripe;
use crate::support::{World, conflict, not_found, wrong_fields};
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::input::SourceInput;
use hookreel_contract::recovery::MissedRange;
use hookreel_contract::repository::ConnectInput;
use hookreel_kernel::{ConnectionId, SourceId};
use hookreel_services::messages::ReceiveAnswer;
use serde_json::json;

async fn url_of(world: &World, caller: &Caller, id: SourceId) -> String {
    world.services.sources.get(caller, id).await.unwrap().url
}

async fn only_source(world: &World, caller: &Caller) -> SourceId {
    let sources = world.services.sources.list(caller).await.unwrap();
    assert_eq!(sources.len(), 1);
    sources[0].id
}

fn by_hand() -> SourceInput {
    SourceInput { name: "Repositories".into(), provider: "github".into(), ..stripe(Some("a secret of some length")) }
}

#[tokio::test]
async fn a_repository_is_connected_with_a_source_a_secret_and_a_webhook_of_its_own() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let connections = &world.services.repository_connections;
    assert!(connections.is_available());
    assert_eq!(connections.unreachable(), None);

    let connection = github.begin(&world, &caller).await;
    let mut other = repository();
    other["full_name"] = "octo/not-mine".into();
    other["permissions"]["admin"] = false.into();
    github.on("GET /user/repos", list([repository(), other])).await;
    let choices = connections.repositories(&caller, connection).await.unwrap();
    assert_eq!((choices.repositories.len(), choices.unmanageable, choices.is_complete), (1, 1, true));
    assert_eq!((choices.repositories[0].name.as_str(), choices.repositories[0].is_private), ("octo/hello", true));

    github.on_checks([]).await;
    github.on("POST /repos/octo/hello/hooks", created(hook(HOOK, "https://example.com/"))).await;
    github.on("POST /repos/octo/hello/hooks/7/pings", none()).await;
    let id = connections.connect(&caller, wanted(connection)).await.unwrap();

    let source = world.services.sources.get(&caller, id).await.unwrap();
    assert_eq!((source.name.as_str(), source.provider.as_str(), source.secrets), ("octo/hello", "github", 1));
    assert_eq!(source.repository.as_deref(), Some("octo/hello"));
    let token = source.url.rsplit('/').next().unwrap();
    let inbound = world.services.sources.find_by_token(token).await.unwrap().unwrap();
    let secret = inbound.secrets[0].expose();
    let expected = json!({
        "name": "web", "active": true, "events": ["pull_request", "push"],
        "config": {"url": source.url, "content_type": "json", "secret": secret, "insecure_ssl": "0"},
    });
    assert_eq!(github.bodies("POST /repos/octo/hello/hooks").await, [expected]);
    assert!(github.tokens().await.iter().all(|token| token == &format!("Bearer {TOKEN}")));

    let view = connections.get(&caller, id).await.unwrap().unwrap();
    assert_eq!((view.hook_id, view.is_alive()), (Some(HOOK), false));
    assert_eq!(
        events(&world, id.uuid()).await,
        [
            "source.created by member",
            "source.secret_set by member",
            "source.repository_connecting by member",
            "source.repository_connected by member"
        ]
    );
    nothing_is_told(&world, secret).await;
    world.stop().await;
}

/// Neither the token nor the signing secret is in an event or in clear in a row.
async fn nothing_is_told(world: &World, secret: &str) {
    let told: Vec<String> = sqlx::query_scalar(
        "select payload::text || metadata::text from event_store.events
         union all select row_to_json(x)::text from read.sources x
         union all select encode(ciphertext, 'escape') from ops.secrets",
    )
    .fetch_all(&mut world.test.superuser().await)
    .await
    .unwrap();
    assert!(told.len() > 5);
    for text in told {
        assert!(!text.contains(TOKEN) && !text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn a_connection_is_alive_once_githubs_ping_has_come() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let id = github.connect(&world, &caller).await;
    let connections = &world.services.repository_connections;
    assert!(matches!(deliver(&world, &caller, id, "g-0", "ping").await, ReceiveAnswer::Handshake(_)));
    let view = connections.get(&caller, id).await.unwrap().unwrap();
    assert!(view.pinged_at.is_some_and(|at| at >= view.since) && view.received_at.is_none());
    assert!(matches!(deliver(&world, &caller, id, "g-1", "push").await, ReceiveAnswer::Stored(_)));
    assert!(connections.get(&caller, id).await.unwrap().unwrap().received_at.is_some());
    github.on("POST /repos/octo/hello/hooks/7/pings", none()).await;
    connections.ping(&caller, id).await.unwrap();
    world.stop().await;
}

#[tokio::test]
async fn a_webhook_that_leads_here_already_is_adopted() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let id = world.services.sources.create(&caller, by_hand()).await.unwrap().id;
    let url = url_of(&world, &caller, id).await;
    let connection = github.begin(&world, &caller).await;
    github.on_checks([hook(1, "https://elsewhere.example.com/"), hook(12, &url)]).await;
    github.on("PATCH /repos/octo/hello/hooks/12", ok(hook(12, &url))).await;
    github.on("POST /repos/octo/hello/hooks/12/pings", none()).await;
    let input = ConnectInput { source_id: Some(id), ..wanted(connection) };
    assert_eq!(world.services.repository_connections.connect(&caller, input).await.unwrap(), id);
    let changed = &github.bodies("PATCH /repos/octo/hello/hooks/12").await[0];
    assert_eq!(changed["config"]["secret"], "a secret of some length", "the source's own secret");
    assert_eq!((&changed["events"], &changed["active"]), (&json!(["pull_request", "push"]), &json!(true)));
    assert_eq!(only_source(&world, &caller).await, id);
    world.stop().await;
}

#[tokio::test]
async fn a_webhook_that_was_made_and_not_noted_is_found_by_the_next_try() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let connections = &world.services.repository_connections;
    let connection = github.begin(&world, &caller).await;
    let mut superuser = world.test.superuser().await;
    sqlx::raw_sql(
        "create function read.refuse() returns trigger language plpgsql as
             $$ begin raise exception using errcode = '53100'; end $$;
         create trigger refuse before insert or update on read.sources for each row when (new.hook_id is not null)
             execute function read.refuse()",
    )
    .execute(&mut superuser)
    .await
    .unwrap();
    github.on_checks([]).await;
    github.on("POST /repos/octo/hello/hooks", created(hook(HOOK, "https://example.com/"))).await;
    assert_eq!(connections.connect(&caller, wanted(connection)).await.unwrap_err(), ApiError::Unavailable);
    let id = only_source(&world, &caller).await;
    assert_eq!(connections.get(&caller, id).await.unwrap().unwrap().hook_id, None, "it is not known whether");

    sqlx::raw_sql("drop trigger refuse on read.sources").execute(&mut superuser).await.unwrap();
    let url = url_of(&world, &caller, id).await;
    github.on_checks([hook(HOOK, &url)]).await;
    github.on("PATCH /repos/octo/hello/hooks/7", ok(hook(HOOK, &url))).await;
    github.on("POST /repos/octo/hello/hooks/7/pings", none()).await;
    assert_eq!(connections.connect(&caller, wanted(connection)).await.unwrap(), id);
    assert_eq!(only_source(&world, &caller).await, id);
    assert_eq!(connections.get(&caller, id).await.unwrap().unwrap().hook_id, Some(HOOK));
    world.stop().await;
}

#[tokio::test]
async fn a_github_that_broke_off_is_asked_again_and_makes_nothing_twice() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let connections = &world.services.repository_connections;
    let connection = github.begin(&world, &caller).await;
    github.on_checks([]).await;
    github.on_times("POST /repos/octo/hello/hooks", 4, status(502)).await;
    let error = connections.connect(&caller, wanted(connection)).await.unwrap_err();
    assert!(
        matches!(&error, ApiError::ServiceAway { message, .. } if message.contains("it answered 502")),
        "{error:?}"
    );
    let id = only_source(&world, &caller).await;

    // It was made all the same, which shows when it is to be made again.
    let url = url_of(&world, &caller, id).await;
    github.on("GET /repos/octo/hello/hooks", list([])).await;
    github.on("POST /repos/octo/hello/hooks", status(422)).await;
    github.on("GET /repos/octo/hello/hooks", list([hook(HOOK, &url)])).await;
    github.on("PATCH /repos/octo/hello/hooks/7", ok(hook(HOOK, &url))).await;
    github.on("POST /repos/octo/hello/hooks/7/pings", none()).await;
    connections.renew(&caller, id, None).await.unwrap();
    assert_eq!(connections.get(&caller, id).await.unwrap().unwrap().hook_id, Some(HOOK));
    world.stop().await;
}

#[tokio::test]
async fn a_webhook_that_was_deleted_at_github_is_made_anew() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let id = github.connect(&world, &caller).await;
    let connections = &world.services.repository_connections;
    github.on("GET /repos/octo/hello/hooks/7", status(404)).await;
    github.on("GET /repos/octo/hello", ok(repository())).await;
    github.on("GET /repos/octo/hello/pulls", status(403)).await;
    let look = connections.look(&caller, id).await.unwrap();
    assert_eq!(look.hook, Ok(None));
    assert_eq!(look.repository.unwrap().description, "Says hello");
    assert!(look.pull_requests.unwrap_err().contains("Pull requests: Read-only"));

    github.on("GET /repos/octo/hello/hooks", list([])).await;
    github.on("POST /repos/octo/hello/hooks", created(hook(8, "https://example.com/"))).await;
    github.on("POST /repos/octo/hello/hooks/8/pings", none()).await;
    connections.renew(&caller, id, Some(vec!["*".into(), "push".into()])).await.unwrap();
    let view = connections.get(&caller, id).await.unwrap().unwrap();
    assert_eq!((view.hook_id, view.events), (Some(8), vec!["*".to_owned()]));
    world.stop().await;
}

#[tokio::test]
async fn the_connection_is_shown_as_github_sees_it() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let id = github.connect(&world, &caller).await;
    let url = url_of(&world, &caller, id).await;
    let pull_request = json!({
        "number": 3, "title": "Say hello louder", "state": "open", "draft": true, "user": {"login": "octocat"},
        "html_url": "javascript:alert(1)", "created_at": "2026-01-26T19:01:12Z", "updated_at": "2026-01-26T19:01:12Z",
    });
    github.on("GET /repos/octo/hello/hooks/7", ok(hook(HOOK, &url))).await;
    github.on("GET /repos/octo/hello", ok(repository())).await;
    github.on("GET /repos/octo/hello/pulls", list([pull_request])).await;
    let look = world.services.repository_connections.look(&caller, id).await.unwrap();
    let hook = look.hook.unwrap().unwrap();
    assert_eq!((hook.is_active, hook.leads_here, hook.last_status), (true, true, Some(200)));
    assert_eq!(hook.last_outcome, "OK");
    let repository = look.repository.unwrap();
    assert_eq!((repository.default_branch.as_str(), repository.is_private), ("main", true));
    let open = look.pull_requests.unwrap();
    assert_eq!((open.count, open.is_complete, open.newest[0].author.as_str()), (1, true, "octocat"));
    assert_eq!(open.newest[0].url, None, "only a web address becomes a link");
    world.stop().await;
}

#[tokio::test]
async fn a_new_secret_of_the_source_is_passed_on() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let id = github.connect(&world, &caller).await;
    let connections = &world.services.repository_connections;
    let url = url_of(&world, &caller, id).await;
    world.services.sources.rotate_secret(&caller, id, "another secret of some length", None).await.unwrap();
    github.on("GET /repos/octo/hello/hooks", list([hook(HOOK, &url)])).await;
    github.on("PATCH /repos/octo/hello/hooks/7", ok(hook(HOOK, &url))).await;
    connections.pass_secret_on(&caller, id).await.unwrap();
    let changed = &github.bodies("PATCH /repos/octo/hello/hooks/7").await[0];
    assert_eq!(changed["config"]["secret"], "another secret of some length");

    github.on("GET /repos/octo/hello/hooks", status(401)).await;
    let message = conflict(connections.pass_secret_on(&caller, id).await);
    assert!(message.starts_with("The secret was saved, but GitHub still signs with the old one"), "{message}");
    assert!(message.ends_with("was revoked. Replace it."), "{message}");

    let unconnected = world.services.sources.create(&caller, by_hand()).await.unwrap().id;
    connections.pass_secret_on(&caller, unconnected).await.unwrap();
    world.stop().await;
}

#[tokio::test]
async fn a_token_is_tried_before_it_replaces_another() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let id = github.connect(&world, &caller).await;
    let connections = &world.services.repository_connections;
    for refusal in [401, 403, 404] {
        github.on("GET /repos/octo/hello/hooks", status(refusal)).await;
        let replaced = connections.replace_token(&caller, id, "github_pat_bad".to_owned().into()).await;
        assert_eq!(wrong_fields(replaced), ["token"], "{refusal}");
    }
    github.on("GET /repos/octo/hello/hooks", list([])).await;
    connections.replace_token(&caller, id, " github_pat_new ".to_owned().into()).await.unwrap();
    github.on("POST /repos/octo/hello/hooks/7/pings", none()).await;
    connections.ping(&caller, id).await.unwrap();
    assert_eq!(github.tokens().await.last().unwrap(), "Bearer github_pat_new");
    let last = events(&world, id.uuid()).await.pop().unwrap();
    assert_eq!(last, "source.repository_token_replaced by member");
    world.stop().await;
}

#[tokio::test]
async fn disconnecting_deletes_the_webhook_and_forgets_the_token() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let connections = &world.services.repository_connections;
    let connection = github.begin(&world, &caller).await;
    github.on_checks([]).await;
    github.on("POST /repos/octo/hello/hooks", created(hook(HOOK, "https://example.com/"))).await;
    github.on("POST /repos/octo/hello/hooks/7/pings", none()).await;
    let id = connections.connect(&caller, wanted(connection)).await.unwrap();
    assert_eq!(secrets_of(&world, connection.uuid()).await, 1);

    github.on("DELETE /repos/octo/hello/hooks/7", status(403)).await;
    let message = conflict(connections.disconnect(&caller, id, false).await);
    assert!(message.contains("Webhooks: Read and write"), "{message}");
    assert_eq!(secrets_of(&world, connection.uuid()).await, 1, "nothing was forgotten");

    // Somebody has deleted it meanwhile.
    github.on("DELETE /repos/octo/hello/hooks/7", status(404)).await;
    connections.disconnect(&caller, id, false).await.unwrap();
    assert_eq!(secrets_of(&world, connection.uuid()).await, 0);
    assert_eq!(connections.get(&caller, id).await.unwrap(), None);
    assert_eq!(world.services.sources.get(&caller, id).await.unwrap().secrets, 1, "the source stays as it was");
    assert_eq!(not_found(connections.ping(&caller, id).await), "Connected repository");
    world.stop().await;
}

#[tokio::test]
async fn a_repository_can_be_forgotten_without_asking_github() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let id = github.connect(&world, &caller).await;
    world.services.repository_connections.disconnect(&caller, id, true).await.unwrap();
    assert_eq!(world.services.repository_connections.get(&caller, id).await.unwrap(), None);
    let fate: String = sqlx::query_scalar(
        "select payload ->> 'hook' from event_store.events where kind = 'source.repository_disconnected'",
    )
    .fetch_one(&mut world.test.superuser().await)
    .await
    .unwrap();
    assert_eq!(fate, "left");
    world.stop().await;
}

#[tokio::test]
async fn a_second_repository_chosen_with_the_same_token_leaves_the_first_one_its_own() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let connections = &world.services.repository_connections;
    let connection = github.begin(&world, &caller).await;
    github.on_checks([]).await;
    github.on("POST /repos/octo/hello/hooks", created(hook(HOOK, "https://example.com/"))).await;
    github.on_times("POST /repos/octo/hello/hooks/7/pings", 2, none()).await;
    let first = connections.connect(&caller, wanted(connection)).await.unwrap();

    // Back in the browser, and another choice: once GitHub refuses, once it does not.
    let mut other = repository();
    other["full_name"] = "octo/other".into();
    github.on_times("GET /repos/octo/other", 2, ok(other)).await;
    github.on_times("GET /repos/octo/other/hooks", 2, list([])).await;
    github.on("POST /repos/octo/other/hooks", status(403)).await;
    let input = || ConnectInput { repository: "octo/other".into(), ..wanted(connection) };
    assert_eq!(wrong_fields(connections.connect(&caller, input()).await), ["token"]);
    github.on("POST /repos/octo/other/hooks", created(hook(8, "https://example.com/"))).await;
    github.on("POST /repos/octo/other/hooks/8/pings", none()).await;
    let second = connections.connect(&caller, input()).await.unwrap();
    assert_ne!(first, second);

    connections.disconnect(&caller, second, true).await.unwrap();
    assert_eq!(secrets_of(&world, connection.uuid()).await, 1);
    let ends: Option<time::OffsetDateTime> =
        sqlx::query_scalar("select expires_at from ops.secrets where owner_id = $1")
            .bind(connection.uuid())
            .fetch_one(&mut world.test.superuser().await)
            .await
            .unwrap();
    assert_eq!(ends, None, "nor does it end in an hour");
    connections.ping(&caller, first).await.unwrap();
    world.stop().await;
}

#[tokio::test]
async fn a_deleted_source_takes_the_token_with_it() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let id = github.connect(&world, &caller).await;
    world.services.sources.delete(&caller, id).await.unwrap();
    let left: i64 = sqlx::query_scalar("select count(*) from ops.secrets")
        .fetch_one(&mut world.test.superuser().await)
        .await
        .unwrap();
    assert_eq!(left, 0);
    world.stop().await;
}

#[tokio::test]
async fn a_token_that_comes_to_nothing_is_kept_for_an_hour() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let connection = github.begin(&world, &caller).await;
    let mut superuser = world.test.superuser().await;
    let minutes: f64 = sqlx::query_scalar(
        "update ops.secrets set expires_at = now() - interval '1 second' where owner_id = $1
         returning extract(epoch from (select old.expires_at from ops.secrets old where old.owner_id = $1) - now())::float8 / 60",
    )
    .bind(connection.uuid())
    .fetch_one(&mut superuser)
    .await
    .unwrap();
    assert!((55.0..61.0).contains(&minutes), "{minutes}");
    let connections = &world.services.repository_connections;
    assert_eq!(not_found(connections.repositories(&caller, connection).await), "Token");
    assert_eq!(not_found(connections.connect(&caller, wanted(connection)).await), "Token");
    let database = world.test.database();
    let mut engine = database.engine().acquire().await.unwrap();
    assert_eq!(hookreel_secrets::delete_expired_secrets(&mut engine).await.unwrap(), 1);
    drop(engine);
    world.stop().await;
}

#[tokio::test]
async fn connections_of_another_tenant_do_not_exist() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (owner, _) = world.tenant("ada@example.com").await;
    let (stranger, _) = world.tenant("bob@example.com").await;
    let id = github.connect(&world, &owner).await;
    let connection = github.begin(&world, &owner).await;
    let before = github.asked().await.len();
    let s = &world.services;
    let connections = &s.repository_connections;
    not_found(connections.repositories(&stranger, connection).await);
    not_found(connections.connect(&stranger, wanted(connection)).await);
    not_found(connections.connect(&owner, wanted(ConnectionId::generate())).await);
    let input = ConnectInput { source_id: Some(id), ..wanted(connection) };
    not_found(connections.connect(&stranger, input).await);
    let token = || TOKEN.to_owned().into();
    not_found(connections.connect_with_token(&stranger, id, token(), "octo/hello".into(), vec!["push".into()]).await);
    not_found(connections.get(&stranger, id).await);
    not_found(connections.look(&stranger, id).await);
    not_found(connections.ping(&stranger, id).await);
    not_found(connections.renew(&stranger, id, None).await);
    not_found(connections.replace_token(&stranger, id, token()).await);
    not_found(connections.disconnect(&stranger, id, true).await);
    not_found(s.recoveries.missed(&stranger, id, MissedRange::default()).await);
    not_found(s.recoveries.start(&stranger, id, MissedRange::default()).await);
    not_found(s.recoveries.list(&stranger, id).await);
    assert_eq!(github.asked().await.len(), before, "GitHub was not asked for any of it");
    assert!(connections.get(&owner, id).await.unwrap().is_some());
    world.stop().await;
}
