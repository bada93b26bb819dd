//! What GitHub remembers of deliveries, and having it deliver again.

use crate::github::{access, asked, hello, leading_to};
use crate::support::{NOW, answer, header_of_each, json, service, status};
use hookreel_integrations::{HookDeliveryId, HookId, failed_deliveries};
use serde_json::{Value, json};
use std::time::Duration;
use time::format_description::well_known::Rfc3339;
use wiremock::ResponseTemplate;

const HOOK: HookId = HookId(12);

/// An attempt so many minutes ago.
fn delivery(id: u64, guid: &str, minutes_ago: u64, status_code: u16) -> Value {
    let delivered_at = NOW - Duration::from_mins(minutes_ago);
    json!({
        "id": id, "guid": guid, "delivered_at": delivered_at.format(&Rfc3339).unwrap(), "redelivery": false,
        "duration": 0.27, "status": if status_code == 200 { "OK" } else { "Invalid HTTP Response: 500" },
        "status_code": status_code, "event": "issues", "action": "opened", "installation_id": 123,
        "repository_id": 456, "throttled_at": null,
    })
}

#[tokio::test]
async fn deliveries_are_read_a_page_at_a_time_by_their_cursor() {
    let server = service().await;
    let first = leading_to(json(json!([delivery(2, "b", 1, 200)])), "per_page=100&cursor=v1_17,2");
    answer(&server, [first, json(json!([delivery(1, "a", 2, 500)]))]).await;
    let access = access(&server);
    let page = access.list_deliveries(&hello(), HOOK, None).await.unwrap();
    assert_eq!((page.items[0].id, page.items[0].succeeded()), (HookDeliveryId(2), true));
    assert_eq!(page.items[0].action.as_deref(), Some("opened"));
    let page = access.list_deliveries(&hello(), HOOK, page.next.as_ref()).await.unwrap();
    assert_eq!((page.items[0].id, page.items[0].succeeded()), (HookDeliveryId(1), false));
    assert_eq!(page.next, None);
    assert_eq!(
        asked(&server).await,
        [
            "GET /repos/octo/hello/hooks/12/deliveries?per_page=100",
            "GET /repos/octo/hello/hooks/12/deliveries?per_page=100&cursor=v1_17,2"
        ]
    );
}

#[tokio::test]
async fn deliveries_are_read_back_to_a_point_in_time() {
    let server = service().await;
    let first = leading_to(json(json!([delivery(5, "e", 1, 200), delivery(4, "d", 10, 500)])), "cursor=2");
    let second = leading_to(json(json!([delivery(3, "c", 20, 500), delivery(2, "b", 90, 500)])), "cursor=3");
    answer(&server, [first, second]).await;
    let since = NOW - Duration::from_hours(1);
    let listed = access(&server).list_deliveries_since(&hello(), HOOK, since, 1_000).await.unwrap();
    assert_eq!(listed.items.iter().map(|delivery| delivery.id.0).collect::<Vec<_>>(), [5, 4, 3]);
    assert!(listed.is_complete, "what is missing is older");
}

#[tokio::test]
async fn too_many_deliveries_are_cut_at_the_oldest() {
    let server = service().await;
    let first = leading_to(json(json!([delivery(5, "e", 1, 200), delivery(4, "d", 10, 500)])), "cursor=2");
    answer(&server, [first]).await;
    let since = NOW - Duration::from_hours(1);
    let listed = access(&server).list_deliveries_since(&hello(), HOOK, since, 1).await.unwrap();
    assert_eq!((listed.items[0].id, listed.items.len(), listed.is_complete), (HookDeliveryId(5), 1, false));
}

#[tokio::test]
async fn one_delivery_is_read_with_what_went_over_the_wire() {
    let server = service().await;
    let mut detail = delivery(9_007_199_254_740_993, "a", 1, 500);
    detail["url"] = json!("https://h.example.com/in/1");
    detail["request"] = json!({"headers": {"X-GitHub-Event": "issues"}, "payload": {"action": "opened"}});
    detail["response"] = json!({"headers": null, "payload": "Internal Server Error"});
    answer(&server, [json(detail)]).await;
    let id = HookDeliveryId(9_007_199_254_740_993);
    let detail = access(&server).get_delivery(&hello(), HOOK, id).await.unwrap();
    assert_eq!((detail.delivery.id, detail.delivery.status_code), (id, 500));
    assert_eq!(detail.request.headers.unwrap()["X-GitHub-Event"], "issues");
    assert_eq!(detail.request.payload, Some(json!({"action": "opened"})));
    assert_eq!((detail.response.headers, detail.response.payload), (None, Some(json!("Internal Server Error"))));
    assert_eq!(asked(&server).await, ["GET /repos/octo/hello/hooks/12/deliveries/9007199254740993"]);
}

#[tokio::test]
async fn what_failed_is_delivered_again() {
    let server = service().await;
    let attempts = json!([
        delivery(5, "taken later", 5, 200),
        delivery(4, "lost", 10, 504),
        delivery(3, "lost", 20, 0),
        delivery(2, "taken later", 30, 500),
        delivery(1, "taken", 40, 200),
    ]);
    answer(&server, [json(attempts), status(502), ResponseTemplate::new(202).set_body_json(json!({}))]).await;
    let access = access(&server);
    let since = NOW - Duration::from_hours(1);
    let listed = access.list_deliveries_since(&hello(), HOOK, since, 1_000).await.unwrap();
    let failed = failed_deliveries(&listed.items, since..NOW);
    let [lost] = &failed[..] else { panic!("{failed:?}") };
    assert_eq!((lost.guid.as_str(), lost.latest, lost.attempts), ("lost", HookDeliveryId(4), 2));
    access.redeliver(&hello(), HOOK, lost.latest).await.unwrap();
    assert_eq!(asked(&server).await[1..], ["POST /repos/octo/hello/hooks/12/deliveries/4/attempts"; 2]);
    let keys = header_of_each(&server, "idempotency-key").await;
    assert_eq!(keys[1], keys[2]);
}
