//! An installation with everything in it but the web server.

use bytes::Bytes;
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::input::{EndpointInput, SignUp};
use hookreel_contract::views::EndpointView;
use hookreel_delivery::{AttemptSettings, Engine, EngineParts, InFlightLimits};
use hookreel_domain::{Plan, PlanList, Quotas, RetryPolicy};
use hookreel_egress::{Egress, EgressPolicy};
use hookreel_handlers::recent_mails;
use hookreel_integrations::{Rate, Stripe, StripeConfig};
use hookreel_kernel::{ApplicationId, Clock, MessageId, Secret, SystemClock};
use hookreel_mail::Mail;
use hookreel_secrets::{SecretBox, SecretKey};
use hookreel_services::messages::PublishInput;
use hookreel_services::{Installation, Integrations, Plans, PlansParts, ServiceParts, Services};
use hookreel_testing::{FakeReceiver, TestDatabase};
use std::sync::Arc;
use std::time::Duration;

pub(crate) struct World {
    pub(crate) test: TestDatabase,
    pub(crate) services: Services,
    pub(crate) receiver: FakeReceiver,
    pub(crate) secrets: SecretBox,
    pub(crate) engine: Engine,
}

/// Of everybody who signs up here.
pub(crate) const PASSWORD: &str = "an-unlikely-Phrase-for-tests-7";

/// A sign-up.
pub(crate) fn form(email: &str) -> SignUp {
    SignUp { tenant_name: "Acme".into(), email: email.into(), password: PASSWORD.into() }
}

/// Where plans are paid, which there are, and for how long history is shown.
pub(crate) struct Terms {
    pub(crate) stripe_url: Option<String>,
    pub(crate) plans: Vec<Plan>,
    pub(crate) retention_days: Option<u32>,
}

impl Terms {
    /// Nothing is sold, and everything is unlimited.
    pub(crate) fn none() -> Self {
        let free = Plan { name: "free".into(), title: "Free".into(), prices: vec![], quotas: Quotas::default() };
        Self { stripe_url: None, plans: vec![free], retention_days: None }
    }

    fn stripe(&self, egress: &Egress, clock: &Arc<dyn Clock>) -> Option<Stripe> {
        let url = self.stripe_url.as_ref()?;
        let mut config = StripeConfig::new(url, Secret::new("sk_test_0123456789".to_owned()));
        // A test is quicker than anybody may be at Stripe.
        config.service.rate = Rate { per_minute: 60_000.try_into().unwrap(), burst: 1_000.try_into().unwrap() };
        Some(Stripe::new(config, egress.clone(), Arc::clone(clock)).unwrap())
    }
}

impl World {
    /// Workers included: what is published is delivered.
    pub(crate) async fn start() -> Self {
        Self::on(Terms::none(), Integrations::default(), Installation::default()).await
    }

    /// With a mail server, as far as people are told of it: nothing is sent.
    pub(crate) async fn with_mail_server() -> Self {
        let installation =
            Installation { mail_server: Some("mail.example.com:587".to_owned()), ..Installation::default() };
        Self::on(Terms::none(), Integrations::default(), installation).await
    }

    /// With these services of others.
    pub(crate) async fn with(integrations: Integrations) -> Self {
        Self::on(Terms::none(), integrations, Installation::default()).await
    }

    pub(crate) async fn start_on(terms: Terms) -> Self {
        Self::on(terms, Integrations::default(), Installation::default()).await
    }

