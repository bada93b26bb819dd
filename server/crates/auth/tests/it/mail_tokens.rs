use crate::support::{EMAIL, PASSWORD, World};
use hookreel_auth::{
    MailToken, PostgresSessionStore, TokenPurpose, change_password, find_token, insert_token, set_password,
    spend_token, wanted_address,
};
use hookreel_kernel::{Clock as _, Email, MemberId, Secret, SessionId, TenantId};
use std::time::Duration;

const VALID: Duration = Duration::from_hours(1);

fn ada() -> Email {
    Email::parse(EMAIL).unwrap()
}

async fn insert(world: &World, tenant_id: TenantId, purpose: TokenPurpose) -> Secret<String> {
    let mut tx = world.database.database().tenant(tenant_id).await.unwrap();
    let expires_at = world.clock.now() + VALID;
    let token = insert_token(tx.connection(), tenant_id, purpose, &ada(), expires_at).await.unwrap();
    tx.commit().await.unwrap();
    token
}

async fn find(world: &World, token: &Secret<String>) -> Option<MailToken> {
    find_token(world.database.database().auth(), token, world.clock.now()).await.unwrap()
}

async fn spend(world: &World, tenant_id: TenantId, token: &Secret<String>) -> bool {
    let mut tx = world.database.database().tenant(tenant_id).await.unwrap();
    let is_first = spend_token(tx.connection(), tenant_id, token).await.unwrap();
    tx.commit().await.unwrap();
    is_first
}

#[tokio::test]
async fn a_token_says_what_it_proves_until_it_is_used_up() {
    let (world, tenant_id, member_id) = World::with_ada().await;
    let purpose = TokenPurpose::VerifyAddress(member_id);
    let token = insert(&world, tenant_id, purpose).await;
    assert_eq!(find(&world, &token).await, Some(MailToken { tenant_id, purpose, email: ada() }));
    assert!(!spend(&world, TenantId::generate(), &token).await, "another tenant's transaction cannot use it up");
    assert!(spend(&world, tenant_id, &token).await);
    assert!(!spend(&world, tenant_id, &token).await);
    assert_eq!(find(&world, &token).await, None);
}

#[tokio::test]
async fn a_token_expires_and_is_replaced_by_the_next_one_for_the_same() {
    let (world, tenant_id, member_id) = World::with_ada().await;
    let first = insert(&world, tenant_id, TokenPurpose::VerifyAddress(member_id)).await;
    let other = insert(&world, tenant_id, TokenPurpose::ChangeAddress(member_id)).await;
    let second = insert(&world, tenant_id, TokenPurpose::VerifyAddress(member_id)).await;
    assert!(find(&world, &first).await.is_none());
    assert!(find(&world, &second).await.is_some() && find(&world, &other).await.is_some());
    world.clock.advance(VALID);
    assert!(find(&world, &second).await.is_none());
    let store = PostgresSessionStore::new(world.database.database().auth().clone(), world.clock());
    assert_eq!(store.delete_expired().await.unwrap(), 2);
}

#[tokio::test]
async fn a_token_has_256_random_bits_and_is_stored_as_a_hash() {
    let (world, tenant_id, member_id) = World::with_ada().await;
    let token = insert(&world, tenant_id, TokenPurpose::VerifyAddress(member_id)).await;
    assert_eq!(token.expose().len(), 43, "32 bytes in base64");
    assert!(!world.dump().await.contains(token.expose()));
}

#[tokio::test]
async fn a_new_password_undoes_what_was_asked_for_with_the_old_one() {
    let (world, tenant_id, member_id) = World::with_ada().await;
    let identity = world.sign_in(PASSWORD, "::1").await.unwrap();
    let pool = world.database.database();
    let wanted = async |member_id: MemberId| {
        let mut tx = world.database.database().tenant(tenant_id).await.unwrap();
        wanted_address(tx.connection(), tenant_id, member_id, world.clock.now()).await.unwrap()
    };
    for by_link in [true, false] {
        let change = insert(&world, tenant_id, TokenPurpose::ChangeAddress(member_id)).await;
        let verify = insert(&world, tenant_id, TokenPurpose::VerifyAddress(member_id)).await;
        assert_eq!(wanted(member_id).await, Some(ada()));
        let mut tx = pool.tenant(tenant_id).await.unwrap();
        if by_link {
            assert!(set_password(tx.connection(), tenant_id, member_id, &ada(), "hash").await.unwrap());
        } else {
            assert!(change_password(tx.connection(), identity, "hash", SessionId::generate()).await.unwrap());
        }
        tx.commit().await.unwrap();
        assert!(find(&world, &change).await.is_none() && find(&world, &verify).await.is_some());
        assert_eq!(wanted(member_id).await, None);
    }
}

#[tokio::test]
async fn a_new_password_is_only_for_the_address_that_the_member_has() {
    let (world, tenant_id, member_id) = World::with_ada().await;
    let other = Email::parse("ada@example.org").unwrap();
    let mut tx = world.database.database().tenant(tenant_id).await.unwrap();
    assert!(!set_password(tx.connection(), tenant_id, member_id, &other, "hash").await.unwrap());
    assert!(!set_password(tx.connection(), tenant_id, MemberId::generate(), &ada(), "hash").await.unwrap());
    tx.commit().await.unwrap();
    assert!(world.sign_in(PASSWORD, "::1").await.is_ok());
}
