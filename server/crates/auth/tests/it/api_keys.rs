use crate::support::World;
use hookreel_auth::ApiKeyAuthenticator;
use hookreel_auth::api_key::FreshKey;
use hookreel_kernel::{Actor, TenantId, Timestamp};
use std::time::Duration;

async fn store(world: &World, tenant_id: TenantId, key: &FreshKey) {
    let mut connection = world.database.superuser().await;
    sqlx::query(
        "insert into iam.api_keys (tenant_id, key_id, name, key_hash, hint, created_by) values ($1, $2, 'CI', $3, $4, '')",
    )
    .bind(tenant_id.uuid())
    .bind(key.id.uuid())
    .bind(&key.hash[..])
    .bind(&key.hint)
    .execute(&mut connection)
    .await
    .unwrap();
}

async fn revoke(world: &World, key: &FreshKey) {
    let mut connection = world.database.superuser().await;
    sqlx::query("update iam.api_keys set revoked_at = now() where key_id = $1")
        .bind(key.id.uuid())
        .execute(&mut connection)
        .await
        .unwrap();
}

fn authenticator(world: &World) -> ApiKeyAuthenticator {
    ApiKeyAuthenticator::new(world.database.database().auth().clone(), world.clock())
}

#[tokio::test]
async fn a_key_stands_for_its_tenant() {
    let (world, tenant_id, _) = World::with_ada().await;
    let key = FreshKey::generate();
    store(&world, tenant_id, &key).await;
    let caller = authenticator(&world).authenticate(key.text.expose()).await.unwrap().unwrap();
    assert_eq!((caller.tenant_id(), caller.actor()), (tenant_id, &Actor::ApiKey(key.id)));
    assert!(authenticator(&world).authenticate(FreshKey::generate().text.expose()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_revoked_key_stops_at_once_in_the_process_that_revoked_it() {
    let (world, tenant_id, _) = World::with_ada().await;
    let key = FreshKey::generate();
    store(&world, tenant_id, &key).await;
    let here = authenticator(&world);
    assert!(here.authenticate(key.text.expose()).await.unwrap().is_some());
    revoke(&world, &key).await;
    here.forget(Some(key.id));
    assert!(here.authenticate(key.text.expose()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_key_that_is_in_use_costs_no_query_per_request() {
    let (world, tenant_id, _) = World::with_ada().await;
    let key = FreshKey::generate();
    store(&world, tenant_id, &key).await;
    let keys = authenticator(&world);
    assert!(keys.authenticate(key.text.expose()).await.unwrap().is_some());
    // With the pool closed a query would fail.
    world.database.database().close().await;
    for _ in 0..1000 {
        assert!(keys.authenticate(key.text.expose()).await.unwrap().is_some());
    }
    keys.forget(None);
    assert!(keys.authenticate(key.text.expose()).await.is_err());
}

#[tokio::test]
async fn the_last_use_is_written_at_most_once_a_minute() {
    let (world, tenant_id, _) = World::with_ada().await;
    let key = FreshKey::generate();
    store(&world, tenant_id, &key).await;
    let keys = authenticator(&world);
    let use_now = async || {
        keys.forget(None);
        assert!(keys.authenticate(key.text.expose()).await.unwrap().is_some());
        let mut connection = world.database.superuser().await;
        let at: Option<Timestamp> = sqlx::query_scalar("select last_used_at from iam.api_keys where key_id = $1")
            .bind(key.id.uuid())
            .fetch_one(&mut connection)
            .await
            .unwrap();
        at.unwrap()
    };
    let first = use_now().await;
    world.clock.advance(Duration::from_secs(59));
    assert_eq!(use_now().await, first);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(use_now().await - first, Duration::from_mins(1));
}

#[tokio::test]
async fn a_dump_of_the_database_holds_no_usable_key() {
    let (world, tenant_id, _) = World::with_ada().await;
    let key = FreshKey::generate();
    store(&world, tenant_id, &key).await;
    let dump = world.dump().await;
    let secret = key.text.expose().split('_').nth(2).unwrap();
    assert!(dump.contains(&key.hint) && !dump.contains(secret), "{dump}");
}
