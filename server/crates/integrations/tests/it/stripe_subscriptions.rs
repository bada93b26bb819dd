//! Subscriptions: read, listed in pages, ended.

use crate::stripe::{asked, customer, stripe};
use crate::support::{answer, header_of_each, json, service, status};
use hookreel_integrations::{CancelAt, IdempotencyKey, InvoiceStatus, SubscriptionId, SubscriptionStatus};
use serde_json::{Value, json};
use time::macros::datetime;

fn id(number: u64) -> SubscriptionId {
    SubscriptionId::parse(&format!("sub_{number}")).unwrap()
}

fn subscription(number: u64, status: &str) -> Value {
    json!({
        "id": format!("sub_{number}"), "object": "subscription", "customer": "cus_1", "status": status,
        "cancel_at_period_end": false, "canceled_at": null, "ended_at": null, "created": 1_795_426_200,
        "items": {
            "object": "list", "has_more": false,
            "data": [{
                "id": "si_1", "quantity": 1, "current_period_end": 1_798_018_200, "price": {"id": "price_pro", "object": "price"},
            }],
        },
        "latest_invoice": "in_1", "metadata": {"tenant_id": "tnt_1"},
    })
}

fn page(numbers: std::ops::Range<u64>, has_more: bool) -> Value {
    let data: Vec<_> = numbers.map(|number| subscription(number, "active")).collect();
    json!({"object": "list", "url": "/v1/subscriptions", "has_more": has_more, "data": data})
}

#[tokio::test]
async fn a_subscription_is_read_with_what_is_subscribed_to() {
    let server = service().await;
    answer(&server, [json(subscription(1, "past_due"))]).await;
    let found = stripe(&server).get_subscription(&id(1)).await.unwrap();
    assert_eq!((&found.id, &found.customer, found.status), (&id(1), &customer(), SubscriptionStatus::PastDue));
    let [item] = found.items() else { panic!("{found:?}") };
    assert_eq!((item.price().as_str(), item.quantity), ("price_pro", Some(1)));
    assert_eq!(item.current_period_end, Some(datetime!(2026-12-23 09:30 UTC)));
    assert_eq!((found.metadata["tenant_id"].as_str(), found.latest_invoice), ("tnt_1", None));
    assert_eq!(asked(&server).await, ["GET /v1/subscriptions/sub_1"]);
}

#[tokio::test]
async fn every_status_is_known_and_a_newer_one_is_no_error() {
    let known = [
        ("incomplete", SubscriptionStatus::Incomplete),
        ("incomplete_expired", SubscriptionStatus::IncompleteExpired),
        ("trialing", SubscriptionStatus::Trialing),
        ("active", SubscriptionStatus::Active),
        ("past_due", SubscriptionStatus::PastDue),
        ("canceled", SubscriptionStatus::Canceled),
        ("unpaid", SubscriptionStatus::Unpaid),
        ("paused", SubscriptionStatus::Paused),
        ("hibernating", SubscriptionStatus::Unknown),
    ];
    let server = service().await;
    answer(&server, known.map(|(name, _)| json(subscription(1, name)))).await;
    let stripe = stripe(&server);
    for (name, status) in known {
        assert_eq!(stripe.get_subscription(&id(1)).await.unwrap().status, status, "{name}");
    }
}

#[tokio::test]
async fn a_customers_subscriptions_are_read_page_by_page() {
    let server = service().await;
    answer(&server, [json(page(0..2, true)), json(page(2..4, true)), json(page(4..5, false))]).await;
    let listed = stripe(&server).list_subscriptions(&customer(), 1_000).await.unwrap();
    assert_eq!((listed.items.len(), listed.is_complete), (5, true));
    let query = "customer=cus_1&status=all&limit=100&expand%5B%5D=data.latest_invoice";
    assert_eq!(
        asked(&server).await,
        [
            format!("GET /v1/subscriptions?{query}"),
            format!("GET /v1/subscriptions?{query}&starting_after=sub_1"),
            format!("GET /v1/subscriptions?{query}&starting_after=sub_3"),
        ]
    );
}

