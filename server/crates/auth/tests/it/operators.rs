//! Who may see and steer the whole installation.

use crate::support::{EMAIL, World};
use hookreel_auth::{Caller, OperatorPermit, find_member, grant_operator, member_record, operators, revoke_operator};
use hookreel_kernel::{Actor, Email, TenantId};

#[tokio::test]
async fn only_a_member_who_was_granted_it_has_the_right_and_only_until_it_is_revoked() {
    let (world, tenant_id, member_id) = World::with_ada().await;
    let database = world.database.database();
    let pool = database.auth();
    let ada = world.sign_in(crate::support::PASSWORD, "::1").await.unwrap().caller();
    assert_eq!(OperatorPermit::of(pool, &ada).await.unwrap(), None);
    for _ in 0..2 {
        grant_operator(pool, tenant_id, member_id).await.unwrap();
    }
    let permit = OperatorPermit::of(pool, &ada).await.unwrap().unwrap();
    assert_eq!((permit.actor(), permit.member()), (&Actor::Member(member_id), Some((tenant_id, member_id))));
    // Neither the same person's id under another tenant nor the command line's caller of the tenant has it.
    assert_eq!(OperatorPermit::of(pool, &Caller::operator(tenant_id)).await.unwrap(), None);
    assert_eq!(OperatorPermit::of(pool, &Caller::operator(TenantId::generate())).await.unwrap(), None);

    let listed = operators(pool).await.unwrap();
    assert_eq!(listed.iter().map(|one| (one.email.as_str(), one.tenant_id)).collect::<Vec<_>>(), [(EMAIL, tenant_id)]);
    for _ in 0..2 {
        revoke_operator(pool, tenant_id, member_id).await.unwrap();
    }
    assert_eq!(OperatorPermit::of(pool, &ada).await.unwrap(), None);
    assert!(operators(pool).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_member_sees_in_the_own_tenant_whether_it_is_an_operator() {
    let (world, tenant_id, member_id) = World::with_ada().await;
    let database = world.database.database();
    for is_operator in [false, true] {
        if is_operator {
            grant_operator(database.auth(), tenant_id, member_id).await.unwrap();
        }
        let mut tx = database.tenant(tenant_id).await.unwrap();
        let record = member_record(tx.connection(), tenant_id, member_id).await.unwrap().unwrap();
        assert_eq!(record.is_operator, is_operator);
    }
    let email = Email::parse(EMAIL).unwrap();
    assert_eq!(find_member(database.auth(), &email).await.unwrap(), Some((tenant_id, member_id)));
    let nobody = Email::parse("nobody@example.com").unwrap();
    assert_eq!(find_member(database.auth(), &nobody).await.unwrap(), None);
}

#[tokio::test]
async fn nothing_that_runs_for_a_tenant_can_make_an_operator() {
    let (world, tenant_id, member_id) = World::with_ada().await;
    let database = world.database.database();
    let statement = "insert into iam.operators (tenant_id, member_id) values ($1, $2)";
    let mut tx = database.tenant(tenant_id).await.unwrap();
    let of_tenant = sqlx::query(statement).bind(tenant_id.uuid()).bind(member_id.uuid()).execute(tx.connection()).await;
    let of_engine =
        sqlx::query(statement).bind(tenant_id.uuid()).bind(member_id.uuid()).execute(database.engine()).await;
    for refused in [of_tenant, of_engine] {
        let error = refused.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some("42501"), "{error}");
    }
}
