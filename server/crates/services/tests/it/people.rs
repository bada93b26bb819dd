use crate::support::{PASSWORD, World, conflict, form, not_found, wrong_fields};
use hookreel_auth::{ClientInfo, MemberIdentity, PostgresSessionStore, begin_session, caller_from_session};
use hookreel_contract::ApiError;
use hookreel_contract::input::{EventFilter, SignUp};
use hookreel_kernel::{Secret, SessionId, SystemClock};
use std::sync::Arc;
use tower_sessions::Session;

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

#[tokio::test]
async fn a_sign_in_from_a_browser_that_is_not_known_is_an_event_and_the_first_one_is_not() {
    let world = World::start().await;
    let (ada, people) = (sign_up(&world, "ada@example.com").await, &world.services.people);
    let client = ClientInfo::default();
    let cookie = people.note_sign_in(ada, &client, None).await.unwrap();
    assert!(cookie.is_some());
    assert_eq!(people.note_sign_in(ada, &client, cookie.clone()).await.unwrap(), None);
    assert_eq!(kinds(&world, ada).await.len(), 3);
    let other = people.note_sign_in(ada, &client, None).await.unwrap();
    assert!(other.is_some() && other != cookie);
    assert_eq!(kinds(&world, ada).await.last().unwrap(), "member.signed_in_from_new_browser");
    world.stop().await;
}

#[tokio::test]
async fn changing_the_password_asks_for_the_old_one_and_ends_the_other_sessions() {
    let world = World::start().await;
    let (ada, people) = (sign_up(&world, "ada@example.com").await, &world.services.people);
    let store = Arc::new(PostgresSessionStore::new(world.test.database().auth().clone(), Arc::new(SystemClock)));
    let (here, there) = (Session::new(None, Arc::clone(&store), None), Session::new(None, Arc::clone(&store), None));
    let session_id = begin_session(&here, ada, &ClientInfo::default()).await.unwrap();
    begin_session(&there, ada, &ClientInfo::default()).await.unwrap();
    let change = async |current: &str, new: &str| {
        let (current, new) = (current.to_owned().into(), new.to_owned().into());
        people.change_password(&ada.caller(), session_id, current, new, &ClientInfo::default()).await
    };
    assert_eq!(wrong_fields(change("not her password", "a new engine of steel").await), ["current_password"]);
    assert_eq!(wrong_fields(change(PASSWORD, "short").await), ["new_password"]);
    assert_eq!(wrong_fields(change(PASSWORD, "ada@example.com").await), ["new_password"]);
    change(PASSWORD, "a new engine of steel").await.unwrap();
    let is_signed_in = async |session: &Session| {
        let later = Session::new(session.id(), Arc::clone(&store), None);
        caller_from_session(&later).await.unwrap().is_some()
    };
    assert!(is_signed_in(&here).await && !is_signed_in(&there).await);
    let client = ClientInfo::default();
    let new = "a new engine of steel".to_owned();
    assert_eq!(people.sign_in("ada@example.com", new.into(), &client).await, Ok(ada));
    assert_eq!(kinds(&world, ada).await.last().unwrap(), "member.password_changed");
    // Guessing the old one with a stolen session is guessing like any other.
    let mut refused = false;
    for _ in 0..10 {
        refused |=
            matches!(change("a guess of words", "a third engine of tin").await, Err(ApiError::TooManyRequests { .. }));
    }
    assert!(refused);
    world.stop().await;
}

#[tokio::test]
async fn a_change_of_password_that_could_not_be_recorded_changes_nothing() {
    let world = World::start().await;
    let (ada, people) = (sign_up(&world, "ada@example.com").await, &world.services.people);
    let store = Arc::new(PostgresSessionStore::new(world.test.database().auth().clone(), Arc::new(SystemClock)));
    let (here, there) = (Session::new(None, Arc::clone(&store), None), Session::new(None, Arc::clone(&store), None));
    let session_id = begin_session(&here, ada, &ClientInfo::default()).await.unwrap();
    begin_session(&there, ada, &ClientInfo::default()).await.unwrap();
    let (client, new) = (ClientInfo::default(), || Secret::new(String::from("a new engine of steel")));
    let change =
        async || people.change_password(&ada.caller(), session_id, Secret::new(PASSWORD.into()), new(), &client).await;
    let sessions = async || people.sessions(&ada.caller(), None).await.unwrap().len();

    let mut superuser = world.test.superuser().await;
    sqlx::raw_sql(
        "create function ops.refuse() returns trigger language plpgsql as
             $$ begin raise exception using errcode = '53100'; end $$;
         create trigger refuse before insert on event_store.events for each row
             when (new.kind = 'member.password_changed') execute function ops.refuse()",
    )
    .execute(&mut superuser)
    .await
    .unwrap();
    assert_eq!(change().await, Err(ApiError::Unavailable));
    assert_eq!(sessions().await, 2, "no session has ended");
    assert!(people.sign_in("ada@example.com", new(), &client).await.is_err());
    assert_eq!(people.sign_in("ada@example.com", Secret::new(PASSWORD.into()), &client).await, Ok(ada));

    sqlx::raw_sql("drop trigger refuse on event_store.events").execute(&mut superuser).await.unwrap();
    change().await.unwrap();
    assert_eq!(sessions().await, 1);
    assert_eq!(people.sign_in("ada@example.com", new(), &client).await, Ok(ada));
    assert_eq!(kinds(&world, ada).await.last().unwrap(), "member.password_changed");
    world.stop().await;
}
