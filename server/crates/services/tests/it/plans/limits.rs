//! What a plan includes, and what happens beyond it.

use super::stripe::{event, signed, subscription};
use super::{Market, exceeded};
use crate::sources;
use bytes::Bytes;
use hookreel_auth::Caller;
use hookreel_contract::input::{EndpointInput, MessageFilter};
use hookreel_contract::source::QuarantineSelection;
use hookreel_contract::views::{Attention, AttentionKind, MessageState};
use hookreel_contract::{ApiError, Page};
use hookreel_domain::Quotas;
use hookreel_kernel::{ApplicationId, EventId, SystemClock};
use hookreel_services::messages::{PublishInput, PublishedMessage, ReceiveRefusal, RefusalKind};
use hookreel_services::sources::InboundSource;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

fn messages(limit: u64) -> Quotas {
    Quotas { messages_month: Some(limit), ..Quotas::default() }
}

/// By a program: what people send from the dashboard to try something is not counted.
async fn program(market: &Market, caller: &Caller) -> Caller {
    let key = market.world.services.api_keys.create(caller, "CI").await.unwrap().key;
    let authenticator =
        hookreel_auth::ApiKeyAuthenticator::new(market.world.test.database().auth().clone(), Arc::new(SystemClock));
    authenticator.authenticate(key.as_str()).await.unwrap().unwrap()
}

async fn publish(market: &Market, by: &Caller, to: ApplicationId) -> Result<PublishedMessage, ApiError> {
    let input = PublishInput {
        event_type: "invoice.paid".into(),
        payload: Bytes::from_static(b"{}"),
        uid: None,
        channels: None,
        only_endpoint: None,
        idempotency: None,
    };
    market.world.services.messages.publish(by, to, input).await
}

async fn used(market: &Market, caller: &Caller) -> u64 {
    let view = market.world.services.plans.usage(caller, None).await.unwrap();
    view.received + view.published
}

/// The levels of quotas that were said, as `messages 80`.
async fn said(market: &Market, caller: &Caller) -> Vec<String> {
    let reached = |(kind, payload): (String, Value)| {
        (kind == "quota.reached").then(|| format!("{} {}", payload["quota"].as_str().unwrap(), payload["percent"]))
    };
    market.history(caller).await.into_iter().filter_map(reached).collect()
}

async fn source(market: &Market, caller: &Caller) -> InboundSource {
    let made = market.world.services.sources.create(caller, sources::stripe(Some("whsec_tenant"))).await.unwrap();
    let token = made.url.rsplit('/').next().unwrap().to_owned();
    market.world.services.sources.find_by_token(&token).await.unwrap().unwrap()
}

async fn quarantined(market: &Market, caller: &Caller) -> Page<hookreel_contract::views::MessageRow> {
    let filter = MessageFilter { state: Some("quarantined".into()), ..MessageFilter::default() };
    market.world.services.messages.list(caller, filter).await.unwrap()
}

#[tokio::test]
async fn members_are_told_at_80_and_at_100_percent_once_each_and_then_publishing_is_refused() {
    let market = Market::open(messages(10)).await;
    let (ada, application) = market.tenant("ada@example.com").await;
    let program = program(&market, &ada).await;
    for _ in 0..8 {
        publish(&market, &program, application).await.unwrap();
    }
    market.world.until(async || (said(&market, &ada).await == ["messages 80"]).then_some(())).await;
    // How a tenant stands is remembered for seconds.
    let is_near =
        |item: &Attention| item.kind == AttentionKind::QuotaReached && item.text.starts_with("8 of the plan's");
    let near = async || {
        let attention = market.world.services.overview.get(&ada, 24).await.unwrap().attention;
        attention.iter().any(is_near).then_some(())
    };
    market.world.until(near).await;
    for _ in 0..2 {
        publish(&market, &program, application).await.unwrap();
    }
    market.world.until(async || (said(&market, &ada).await.len() == 2).then_some(())).await;
    assert_eq!(said(&market, &ada).await, ["messages 80", "messages 100"]);

    let refused = market.world.until(async || publish(&market, &program, application).await.err()).await;
    let message = exceeded::<()>(Err(refused));
    assert!(message.contains("the plan Free includes 10 messages a month"), "{message}");
    assert!(message.contains("upgrade at https://hooks.example.com/usage"), "{message}");
    market.until_quiet().await;
    assert_eq!(market.mails(&ada).await, ["quota_reached", "quota_reached"]);
    let (_, full) = market.history(&ada).await.pop().unwrap();
    assert_eq!((full["limit"].as_u64(), full["used"].as_u64() >= Some(10)), (Some(10), true));
    market.close().await;
}

