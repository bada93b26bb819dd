//! Stripe as far as it is asked: it remembers what it is told to, and fails the test when it is asked anything else.

use hookreel_ingest::{SampleEvent, sign};
use hookreel_kernel::{Clock as _, SystemClock};
use hookreel_services::messages::ReceivedRequest;
use hookreel_services::sources::InboundSource;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use wiremock::matchers::{any, method, path, path_regex};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

#[derive(Debug, Default)]
struct Account {
    /// How often nothing but errors is answered.
    troubles: usize,
    next_customer: String,
    subscriptions: HashMap<String, Vec<Value>>,
    gone: Vec<String>,
}

/// A Stripe on loopback. wiremock checks its expectations when it is dropped.
pub(crate) struct StripeDouble {
    server: MockServer,
    account: Arc<Mutex<Account>>,
}

struct Answers {
    account: Arc<Mutex<Account>>,
    of: fn(&mut Account, &Request) -> Value,
}

impl Respond for Answers {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut account = self.account.lock().unwrap();
        if account.troubles > 0 {
            account.troubles -= 1;
            return ResponseTemplate::new(400).set_body_json(json!({ "error": { "message": "out of order" } }));
        }
        match (self.of)(&mut account, request) {
            Value::Null => ResponseTemplate::new(404).set_body_json(json!({ "error": { "code": "resource_missing" } })),
            found => ResponseTemplate::new(200).set_body_json(found),
        }
    }
}

impl StripeDouble {
    pub(crate) async fn start() -> Self {
        let server = MockServer::start().await;
        let account: Arc<Mutex<Account>> = Arc::default();
        "cus_1".clone_into(&mut account.lock().unwrap().next_customer);
        let this = Self { server, account };
        let unexpected = Mock::given(any()).respond_with(ResponseTemplate::new(418)).with_priority(255);
        this.server.register(unexpected.expect(0).named("an unexpected request")).await;
        this.answer("POST", "/v1/customers", |account, _| json!({ "id": account.next_customer })).await;
        this.answer(
            "POST",
            "/v1/checkout/sessions",
            |_, _| json!({ "id": "cs_1", "url": "https://checkout.stripe.example/c/cs_1", "status": "open" }),
        )
        .await;
        this.answer(
            "POST",
            "/v1/billing_portal/sessions",
            |_, _| json!({ "id": "bps_1", "url": "https://billing.stripe.example/p/1" }),
        )
        .await;
        this.answer("GET", "/v1/subscriptions", subscriptions).await;
        let customer = Answers { account: Arc::clone(&this.account), of: customer };
        let one = Mock::given(method("GET")).and(path_regex("^/v1/customers/cus_[0-9a-z]+$")).respond_with(customer);
        this.server.register(one).await;
        this
    }

    async fn answer(&self, verb: &str, at: &str, of: fn(&mut Account, &Request) -> Value) {
        let answers = Answers { account: Arc::clone(&self.account), of };
        self.server.register(Mock::given(method(verb)).and(path(at)).respond_with(answers)).await;
    }

    pub(crate) fn url(&self) -> String {
        self.server.uri()
    }

    /// The next customer that is made is called so.
    pub(crate) fn next_customer(&self, id: &str) {
        id.clone_into(&mut self.account.lock().unwrap().next_customer);
    }

    /// From now on this is what a customer is subscribed to, the newest first.
    pub(crate) fn subscribed(&self, customer: &str, subscriptions: Vec<Value>) {
        self.account.lock().unwrap().subscriptions.insert(customer.to_owned(), subscriptions);
    }

    /// The customer was deleted.
    pub(crate) fn delete(&self, customer: &str) {
        self.account.lock().unwrap().gone.push(customer.to_owned());
    }

    /// The next so many requests are refused.
    pub(crate) fn refuse(&self, requests: usize) {
        self.account.lock().unwrap().troubles = requests;
    }

    /// What was asked: method, path, and the form or the query, decoded.
    pub(crate) async fn asked(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap();
        requests.iter().map(line).collect()
    }

    /// The idempotency keys of the requests to a path.
    pub(crate) async fn keys(&self, at: &str) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap();
        let of = requests.iter().filter(|request| request.url.path() == at);
        of.map(|request| request.headers["idempotency-key"].to_str().unwrap().to_owned()).collect()
    }
}

fn line(request: &Request) -> String {
    let body = String::from_utf8(request.body.clone()).unwrap();
    let pairs = |text: &str| -> String {
        let pairs: Vec<String> =
            url::form_urlencoded::parse(text.as_bytes()).map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join(" ")
    };
    let said = pairs(request.url.query().unwrap_or(&body));
    format!("{} {} {said}", request.method, request.url.path()).trim_end().to_owned()
}

fn subscriptions(account: &mut Account, request: &Request) -> Value {
    let customer = request.url.query_pairs().find(|(name, _)| name == "customer").unwrap().1.into_owned();
    if account.gone.contains(&customer) {
        return Value::Null;
    }
    let data = account.subscriptions.get(&customer).cloned().unwrap_or_default();
    json!({ "object": "list", "has_more": false, "data": data })
}

fn customer(account: &mut Account, request: &Request) -> Value {
    let id = request.url.path().rsplit('/').next().unwrap().to_owned();
    let is_gone = account.gone.contains(&id);
    if is_gone { json!({ "id": id, "deleted": true }) } else { json!({ "id": id }) }
}

/// A subscription of `cus_…` to a price, with its latest invoice.
pub(crate) fn subscription(customer: &str, status: &str, price: &str, invoice: Option<(&str, &str)>) -> Value {
    let invoice = invoice.map(|(id, status)| {
        json!({
            "id": id, "object": "invoice", "status": status, "amount_due": 4_900, "currency": "eur", "attempt_count": 1,
        })
    });
    json!({
        "id": format!("sub_of_{customer}"), "object": "subscription", "customer": customer, "status": status,
        "cancel_at_period_end": false, "created": 1_795_426_200, "latest_invoice": invoice,
        "items": { "object": "list", "has_more": false, "data": [{
            "id": "si_1", "quantity": 1, "current_period_end": 1_798_018_200, "price": { "id": price, "object": "price" },
        }] },
    })
}

/// An event of Stripe about a customer.
pub(crate) fn event(id: &str, kind: &str, customer: &str) -> Value {
    let object = match kind.split('.').next() {
        Some("checkout") => json!({ "object": "checkout.session", "mode": "subscription", "customer": customer }),
        Some("invoice") => json!({ "object": "invoice", "id": "in_1", "customer": customer, "amount_due": 4_900 }),
        _ => json!({ "object": "subscription", "id": "sub_1", "customer": customer, "status": "whatever" }),
    };
    json!({ "id": id, "object": "event", "api_version": "2026-01-28", "type": kind, "data": { "object": object } })
}

/// As Stripe would send it to a source.
pub(crate) fn signed(source: &InboundSource, event: &Value) -> ReceivedRequest {
    let body = event.to_string().into_bytes();
    let sample = SampleEvent {
        id: event["id"].as_str().unwrap_or_default(),
        event_type: event["type"].as_str().unwrap_or_default(),
        public_url: "https://hooks.example.com/in/x",
        body: &body,
    };
    let sample = sign(&source.rule, &source.secrets[0], sample, SystemClock.now()).unwrap();
    let headers = sample.headers.into_iter();
    ReceivedRequest {
        method: "POST".to_owned(),
        path_and_query: "/in/x".to_owned(),
        headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value.into_bytes())).collect(),
        body: sample.body.into(),
        larger_than: None,
        is_truncated: false,
        sender: None,
    }
}
