use crate::support::{World, not_found, wrong_fields};
use hookreel_contract::ApiError;
use hookreel_contract::input::EventFilter;
use hookreel_kernel::{Actor, ApiKeyId};

#[tokio::test]
async fn a_key_is_shown_once_and_stands_for_its_tenant_until_it_is_revoked() {
    let world = World::start().await;
    let (ada, _) = world.tenant("ada@example.com").await;
    let keys = &world.services.api_keys;
    let made = keys.create(&ada, " CI ").await.unwrap();
    let bearer = made.key.as_str();
    assert!(bearer.ends_with(&made.view.hint));
    assert_eq!((made.view.name.as_str(), made.view.created_by.as_str()), ("CI", "ada@example.com"));

    let caller = keys.authenticate(bearer).await.unwrap();
    assert_eq!((caller.tenant_id(), caller.actor()), (ada.tenant_id(), &Actor::ApiKey(made.view.id)));
    let listed = keys.list(&ada).await.unwrap();
    assert!(listed.len() == 1 && listed[0].last_used_at.is_some() && listed[0].revoked_at.is_none());

    keys.revoke(&ada, made.view.id).await.unwrap();
    assert_eq!(keys.authenticate(bearer).await, Err(ApiError::Unauthenticated));
    // Again changes nothing: neither the time nor the log.
    let revoked_at = keys.list(&ada).await.unwrap()[0].revoked_at;
    keys.revoke(&ada, made.view.id).await.unwrap();
    assert_eq!(keys.list(&ada).await.unwrap()[0].revoked_at, revoked_at);
    let filter = EventFilter { stream: Some(made.view.id.to_string()), ..EventFilter::default() };
    let events = world.services.event_log.list(&ada, filter).await.unwrap().items;
    let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["api_key.revoked", "api_key.created"]);
    world.stop().await;
}

#[tokio::test]
async fn the_keys_of_another_tenant_do_not_exist() {
    let world = World::start().await;
    let (ada, _) = world.tenant("ada@example.com").await;
    let (eve, _) = world.tenant("eve@example.com").await;
    let keys = &world.services.api_keys;
    let made = keys.create(&ada, "CI").await.unwrap();
    assert!(keys.list(&eve).await.unwrap().is_empty());
    assert_eq!(not_found(keys.revoke(&eve, made.view.id).await), "API key");
    assert_eq!(not_found(keys.revoke(&ada, ApiKeyId::generate()).await), "API key");
    assert!(keys.authenticate(made.key.as_str()).await.is_ok());
    world.stop().await;
}

#[tokio::test]
async fn what_is_not_a_key_that_works_gets_one_answer() {
    let world = World::start().await;
    let (ada, _) = world.tenant("ada@example.com").await;
    assert_eq!(wrong_fields(world.services.api_keys.create(&ada, " ").await), ["name"]);
    let unknown = hookreel_auth::api_key::FreshKey::generate();
    for bearer in ["", "hk_", "sk_live_abc", unknown.text.expose().as_str()] {
        assert_eq!(world.services.api_keys.authenticate(bearer).await, Err(ApiError::Unauthenticated), "{bearer}");
    }
    world.stop().await;
}
