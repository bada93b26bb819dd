//! A new password by a link in a mail.

use crate::support::{PASSWORD, World, conflict, wrong_fields};
use hookreel_auth::ClientInfo;
use hookreel_contract::ApiError;
use hookreel_handlers::{MailRow, recent_mails};
use hookreel_mail::Mail;
use std::time::Duration;

const NEW: &str = "a quite different phrase of words";
/// One answer for every link that does not work.
const GONE: &str = "This link does not work any more. Ask for a new one.";

/// The mails once there are so many.
async fn mails(world: &World, count: usize) -> Vec<MailRow> {
    let database = world.test.database();
    for _ in 0..2_000 {
        let mails = recent_mails(database.engine(), &world.secrets, 100).await.unwrap();
        if mails.len() >= count {
            return mails;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("there are not {count} mails");
}

fn token_of(row: &MailRow) -> String {
    let Some(Mail::ResetPassword { link, .. }) = &row.mail else { panic!("{row:?}") };
    let token = link.strip_prefix("https://hooks.example.com/reset-password?token=");
    token.unwrap().to_owned()
}

#[tokio::test]
async fn a_link_in_a_mail_sets_a_new_password_once() {
    let world = World::start().await;
    world.tenant("ada@example.com").await;
    let (resets, people) = (&world.services.password_resets, &world.services.people);
    resets.request(" Ada@Example.com ", ClientInfo::default()).await.unwrap();
    let mail = mails(&world, 1).await.remove(0);
    assert_eq!((mail.recipient.as_str(), mail.state.as_str()), ("ada@example.com", "queued"));
    let token = token_of(&mail);

    // Neither looking whether it works nor a password that is refused uses the link up.
    resets.check(&token.clone().into()).await.unwrap();
    let weak = resets.reset(token.clone().into(), "short".to_owned().into()).await;
    assert_eq!(wrong_fields(weak), ["password"]);
    resets.reset(token.clone().into(), NEW.to_owned().into()).await.unwrap();
    assert!(people.sign_in("ada@example.com", NEW.to_owned().into(), &ClientInfo::default()).await.is_ok());
    let again = resets.reset(token.clone().into(), "yet another phrase of words".to_owned().into()).await;
    assert_eq!(conflict(again), GONE);
    assert_eq!(conflict(resets.check(&token.into()).await), GONE);
    world.stop().await;
}

#[tokio::test]
async fn only_the_newest_link_works_and_only_while_it_is_fresh() {
    let world = World::start().await;
    world.tenant("ada@example.com").await;
    let resets = &world.services.password_resets;
    resets.request("ada@example.com", ClientInfo::default()).await.unwrap();
    let first = token_of(&mails(&world, 1).await[0]);
    resets.request("ada@example.com", ClientInfo::default()).await.unwrap();
    let second = token_of(&mails(&world, 2).await[0]);
    assert_ne!(first, second);
    assert_eq!(conflict(resets.reset(first.into(), NEW.to_owned().into()).await), GONE);
    sqlx::query("update iam.mail_tokens set expires_at = now() - interval '1 second'")
        .execute(&mut world.test.superuser().await)
        .await
        .unwrap();
    assert_eq!(conflict(resets.reset(second.into(), NEW.to_owned().into()).await), GONE);
    assert_eq!(conflict(resets.reset("nonsense".to_owned().into(), NEW.to_owned().into()).await), GONE);
    assert_eq!(conflict(resets.check(&"nonsense".to_owned().into()).await), GONE);
    assert!(conflict(resets.check(&String::new().into()).await).contains("incomplete"));
    world.stop().await;
}

#[tokio::test]
async fn links_that_nobody_was_sent_cost_no_hash() {
    let world = World::start().await;
    // More at once than may wait for a hash.
    let guesses: Vec<_> = (0..200)
        .map(|n| {
            let resets = world.services.password_resets.clone();
            tokio::spawn(async move { resets.reset(format!("guess{n}").into(), NEW.to_owned().into()).await })
        })
        .collect();
    for guess in guesses {
        assert_eq!(conflict(guess.await.unwrap()), GONE);
    }
    world.stop().await;
}

#[tokio::test]
async fn an_unknown_address_gets_the_same_answer_and_no_mail_and_nobody_asks_without_end() {
    let world = World::start().await;
    world.tenant("ada@example.com").await;
    let resets = &world.services.password_resets;
    resets.request("nobody@example.com", ClientInfo::default()).await.unwrap();
    resets.request("ada@example.com", ClientInfo::default()).await.unwrap();
    assert_eq!(mails(&world, 1).await.len(), 1);
    assert_eq!(wrong_fields(resets.request("no address", ClientInfo::default()).await), ["email"]);
    let mut refused = false;
    for _ in 0..10 {
        refused |= matches!(
            resets.request("nobody@example.com", ClientInfo::default()).await,
            Err(ApiError::TooManyRequests { .. })
        );
    }
    assert!(refused, "ten mails to one address in a second");
    world.stop().await;
}

async fn count(world: &World, statement: &'static str) -> i64 {
    sqlx::query_scalar(statement).fetch_one(&mut world.test.superuser().await).await.unwrap()
}

const LINKS: &str = "select count(*) from iam.mail_tokens where purpose = 'reset_password'";
const RECORDED: &str = "select count(*) from event_store.events where kind = 'member.password_reset'";

#[tokio::test]
async fn a_password_that_could_not_be_recorded_is_not_set_and_its_link_still_works() {
    let world = World::start().await;
    world.tenant("ada@example.com").await;
    let (resets, people) = (&world.services.password_resets, &world.services.people);
    let client = ClientInfo::default();
    people.sign_in("ada@example.com", PASSWORD.to_owned().into(), &client).await.unwrap();
    resets.request("ada@example.com", ClientInfo::default()).await.unwrap();
    let token = token_of(&mails(&world, 1).await[0]);

    let mut superuser = world.test.superuser().await;
    sqlx::raw_sql(
        "create function ops.refuse() returns trigger language plpgsql as
             $$ begin raise exception using errcode = '53100'; end $$;
         create trigger refuse before insert on event_store.events for each row
             when (new.kind = 'member.password_reset') execute function ops.refuse()",
    )
    .execute(&mut superuser)
    .await
    .unwrap();
    let broken = resets.reset(token.clone().into(), NEW.to_owned().into()).await;
    assert_eq!(broken, Err(ApiError::Unavailable));
    assert!(people.sign_in("ada@example.com", NEW.to_owned().into(), &client).await.is_err());
    assert!(people.sign_in("ada@example.com", PASSWORD.to_owned().into(), &client).await.is_ok());
    assert_eq!((count(&world, LINKS).await, count(&world, RECORDED).await), (1, 0));

    sqlx::raw_sql("drop trigger refuse on event_store.events").execute(&mut superuser).await.unwrap();
    resets.reset(token.into(), NEW.to_owned().into()).await.unwrap();
    assert!(people.sign_in("ada@example.com", NEW.to_owned().into(), &client).await.is_ok());
    assert!(people.sign_in("ada@example.com", PASSWORD.to_owned().into(), &client).await.is_err());
    assert_eq!((count(&world, LINKS).await, count(&world, RECORDED).await), (0, 1));
    world.stop().await;
}

#[tokio::test]
async fn a_link_whose_mail_could_not_be_written_does_not_end_the_one_before() {
    let world = World::start().await;
    world.tenant("ada@example.com").await;
    let resets = &world.services.password_resets;
    resets.request("ada@example.com", ClientInfo::default()).await.unwrap();
    let first = token_of(&mails(&world, 1).await[0]);

    // A sequence is not rolled back: it tells that the mail was tried.
    let mut superuser = world.test.superuser().await;
    sqlx::raw_sql(
        "create sequence ops.tried;
         create function ops.refuse() returns trigger language plpgsql security definer as
             $$ begin perform nextval('ops.tried'); raise exception using errcode = '53100'; end $$;
         create trigger refuse before insert on ops.mails for each row execute function ops.refuse()",
    )
    .execute(&mut superuser)
    .await
    .unwrap();
    assert_eq!(resets.request("ada@example.com", ClientInfo::default()).await, Ok(()));
    assert_eq!(resets.request("nobody@example.com", ClientInfo::default()).await, Ok(()), "the same answer");
    for _ in 0..2_000 {
        if count(&world, "select count(*) from ops.tried where is_called").await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(count(&world, "select count(*) from ops.tried where is_called").await, 1, "the mail was tried");
    sqlx::raw_sql("drop trigger refuse on ops.mails").execute(&mut superuser).await.unwrap();
    assert_eq!(mails(&world, 1).await.len(), 1);
    resets.reset(first.into(), NEW.to_owned().into()).await.unwrap();
    world.stop().await;
}

#[tokio::test]
async fn a_link_to_an_address_that_the_member_has_no_more_sets_nothing() {
    let world = World::start().await;
    world.tenant("ada@example.com").await;
    let resets = &world.services.password_resets;
    resets.request("ada@example.com", ClientInfo::default()).await.unwrap();
    let token = token_of(&mails(&world, 1).await[0]);
    sqlx::query("update iam.members set email = 'ada@example.org' where email = 'ada@example.com'")
        .execute(&mut world.test.superuser().await)
        .await
        .unwrap();
    assert_eq!(conflict(resets.reset(token.into(), NEW.to_owned().into()).await), GONE);
    assert_eq!(count(&world, RECORDED).await, 0);
    world.stop().await;
}

#[tokio::test]
async fn no_token_is_stored_in_clear() {
    let world = World::start().await;
    world.tenant("ada@example.com").await;
    world.services.password_resets.request("ada@example.com", ClientInfo::default()).await.unwrap();
    let token = token_of(&mails(&world, 1).await[0]);
    let stored: Vec<String> = sqlx::query_scalar(
        "select row_to_json(m)::text || encode(sealed, 'escape') from ops.mails m
         union all select row_to_json(t)::text || encode(token_hash, 'escape') from iam.mail_tokens t
         union all select encode(job, 'escape') from apalis.jobs",
    )
    .fetch_all(&mut world.test.superuser().await)
    .await
    .unwrap();
    assert!(stored.len() >= 3 && stored.iter().all(|row| !row.contains(&token)));
    world.stop().await;
}
