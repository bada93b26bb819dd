//! Clients that hang up at any moment leave nothing half-done behind.

use crate::dashboard::{FORM, session_cookie, site_in};
use crate::process::{Running, Scratch};
use crate::tenant;
use hookreel_testing::{FakeReceiver, TestDatabase};
use serde_json::{Value, json};
use sqlx::PgConnection;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;

const REQUESTS: usize = 1_000;
const AT_ONCE: usize = 12;
const KINDS: usize = 4;
const SIGN_IN: &str = "email=ada%40example.com&password=an+engine+of+brass+and+steam";
const INBOUND_SECRET: &str = "shared with the provider";

/// The uid of the application where endpoints are made.
const ONLY_ENDPOINTS: &str = "only-endpoints";

/// A running server and what requests to it need.
struct World {
    running: Running,
    bearer: String,
    /// Of somebody who is signed in.
    cookie: String,
    /// Where messages are published; one endpoint gets them.
    publish: String,
    /// Where endpoints are made: another application, so that messages do not fan out to them.
    endpoints: String,
    /// Where webhooks come in.
    inbound: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_clients_that_hang_up_leave_no_transaction_open_and_lose_nothing_acknowledged() {
    let (database, scratch, receiver) = (TestDatabase::create().await, Scratch::new(), FakeReceiver::start().await);
    let (url, site) = (database.url(), site_in(&scratch));
    let site = ["--site-dir", site.to_str().unwrap(), "--egress-allow", "127.0.0.0/8"];
    let given = [&["--database-url", &url, "--data-dir", scratch.path()], &site[..]].concat();
    let world = Arc::new(World::start(&url, Running::start(&given).await, &receiver).await);

    // How long an answer takes: the moments to hang up at are spread over that, and a bit beyond. The quickest round
    // counts: one that was held up would make everybody patient.
    let mut usual = Duration::MAX;
    for round in 0..4 {
        let began = Instant::now();
        for number in round * KINDS..(round + 1) * KINDS {
            assert!(world.send(number, None).await.is_some(), "request {number} is answered when nobody hangs up");
        }
        usual = usual.min(began.elapsed() / KINDS as u32);
    }

    let mut acknowledged: Vec<usize> = (0..KINDS * 4).collect();
    let mut under_way = JoinSet::new();
    for number in acknowledged.len()..REQUESTS {
        if under_way.len() >= AT_ONCE {
            acknowledged.extend(under_way.join_next().await.unwrap().unwrap());
        }
        // Spread evenly, in an order that mixes kinds and moments.
        let share = (number * 7_919 % 1_000) as f64 / 1_000.0;
        // Some wait for their answer however busy the machine has become.
        let patience = (!number.is_multiple_of(9)).then(|| usual.mul_f64(share * AT_ONCE as f64));
        let world = Arc::clone(&world);
        under_way.spawn(async move { world.send(number, patience).await });
    }
    while let Some(ended) = under_way.join_next().await {
        acknowledged.extend(ended.unwrap());
    }
    let hung_up = REQUESTS - acknowledged.len();
    println!("requests {REQUESTS}, hung up before an answer {hung_up}, usual answer after {usual:?}");
    assert!(hung_up > REQUESTS / 20 && acknowledged.len() > REQUESTS / 20, "{hung_up} of {REQUESTS} hung up");

    let mut connection = database.superuser().await;
    wait_until_settled(&mut connection).await;
    for number in acknowledged {
        assert!(is_stored(&mut connection, number).await, "request {number} was acknowledged and is not there");
    }
    // The pools are not poisoned: what is written now stays.
    assert!(world.send(REQUESTS, None).await.is_some());
    wait_until_settled(&mut connection).await;
    assert!(is_stored(&mut connection, REQUESTS).await);
}

impl World {
    async fn start(database_url: &str, running: Running, receiver: &FakeReceiver) -> Self {
        let tenant = tenant::create(["--database-url", database_url]).await;
        let bearer = format!("Bearer {}", tenant["api_key"].as_str().unwrap());
        let application = format!("/api/v1/app/{}", tenant["application_id"].as_str().unwrap());
        let signed_in = running.ask("POST /do/sign_in", &FORM, SIGN_IN).await;
        assert_eq!(signed_in.status, 302, "{} {}", signed_in.head, signed_in.body);
        let mut world = Self {
            cookie: session_cookie(&signed_in),
            running,
            bearer,
            publish: format!("{application}/msg/"),
            endpoints: String::new(),
            inbound: String::new(),
        };
        world.post(&format!("{application}/endpoint/"), &json!({ "url": receiver.url("/kept") })).await;
        let other = world.post("/api/v1/app/", &json!({ "name": "Endpoints only", "uid": ONLY_ENDPOINTS })).await;
        world.endpoints = format!("/api/v1/app/{}/endpoint/", other["id"].as_str().unwrap());
        let source = json!({
            "name": "Parts", "provider": "generic_hmac", "secret": INBOUND_SECRET,
            "generic": { "header": "x-signature", "encoding": "hex" },
        });
        let source = world.post("/api/v1/source/", &source).await;
        world.inbound = format!("/in/{}", source["url"].as_str().unwrap().rsplit('/').next().unwrap());
        world
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let headers = [("authorization", self.bearer.as_str()), ("content-type", "application/json")];
        let answer = self.running.ask(&format!("POST {path}"), &headers, &body.to_string()).await;
        assert!((200..300).contains(&answer.status), "{path}: {} {}", answer.head, answer.body);
        answer.json()
    }

