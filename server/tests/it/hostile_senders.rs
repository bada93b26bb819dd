//! Senders that try to do harm: nothing they say makes a 500, another header, a line of the log, or markup of a page.

use crate::dashboard::{FORM, World, session_cookie, start};
use crate::process::{Answer, Running};
use crate::tenant::signature;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// In everything that is sent: where it turns up as it is, something was not escaped.
const MARKUP: &str = "<script>evil()</script>";
const BREAKOUT: &str = "</script><img src=x onerror=evil()>";
/// In everything that is sent, whatever becomes of the rest: it has no business in a log.
const MARK: &str = "evil";
const SECRET: &str = "shared with the provider";
/// How many requests are under way at once.
const AT_ONCE: usize = 16;

/// A request as it goes over the wire, without its first line's address.
struct Hostile {
    method: &'static str,
    query: Vec<u8>,
    headers: Vec<u8>,
    body: Vec<u8>,
}

impl Hostile {
    fn post(headers: impl AsRef<[u8]>, body: impl AsRef<[u8]>) -> Self {
        Self { method: "POST", query: Vec::new(), headers: headers.as_ref().into(), body: body.as_ref().into() }
    }

    fn asking(method: &'static str, query: impl AsRef<[u8]>) -> Self {
        Self { method, query: query.as_ref().into(), headers: Vec::new(), body: b"{}".into() }
    }

