//! Mails and operational webhooks that follow on what happens, by the real handlers and a real mail server.

use crate::sources::stripe;
use crate::support::{PASSWORD, World, form};
use hookreel_auth::{ClientInfo, MemberIdentity};
use hookreel_contract::input::{ApplicationInput, EndpointInput};
use hookreel_delivery::look_for_silence;
use hookreel_handlers::{HandlerParts, Handlers, Post, PostParts, registry, statuses};
use hookreel_kernel::Secret;
use hookreel_mail::{Instance, Smtp, SmtpConfig};
use hookreel_testing::MailServer;
use serde_json::{Value, json};
use std::sync::Arc;

/// An installation with the part that follows on events.
struct Followed {
    world: World,
    handlers: Handlers,
    post: Post,
    server: MailServer,
}

impl Followed {
    async fn start() -> Self {
        let (world, server) = (World::start().await, MailServer::start().await);
        let public_url = "https://hooks.example.com/".to_owned();
        let parts = HandlerParts {
            engine: world.engine.clone(),
            secrets: world.secrets.clone(),
            public_url,
            with_billing: false,
        };
        let database = world.test.database();
        let handlers = Handlers::start(database.engine(), registry(&parts));
        let smtp = SmtpConfig::parse(&server.url(), "Hookreel <hookreel@example.com>").unwrap();
        let post = Post::start(PostParts {
            database: database.clone(),
            secrets: world.secrets.clone(),
            smtp: Some(Smtp::new(smtp).unwrap()),
            instance: Arc::new(Instance::new("https://hooks.example.com").unwrap()),
        });
        // Those with effects outside begin with what happens once they are there.
        world
            .until(async || {
                let statuses = statuses(database.engine()).await.unwrap();
                let is_there = |name: &str| statuses.iter().any(|status| status.name == name);
                (is_there("mails") && is_there("operational_webhooks")).then_some(())
            })
            .await;
        Self { world, handlers, post, server }
    }

    async fn stop(self) {
        self.handlers.stop().await;
        self.post.stop().await;
        self.world.stop().await;
    }
}

fn browser(user_agent: &str, address: &str) -> ClientInfo {
    ClientInfo { address: Some(address.parse().unwrap()), user_agent: user_agent.to_owned() }
}

async fn sign_in(
    world: &World,
    identity: MemberIdentity,
    client: &ClientInfo,
    cookie: Option<&Secret<String>>,
) -> Option<Secret<String>> {
    world.services.people.note_sign_in(identity, client, cookie.cloned()).await.unwrap()
}

/// The link of a mail, which leads to this path of the configured URL.
#[track_caller]
fn assert_link(mail: &Value, path: &str) {
    let wanted = format!("https://hooks.example.com{path}");
    assert!(mail["text"].as_str().unwrap().contains(&wanted), "{mail}");
}

#[tokio::test]
async fn a_sign_up_is_welcomed_and_has_its_address_confirmed() {
    let mut followed = Followed::start().await;
    followed.world.services.people.sign_up(form("ada@example.com"), ClientInfo::default()).await.unwrap();
    let welcome = followed.server.wait_for("ada@example.com", "Acme is ready").await;
    assert_link(&welcome, "/overview");
    let verify = followed.server.wait_for("ada@example.com", "Confirm your email address").await;
    assert_link(&verify, "/verify-address?token=");
    assert!(verify["text"].as_str().unwrap().contains("The link works once, for 1 day."), "{verify}");
    followed.stop().await;
}

#[tokio::test]
async fn a_sign_in_from_another_browser_is_told_to_that_member_alone_even_if_the_session_is_over() {
    let mut followed = Followed::start().await;
    let world = &followed.world;
    let (ada, _) = world.tenant("ada@example.com").await;
    followed.server.wait_for("ada@example.com", "Acme is ready").await;
    world.services.members.invite(&ada, "bob@example.com", &ClientInfo::default()).await.unwrap();
    let invitation = followed.server.wait_for("bob@example.com", "You are invited to Acme").await;
    assert_link(&invitation, "/accept-invitation?token=");
    assert!(invitation["text"].as_str().unwrap().contains("Invited by: ada@example.com"));
    let token = invitation["text"].as_str().unwrap().split_once("token=").unwrap().1.lines().next().unwrap().to_owned();
    let bob = world.services.members.accept(token.into(), PASSWORD.to_owned().into()).await.unwrap();

    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let known = sign_in(world, bob, &browser(firefox, "192.0.2.7"), None).await.unwrap();
    assert!(sign_in(world, bob, &browser(firefox, "198.51.100.9"), Some(&known)).await.is_none());
    let chrome = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
    sign_in(world, bob, &browser(chrome, "203.0.113.5"), None).await.unwrap();
    let mail = followed.server.wait_for("bob@example.com", "New sign-in to your account").await;
    let text = mail["text"].as_str().unwrap();
    assert!(text.contains("Browser: Chrome on Windows") && text.contains("Address: 203.0.113.5"), "{text}");
    assert_link(&mail, "/settings");

    // No personal data in the event store, and no other mail: what comes next is about something else.
    let told: Vec<Value> =
        sqlx::query_scalar("select payload from event_store.events where kind = 'member.signed_in_from_new_browser'")
            .fetch_all(&mut world.test.superuser().await)
            .await
            .unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["browser_id"]);
    world.services.password_resets.request("ada@example.com", ClientInfo::default()).await.unwrap();
    let next = followed.server.next().await;
    assert_eq!((&next["to"][0], &next["subject"]), (&json!("ada@example.com"), &json!("Choose a new password")));
    followed.stop().await;
}

