//! Every exchange of the providers, and that none of them signs what it should not.

use hookreel_ingest::{
    Effect, FetchedKey, HandshakeAnswer, Inbound, Keyring, SampleEvent, SourceRule, acknowledgement, answer, sign,
    verify,
};
use hookreel_kernel::{Secret, Timestamp};
use serde_json::{Value, json};

const URL: &str = "https://hooks.example.com/in/abc";

/// A request that a provider might ask with.
struct Asked {
    rule: SourceRule,
    secrets: Vec<Secret<String>>,
    method: &'static str,
    url: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

fn asked(rule: &Value) -> Asked {
    Asked {
        rule: serde_json::from_value(rule.clone()).unwrap(),
        secrets: vec![Secret::new("a secret".to_owned())],
        method: "POST",
        url: URL.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    }
}

fn from(provider: &str) -> Asked {
    asked(&json!({ "provider": provider }))
}

impl Asked {
    fn get(mut self, query: &str) -> Self {
        self.method = "GET";
        self.url = format!("{URL}{query}");
        self
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    fn secrets(mut self, secrets: &[&str]) -> Self {
        self.secrets = secrets.iter().map(|secret| Secret::new((*secret).to_owned())).collect();
        self
    }

    /// Signs the body as the provider does.
    fn signed(mut self) -> Self {
        let event = SampleEvent { id: "1", event_type: "ping", public_url: URL, body: &self.body };
        let sample = sign(&self.rule, &self.secrets[0], event, now()).unwrap();
        self.headers.extend(sample.headers.into_iter().map(|(name, value)| (name, value.into_bytes())));
        self.body = sample.body;
        self
    }

    fn request(&self) -> Inbound<'_> {
        Inbound { method: self.method, public_url: &self.url, headers: &self.headers, body: &self.body }
    }

    fn answer(&self) -> Option<HandshakeAnswer> {
        let answer = answer(&self.rule, &Keyring::of(&self.secrets), &self.request(), now());
        if let Some(answer) = &answer {
            let has = |name: &str, value: &str| answer.headers.iter().any(|header| *header == (name, value.to_owned()));
            assert!(has_both(has), "{answer:?}");
        }
        answer
    }

    /// Status and body, for most.
    fn reply(&self) -> Option<(u16, String)> {
        self.answer().map(|answer| (answer.status, String::from_utf8(answer.body).unwrap()))
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.answer().unwrap().body).unwrap()
    }
}

fn has_both(has: impl Fn(&'static str, &str) -> bool) -> bool {
    has("X-Content-Type-Options", "nosniff") && has("Referrer-Policy", "no-referrer")
}

fn now() -> Timestamp {
    Timestamp::from_unix_timestamp(1_763_892_600).unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "it is what is expected of an answer that may be none")]
fn ok(body: &str) -> Option<(u16, String)> {
    Some((200, body.to_owned()))
}

