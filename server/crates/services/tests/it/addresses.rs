//! Addresses, confirmed and replaced by links in mails.

use crate::support::{PASSWORD, World, conflict, form, wrong_fields};
use hookreel_auth::{Caller, ClientInfo};
use hookreel_contract::ApiError;
use hookreel_contract::input::EventFilter;
use hookreel_contract::views::AddressState;
use hookreel_kernel::Secret;
use hookreel_mail::Mail;

async fn sign_up(world: &World, email: &str) -> Caller {
    world.services.people.sign_up(form(email), ClientInfo::default()).await.unwrap().caller()
}

/// The token of the newest link that was sent to an address for it to be confirmed.
async fn token_to(world: &World, email: &str) -> Secret<String> {
    let mail = world.mails_to(email).await.into_iter().find(|mail| matches!(mail, Mail::VerifyAddress { .. }));
    let link = mail.unwrap().link().to_owned();
    link.strip_prefix("https://hooks.example.com/verify-address?token=").unwrap().to_owned().into()
}

async fn address(world: &World, caller: &Caller) -> (String, AddressState) {
    let current = world.services.people.current(caller).await.unwrap();
    (current.email.into_string(), current.address)
}

async fn last_kind(world: &World, caller: &Caller) -> String {
    world.services.event_log.list(caller, EventFilter::default()).await.unwrap().items.remove(0).kind
}

async fn ask_for(world: &World, caller: &Caller, email: &str) -> Result<(), ApiError> {
    let client = ClientInfo::default();
    world.services.addresses.request_change(caller, email, PASSWORD.to_owned().into(), &client).await
}

#[tokio::test]
async fn whoever_signs_up_confirms_the_address_by_the_link_that_was_sent_there() {
    let world = World::with_mail_server().await;
    assert!(world.services.mails_are_sent);
    let ada = sign_up(&world, "ada@example.com").await;
    assert_eq!(address(&world, &ada).await, ("ada@example.com".to_owned(), AddressState::LinkSent));
    let token = token_to(&world, "ada@example.com").await;
    world.services.addresses.verify(token.clone()).await.unwrap();
    assert_eq!(address(&world, &ada).await.1, AddressState::Confirmed);
    assert_eq!(last_kind(&world, &ada).await, "member.address_verified");
    assert!(conflict(world.services.addresses.verify(token).await).contains("does not work any more"));
    // Nothing more to send.
    world.services.addresses.send_link(&ada, &ClientInfo::default()).await.unwrap();
    assert_eq!(world.mails_to("ada@example.com").await.len(), 1);
    world.stop().await;
}

#[tokio::test]
async fn a_tenant_that_the_operator_makes_is_asked_nothing() {
    let world = World::start().await;
    let (caller, _) = world.tenant("ada@example.com").await;
    assert_eq!(address(&world, &caller).await.1, AddressState::Confirmed);
    assert!(world.mails_to("ada@example.com").await.is_empty());
    world.stop().await;
}

