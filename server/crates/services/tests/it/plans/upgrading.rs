//! The way to another plan, and back.

use super::stripe::{event, subscription};
use super::{Market, WEBHOOK_SECRET};
use crate::support::{conflict, wrong_fields};
use hookreel_auth::ClientInfo;
use hookreel_contract::input::SignUp;
use hookreel_domain::Quotas;

#[tokio::test]
async fn an_upgrade_is_a_checkout_at_stripe_and_the_plan_follows_its_confirmation() {
    let market = Market::open(Quotas::default()).await;
    let input = SignUp {
        tenant_name: "Ada & Co".into(),
        email: "ada@example.com".into(),
        password: "an engine of brass and steam".into(),
    };
    let ada = market.world.services.people.sign_up(input, ClientInfo::default()).await.unwrap().caller();
    let plans = &market.world.services.plans;
    assert_eq!(market.plan(&ada).await, "Free");
    for kind in ["plan.changed", "quota.reached", "billing.payment_failed"] {
        assert!(market.world.services.event_log.kind(kind).is_some(), "{kind}");
    }

    let page = plans.begin_checkout(&ada, "team").await.unwrap();
    assert_eq!(page.as_str(), "https://checkout.stripe.example/c/cs_1");
    let tenant = ada.tenant_id();
    let asked = market.stripe.asked().await;
    assert_eq!(
        asked,
        [
            format!("POST /v1/customers email=ada@example.com name=Ada & Co metadata[tenant_id]={tenant}"),
            format!(
                "POST /v1/checkout/sessions mode=subscription customer=cus_1 line_items[0][price]=price_team \
                 line_items[0][quantity]=1 success_url=https://hooks.example.com/usage?checkout=done&plan=team \
                 cancel_url=https://hooks.example.com/usage?checkout=cancelled client_reference_id={tenant} \
                 metadata[plan]=team metadata[tenant_id]={tenant} subscription_data[metadata][plan]=team \
                 subscription_data[metadata][tenant_id]={tenant}"
            ),
        ]
    );
    assert_eq!(market.kinds(&ada).await, ["billing.customer_linked"]);
    assert_eq!(market.plan(&ada).await, "Free", "nothing is believed before Stripe has said it");

    market.stripe.subscribed("cus_1", vec![subscription("cus_1", "active", "price_team", Some(("in_1", "paid")))]);
    market.tell(&event("evt_1", "checkout.session.completed", "cus_1")).await.unwrap();
    market.until_plan(&ada, "Team").await;
    market.until_quiet().await;
    assert_eq!(
        market.kinds(&ada).await,
        ["billing.customer_linked", "billing.subscription_observed", "billing.payment_succeeded", "plan.changed"]
    );
    assert_eq!(market.mails(&ada).await, ["plan_changed"]);
    let view = plans.usage(&ada, None).await.unwrap();
    let (plan, subscribed) = (view.plan.clone().unwrap(), view.plan.unwrap().subscription.unwrap());
    assert_eq!((view.limit, view.retention_days, plan.is_customer), (Some(1_000), Some(90), true));
    assert_eq!((subscribed.status.as_str(), subscribed.is_live, subscribed.owed), ("active", true, None));
    assert!(plan.offers.iter().all(|offer| !offer.can_subscribe), "what is subscribed to is changed at Stripe");
    market.close().await;
}

#[tokio::test]
async fn who_clicks_twice_begins_one_checkout_as_one_customer() {
    let market = Market::open(Quotas::default()).await;
    let (ada, _) = market.tenant("ada@example.com").await;
    let plans = &market.world.services.plans;
    for _ in 0..2 {
        plans.begin_checkout(&ada, "team").await.unwrap();
    }
    let keys = market.stripe.keys("/v1/checkout/sessions").await;
    assert_eq!(market.stripe.keys("/v1/customers").await.len(), 1);
    // The first one also made the customer, which is an event that the key knows of.
    plans.begin_checkout(&ada, "team").await.unwrap();
    let again = market.stripe.keys("/v1/checkout/sessions").await;
    assert_eq!((keys.len(), again.len()), (2, 3));
    assert_eq!(again[1], again[2]);
    plans.begin_checkout(&ada, "big").await.unwrap();
    assert_ne!(market.stripe.keys("/v1/checkout/sessions").await[3], again[2]);
    market.close().await;
}

