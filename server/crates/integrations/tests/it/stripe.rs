//! What is asked of Stripe, octet by octet, and what its answers become. Answers follow <https://docs.stripe.com/api>.

use crate::support::{KEY, NOW, answer, config, egress, header_of_each, json, received, secret, service, status};
use hookreel_integrations::{
    CustomerId, IdempotencyKey, IntegrationError, Metadata, NewCheckout, NewCustomer, PriceId, Stripe, StripeConfig,
};
use hookreel_kernel::FixedClock;
use serde_json::{Value, json};
use std::num::NonZeroU32;
use std::sync::Arc;
use time::macros::datetime;
use wiremock::{MockServer, ResponseTemplate};

pub(crate) fn stripe(server: &MockServer) -> Stripe {
    let config = StripeConfig { service: config(&server.uri()), ..StripeConfig::new(server.uri(), secret(KEY)) };
    Stripe::new(config, egress(), Arc::new(FixedClock::at(NOW))).unwrap()
}

pub(crate) fn customer() -> CustomerId {
    CustomerId::parse("cus_1").unwrap()
}

/// Method, path, query and body of each request that came.
pub(crate) async fn asked(server: &MockServer) -> Vec<String> {
    let line = |request: &wiremock::Request| {
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let body = String::from_utf8(request.body.clone()).unwrap();
        format!("{} {}{query} {body}", request.method, request.url.path()).trim_end().to_owned()
    };
    received(server).await.iter().map(line).collect()
}

fn a_customer() -> Value {
    json!({
        "id": "cus_1", "object": "customer", "email": "ada@example.com", "name": "Ada & Co", "created": 1_795_426_200,
        "metadata": {"tenant_id": "tnt_1"}, "livemode": false, "balance": 0,
    })
}

#[tokio::test]
async fn a_customer_is_made_from_a_form() {
    let server = service().await;
    answer(&server, [json(a_customer())]).await;
    let new = NewCustomer {
        email: Some("ada@example.com".to_owned()),
        name: Some("Ada & Co".to_owned()),
        metadata: Metadata::new([("tenant_id", "tnt_1")]).unwrap(),
    };
    let made = stripe(&server).create_customer(&new, None).await.unwrap();
    assert_eq!((made.id, made.deleted), (customer(), false));
    assert_eq!((made.email.as_deref(), made.created), (Some("ada@example.com"), Some(datetime!(2026-11-23 09:30 UTC))));
    assert_eq!(made.metadata["tenant_id"], "tnt_1");
    assert_eq!(
        asked(&server).await,
        ["POST /v1/customers email=ada%40example.com&name=Ada+%26+Co&metadata%5Btenant_id%5D=tnt_1"]
    );
    for (name, value) in [
        ("authorization", "Bearer key_0123456789"),
        ("stripe-version", "2025-03-31.basil"),
        ("content-type", "application/x-www-form-urlencoded"),
    ] {
        assert_eq!(header_of_each(&server, name).await, [value], "{name}");
    }
}

#[tokio::test]
async fn a_customer_of_whom_nothing_is_known_is_an_empty_form() {
    let server = service().await;
    answer(&server, [json(json!({"id": "cus_1"}))]).await;
    stripe(&server).create_customer(&NewCustomer::default(), None).await.unwrap();
    assert_eq!(asked(&server).await, ["POST /v1/customers"]);
}

#[tokio::test]
async fn a_deleted_customer_is_little_more_than_an_id() {
    let server = service().await;
    answer(&server, [json(a_customer()), json(json!({"id": "cus_1", "object": "customer", "deleted": true}))]).await;
    let stripe = stripe(&server);
    assert!(!stripe.get_customer(&customer()).await.unwrap().deleted);
    let deleted = stripe.get_customer(&customer()).await.unwrap();
    assert_eq!((deleted.id, deleted.deleted, deleted.email), (customer(), true, None));
    assert_eq!(asked(&server).await, ["GET /v1/customers/cus_1"; 2]);
    assert_eq!(header_of_each(&server, "idempotency-key").await, [""; 2]);
}

