//! From configuration to a running program, and back to nothing.

use crate::config::Config;
use crate::health::Health;
use crate::listener::Clients;
use crate::live::LiveState;
use crate::metrics::{Metrics, Requests};
use crate::proxies::TrustedProxies;
use crate::router::{self, RouterParts};
use crate::shutdown::Signals;
use crate::store::Store;
use crate::{housekeeping, integrations, listener, open_files, plans, retention, secret_key, workers};
use anyhow::{Context as _, bail};
use axum::Router;
use hookreel_auth::PostgresSessionStore;
use hookreel_delivery::Engine;
use hookreel_egress::Egress;
use hookreel_handlers::{
    Handler, HandlerParts, Handlers, Post, PostParts, Recoverer, RecoveryParts, begin_all, registry,
};
use hookreel_http::{HttpSettings, HttpState};
use hookreel_integrations::GitHub;
use hookreel_kernel::{Clock, SystemClock};
use hookreel_mail::{Instance, Smtp};
use hookreel_secrets::SecretBox;
use hookreel_services::operations::Vitals;
use hookreel_services::{Installation, Integrations, Plans, PlansWorker, Retention, ServiceParts, Services};
use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Which halves of Hookreel this process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Halves {
    /// Everything.
    Both,
    /// Pages, API, inbound.
    Web,
    /// Delivery.
    Worker,
}

impl Halves {
    const fn with_web(self) -> bool {
        matches!(self, Self::Both | Self::Web)
    }

    const fn with_workers(self) -> bool {
        matches!(self, Self::Both | Self::Worker)
    }
}

/// A program that is ready to answer.
#[derive(Debug)]
pub(crate) struct Application {
    listener: Option<(TcpListener, Router)>,
    /// Where metrics are told.
    metrics: Option<(TcpListener, Router)>,
    limits: listener::Limits,
    engine: Engine,
    followers: Option<Followers>,
    health: Health,
    store: Store,
    signals: Signals,
    stop: CancellationToken,
    /// What to tell a person.
    base_url: String,
    /// Where the listener really is: the port may have been chosen by the system.
    bound: Option<SocketAddr>,
}

impl Application {
    /// Takes the port, brings the database up, and starts the engine. Connections that come in meanwhile wait.
    pub(crate) async fn build(config: Config, halves: Halves, mut signals: Signals) -> anyhow::Result<Self> {
        if halves == Halves::Worker && config.http.public_url.is_none() {
            bail!(
                "a worker writes mails with links and cannot know where people reach this instance: give it the same \
                 --public-url (HOOKREEL_PUBLIC_URL) as the web process"
            );
        }
        open_files::allow_as_many_as_possible(config.http.connections_max);
        let ways = Ways::open(&config, halves).await?;
        let store = tokio::select! {
            store = Store::open(&config.store) => store?,
            name = signals.next() => bail!("{name} during start-up"),
        };
        let database = store.database().clone();
        match Parts::start(&config, halves, &store, ways).await {
            Ok(parts) => Ok(parts.into_application(&config, store, signals)),
            Err(error) => {
                database.close().await;
                store.close().await?;
                Err(error)
            }
        }
    }

    /// Answers until a signal comes; then lets what is under way finish, and stops the database last.
    pub(crate) async fn run_until_stopped(mut self) -> anyhow::Result<()> {
        let draining = CancellationToken::new();
        let limits = &self.limits;
        let answering = self.listener.take().map(|(listener, router)| {
            tokio::spawn(listener::serve(listener, router, limits.clone(), draining.clone()))
        });
        let telling = self.metrics.take().map(|(listener, router)| {
            tokio::spawn(listener::serve(listener, router, limits.clone(), draining.clone()))
        });
        greet(self.bound, &self.base_url);
        let name = self.signals.next().await;
        tracing::info!("{name}: finishing what is under way; the same signal again ends at once");
        self.signals.exit_at_the_next();

        self.health.stop();
        self.stop.cancel();
        draining.cancel();
        for answering in answering.into_iter().chain(telling) {
            answering.await.context("the listener broke down")?;
        }
        if let Some(followers) = &self.followers {
            followers.stop().await;
        }
        self.engine.drain(listener::DRAIN_MAX).await;
        self.store.close().await?;
        tracing::info!("stopped");
        Ok(())
    }
}

