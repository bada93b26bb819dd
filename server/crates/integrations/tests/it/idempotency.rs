//! One wish, one key.

use crate::support::{answer, client, config, fine, header_of_each, service, status};
use hookreel_integrations::{ApiRequest, Form, IdempotencyKey};
use std::collections::BTreeSet;

#[tokio::test]
async fn every_try_of_a_post_carries_the_same_key() {
    let server = service().await;
    answer(&server, [status(500), status(429), status(503), fine()]).await;
    client(config(&server.uri())).call_for_effect(ApiRequest::post(["things"], None)).await.unwrap();
    let keys = header_of_each(&server, "idempotency-key").await;
    assert_eq!(keys.len(), 4);
    assert!(keys.iter().all(|key| *key == keys[0] && key.len() == 36), "{keys:?}");
}

#[tokio::test]
async fn each_wish_has_a_key_of_its_own() {
    let server = service().await;
    answer(&server, (0..20).map(|_| fine())).await;
    let client = client(config(&server.uri()));
    for _ in 0..20 {
        client.call_for_effect(ApiRequest::post(["things"], None).form(&Form::new())).await.unwrap();
    }
    let keys = header_of_each(&server, "idempotency-key").await;
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 20);
}

#[tokio::test]
async fn a_key_of_the_callers_is_sent_as_it_is() {
    let server = service().await;
    answer(&server, [status(500), fine(), fine()]).await;
    let client = client(config(&server.uri()));
    let key = IdempotencyKey::parse("customer:tnt_1").unwrap();
    for _ in 0..2 {
        client.call_for_effect(ApiRequest::post(["things"], Some(key.clone()))).await.unwrap();
    }
    assert_eq!(header_of_each(&server, "idempotency-key").await, ["customer:tnt_1"; 3]);
}

#[tokio::test]
async fn what_may_be_repeated_by_its_nature_needs_no_key() {
    let server = service().await;
    answer(&server, [status(500), fine(), status(500), fine()]).await;
    let client = client(config(&server.uri()));
    client.call_for_effect(ApiRequest::get(["things"])).await.unwrap();
    client.call_for_effect(ApiRequest::delete(["things", "1"])).await.unwrap();
    assert_eq!(header_of_each(&server, "idempotency-key").await, [""; 4]);
}
