//! What GitHub failed to deliver is delivered again, once, however often the recovery is interrupted.

use crate::github::{FakeGitHub, attempt, deliver, events, list, status};
use crate::support::{World, conflict, not_found, wrong_fields};
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::recovery::{MissedRange, RecoveryDetail, RecoveryView};
use hookreel_handlers::{Recoverer, RecoveryParts};
use hookreel_kernel::{Clock, RecoveryId, SourceId, SystemClock};
use hookreel_read_models::rebuild::rebuild_configuration;
use serde_json::{Value, json};
use std::time::Duration;

const DELIVERIES: &str = "GET /repos/octo/hello/hooks/7/deliveries";

fn again(id: u64) -> String {
    format!("POST /repos/octo/hello/hooks/7/deliveries/{id}/attempts")
}

fn promised() -> wiremock::ResponseTemplate {
    wiremock::ResponseTemplate::new(202).set_body_json(json!({}))
}

struct Lost {
    github: FakeGitHub,
    world: World,
    caller: Caller,
    source: SourceId,
}

impl Lost {
    /// A connected repository.
    async fn start() -> Self {
        let github = FakeGitHub::start().await;
        let world = github.world().await;
        let (caller, _) = world.tenant("ada@example.com").await;
        let source = github.connect(&world, &caller).await;
        Self { github, world, caller, source }
    }

    /// A recovery of these deliveries, begun.
    async fn recovery(&self, attempts: impl IntoIterator<Item = Value>) -> RecoveryView {
        self.github.on(DELIVERIES, list(attempts)).await;
        self.world.services.recoveries.start(&self.caller, self.source, MissedRange::default()).await.unwrap()
    }

    fn recoverer(&self) -> Recoverer {
        let github = self.world.services.integrations.github.clone().unwrap();
        let (database, secrets) = (self.world.test.database(), self.world.secrets.clone());
        Recoverer::start(RecoveryParts { database, secrets, github, pause: Duration::from_millis(10) })
    }

    async fn get(&self, id: RecoveryId) -> RecoveryDetail {
        self.world.services.recoveries.get(&self.caller, id).await.unwrap()
    }

    /// The recovery, once it is in this state.
    async fn until(&self, id: RecoveryId, state: &str) -> RecoveryDetail {
        let is_so = async || Some(self.get(id).await).filter(|detail| detail.recovery.state == state);
        self.world.until(is_so).await
    }

    async fn stop(self, recoverer: Recoverer) {
        recoverer.stop().await;
        self.world.stop().await;
    }
}

/// The outcome of each delivery, by its guid.
fn outcomes(detail: &RecoveryDetail) -> Vec<(&str, &str)> {
    detail.deliveries.iter().map(|delivery| (delivery.guid.as_str(), delivery.outcome.as_str())).collect()
}

#[tokio::test]
async fn what_failed_is_shown_with_what_has_come_in_since() {
    let lost = Lost::start().await;
    deliver(&lost.world, &lost.caller, lost.source, "arrived", "push").await;
    let attempts = [
        attempt(9, "taken", "push", 1, 200),
        attempt(8, "arrived", "push", 2, 504),
        attempt(7, "lost", "issues", 3, 0),
        attempt(6, "a ping", "ping", 4, 500),
        attempt(5, "lost", "issues", 60, 502),
        attempt(4, "taken", "push", 61, 500),
    ];
    lost.github.on(DELIVERIES, list(attempts)).await;
    let missed =
        lost.world.services.recoveries.missed(&lost.caller, lost.source, MissedRange::default()).await.unwrap();
    assert!(missed.is_complete);
    assert_eq!(missed.until - missed.since, Duration::from_hours(72));
    let told: Vec<_> = missed
        .deliveries
        .iter()
        .map(|missed| (missed.guid.as_str(), missed.status, missed.attempts, missed.arrived.is_some()))
        .collect();
    assert_eq!(told, [("lost", None, 2, false), ("arrived", Some(504), 1, true)]);
    assert_eq!((missed.lost(), missed.deliveries[0].outcome.as_str()), (1, "failed to connect to host"));
    lost.world.stop().await;
}