/// What follows on events, and what goes on in the background.
#[derive(Debug)]
struct Followers {
    handlers: Handlers,
    post: Post,
    /// `None`: no GitHub is configured.
    recoverer: Option<Recoverer>,
    plans: PlansWorker,
}

impl Followers {
    fn start(
        config: &Config,
        post: PostParts,
        handlers: Vec<Arc<dyn Handler>>,
        github: Option<&GitHub>,
        plans: &Plans,
    ) -> Self {
        let database = &post.database;
        let recoverer = github.map(|github| {
            Recoverer::start(RecoveryParts {
                database: database.clone(),
                secrets: post.secrets.clone(),
                github: github.clone(),
                pause: RecoveryParts::PAUSE,
            })
        });
        Self {
            handlers: Handlers::start_with(database.engine(), handlers, config.handlers.retries.clone()),
            post: Post::start(post),
            recoverer,
            plans: PlansWorker::start(plans),
        }
    }

    async fn stop(&self) {
        self.handlers.stop().await;
        self.plans.stop().await;
        self.post.stop().await;
        if let Some(recoverer) = &self.recoverer {
            recoverer.stop().await;
        }
    }
}

/// The ways in and out: what can be made before anything slow is done, so that a mistake in its settings shows at once.
struct Ways {
    listener: Option<TcpListener>,
    metrics: Option<TcpListener>,
    bound: Option<SocketAddr>,
    base_url: String,
    egress: Egress,
    integrations: Integrations,
    /// `None`: there is no mail server.
    smtp: Option<Smtp>,
    clock: Arc<dyn Clock>,
}

impl Ways {
    async fn open(config: &Config, halves: Halves) -> anyhow::Result<Self> {
        let listener = bind(config, halves).await?;
        let metrics = bind_metrics(config).await?;
        let bound = listener.as_ref().map(TcpListener::local_addr).transpose()?;
        let base_url = bound.map(|bound| config.http.base_url(bound)).unwrap_or_default();
        let egress = workers::egress(config, &base_url, bound).context("the way out")?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let integrations = integrations::build(&config.integrations, &egress, &clock)?;
        let smtp = config.mail.smtp.clone().map(Smtp::new).transpose().context("the mail server")?;
        Ok(Self { listener, metrics, bound, base_url, egress, integrations, smtp, clock })
    }
}

/// What stands on the database.
struct Parts {
    engine: Engine,
    followers: Option<Followers>,
    health: Health,
    listener: Option<(TcpListener, Router)>,
    metrics: Option<(TcpListener, Router)>,
    stop: CancellationToken,
    base_url: String,
    bound: Option<SocketAddr>,
}

