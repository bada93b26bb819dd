use crate::support::{World, conflict, not_found, wrong_fields};
use hookreel_auth::{ClientInfo, MemberIdentity, PostgresSessionStore, begin_session, caller_from_session};
use hookreel_contract::ApiError;
use hookreel_contract::input::{EventFilter, SignUp};
use hookreel_kernel::{Secret, SessionId, SystemClock};
use std::sync::Arc;
use tower_sessions::Session;

const PASSWORD: &str = "an engine of brass and steam";

fn form(email: &str) -> SignUp {
    SignUp { tenant_name: "Acme".into(), email: email.into(), password: PASSWORD.into() }
}

async fn sign_up(world: &World, email: &str) -> MemberIdentity {
    world.services.people.sign_up(form(email), ClientInfo::default()).await.unwrap()
}

async fn kinds(world: &World, identity: MemberIdentity) -> Vec<String> {
    let page = world.services.event_log.list(&identity.caller(), EventFilter::default()).await.unwrap();
    page.items.into_iter().rev().map(|event| event.kind).collect()
}

#[tokio::test]
async fn a_sign_up_makes_everything_that_a_tenant_needs() {
    let world = World::start().await;
    let identity = sign_up(&world, " Ada@Example.com").await;
    let current = world.services.people.current(&identity.caller()).await.unwrap();
    assert_eq!((current.email.as_str(), current.tenant_name.as_str()), ("ada@example.com", "Acme"));
    let application = world.services.applications.get(&identity.caller(), "default").await.unwrap();
    assert_eq!(application.id, current.default_application_id);
    assert_eq!(kinds(&world, identity).await, ["tenant.created", "member.joined", "application.created"]);
    world.stop().await;
}

#[tokio::test]
async fn all_that_is_wrong_with_a_sign_up_is_said_at_once() {
    let world = World::start().await;
    let input = SignUp { tenant_name: "  ".into(), email: "ada".into(), password: "short".into() };
    let refused = world.services.people.sign_up(input, ClientInfo::default()).await;
    assert_eq!(wrong_fields(refused), ["tenant_name", "email", "password"]);
    let own_address = SignUp { password: "Ada@Example.com".into(), ..form("ada@example.com") };
    assert_eq!(wrong_fields(world.services.people.sign_up(own_address, ClientInfo::default()).await), ["password"]);
    world.stop().await;
}

#[tokio::test]
async fn a_taken_address_signs_in_or_is_refused_like_a_sign_in_and_makes_nothing() {
    let world = World::start().await;
    let ada = sign_up(&world, "ada@example.com").await;
    assert_eq!(sign_up(&world, "ada@example.com").await, ada);
    let guess = SignUp { password: "not her password".into(), ..form("ada@example.com") };
    let refused = world.services.people.sign_up(guess, ClientInfo::default()).await;
    assert_eq!(refused, Err(ApiError::WrongCredentials));
    assert_eq!(kinds(&world, ada).await.len(), 3);
    assert!(conflict(world.services.people.sign_up_by_operator(form("ada@example.com")).await).contains("already"));
    world.stop().await;
}

#[tokio::test]
async fn two_sign_ups_with_one_address_at_once_make_one_tenant() {
    let world = World::start().await;
    let both = [0, 1].map(|_| {
        let people = world.services.people.clone();
        tokio::spawn(async move { people.sign_up(form("ada@example.com"), ClientInfo::default()).await })
    });
    let [first, second] = both;
    assert_eq!(first.await.unwrap().unwrap(), second.await.unwrap().unwrap());
    world.stop().await;
}

#[tokio::test]
async fn a_revoked_session_is_over_and_the_log_says_who_ended_it() {
    let world = World::start().await;
    let ada = sign_up(&world, "ada@example.com").await;
    let store = Arc::new(PostgresSessionStore::new(world.test.database().auth().clone(), Arc::new(SystemClock)));
    let browser = Session::new(None, Arc::clone(&store), None);
    let session_id = begin_session(&browser, ada, &ClientInfo::default()).await.unwrap();

    let people = &world.services.people;
    let listed = people.sessions(&ada.caller(), Some(session_id)).await.unwrap();
    assert!(listed.len() == 1 && listed[0].current && listed[0].id == session_id);

    let eve = sign_up(&world, "eve@example.com").await;
    assert_eq!(not_found(people.revoke_session(&eve.caller(), session_id).await), "Session");
    assert!(people.sessions(&eve.caller(), None).await.unwrap().is_empty());

    people.revoke_session(&ada.caller(), session_id).await.unwrap();
    let later = Session::new(browser.id(), store, None);
    assert_eq!(caller_from_session(&later).await.unwrap(), None);
    assert_eq!(not_found(people.revoke_session(&ada.caller(), session_id).await), "Session");
    assert_eq!(not_found(people.revoke_session(&ada.caller(), SessionId::generate()).await), "Session");
    assert_eq!(kinds(&world, ada).await.last().unwrap(), "session.revoked");
    world.stop().await;
}

#[tokio::test]
async fn a_password_that_the_operator_replaced_is_the_only_one_that_works() {
    let world = World::start().await;
    let ada = sign_up(&world, "ada@example.com").await;
    let people = &world.services.people;
    let new = || Secret::new(String::from("a new engine of steel"));
    people.reset_password("ada@example.com", new()).await.unwrap();
    let old = people.sign_in("ada@example.com", Secret::new(PASSWORD.into()), &ClientInfo::default()).await;
    assert_eq!(old, Err(ApiError::WrongCredentials));
    assert_eq!(people.sign_in("ada@example.com", new(), &ClientInfo::default()).await, Ok(ada));
    assert_eq!(not_found(people.reset_password("eve@example.com", new()).await), "Member");
    assert_eq!(wrong_fields(people.reset_password("ada@example.com", Secret::new("short".into())).await), ["password"]);
    world.stop().await;
}
