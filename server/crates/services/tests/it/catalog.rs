//! What the database itself promises about tenants.

use crate::support::World;
use hookreel_testing::TestDatabase;

#[tokio::test]
async fn every_table_with_a_tenant_has_row_security_forced() {
    let test = TestDatabase::create().await;
    let mut connection = test.superuser().await;
    let tables: Vec<(String, bool, bool, i64)> = sqlx::query_as(
        "select c.oid::regclass::text, c.relrowsecurity, c.relforcerowsecurity,
                (select count(*) from pg_policy p where p.polrelid = c.oid)
         from pg_class c
         join pg_namespace n on n.oid = c.relnamespace
         join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
         where c.relkind in ('r', 'p') and n.nspname in ('event_store', 'read', 'iam', 'ops')",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(tables.iter().any(|(name, ..)| name == "event_store.events_configuration"), "partitions are looked at too");
    assert!(tables.len() > 15);
    for (name, enabled, forced, policies) in tables {
        // A partition that is asked directly has no policy, which refuses everything.
        let is_partition = name.starts_with("event_store.events_");
        assert!(enabled && forced && (is_partition || policies == 2), "{name}");
    }
}

#[tokio::test]
async fn every_table_with_a_tenant_begins_its_key_with_it() {
    let test = TestDatabase::create().await;
    let mut connection = test.superuser().await;
    let tables: Vec<(String, String)> = sqlx::query_as(
        "select c.oid::regclass::text, k.attname::text
         from pg_class c
         join pg_namespace n on n.oid = c.relnamespace
         join pg_index i on i.indrelid = c.oid and i.indisprimary
         join pg_attribute k on k.attrelid = c.oid and k.attnum = i.indkey[0]
         where c.relkind = 'r' and n.nspname in ('read', 'ops')
           and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(tables.len() > 10);
    for (table, first) in tables {
        assert_eq!(first, "tenant_id", "{table}");
    }
}

#[tokio::test]
async fn no_view_and_no_role_of_the_program_goes_round_row_security() {
    let test = TestDatabase::create().await;
    let mut connection = test.superuser().await;
    let views: i64 = sqlx::query_scalar(
        "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('v', 'm') and n.nspname in ('event_store', 'read', 'iam', 'ops')",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(views, 0);
    let roles: Vec<(String, bool, bool)> = sqlx::query_as(
        "select rolname::text, rolsuper, rolbypassrls from pg_roles where rolname like 'hookreel\\_%'
           and rolname in ('hookreel_owner', 'hookreel_app', 'hookreel_engine', 'hookreel_auth')",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(roles.len(), 4);
    assert!(roles.iter().all(|(_, is_super, bypasses)| !is_super && !bypasses));
}

#[tokio::test]
async fn a_connection_that_has_named_no_tenant_sees_nothing() {
    let test = TestDatabase::create().await;
    test.tenant().await;
    let mut connection = test.superuser().await;
    sqlx::query("set role hookreel_app").execute(&mut connection).await.unwrap();
    for table in ["read.applications", "read.endpoints", "event_store.events", "iam.tenants"] {
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(count, 0, "{table}");
    }
}

#[tokio::test]
async fn a_query_that_forgets_its_tenant_still_sees_one_tenant_only() {
    let world = World::start().await;
    let (caller, application) = world.tenant("ada@example.com").await;
    let (_, other_application) = world.tenant("bob@example.com").await;
    world.publish(&caller, application, "invoice.paid").await;
    let mut tx = world.test.database().tenant(caller.tenant_id()).await.unwrap();
    for (table, expected) in [("read.applications", 1), ("iam.members", 1), ("read.messages", 1)] {
        let statement = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        let count: i64 = sqlx::query_scalar(statement).fetch_one(tx.connection()).await.unwrap();
        assert_eq!(count, expected, "{table}");
    }
    let changed = sqlx::query("update read.applications set name = 'x' where application_id = $1")
        .bind(other_application.uuid())
        .execute(tx.connection())
        .await
        .unwrap();
    assert_eq!(changed.rows_affected(), 0);
    drop(tx);
    world.stop().await;
}