impl Parts {
    async fn start(config: &Config, halves: Halves, store: &Store, ways: Ways) -> anyhow::Result<Self> {
        let Ways { listener, metrics, bound, base_url, egress, integrations, smtp, clock } = ways;
        let database = store.database().clone();
        let secrets = SecretBox::new(&secret_key::load(&config.secrets, &config.store)?);
        secrets.verify_instance(&database).await?;
        let engine = workers::start(
            &config.delivery,
            database.clone(),
            egress.clone(),
            secrets.clone(),
            Arc::clone(&clock),
            halves.with_workers(),
        );
        let public_url = public_url(config, &base_url).context("the instance's own URL")?;
        let plans = plans::build(&config.billing, &database, &integrations, &public_url, &clock);
        let parts = HandlerParts {
            engine: engine.clone(),
            secrets: secrets.clone(),
            public_url: public_url.to_string(),
            with_billing: plans.are_sold(),
        };
        let handlers = registry(&parts);
        begin_all(database.engine(), &handlers).await?;
        let stop = CancellationToken::new();
        let followers = if halves.with_workers() {
            let retention = Retention::new(database.clone(), plans.clone(), Arc::clone(&clock));
            tokio::spawn(retention::run(retention, stop.clone()));
            let instance = Arc::new(Instance::new(public_url.as_str()).context("the instance's own URL")?);
            let post = PostParts { database: database.clone(), secrets: secrets.clone(), smtp, instance };
            Some(Followers::start(config, post, handlers.clone(), integrations.github.as_ref(), &plans))
        } else {
            None
        };
        let vitals = Vitals::new(database.clone(), engine.clone(), integrations.clone());
        let health = Health::new(database.clone(), engine.clone(), halves.with_workers(), vitals.clone());
        let requests = Requests::default();
        let metrics = metrics.map(|listener| (listener, Metrics { vitals, requests: requests.clone() }.routes()));

        let listener = match (listener, bound) {
            (Some(listener), Some(bound)) if halves.with_web() => {
                let sessions = PostgresSessionStore::new(database.auth().clone(), Arc::clone(&clock));
                let services = Services::new(ServiceParts {
                    database: database.clone(),
                    egress,
                    secrets,
                    public_url,
                    clock: Arc::clone(&clock),
                    engine: engine.clone(),
                    integrations,
                    plans,
                    installation: Installation { handlers, mail_server: mail_server(config) },
                });
                plans::receive_webhooks(&config.billing, &services).await?;
                let keys = services.idempotency.clone();
                tokio::spawn(housekeeping::run(sessions.clone(), keys, database, stop.clone()));
                let settings = HttpSettings { body_bytes_max: config.http.body_bytes_max, ..HttpSettings::default() };
                let router = router::build(RouterParts {
                    config: config.http.clone(),
                    bound,
                    http: HttpState::new(services.clone(), settings, clock),
                    live: LiveState { services, sessions, stop: stop.clone() },
                    health: health.clone(),
                    requests,
                });
                Some((listener, router))
            }
            (Some(listener), _) => Some((listener, router::health_only(health.clone()))),
            (None, _) => None,
        };
        Ok(Self { engine, followers, health, listener, metrics, stop, base_url, bound })
    }

    fn into_application(self, config: &Config, store: Store, signals: Signals) -> Application {
        let clients =
            Clients::new(config.http.connections_per_client_max, TrustedProxies::new(&config.http.trusted_proxies));
        let limits = listener::Limits::of_connections(config.http.connections_max, clients);
        Application {
            listener: self.listener,
            metrics: self.metrics,
            limits,
            engine: self.engine,
            followers: self.followers,
            health: self.health,
            store,
            signals,
            stop: self.stop,
            base_url: self.base_url,
            bound: self.bound,
        }
    }
}

/// How people and providers reach this instance. A worker knows it only from being told, and does not start otherwise:
/// where it listens, if anywhere, it answers about its health alone.
fn public_url(config: &Config, base_url: &str) -> Result<Url, url::ParseError> {
    config.http.public_url.clone().map_or_else(|| Url::parse(base_url), Ok)
}

/// Takes the port before anything slow is done, so that a mistake shows at once. A worker listens only if asked to.
async fn bind(config: &Config, halves: Halves) -> anyhow::Result<Option<TcpListener>> {
    if !halves.with_web() && !config.http.listen_was_given {
        return Ok(None);
    }
    let address = &config.http.listen;
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: is it HOST:PORT, and is no other program listening there?")
    })?;
    Ok(Some(listener))
}

async fn bind_metrics(config: &Config) -> anyhow::Result<Option<TcpListener>> {
    let Some(address) = &config.http.metrics_listen else { return Ok(None) };
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot tell metrics on {address}: is it HOST:PORT, and is no other program listening there?")
    })?;
    tracing::info!(address = %listener.local_addr()?, "metrics");
    Ok(Some(listener))
}

fn mail_server(config: &Config) -> Option<String> {
    config.mail.smtp.as_ref().map(|smtp| format!("{}:{}", smtp.host, smtp.port))
}

fn greet(bound: Option<SocketAddr>, base_url: &str) {
    let Some(address) = bound else {
        tracing::info!("ready: delivering");
        return;
    };
    tracing::info!(url = base_url, %address, "ready");
    let mut terminal = std::io::stderr();
    if terminal.is_terminal() {
        let _ = writeln!(
            terminal,
            "\n  Hookreel is ready: {base_url}\n  Open it, sign up, and add a source or an endpoint. \
             REST API: {base_url}/docs. Ctrl-C stops.\n"
        );
    }
}