    async fn on(terms: Terms, integrations: Integrations, installation: Installation) -> Self {
        let test = TestDatabase::create().await;
        let (database, clock): (_, Arc<dyn Clock>) = (test.database(), Arc::new(SystemClock));
        let secrets = SecretBox::new(&SecretKey::generate());
        let egress = Egress::new(EgressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()])).unwrap();
        let engine = Engine::start(EngineParts {
            database: database.clone(),
            egress: egress.clone(),
            secrets: secrets.clone(),
            clock: clock.clone(),
            attempts: AttemptSettings {
                deadline: Duration::from_secs(30),
                response_bytes_max: 32 * 1024,
                retry_policy: RetryPolicy::new(vec![Duration::ZERO, Duration::from_mins(10)], 0.0).unwrap(),
            },
            in_flight: InFlightLimits::default(),
            with_workers: true,
        });
        let public_url: url::Url = "https://hooks.example.com/".parse().unwrap();
        let stripe = terms.stripe(&egress, &clock);
        let default = terms.plans[0].name.clone();
        let plans = Plans::new(PlansParts {
            database: database.clone(),
            stripe: stripe.clone(),
            list: PlanList::new(terms.plans, &default).unwrap(),
            retention_days: terms.retention_days,
            public_url: public_url.clone(),
            clock: Arc::clone(&clock),
        });
        let services = Services::new(ServiceParts {
            database,
            egress,
            secrets: secrets.clone(),
            public_url,
            clock,
            engine: engine.clone(),
            integrations: Integrations { stripe, ..integrations },
            plans,
            installation,
        });
        Self { test, services, receiver: FakeReceiver::start().await, secrets, engine }
    }

    /// A tenant of its own, with its default application.
    pub(crate) async fn tenant(&self, email: &str) -> (Caller, ApplicationId) {
        let caller = self.services.people.sign_up_by_operator(form(email)).await.unwrap().caller();
        let application = self.services.applications.default_id(&caller).await.unwrap();
        (caller, application)
    }

    /// An endpoint at a path of the receiver.
    pub(crate) async fn endpoint(&self, caller: &Caller, application: ApplicationId, path: &str) -> EndpointView {
        let input = EndpointInput { url: self.receiver.url(path), ..EndpointInput::default() };
        self.services.endpoints.create(caller, application, input).await.unwrap()
    }

    pub(crate) async fn publish(&self, caller: &Caller, application: ApplicationId, event_type: &str) -> MessageId {
        let input = PublishInput {
            event_type: event_type.into(),
            payload: Bytes::from_static(b"{\"n\":1}"),
            uid: None,
            channels: None,
            only_endpoint: None,
            idempotency: None,
        };
        self.services.messages.publish(caller, application, input).await.unwrap().id
    }

    /// The mails that were written to an address, newest first.
    pub(crate) async fn mails_to(&self, email: &str) -> Vec<Mail> {
        let database = self.test.database();
        let mails = recent_mails(database.engine(), &self.secrets, 1_000).await.unwrap();
        mails.into_iter().filter(|row| row.recipient == email).filter_map(|row| row.mail).collect()
    }

    /// Lets the links in mails that are for this be too old.
    pub(crate) async fn expire_tokens(&self, purpose: &str) {
        sqlx::query("update iam.mail_tokens set expires_at = now() - interval '1 second' where purpose = $1")
            .bind(purpose)
            .execute(&mut self.test.superuser().await)
            .await
            .unwrap();
    }

    /// Waits until something is as it should be.
    pub(crate) async fn until<T, F: Future<Output = Option<T>>>(&self, mut check: impl FnMut() -> F) -> T {
        for _ in 0..3_000 {
            if let Some(found) = check().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("nothing came of it in a minute");
    }

    /// What delivers.
    pub(crate) fn engine(&self) -> Engine {
        self.engine.clone()
    }

    /// Ends the workers: a database cannot be dropped while they ask it for jobs.
    pub(crate) async fn stop(self) {
        self.engine.drain(Duration::from_secs(5)).await;
        self.test.database().close().await;
    }
}

/// The fields that are wrong.
pub(crate) fn wrong_fields<T: std::fmt::Debug>(result: Result<T, ApiError>) -> Vec<String> {
    match result.unwrap_err() {
        ApiError::Invalid { fields } => fields.into_iter().map(|field| field.field).collect(),
        other => panic!("not about fields: {other:?}"),
    }
}

/// What the conflict is about.
#[track_caller]
pub(crate) fn conflict<T: std::fmt::Debug>(result: Result<T, ApiError>) -> String {
    match result.unwrap_err() {
        ApiError::Conflict { message } => message,
        other => panic!("not a conflict: {other:?}"),
    }
}

/// What was not found.
#[track_caller]
pub(crate) fn not_found<T: std::fmt::Debug>(result: Result<T, ApiError>) -> String {
    match result.unwrap_err() {
        ApiError::NotFound { what } => what,
        other => panic!("found, or something else: {other:?}"),
    }
}