#[tokio::test]
async fn a_listed_subscription_comes_with_its_last_invoice() {
    let invoice = json!({
        "id": "in_1", "object": "invoice", "status": "open", "amount_due": 4_900, "currency": "eur", "attempt_count": 2,
    });
    let mut listed = page(0..4, false);
    listed["data"][0]["latest_invoice"] = invoice.clone();
    listed["data"][1]["latest_invoice"] = json!(null);
    let mut newer = invoice.clone();
    newer["status"] = json!("contested");
    listed["data"][2]["latest_invoice"] = newer;
    let mut garbled = page(0..1, false);
    garbled["data"][0]["latest_invoice"] = json!({"id": "in_1", "amount_due": "much"});
    let server = service().await;
    answer(&server, [json(listed), json(garbled)]).await;
    let stripe = stripe(&server);
    let found = stripe.list_subscriptions(&customer(), 10).await.unwrap().items;
    let invoices: Vec<_> = found.into_iter().map(|subscription| subscription.latest_invoice).collect();
    let [Some(open), None, Some(newer), None] = &invoices[..] else { panic!("{invoices:?}") };
    assert_eq!((open.id.as_deref(), open.status, open.attempt_count), (Some("in_1"), Some(InvoiceStatus::Open), 2));
    assert_eq!((open.amount_due, open.currency.as_str()), (4_900, "eur"));
    assert_eq!(newer.status, Some(InvoiceStatus::Unknown));
    let error = stripe.list_subscriptions(&customer(), 10).await.unwrap_err();
    assert!(error.to_string().contains("latest_invoice"), "{error}");
}

#[tokio::test]
async fn subscriptions_are_read_as_far_as_they_are_wanted() {
    let server = service().await;
    answer(&server, [json(page(0..2, true)), json(page(0..0, false))]).await;
    let stripe = stripe(&server);
    let listed = stripe.list_subscriptions(&customer(), 2).await.unwrap();
    assert_eq!((listed.items.len(), listed.is_complete), (2, false));
    assert_eq!(
        asked(&server).await,
        ["GET /v1/subscriptions?customer=cus_1&status=all&limit=2&expand%5B%5D=data.latest_invoice"]
    );
    let listed = stripe.list_subscriptions(&customer(), 2).await.unwrap();
    assert_eq!((listed.items.len(), listed.is_complete), (0, true));
}

#[tokio::test]
async fn a_list_that_goes_on_without_a_next_page_is_an_error_and_no_loop() {
    let server = service().await;
    answer(&server, [json(page(0..0, true)), json(page(0..1, true)), json(page(0..1, true))]).await;
    let stripe = stripe(&server);
    for _ in 0..2 {
        let error = stripe.list_subscriptions(&customer(), 100).await.unwrap_err();
        assert_eq!(error.to_string(), "stripe answered something else than expected, at $.data: it does not lead on");
    }
}

#[tokio::test]
async fn a_subscription_ends_at_once_or_with_its_period() {
    let server = service().await;
    let mut ending = subscription(1, "active");
    ending["cancel_at_period_end"] = json!(true);
    let mut ended = subscription(1, "canceled");
    ended["ended_at"] = json!(1_795_426_200);
    answer(&server, [status(500), json(ending), status(500), json(ended)]).await;
    let stripe = stripe(&server);
    let key = IdempotencyKey::parse("end:tnt_1").unwrap();
    let ending = stripe.cancel_subscription(&id(1), CancelAt::PeriodEnd, Some(key)).await.unwrap();
    assert_eq!((ending.status, ending.cancel_at_period_end), (SubscriptionStatus::Active, true));
    let ended = stripe.cancel_subscription(&id(1), CancelAt::Now, None).await.unwrap();
    assert_eq!((ended.status, ended.ended_at), (SubscriptionStatus::Canceled, Some(datetime!(2026-11-23 09:30 UTC))));
    let at_period_end = "POST /v1/subscriptions/sub_1 cancel_at_period_end=true";
    let now = "DELETE /v1/subscriptions/sub_1";
    assert_eq!(asked(&server).await, [at_period_end, at_period_end, now, now]);
    assert_eq!(header_of_each(&server, "idempotency-key").await, ["end:tnt_1", "end:tnt_1", "", ""]);
}
