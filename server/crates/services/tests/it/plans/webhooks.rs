//! What Stripe tells: late, twice, in any order, and sometimes garbled.

use super::Market;
use super::stripe::{event, subscription};
use hookreel_auth::{Caller, OperatorPermit};
use hookreel_domain::Quotas;
use hookreel_handlers::{list, skip};
use hookreel_read_models::billing::{claim_checks, end_check, want_check};
use hookreel_services::messages::{ReceiveAnswer, ReceiveRefusal, RefusalKind};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn an_event_that_comes_twice_is_one_message_and_changes_the_plan_once() {
    let market = Market::open(Quotas::default()).await;
    let ada = market.customer("ada@example.com", "cus_1").await;
    market.stripe.subscribed("cus_1", vec![subscription("cus_1", "active", "price_team", Some(("in_1", "paid")))]);
    let completed = event("evt_1", "checkout.session.completed", "cus_1");
    let updated = event("evt_2", "customer.subscription.updated", "cus_1");
    for event in [&updated, &completed, &completed, &updated] {
        market.tell(event).await.unwrap();
    }
    market.until_plan(&ada, "Team").await;
    // Long after, by hand, from Stripe's dashboard: another event, and nothing new.
    market.tell(&event("evt_3", "invoice.payment_succeeded", "cus_1")).await.unwrap();
    market.until_quiet().await;
    let kinds = market.kinds(&ada).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "plan.changed").count(), 1, "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| *kind == "billing.payment_succeeded").count(), 1);
    assert_eq!(market.mails(&ada).await, ["plan_changed"]);
    let stored: i64 = sqlx::query_scalar("select count(*) from read.messages where state = 'accepted'")
        .fetch_one(&mut market.world.test.superuser().await)
        .await
        .unwrap();
    assert_eq!(stored, 3, "repetitions are no messages");
    market.close().await;
}

#[tokio::test]
async fn a_payment_that_fails_is_told_once_and_taken_back_when_it_succeeds() {
    let market = Market::open(Quotas::default()).await;
    let ada = market.customer("ada@example.com", "cus_1").await;
    let stands = |status: &str, invoice| {
        market.stripe.subscribed("cus_1", vec![subscription("cus_1", status, "price_team", Some(invoice))]);
    };
    stands("active", ("in_1", "paid"));
    market.tell(&event("evt_1", "checkout.session.completed", "cus_1")).await.unwrap();
    market.until_plan(&ada, "Team").await;

    stands("past_due", ("in_2", "open"));
    for id in ["evt_2", "evt_3", "evt_4"] {
        market.tell(&event(id, "invoice.payment_failed", "cus_1")).await.unwrap();
        market.until_quiet().await;
    }
    let subscribed = async || {
        let view = market.world.services.plans.usage(&ada, None).await.unwrap();
        view.plan.unwrap().subscription.unwrap()
    };
    assert_eq!(subscribed().await.owed.as_deref(), Some("49.00 EUR"));
    assert_eq!(market.plan(&ada).await, "Team", "the plan stays while Stripe tries again");
    assert_eq!(market.mails(&ada).await, ["plan_changed", "payment_failed"]);

    stands("active", ("in_2", "paid"));
    market.tell(&event("evt_5", "invoice.payment_succeeded", "cus_1")).await.unwrap();
    market.until_quiet().await;
    assert_eq!(subscribed().await.owed, None);

    stands("past_due", ("in_3", "open"));
    market.tell(&event("evt_6", "invoice.payment_failed", "cus_1")).await.unwrap();
    market.until_quiet().await;
    stands("unpaid", ("in_3", "open"));
    market.tell(&event("evt_7", "customer.subscription.updated", "cus_1")).await.unwrap();
    market.until_plan(&ada, "Free").await;
    market.until_quiet().await;
    assert_eq!(market.mails(&ada).await, ["plan_changed", "payment_failed", "payment_failed", "plan_changed"]);
    assert!(subscribed().await.is_live, "what is unpaid is paid at Stripe");
    market.close().await;
}

