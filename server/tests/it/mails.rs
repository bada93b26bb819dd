//! What follows on signing in and up: mails, whose links nobody but the operator chooses, and browsers that are known.

use crate::dashboard::{FORM, SIGN_UP, World, session_cookie, start};
use crate::process::Answer;
use hookreel_testing::MailServer;
use serde_json::Value;

const EVIL: &str = "evil.example";
const SIGN_IN: &str = "email=ada%40example.com&password=an+engine+of+brass+and+steam";

/// Sends a form, with every header in it by which a proxy may say where the request came to.
async fn send(world: &World, function: &str, cookie: &str, form: &str) -> Answer {
    let lies = [
        ("x-forwarded-host", EVIL),
        ("x-forwarded-proto", "http"),
        ("forwarded", "host=evil.example"),
        ("cookie", cookie),
    ];
    let answer = world.running.ask_as(EVIL, &format!("POST /do/{function}"), &[&FORM[..], &lies].concat(), form).await;
    assert_eq!(answer.status, 302, "{function}: {} {}", answer.head, answer.body);
    assert!(!answer.head.contains("set-cookie: hookreel_form="), "{function} was refused: {}", answer.head);
    answer
}

/// The links of a mail: all of them lead home.
#[track_caller]
fn links(mail: &Value) -> Vec<String> {
    let text = mail["text"].as_str().unwrap();
    let html = mail["html"].as_str().unwrap();
    assert!(!text.contains(EVIL) && !html.contains(EVIL), "{mail}");
    let in_html = html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let all: Vec<String> =
        text.split_whitespace().filter(|word| word.contains("://")).chain(in_html).map(str::to_owned).collect();
    assert!(!all.is_empty() && all.iter().all(|link| link.starts_with("https://hooks.example.com")), "{all:?}");
    all
}

fn token(mail: &Value) -> String {
    links(mail)[0].split_once("?token=").unwrap().1.to_owned()
}

#[tokio::test]
async fn links_in_mails_lead_to_the_public_url_whatever_a_request_says_about_where_it_came_to() {
    let mut server = MailServer::start().await;
    let url = server.url();
    let world = start(&["--public-url", "https://hooks.example.com", "--smtp-url", &url]).await;
    // Who writes mails begins with what happens from then on.
    crate::answers::until(&world.running, "/readyz?verbose", |answer| {
        let handlers = answer.json()["handlers"].as_array().cloned().unwrap_or_default();
        handlers.iter().any(|handler| handler["name"] == "mails")
    })
    .await;
    let cookie = session_cookie(&send(&world, "sign_up", "", SIGN_UP).await);
    links(&server.wait_for("ada@example.com", "Acme is ready").await);
    links(&server.wait_for("ada@example.com", "Confirm your email address").await);
    send(&world, "send_verification", &cookie, " ").await;
    let verify = server.wait_for("ada@example.com", "Confirm your email address").await;
    send(&world, "verify_address", "", &format!("token={}", token(&verify))).await;

    send(&world, "invite_member", &cookie, "email=bob%40example.com").await;
    links(&server.wait_for("bob@example.com", "You are invited to Acme").await);
    let change = "email=new%40example.com&password=an+engine+of+brass+and+steam";
    send(&world, "change_address", &cookie, change).await;
    links(&server.wait_for("new@example.com", "Confirm your email address").await);
    links(&server.wait_for("ada@example.com", "about to get another address").await);
    send(&world, "request_password_reset", "", "email=ada%40example.com").await;
    links(&server.wait_for("ada@example.com", "Choose a new password").await);
    send(&world, "sign_in", "", SIGN_IN).await;
    links(&server.wait_for("ada@example.com", "New sign-in to your account").await);
}

#[tokio::test]
async fn without_a_mail_server_nobody_is_told_that_a_mail_is_on_its_way() {
    let world = start(&["--public-url", "https://hooks.example.com"]).await;
    let cookie = session_cookie(&send(&world, "sign_up", "", SIGN_UP).await);
    let overview = world.get_as("/overview", &cookie).await;
    assert!(overview.body.contains("This installation has no mail server"), "{}", overview.body);

    let asked = send(&world, "send_verification", &cookie, " ").await;
    assert!(asked.head.contains("done=verification-shown"), "{}", asked.head);
    // Nobody else may invite.
    sqlx::query("update iam.members set email_verified_at = now()")
        .execute(&mut world.database.superuser().await)
        .await
        .unwrap();
    let change = "email=new%40example.com&password=an+engine+of+brass+and+steam";
    let forms = [
        ("invite_member", "email=bob%40example.com", "done=invitation-shown"),
        ("change_address", change, "done=address-link-shown"),
    ];
    for (function, form, notice) in forms {
        let answer = send(&world, function, &cookie, form).await;
        assert!(answer.head.contains(notice), "{function}: {}", answer.head);
    }
    // The same for everybody: who has an account is not said.
    for email in ["ada%40example.com", "nobody%40example.com"] {
        let asked = send(&world, "request_password_reset", "", &format!("email={email}")).await;
        assert!(asked.head.contains("location: /forgot-password?asked=written"), "{}", asked.head);
    }
    let page = world.running.get("/forgot-password?asked=written").await;
    assert!(page.body.contains("ask whoever operates it"), "{}", page.body);
    assert!(!page.body.contains("is on its way"), "{}", page.body);
}

#[tokio::test]
async fn a_browser_is_known_by_a_cookie_of_its_own_that_outlives_the_session() {
    let world = start(&["--public-url", "https://hooks.example.com"]).await;
    let own = [&FORM[..], &[("origin", "https://hooks.example.com")]].concat();
    let signed_up = world.running.ask("POST /do/sign_up", &own, SIGN_UP).await;
    let line = signed_up.raw_head.lines().find(|line| line.contains("__Host-hookreel-browser-")).unwrap();
    for attribute in ["Path=/", "Max-Age=34560000", "HttpOnly", "SameSite=Lax", "Secure"] {
        assert!(line.contains(attribute), "{line}");
    }
    let known = line.split_once(": ").unwrap().1.split(';').next().unwrap().to_owned();
    let session = session_cookie(&signed_up);
    assert!(session.starts_with("__Host-hookreel="), "{session}");

    let new_browsers = async || -> i64 {
        sqlx::query_scalar("select count(*) from event_store.events where kind = 'member.signed_in_from_new_browser'")
            .fetch_one(&mut world.database.superuser().await)
            .await
            .unwrap()
    };
    send(&world, "sign_in", &known, SIGN_IN).await;
    assert_eq!(new_browsers().await, 0);
    let elsewhere = send(&world, "sign_in", &format!("{}=planted", known.split_once('=').unwrap().0), SIGN_IN).await;
    assert_eq!(new_browsers().await, 1);
    assert!(elsewhere.raw_head.contains("__Host-hookreel-browser-") && !elsewhere.raw_head.contains("planted"));
}
