//! Applications.

use crate::support::{World, conflict, not_found, wrong_fields};
use hookreel_contract::input::{ApplicationInput, SourceInput};
use std::collections::BTreeMap;

fn input(name: &str, uid: Option<&str>) -> ApplicationInput {
    ApplicationInput { name: name.into(), uid: uid.map(str::to_owned), ..ApplicationInput::default() }
}

#[tokio::test]
async fn an_application_is_found_by_id_and_by_uid() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let applications = &world.services.applications;
    let metadata = BTreeMap::from([("plan".to_owned(), "pro".to_owned())]);
    let made =
        applications.create(&caller, ApplicationInput { metadata, ..input("Shop", Some("shop")) }).await.unwrap();
    assert_eq!(applications.get(&caller, &made.id.to_string()).await.unwrap(), made);
    assert_eq!(applications.get(&caller, "shop").await.unwrap(), made);

    let changed = applications.update(&caller, "shop", input("Shop 2", Some("shop-2"))).await.unwrap();
    assert_eq!((changed.id, changed.name.as_str(), changed.metadata.len()), (made.id, "Shop 2", 0));
    assert_eq!(not_found(applications.get(&caller, "shop").await), "Application");
    world.stop().await;
}

#[tokio::test]
async fn a_uid_is_unique_per_tenant_and_free_again_after_deletion() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let (other, _) = world.tenant("bob@example.com").await;
    let applications = &world.services.applications;
    let first = applications.create(&caller, input("Shop", Some("shop"))).await.unwrap();
    assert!(conflict(applications.create(&caller, input("Shop", Some("shop"))).await).contains("uid"));
    applications.create(&other, input("Shop", Some("shop"))).await.unwrap();
    assert_eq!(applications.get_or_create(&caller, input("Other", Some("shop"))).await.unwrap(), first);

    applications.delete(&caller, "shop").await.unwrap();
    let second = applications.get_or_create(&caller, input("Shop", Some("shop"))).await.unwrap();
    assert_ne!(second.id, first.id);
    world.stop().await;
}

#[tokio::test]
async fn many_who_want_the_same_application_at_once_get_the_same() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (applications, caller) = (world.services.applications.clone(), caller.clone());
            tokio::spawn(async move { applications.get_or_create(&caller, input("Shop", Some("shop"))).await })
        })
        .collect();
    let mut ids = Vec::new();
    for task in tasks {
        ids.push(task.await.unwrap().unwrap().id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    world.stop().await;
}

#[tokio::test]
async fn the_default_application_cannot_be_deleted_or_renamed_away() {
    let world = World::start().await;
    let (caller, id) = world.tenant("ada@example.com").await;
    let applications = &world.services.applications;
    assert!(conflict(applications.delete(&caller, "default").await).contains("default"));
    assert_eq!(wrong_fields(applications.update(&caller, "default", input("x", Some("y"))).await), ["uid"]);
    assert_eq!(applications.default_id(&caller).await.unwrap(), id);
    world.stop().await;
}

#[tokio::test]
async fn deleting_an_application_deletes_its_endpoints_but_not_while_sources_feed_it() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let applications = &world.services.applications;
    let shop = applications.create(&caller, input("Shop", None)).await.unwrap().id;
    let endpoint = world.endpoint(&caller, shop, "/a").await.id;
    let source = SourceInput {
        fields: std::collections::BTreeMap::new(),
        settings: None,
        name: "Stripe".into(),
        provider: "stripe".into(),
        secret: None,
        generic: None,
        application_id: Some(shop),
    };
    let source = world.services.sources.create(&caller, source).await.unwrap().id;
    assert!(conflict(applications.delete(&caller, &shop.to_string()).await).contains("source"));
    world.services.sources.delete(&caller, source).await.unwrap();
    applications.delete(&caller, &shop.to_string()).await.unwrap();
    assert_eq!(not_found(world.services.endpoints.get(&caller, endpoint).await), "Endpoint");
    assert_eq!(not_found(world.services.endpoints.secret(&caller, endpoint).await), "Endpoint");
    world.stop().await;
}

#[tokio::test]
async fn lists_come_in_pages_newest_first() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let applications = &world.services.applications;
    for number in 0..4 {
        applications.create(&caller, input(&format!("Shop {number}"), None)).await.unwrap();
    }
    let first = applications.list(&caller, None, 3).await.unwrap();
    let second = applications.list(&caller, first.next.clone(), 3).await.unwrap();
    let names: Vec<_> = first.items.iter().chain(&second.items).map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["Shop 3", "Shop 2", "Shop 1", "Shop 0", "Default"]);
    assert_eq!(second.next, None);
    let cursor = Some(hookreel_contract::Cursor("nonsense".into()));
    assert_eq!(wrong_fields(applications.list(&caller, cursor, 3).await), ["cursor"]);
    world.stop().await;
}

#[tokio::test]
async fn names_and_uids_are_checked() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    let applications = &world.services.applications;
    assert_eq!(wrong_fields(applications.create(&caller, input(" ", Some("a b"))).await), ["name", "uid"]);
    world.stop().await;
}
