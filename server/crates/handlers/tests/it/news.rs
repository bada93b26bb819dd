//! What members hear of by mail, and what they do not.

use crate::following::wait_until;
use crate::searching::World;
use hookreel_domain::Endpoint;
use hookreel_domain::aggregate::encode;
use hookreel_domain::breaker::FAILURES_TO_TRIP;
use hookreel_domain::endpoint::EndpointEvent;
use hookreel_event_store::{NewEvent, Stream, append};
use hookreel_handlers::{recent_mails, replay_parked, statuses};
use hookreel_kernel::{Actor, ApiKeyId, EndpointId, EventId, FailureReason, MemberId, Metadata, Timestamp};
use hookreel_mail::Mail;
use time::macros::datetime;
use uuid::Uuid;

/// All handlers at work, and a member who hears of what happens from now on.
async fn start() -> World {
    let world = World::start().await;
    sqlx::query(
        "insert into iam.members (tenant_id, member_id, email, password_hash) values ($1, $2, 'ada@example.com', 'x')",
    )
    .bind(world.tenant_id.uuid())
    .bind(Uuid::now_v7())
    .execute(&mut world.test.superuser().await)
    .await
    .unwrap();
    until_handled(&world, 0).await;
    world
}

/// Mails are written in the transaction that moves the checkpoint.
async fn until_handled(world: &World, position: i64) {
    let pool = world.database.engine();
    wait_until(|| async {
        statuses(pool).await.unwrap().iter().any(|status| status.name == "mails" && status.position >= position)
    })
    .await;
}

/// Everything that was written, the oldest first.
async fn mails(world: &World) -> Vec<Mail> {
    let mut rows = recent_mails(world.database.engine(), &world.parts.secrets, 100).await.unwrap();
    assert!(rows.iter().all(|row| row.recipient == "ada@example.com"));
    rows.reverse();
    rows.into_iter().map(|row| row.mail.unwrap()).collect()
}

/// An endpoint with a secret in its URL.
async fn endpoint(world: &World) -> EndpointId {
    let endpoint_id = EndpointId::generate();
    sqlx::query(
        "insert into read.endpoints (tenant_id, endpoint_id, application_id, url, state, stream_version, created_at,
             updated_at)
         values ($1, $2, $3, 'https://example.com/?token=s3cret', 'disabled', 1, now(), now())",
    )
    .bind(world.tenant_id.uuid())
    .bind(endpoint_id.uuid())
    .bind(world.application_id.uuid())
    .execute(&mut world.test.superuser().await)
    .await
    .unwrap();
    endpoint_id
}

/// Its first event, or the one of a later version; returns its position.
async fn happened(world: &World, endpoint_id: EndpointId, version: i32, event: &EndpointEvent, actor: Actor) -> i64 {
    let event = NewEvent {
        tenant_id: world.tenant_id,
        stream: Stream::configuration("endpoint", endpoint_id.uuid()),
        stream_version: version,
        event_id: EventId::generate(),
        kind: event.kind(),
        revision: 1,
        payload: encode::<Endpoint>(event).unwrap(),
        body: None,
        metadata: Metadata::by(actor),
    };
    let mut transaction = world.database.engine().begin().await.unwrap();
    let position = append(&mut transaction, &[event]).await.unwrap();
    transaction.commit().await.unwrap();
    position
}

fn disabled(reason: &str) -> EndpointEvent {
    EndpointEvent::Disabled { reason: reason.to_owned() }
}

fn told_that_disabled(endpoint_id: EndpointId, why: &str) -> Mail {
    Mail::EndpointDisabled {
        url: "https://example.com/?token=***".to_owned(),
        why: why.to_owned(),
        link: format!("http://localhost:3000/endpoints/{endpoint_id}"),
    }
}

#[tokio::test]
async fn members_hear_of_an_endpoint_that_hookreel_disabled_and_not_of_what_somebody_did_himself() {
    let world = start().await;
    let by_person = Actor::Member(MemberId::generate());
    happened(&world, endpoint(&world).await, 1, &disabled("by a person"), by_person).await;
    let by_key = Actor::ApiKey(ApiKeyId::generate());
    happened(&world, endpoint(&world).await, 1, &disabled("It was configured as disabled."), by_key).await;
    let gone = endpoint(&world).await;
    let last = happened(&world, gone, 1, &disabled("by the engine"), Actor::system("engine")).await;
    until_handled(&world, last).await;
    assert_eq!(mails(&world).await, [told_that_disabled(gone, "by the engine")]);
    world.stop().await;
}

