use crate::support::{EMAIL, PASSWORD, World, client};
use hookreel_auth::{
    MemberIdentity, PostgresSessionStore, begin_session, caller_from_session, end_session, member_sessions, people,
    revoke_session, set_password,
};
use hookreel_kernel::{Clock as _, Email};
use std::sync::Arc;
use std::time::Duration;
use tower_sessions::session::Id;
use tower_sessions::{Session, SessionStore as _};

struct Browser<'a> {
    world: &'a World,
    store: Arc<PostgresSessionStore>,
}

impl<'a> Browser<'a> {
    fn of(world: &'a World) -> Self {
        let pool = world.database.database().auth().clone();
        Self { world, store: Arc::new(PostgresSessionStore::new(pool, world.clock())) }
    }

    /// A request that brings this cookie.
    fn request(&self, cookie: Option<Id>) -> Session {
        Session::new(cookie, Arc::clone(&self.store), None)
    }

    async fn sign_in(&self, cookie: Option<Id>) -> (Id, MemberIdentity) {
        let identity = self.world.sign_in(PASSWORD, "::1").await.unwrap();
        let session = self.request(cookie);
        begin_session(&session, identity, &client("192.0.2.9")).await.unwrap();
        (session.id().unwrap(), identity)
    }

    async fn is_signed_in(&self, cookie: Id) -> bool {
        caller_from_session(&self.request(Some(cookie))).await.unwrap().is_some()
    }

    async fn rows(&self) -> i64 {
        let mut connection = self.world.database.superuser().await;
        sqlx::query_scalar("select count(*) from iam.sessions").fetch_one(&mut connection).await.unwrap()
    }
}

#[tokio::test]
async fn a_signed_in_browser_is_recognised_until_it_signs_out() {
    let (world, tenant_id, member_id) = World::with_ada().await;
    let browser = Browser::of(&world);
    let (cookie, _) = browser.sign_in(None).await;
    let session = browser.request(Some(cookie));
    let (caller, _) = caller_from_session(&session).await.unwrap().unwrap();
    assert_eq!((caller.tenant_id(), caller.member_id()), (tenant_id, Some(member_id)));
    end_session(&session).await.unwrap();
    assert!(!browser.is_signed_in(cookie).await);
    assert_eq!(browser.rows().await, 0);
}

#[tokio::test]
async fn a_visitor_leaves_no_row() {
    let world = World::empty().await;
    let browser = Browser::of(&world);
    let session = browser.request(None);
    assert_eq!(caller_from_session(&session).await.unwrap(), None);
    session.insert("anything", 1).await.unwrap();
    assert!(session.save().await.is_err());
    assert_eq!(browser.rows().await, 0);
}

#[tokio::test]
async fn a_cookie_from_before_the_sign_in_opens_nothing() {
    let (world, _, _) = World::with_ada().await;
    let browser = Browser::of(&world);
    let planted = Id(42);
    let (cookie, _) = browser.sign_in(Some(planted)).await;
    assert_ne!(cookie, planted);
    assert!(!browser.is_signed_in(planted).await);
    // Signing in again also replaces an id that was valid.
    let (second, _) = browser.sign_in(Some(cookie)).await;
    assert!(!browser.is_signed_in(cookie).await && browser.is_signed_in(second).await);
}

#[tokio::test]
async fn an_idle_session_ends_after_a_day_and_a_busy_one_after_two_weeks() {
    let (world, _, _) = World::with_ada().await;
    let browser = Browser::of(&world);
    let (idle, _) = browser.sign_in(None).await;
    world.clock.advance(Duration::from_hours(24));
    assert!(!browser.is_signed_in(idle).await);

    let (busy, _) = browser.sign_in(None).await;
    for _ in 0..27 {
        world.clock.advance(Duration::from_hours(12));
        assert!(browser.is_signed_in(busy).await);
    }
    world.clock.advance(Duration::from_hours(12));
    assert!(!browser.is_signed_in(busy).await);
    assert_eq!(browser.rows().await, 2);
    browser.store.delete_expired().await.unwrap();
    assert_eq!(browser.rows().await, 0);
}

