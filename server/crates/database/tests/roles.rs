//! An external PostgreSQL whose user may not create roles.

use hookreel_database::migrate::{BOOTSTRAP_SQL, MigrateError, run};
use hookreel_testing::TestDatabase;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use std::str::FromStr;

const PASSWORD: &str = "plain-and-long-enough";

#[tokio::test]
async fn a_user_who_may_not_create_roles_is_told_the_sql_that_a_superuser_runs_once() {
    let test = TestDatabase::create().await;
    let user = format!("plain_{}", uuid::Uuid::now_v7().simple());
    let empty = format!("{user}_database");
    let mut superuser = test.superuser().await;
    for statement in [
        format!("create role {user} login nosuperuser nocreaterole password '{PASSWORD}'"),
        format!("create database {empty} owner {user}"),
    ] {
        superuser.execute(AssertSqlSafe(statement)).await.unwrap();
    }
    let server = PgConnectOptions::from_str(&test.url()).unwrap().database(&empty);
    let url = server.clone().username(&user).password(PASSWORD).to_url_lossy();

    let refused = run(url.as_str()).await.unwrap_err();
    assert!(matches!(refused, MigrateError::RolesMissing), "{refused}");
    let told = refused.to_string();
    assert!(told.contains("hookreel_owner, hookreel_app, hookreel_engine, hookreel_auth"), "{told}");
    assert!(told.ends_with(BOOTSTRAP_SQL), "{told}");

    // Just what the message says: as a superuser, in the same database, for that user.
    let for_user =
        BOOTSTRAP_SQL.replace("to current_user'", &format!("to {user}'")).replace("current_user", &format!("'{user}'"));
    let mut in_it = PgConnection::connect_with(&server).await.unwrap();
    in_it.execute(AssertSqlSafe(for_user)).await.unwrap();
    in_it.close().await.unwrap();
    run(url.as_str()).await.unwrap();

    for statement in [format!("drop database {empty} with (force)"), format!("drop role {user}")] {
        superuser.execute(AssertSqlSafe(statement)).await.unwrap();
    }
}