#[tokio::test]
async fn another_address_gets_a_link_and_the_present_one_a_word() {
    let mut followed = Followed::start().await;
    let (ada, _) = followed.world.tenant("ada@example.com").await;
    let (addresses, password) = (&followed.world.services.addresses, PASSWORD.to_owned().into());
    addresses.request_change(&ada, "new@example.com", password, &ClientInfo::default()).await.unwrap();
    let link = followed.server.wait_for("new@example.com", "Confirm your email address").await;
    assert_link(&link, "/verify-address?token=");
    let word = followed.server.wait_for("ada@example.com", "about to get another address").await;
    assert_link(&word, "/forgot-password");
    assert!(word["text"].as_str().unwrap().contains("New address: new@example.com"));
    followed.stop().await;
}

#[tokio::test]
async fn a_silent_source_is_told_to_all_members_and_to_operational_endpoints() {
    let mut followed = Followed::start().await;
    let world = &followed.world;
    let (ada, _) = world.tenant("ada@example.com").await;
    let application =
        ApplicationInput { name: "Operations".into(), uid: Some("operational".into()), ..Default::default() };
    let application = world.services.applications.create(&ada, application).await.unwrap().id;
    let endpoint = EndpointInput { url: world.receiver.url("/operational"), ..EndpointInput::default() };
    world.services.endpoints.create(&ada, application, endpoint).await.unwrap();
    let source = world.services.sources.create(&ada, stripe(Some("whsec_1"))).await.unwrap();
    let hear = async |hours_ago: &[i32]| {
        sqlx::query(
            "insert into read.messages (tenant_id, message_id, application_id, source_id, event_type, state,
                                        body_bytes, received_at)
             select $1, ('0' || lpad(to_hex((extract(epoch from at) * 1000)::bigint), 11, '0')
                         || '70008000' || right(replace(gen_random_uuid()::text, '-', ''), 12))::uuid,
                    $2, $3, 'invoice.paid', 'accepted', 2, at
             from unnest($4::int[]) as ago, lateral (select now() - make_interval(hours => ago) as at) as times",
        )
        .bind(ada.tenant_id().uuid())
        .bind(source.application_id.uuid())
        .bind(source.id.uuid())
        .bind(hours_ago)
        .execute(&mut world.test.superuser().await)
        .await
        .unwrap();
    };
    // The engine looks now and then too, and only one at a time.
    let look = async |kind: &'static str| {
        world
            .until(async || {
                look_for_silence(world.test.database().engine()).await.unwrap();
                let told: i64 = sqlx::query_scalar("select count(*) from event_store.events where kind = $1")
                    .bind(kind)
                    .fetch_one(&mut world.test.superuser().await)
                    .await
                    .unwrap();
                (told == 1).then_some(())
            })
            .await;
    };
    hear(&(0..24).map(|n| 5 + 2 * n).collect::<Vec<_>>()).await;
    look("source.went_silent").await;
    let mail = followed.server.wait_for("ada@example.com", "Nothing comes in from").await;
    assert!(mail["text"].as_str().unwrap().contains("Usual longest gap: 2 hours"), "{mail}");
    assert_link(&mail, &format!("/sources/{}", source.id));

    world.receiver.wait_for("/operational", 1).await;
    hear(&[0]).await;
    look("source.heard_again").await;
    let told = world.receiver.wait_for("/operational", 2).await;
    let bodies: Vec<Value> = told.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect();
    let types: Vec<_> = bodies.iter().map(|body| body["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["source.silent", "source.recovered"]);
    for body in &bodies {
        assert_eq!(body["data"]["sourceId"], source.id.to_string());
    }
    assert_eq!(bodies[0]["data"]["longestPauseSeconds"], 7200);
    assert!(bodies[1]["data"]["silentSince"].is_string());
    followed.stop().await;
}