#[tokio::test]
async fn what_comes_in_over_the_quota_is_kept_and_released_after_an_upgrade() {
    let market = Market::open(messages(3)).await;
    let ada = market.customer("ada@example.com", "cus_1").await;
    let application = market.world.services.applications.default_id(&ada).await.unwrap();
    market.world.endpoint(&ada, application, "/billing").await;
    let source = source(&market, &ada).await;
    for n in 0..3 {
        market.receive(&source, signed(&source, &event(&format!("evt_{n}"), "invoice.paid", "cus_x"))).await.unwrap();
    }
    market.world.until(async || (used(&market, &ada).await == 3).then_some(())).await;
    let held = market
        .world
        .until(async || {
            let event = event(&EventId::generate().to_string(), "invoice.paid", "cus_x");
            market.receive(&source, signed(&source, &event)).await.err()
        })
        .await;
    let ReceiveRefusal::Refused { kind: RefusalKind::OverQuota, reason, message_id: Some(id) } = held else {
        panic!("{held:?}")
    };
    assert!(reason.contains("after an upgrade"), "{reason}");
    let row = quarantined(&market, &ada).await.items.remove(0);
    assert_eq!((row.id, row.verdict.as_deref(), row.state), (id, Some("verified"), MessageState::Quarantined));
    market.until_quiet().await;
    assert_eq!(market.world.services.plans.usage(&ada, None).await.unwrap().held, 1);

    let all = || QuarantineSelection { source_id: Some(source.source_id), ..QuarantineSelection::default() };
    let messages = &market.world.services.messages;
    exceeded(messages.release(&ada, all(), false).await);

    market.stripe.subscribed("cus_1", vec![subscription("cus_1", "active", "price_team", None)]);
    market.tell(&event("evt_0", "customer.subscription.updated", "cus_1")).await.unwrap();
    market.until_plan(&ada, "Team").await;
    let before = used(&market, &ada).await;
    let released = market.world.until(async || messages.release(&ada, all(), false).await.ok()).await;
    assert_eq!((released.done, quarantined(&market, &ada).await.items.len()), (1, 0));
    market.world.until(async || (used(&market, &ada).await == before + 1).then_some(())).await;
    market.world.receiver.wait_for("/billing", usize::try_from(before).unwrap() + 1).await;
    market.close().await;
}

#[tokio::test]
async fn no_more_is_released_at_once_than_there_is_room_for() {
    let market = Market::open(messages(2)).await;
    let (ada, _) = market.tenant("ada@example.com").await;
    let source = source(&market, &ada).await;
    // By the first of the month: the day may end meanwhile.
    let stands_at = async |received: i64| {
        sqlx::query(
            "insert into read.usage as u (tenant_id, day, received)
             values ($1, date_trunc('month', now() at time zone 'utc')::date, $2)
             on conflict (tenant_id, day) do update set received = excluded.received",
        )
        .bind(ada.tenant_id().uuid())
        .bind(received)
        .execute(&mut market.world.test.superuser().await)
        .await
        .unwrap();
    };
    stands_at(2).await;
    for n in 0..3 {
        let event = event(&format!("evt_{n}"), "invoice.paid", "cus_x");
        let held = market.receive(&source, signed(&source, &event)).await;
        assert!(matches!(held, Err(ReceiveRefusal::Refused { kind: RefusalKind::OverQuota, .. })), "{held:?}");
    }
    market.until_quiet().await;
    stands_at(1).await;
    let all = QuarantineSelection { source_id: Some(source.source_id), ..QuarantineSelection::default() };
    let messages = &market.world.services.messages;
    let released = messages.release(&ada, all.clone(), false).await.unwrap();
    assert_eq!((released.looked_at, released.done), (1, 1));
    assert_eq!((released.remaining, released.over_quota), (2, 2));
    assert_eq!(quarantined(&market, &ada).await.items.len(), 2);
    market.world.until(async || (used(&market, &ada).await == 2).then_some(())).await;
    exceeded(messages.release(&ada, all, false).await);
    market.close().await;
}