#[tokio::test]
async fn a_first_payment_that_fails_is_told_once_and_one_that_is_under_way_is_not() {
    let market = Market::open(Quotas::default()).await;
    let ada = market.customer("ada@example.com", "cus_1").await;
    let stands = |status: &str, invoice: &str, tries: u32| {
        let mut now = subscription("cus_1", status, "price_team", Some(("in_1", invoice)));
        now["latest_invoice"]["attempt_count"] = json!(tries);
        market.stripe.subscribed("cus_1", vec![now]);
    };
    stands("incomplete", "open", 0);
    market.tell(&event("evt_1", "customer.subscription.created", "cus_1")).await.unwrap();
    market.until_quiet().await;
    assert!(market.mails(&ada).await.is_empty(), "somebody is about to pay");

    stands("incomplete", "open", 1);
    for id in ["evt_2", "evt_3"] {
        market.tell(&event(id, "invoice.payment_failed", "cus_1")).await.unwrap();
        market.until_quiet().await;
    }
    assert_eq!(market.mails(&ada).await, ["payment_failed"]);
    assert_eq!(market.plan(&ada).await, "Free");

    stands("active", "paid", 1);
    market.tell(&event("evt_4", "invoice.payment_succeeded", "cus_1")).await.unwrap();
    market.until_plan(&ada, "Team").await;
    let view = market.world.services.plans.usage(&ada, None).await.unwrap();
    assert_eq!(view.plan.unwrap().subscription.unwrap().owed, None);
    market.close().await;
}

#[tokio::test]
async fn who_cancels_keeps_the_plan_until_it_ends_and_can_subscribe_again() {
    let market = Market::open(Quotas::default()).await;
    let ada = market.customer("ada@example.com", "cus_1").await;
    let mut ending = subscription("cus_1", "active", "price_big", None);
    ending["cancel_at_period_end"] = json!(true);
    market.stripe.subscribed("cus_1", vec![ending]);
    market.tell(&event("evt_1", "customer.subscription.updated", "cus_1")).await.unwrap();
    market.until_plan(&ada, "Big").await;
    let view = market.world.services.plans.usage(&ada, None).await.unwrap();
    assert!(view.plan.unwrap().subscription.unwrap().ends_then);

    market.stripe.subscribed("cus_1", vec![subscription("cus_1", "canceled", "price_big", None)]);
    market.tell(&event("evt_2", "customer.subscription.deleted", "cus_1")).await.unwrap();
    market.until_plan(&ada, "Free").await;
    market.until_quiet().await;
    assert_eq!(market.mails(&ada).await, ["plan_changed", "plan_changed"]);
    market.world.services.plans.begin_checkout(&ada, "team").await.unwrap();
    market.close().await;
}

#[tokio::test]
async fn events_about_others_and_of_other_types_are_kept_and_change_nothing() {
    let market = Market::open(Quotas::default()).await;
    let ada = market.customer("ada@example.com", "cus_1").await;
    let before = market.stripe.asked().await.len();
    market.tell(&event("evt_1", "customer.subscription.updated", "cus_99")).await.unwrap();
    market.tell(&event("evt_2", "charge.succeeded", "cus_1")).await.unwrap();
    market.until_quiet().await;
    assert_eq!(market.stripe.asked().await.len(), before);
    assert_eq!(market.kinds(&ada).await, ["billing.customer_linked"]);
    market.close().await;
}

#[tokio::test]
async fn a_garbled_event_is_parked_with_what_is_wrong_and_holds_up_nobody() {
    let market = Market::open(Quotas::default()).await;
    let ada = market.customer("ada@example.com", "cus_1").await;
    let garbled = json!({
        "id": "evt_1", "object": "event", "type": "customer.subscription.updated",
        "data": { "object": { "customer": { "id": "cus_1" } } },
    });
    market.tell(&garbled).await.unwrap();
    market.stripe.subscribed("cus_1", vec![subscription("cus_1", "active", "price_team", None)]);
    market.tell(&event("evt_2", "customer.subscription.updated", "cus_1")).await.unwrap();
    market.until_plan(&ada, "Team").await;
    let pool = market.world.test.database().engine().clone();
    let parked = list(&pool, Some("billing"), 10).await.unwrap();
    assert_eq!((parked.len(), parked[0].state.as_str()), (1, "parked"));
    assert!(parked[0].error.contains("expected a string"), "{}", parked[0].error);
    skip(&pool, "billing", parked[0].position).await.unwrap();
    market.close().await;
}

