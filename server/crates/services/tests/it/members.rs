//! Members: invited, joined, removed.

use crate::support::{PASSWORD, World, conflict, form, not_found, wrong_fields};
use hookreel_auth::{Caller, ClientInfo, MemberIdentity, PostgresSessionStore, begin_session, caller_from_session};
use hookreel_contract::ApiError;
use hookreel_contract::input::EventFilter;
use hookreel_contract::views::{InvitationView, MembersView};
use hookreel_kernel::{InvitationId, MemberId, Secret, SystemClock};
use hookreel_mail::Mail;
use hookreel_services::members::PLACES_MAX;
use std::sync::Arc;
use tower_sessions::Session;

async fn invite(world: &World, caller: &Caller, email: &str) -> Result<(), ApiError> {
    world.services.members.invite(caller, email, &ClientInfo::default()).await
}

async fn list(world: &World, caller: &Caller) -> MembersView {
    world.services.members.list(caller).await.unwrap()
}

async fn only_invitation(world: &World, caller: &Caller) -> InvitationView {
    let mut open = list(world, caller).await.invitations;
    assert_eq!(open.len(), 1);
    open.remove(0)
}

/// The token of the newest invitation that was sent to an address.
async fn token_to(world: &World, email: &str) -> Secret<String> {
    let mail = world.mails_to(email).await.into_iter().find(|mail| matches!(mail, Mail::Invitation { .. }));
    let link = mail.unwrap().link().to_owned();
    link.strip_prefix("https://hooks.example.com/accept-invitation?token=").unwrap().to_owned().into()
}

async fn join(world: &World, email: &str) -> MemberIdentity {
    world.services.members.accept(token_to(world, email).await, PASSWORD.to_owned().into()).await.unwrap()
}

async fn kinds(world: &World, caller: &Caller, stream: String) -> Vec<String> {
    let filter = EventFilter { stream: Some(stream), ..EventFilter::default() };
    let page = world.services.event_log.list(caller, filter).await.unwrap();
    page.items.into_iter().rev().map(|event| event.kind).collect()
}

#[tokio::test]
async fn whoever_is_invited_chooses_a_password_and_belongs_to_the_tenant() {
    let world = World::start().await;
    let (ada, _) = world.tenant("ada@example.com").await;
    invite(&world, &ada, " Bob@Example.com ").await.unwrap();
    let open = only_invitation(&world, &ada).await;
    assert_eq!((open.email.as_str(), open.invited_by.as_deref()), ("bob@example.com", Some("ada@example.com")));
    assert!(!open.is_expired);
    let token = token_to(&world, "bob@example.com").await;
    let offer = world.services.members.offer(&token).await.unwrap();
    assert_eq!(
        (offer.tenant_name.as_str(), offer.email.as_str(), offer.has_account),
        ("Acme", "bob@example.com", false)
    );

    // A password that is refused does not use the link up.
    let weak = world.services.members.accept(token.clone(), "short".to_owned().into()).await;
    assert_eq!(wrong_fields(weak), ["password"]);
    let bob = world.services.members.accept(token.clone(), PASSWORD.to_owned().into()).await.unwrap();
    assert_eq!(bob.tenant_id(), ada.tenant_id());
    let view = list(&world, &bob.caller()).await;
    let emails: Vec<_> =
        view.members.iter().map(|member| (member.email.as_str(), member.is_verified, member.is_self)).collect();
    assert_eq!(emails, [("ada@example.com", true, false), ("bob@example.com", true, true)]);
    assert!(view.invitations.is_empty());
    assert_eq!(kinds(&world, &ada, open.id.to_string()).await, ["invitation.sent", "invitation.accepted"]);
    assert_eq!(kinds(&world, &ada, bob.member_id().to_string()).await, ["member.joined"]);

    // Once.
    conflict(world.services.members.accept(token.clone(), PASSWORD.to_owned().into()).await);
    conflict(world.services.members.offer(&token).await);
    world.stop().await;
}

#[tokio::test]
async fn an_invitation_tells_the_inviter_nothing_about_other_tenants() {
    let world = World::start().await;
    let (ada, _) = world.tenant("ada@example.com").await;
    world.tenant("eve@example.com").await;
    // As for an address that nobody has.
    invite(&world, &ada, "eve@example.com").await.unwrap();
    assert_eq!(only_invitation(&world, &ada).await.email.as_str(), "eve@example.com");
    // Who reads the mailbox hears what to do.
    let token = token_to(&world, "eve@example.com").await;
    assert!(world.services.members.offer(&token).await.unwrap().has_account);
    let answer = conflict(world.services.members.accept(token.clone(), PASSWORD.to_owned().into()).await);
    assert!(answer.contains("eve@example.com has an account already"), "{answer}");
    assert_eq!(list(&world, &ada).await.members.len(), 1);
    // Of the own tenant it is said.
    assert_eq!(wrong_fields(invite(&world, &ada, "ada@example.com").await), ["email"]);
    assert_eq!(wrong_fields(invite(&world, &ada, "eve@example.com").await), ["email"]);
    assert_eq!(wrong_fields(invite(&world, &ada, "nobody").await), ["email"]);

    // Once the address is free, the same link works.
    let (client, password) = (ClientInfo::default(), || PASSWORD.to_owned().into());
    let eve = world.services.people.sign_in("eve@example.com", password(), &client).await.unwrap().caller();
    world.services.addresses.request_change(&eve, "other@example.com", password(), &client).await.unwrap();
    let mail = world.mails_to("other@example.com").await.remove(0);
    let change = mail.link().split_once("token=").unwrap().1.to_owned();
    world.services.addresses.verify(change.into()).await.unwrap();
    let joined = world.services.members.accept(token, password()).await.unwrap();
    assert_eq!(joined.tenant_id(), ada.tenant_id());
    world.stop().await;
}