    /// Sends the request of a number and says whether it was acknowledged before patience ran out.
    async fn send(&self, number: usize, patience: Option<Duration>) -> Option<usize> {
        let request = self.request(number);
        let mut stream = self.running.connect().await;
        let exchange = async {
            stream.write_all(request.as_bytes()).await.ok()?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.ok()?;
            answer.starts_with(b"HTTP/1.1 2").then_some(number)
        };
        match patience {
            // Dropped on time-out, and the connection with it.
            Some(patience) => tokio::time::timeout(patience, exchange).await.ok().flatten(),
            None => exchange.await,
        }
    }

    fn request(&self, number: usize) -> String {
        let by_key = || format!("authorization: {}\r\ncontent-type: application/json\r\n", self.bearer);
        let url = format!("http://127.0.0.1:8443/{number}");
        let (path, body, headers) = match number % KINDS {
            0 => {
                let body = json!({ "eventType": "part.made", "eventId": uid(number), "payload": { "number": number } });
                (self.publish.as_str(), body.to_string(), by_key())
            }
            1 => (self.endpoints.as_str(), json!({ "url": url, "uid": uid(number) }).to_string(), by_key()),
            2 => {
                // As the pages do it: a refusal has its own status then.
                let form = format!("application={ONLY_ENDPOINTS}&url={url}&uid={}", uid(number));
                let headers = format!(
                    "cookie: {}\r\naccept: application/json\r\nsec-fetch-site: same-origin\r\n\
                     content-type: application/x-www-form-urlencoded\r\n",
                    self.cookie
                );
                ("/do/create_endpoint", form, headers)
            }
            _ => {
                let body = json!({ "number": number }).to_string();
                let signature = tenant::signature(INBOUND_SECRET, &body);
                let headers = format!("x-signature: {signature}\r\ncontent-type: application/json\r\n");
                (self.inbound.as_str(), body, headers)
            }
        };
        format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}

fn uid(number: usize) -> String {
    format!("number-{number}")
}

/// Waits until no statement of the server's runs and no transaction is open, as long as a busy machine has work left.
/// The server's own are idle for moments. One that nobody ends is idle until the database ends it, after a quarter of a
/// minute: it is looked for before.
async fn wait_until_settled(connection: &mut PgConnection) {
    for _ in 0..600 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let (open, idle_s) = open_transactions(connection).await;
        assert!(idle_s < 10.0, "a transaction stays open: idle for {idle_s} s");
        if open == 0 {
            return;
        }
    }
    panic!("transactions stay open: {:?}", open_transactions(connection).await);
}

/// How many there are, and for how many seconds one of them has been idle.
async fn open_transactions(connection: &mut PgConnection) -> (i64, f64) {
    let question = "select count(*), coalesce(extract(epoch from max(clock_timestamp() - state_change)
                        filter (where state like 'idle in transaction%')), 0)::float8
                    from pg_stat_activity
                    where datname = current_database() and pid <> pg_backend_pid()
                      and (state like 'idle in transaction%' or state = 'active' and backend_type = 'client backend')";
    sqlx::query_as(question).fetch_one(connection).await.unwrap()
}

async fn is_stored(connection: &mut PgConnection, number: usize) -> bool {
    let (question, text) = match number % KINDS {
        0 => ("select exists (select from read.messages where uid = $1)", uid(number)),
        1 | 2 => ("select exists (select from read.endpoints where uid = $1)", uid(number)),
        _ => (
            "select exists (select from event_store.events where kind = 'message.accepted' and body = $1::text::bytea)",
            json!({ "number": number }).to_string(),
        ),
    };
    sqlx::query_scalar(question).bind(text).fetch_one(connection).await.unwrap()
}