#[tokio::test]
async fn only_what_is_missing_is_redelivered_and_what_comes_twice_is_kept_once() {
    let lost = Lost::start().await;
    deliver(&lost.world, &lost.caller, lost.source, "arrived", "push").await;
    let attempts = [
        attempt(8, "arrived", "push", 2, 504),
        attempt(7, "in between", "push", 3, 500),
        attempt(6, "gone", "push", 4, 500),
        attempt(5, "lost", "issues", 5, 0),
    ];
    let recovery = lost.recovery(attempts).await;
    assert_eq!((recovery.total, recovery.state.as_str()), (3, "running"));
    // It comes in before it is asked for.
    deliver(&lost.world, &lost.caller, lost.source, "in between", "push").await;
    lost.github.on(&again(5), promised()).await;
    lost.github.on(&again(6), status(404)).await;
    let recoverer = lost.recoverer();
    let detail = lost.until(recovery.id, "finished").await;
    assert_eq!(outcomes(&detail), [("lost", "requested"), ("gone", "refused"), ("in between", "arrived")]);
    assert_eq!(detail.deliveries[1].reason, "GitHub no longer has it.");
    assert_eq!((detail.recovery.requested, detail.recovery.recovered, detail.recovery.arrived), (1, 0, 1));

    for _ in 0..2 {
        deliver(&lost.world, &lost.caller, lost.source, "lost", "issues").await;
    }
    let detail = lost.get(recovery.id).await;
    assert_eq!(detail.recovery.recovered, 1);
    assert!(detail.deliveries[0].message_id.is_some());
    let messages: i64 = sqlx::query_scalar("select count(*) from read.messages where provider_event_id = 'lost'")
        .fetch_one(&mut lost.world.test.superuser().await)
        .await
        .unwrap();
    assert_eq!(messages, 1);
    assert_eq!(
        events(&lost.world, recovery.id.uuid()).await,
        [
            "recovery.started by member",
            "recovery.delivery_handled by system",
            "recovery.delivery_handled by system",
            "recovery.delivery_handled by system",
            "recovery.finished by system"
        ]
    );
    lost.stop(recoverer).await;
}

#[tokio::test]
async fn a_recovery_goes_on_where_it_was_when_the_process_ended() {
    let lost = Lost::start().await;
    let recovery = lost.recovery((1..=3).map(|id| attempt(id, &format!("g-{id}"), "push", 10 - id, 500))).await;
    lost.github.on(&again(1), promised()).await;
    lost.github.on(&again(2), status(429).insert_header("retry-after", "3600")).await;
    let first = lost.recoverer();
    let waiting = async || lost.get(recovery.id).await.recovery.waiting;
    let (why, until) = lost.world.until(waiting).await;
    assert_eq!(why, "GitHub is asked too often.");
    assert!(until - SystemClock.now() > Duration::from_mins(55));
    first.stop().await;

    // Its time comes, and another process is there.
    sqlx::query("update read.recoveries set due_at = now()")
        .execute(&mut lost.world.test.superuser().await)
        .await
        .unwrap();
    lost.github.on(&again(2), promised()).await;
    lost.github.on(&again(3), promised()).await;
    // The limit was for the process that heard of it.
    let github = lost.github.client();
    let (database, secrets) = (lost.world.test.database(), lost.world.secrets.clone());
    let second = Recoverer::start(RecoveryParts { database, secrets, github, pause: Duration::from_millis(10) });
    let detail = lost.until(recovery.id, "finished").await;
    assert!(outcomes(&detail).iter().all(|(_, outcome)| *outcome == "requested"), "{detail:?}");
    lost.stop(second).await;
}

#[tokio::test]
async fn a_recovery_stops_with_a_reason_when_the_token_is_not_accepted() {
    let lost = Lost::start().await;
    let recovery = lost.recovery([attempt(1, "g-1", "push", 5, 500), attempt(2, "g-2", "push", 4, 500)]).await;
    lost.github.on(&again(1), status(401)).await;
    let recoverer = lost.recoverer();
    let detail = lost.until(recovery.id, "stopped").await;
    assert!(detail.recovery.reason.contains("does not accept the token"), "{}", detail.recovery.reason);
    assert_eq!(outcomes(&detail), [("g-1", "waiting"), ("g-2", "waiting")]);
    let cancelled = lost.world.services.recoveries.cancel(&lost.caller, recovery.id).await;
    assert_eq!(conflict(cancelled), "the recovery has already ended");
    lost.stop(recoverer).await;
}

