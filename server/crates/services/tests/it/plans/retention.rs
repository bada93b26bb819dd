//! History is shown for as long as the plan says, and kept in the event store for ever.

use crate::support::{Terms, World};
use hookreel_contract::input::EventFilter;
use hookreel_domain::plan::OVER_QUOTA;
use hookreel_domain::{Month, Quotas};
use hookreel_kernel::{ApplicationId, Clock as _, EndpointId, SystemClock, TenantId, Timestamp, id};
use hookreel_services::Retention;
use serde_json::Value;
use sqlx::PgConnection;
use std::sync::Arc;
use uuid::Uuid;

fn terms(retention_days: Option<u32>) -> Terms {
    Terms { stripe_url: None, plans: super::plans(Quotas::default()), retention_days }
}

fn retention(world: &World) -> Retention {
    Retention::new(world.test.database(), world.services.plans.clone(), Arc::new(SystemClock))
}

/// An id of so many days ago.
#[expect(clippy::disallowed_methods, reason = "ids are of the machine's time")]
fn days_ago(days: i64, number: u128) -> Uuid {
    let at = Timestamp::now_utc() - time::Duration::days(days);
    id_of(at, number)
}

fn id_of(at: Timestamp, number: u128) -> Uuid {
    let ms = u64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap();
    Uuid::from_u128(id::lowest_at(ms).as_u128() | number)
}

struct Old {
    tenant_id: TenantId,
    application: ApplicationId,
    endpoint: EndpointId,
}

impl Old {
    /// A message of so many days ago, with a delivery in this state and one attempt.
    async fn message(&self, connection: &mut PgConnection, days: i64, state: &str, number: u128) -> Uuid {
        let (message, delivery, attempt) =
            (days_ago(days, number), days_ago(days, number + 1), days_ago(days, number + 2));
        sqlx::query(
            "insert into read.messages (tenant_id, message_id, application_id, event_type, state, body_bytes, received_at)
             values ($1, $2, $3, 'a', 'accepted', 2, now())",
        )
        .bind(self.tenant_id.uuid())
        .bind(message)
        .bind(self.application.uuid())
        .execute(&mut *connection)
        .await
        .unwrap();
        sqlx::query(
            "insert into read.deliveries (tenant_id, delivery_id, message_id, endpoint_id, application_id, event_type,
                                          state, attempts, created_at)
             values ($1, $2, $3, $4, $5, 'a', $6, 1, now())",
        )
        .bind(self.tenant_id.uuid())
        .bind(delivery)
        .bind(message)
        .bind(self.endpoint.uuid())
        .bind(self.application.uuid())
        .bind(state)
        .execute(&mut *connection)
        .await
        .unwrap();
        sqlx::query(
            "insert into read.attempts (tenant_id, endpoint_id, attempt_id, delivery_id, message_id, event_type,
                                        stream_version, number, manual, succeeded, duration_ms, attempted_at)
             values ($1, $2, $3, $4, $5, 'a', 1, 1, false, true, 1, now())",
        )
        .bind(self.tenant_id.uuid())
        .bind(self.endpoint.uuid())
        .bind(attempt)
        .bind(delivery)
        .bind(message)
        .execute(&mut *connection)
        .await
        .unwrap();
        sqlx::query("insert into read.message_words (tenant_id, message_id, words) values ($1, $2, '')")
            .bind(self.tenant_id.uuid())
            .bind(message)
            .execute(&mut *connection)
            .await
            .unwrap();
        message
    }

    /// A message of then that was not delivered for this reason.
    async fn refused(&self, connection: &mut PgConnection, at: Timestamp, refusal: &str, number: u128) -> Uuid {
        let message = id_of(at, number);
        sqlx::query(
            "insert into read.messages (tenant_id, message_id, application_id, event_type, state, refusal, body_bytes,
                                        received_at)
             values ($1, $2, $3, 'a', 'quarantined', $4, 2, now())",
        )
        .bind(self.tenant_id.uuid())
        .bind(message)
        .bind(self.application.uuid())
        .bind(refusal)
        .execute(connection)
        .await
        .unwrap();
        message
    }
}

async fn old(world: &World, email: &str) -> Old {
    let (caller, application) = world.tenant(email).await;
    // Paused, so that nobody works on what is only there to grow old.
    let endpoint = world.endpoint(&caller, application, "/a").await.id;
    world.services.endpoints.pause(&caller, endpoint).await.unwrap();
    Old { tenant_id: caller.tenant_id(), application, endpoint }
}