#[tokio::test]
async fn an_old_a_replaced_a_garbled_and_a_foreign_link_get_the_same_answer() {
    let world = World::start().await;
    let ada = sign_up(&world, "ada@example.com").await;
    let replaced = token_to(&world, "ada@example.com").await;
    world.services.addresses.send_link(&ada, &ClientInfo::default()).await.unwrap();
    let newest = token_to(&world, "ada@example.com").await;
    assert_ne!(replaced, newest);
    world.services.password_resets.request("ada@example.com", ClientInfo::default()).await.unwrap();
    let reset = world
        .until(async || {
            let mails = world.mails_to("ada@example.com").await;
            mails.into_iter().find(|mail| matches!(mail, Mail::ResetPassword { .. }))
        })
        .await;
    let foreign = reset.link().split_once("token=").unwrap().1.to_owned();
    world.expire_tokens("verify_address").await;
    let mut answers = Vec::new();
    for token in [replaced, newest, "nonsense".to_owned().into(), String::new().into(), foreign.clone().into()] {
        answers.push(conflict(world.services.addresses.verify(token).await));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_ne!(address(&world, &ada).await.1, AddressState::Confirmed);
    // The foreign one was not used up by that.
    let new = "a quite different phrase of words".to_owned();
    world.services.password_resets.reset(foreign.into(), new.into()).await.unwrap();
    world.stop().await;
}

#[tokio::test]
async fn nobody_has_links_sent_without_end() {
    let world = World::start().await;
    let ada = sign_up(&world, "ada@example.com").await;
    let mut refused = 0;
    for _ in 0..10 {
        let sent = world.services.addresses.send_link(&ada, &ClientInfo::default()).await;
        refused += usize::from(matches!(sent, Err(ApiError::TooManyRequests { .. })));
    }
    assert!(refused > 0);
    // Not to other addresses either: the member is counted too.
    let mut refused = 0;
    for n in 0..25 {
        let asked = ask_for(&world, &ada, &format!("ada{n}@example.com")).await;
        refused += usize::from(matches!(asked, Err(ApiError::TooManyRequests { .. })));
    }
    assert!(refused > 0);
    world.stop().await;
}

#[tokio::test]
async fn without_a_mail_server_the_member_hears_that_the_operator_has_the_link() {
    let world = World::start().await;
    let ada = sign_up(&world, "ada@example.com").await;
    assert!(!world.services.mails_are_sent);
    assert_eq!(address(&world, &ada).await.1, AddressState::LinkShown);
    world.stop().await;
}

#[tokio::test]
async fn an_address_changes_when_the_link_to_the_new_one_is_used_and_the_old_one_is_told_before() {
    let world = World::start().await;
    let (ada, _) = world.tenant("ada@example.com").await;
    let addresses = &world.services.addresses;
    assert_eq!(wrong_fields(ask_for(&world, &ada, "no address").await), ["email"]);
    assert_eq!(wrong_fields(ask_for(&world, &ada, " Ada@Example.com").await), ["email"]);
    let wrong = addresses
        .request_change(&ada, "new@example.com", "not her password".to_owned().into(), &ClientInfo::default())
        .await;
    assert_eq!(wrong_fields(wrong), ["password"]);
    assert!(world.mails_to("new@example.com").await.is_empty());

    ask_for(&world, &ada, "New@Example.com").await.unwrap();
    assert_eq!(last_kind(&world, &ada).await, "member.address_change_requested");
    let warning = world.mails_to("ada@example.com").await.remove(0);
    assert!(matches!(&warning, Mail::AddressChange { new_address, .. } if new_address == "new@example.com"));
    assert_eq!(warning.link(), "https://hooks.example.com/forgot-password");
    assert_eq!(addresses.wanted(&ada).await.unwrap().unwrap().as_str(), "new@example.com");
    assert_eq!(address(&world, &ada).await.0, "ada@example.com");

    let token = token_to(&world, "new@example.com").await;
    addresses.verify(token.clone()).await.unwrap();
    assert_eq!(address(&world, &ada).await, ("new@example.com".to_owned(), AddressState::Confirmed));
    assert_eq!(
        (last_kind(&world, &ada).await.as_str(), addresses.wanted(&ada).await.unwrap()),
        ("member.address_changed", None)
    );
    conflict(addresses.verify(token).await);
    let client = ClientInfo::default();
    let people = &world.services.people;
    assert!(people.sign_in("new@example.com", PASSWORD.to_owned().into(), &client).await.is_ok());
    let old = people.sign_in("ada@example.com", PASSWORD.to_owned().into(), &client).await;
    assert_eq!(old, Err(ApiError::WrongCredentials));
    world.stop().await;
}

#[tokio::test]
async fn only_who_reads_the_mailbox_hears_that_an_address_is_somebody_elses() {
    let world = World::start().await;
    let (ada, _) = world.tenant("ada@example.com").await;
    world.tenant("eve@example.com").await;
    // The same answer as for an address that nobody has.
    ask_for(&world, &ada, "eve@example.com").await.unwrap();
    let token = token_to(&world, "eve@example.com").await;
    let answer = conflict(world.services.addresses.verify(token).await);
    assert!(answer.contains("eve@example.com is the address of another account"), "{answer}");
    assert_eq!(address(&world, &ada).await.0, "ada@example.com");
    world.stop().await;
}

#[tokio::test]
async fn a_change_is_cancelled_by_the_member_and_by_a_new_password() {
    let world = World::start().await;
    let (ada, _) = world.tenant("ada@example.com").await;
    let addresses = &world.services.addresses;
    ask_for(&world, &ada, "new@example.com").await.unwrap();
    let token = token_to(&world, "new@example.com").await;
    addresses.cancel_change(&ada).await.unwrap();
    conflict(addresses.verify(token).await);

    ask_for(&world, &ada, "new@example.com").await.unwrap();
    let token = token_to(&world, "new@example.com").await;
    let new = "a quite different phrase of words".to_owned();
    world.services.people.reset_password("ada@example.com", new.into()).await.unwrap();
    conflict(addresses.verify(token).await);
    assert_eq!(address(&world, &ada).await.0, "ada@example.com");
    world.stop().await;
}

#[tokio::test]
async fn a_link_to_an_address_that_is_no_longer_the_members_confirms_nothing() {
    let world = World::start().await;
    let ada = sign_up(&world, "ada@example.com").await;
    let old = token_to(&world, "ada@example.com").await;
    ask_for(&world, &ada, "new@example.com").await.unwrap();
    world.services.addresses.verify(token_to(&world, "new@example.com").await).await.unwrap();
    conflict(world.services.addresses.verify(old).await);
    world.stop().await;
}

#[tokio::test]
async fn of_two_uses_at_once_one_counts() {
    let world = World::start().await;
    sign_up(&world, "ada@example.com").await;
    let token = token_to(&world, "ada@example.com").await;
    let uses: Vec<_> = (0..8)
        .map(|_| {
            let (addresses, token) = (world.services.addresses.clone(), token.clone());
            tokio::spawn(async move { addresses.verify(token).await })
        })
        .collect();
    let mut counted = 0;
    for one in uses {
        counted += usize::from(one.await.unwrap().is_ok());
    }
    assert_eq!(counted, 1);
    world.stop().await;
}
