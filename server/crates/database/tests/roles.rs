//! An external PostgreSQL whose user may not create roles.

use hookreel_database::migrate::{Lack, MigrateError, run};
use hookreel_testing::TestDatabase;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use std::str::FromStr;

const PASSWORD: &str = "plain-and-long-enough";

#[tokio::test]
async fn a_user_who_may_not_create_roles_is_told_the_sql_that_a_superuser_runs_once() {
    let test = TestDatabase::create().await;
    let unique = uuid::Uuid::now_v7().simple();
    // No name that anybody would choose, but one that PostgreSQL takes.
    let user = format!(r#"pl'ain\ "$$ {unique}"#);
    let quoted = format!("\"{}\"", user.replace('"', "\"\""));
    let (own, foreign) = (format!("plain_{unique}_own"), format!("plain_{unique}_foreign"));
    let mut superuser = test.superuser().await;
    for statement in [
        format!("create role {quoted} login nosuperuser nocreaterole password '{PASSWORD}'"),
        format!("create database {own} owner {quoted}"),
        format!("create database {foreign}"),
    ] {
        superuser.execute(AssertSqlSafe(statement)).await.unwrap();
    }
    let server = PgConnectOptions::from_str(&test.url()).unwrap();
    let url_of = |database: &str| {
        server.clone().database(database).username(&user).password(PASSWORD).to_url_lossy().to_string()
    };

    // The roles are there, since other tests have made them on this server.
    let refused = run(&url_of(&own)).await.unwrap_err();
    assert!(matches!(refused, MigrateError::NotPrepared { lack: Lack::Memberships(_), .. }), "{refused}");
    let told = refused.to_string();
    let lack = "is not a member of hookreel_owner, hookreel_app, hookreel_engine, hookreel_auth, and";
    assert!(told.contains(lack), "{told}");

    // Just what the message says: the SQL as it is, as a superuser, in the same database.
    let (_, sql) = told.split_once("\n\n").unwrap();
    let mut in_it = PgConnection::connect_with(&server.clone().database(&own)).await.unwrap();
    in_it.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    in_it.close().await.unwrap();
    run(&url_of(&own)).await.unwrap();

    // What is granted in one database is not granted in another, where PostgreSQL only warns.
    let refused = run(&url_of(&foreign)).await.unwrap_err();
    assert!(matches!(refused, MigrateError::NotPrepared { lack: Lack::Grants, .. }), "{refused}");

    for statement in [
        format!("drop database {own} with (force)"),
        format!("drop database {foreign} with (force)"),
        format!("drop role {quoted}"),
    ] {
        superuser.execute(AssertSqlSafe(statement)).await.unwrap();
    }
}
