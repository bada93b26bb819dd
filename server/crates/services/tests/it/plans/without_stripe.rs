//! Where nothing is sold nothing is limited, and usage is counted all the same.

use crate::support::{Terms, World, not_found, wrong_fields};
use hookreel_contract::input::EndpointInput;
use hookreel_domain::Quotas;
use hookreel_services::PlansWorker;

/// Limits that would be reached at once.
fn nothing() -> Quotas {
    Quotas { messages_month: Some(0), endpoints: Some(0), members: Some(0), retention_days: Some(1) }
}

#[tokio::test]
async fn without_a_key_of_stripe_nothing_is_limited_and_nothing_is_sold() {
    let terms = Terms { stripe_url: None, plans: super::plans(nothing()), retention_days: None };
    let world = World::start_on(terms).await;
    let (ada, application) = world.tenant("ada@example.com").await;
    let plans = &world.services.plans;
    assert!(!plans.are_sold());
    let input = EndpointInput { url: world.receiver.url("/a"), ..EndpointInput::default() };
    world.services.endpoints.create(&ada, application, input).await.unwrap();
    world.publish(&ada, application, "invoice.paid").await;
    let mut tx = world.test.database().tenant(ada.tenant_id()).await.unwrap();
    assert_eq!(plans.check_members(&mut tx, 1_000_000).await.unwrap(), None);
    drop(tx);
    assert_eq!(not_found(plans.begin_checkout(&ada, "team").await), "Plan");
    assert_eq!(not_found(plans.open_portal(&ada).await), "Plan");
    assert_eq!(not_found(plans.ask_stripe(&ada).await), "Plan");
    let kinds = world.services.event_log.kinds();
    assert!(kinds.len() > 30 && kinds.iter().all(|one| one.stream_kind != "billing"), "{kinds:?}");
    assert_eq!(world.services.event_log.kind("plan.changed"), None);
    let worker = PlansWorker::start(plans);
    let view = plans.usage(&ada, None).await.unwrap();
    assert_eq!((view.plan, view.limit, view.retention_days), (None, None, None));
    assert_eq!((view.endpoints, view.members), (1, 1));
    worker.stop().await;
    world.stop().await;
}

#[tokio::test]
async fn usage_is_shown_month_by_month() {
    let world = World::start().await;
    let (ada, _) = world.tenant("ada@example.com").await;
    let (bob, _) = world.tenant("bob@example.com").await;
    let mut connection = world.test.superuser().await;
    sqlx::query("insert into read.usage (tenant_id, day, received, published) values ($1, '2025-12-31', 7, 5)")
        .bind(ada.tenant_id().uuid())
        .execute(&mut connection)
        .await
        .unwrap();
    let plans = &world.services.plans;
    let december = plans.usage(&ada, Some("2025-12")).await.unwrap();
    assert_eq!((december.received, december.published, december.days.len()), (7, 5, 31));
    assert_eq!((december.days[30].received, december.month_name.as_str()), (7, "December 2025"));
    assert_eq!((december.previous, december.next.as_deref(), december.days_begun), (None, Some("2026-01"), 31));
    let now = plans.usage(&ada, None).await.unwrap();
    assert!(now.previous.is_some() && now.next.is_none());
    assert_eq!(plans.usage(&bob, Some("2025-12")).await.unwrap().received, 0, "nobody sees another's");
    for month in ["2025-13", "yesterday"] {
        assert_eq!(wrong_fields(plans.usage(&ada, Some(month)).await), ["month"]);
    }
    world.stop().await;
}