    fn to(&self, path: &str) -> Vec<u8> {
        let mut octets = format!("{} {path}", self.method).into_bytes();
        octets.extend_from_slice(&self.query);
        octets.extend_from_slice(b" HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
        octets.extend_from_slice(&self.headers);
        octets.extend_from_slice(format!("content-length: {}\r\n\r\n", self.body.len()).as_bytes());
        octets.extend_from_slice(&self.body);
        octets
    }
}

/// What strangers may think of.
fn everything() -> Vec<Hostile> {
    let mut all: Vec<Hostile> =
        bodies().into_iter().map(|body| Hostile::post("content-type: application/json\r\n", body)).collect();
    all.extend(
        forms().into_iter().map(|body| Hostile::post("content-type: application/x-www-form-urlencoded\r\n", body)),
    );
    all.extend(headers().into_iter().map(|headers| Hostile::post(headers, format!(r#"{{"id":"{MARK}"}}"#))));
    for query in queries() {
        all.extend(["GET", "POST", "PUT"].map(|method| Hostile::asking(method, &query)));
    }
    all.extend(["DELETE", "OPTIONS", "TRACE", "EVIL", "CONNECT"].map(|method| Hostile::asking(method, "")));
    all
}

fn bodies() -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = [
        "",
        "null",
        "[]",
        "{}",
        "\u{feff}{}",
        "\0",
        "{\"id\":\"evil\\u0000\",\"type\":\"\\u0000\"}",
        "{\"id\":\"\\ud800\",\"type\":\"evil\\udc00\"}",
        r#"{"id":1e400,"type":-0,"event":[],"object":{},"challenge":{"evil":1}}"#,
        r#"{"id":99999999999999999999999999999999999999,"type":true}"#,
        "{\"type\":\"url_verification\",\"challenge\":\"evil\\r\\nset-cookie: evil=1\"}",
        "{\"event\":\"endpoint.url_validation\",\"payload\":{\"plainToken\":\"evil:1\"}}",
        "{\"events\":null}",
        "{\"value\":[null,1,{\"clientState\":{}}],\"validationTokens\":[1,\"a.b.c\"]}",
        "{\"notificationItems\":[{\"NotificationRequestItem\":null}]}",
        "{\"entry\":[{\"changes\":[{\"value\":{\"messages\":7}}]}]}",
        "{\"signature\":{\"timestamp\":\"evil\",\"token\":[],\"signature\":\"zz\"}}",
        "{\"Type\":\"SubscriptionConfirmation\",\"SigningCertURL\":\"https://evil.example/\",\"Signature\":\"AAAA\"}",
    ]
    .map(|body| body.as_bytes().to_vec())
    .into();
    for text in [
        MARKUP,
        BREAKOUT,
        "\u{202e}live\u{2028}\u{0}evil",
        "'; drop table read.messages; -- evil",
        "${jndi:ldap://evil}",
        "\u{1b}[31mevil\r\nERROR evil",
    ] {
        let told = json!({"id": text, "event_id": text, "type": text, "event": text, "data": {text: [text]}, "hookreel": text});
        bodies.push(told.to_string().into_bytes());
        bodies.push(json!([{"eventId": text, "subscriptionType": text, "id": text}]).to_string().into_bytes());
    }
    bodies.push(vec![0xff, 0xfe, 0x00, b'e', b'v', b'i', b'l']);
    bodies.push([&br#"{"id":""#[..], &[0xc3, 0x28], br#"evil"}"#].concat());
    bodies.push("[".repeat(200_000).into_bytes());
    bodies.push(format!("{}1{}", r#"{"evil":"#.repeat(5_000), "}".repeat(5_000)).into_bytes());
    bodies.push(format!("[{}]", vec![r#"{"id":"evil"}"#; 20_000].join(",")).into_bytes());
    bodies.push(format!(r#"{{"id":"{}"}}"#, "evil".repeat(50_000)).into_bytes());
    bodies.push(b"PK\x03\x04evil\x00\x00".to_vec());
    bodies
}

fn forms() -> Vec<Vec<u8>> {
    [
        "payload=%00evil",
        "payload=%7B%22type%22%3A%22%3Cscript%3Eevil%22%7D",
        "payload=%ff%fe&payload=",
        "command=%3Cscript%3Eevil&trigger_id=%00",
        "bt_signature=evil%7Cevil&bt_payload=%ff",
        "ssl_check=1&evil",
        "webhook_id=99999999999999999999999",
        "%00=%00&evil",
        "&&&===&evil=%",
        "MessageSid=%0d%0aevil",
    ]
    .map(|body| body.as_bytes().to_vec())
    .into()
}

fn headers() -> Vec<Vec<u8>> {
    let values: Vec<Vec<u8>> = [
        "",
        " ",
        "=",
        ",",
        "t=,v1=",
        "t=1,t=2,v1=evil",
        "sha256=",
        "v1,",
        "v1,evil v1,%%%",
        "Basic evil",
        "Basic \u{7f}",
        "Bearer a.b.c",
        "evil.evil.evil",
        MARKUP,
        BREAKOUT,
        "99999999999999999999",
        "-1",
        "2025-11-23T10:10:00+99:99",
        "key=evil,algorithm=evil",
        "https://evil.example/v1/notifications/certs/x",
    ]
    .map(|value| value.as_bytes().to_vec())
    .into_iter()
    .chain([vec![0x80, 0xff, b'e', b'v', b'i', b'l'], b"evil".repeat(1_500)])
    .collect();
    // Those that decide, for one provider or another.
    let names = [
        "authorization",
        "content-type",
        "content-encoding",
        "stripe-signature",
        "x-hub-signature",
        "x-hub-signature-256",
        "x-github-event",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "svix-id",
        "x-slack-signature",
        "x-slack-request-timestamp",
        "x-twilio-signature",
        "x-twilio-webhooks-signature-settings",
        "paypal-transmission-sig",
        "paypal-auth-algo",
        "paypal-cert-url",
        "plaid-verification",
        "x-hook-secret",
        "x-okta-verification-challenge",
        "x-adobesign-clientid",
        "x-signature",
        "x-event-id",
        "x-forwarded-for",
        "forwarded",
        "x-request-id",
        "cookie",
        "user-agent",
        "traceparent",
        "range",
        "expect-evil",
        "upgrade-evil",
    ];
    let mut all: Vec<Vec<u8>> = Vec::new();
    for value in &values {
        let line = |name: &str| [name.as_bytes(), b": ", value, b"\r\n"].concat();
        // Many at once, so that whatever a provider looks at is there; and twice, so that what must be there once is not.
        all.push(names.iter().flat_map(|name| line(name)).collect());
        all.push(names.iter().take(20).flat_map(|name| [line(name), line(name)].concat()).collect());
    }
    all.push([&b"evil"[..], &b"-x".repeat(3_500), b": 1\r\n"].concat());
    all.push(b"!#$%&'*+-.^_`|~evil: 1\r\n".to_vec());
    all.push(b"x-evil: a\0b\r\n".to_vec());
    all.push(b"x-evil: a\x01\x1b[31mb\r\n".to_vec());
    all.push(b"x evil: 1\r\n".to_vec());
    all.push(b": evil\r\n".to_vec());
    all.push(b"x-evil: 1\r\n folded\r\n".to_vec());
    all.push(b"transfer-encoding: evil\r\n".to_vec());
    all.push(b"content-length: 7\r\n".to_vec());
    all.push("x-evil: 1\r\n".repeat(90).into_bytes());
    all
}

fn queries() -> Vec<Vec<u8>> {
    let mut queries: Vec<Vec<u8>> = [
        "?",
        "?%",
        "?%00=%00evil",
        "?%ff%fe=%c3%28",
        "?challenge=%3Cscript%3Eevil()",
        "?challenge=evil%0d%0aset-cookie:%20evil=1",
        "?validationToken=%3Cscript%3Eevil",
        "?hub.mode=subscribe&hub.verify_token=evil&hub.challenge=%3Cb%3E",
        "?crc_token=evil%0a",
        "?crc_token=evil&crc_token=2",
        "?bt_challenge=evil",
        "?challenge_code=evil%00",
        "?bodySHA256=evil&bodySHA256=",
        "?bodySHA256=%00",
        "?a[b][c]=evil&a[b]=1",
        "?'\"><script>evil",
        "?q=O'evil+%26%20%25",
    ]
    .map(|query| query.as_bytes().to_vec())
    .into();
    queries.push([&b"?evil="[..], &[0xff, 0xc3, 0x28]].concat());
    queries.push([&b"?evil="[..], "ä\u{202e}".as_bytes()].concat());
    queries.push([&b"?evil="[..], &b"a".repeat(20_000)].concat());
    queries
}

/// What stays to be checked of an answer.
fn check(answer: &[u8], sent: &[u8]) {
    let shown = || String::from_utf8_lossy(&sent[..sent.len().min(400)]).into_owned();
    let Some(status) = Answer::status_of(answer) else {
        // Hung up on: only for what is no HTTP.
        assert!(answer.is_empty(), "{}", shown());
        return;
    };
    assert!((200..500).contains(&status), "{status} for {}: {}", shown(), String::from_utf8_lossy(answer));
    let text = String::from_utf8_lossy(answer);
    let head = text.split("\r\n\r\n").next().unwrap_or_default().to_lowercase();
    assert!(!head.contains("set-cookie"), "{head} for {}", shown());
    if let Some(kind) = head.lines().find(|line| line.starts_with("content-type:")) {
        let is_harmless =
            ["text/plain", "application/json", "application/problem+json"].iter().any(|plain| kind.contains(plain));
        assert!(is_harmless, "{kind} for {}", shown());
        assert!(head.contains("x-content-type-options: nosniff"), "{head}");
    }
}

/// A source of every provider; their paths.
async fn sources(server: &Running, headers: &[(&str, &str)]) -> Vec<(String, String)> {
    let providers = server.ask("GET /api/v1/source-provider/?limit=250", headers, "").await.json();
    let mut made = Vec::new();
    for provider in providers["data"].as_array().unwrap() {
        let required = provider["fields"].as_array().unwrap().iter().filter(|field| field["isRequired"] == true);
        let mut fields: serde_json::Map<String, Value> =
            required.map(|field| (field["name"].as_str().unwrap().to_owned(), json!("x"))).collect();
        let mut source = json!({"name": format!("{MARKUP} {}", provider["name"]), "provider": provider["name"]});
        if provider["isConfigurable"] == true {
            fields.insert("header".into(), json!("x-signature"));
            fields.insert("event_id_header".into(), json!("x-event-id"));
            fields.insert("event_type_pointer".into(), json!("/type"));
            source["secret"] = json!(SECRET);
        }
        source["fields"] = Value::Object(fields);
        made.push(make(server, headers, &source).await);
    }
    made
}

async fn make(server: &Running, headers: &[(&str, &str)], source: &Value) -> (String, String) {
    let answer = server.ask("POST /api/v1/source/", headers, &source.to_string()).await;
    assert_eq!(answer.status, 201, "{source}: {}", answer.body);
    let made = answer.json();
    let token = made["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    (made["id"].as_str().unwrap().to_owned(), format!("/in/{token}"))
}

async fn api_key(world: &World, cookie: &str) -> String {
    let form =
        [&FORM[..1], &[("accept", "application/json"), ("sec-fetch-site", "same-origin"), ("cookie", cookie)]].concat();
    let made = world.running.ask("POST /do/create_api_key", &form, "name=test").await;
    format!("Bearer {}", made.json()["key"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_a_sender_does_makes_a_500_or_gets_into_a_header_a_log_or_a_page_as_it_is() {
    let world = start(&["--log", "debug,hyper=info,h2=info,tower_sessions=error"]).await;
    let server = &world.running;
    let cookie = session_cookie(&world.sign_up().await);
    let bearer = api_key(&world, &cookie).await;
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let sources = sources(server, &headers).await;
    assert!(sources.len() > 70, "{}", sources.len());

    // To the source of each provider a third of everything, and to the next one the next.
    let (all, places) = (everything(), Arc::new(Semaphore::new(AT_ONCE)));
    let world = Arc::new(world);
    let mut asked = tokio::task::JoinSet::new();
    for (number, (_, path)) in sources.iter().enumerate() {
        for hostile in all.iter().skip(number % 3).step_by(3) {
            let (octets, world) = (hostile.to(path), Arc::clone(&world));
            let place = Arc::clone(&places).acquire_owned().await.unwrap();
            asked.spawn(async move {
                check(&world.running.say(&octets).await, &octets);
                drop(place);
            });
        }
    }
    let mut tried = 0;
    while let Some(outcome) = asked.join_next().await {
        outcome.unwrap();
        tried += 1;
    }
    println!("{tried} requests to {} sources", sources.len());

    // The same from somebody who has the secret: it is accepted, and has to be shown.
    let generic = json!({"header": "x-signature", "encoding": "hex", "eventIdHeader": "x-event-id"});
    let own = json!({"name": MARKUP, "provider": "generic_hmac", "secret": SECRET, "generic": generic});
    let (own_id, own_path) = make(&world.running, &headers, &own).await;
    for (number, body) in bodies().into_iter().filter_map(|body| String::from_utf8(body).ok()).enumerate() {
        let signed = signature(SECRET, &body);
        let id = format!("{number}{MARKUP}");
        let told =
            [("x-signature", signed.as_str()), ("x-event-id", &id), ("content-type", MARKUP), ("x-hookreel", BREAKOUT)];
        let answer = world.running.ask(&format!("POST {own_path}?q='{MARK}"), &told, &body).await;
        assert!([200, 413].contains(&answer.status), "{}: {body:.100}", answer.status);
    }

    pages_show_it_escaped(&world, &cookie, &headers, &own_id, &sources).await;

    let log = world.running.log();
    for line in &log {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
        assert!(!line.contains(MARK) && !line.contains("panicked"), "{line}");
    }
    assert!(log.iter().any(|line| line.contains("request")), "nothing was logged, so that nothing was checked");
}

/// Every page that shows something of it.
async fn pages_show_it_escaped(
    world: &World,
    cookie: &str,
    headers: &[(&str, &str)],
    own: &str,
    sources: &[(String, String)],
) {
    let mut paths: Vec<String> = [
        "/overview",
        "/sources",
        "/messages",
        "/messages?state=quarantined",
        "/event-log",
        "/messages?q=evil",
        "/messages?q=%00",
    ]
    .map(str::to_owned)
    .into();
    paths.extend([own.to_owned()].iter().chain(sources.iter().map(|(id, _)| id).step_by(9)).flat_map(|id| {
        [
            format!("/sources/{id}"),
            format!("/sources/{id}?tab=settings"),
            format!("/event-log?stream={id}"),
            format!("/messages?source={id}&state=quarantined"),
        ]
    }));
    let list = |content: bool| format!("GET /api/v1/app/default/msg/?limit=250&with_content={content}");
    let whole = world.running.ask(&list(true), headers, "").await;
    assert!(whole.status == 200 && whole.head.contains("content-type: application/json"), "{}", whole.head);
    // Some of what was sent is nested deeper than this program reads.
    let accepted = world.running.ask(&list(false), headers, "").await.json();
    let accepted = accepted["data"].as_array().unwrap();
    assert!(accepted.len() > 20, "{}", accepted.len());
    let ids = accepted.iter().map(|message| message["id"].as_str().unwrap().to_owned());
    let mut connection = world.database.superuser().await;
    let refused: Vec<uuid::Uuid> = sqlx::query_scalar(
        "select distinct on (body_bytes) message_id from read.messages where state = 'quarantined' limit 40",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(refused.len() > 20, "{}", refused.len());
    let refused = refused.into_iter().map(|id| hookreel_kernel::MessageId::from_uuid(id).to_string());
    paths.extend(ids.chain(refused).map(|id| format!("/messages/{id}?verification=shown")));
    for path in paths {
        let page = world.get_as(&path, cookie).await;
        assert!(page.status == 200 || (path.ends_with("%00") && page.status < 500), "{path}: {}", page.status);
        for bad in [MARKUP, BREAKOUT, "<script>evil"] {
            let found = page.body.split_once(bad).map(|(before, _)| before.chars().rev().take(300).collect::<Vec<_>>());
            let before: Option<String> = found.map(|found| found.into_iter().rev().collect());
            assert_eq!(before, None, "{path} shows {bad} as it is, after this");
        }
    }
}