/// Disabled by the engine, three days ago.
async fn disabled_long_ago(world: &World, endpoint_id: EndpointId) -> i64 {
    sqlx::query_scalar(
        "with head as (update event_store.head set position = position + 1 returning position)
         insert into event_store.events (bucket, position, tenant_id, tenant_sequence, stream_kind, stream_id,
             stream_version, event_id, kind, revision, payload, metadata, recorded_at)
         select 0, position, $1, position, 'endpoint', $2, 1, $3, 'endpoint.disabled', 1, $4::jsonb, $5::jsonb,
                now() - interval '3 days'
         from head returning position",
    )
    .bind(world.tenant_id.uuid())
    .bind(endpoint_id.uuid())
    .bind(EventId::generate().uuid())
    .bind(encode::<Endpoint>(&disabled("long ago")).unwrap())
    .bind(serde_json::to_string(&Metadata::by(Actor::system("engine"))).unwrap())
    .fetch_one(&mut world.test.superuser().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn what_is_old_is_no_news_unless_it_waited_in_the_backlog() {
    let world = start().await;
    let endpoint_id = endpoint(&world).await;
    let position = disabled_long_ago(&world, endpoint_id).await;
    until_handled(&world, position).await;
    assert!(mails(&world).await.is_empty());

    // Parked when it was news, and replayed after the weekend.
    sqlx::query(
        "insert into ops.handler_backlog (handler, position, tenant_id, stream_id, kind, state, tries)
         values ('mails', $1, $2, $3, 'endpoint.disabled', 'parked', 8)",
    )
    .bind(position)
    .bind(world.tenant_id.uuid())
    .bind(endpoint_id.uuid())
    .execute(&mut world.test.superuser().await)
    .await
    .unwrap();
    assert_eq!(replay_parked(world.database.engine(), "mails").await.unwrap(), 1);
    wait_until(|| async { !mails(&world).await.is_empty() }).await;
    assert_eq!(mails(&world).await, [told_that_disabled(endpoint_id, "long ago")]);
    world.stop().await;
}

/// How an attempt ended, and when: each one later than those before. An error status is 500.
async fn attempted(world: &World, endpoint_id: EndpointId, at: Timestamp, failure: Option<FailureReason>) {
    sqlx::query(
        "insert into read.attempts (tenant_id, endpoint_id, attempt_id, delivery_id, message_id, event_type,
             stream_version, number, manual, succeeded, failure, duration_ms, attempted_at, status)
         values ($1, $2, $3, $4, $4, 'invoice.paid', 1, 1, false, $5, $6, 12, $7, $8)",
    )
    .bind(world.tenant_id.uuid())
    .bind(endpoint_id.uuid())
    .bind(Uuid::now_v7())
    .bind(Uuid::now_v7())
    .bind(failure.is_none())
    .bind(failure.map(FailureReason::code))
    .bind(at)
    .bind((failure == Some(FailureReason::Status)).then_some(500_i16))
    .execute(&mut world.test.superuser().await)
    .await
    .unwrap();
}

fn breaker_opened(consecutive_failures: u32) -> EndpointEvent {
    EndpointEvent::BreakerOpened { consecutive_failures, until: datetime!(2026-11-23 12:30 UTC) }
}

fn told_that_failing(endpoint_id: EndpointId, since: Timestamp, last_failure: &str) -> Mail {
    Mail::EndpointFailing {
        url: "https://example.com/?token=***".to_owned(),
        since,
        last_failure: last_failure.to_owned(),
        link: format!("http://localhost:3000/endpoints/{endpoint_id}"),
    }
}

#[tokio::test]
async fn members_hear_once_that_an_endpoint_fails_since_when_and_why() {
    let world = start().await;
    let (failing, other) = (endpoint(&world).await, endpoint(&world).await);
    for (at, failure) in [
        (datetime!(2026-11-23 09:00 UTC), Some(FailureReason::TlsFailed)),
        (datetime!(2026-11-23 10:00 UTC), None),
        (datetime!(2026-11-23 11:00 UTC), Some(FailureReason::Timeout)),
        (datetime!(2026-11-23 12:00 UTC), Some(FailureReason::ConnectionRefused)),
    ] {
        attempted(&world, failing, at, failure).await;
    }
    // What another endpoint did has no part in it, and it never succeeded.
    for at in [datetime!(2026-11-23 08:00 UTC), datetime!(2026-11-23 13:00 UTC)] {
        attempted(&world, other, at, Some(FailureReason::Status)).await;
    }
    let breaker = || Actor::system("breaker");
    let position = happened(&world, failing, 1, &breaker_opened(FAILURES_TO_TRIP), breaker()).await;
    until_handled(&world, position).await;
    let of_failing =
        told_that_failing(failing, datetime!(2026-11-23 11:00 UTC), "The endpoint refused the connection.");
    assert_eq!(mails(&world).await, [of_failing]);

    // While it is away the breaker opens after each probe: that is no news, and of another endpoint it is.
    for version in 2..=4 {
        let failures = FAILURES_TO_TRIP + u32::try_from(version).unwrap() - 1;
        happened(&world, failing, version, &breaker_opened(failures), breaker()).await;
    }
    let position = happened(&world, other, 1, &breaker_opened(FAILURES_TO_TRIP), breaker()).await;
    until_handled(&world, position).await;
    let all = mails(&world).await;
    assert_eq!(all[1..], [told_that_failing(other, datetime!(2026-11-23 08:00 UTC), "The endpoint answered 500.")]);

    // It answered, and fails again.
    happened(&world, failing, 5, &EndpointEvent::BreakerClosed {}, breaker()).await;
    let position = happened(&world, failing, 6, &breaker_opened(FAILURES_TO_TRIP), breaker()).await;
    until_handled(&world, position).await;
    assert_eq!(mails(&world).await.len(), 3);
    world.stop().await;
}

#[tokio::test]
async fn an_address_that_nobody_has_confirmed_hears_of_so_much_a_day() {
    let world = start().await;
    let disable_one = async || {
        let endpoint_id = endpoint(&world).await;
        happened(&world, endpoint_id, 1, &disabled("by the engine"), Actor::system("engine")).await
    };
    let mut last = 0;
    for _ in 0..25 {
        last = disable_one().await;
    }
    until_handled(&world, last).await;
    assert_eq!(mails(&world).await.len(), 20);

    // Whoever has shown to read the mailbox hears of everything.
    sqlx::query("update iam.members set email_verified_at = now()")
        .execute(&mut world.test.superuser().await)
        .await
        .unwrap();
    last = disable_one().await;
    until_handled(&world, last).await;
    assert_eq!(mails(&world).await.len(), 21);
    world.stop().await;
}
