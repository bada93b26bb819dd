//! Sources.

use crate::support::{World, not_found, wrong_fields};
use hookreel_contract::input::{GenericHmacInput, SourceInput};

pub(crate) fn stripe(secret: Option<&str>) -> SourceInput {
    SourceInput {
        fields: std::collections::BTreeMap::new(),
        settings: None,
        name: "Stripe".into(),
        provider: "stripe".into(),
        secret: secret.map(str::to_owned),
        generic: None,
        application_id: None,
    }
}

fn token(url: &str) -> &str {
    url.strip_prefix("https://hooks.example.com/in/").unwrap()
}

#[tokio::test]
async fn a_source_has_an_address_that_leads_to_it() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let sources = &world.services.sources;
    let view = sources.create(&caller, stripe(Some("whsec_first"))).await.unwrap();
    assert_eq!((view.provider_name.as_str(), view.secrets, view.application_id), ("Stripe", 1, application));
    assert!(token(&view.url).len() >= 32);
    assert_eq!(sources.get(&caller, view.id).await.unwrap(), view);
    assert_eq!(sources.list(&caller).await.unwrap(), std::slice::from_ref(&view));

    let inbound = sources.find_by_token(token(&view.url)).await.unwrap().unwrap();
    assert_eq!((inbound.source_id, inbound.tenant_id), (view.id, caller.tenant_id()));
    assert_eq!(inbound.secrets[0].expose(), "whsec_first");
    assert!(sources.find_by_token("unknown").await.unwrap().is_none());
    world.stop().await;
}

#[tokio::test]
async fn a_new_secret_counts_at_once_and_the_old_one_only_after_a_rotation() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let sources = &world.services.sources;
    let view = sources.create(&caller, stripe(None)).await.unwrap();
    assert_eq!(view.secrets, 0);
    let secrets = async || {
        let inbound = sources.find_by_token(token(&view.url)).await.unwrap().unwrap();
        inbound.secrets.iter().map(|secret| secret.expose().clone()).collect::<Vec<_>>()
    };
    assert!(secrets().await.is_empty());
    sources.set_secret(&caller, view.id, "whsec_1").await.unwrap();
    assert_eq!(secrets().await, ["whsec_1"]);
    assert_eq!(sources.rotate_secret(&caller, view.id, "whsec_2").await.unwrap().secrets, 2);
    assert_eq!(secrets().await, ["whsec_2", "whsec_1"]);
    sources.set_secret(&caller, view.id, "whsec_3").await.unwrap();
    assert_eq!(secrets().await, ["whsec_3"]);
    world.stop().await;
}

#[tokio::test]
async fn a_deleted_source_is_gone_with_its_address_and_its_secrets() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let sources = &world.services.sources;
    let view = sources.create(&caller, stripe(Some("whsec_1"))).await.unwrap();
    assert!(sources.find_by_token(token(&view.url)).await.unwrap().is_some());
    sources.delete(&caller, view.id).await.unwrap();
    assert!(sources.find_by_token(token(&view.url)).await.unwrap().is_none());
    assert_eq!(not_found(sources.get(&caller, view.id).await), "Source");
    assert_eq!(not_found(sources.delete(&caller, view.id).await), "Source");
    assert_eq!(not_found(sources.set_secret(&caller, view.id, "whsec_1").await), "Source");
    let left: i64 = sqlx::query_scalar("select count(*) from ops.secrets")
        .fetch_one(&mut world.test.superuser().await)
        .await
        .unwrap();
    assert_eq!(left, 0);
    world.stop().await;
}

#[tokio::test]
async fn a_generic_source_keeps_its_settings() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let generic = GenericHmacInput {
        header: "X-Signature".into(),
        prefix: "sha256=".into(),
        encoding: "base64".into(),
        event_id_header: Some("X-Id".into()),
        event_type_header: None,
    };
    let input = SourceInput { provider: "generic_hmac".into(), generic: Some(generic.clone()), ..stripe(None) };
    let view = world.services.sources.create(&caller, input).await.unwrap();
    assert_eq!(view.generic, Some(generic));
    world.stop().await;
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let (_, foreign) = world.tenant("bob@example.com").await;
    let sources = &world.services.sources;
    let input = SourceInput { name: " ".into(), provider: "nobody".into(), ..stripe(None) };
    assert_eq!(wrong_fields(sources.create(&caller, input).await), ["name", "provider"]);
    assert_eq!(wrong_fields(sources.create(&caller, stripe(Some("sk_live_1"))).await), ["secret"]);
    let input = SourceInput { provider: "generic_hmac".into(), ..stripe(None) };
    assert_eq!(wrong_fields(sources.create(&caller, input).await), ["generic.header"]);
    let input = SourceInput { application_id: Some(foreign), ..stripe(None) };
    assert_eq!(wrong_fields(sources.create(&caller, input).await), ["applicationId"]);
    let source = sources.create(&caller, stripe(None)).await.unwrap().id;
    assert_eq!(wrong_fields(sources.rotate_secret(&caller, source, " x").await), ["secret"]);
    world.stop().await;
}