#[tokio::test]
async fn what_is_not_genuine_is_refused_as_ever_when_the_quota_is_used_up() {
    let market = Market::open(messages(0)).await;
    let (ada, application) = market.tenant("ada@example.com").await;
    let source = source(&market, &ada).await;
    let mut forged = signed(&source, &event("evt_1", "invoice.paid", "cus_x"));
    forged.body = Bytes::from_static(b"{}");
    let refused = market.receive(&source, forged).await;
    assert!(matches!(refused, Err(ReceiveRefusal::Refused { kind: RefusalKind::Unverified, .. })), "{refused:?}");
    let genuine = market.receive(&source, signed(&source, &event("evt_2", "invoice.paid", "cus_x"))).await;
    assert!(matches!(genuine, Err(ReceiveRefusal::Refused { kind: RefusalKind::OverQuota, .. })), "{genuine:?}");
    exceeded(publish(&market, &ada, application).await);
    market.close().await;
}

#[tokio::test]
async fn when_as_many_again_are_kept_the_provider_is_asked_to_come_back() {
    let market = Market::open(messages(2)).await;
    let (ada, _) = market.tenant("ada@example.com").await;
    let source = source(&market, &ada).await;
    sqlx::query(
        "insert into read.usage (tenant_id, day, received, held)
         values ($1, (now() at time zone 'utc')::date, 2, 1000)",
    )
    .bind(ada.tenant_id().uuid())
    .execute(&mut market.world.test.superuser().await)
    .await
    .unwrap();
    let refused = market.receive(&source, signed(&source, &event("evt_1", "invoice.paid", "cus_x"))).await;
    let Err(ReceiveRefusal::Refused { kind: RefusalKind::TooMany { retry_after }, reason, .. }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(retry_after, Duration::from_hours(1));
    assert!(reason.contains("as many again are kept already"), "{reason}");
    market.until_quiet().await;
    let held = market.world.services.plans.usage(&ada, None).await.unwrap().held;
    assert_eq!(held, 1_000, "it is not one of those that are promised to be kept");
    market.close().await;
}

#[tokio::test]
async fn more_endpoints_than_the_plan_includes_are_refused_and_those_there_are_go_on() {
    let market = Market::open(Quotas { endpoints: Some(2), ..Quotas::default() }).await;
    let ada = market.customer("ada@example.com", "cus_1").await;
    let endpoints = &market.world.services.endpoints;
    let application = market.world.services.applications.default_id(&ada).await.unwrap();
    let add = async |path: &str| {
        let input = EndpointInput { url: market.world.receiver.url(path), ..EndpointInput::default() };
        endpoints.create(&ada, application, input).await
    };
    market.stripe.subscribed("cus_1", vec![subscription("cus_1", "active", "price_team", None)]);
    market.tell(&event("evt_1", "customer.subscription.updated", "cus_1")).await.unwrap();
    market.until_plan(&ada, "Team").await;
    for path in ["/a", "/b", "/c"] {
        add(path).await.unwrap();
    }
    market.stripe.subscribed("cus_1", vec![subscription("cus_1", "canceled", "price_team", None)]);
    market.tell(&event("evt_2", "customer.subscription.deleted", "cus_1")).await.unwrap();
    market.until_plan(&ada, "Free").await;
    assert_eq!(said(&market, &ada).await, ["endpoints 100"], "nobody has to add one to be told");

    let message = exceeded(add("/d").await);
    assert!(message.contains("the plan Free includes 2 endpoints: delete one"), "{message}");
    let by_key = program(&market, &ada).await;
    publish(&market, &by_key, application).await.unwrap();
    for path in ["/a", "/b", "/c"] {
        market.world.receiver.wait_for(path, 1).await;
    }
    for view in endpoints.list(&ada, None, None, 250).await.unwrap().items.into_iter().take(2) {
        endpoints.delete(&ada, view.id).await.unwrap();
    }
    add("/e").await.unwrap();
    assert_eq!(said(&market, &ada).await, ["endpoints 100"]);
    exceeded(add("/f").await);
    market.close().await;
}

#[tokio::test]
async fn after_a_downgrade_members_are_told_of_everything_that_the_smaller_plan_has_too_little_of() {
    let free = Quotas { messages_month: Some(10), endpoints: Some(2), members: Some(1), ..Quotas::default() };
    let market = Market::open(free).await;
    let ada = market.customer("ada@example.com", "cus_1").await;
    let application = market.world.services.applications.default_id(&ada).await.unwrap();
    market.stripe.subscribed("cus_1", vec![subscription("cus_1", "active", "price_team", None)]);
    market.tell(&event("evt_1", "customer.subscription.updated", "cus_1")).await.unwrap();
    market.until_plan(&ada, "Team").await;
    for path in ["/a", "/b"] {
        market.world.endpoint(&ada, application, path).await;
    }
    // Long ago, if the month is not young: nothing came in since that would be looked at.
    sqlx::query(
        "insert into read.usage (tenant_id, day, received)
         values ($1, date_trunc('month', now() at time zone 'utc')::date, 9)",
    )
    .bind(ada.tenant_id().uuid())
    .execute(&mut market.world.test.superuser().await)
    .await
    .unwrap();
    assert!(said(&market, &ada).await.is_empty());

    market.stripe.subscribed("cus_1", vec![subscription("cus_1", "canceled", "price_team", None)]);
    market.tell(&event("evt_2", "customer.subscription.deleted", "cus_1")).await.unwrap();
    market.until_plan(&ada, "Free").await;
    assert_eq!(said(&market, &ada).await, ["messages 80", "endpoints 100", "members 100"]);
    market.until_quiet().await;
    assert_eq!(market.mails(&ada).await.iter().filter(|kind| *kind == "quota_reached").count(), 3);
    // Said once: what Stripe says again changes nothing.
    market.tell(&event("evt_3", "customer.subscription.deleted", "cus_1")).await.unwrap();
    market.until_quiet().await;
    assert_eq!(said(&market, &ada).await.len(), 3);
    market.close().await;
}

#[tokio::test]
async fn two_who_take_the_last_place_at_once_do_not_both_get_it() {
    let market = Market::open(Quotas { endpoints: Some(1), ..Quotas::default() }).await;
    let (ada, application) = market.tenant("ada@example.com").await;
    let both = ["/a", "/b"].map(|path| {
        let (endpoints, ada) = (market.world.services.endpoints.clone(), ada.clone());
        let input = EndpointInput { url: market.world.receiver.url(path), ..EndpointInput::default() };
        tokio::spawn(async move { endpoints.create(&ada, application, input).await })
    });
    let [first, second] = both;
    let made = [first.await.unwrap(), second.await.unwrap()];
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1, "{made:?}");
    market.close().await;
}