async fn left(connection: &mut PgConnection, table: &str, tenant_id: TenantId) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table} where tenant_id = $1")))
        .bind(tenant_id.uuid())
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn what_is_older_than_the_retention_is_removed_and_the_log_says_how_much() {
    let world = World::start_on(terms(Some(30))).await;
    let ada = old(&world, "ada@example.com").await;
    let mut connection = world.test.superuser().await;
    for number in 0..3 {
        ada.message(&mut connection, 40, "succeeded", 10 * number).await;
    }
    let waiting = ada.message(&mut connection, 40, "pending", 100).await;
    let young = ada.message(&mut connection, 20, "exhausted", 200).await;
    let events_before = left(&mut connection, "event_store.events", ada.tenant_id).await;

    retention(&world).apply().await.unwrap();
    let kept: Vec<Uuid> =
        sqlx::query_scalar("select message_id from read.messages where tenant_id = $1 order by message_id")
            .bind(ada.tenant_id.uuid())
            .fetch_all(&mut connection)
            .await
            .unwrap();
    assert_eq!(kept, [waiting, young], "what is still on its way stays");
    for table in ["read.deliveries", "read.attempts", "read.message_words"] {
        assert_eq!(left(&mut connection, table, ada.tenant_id).await, 2, "{table}");
    }
    assert_eq!(left(&mut connection, "event_store.events", ada.tenant_id).await, events_before + 1);
    let caller = hookreel_auth::Caller::operator(ada.tenant_id);
    let filter = EventFilter { kind: Some("retention.applied".into()), ..EventFilter::default() };
    let events = world.services.event_log.list(&caller, filter.clone()).await.unwrap().items;
    let payload: Value = serde_json::from_str(&events[0].payload).unwrap();
    assert_eq!(
        (&payload["days"], &payload["messages"], &payload["deliveries"], &payload["attempts"]),
        (&30.into(), &3.into(), &3.into(), &3.into())
    );
    assert!(events[0].stream.starts_with("ret_"));

    retention(&world).apply().await.unwrap();
    assert_eq!(world.services.event_log.list(&caller, filter).await.unwrap().items.len(), 1, "nothing is no event");
    world.stop().await;
}

#[tokio::test]
async fn more_than_a_batch_is_removed_and_nothing_of_others() {
    let world = World::start_on(terms(Some(30))).await;
    let (ada, bob) = (old(&world, "ada@example.com").await, old(&world, "bob@example.com").await);
    let mut connection = world.test.superuser().await;
    for number in 0..1_005 {
        let id = days_ago(60, number);
        sqlx::query(
            "insert into read.messages (tenant_id, message_id, application_id, event_type, state, body_bytes, received_at)
             values ($1, $2, $3, 'a', 'quarantined', 2, now())",
        )
        .bind(ada.tenant_id.uuid())
        .bind(id)
        .bind(ada.application.uuid())
        .execute(&mut connection)
        .await
        .unwrap();
    }
    bob.message(&mut connection, 10, "succeeded", 5_000).await;
    retention(&world).apply().await.unwrap();
    assert_eq!(left(&mut connection, "read.messages", ada.tenant_id).await, 0);
    assert_eq!(left(&mut connection, "read.messages", bob.tenant_id).await, 1);
    world.stop().await;
}

#[tokio::test]
async fn what_was_held_for_the_quota_stays_until_the_month_after_its_own_is_over() {
    let world = World::start_on(terms(Some(7))).await;
    let ada = old(&world, "ada@example.com").await;
    let mut connection = world.test.superuser().await;
    let last_month = Month::of(SystemClock.now()).previous().first().midnight().assume_utc();
    let before_it = last_month - time::Duration::seconds(1);
    let held = ada.refused(&mut connection, last_month, OVER_QUOTA, 0).await;
    ada.refused(&mut connection, last_month, "the source is paused: release the message to deliver it", 1).await;
    ada.refused(&mut connection, before_it, OVER_QUOTA, 2).await;
    retention(&world).apply().await.unwrap();
    let kept: Vec<Uuid> = sqlx::query_scalar("select message_id from read.messages where tenant_id = $1")
        .bind(ada.tenant_id.uuid())
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(kept, [held], "what is older goes, so that not ever more is kept; and so does what was not promised");
    world.stop().await;
}

#[tokio::test]
async fn without_a_retention_everything_stays() {
    let world = World::start_on(terms(None)).await;
    let ada = old(&world, "ada@example.com").await;
    let mut connection = world.test.superuser().await;
    ada.message(&mut connection, 4_000, "succeeded", 0).await;
    retention(&world).apply().await.unwrap();
    assert_eq!(left(&mut connection, "read.messages", ada.tenant_id).await, 1);
    world.stop().await;
}

#[tokio::test]
async fn a_smaller_plan_removes_nothing_in_its_first_week() {
    let market = super::Market::open(Quotas { retention_days: Some(1), ..Quotas::default() }).await;
    let ada = market.customer("ada@example.com", "cus_1").await;
    let application = market.world.services.applications.default_id(&ada).await.unwrap();
    let endpoint = market.world.endpoint(&ada, application, "/a").await.id;
    market.world.services.endpoints.pause(&ada, endpoint).await.unwrap();
    let history = Old { tenant_id: ada.tenant_id(), application, endpoint };
    let mut connection = market.world.test.superuser().await;
    history.message(&mut connection, 30, "succeeded", 0).await;
    for (id, status, plan) in [("evt_1", "active", "Team"), ("evt_2", "canceled", "Free")] {
        let subscription = super::stripe::subscription("cus_1", status, "price_team", None);
        market.stripe.subscribed("cus_1", vec![subscription]);
        market.tell(&super::stripe::event(id, "customer.subscription.updated", "cus_1")).await.unwrap();
        market.until_plan(&ada, plan).await;
    }
    retention(&market.world).apply().await.unwrap();
    assert_eq!(left(&mut connection, "read.messages", ada.tenant_id()).await, 1);

    // Of somebody who has always had it.
    let bob = old(&market.world, "bob@example.com").await;
    bob.message(&mut connection, 30, "succeeded", 100).await;
    retention(&market.world).apply().await.unwrap();
    assert_eq!(left(&mut connection, "read.messages", bob.tenant_id).await, 0);
    market.close().await;
}
