//! What GitHub has against a repository is said where it can be corrected, and leaves nothing behind.

use crate::github::{FakeGitHub, HOOK, created, hook, list, none, ok, repository, secrets_of, status, wanted};
use crate::sources::stripe;
use crate::support::{World, conflict, wrong_fields};
use hookreel_contract::ApiError;
use hookreel_contract::input::SourceInput;
use hookreel_contract::repository::{ConnectInput, RepositoryLook};
use hookreel_kernel::{Clock as _, SystemClock};
use serde_json::json;
use wiremock::ResponseTemplate;

fn message<T: std::fmt::Debug>(result: Result<T, ApiError>) -> String {
    result.unwrap_err().to_string()
}

#[tokio::test]
async fn a_token_that_github_does_not_know_is_not_kept() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let connections = &world.services.repository_connections;
    github.on("GET /user/repos", status(401)).await;
    let begun = connections.begin(&caller, "github_pat_bad".to_owned().into()).await;
    assert!(message(begun).contains("token: is not known to GitHub"));
    for token in ["", " \n ", &"x".repeat(513), "github pat\nx-other: 1"] {
        assert_eq!(wrong_fields(connections.begin(&caller, token.to_owned().into()).await), ["token"], "{token:?}");
    }
    let kept: i64 = sqlx::query_scalar("select count(*) from ops.secrets")
        .fetch_one(&mut world.test.superuser().await)
        .await
        .unwrap();
    assert_eq!(kept, 0);
    world.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_the_repository_is_said_before_anything_is_made() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let connections = &world.services.repository_connections;
    let connection = github.begin(&world, &caller).await;
    let wrong = ConnectInput { repository: "hello".into(), events: vec!["Push!".into()], ..wanted(connection) };
    assert_eq!(wrong_fields(connections.connect(&caller, wrong).await), ["repository", "events"]);

    github.on("GET /repos/octo/hello", status(404)).await;
    assert!(message(connections.connect(&caller, wanted(connection)).await).contains("repository: was not found"));
    let mut archived = repository();
    archived["archived"] = true.into();
    github.on("GET /repos/octo/hello", ok(archived)).await;
    assert!(message(connections.connect(&caller, wanted(connection)).await).contains("is archived"));
    let mut foreign = repository();
    foreign["permissions"]["admin"] = false.into();
    github.on("GET /repos/octo/hello", ok(foreign)).await;
    assert!(message(connections.connect(&caller, wanted(connection)).await).contains("is not yours to manage"));
    github.on("GET /repos/octo/hello", status(301)).await;
    assert!(message(connections.connect(&caller, wanted(connection)).await).contains("renamed or moved"));
    for refusal in [403, 404] {
        github.on("GET /repos/octo/hello", ok(repository())).await;
        github.on("GET /repos/octo/hello/hooks", status(refusal)).await;
        let connected = connections.connect(&caller, wanted(connection)).await;
        assert!(message(connected).contains("“Webhooks: Read and write”"), "{refusal}");
    }
    assert!(world.services.sources.list(&caller).await.unwrap().is_empty());
    world.stop().await;
}

#[tokio::test]
async fn a_webhook_that_github_refuses_leaves_no_source_and_the_token_for_another_try() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let connections = &world.services.repository_connections;
    let connection = github.begin(&world, &caller).await;
    let too_many = "The \"push\" event cannot have more than 20 hooks";
    let unreachable = "url is not supported because it isn't reachable over the public Internet (localhost)";
    for (answer, is_listed_again, told) in [
        (status(403), false, "“Webhooks: Read and write”"),
        (unprocessable(unreachable), true, "cannot reach"),
        (unprocessable(too_many), true, "as many webhooks"),
        (unprocessable("Validation Failed"), true, "events: are not all known"),
    ] {
        github.on_checks([]).await;
        github.on("POST /repos/octo/hello/hooks", answer).await;
        if is_listed_again {
            github.on("GET /repos/octo/hello/hooks", ok(json!([]))).await;
        }
        let message = message(connections.connect(&caller, wanted(connection)).await);
        assert!(message.contains(told), "{message}");
        assert!(world.services.sources.list(&caller).await.unwrap().is_empty(), "{told}");
        assert_eq!(secrets_of(&world, connection.uuid()).await, 1, "{told}");
    }
    github.on_checks([]).await;
    github.on("POST /repos/octo/hello/hooks", created(hook(7, "https://example.com/"))).await;
    github.on("POST /repos/octo/hello/hooks/7/pings", none()).await;
    connections.connect(&caller, wanted(connection)).await.unwrap();
    world.stop().await;
}

fn unprocessable(message: &str) -> ResponseTemplate {
    ResponseTemplate::new(422).set_body_json(json!({"message": "Validation Failed", "errors": [{"message": message}]}))
}

