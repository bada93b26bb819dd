//! Mails are sent by a real mail server, tried again when it cannot take them, and shown when there is none.

use hookreel_handlers::{
    MailRow, Post, PostParts, find_mail, forget_sent_mails, list_mails, queue_mail, recent_mails, retry_mail,
};
use hookreel_kernel::{Email, TenantId};
use hookreel_mail::{Instance, Mail, Smtp, SmtpConfig};
use hookreel_secrets::{SecretBox, SecretKey};
use hookreel_testing::{MailServer, TestDatabase};
use std::sync::Arc;
use std::time::Duration;

fn smtp(server: &MailServer) -> Smtp {
    Smtp::new(SmtpConfig::parse(&server.url(), "Hookreel <hookreel@example.com>").unwrap()).unwrap()
}

struct World {
    test: TestDatabase,
    secrets: SecretBox,
    tenant_id: TenantId,
}

impl World {
    async fn start() -> Self {
        let test = TestDatabase::create().await;
        let (tenant_id, _) = test.tenant().await;
        Self { test, secrets: SecretBox::new(&SecretKey::generate()), tenant_id }
    }

    fn post(&self, smtp: Option<Smtp>) -> Post {
        let instance = Arc::new(Instance::new("https://hooks.example.com").unwrap());
        Post::start(PostParts { database: self.test.database(), secrets: self.secrets.clone(), smtp, instance })
    }

