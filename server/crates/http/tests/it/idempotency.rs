//! The same request twice has one effect and one answer.

use crate::app::{Answer, Call, TestApp};
use futures::future::join_all;
use hookreel_services::idempotency::{Claim, Claimed, Hash};
use serde_json::{Value, json};

const MESSAGES: &str = "/api/v1/app/default/msg";

fn publish<'a>(app: &'a TestApp, key: &str, payload: Value) -> Call<'a> {
    app.post(MESSAGES, json!({"eventType": "a", "payload": payload})).header("idempotency-key", key)
}

async fn count(app: &TestApp) -> usize {
    app.get(&format!("{MESSAGES}?limit=250")).send().await.expect(200)["data"].as_array().unwrap().len()
}

fn replayed(answer: &Answer) -> bool {
    answer.header("idempotent-replayed") == "true"
}

#[tokio::test]
async fn the_same_key_and_body_get_the_same_answer_and_have_one_effect() {
    let app = TestApp::start().await;
    let first = publish(&app, "k", json!({"n": 1})).send().await;
    let second = publish(&app, "k", json!({"n": 1})).send().await;
    assert!(!replayed(&first) && replayed(&second));
    assert_eq!((first.status, &first.body), (202, &second.body));
    assert_eq!((second.status, second.header("content-type")), (202, "application/json"));
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn a_key_used_for_another_request_is_refused() {
    let app = TestApp::start().await;
    publish(&app, "k", json!({"n": 1})).send().await.expect(202);
    let expected = ["header.idempotency-key: was used for a different request in the last 24 hours"];
    assert_eq!(publish(&app, "k", json!({"n": 2})).send().await.field_errors(), expected);
    let elsewhere = app.post("/api/v1/app", json!({"name": "a"})).header("idempotency-key", "k").send().await;
    assert_eq!(elsewhere.field_errors(), expected);
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn keys_are_each_tenants_own() {
    let app = TestApp::start().await;
    let other = app.other_tenant().await;
    let mine = publish(&app, "k", json!({})).send().await.expect(202);
    let theirs = publish(&app, "k", json!({})).by(&other).send().await;
    assert!(!replayed(&theirs));
    assert_ne!(theirs.expect(202)["id"], mine["id"]);
}

#[tokio::test]
async fn refusals_are_answers_too_but_only_of_the_request_itself() {
    let app = TestApp::start().await;
    let refused = || app.post("/api/v1/app", json!({"name": ""})).header("idempotency-key", "k");
    let first = refused().send().await;
    let second = refused().send().await;
    assert_eq!((first.status, &first.body), (422, &second.body));
    assert!(replayed(&second));
    assert_eq!(second.header("content-type"), "application/problem+json");

    let unknown =
        app.post("/api/v1/app", json!({"name": "a"})).without_key().header("idempotency-key", "k2").send().await;
    unknown.expect(401);
    app.post("/api/v1/app", json!({"name": "a"})).header("idempotency-key", "k2").send().await.expect(201);
}

#[tokio::test]
async fn an_answer_without_a_body_is_repeated_without_one() {
    let app = TestApp::start().await;
    let id = app.endpoint("https://example.com/").await;
    let path = format!("/api/v1/app/default/endpoint/{id}/secret");
    let rotate = || app.post(&format!("{path}/rotate"), json!({})).header("idempotency-key", "k");
    rotate().send().await.expect(204);
    let rotated = app.get(&path).send().await.expect(200);
    let again = rotate().send().await;
    again.expect(204);
    assert_eq!((replayed(&again), again.header("content-type")), (true, ""));
    assert_eq!(app.get(&path).send().await.expect(200), rotated);
}

#[tokio::test]
async fn many_requests_with_one_key_at_once_have_one_effect() {
    let app = TestApp::start().await;
    let answers = join_all((0..40).map(|_| publish(&app, "k", json!({"n": 1})).send())).await;
    let ids: Vec<_> =
        answers.iter().filter(|answer| answer.status == 202).map(|answer| answer.expect(202)["id"].clone()).collect();
    assert!(!ids.is_empty() && ids.iter().all(|id| *id == ids[0]));
    assert_eq!(answers.iter().filter(|answer| answer.status == 202 && !replayed(answer)).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 202) {
        assert_eq!(answer.expect(409)["code"], "idempotency_in_progress");
        assert_eq!(answer.header("retry-after"), "1");
    }
    assert_eq!(count(&app).await, 1);
}

/// The claim that the API makes for this request, made by hand.
async fn claim(app: &TestApp, key: &str, hash: &Hash) -> Claim {
    app.services.idempotency.claim(&app.tenant.caller, key.as_bytes(), hash).await.unwrap()
}

async fn run(app: &TestApp, key: &str, hash: &Hash) -> Claimed {
    let Claim::Run(claimed) = claim(app, key, hash).await else { panic!("the key is not free") };
    claimed
}

async fn sql(app: &TestApp, statement: &'static str) -> u64 {
    let mut superuser = app.database.superuser().await;
    sqlx::query(statement).execute(&mut superuser).await.unwrap().rows_affected()
}

#[tokio::test]
async fn a_message_of_a_request_that_died_is_found_by_the_next_try() {
    let app = TestApp::start().await;
    let first = publish(&app, "k", json!({"n": 1})).send().await.expect(202);
    // As if the process had been killed after the message was stored and before the answer was.
    sql(&app, "update ops.idempotency_keys set status = null, response_body = null").await;
    publish(&app, "k", json!({"n": 1})).send().await.expect(409);
    sql(&app, "update ops.idempotency_keys set locked_until = now() - interval '1 second'").await;

    let second = publish(&app, "k", json!({"n": 1})).send().await;
    assert!(!replayed(&second));
    assert_eq!(second.expect(202)["id"], first["id"]);
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn a_released_key_is_free_at_once_for_the_same_request() {
    let app = TestApp::start().await;
    let first = run(&app, "k", &[1; 32]).await;
    assert_eq!(claim(&app, "k", &[1; 32]).await, Claim::StillRunning);
    app.services.idempotency.release(&app.tenant.caller, &first).await.unwrap();
    assert_eq!(claim(&app, "k", &[2; 32]).await, Claim::OtherRequest);
    assert_eq!(run(&app, "k", &[1; 32]).await.message_id(), first.message_id());
}

#[tokio::test]
async fn the_first_answer_stays() {
    let app = TestApp::start().await;
    let claimed = run(&app, "k", &[1; 32]).await;
    app.services.idempotency.answer(&app.tenant.caller, &claimed, 201, b"first").await.unwrap();
    app.services.idempotency.answer(&app.tenant.caller, &claimed, 202, b"second").await.unwrap();
    app.services.idempotency.release(&app.tenant.caller, &claimed).await.unwrap();
    let Claim::Answered(answer) = claim(&app, "k", &[1; 32]).await else { panic!("not answered") };
    assert_eq!((answer.status, answer.body.as_slice()), (201, b"first".as_slice()));
}

#[tokio::test]
async fn a_key_is_new_again_after_a_day() {
    let app = TestApp::start().await;
    let first = publish(&app, "k", json!({"n": 1})).send().await.expect(202);
    sql(&app, "update ops.idempotency_keys set created_at = now() - interval '25 hours'").await;
    let second = publish(&app, "k", json!({"n": 2})).send().await;
    assert!(!replayed(&second));
    assert_ne!(second.expect(202)["id"], first["id"]);
    assert_eq!(count(&app).await, 2);
}

#[tokio::test]
async fn old_keys_are_forgotten_and_young_ones_are_not() {
    let app = TestApp::start().await;
    for key in ["a", "b", "c"] {
        run(&app, key, &[1; 32]).await;
    }
    sql(&app, "update ops.idempotency_keys set created_at = now() - interval '25 hours'").await;
    run(&app, "d", &[1; 32]).await;
    assert_eq!(app.services.idempotency.forget_old(2).await.unwrap(), 2);
    assert_eq!(app.services.idempotency.forget_old(2).await.unwrap(), 1);
    assert_eq!(app.services.idempotency.forget_old(2).await.unwrap(), 0);
    assert_eq!(claim(&app, "d", &[1; 32]).await, Claim::StillRunning);
}

#[tokio::test]
async fn a_key_has_to_have_a_sensible_length() {
    let app = TestApp::start().await;
    for key in ["", &"k".repeat(257)] {
        let answer = publish(&app, key, json!({})).send().await;
        assert_eq!(answer.field_errors(), ["header.idempotency-key: must be 1 to 256 bytes long"]);
    }
    publish(&app, &"k".repeat(256), json!({})).send().await.expect(202);
}

#[tokio::test]
async fn requests_that_are_not_posts_do_not_use_keys() {
    let app = TestApp::start().await;
    for _ in 0..2 {
        let answer = app.get("/api/v1/app").header("idempotency-key", "k").send().await;
        assert!(answer.status == 200 && !replayed(&answer));
    }
    assert_eq!(sql(&app, "delete from ops.idempotency_keys").await, 0);
}