#[tokio::test]
async fn an_invitation_is_sent_again_revoked_and_expires() {
    let world = World::start().await;
    let (ada, _) = world.tenant("ada@example.com").await;
    let (members, client) = (&world.services.members, ClientInfo::default());
    invite(&world, &ada, "bob@example.com").await.unwrap();
    let (id, first) = (only_invitation(&world, &ada).await.id, token_to(&world, "bob@example.com").await);
    members.invite_again(&ada, id, &client).await.unwrap();
    let second = token_to(&world, "bob@example.com").await;
    conflict(members.offer(&first).await);
    assert!(members.offer(&second).await.is_ok());

    world.expire_tokens("invitation").await;
    sqlx::query("update iam.invitations set expires_at = now() - interval '1 second'")
        .execute(&mut world.test.superuser().await)
        .await
        .unwrap();
    conflict(members.accept(second, PASSWORD.to_owned().into()).await);
    assert!(only_invitation(&world, &ada).await.is_expired);
    members.invite_again(&ada, id, &client).await.unwrap();
    assert!(!only_invitation(&world, &ada).await.is_expired);

    let third = token_to(&world, "bob@example.com").await;
    members.revoke_invitation(&ada, id).await.unwrap();
    conflict(members.accept(third, PASSWORD.to_owned().into()).await);
    assert!(list(&world, &ada).await.invitations.is_empty());
    assert_eq!(not_found(members.revoke_invitation(&ada, id).await), "Invitation");
    assert_eq!(not_found(members.invite_again(&ada, id, &client).await), "Invitation");
    assert_eq!(
        kinds(&world, &ada, id.to_string()).await,
        ["invitation.sent", "invitation.sent_again", "invitation.sent_again", "invitation.revoked"]
    );
    // The address can be invited anew.
    invite(&world, &ada, "bob@example.com").await.unwrap();
    world.stop().await;
}

#[tokio::test]
async fn a_link_for_something_else_is_no_invitation() {
    let world = World::start().await;
    let ada = world.services.people.sign_up(form("ada@example.com"), ClientInfo::default()).await.unwrap();
    let verify = world.mails_to("ada@example.com").await.remove(0);
    let token: Secret<String> = verify.link().split_once("token=").unwrap().1.to_owned().into();
    conflict(world.services.members.offer(&token).await);
    conflict(world.services.members.accept(token.clone(), PASSWORD.to_owned().into()).await);
    // Nor does an invitation confirm an address.
    world.services.addresses.verify(token).await.unwrap();
    invite(&world, &ada.caller(), "bob@example.com").await.unwrap();
    let invitation = token_to(&world, "bob@example.com").await;
    conflict(world.services.addresses.verify(invitation.clone()).await);
    assert!(world.services.members.offer(&invitation).await.is_ok());
    world.stop().await;
}

#[tokio::test]
async fn only_a_member_whose_address_is_confirmed_invites_and_not_without_end() {
    let world = World::start().await;
    let ada = world.services.people.sign_up(form("ada@example.com"), ClientInfo::default()).await.unwrap().caller();
    let refused = invite(&world, &ada, "bob@example.com").await;
    assert!(matches!(refused, Err(ApiError::Forbidden { .. })), "{refused:?}");
    assert_eq!(
        invite(&world, &Caller::operator(ada.tenant_id()), "bob@example.com").await,
        Err(ApiError::Unauthenticated)
    );
    assert!(world.mails_to("bob@example.com").await.is_empty());

    let (eve, _) = world.tenant("eve@example.com").await;
    let mut refused = 0;
    for n in 0..25 {
        let asked = invite(&world, &eve, &format!("stranger{n}@example.com")).await;
        refused += usize::from(matches!(asked, Err(ApiError::TooManyRequests { .. })));
    }
    assert!(refused > 0);
    world.stop().await;
}

