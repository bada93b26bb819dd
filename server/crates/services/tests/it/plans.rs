//! Plans: sold by a Stripe that refuses what nobody announced, and limited by what they include.

mod built_in;
mod limits;
mod retention;
mod stripe;
mod upgrading;
mod webhooks;
mod without_stripe;

use crate::support::{Terms, World};
use hookreel_auth::Caller;
use hookreel_contract::ApiError;
use hookreel_contract::input::EventFilter;
use hookreel_domain::{Plan, Quotas};
use hookreel_handlers::{HandlerParts, Handlers, registry};
use hookreel_kernel::{ApplicationId, Secret};
use hookreel_services::PlansWorker;
use hookreel_services::messages::{ReceiveAnswer, ReceiveRefusal, ReceivedRequest};
use hookreel_services::sources::InboundSource;
use serde_json::Value;
use stripe::StripeDouble;

/// The signing secret of Stripe's webhooks about plans.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_Fq0zVtW3p8nYb1Xc5Lk7Jd2Rh9Ms4Ae6";

/// An installation that sells plans, with everything that follows on events.
pub(crate) struct Market {
    pub(crate) world: World,
    pub(crate) stripe: StripeDouble,
    handlers: Handlers,
    worker: PlansWorker,
    billing: InboundSource,
}

/// Free with these limits, and two that are sold.
pub(crate) fn plans(free: Quotas) -> Vec<Plan> {
    let plan = |name: &str, title: &str, prices: &[&str], quotas| Plan {
        name: name.into(),
        title: title.into(),
        prices: prices.iter().map(|&price| price.to_owned()).collect(),
        quotas,
    };
    let team = Quotas { messages_month: Some(1_000), endpoints: Some(20), members: Some(10), retention_days: Some(90) };
    vec![
        plan("free", "Free", &[], free),
        plan("team", "Team", &["price_team", "price_team_year"], team),
        plan("big", "Big", &["price_big"], Quotas::default()),
    ]
}

impl Market {
    pub(crate) async fn open(free: Quotas) -> Self {
        let stripe = StripeDouble::start().await;
        let terms = Terms { stripe_url: Some(stripe.url()), plans: plans(free), retention_days: None };
        let world = World::start_on(terms).await;
        let parts = HandlerParts {
            engine: world.engine.clone(),
            secrets: world.secrets.clone(),
            public_url: "https://hooks.example.com".to_owned(),
            with_billing: true,
        };
        let handlers = Handlers::start(world.test.database().engine(), registry(&parts));
        let worker = PlansWorker::start(&world.services.plans);
        let secret = Secret::new(WEBHOOK_SECRET.to_owned());
        let url = world.services.sources.ensure_billing_source(&secret).await.unwrap();
        let token = url.strip_prefix("https://hooks.example.com/in/").unwrap().to_owned();
        let billing = world.services.sources.find_by_token(&token).await.unwrap().unwrap();
        let market = Self { world, stripe, handlers, worker, billing };
        market.until_handlers_follow().await;
        market
    }

    /// Handlers with effects outside begin with what happens after they were added: from then on nothing is missed.
    async fn until_handlers_follow(&self) {
        let pool = self.world.test.database().engine().clone();
        self.world
            .until(async || {
                let names: Vec<String> =
                    hookreel_handlers::statuses(&pool).await.unwrap().into_iter().map(|status| status.name).collect();
                ["billing", "mails"].iter().all(|name| names.iter().any(|found| found == name)).then_some(())
            })
            .await;
    }

    pub(crate) async fn tenant(&self, email: &str) -> (Caller, ApplicationId) {
        self.world.tenant(email).await
    }

    /// A tenant that Stripe knows as this customer, by a checkout that was begun.
    pub(crate) async fn customer(&self, email: &str, customer: &str) -> Caller {
        let (caller, _) = self.tenant(email).await;
        self.stripe.next_customer(customer);
        self.world.services.plans.begin_checkout(&caller, "team").await.unwrap();
        caller
    }

    /// Stripe tells something, signed.
    pub(crate) async fn tell(&self, event: &Value) -> Result<ReceiveAnswer, ReceiveRefusal> {
        self.world.services.messages.receive(&self.billing, stripe::signed(&self.billing, event)).await
    }

    pub(crate) async fn receive(
        &self,
        source: &InboundSource,
        request: ReceivedRequest,
    ) -> Result<ReceiveAnswer, ReceiveRefusal> {
        self.world.services.messages.receive(source, request).await
    }

    /// What the tenant's plan is called.
    pub(crate) async fn plan(&self, caller: &Caller) -> String {
        self.world.services.plans.usage(caller, None).await.unwrap().plan.unwrap().title
    }

    pub(crate) async fn until_plan(&self, caller: &Caller, title: &str) {
        self.world.until(async || (self.plan(caller).await == title).then_some(())).await;
    }

    /// Waits until every handler has seen everything, and nothing is left to be read at Stripe.
    pub(crate) async fn until_quiet(&self) {
        let pool = self.world.test.database().engine().clone();
        // Where all handlers are, if none is behind.
        let places = async || {
            let statuses = hookreel_handlers::statuses(&pool).await.unwrap();
            // One that writes only in here is not known before its first step.
            let has_begun = statuses.iter().any(|status| status.name == "usage_meter");
            let is_behind = statuses.iter().any(|status| status.behind > 0 || status.retrying > 0);
            (has_begun && !is_behind).then(|| statuses.iter().map(|status| status.position).collect::<Vec<_>>())
        };
        self.world
            .until(async || {
                let before = places().await?;
                let due: i64 = sqlx::query_scalar(
                    "select count(*) from ops.billing_checks where due_at <= now() or claim is not null or tries > 0",
                )
                .fetch_one(&mut self.world.test.superuser().await)
                .await
                .unwrap();
                // Whatever happened between the two looks has moved somebody on.
                (due == 0 && places().await? == before).then_some(())
            })
            .await;
    }

    /// The tenant's events about plan, payment and quotas, oldest first.
    pub(crate) async fn history(&self, caller: &Caller) -> Vec<(String, Value)> {
        let filter = EventFilter { stream_kind: Some("billing".into()), limit: Some(250), ..EventFilter::default() };
        let events = self.world.services.event_log.list(caller, filter).await.unwrap().items;
        events.into_iter().rev().map(|event| (event.kind, serde_json::from_str(&event.payload).unwrap())).collect()
    }

    pub(crate) async fn kinds(&self, caller: &Caller) -> Vec<String> {
        self.history(caller).await.into_iter().map(|(kind, _)| kind).collect()
    }

    /// The kinds of the mails to a tenant, oldest first, without those of signing up.
    pub(crate) async fn mails(&self, caller: &Caller) -> Vec<String> {
        sqlx::query_scalar(
            "select kind from ops.mails where tenant_id = $1 and kind not in ('welcome', 'verify_address')
             order by created_at, mail_id",
        )
        .bind(caller.tenant_id().uuid())
        .fetch_all(&mut self.world.test.superuser().await)
        .await
        .unwrap()
    }

    pub(crate) async fn close(self) {
        self.handlers.stop().await;
        self.worker.stop().await;
        self.world.stop().await;
    }
}

/// What the plan does not include.
#[track_caller]
pub(crate) fn exceeded<T: std::fmt::Debug>(result: Result<T, ApiError>) -> String {
    let error = result.unwrap_err();
    assert_eq!((error.code(), error.status()), ("quota_exceeded", 402));
    error.to_string()
}
