//! A migrated PostgreSQL database per test, cloned from a template that is migrated once.

use hookreel_database::{Database, DatabaseOptions};
use hookreel_kernel::{ApplicationId, TenantId};
use sqlx::{Connection, Executor, PgConnection};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// The superuser's URL of the cluster that `cargo xtask test` starts for the whole run.
const URL_VARIABLE: &str = "HOOKREEL_TEST_DATABASE_URL";

/// A database that exists as long as this value.
#[derive(Debug)]
pub struct TestDatabase {
    server_url: String,
    name: String,
    database: Database,
}

impl TestDatabase {
    /// Clones the template; makes it first if this is the run's first test.
    ///
    /// # Panics
    /// When there is no test cluster: run the tests by `cargo xtask test`, or set `HOOKREEL_TEST_DATABASE_URL`.
    pub async fn create() -> Self {
        let server_url = std::env::var(URL_VARIABLE).unwrap_or_else(|_| {
            panic!("{URL_VARIABLE} is not set: run `cargo xtask test`, or set it to a superuser's URL")
        });
        let mut server = PgConnection::connect(&server_url).await.expect("the test cluster answers");
        let template = ensure_template(&mut server, &server_url).await;
        let name = format!("hookreel_test_{}", uuid_text());
        server
            .execute(sqlx::AssertSqlSafe(format!("create database {name} template {template}")))
            .await
            .expect("a database can be cloned");
        server.close().await.ok();
        let database =
            Database::open(&DatabaseOptions::new(with_database(&server_url, &name))).expect("the URL is well-formed");
        Self { server_url, name, database }
    }

    /// The pools of the roles.
    pub fn database(&self) -> Database {
        self.database.clone()
    }

    /// The superuser's URL of this database.
    pub fn url(&self) -> String {
        with_database(&self.server_url, &self.name)
    }

    /// A connection that may do everything, to look behind the curtain.
    pub async fn superuser(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.expect("the test database answers")
    }

    /// A tenant with its default application, as rows: for tests below the services.
    pub async fn tenant(&self) -> (TenantId, ApplicationId) {
        let (tenant_id, application_id) = (TenantId::generate(), ApplicationId::generate());
        let mut connection = self.superuser().await;
        sqlx::query("insert into iam.tenants (tenant_id, name) values ($1, 'Test')")
            .bind(tenant_id.uuid())
            .execute(&mut connection)
            .await
            .expect("a tenant can be made");
        sqlx::query(
            "insert into read.applications
               (tenant_id, application_id, uid, name, stream_version, created_at, updated_at)
             values ($1, $2, 'default', 'Default', 1, now(), now())",
        )
        .bind(tenant_id.uuid())
        .bind(application_id.uuid())
        .execute(&mut connection)
        .await
        .expect("an application can be made");
        (tenant_id, application_id)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (url, name) = (self.server_url.clone(), self.name.clone());
        // A thread with a runtime of its own: the test's runtime may be shutting down already.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async {
                let mut server = PgConnection::connect(&url).await.ok()?;
                server.execute(sqlx::AssertSqlSafe(format!("drop database if exists {name} with (force)"))).await.ok()
            })
        });
        drop(dropped.join());
    }
}

async fn ensure_template(server: &mut PgConnection, server_url: &str) -> String {
    let template = format!("hookreel_template_{:x}", migrations_hash());
    server.execute("select pg_advisory_lock(hashtext('hookreel test template'))").await.expect("a lock can be had");
    let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(&template)
        .fetch_one(&mut *server)
        .await
        .expect("databases can be listed");
    if !exists {
        let unfinished = format!("{template}_unfinished");
        for statement in [format!("drop database if exists {unfinished}"), format!("create database {unfinished}")] {
            server.execute(sqlx::AssertSqlSafe(statement)).await.expect("a database can be made");
        }
        hookreel_database::migrate::run(&with_database(server_url, &unfinished)).await.expect("the migrations apply");
        server
            .execute(sqlx::AssertSqlSafe(format!("alter database {unfinished} rename to {template}")))
            .await
            .expect("the template can be renamed");
    }
    server.execute("select pg_advisory_unlock(hashtext('hookreel test template'))").await.expect("unlocks");
    template
}

fn migrations_hash() -> u64 {
    let mut hasher = DefaultHasher::new();
    for migration in hookreel_database::migrate::migrations() {
        migration.checksum.hash(&mut hasher);
    }
    hookreel_database::migrate::BOOTSTRAP_SQL.hash(&mut hasher);
    hasher.finish()
}

/// The same URL with another database name.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let authority_start = base.find("://").map_or(0, |at| at + 3);
    let path_start = base[authority_start..].find('/').map_or(base.len(), |at| authority_start + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &base[..path_start])
}

fn uuid_text() -> String {
    hookreel_kernel::EventId::generate().uuid().simple().to_string()
}