#[test]
fn slack_gets_its_challenge_back() {
    let body = r#"{"token":"x","challenge":"3eZbrw1aBm2r","type":"url_verification"}"#;
    assert_eq!(from("slack").body(body).reply(), ok("3eZbrw1aBm2r"));
    assert_eq!(from("slack").body(r#"{"challenge":"a","type":"event_callback"}"#).reply(), None);
    assert_eq!(from("slack").body(r#"{"challenge":"a\u0007","type":"url_verification"}"#).reply(), None);
    let long = format!(r#"{{"challenge":"{}","type":"url_verification"}}"#, "a".repeat(2_000));
    assert_eq!(from("slack").body(long).reply(), None);
}

/// The example of Zoom's documentation has another secret; this is what npm @zoom/rivet 0.4.0 answers.
#[test]
fn zoom_gets_its_token_and_the_mac() {
    let body = |token: &str| json!({"event": "endpoint.url_validation", "payload": {"plainToken": token}}).to_string();
    let reply = from("zoom").body(body("qgg8vlvZRS6UYooatFL8Aw")).json();
    assert_eq!(reply["plainToken"], "qgg8vlvZRS6UYooatFL8Aw");
    assert_eq!(reply["encryptedToken"], "b3e309a26f73dffcbcf8da513fc00197a3137576c3d154a37787273136583b16");
    for forged in ["v0:1763892600:{}", "a:b", "a b", "", "a\n"] {
        assert_eq!(from("zoom").body(body(forged)).reply(), None, "{forged:?}");
    }
}

#[test]
fn meta_is_answered_if_it_knows_the_token() {
    let meta = || asked(&json!({"provider": "meta", "verify_token": "meaty ham&hock"}));
    let query = "?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meaty%20ham%26hock";
    assert_eq!(meta().get(query).reply(), ok("1158201444"));
    assert_eq!(
        meta().get("?hub.mode=subscribe&hub.challenge=1&hub.verify_token=x").reply(),
        Some((403, String::new()))
    );
    assert_eq!(meta().get("?hub.mode=subscribe&hub.challenge=1").reply(), Some((403, String::new())));
    assert_eq!(meta().get("?hub.challenge=1").reply(), None);
}

#[test]
fn challenges_are_echoed() {
    assert_eq!(from("dropbox").get("?challenge=abc%20123").reply(), ok("abc 123"));
    assert_eq!(asked(&json!({"provider": "adobe_io", "client_id": "x"})).get("?challenge=a-b").reply(), ok("a-b"));
    assert_eq!(from("dropbox").get("?challenge=a%0Ab").reply(), None);
    assert_eq!(from("dropbox").get("?challenge=a&challenge=b").reply(), None);
    let okta = from("okta").get("").header("X-Okta-Verification-Challenge", "a challenge").json();
    assert_eq!(okta, json!({"verification": "a challenge"}));
    let mut graph = from("microsoft_graph");
    graph.url = format!("{URL}?validationToken=Validation%3A%20Testing%20client%3Cb%3E");
    assert_eq!(graph.reply(), ok("Validation: Testing client<b>"));
    assert_eq!(graph.answer().unwrap().content_type, Some("text/plain; charset=utf-8"));
    assert_eq!(from("monday").body(r#"{"challenge":"3eZbrw1a"}"#).json(), json!({"challenge": "3eZbrw1a"}));
    assert_eq!(from("monday").body(r#"{"challenge":"a","event":{}}"#).reply(), None);
}

/// The answer is that of npm twitter-autohook 1.7.2.
#[test]
fn x_gets_the_mac_of_a_token_and_of_nothing_else() {
    let reply = from("x").get("?crc_token=MTYzNTgwMjk0MQ%3D%3D").json();
    assert_eq!(reply["response_token"], "sha256=J18VEu3f6mNm1IRQziSChgPV0G0yskU5OLiF0iFukdc=");
    for forged in ["%7B%22a%22%3A1%7D", "a%20b", "%22", "a%0A", ""] {
        assert_eq!(from("x").get(&format!("?crc_token={forged}")).reply(), None, "{forged}");
    }
}

#[test]
fn an_answer_to_x_signs_no_event() {
    for token in ["abc.123", "12345", "true", "MTYzNTgwMjk0MQ=="] {
        let query = format!("?crc_token={}", token.replace('=', "%3D"));
        let mac = from("x").get(&query).json()["response_token"].as_str().unwrap().to_owned();
        let event = from("x").body(token).header("x-twitter-webhooks-signature", &mac);
        let refusal = verify(&event.rule, &Keyring::of(&event.secrets), &event.request(), now()).unwrap_err();
        assert_eq!(refusal.code(), "malformed_body", "{token}");
    }
}

#[test]
fn discord_is_answered_only_if_it_signed() {
    for body in [r#"{"type":0,"application_id":"1"}"#, r#"{"type":1}"#] {
        let mut forged = from("discord").secrets(&[&"00".repeat(32)]).body(body);
        assert_eq!(forged.reply(), Some((401, String::new())));
        forged = forged.header("X-Signature-Ed25519", &"00".repeat(64)).header("X-Signature-Timestamp", "1763892600");
        assert_eq!(forged.reply(), Some((401, String::new())));
    }
    assert_eq!(from("discord").body(r#"{"type":1,"event":{"type":"A"}}"#).reply(), None);
}

/// Requests that were signed with keys which only the provider has; each says where it comes from.
fn recorded() -> Value {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/handshakes.json");
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

#[test]
fn discords_genuine_pings_are_answered() {
    let replies = [(204, String::new()), (200, r#"{"type":1}"#.to_owned())];
    for (ping, reply) in recorded()["discord"].as_array().unwrap().iter().zip(replies) {
        let text = |field: &str| ping[field].as_str().unwrap().to_owned();
        let asks = from("discord")
            .secrets(&[&text("secret")])
            .header("X-Signature-Ed25519", &text("signature"))
            .header("X-Signature-Timestamp", &text("timestamp"))
            .body(text("body"));
        assert_eq!(asks.reply(), Some(reply));
    }
}

#[test]
fn a_genuine_confirmation_of_sns_is_surfaced_and_nothing_more() {
    let recorded = &recorded()["amazon_sns"];
    let text = |field: &str| recorded[field].as_str().unwrap().to_owned();
    let asks = asked(&json!({"provider": "amazon_sns", "topic_arn": text("topic_arn")})).body(text("body"));
    let fetched = [FetchedKey { cache_key: text("certificate_url"), document: text("certificate").into_bytes() }];
    let keys = Keyring { secrets: &[], fetched: &fetched };
    let later = Timestamp::from_unix_timestamp(1_800_000_000).unwrap();
    let answer = answer(&asks.rule, &keys, &asks.request(), later).unwrap();
    assert_eq!(answer.effect, Effect::Surfaced { subscribe_url: text("subscribe_url") });
    assert!(answer.is_proven);
    assert_eq!((answer.status, answer.body), (200, Vec::new()));
}

#[test]
fn twitch_is_answered_only_if_it_signed() {
    let asks = || {
        from("twitch")
            .header("Twitch-Eventsub-Message-Type", "webhook_callback_verification")
            .body(r#"{"challenge":"pogchamp-kappa-360noscope","subscription":{}}"#)
    };
    assert_eq!(asks().signed().reply(), ok("pogchamp-kappa-360noscope"));
    assert_eq!(asks().reply(), None);
    let revoked = from("twitch").header("Twitch-Eventsub-Message-Type", "revocation").body("{}").signed();
    let revoked = revoked.answer().unwrap();
    assert!(revoked.is_proven);
    assert_eq!(revoked.effect, Effect::Revoked);
}

#[test]
fn asana_brings_its_secret_once() {
    let asks = from("asana").secrets(&[]).header("X-Hook-Secret", "b537207f20cbfa02357cf448134da559");
    let answer = asks.answer().unwrap();
    assert!(answer.headers.contains(&("X-Hook-Secret", "b537207f20cbfa02357cf448134da559".to_owned())));
    assert_eq!(answer.effect, Effect::NewSecret(Secret::new("b537207f20cbfa02357cf448134da559".to_owned())));
    assert!(!format!("{answer:?}").contains("NewSecret(\"b53"));
    let again = from("asana").header("X-Hook-Secret", "another");
    assert_eq!(again.reply(), None, "nobody replaces a secret");
}

#[test]
fn adobe_sign_hears_its_own_client_id() {
    let own = from("adobe_sign").secrets(&["CBJ"]).get("").header("X-AdobeSign-ClientId", "CBJ");
    assert!(own.answer().unwrap().headers.contains(&("X-AdobeSign-ClientId", "CBJ".to_owned())));
    let other = from("adobe_sign").secrets(&["CBJ"]).get("").header("X-AdobeSign-ClientId", "other");
    assert_eq!(other.reply(), None);
    let event = from("adobe_sign").secrets(&["CBJ"]).header("X-AdobeSign-ClientId", "CBJ").body("{}");
    assert_eq!(event.reply(), None);
    let headers = acknowledgement(&event.rule, &Keyring::of(&event.secrets), &event.request());
    assert_eq!(headers, [("X-AdobeSign-ClientId", "CBJ".to_owned())]);
}

#[test]
fn ebay_gets_the_digest_of_code_token_and_address() {
    let reply = from("ebay").get("?challenge_code=a1b2").json();
    assert_eq!(reply["challengeResponse"], "794932fcb5c338b014d7ae2fc18ca3bac49ea82f0f139726b4010e9ff3b0b42d");
}

/// The answer is the one of Braintree's own library, `webhookNotification.verify`.
#[test]
fn braintree_gets_the_mac_of_a_challenge_and_of_nothing_else() {
    let asks = |challenge: &str| {
        asked(&json!({"provider": "braintree", "public_key": "integration_public_key"}))
            .secrets(&["integration_private_key"])
            .get(&format!("?bt_challenge={challenge}"))
    };
    let reply = asks("20f9f8ed05f77439fe955c977e4c8a53").reply();
    assert_eq!(reply, ok("integration_public_key|d9b899556c966b3f06945ec21311865d35df3ce4"));
    for forged in
        ["PG5vdGlmaWNhdGlvbj4=", "abc", "20F9F8ED05F77439FE955C977E4C8A53", "20f9f8ed05f77439fe955c977e4c8a53%0A", ""]
    {
        assert_eq!(asks(forged).reply(), None, "{forged}");
    }
}

#[test]
fn xero_hears_whether_the_signature_is_good() {
    let asks = || from("xero").body(r#"{"events":[],"firstEventSequence":0,"entropy":"x"}"#);
    assert_eq!(asks().signed().reply(), ok(""));
    assert_eq!(asks().header("x-xero-signature", "AAAA").reply(), Some((401, String::new())));
    assert_eq!(asks().reply(), Some((401, String::new())));
    assert_eq!(from("xero").body(r#"{"events":null,"entropy":"x"}"#).signed().reply(), ok(""));
    for event in [r#"{"events":[{}]}"#, r#"{"events":{}}"#, "{}", ""] {
        assert_eq!(from("xero").body(event).reply(), None, "{event}");
    }
}

#[test]
fn slack_may_look_at_the_certificate() {
    let form = |body: &str| from("slack").header("Content-Type", "application/x-www-form-urlencoded").body(body);
    assert_eq!(form("ssl_check=1&token=x").answer().unwrap().effect, Effect::Ping);
    for event in ["ssl_check=1&command=%2Fweather", "ssl_check=0", "ssl_check=1&ssl_check=1"] {
        assert_eq!(form(event).reply(), None, "{event}");
    }
}

#[test]
fn pings_are_no_events() {
    let github = || from("github").body(r#"{"zen":"Keep it logically awesome."}"#);
    assert_eq!(github().signed().answer().unwrap().effect, Effect::Ping);
    assert_eq!(github().header("X-GitHub-Event", "ping").reply(), None);
    assert_eq!(from("woocommerce").body("webhook_id=12").answer().unwrap().effect, Effect::Ping);
    assert_eq!(from("woocommerce").body("webhook_id=12&a=b").reply(), None);
    assert_eq!(from("woocommerce").body("webhook_id=12").header("X-WC-Webhook-Signature", "x").reply(), None);
}

#[test]
fn an_unsigned_confirmation_of_sns_is_not_surfaced() {
    let body = json!({
        "Type": "SubscriptionConfirmation", "MessageId": "1", "Token": "t", "TopicArn": "arn", "Message": "m",
        "SubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription", "Timestamp": "2025",
        "SignatureVersion": "1", "Signature": "AAAA",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
    });
    let asks = asked(&json!({"provider": "amazon_sns", "topic_arn": "arn"})).body(body.to_string());
    assert_eq!(asks.reply(), None);
}

#[test]
fn whoever_has_no_handshake_gets_no_answer() {
    for provider in ["stripe", "generic_hmac"] {
        let rule = json!({ "provider": provider, "header": if provider == "stripe" { "" } else { "X" } });
        let asks = asked(&rule).get("?challenge=1&crc_token=1&hub.mode=subscribe&validationToken=1");
        assert_eq!(asks.reply(), None);
    }
}