#[tokio::test]
async fn a_source_that_was_there_stays_as_it_was_when_github_refuses() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let connections = &world.services.repository_connections;
    let input = SourceInput { provider: "github".into(), ..stripe(None) };
    let id = world.services.sources.create(&caller, input).await.unwrap().id;
    let connection = github.begin(&world, &caller).await;
    github.on_checks([]).await;
    github.on("POST /repos/octo/hello/hooks", status(403)).await;
    let input = ConnectInput { source_id: Some(id), ..wanted(connection) };
    assert_eq!(wrong_fields(connections.connect(&caller, input).await), ["token"]);
    assert_eq!(world.services.sources.get(&caller, id).await.unwrap().repository, None);

    let other = world.services.sources.create(&caller, stripe(None)).await.unwrap().id;
    github.on_checks([]).await;
    let input = ConnectInput { source_id: Some(other), ..wanted(connection) };
    assert!(conflict(connections.connect(&caller, input).await).contains("only a source of GitHub"));
    world.stop().await;
}

#[tokio::test]
async fn a_repository_is_connected_once() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let connections = &world.services.repository_connections;
    let id = github.connect(&world, &caller).await;
    let connection = github.begin(&world, &caller).await;
    let again = ConnectInput { repository: "Octo/Hello".into(), ..wanted(connection) };
    github.on("GET /repos/Octo/Hello", ok(repository())).await;
    github.on("GET /repos/Octo/Hello/hooks", ok(json!([]))).await;
    let told = conflict(connections.connect(&caller, again).await);
    assert_eq!(told, "octo/hello is connected already, to the source “octo/hello”.");

    // To the source that has it, with another token: that is no second connection. The webhook is known by its id,
    // wherever it leads now.
    let url = world.services.sources.get(&caller, id).await.unwrap().url;
    github.on_checks([hook(7, "https://elsewhere.example.com/")]).await;
    github.on("PATCH /repos/octo/hello/hooks/7", ok(hook(7, &url))).await;
    github.on("POST /repos/octo/hello/hooks/7/pings", none()).await;
    let anew = ConnectInput { source_id: Some(id), ..wanted(connection) };
    connections.connect(&caller, anew).await.unwrap();
    assert_eq!(world.services.sources.list(&caller).await.unwrap().len(), 1);
    world.stop().await;
}

#[tokio::test]
async fn a_github_that_is_away_or_asked_too_often_says_when_to_come_back() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let connections = &world.services.repository_connections;
    let begin = async || connections.begin(&caller, "github_pat_1".to_owned().into()).await.unwrap_err();
    github.on("GET /user/repos", status(429).insert_header("retry-after", "120")).await;
    let limited = begin().await;
    assert!(limited.to_string().contains("Try again in 120 seconds"), "{limited}");
    let ApiError::ServiceAway { retry_after_s: Some(120), .. } = limited else { panic!("{limited:?}") };

    github.on_times("GET /user/repos", 20, status(503)).await;
    let with_another = async |token: &str| connections.begin(&caller, token.to_owned().into()).await.unwrap_err();
    for token in ["a", "b", "c", "d", "e"] {
        let away = with_another(token).await;
        assert!(away.to_string().contains("it answered 503"), "{away}");
    }
    let open = with_another("f").await;
    assert!(open.to_string().contains("is left alone until") && open.to_string().contains(" UTC."), "{open}");
    assert_eq!(open.status(), 502);
    let ApiError::ServiceAway { retry_after_s: Some(1..), .. } = open else { panic!("{open:?}") };
    world.stop().await;
}

#[tokio::test]
async fn without_a_github_nothing_can_be_connected() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let connections = &world.services.repository_connections;
    assert!(!connections.is_available());
    let told = conflict(connections.begin(&caller, "github_pat_1".to_owned().into()).await);
    assert!(told.contains("HOOKREEL_GITHUB_API_URL"), "{told}");
    world.stop().await;
}

#[tokio::test]
async fn while_github_is_away_what_it_said_last_is_shown_with_its_age() {
    let github = FakeGitHub::start().await;
    let world = github.world().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let id = github.connect(&world, &caller).await;
    let connections = &world.services.repository_connections;
    let asked = ["GET /repos/octo/hello/hooks/7", "GET /repos/octo/hello", "GET /repos/octo/hello/pulls"];

    // A try and three more. Nothing was said before: what there is to say is why.
    for request in asked {
        github.on_times(request, 4, status(503)).await;
    }
    let look = connections.look(&caller, id).await.unwrap();
    assert_eq!(look.earlier, None);
    assert!(look.repository.unwrap_err().contains("it answered 503"));

    github.on(asked[0], ok(hook(HOOK, "https://example.com/"))).await;
    github.on(asked[1], ok(repository())).await;
    github.on(asked[2], list([])).await;
    let before = SystemClock.now();
    let said = connections.look(&caller, id).await.unwrap();
    assert_eq!(said.earlier, None);

    for request in asked {
        github.on_times(request, 4, status(503)).await;
    }
    let shown = connections.look(&caller, id).await.unwrap();
    let earlier = shown.earlier.clone().unwrap();
    assert!(
        earlier.why.contains("it answered 503") && (before..=SystemClock.now()).contains(&earlier.at),
        "{earlier:?}"
    );
    assert_eq!(RepositoryLook { earlier: None, ..shown }, said);

    // What GitHub says is not hidden by what it said.
    for request in asked {
        github.on(request, status(401)).await;
    }
    let look = connections.look(&caller, id).await.unwrap();
    assert_eq!(look.earlier, None);
    assert!(look.repository.unwrap_err().contains("is not known to GitHub"));
    world.stop().await;
}