#[tokio::test]
async fn members_beyond_the_plan_are_refused() {
    let market = Market::open(Quotas { members: Some(5), ..Quotas::default() }).await;
    let (ada, _) = market.tenant("ada@example.com").await;
    let plans = &market.world.services.plans;
    let mut tx = market.world.test.database().tenant(ada.tenant_id()).await.unwrap();
    let used = plans.check_members(&mut tx, 3).await.unwrap();
    plans.note_used(&mut tx, used).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = market.world.test.database().tenant(ada.tenant_id()).await.unwrap();
    let message = exceeded(plans.check_members(&mut tx, 5).await);
    assert!(message.contains("includes 5 members: remove somebody, or upgrade"), "{message}");
    drop(tx);
    assert_eq!(said(&market, &ada).await, ["members 80"]);
    market.close().await;
}

#[tokio::test]
async fn only_what_a_tenant_takes_in_is_counted() {
    let market = Market::open(messages(1_000)).await;
    let (ada, application) = market.tenant("ada@example.com").await;
    let by_key = program(&market, &ada).await;
    let endpoint = market.world.endpoint(&ada, application, "/a").await.id;
    let source = source(&market, &ada).await;
    let services = &market.world.services;
    publish(&market, &by_key, application).await.unwrap();
    // Not counted: a test message, a repetition, and what was refused.
    services.endpoints.send_test(&ada, endpoint).await.unwrap();
    for _ in 0..2 {
        market.receive(&source, signed(&source, &event("evt_1", "invoice.paid", "cus_x"))).await.unwrap();
    }
    let mut forged = signed(&source, &event("evt_2", "invoice.paid", "cus_x"));
    forged.body = Bytes::from_static(b"{}");
    market.receive(&source, forged).await.unwrap_err();
    services.messages.receive_sample(&ada, source.source_id).await.unwrap();
    market.until_quiet().await;
    let view = services.plans.usage(&ada, None).await.unwrap();
    assert_eq!((view.received, view.published, view.held), (2, 1, 0));
    // Today, and yesterday if midnight has come in between.
    let today = usize::from(view.days_begun) - 1;
    let lately = &view.days[today.saturating_sub(1)..=today];
    let (received, published) =
        lately.iter().fold((0, 0), |(received, published), day| (received + day.received, published + day.published));
    assert_eq!((received, published), (2, 1));
    market.close().await;
}