#[tokio::test]
async fn what_stripe_has_not_signed_changes_nothing() {
    let market = Market::open(Quotas::default()).await;
    let ada = market.customer("ada@example.com", "cus_1").await;
    market.stripe.subscribed("cus_1", vec![subscription("cus_1", "active", "price_team", None)]);
    let told = event("evt_1", "customer.subscription.updated", "cus_1");
    let mut forged = super::stripe::signed(&market.billing, &told);
    forged.body = forged.body.iter().copied().chain(*b" ").collect::<Vec<u8>>().into();
    let refused = market.receive(&market.billing, forged).await;
    assert!(matches!(refused, Err(ReceiveRefusal::Refused { kind: RefusalKind::Unverified, .. })), "{refused:?}");
    market.until_quiet().await;
    assert_eq!(market.plan(&ada).await, "Free");
    assert!(matches!(market.tell(&told).await, Ok(ReceiveAnswer::Stored(_))));
    market.until_plan(&ada, "Team").await;
    market.close().await;
}

#[tokio::test]
async fn while_stripe_is_away_what_it_told_is_kept_and_read_later() {
    let market = Market::open(Quotas::default()).await;
    let ada = market.customer("ada@example.com", "cus_1").await;
    market.stripe.subscribed("cus_1", vec![subscription("cus_1", "active", "price_team", None)]);
    market.stripe.refuse(1);
    market.tell(&event("evt_1", "customer.subscription.updated", "cus_1")).await.unwrap();
    let tenant = ada.tenant_id().uuid();
    market
        .world
        .until(async || {
            let error: String = sqlx::query_scalar("select error from ops.billing_checks where tenant_id = $1")
                .bind(tenant)
                .fetch_one(&mut market.world.test.superuser().await)
                .await
                .unwrap();
            error.contains("stripe answered 400").then_some(())
        })
        .await;
    assert_eq!(market.plan(&ada).await, "Free");
    let operations = &market.world.services.operations;
    let unread = operations.vitals.read(Duration::ZERO).await.unwrap().subscriptions_unread;
    assert!(unread.count == 1 && unread.error.contains("stripe answered 400"), "{unread:?}");
    // Nobody waits for the pause to be over.
    let permit = OperatorPermit::of_the_machine();
    assert_eq!(operations.subscriptions.read_again(&permit).await.unwrap(), 1);
    market.until_plan(&ada, "Team").await;
    assert_eq!(operations.vitals.read(Duration::ZERO).await.unwrap().subscriptions_unread.count, 0);
    assert_eq!(operations.subscriptions.read_again(&permit).await.unwrap(), 0);
    let done = operations.handlers.actions(&permit).await.unwrap().pop().unwrap();
    assert_eq!((done.action.as_str(), done.detail.as_str()), ("read_subscriptions", "1 subscription"));
    market.close().await;
}

