//! The whole of this crate, running.

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use hookreel_auth::Caller;
use hookreel_delivery::{AttemptSettings, Engine, EngineParts, InFlightLimits};
use hookreel_domain::{Plan, PlanList, Quotas, RetryPolicy};
use hookreel_egress::{Egress, EgressPolicy};
use hookreel_http::{HttpSettings, HttpState, router};
use hookreel_integrations::{Stripe, StripeConfig};
use hookreel_kernel::{Secret, SystemClock};
use hookreel_secrets::{SecretBox, SecretKey};
use hookreel_services::{Installation, Integrations, Plans, PlansParts, ServiceParts, Services};
use hookreel_testing::TestDatabase;
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tower::ServiceExt;

/// The cap on bodies in these tests.
pub(crate) const BODY_BYTES_MAX: usize = 64 * 1024;

/// A tenant and a key of it.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) caller: Caller,
    pub(crate) key: String,
}

/// The router, what is behind it, and one tenant.
#[derive(Debug)]
pub(crate) struct TestApp {
    pub(crate) tenant: Tenant,
    pub(crate) services: Services,
    pub(crate) database: TestDatabase,
    router: Router,
}

impl TestApp {
    /// With workers that deliver to loopback at once, and again after 100 ms.
    pub(crate) async fn start() -> Self {
        Self::start_with(None, Integrations::default()).await
    }

    /// With these services of others.
    pub(crate) async fn with(integrations: Integrations) -> Self {
        Self::start_with(None, integrations).await
    }

    /// The same where plans are sold, by a Stripe that nobody asks, and the one that everybody has includes this.
    pub(crate) async fn start_selling(quotas: Quotas) -> Self {
        Self::start_with(Some(quotas), Integrations::default()).await
    }

    async fn start_with(sold: Option<Quotas>, integrations: Integrations) -> Self {
        let database = TestDatabase::create().await;
        let clock = Arc::new(SystemClock);
        let egress = Egress::new(EgressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()])).unwrap();
        let secrets = SecretBox::new(&SecretKey::generate());
        let engine = Engine::start(EngineParts {
            database: database.database(),
            egress: egress.clone(),
            secrets: secrets.clone(),
            clock: clock.clone(),
            attempts: AttemptSettings {
                deadline: Duration::from_secs(30),
                response_bytes_max: 32 * 1024,
                retry_policy: RetryPolicy::new(vec![Duration::ZERO, Duration::from_millis(100)], 0.0).unwrap(),
            },
            in_flight: InFlightLimits::default(),
            with_workers: true,
        });
        let stripe = sold.map(|_| {
            let config = StripeConfig::new("https://stripe.example.com", Secret::new("sk_test_1".to_owned()));
            Stripe::new(config, egress.clone(), clock.clone()).unwrap()
        });
        let quotas = sold.unwrap_or_default();
        let free = Plan { name: "free".into(), title: "Free".into(), prices: vec![], quotas };
        let plans = Plans::new(PlansParts {
            database: database.database(),
            stripe,
            list: PlanList::new(vec![free], "free").unwrap(),
            retention_days: None,
            public_url: "https://hooks.example.com".parse().unwrap(),
            clock: clock.clone(),
        });
        let services = Services::new(ServiceParts {
            database: database.database(),
            egress,
            secrets,
            public_url: "https://hooks.example.com".parse().unwrap(),
            clock: clock.clone(),
            engine,
            integrations,
            plans,
            installation: Installation::default(),
        });
        let settings = HttpSettings {
            body_bytes_max: BODY_BYTES_MAX,
            body_timeout: Duration::from_secs(5),
            ..HttpSettings::default()
        };
        let router = router(HttpState::new(services.clone(), settings, clock));
        let tenant = tenant(&database, &services).await;
        Self { tenant, services, database, router }
    }

    /// One more tenant.
    pub(crate) async fn other_tenant(&self) -> Tenant {
        tenant(&self.database, &self.services).await
    }

    /// Listens on a port of its own until the handle is dropped.
    pub(crate) async fn listen(&self) -> Listening {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = self.router.clone();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Listening { address, server }
    }

    pub(crate) fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str, body: Value) -> Call<'_> {
        self.call(Method::POST, path).body(body.to_string())
    }

    pub(crate) fn put(&self, path: &str, body: Value) -> Call<'_> {
        self.call(Method::PUT, path).body(body.to_string())
    }

    pub(crate) fn patch(&self, path: &str, body: Value) -> Call<'_> {
        self.call(Method::PATCH, path).body(body.to_string())
    }

    pub(crate) fn delete(&self, path: &str) -> Call<'_> {
        self.call(Method::DELETE, path)
    }

    /// A request by the first tenant's key.
    pub(crate) fn call(&self, method: Method, path: &str) -> Call<'_> {
        let bearer = format!("Bearer {}", self.tenant.key);
        Call { app: self, method, path: path.to_owned(), headers: HeaderMap::new(), body: Body::empty() }
            .header("authorization", &bearer)
    }

    /// A new endpoint of the default application at this URL; its id.
    pub(crate) async fn endpoint(&self, url: &str) -> String {
        let made = self.post("/api/v1/app/default/endpoint", serde_json::json!({ "url": url })).send().await;
        made.expect(201)["id"].as_str().unwrap().to_owned()
    }
}

async fn tenant(database: &TestDatabase, services: &Services) -> Tenant {
    let (tenant_id, _) = database.tenant().await;
    let caller = Caller::operator(tenant_id);
    let key = services.api_keys.create(&caller, "test").await.unwrap().key.as_str().to_owned();
    Tenant { caller, key }
}

/// A server on a port; stops when dropped.
#[derive(Debug)]
pub(crate) struct Listening {
    pub(crate) address: SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A request that is being put together.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    app: &'a TestApp,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Body,
}

impl Call<'_> {
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub(crate) fn by(self, tenant: &Tenant) -> Self {
        self.header("authorization", &format!("Bearer {}", tenant.key))
    }

    pub(crate) fn without_key(mut self) -> Self {
        self.headers.remove("authorization");
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) async fn send(self) -> Answer {
        let mut request = Request::builder().method(self.method).uri(self.path).body(self.body).unwrap();
        *request.headers_mut() = self.headers;
        let response = self.app.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body as JSON, if the status is the expected one.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        if self.body.is_empty() { Value::Null } else { serde_json::from_slice(&self.body).unwrap() }
    }

    /// A problem's field errors as `place.field: message`.
    #[track_caller]
    pub(crate) fn field_errors(&self) -> Vec<String> {
        let problem = self.expect(422);
        let fields = problem["detail"].as_array().unwrap();
        let named = |field: &Value| {
            let loc: Vec<&str> = field["loc"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
            format!("{}: {}", loc.join("."), field["msg"].as_str().unwrap())
        };
        fields.iter().map(named).collect()
    }
}