#[tokio::test]
async fn a_checkout_subscribes_a_customer_to_a_price() {
    let server = service().await;
    let session = json!({
        "id": "cs_test_1", "object": "checkout.session", "url": "https://checkout.stripe.com/c/pay/cs_test_1",
        "status": "open", "mode": "subscription", "customer": "cus_1", "subscription": null,
        "client_reference_id": "tnt_1", "expires_at": 1_795_426_200,
    });
    answer(&server, [status(500), json(session)]).await;
    let new = NewCheckout {
        customer: customer(),
        price: PriceId::parse("price_pro").unwrap(),
        quantity: NonZeroU32::MIN,
        success_url: "https://h.example.com/billing?session={CHECKOUT_SESSION_ID}".to_owned(),
        cancel_url: "https://h.example.com/billing".to_owned(),
        client_reference_id: Some("tnt_1".to_owned()),
        metadata: Metadata::new([("tenant_id", "tnt_1"), ("plan", "pro")]).unwrap(),
    };
    let key = IdempotencyKey::parse("checkout:tnt_1:7").unwrap();
    let session = stripe(&server).create_checkout_session(&new, Some(key)).await.unwrap();
    assert_eq!(session.url.unwrap().as_str(), "https://checkout.stripe.com/c/pay/cs_test_1");
    assert_eq!((session.customer, session.subscription), (Some(customer()), None));
    assert_eq!(session.expires_at, Some(datetime!(2026-11-23 09:30 UTC)));
    let sent = "POST /v1/checkout/sessions mode=subscription&customer=cus_1\
        &line_items%5B0%5D%5Bprice%5D=price_pro&line_items%5B0%5D%5Bquantity%5D=1\
        &success_url=https%3A%2F%2Fh.example.com%2Fbilling%3Fsession%3D%7BCHECKOUT_SESSION_ID%7D\
        &cancel_url=https%3A%2F%2Fh.example.com%2Fbilling&client_reference_id=tnt_1\
        &metadata%5Bplan%5D=pro&metadata%5Btenant_id%5D=tnt_1\
        &subscription_data%5Bmetadata%5D%5Bplan%5D=pro&subscription_data%5Bmetadata%5D%5Btenant_id%5D=tnt_1";
    assert_eq!(asked(&server).await, [sent; 2]);
    assert_eq!(header_of_each(&server, "idempotency-key").await, ["checkout:tnt_1:7"; 2]);
}

#[tokio::test]
async fn a_customer_is_let_into_the_portal() {
    let server = service().await;
    answer(&server, [json(json!({"id": "bps_1", "url": "https://billing.stripe.com/p/session/1"}))]).await;
    let session = stripe(&server).create_portal_session(&customer(), "https://h.example.com/billing", None).await;
    assert_eq!(session.unwrap().url.as_str(), "https://billing.stripe.com/p/session/1");
    assert_eq!(
        asked(&server).await,
        ["POST /v1/billing_portal/sessions customer=cus_1&return_url=https%3A%2F%2Fh.example.com%2Fbilling"]
    );
}

#[tokio::test]
async fn a_refusal_is_handed_over_as_stripe_wrote_it() {
    let server = service().await;
    let body = json!({"error": {"type": "invalid_request_error", "code": "resource_missing", "param": "customer"}});
    answer(&server, [ResponseTemplate::new(400).set_body_json(&body)]).await;
    let error = stripe(&server).create_portal_session(&customer(), "https://h.example.com/", None).await.unwrap_err();
    let IntegrationError::Status { service, status, body: told } = error else { panic!("{error:?}") };
    assert_eq!((service, status), ("stripe", 400));
    assert_eq!(serde_json::from_str::<Value>(&told).unwrap(), body);
}

#[tokio::test]
async fn the_version_is_the_configured_one() {
    let server = service().await;
    answer(&server, [json(a_customer())]).await;
    let mut config = StripeConfig { service: config(&server.uri()), version: "2024-06-20".to_owned() };
    config.service.key = Some(secret(KEY));
    let stripe = Stripe::new(config, egress(), Arc::new(FixedClock::at(NOW))).unwrap();
    stripe.get_customer(&customer()).await.unwrap();
    assert_eq!(header_of_each(&server, "stripe-version").await, ["2024-06-20"]);
}
