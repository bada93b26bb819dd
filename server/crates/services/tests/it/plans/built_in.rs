//! Hookreel's own source for Stripe's webhooks: made by itself, as often as it starts, and nobody's.

use crate::support::World;
use hookreel_domain::built_in;
use hookreel_kernel::Secret;
use hookreel_services::sources::billing_webhook_path;

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

#[tokio::test]
async fn it_is_made_once_however_often_and_by_however_many_it_is_wanted() {
    let world = World::start().await;
    let sources = &world.services.sources;
    let all = [0, 1, 2].map(|_| {
        let sources = sources.clone();
        tokio::spawn(async move { sources.ensure_billing_source(&secret("whsec_first")).await })
    });
    let mut urls = Vec::new();
    for one in all {
        urls.push(one.await.unwrap().unwrap());
    }
    let expected = format!("https://hooks.example.com{}", billing_webhook_path(&world.secrets));
    assert!(urls.iter().all(|url| *url == expected), "{urls:?}");
    let token = expected.rsplit('/').next().unwrap();
    let found = sources.find_by_token(token).await.unwrap().unwrap();
    assert_eq!((found.tenant_id, found.source_id), (built_in::TENANT, built_in::BILLING_SOURCE));
    assert_eq!(found.secrets.len(), 1);

    let events: Vec<String> =
        sqlx::query_scalar("select kind from event_store.events where tenant_id = $1 order by position")
            .bind(built_in::TENANT.uuid())
            .fetch_all(&mut world.test.superuser().await)
            .await
            .unwrap();
    assert_eq!(events, ["tenant.created", "application.created", "source.created", "source.secret_set"]);
    world.stop().await;
}

#[tokio::test]
async fn a_new_secret_verifies_beside_the_old_one() {
    let world = World::start().await;
    let sources = &world.services.sources;
    sources.ensure_billing_source(&secret("whsec_first")).await.unwrap();
    let url = sources.ensure_billing_source(&secret("whsec_second")).await.unwrap();
    sources.ensure_billing_source(&secret("whsec_second")).await.unwrap();
    let found = sources.find_by_token(url.rsplit('/').next().unwrap()).await.unwrap().unwrap();
    let secrets: Vec<&str> = found.secrets.iter().map(|secret| secret.expose().as_str()).collect();
    assert_eq!(secrets, ["whsec_second", "whsec_first"]);
    world.stop().await;
}

#[tokio::test]
async fn however_often_it_is_replaced_five_old_secrets_verify() {
    let world = World::start().await;
    let sources = &world.services.sources;
    for n in 1..=8 {
        sources.ensure_billing_source(&secret(&format!("whsec_number_{n}"))).await.unwrap();
    }
    let url = sources.billing_webhook_url();
    let found = sources.find_by_token(url.rsplit('/').next().unwrap()).await.unwrap().unwrap();
    let secrets: Vec<&str> = found.secrets.iter().map(|secret| secret.expose().as_str()).collect();
    assert_eq!(secrets, [8, 7, 6, 5, 4, 3].map(|n| format!("whsec_number_{n}")));
    world.stop().await;
}

#[tokio::test]
async fn its_tenant_is_listed_nowhere() {
    let world = World::start().await;
    world.services.sources.ensure_billing_source(&secret("whsec_first")).await.unwrap();
    let (ada, _) = world.tenant("ada@example.com").await;
    let tenants = hookreel_auth::tenants(world.test.database().auth()).await.unwrap();
    assert_eq!(tenants.iter().map(|tenant| tenant.tenant_id).collect::<Vec<_>>(), [ada.tenant_id()]);
    assert!(world.services.sources.list(&ada).await.unwrap().is_empty());
    world.stop().await;
}