#[tokio::test]
async fn who_reads_too_slowly_writes_nothing() {
    let test = hookreel_testing::TestDatabase::create().await;
    let (tenant_id, _) = test.tenant().await;
    let database = test.database();
    let mut tx = database.tenant(tenant_id).await.unwrap();
    want_check(tx.connection(), tenant_id, Duration::ZERO).await.unwrap();
    tx.commit().await.unwrap();
    let mut engine = database.engine().acquire().await.unwrap();
    let slow = claim_checks(&mut engine, 10).await.unwrap().remove(0);
    assert!(claim_checks(&mut engine, 10).await.unwrap().is_empty(), "one reads at a time");
    sqlx::query("update ops.billing_checks set claimed_until = now() - interval '1 second'")
        .execute(&mut test.superuser().await)
        .await
        .unwrap();
    let quick = claim_checks(&mut engine, 10).await.unwrap().remove(0);
    let day = Duration::from_hours(24);
    assert!(!end_check(&mut engine, &slow, day).await.unwrap());

    // What is wanted while it is read is read again.
    want_check(&mut engine, tenant_id, Duration::ZERO).await.unwrap();
    assert!(end_check(&mut engine, &quick, day).await.unwrap());
    let again = claim_checks(&mut engine, 10).await.unwrap().remove(0);
    assert!(end_check(&mut engine, &again, day).await.unwrap());
    assert!(claim_checks(&mut engine, 10).await.unwrap().is_empty());
    drop(engine);
    database.close().await;
}

/// An event, what the subscription is when it is told of, and the latest invoice with its state.
type Step = (&'static str, &'static str, Option<(&'static str, &'static str)>);

/// What happens at Stripe, step by step.
fn story() -> Vec<Step> {
    vec![
        ("checkout.session.completed", "incomplete", Some(("in_1", "open"))),
        ("customer.subscription.updated", "active", Some(("in_1", "paid"))),
        ("invoice.payment_succeeded", "active", Some(("in_1", "paid"))),
        ("invoice.payment_failed", "past_due", Some(("in_2", "open"))),
        ("customer.subscription.updated", "past_due", Some(("in_2", "open"))),
        ("invoice.payment_succeeded", "active", Some(("in_2", "paid"))),
        ("customer.subscription.deleted", "canceled", Some(("in_2", "paid"))),
    ]
}

/// A story that ends somewhere, and the order in which its events arrive: each at least once, some twice.
fn arrivals() -> impl Strategy<Value = (usize, Vec<usize>)> {
    (1..=story().len()).prop_flat_map(|length| {
        let twice = prop::collection::vec(0..length, 0..3);
        let order = twice.prop_flat_map(move |twice| Just((0..length).chain(twice).collect::<Vec<_>>()).prop_shuffle());
        (Just(length), order)
    })
}

#[tokio::test]
async fn in_whatever_order_the_events_arrive_they_lead_to_the_same_end() {
    let market = Market::open(Quotas::default()).await;
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    for case in 0..24_usize {
        let (length, order) = arrivals().new_tree(&mut runner).unwrap().current();
        let customer = format!("cus_{case}");
        let ada = market.customer(&format!("ada{case}@example.com"), &customer).await;
        live_through(&market, &customer, length, &order).await;
        market.until_quiet().await;
        let (_, status, _) = story()[length - 1];
        let expected = if matches!(status, "active" | "past_due") { "Team" } else { "Free" };
        assert_eq!(ended(&market, &ada).await, (expected.to_owned(), status.to_owned()), "{length} {order:?}");
        let owed = market.world.services.plans.usage(&ada, None).await.unwrap().plan.unwrap().subscription.unwrap();
        assert_eq!(owed.owed.is_some(), matches!(status, "incomplete" | "past_due"), "{length} {order:?}");
    }
    market.close().await;
}

/// Stripe goes on with the story whether or not its events have arrived.
async fn live_through(market: &Market, customer: &str, length: usize, order: &[usize]) {
    let (story, mut now) = (story(), 0);
    for (arrived, &step) in order.iter().enumerate() {
        // As far as Stripe is by now: never behind what it has told, and often ahead of it.
        now = now.max(step).max(arrived.min(length - 1));
        let (_, status, invoice) = story[now];
        market.stripe.subscribed(customer, vec![subscription(customer, status, "price_team", invoice)]);
        let told: Value = event(&format!("evt_{customer}_{step}"), story[step].0, customer);
        market.tell(&told).await.unwrap();
    }
}

async fn ended(market: &Market, caller: &Caller) -> (String, String) {
    let plan = market.world.services.plans.usage(caller, None).await.unwrap().plan.unwrap();
    (plan.title, plan.subscription.unwrap().status)
}