#[tokio::test]
async fn a_recovery_stops_when_its_repository_is_disconnected() {
    let lost = Lost::start().await;
    let recovery = lost.recovery([attempt(1, "g-1", "push", 5, 500)]).await;
    lost.world.services.repository_connections.disconnect(&lost.caller, lost.source, true).await.unwrap();
    let recoverer = lost.recoverer();
    let detail = lost.until(recovery.id, "stopped").await;
    assert_eq!(detail.recovery.reason, "The repository was disconnected.");
    lost.stop(recoverer).await;
}

#[tokio::test]
async fn one_recovery_of_a_source_runs_at_a_time_and_can_be_cancelled() {
    let lost = Lost::start().await;
    let recoveries = &lost.world.services.recoveries;
    let recovery = lost.recovery([attempt(1, "g-1", "push", 5, 500)]).await;
    lost.github.on(DELIVERIES, list([attempt(1, "g-1", "push", 5, 500)])).await;
    let second = recoveries.start(&lost.caller, lost.source, MissedRange::default()).await;
    assert_eq!(conflict(second), "a recovery of this source is under way already");

    let (stranger, _) = lost.world.tenant("bob@example.com").await;
    not_found(recoveries.get(&stranger, recovery.id).await);
    not_found(recoveries.cancel(&stranger, recovery.id).await);
    assert_eq!(recoveries.cancel(&lost.caller, recovery.id).await.unwrap().state, "cancelled");
    assert_eq!(recoveries.list(&lost.caller, lost.source).await.unwrap().len(), 1);
    assert_eq!(
        events(&lost.world, recovery.id.uuid()).await,
        ["recovery.started by member", "recovery.cancelled by member"]
    );
    // GitHub is asked for nothing any more: the double would refuse.
    let recoverer = lost.recoverer();
    let third = lost.recovery([attempt(2, "g-2", "push", 5, 500)]).await;
    lost.github.on(&again(2), promised()).await;
    lost.until(third.id, "finished").await;
    lost.stop(recoverer).await;
}

#[tokio::test]
async fn nothing_is_begun_when_nothing_is_missing_or_github_says_no() {
    let lost = Lost::start().await;
    let recoveries = &lost.world.services.recoveries;
    let start = async || recoveries.start(&lost.caller, lost.source, MissedRange::default()).await;
    lost.github.on(DELIVERIES, list([attempt(1, "taken", "push", 5, 200)])).await;
    assert!(conflict(start().await).starts_with("Nothing is missing"));
    lost.github.on(DELIVERIES, status(404)).await;
    assert!(conflict(start().await).starts_with("octo/hello was not found"));
    lost.github.on_times(DELIVERIES, 4, status(500)).await;
    assert!(matches!(start().await.unwrap_err(), ApiError::ServiceAway { .. }));
    let now = SystemClock.now();
    for (since, until) in
        [(Some(now), Some(now - Duration::from_hours(1))), (None, Some(now - Duration::from_hours(80)))]
    {
        let missed = recoveries.missed(&lost.caller, lost.source, MissedRange { since, until }).await;
        assert_eq!(wrong_fields(missed), ["until"]);
    }
    assert!(recoveries.list(&lost.caller, lost.source).await.unwrap().is_empty());
    lost.world.stop().await;
}

#[tokio::test]
async fn rebuilding_gives_the_same_connections_and_recoveries() {
    let lost = Lost::start().await;
    let recovery = lost.recovery([attempt(1, "g-1", "push", 5, 500), attempt(2, "g-2", "push", 4, 500)]).await;
    lost.github.on(&again(1), promised()).await;
    lost.github.on(&again(2), status(422)).await;
    let recoverer = lost.recoverer();
    lost.until(recovery.id, "finished").await;
    let mut superuser = lost.world.test.superuser().await;
    let mut rows = async || -> Vec<String> {
        sqlx::query_scalar(
            "select row_to_json(x)::text from read.sources x
             union all select (to_jsonb(x) - 'due_at')::text from read.recoveries x
             union all select row_to_json(x)::text from read.recovery_deliveries x order by 1",
        )
        .fetch_all(&mut superuser)
        .await
        .unwrap()
    };
    let before = rows().await;
    assert_eq!(before.len(), 4);
    let mut other = lost.world.test.superuser().await;
    sqlx::query("truncate read.sources, read.recoveries, read.recovery_deliveries").execute(&mut other).await.unwrap();
    rebuild_configuration(&mut other).await.unwrap();
    assert_eq!(rows().await, before);
    lost.stop(recoverer).await;
}