    async fn write(&self, to: &str) {
        let mail = Mail::Welcome { tenant: "Acme".to_owned(), link: "https://hooks.example.com/overview".to_owned() };
        let mut tx = self.test.database().tenant(self.tenant_id).await.unwrap();
        let to = Email::parse(to).unwrap();
        queue_mail(tx.connection(), &self.secrets, self.tenant_id, &to, &mail).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The newest mail, once it is in this state, for a reason that contains this.
    async fn wait_for(&self, state: &str, reason: &str) -> MailRow {
        let database = self.test.database();
        let mut last = None;
        for _ in 0..1_200 {
            last = recent_mails(database.engine(), &self.secrets, 1).await.unwrap().pop();
            if last.as_ref().is_some_and(|mail| mail.state == state && mail.tries > 0 && mail.error.contains(reason)) {
                return last.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("not {state}: {last:?}");
    }
}

#[tokio::test]
async fn a_mail_is_sent_once_its_transaction_is_committed_and_is_forgotten_then() {
    let (world, mut server) = (World::start().await, MailServer::start().await);
    let post = world.post(Some(smtp(&server)));
    world.write("ada@example.com").await;
    let mail = server.next().await;
    assert!(mail["text"].as_str().unwrap().contains("https://hooks.example.com/overview"), "{mail}");
    let row = world.wait_for("sent", "").await;
    assert!(row.mail.is_none() && row.error.is_empty(), "{row:?}");
    post.stop().await;
}

#[tokio::test]
async fn a_mail_that_was_sent_a_month_ago_is_forgotten_and_one_that_may_still_be_sent_is_not() {
    let world = World::start().await;
    let mut superuser = world.test.superuser().await;
    for (name, state, days) in [
        ("older", "sent", 45),
        ("old", "sent", 31),
        ("new", "sent", 29),
        ("failed", "failed", 31),
        ("shown", "shown", 31),
    ] {
        let address = format!("{name}@example.com");
        world.write(&address).await;
        sqlx::query(
            "update ops.mails set state = $2, ended_at = now() - make_interval(days => $3) where recipient = $1",
        )
        .bind(address)
        .bind(state)
        .bind(days)
        .execute(&mut superuser)
        .await
        .unwrap();
    }
    world.write("queued@example.com").await;
    let database = world.test.database();
    let mut connection = database.engine().acquire().await.unwrap();
    assert_eq!(forget_sent_mails(&mut connection, 1).await.unwrap(), 1);
    assert_eq!(forget_sent_mails(&mut connection, 10).await.unwrap(), 1);
    assert_eq!(forget_sent_mails(&mut connection, 10).await.unwrap(), 0);
    let mut left: Vec<String> =
        list_mails(database.engine(), None, None, 10).await.unwrap().into_iter().map(|mail| mail.recipient).collect();
    left.sort();
    assert_eq!(left, ["failed", "new", "queued", "shown"].map(|name| format!("{name}@example.com")));
}

#[tokio::test]
async fn a_refused_mail_is_not_tried_again_and_one_that_cannot_be_taken_now_is() {
    let (world, server) = (World::start().await, MailServer::start().await);
    let post = world.post(Some(smtp(&server)));
    world.write("refused@example.com").await;
    world.wait_for("failed", "550").await;
    world.write("later@example.com").await;
    assert!(world.wait_for("queued", "busy").await.mail.is_some());
    let next: Option<f64> = sqlx::query_scalar(
        "select extract(epoch from max(run_at) - now())::float8 from apalis.jobs where status = 'Pending'",
    )
    .fetch_one(&mut world.test.superuser().await)
    .await
    .unwrap();
    assert!(next.is_some_and(|pause| (10.0..=30.0).contains(&pause)), "{next:?}");
    post.stop().await;
}

#[tokio::test]
async fn a_mail_whose_job_was_lost_is_sent_all_the_same() {
    let (world, mut server) = (World::start().await, MailServer::start().await);
    world.write("ada@example.com").await;
    let mut connection = world.test.superuser().await;
    sqlx::query("truncate apalis.jobs cascade").execute(&mut connection).await.unwrap();
    sqlx::query("update ops.mails set due_at = now()").execute(&mut connection).await.unwrap();
    let post = world.post(Some(smtp(&server)));
    assert_eq!(server.next().await["to"][0], "ada@example.com");
    world.wait_for("sent", "").await;
    post.stop().await;
}

#[tokio::test]
async fn without_a_mail_server_a_mail_is_kept_to_be_shown() {
    let world = World::start().await;
    let post = world.post(None);
    world.write("ada@example.com").await;
    assert!(world.wait_for("shown", "").await.mail.is_some());
    post.stop().await;
}

#[tokio::test]
async fn a_mail_that_was_given_up_or_shown_is_sent_after_all_when_an_operator_says_so() {
    let (world, mut server) = (World::start().await, MailServer::start().await);
    let database = world.test.database();
    let post = world.post(None);
    world.write("ada@example.com").await;
    let shown = world.wait_for("shown", "").await;
    post.stop().await;

    let post = world.post(Some(smtp(&server)));
    let mut transaction = database.engine().begin().await.unwrap();
    assert_eq!(retry_mail(&mut transaction, shown.mail_id).await.unwrap().as_deref(), Some("welcome"));
    transaction.commit().await.unwrap();
    assert_eq!(server.next().await["to"][0], "ada@example.com");
    world.wait_for("sent", "").await;
    // What was sent is not kept, so that nobody can send it again.
    let mut transaction = database.engine().begin().await.unwrap();
    assert_eq!(retry_mail(&mut transaction, shown.mail_id).await.unwrap(), None);
    drop(transaction);
    let sent = find_mail(database.engine(), &world.secrets, shown.mail_id).await.unwrap().unwrap();
    assert!(sent.state == "sent" && sent.mail.is_none(), "{sent:?}");
    post.stop().await;
}

#[tokio::test]
async fn mails_are_listed_by_state_newest_first_and_unopened() {
    let world = World::start().await;
    let database = world.test.database();
    for to in ["one@example.com", "two@example.com", "three@example.com"] {
        world.write(to).await;
    }
    let recipients = |rows: Vec<MailRow>| rows.into_iter().map(|row| row.recipient).collect::<Vec<_>>();
    let newest = list_mails(database.engine(), Some("queued"), None, 2).await.unwrap();
    assert!(newest.iter().all(|row| row.mail.is_none() && row.tenant_name == "Test"));
    let last = newest[1].mail_id;
    assert_eq!(recipients(newest), ["three@example.com", "two@example.com"]);
    let older = list_mails(database.engine(), None, Some(last), 2).await.unwrap();
    assert_eq!(recipients(older), ["one@example.com"]);
    assert!(list_mails(database.engine(), Some("failed"), None, 2).await.unwrap().is_empty());
}