#[tokio::test]
async fn a_customer_whose_answer_was_lost_is_made_under_the_same_key() {
    let market = Market::open(Quotas::default()).await;
    let (ada, _) = market.tenant("ada@example.com").await;
    let plans = &market.world.services.plans;
    market.stripe.refuse(1);
    let refused = conflict(plans.begin_checkout(&ada, "team").await);
    assert!(refused.contains("operator") && refused.contains("Nothing was changed"), "{refused}");
    plans.begin_checkout(&ada, "team").await.unwrap();
    let keys = market.stripe.keys("/v1/customers").await;
    assert_eq!((keys.len(), &keys[0]), (2, &keys[1]));
    market.close().await;
}

#[tokio::test]
async fn a_customer_that_was_deleted_at_stripe_is_made_anew() {
    let market = Market::open(Quotas::default()).await;
    let ada = market.customer("ada@example.com", "cus_1").await;
    market.stripe.subscribed("cus_1", vec![subscription("cus_1", "active", "price_team", None)]);
    market.tell(&event("evt_1", "customer.subscription.updated", "cus_1")).await.unwrap();
    market.until_plan(&ada, "Team").await;
    market.stripe.delete("cus_1");
    market.tell(&event("evt_2", "customer.subscription.deleted", "cus_1")).await.unwrap();
    market.until_plan(&ada, "Free").await;
    market.stripe.next_customer("cus_2");
    market.world.services.plans.begin_checkout(&ada, "big").await.unwrap();
    market.stripe.subscribed("cus_2", vec![subscription("cus_2", "active", "price_big", None)]);
    market.tell(&event("evt_3", "customer.subscription.updated", "cus_2")).await.unwrap();
    market.until_plan(&ada, "Big").await;
    market.close().await;
}

#[tokio::test]
async fn what_cannot_be_bought_is_refused() {
    let market = Market::open(Quotas::default()).await;
    let plans = &market.world.services.plans;
    let (ada, _) = market.tenant("ada@example.com").await;
    for plan in ["free", "gold", ""] {
        assert_eq!(wrong_fields(plans.begin_checkout(&ada, plan).await), ["plan"]);
    }
    assert_eq!(conflict(plans.open_portal(&ada).await), "nobody has subscribed yet");
    assert!(market.stripe.asked().await.is_empty());

    let bob = market.customer("bob@example.com", "cus_2").await;
    market.stripe.subscribed("cus_2", vec![subscription("cus_2", "active", "price_team", None)]);
    market.tell(&event("evt_1", "customer.subscription.updated", "cus_2")).await.unwrap();
    market.until_plan(&bob, "Team").await;
    assert!(conflict(plans.begin_checkout(&bob, "big").await).contains("already"));
    let page = plans.open_portal(&bob).await.unwrap();
    assert_eq!(page.as_str(), "https://billing.stripe.example/p/1");
    let asked = market.stripe.asked().await;
    assert_eq!(
        asked.last().unwrap(),
        "POST /v1/billing_portal/sessions customer=cus_2 return_url=https://hooks.example.com/usage"
    );
    market.close().await;
}

#[tokio::test]
async fn without_a_webhook_stripe_is_asked_when_somebody_wants_it() {
    let market = Market::open(Quotas::default()).await;
    let ada = market.customer("ada@example.com", "cus_1").await;
    market.stripe.subscribed("cus_1", vec![subscription("cus_1", "trialing", "price_team_year", None)]);
    let due: f64 = sqlx::query_scalar(
        "select extract(epoch from due_at - now())::float8 from ops.billing_checks where tenant_id = $1",
    )
    .bind(ada.tenant_id().uuid())
    .fetch_one(&mut market.world.test.superuser().await)
    .await
    .unwrap();
    assert!((500.0..=600.0).contains(&due), "a checkout is looked after by itself after a while: {due}");
    market.world.services.plans.ask_stripe(&ada).await.unwrap();
    market.until_plan(&ada, "Team").await;
    market.close().await;
}

#[tokio::test]
async fn no_secret_of_stripe_is_in_any_event() {
    let market = Market::open(Quotas::default()).await;
    let ada = market.customer("ada@example.com", "cus_1").await;
    market.tell(&event("evt_1", "customer.subscription.updated", "cus_1")).await.unwrap();
    market.until_quiet().await;
    let events: Vec<String> = sqlx::query_scalar("select payload::text || metadata::text from event_store.events")
        .fetch_all(&mut market.world.test.superuser().await)
        .await
        .unwrap();
    assert!(events.iter().any(|event| event.contains("cus_1")));
    assert!(events.iter().all(|event| !event.contains("sk_test_") && !event.contains(WEBHOOK_SECRET)));
    assert_eq!(market.kinds(&ada).await, ["billing.customer_linked"]);
    market.close().await;
}
