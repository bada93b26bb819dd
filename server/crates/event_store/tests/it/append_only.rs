use crate::support::event;
use hookreel_event_store::append;
use hookreel_kernel::TenantId;
use hookreel_testing::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, Executor};
use uuid::Uuid;

/// Every way to change history, as SQL.
const CHANGES: [&str; 9] = [
    "update event_store.events set kind = 'x'",
    "update event_store.events_configuration set kind = 'x'",
    "delete from event_store.events",
    "delete from event_store.events_configuration",
    "truncate event_store.events",
    "truncate event_store.events_configuration",
    "insert into event_store.events select * from event_store.events
     on conflict (bucket, stream_id, stream_version) do update set kind = 'x'",
    "set session_replication_role = replica; update event_store.events set kind = 'x'",
    "merge into event_store.events e using (select 1) s on true when matched then delete",
];

#[tokio::test]
async fn no_role_of_the_program_can_change_or_remove_an_event() {
    let test = TestDatabase::create().await;
    let pool = test.database().engine().clone();
    let tenant = TenantId::generate();
    let mut tx = pool.begin().await.unwrap();
    append(&mut tx, &[event(tenant, Uuid::now_v7(), 1)]).await.unwrap();
    tx.commit().await.unwrap();

    let mut tried = 0;
    for role in ["hookreel_owner", "hookreel_app", "hookreel_engine", "hookreel_auth"] {
        for change in CHANGES {
            let mut connection = test.superuser().await;
            // A login of its own, so that the role cannot be left again.
            connection.execute(AssertSqlSafe(format!("set session authorization {role}"))).await.unwrap();
            connection
                .execute(AssertSqlSafe(format!("select set_config('app.tenant', '{}', false)", tenant.uuid())))
                .await
                .unwrap();
            let result = connection.execute(change).await;
            assert!(result.is_err(), "{role} could run: {change}");
            connection.close().await.ok();
            tried += 1;
        }
    }
    let kinds: Vec<String> =
        sqlx::query_scalar("select kind from event_store.events").fetch_all(&mut test.superuser().await).await.unwrap();
    assert_eq!(kinds, ["endpoint.paused"]);
    println!("changes refused: {tried}");
}