#[tokio::test]
async fn a_revoked_session_is_over_at_once_and_does_not_come_back_by_saving() {
    let (world, tenant_id, member_id) = World::with_ada().await;
    let browser = Browser::of(&world);
    let (cookie, _) = browser.sign_in(None).await;
    let (other, _) = browser.sign_in(None).await;
    let under_way = browser.request(Some(cookie));
    let (_, session_id) = caller_from_session(&under_way).await.unwrap().unwrap();

    let mut tx = world.database.database().tenant(tenant_id).await.unwrap();
    assert!(revoke_session(tx.connection(), tenant_id, member_id, session_id).await.unwrap());
    tx.commit().await.unwrap();
    assert!(!browser.is_signed_in(cookie).await);
    assert!(browser.is_signed_in(other).await);
    under_way.insert("anything", 1).await.unwrap();
    under_way.save().await.unwrap();
    assert!(!browser.is_signed_in(cookie).await);
}

#[tokio::test]
async fn a_password_that_is_replaced_after_it_was_verified_begins_no_session() {
    let (world, tenant_id, member_id) = World::with_ada().await;
    let browser = Browser::of(&world);
    let identity = world.sign_in(PASSWORD, "::1").await.unwrap();
    let (mut tx, email) = (world.database.database().tenant(tenant_id).await.unwrap(), Email::parse(EMAIL).unwrap());
    assert!(set_password(tx.connection(), tenant_id, member_id, &email, "the hash of another").await.unwrap());
    tx.commit().await.unwrap();
    let session = browser.request(None);
    assert!(begin_session(&session, identity, &client("192.0.2.9")).await.is_err());
    assert_eq!(browser.rows().await, 0);
}

#[tokio::test]
async fn sessions_are_listed_with_where_they_come_from_and_their_last_use_to_the_minute() {
    let (world, tenant_id, member_id) = World::with_ada().await;
    let browser = Browser::of(&world);
    let (cookie, _) = browser.sign_in(None).await;
    let signed_in_at = world.clock.now();
    world.clock.advance(Duration::from_secs(59));
    assert!(browser.is_signed_in(cookie).await);
    let seen = async || {
        let mut tx = world.database.database().tenant(tenant_id).await.unwrap();
        let listed = member_sessions(tx.connection(), tenant_id, member_id, world.clock.now()).await.unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!((listed[0].address.as_str(), listed[0].user_agent.as_str()), ("192.0.2.9", "Firefox"));
        let person = people(tx.connection(), tenant_id).await.unwrap().remove(0);
        assert_eq!(person.last_seen_at, Some(listed[0].last_seen_at), "the person is as the session");
        listed[0].last_seen_at - signed_in_at
    };
    assert_eq!(seen().await, Duration::ZERO);
    world.clock.advance(Duration::from_secs(61));
    assert!(browser.is_signed_in(cookie).await);
    assert_eq!(seen().await, Duration::from_mins(2));
}

#[tokio::test]
async fn a_dump_of_the_database_holds_no_usable_session() {
    let (world, _, _) = World::with_ada().await;
    let browser = Browser::of(&world);
    let (cookie, _) = browser.sign_in(None).await;
    let dump = world.dump().await;
    let raw = cookie.0.to_le_bytes();
    for form in [cookie.to_string(), cookie.0.to_string(), hex::encode(raw)] {
        assert!(!dump.contains(&form), "{form} in {dump}");
    }
    assert!(!dump.contains(PASSWORD));
}

#[tokio::test]
async fn a_session_that_nobody_has_is_not_found() {
    let world = World::empty().await;
    let browser = Browser::of(&world);
    assert!(browser.store.load(&Id(7)).await.unwrap().is_none());
    assert!(!browser.is_signed_in(Id(7)).await);
}
