//! A member to sign in.

use hookreel_auth::{ClientInfo, Credentials, MemberIdentity, NewMember, NewTenant, SignUpCheck, insert_tenant};
use hookreel_kernel::{Email, FixedClock, MemberId, Name, Secret, TenantId, Timestamp};
use hookreel_testing::TestDatabase;
use std::sync::Arc;

pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "an engine of brass and steam";

pub(crate) struct World {
    pub(crate) database: TestDatabase,
    pub(crate) clock: FixedClock,
    pub(crate) credentials: Credentials,
}

impl World {
    /// A database without anybody.
    pub(crate) async fn empty() -> Self {
        let database = TestDatabase::create().await;
        // 2026-11-23T00:00:00Z
        let clock = FixedClock::at(Timestamp::from_unix_timestamp(1_795_392_000).unwrap());
        let credentials = Credentials::new(database.database(), Arc::new(clock.clone()));
        Self { database, clock, credentials }
    }

    /// A database with Ada in it.
    pub(crate) async fn with_ada() -> (Self, TenantId, MemberId) {
        let world = Self::empty().await;
        let (tenant_id, member_id) = world.add(EMAIL, PASSWORD).await;
        (world, tenant_id, member_id)
    }

    pub(crate) async fn add(&self, email: &str, password: &str) -> (TenantId, MemberId) {
        let email = Email::parse(email).unwrap();
        let check = self.credentials.check_sign_up(&email, secret(password), &client("::1")).await.unwrap();
        let SignUpCheck::New { password_hash } = check else { panic!("{email} is taken") };
        let (tenant_id, member_id) = (TenantId::generate(), MemberId::generate());
        let member = NewMember { tenant_id, member_id, email, password_hash, verified_at: None };
        let new = NewTenant { name: Name::parse("Acme").unwrap(), member };
        let mut tx = self.database.database().tenant(tenant_id).await.unwrap();
        insert_tenant(tx.connection(), &new).await.unwrap();
        tx.commit().await.unwrap();
        (tenant_id, member_id)
    }

    pub(crate) async fn sign_in(&self, password: &str, address: &str) -> Result<MemberIdentity, String> {
        self.credentials.sign_in(EMAIL, secret(password), &client(address)).await.map_err(|e| format!("{e:?}"))
    }

    pub(crate) fn clock(&self) -> Arc<FixedClock> {
        Arc::new(self.clock.clone())
    }

    /// Everything that `pg_dump` would show of the tables about people, as text.
    pub(crate) async fn dump(&self) -> String {
        let mut connection = self.database.superuser().await;
        let mut dump = String::new();
        let tables = ["tenants", "members", "sessions", "api_keys", "mail_tokens", "known_browsers", "invitations"];
        for table in tables.map(|table| format!("iam.{table}")).into_iter().chain(["ops.sign_in_failures".to_owned()]) {
            let rows: Vec<String> =
                sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select row_to_json(t)::text from {table} t")))
                    .fetch_all(&mut connection)
                    .await
                    .unwrap();
            dump.extend(rows);
        }
        dump
    }
}

pub(crate) fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

pub(crate) fn client(address: &str) -> ClientInfo {
    ClientInfo { address: Some(address.parse().unwrap()), user_agent: "Firefox".into() }
}