#[tokio::test]
async fn members_and_open_invitations_have_a_last_place() {
    let world = World::start().await;
    let (ada, _) = world.tenant("ada@example.com").await;
    sqlx::query(
        "insert into iam.invitations (tenant_id, invitation_id, email, created_at, expires_at)
         select $1, gen_random_uuid(), 'guest' || n || '@example.com', now(), now() + interval '1 day'
         from generate_series(1, $2) as n",
    )
    .bind(ada.tenant_id().uuid())
    .bind(i32::try_from(PLACES_MAX).unwrap() - 2)
    .execute(&mut world.test.superuser().await)
    .await
    .unwrap();
    // Two at once, and one place.
    let both = ["bob@example.com", "cleo@example.com"].map(|email| {
        let (members, caller) = (world.services.members.clone(), ada.clone());
        tokio::spawn(async move { members.invite(&caller, email, &ClientInfo::default()).await })
    });
    let [first, second] = both;
    let outcomes = [first.await.unwrap(), second.await.unwrap()];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert!(conflict(invite(&world, &ada, "dora@example.com").await).contains("1 members and 499 open invitations"));
    world.stop().await;
}

#[tokio::test]
async fn a_member_who_is_removed_is_out_at_once_and_the_last_one_stays() {
    let world = World::start().await;
    let (ada, _) = world.tenant("ada@example.com").await;
    let ada_id = ada.member_id().unwrap();
    let last = conflict(world.services.members.remove(&ada, ada_id).await);
    assert!(last.contains("the last member cannot be removed"), "{last}");

    invite(&world, &ada, "bob@example.com").await.unwrap();
    let bob = join(&world, "bob@example.com").await;
    let store = Arc::new(PostgresSessionStore::new(world.test.database().auth().clone(), Arc::new(SystemClock)));
    let browser = Session::new(None, Arc::clone(&store), None);
    begin_session(&browser, bob, &ClientInfo::default()).await.unwrap();
    assert!(list(&world, &ada).await.members[1].last_seen_at.is_some());

    world.services.members.remove(&ada, bob.member_id()).await.unwrap();
    let later = Session::new(browser.id(), store, None);
    assert_eq!(caller_from_session(&later).await.unwrap(), None);
    let client = ClientInfo::default();
    let again = world.services.people.sign_in("bob@example.com", PASSWORD.to_owned().into(), &client).await;
    assert_eq!(again, Err(ApiError::WrongCredentials));
    assert_eq!(not_found(world.services.members.remove(&ada, bob.member_id()).await), "Member");
    assert_eq!(kinds(&world, &ada, bob.member_id().to_string()).await, ["member.joined", "member.removed"]);
    assert_eq!(list(&world, &ada).await.members.len(), 1);

    // Invited again, the person is a new member; and may be the one who leaves.
    invite(&world, &ada, "bob@example.com").await.unwrap();
    let bob = join(&world, "bob@example.com").await;
    world.services.members.remove(&bob.caller(), bob.member_id()).await.unwrap();
    assert_eq!(list(&world, &ada).await.members.len(), 1);
    world.stop().await;
}

#[tokio::test]
async fn two_who_remove_each_other_at_once_do_not_leave_an_empty_tenant() {
    let world = World::start().await;
    let (ada, _) = world.tenant("ada@example.com").await;
    for round in 0..5 {
        let email = format!("bob{round}@example.com");
        invite(&world, &ada, &email).await.unwrap();
        join(&world, &email).await;
        let view = list(&world, &ada).await;
        let tasks: Vec<_> = view
            .members
            .iter()
            .map(|member| {
                let (members, caller, id) = (world.services.members.clone(), ada.clone(), member.id);
                tokio::spawn(async move { members.remove(&caller, id).await })
            })
            .collect();
        let mut removed = 0;
        for task in tasks {
            removed += usize::from(task.await.unwrap().is_ok());
        }
        assert_eq!(removed, 1);
        let left: Vec<MemberId> = list(&world, &ada).await.members.into_iter().map(|member| member.id).collect();
        assert_eq!(left.len(), 1);
        if left[0] != ada.member_id().unwrap() {
            break;
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn people_of_another_tenant_are_not_there() {
    let world = World::start().await;
    let (ada, _) = world.tenant("ada@example.com").await;
    let (eve, _) = world.tenant("eve@example.com").await;
    invite(&world, &ada, "bob@example.com").await.unwrap();
    let id = only_invitation(&world, &ada).await.id;
    let members = &world.services.members;
    let view = list(&world, &eve).await;
    assert!(view.invitations.is_empty() && view.members.len() == 1);
    not_found(members.remove(&eve, ada.member_id().unwrap()).await);
    not_found(members.revoke_invitation(&eve, id).await);
    not_found(members.invite_again(&eve, id, &ClientInfo::default()).await);
    not_found(members.revoke_invitation(&eve, InvitationId::generate()).await);
    assert!(world.services.addresses.wanted(&eve).await.unwrap().is_none());
    assert_eq!(only_invitation(&world, &ada).await.id, id);
    world.stop().await;
}
