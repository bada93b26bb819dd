//! Sources.

use crate::support::{World, conflict, not_found, wrong_fields};
use hookreel_contract::input::{EventFilter, GenericHmacInput, SourceInput};
use hookreel_contract::views::SourceView;

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
    let rotated = sources.rotate_secret(&caller, view.id, "whsec_2", None).await.unwrap();
    let overlap_h =
        |view: &SourceView| (view.old_secrets_valid_until.unwrap() - view.updated_at).as_seconds_f64() / 3_600.0;
    assert_eq!((rotated.secrets, overlap_h(&rotated).round()), (2, 24.0));
    assert_eq!(secrets().await, ["whsec_2", "whsec_1"]);
    sources.set_secret(&caller, view.id, "whsec_3").await.unwrap();
    assert_eq!(secrets().await, ["whsec_3"]);
    world.stop().await;
}

#[tokio::test]
async fn how_long_an_old_secret_counts_is_a_choice_and_can_be_ended() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let sources = &world.services.sources;
    let id = sources.create(&caller, stripe(Some("whsec_1"))).await.unwrap().id;
    let rotate = |secret: &'static str, overlap_s| sources.rotate_secret(&caller, id, secret, overlap_s);

    let at_once = rotate("whsec_2", Some(0)).await.unwrap();
    assert_eq!((at_once.secrets, at_once.old_secrets_valid_until), (1, None));
    let month = rotate("whsec_3", Some(30 * 24 * 60 * 60)).await.unwrap();
    assert_eq!(month.secrets, 2);
    // The one before keeps its time, and the one that is replaced gets its own.
    assert_eq!(rotate("whsec_4", Some(60)).await.unwrap().secrets, 3);
    assert_eq!(wrong_fields(rotate("whsec_5", Some(30 * 24 * 60 * 60 + 1)).await), ["overlapS"]);
    for valid in ["whsec_4", "whsec_3", "whsec_2"] {
        assert_eq!(wrong_fields(rotate(valid, Some(60)).await), ["secret"], "{valid} is valid already");
    }

    sources.end_old_secrets(&caller, id).await.unwrap();
    sources.end_old_secrets(&caller, id).await.unwrap();
    let view = sources.get(&caller, id).await.unwrap();
    assert_eq!((view.secrets, view.old_secrets_valid_until), (1, None));
    let inbound = sources.find_by_token(token(&view.url)).await.unwrap().unwrap();
    assert_eq!(inbound.secrets[0].expose(), "whsec_4");
    let filter = EventFilter { stream: Some(id.to_string()), ..EventFilter::default() };
    let kinds: Vec<_> = world.services.event_log.list(&caller, filter).await.unwrap().items;
    let ended = kinds.iter().filter(|event| event.kind == "source.old_secrets_ended").count();
    assert_eq!(ended, 1);
    world.stop().await;
}

#[tokio::test]
async fn no_more_than_five_old_secrets_are_valid_until_they_are_ended() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let sources = &world.services.sources;
    let id = sources.create(&caller, stripe(Some("whsec_0"))).await.unwrap().id;
    for n in 1..=5 {
        sources.rotate_secret(&caller, id, &format!("whsec_{n}"), None).await.unwrap();
    }
    let refused = conflict(sources.rotate_secret(&caller, id, "whsec_6", None).await);
    assert_eq!(refused, "5 old secrets are still valid; end the old secrets first");
    assert_eq!(sources.get(&caller, id).await.unwrap().secrets, 6);
    sources.end_old_secrets(&caller, id).await.unwrap();
    assert_eq!(sources.rotate_secret(&caller, id, "whsec_6", None).await.unwrap().secrets, 2);
    // What replaces everything at once may be anything: nothing stays beside it.
    sources.set_secret(&caller, id, "whsec_5").await.unwrap();
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
    assert_eq!(wrong_fields(sources.rotate_secret(&caller, source, " x", None).await), ["secret"]);
    world.stop().await;
}
