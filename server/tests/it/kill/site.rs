//! One instance on one data directory, through all its lives.

use super::sink::{PATHS, Sink};
use crate::process::{Running, Scratch};
use crate::tenant;
use hookreel_cluster::Cluster;
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::sync::watch;

pub(crate) const STRIPE_SECRET: &str = "whsec_kept_through_every_kill";

/// What a sender needs to know.
#[derive(Debug, Clone)]
pub(crate) struct Doors {
    /// Where the server listens in its present life.
    pub(crate) authority: watch::Receiver<String>,
    pub(crate) api_key: String,
    /// `/api/v1/app/{id}/msg/`
    pub(crate) publish: String,
    /// `/in/{token}`
    pub(crate) inbound: String,
}

/// The instance.
#[derive(Debug)]
pub(crate) struct Site {
    running: Running,
    authority: watch::Sender<String>,
    doors: Doors,
    /// The endpoints' ids, in the order of [`PATHS`].
    pub(crate) endpoints: Vec<String>,
    // Last: its directory goes when nothing uses it any more.
    scratch: Scratch,
}

impl Site {
    /// A server with a tenant, an endpoint for each path of the sink, and a Stripe source.
    pub(crate) async fn start(sink: &Sink) -> Self {
        let scratch = Scratch::new();
        let running = life(&scratch).await;
        let tenant = tenant::create(["--data-dir", scratch.path()]).await;
        let api_key = tenant["api_key"].as_str().unwrap().to_owned();
        let application = format!("/api/v1/app/{}", tenant["application_id"].as_str().unwrap());
        let mut endpoints = Vec::new();
        for path in PATHS {
            let endpoint = json!({ "url": sink.url(path) });
            let made = post(&running, &api_key, &format!("{application}/endpoint/"), endpoint).await;
            endpoints.push(made["id"].as_str().unwrap().to_owned());
        }
        let source = json!({ "name": "Payments", "provider": "stripe", "secret": STRIPE_SECRET });
        let source = post(&running, &api_key, "/api/v1/source/", source).await;
        let token = source["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let authority = watch::Sender::new(running.authority.clone());
        let doors = Doors {
            authority: authority.subscribe(),
            api_key,
            publish: format!("{application}/msg/"),
            inbound: format!("/in/{token}"),
        };
        Self { running, authority, doors, endpoints, scratch }
    }

    pub(crate) fn doors(&self) -> Doors {
        self.doors.clone()
    }

    /// SIGKILL. Its PostgreSQL stays behind.
    pub(crate) async fn kill(&mut self) {
        self.running.child.kill().await.unwrap();
    }

    /// A new life on what the last one left.
    pub(crate) async fn start_again(&mut self) {
        self.running = life(&self.scratch).await;
        self.authority.send_replace(self.running.authority.clone());
    }

    /// What `pg_ctl stop -m immediate` does: no checkpoint, no goodbye.
    pub(crate) async fn stop_postgres_at_once(&self) {
        let file = std::fs::read_to_string(self.scratch.0.join("postgres/postmaster.pid")).unwrap();
        let pid = file.lines().next().unwrap().to_owned();
        let sent = tokio::process::Command::new("kill").args(["-s", "QUIT", &pid]).status().await.unwrap();
        assert!(sent.success(), "PostgreSQL was not running");
    }

    pub(crate) async fn throw_jobs_away(&self) {
        self.superuser().await.execute("truncate apalis.jobs").await.unwrap();
    }

    /// A connection that may look at everything.
    pub(crate) async fn superuser(&self) -> PgConnection {
        let cluster = Cluster::attach(&self.scratch.0).await.unwrap();
        PgConnection::connect(&cluster.url("hookreel")).await.unwrap()
    }

    /// The orderly end.
    pub(crate) async fn stop(self) {
        assert_eq!(self.running.stop().await, Some(0));
    }
}

async fn life(scratch: &Scratch) -> Running {
    Running::start(&["--data-dir", scratch.path(), "--egress-allow", "127.0.0.0/8", "--site-dir", "/nowhere"]).await
}

async fn post(running: &Running, api_key: &str, path: &str, body: Value) -> Value {
    let bearer = format!("Bearer {api_key}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let answer = running.ask(&format!("POST {path}"), &headers, &body.to_string()).await;
    assert!((200..300).contains(&answer.status), "{path}: {} {}", answer.head, answer.body);
    answer.json()
}
