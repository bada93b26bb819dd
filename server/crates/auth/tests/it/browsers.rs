use crate::support::{PASSWORD, World, client};
use hookreel_auth::{MemberIdentity, PostgresSessionStore, Recognition, recognise_browser};
use hookreel_kernel::{Clock as _, Secret};
use std::time::Duration;

async fn sign_in(world: &World, identity: MemberIdentity, cookie: Option<&Secret<String>>) -> Recognition {
    let mut tx = world.database.database().tenant(identity.tenant_id()).await.unwrap();
    let now = world.clock.now();
    let recognition = recognise_browser(tx.connection(), identity, &client("192.0.2.9"), cookie, now).await.unwrap();
    tx.commit().await.unwrap();
    recognition
}

#[track_caller]
fn first(recognition: Recognition) -> Secret<String> {
    match recognition {
        Recognition::First { cookie } => cookie,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn new(recognition: Recognition) -> Secret<String> {
    match recognition {
        Recognition::New { cookie, .. } => cookie,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn only_the_first_browser_of_a_member_is_nothing_new_and_each_is_known_by_its_cookie_then() {
    let (world, ..) = World::with_ada().await;
    let ada = world.sign_in(PASSWORD, "::1").await.unwrap();
    let desk = first(sign_in(&world, ada, None).await);
    assert!(matches!(sign_in(&world, ada, Some(&desk)).await, Recognition::Known));
    let telephone = new(sign_in(&world, ada, None).await);
    assert_ne!(desk, telephone);
    for cookie in [&desk, &telephone] {
        assert!(matches!(sign_in(&world, ada, Some(cookie)).await, Recognition::Known));
    }
}

#[tokio::test]
async fn a_cookie_that_somebody_planted_is_not_taken_over() {
    let (world, ..) = World::with_ada().await;
    let ada = world.sign_in(PASSWORD, "::1").await.unwrap();
    first(sign_in(&world, ada, None).await);
    let planted = Secret::new("planted".to_owned());
    assert_ne!(new(sign_in(&world, ada, Some(&planted)).await), planted);
    // Whoever planted it is not known by it.
    new(sign_in(&world, ada, Some(&planted)).await);
}

#[tokio::test]
async fn what_one_member_is_known_by_says_nothing_about_another() {
    let (world, ..) = World::with_ada().await;
    let ada = world.sign_in(PASSWORD, "::1").await.unwrap();
    let cookie = first(sign_in(&world, ada, None).await);
    world.add("eve@example.com", PASSWORD).await;
    let eve = world.credentials.sign_in("eve@example.com", Secret::new(PASSWORD.into()), &client("::1")).await.unwrap();
    first(sign_in(&world, eve, Some(&cookie)).await);
    new(sign_in(&world, eve, Some(&cookie)).await);
}

#[tokio::test]
async fn browsers_are_forgotten_after_as_long_as_they_keep_a_cookie_but_never_the_last_one() {
    let (world, ..) = World::with_ada().await;
    let ada = world.sign_in(PASSWORD, "::1").await.unwrap();
    first(sign_in(&world, ada, None).await);
    world.clock.advance(Duration::from_secs(1));
    let newer = new(sign_in(&world, ada, None).await);
    world.clock.advance(Duration::from_hours(401 * 24));
    let store = PostgresSessionStore::new(world.database.database().auth().clone(), world.clock());
    store.delete_expired().await.unwrap();
    let left: i64 = sqlx::query_scalar("select count(*) from iam.known_browsers")
        .fetch_one(&mut world.database.superuser().await)
        .await
        .unwrap();
    assert_eq!(left, 1);
    // Without any, a thief's sign-in would be the first.
    new(sign_in(&world, ada, None).await);
    assert!(matches!(sign_in(&world, ada, Some(&newer)).await, Recognition::Known));
}

#[tokio::test]
async fn what_a_browser_is_known_by_is_not_in_the_database() {
    let (world, ..) = World::with_ada().await;
    let ada = world.sign_in(PASSWORD, "::1").await.unwrap();
    let cookie = first(sign_in(&world, ada, None).await);
    assert!(!world.dump().await.contains(cookie.expose()));
}
