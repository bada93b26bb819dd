//! `cargo xtask demo`: the product at work within a minute, with signed webhooks coming in and going out.

mod http;
mod providers;
mod receiver;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use hookreel_cluster::Cluster;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::process::{self, Group};
use crate::progress::announce;
use crate::workspace::Workspace;
use crate::{interruption, run};

use providers::{GITHUB_SECRET, STRIPE_SECRET};
use receiver::Receiver;

const EMAIL: &str = "demo@example.com";
const PASSWORD: &str = "reel-in-every-webhook";
const TENANT: &str = "Demo Anglers";
const READY_LIMIT: Duration = Duration::from_secs(90);
const END_LIMIT: Duration = Duration::from_mins(1);
const WEBHOOKS: u32 = 22;
const FORGED: u32 = 2;
const WEBHOOK_INTERVAL: Duration = Duration::from_millis(800);

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Where the dashboard listens.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: String,
    /// Optimised, as in production. The first build takes some ten minutes more.
    #[arg(long)]
    release: bool,
}

pub(crate) async fn run(workspace: &Workspace, arguments: DemoArguments) -> Result<()> {
    let data_dir = workspace.root.join(".hookreel/demo");
    let prepare = async {
        run::install_and_build(workspace, arguments.release).await?;
        clear(&data_dir).await
    };
    crate::until_interrupted(prepare).await?;

    let receiver = Receiver::start().await?;
    announce("Starting Hookreel with an empty database", "5 seconds");
    let demo =
        Demo { workspace, binary: workspace.server_binary(arguments.release), data_dir, listen: arguments.listen };
    let mut server = demo.start_server()?;
    let outcome = tokio::select! {
        status = server.wait() => Err(anyhow::anyhow!("hookreel ended early ({})", status?)),
        outcome = demo.tour(&receiver) => outcome,
        _ = interruption() => Ok(()),
    };
    let outcome = match outcome {
        Ok(()) => {
            println!("Stopping Hookreel");
            Ok(())
        }
        error => error,
    };
    if server.end(END_LIMIT).await?.is_none() {
        println!("hookreel did not end within {} s and was killed", END_LIMIT.as_secs());
    }
    outcome
}

/// Each demo begins with nothing: what an earlier one left, even running, is removed.
async fn clear(data_dir: &Path) -> Result<()> {
    if !data_dir.exists() {
        return Ok(());
    }
    if let Ok(left) = Cluster::attach(data_dir).await {
        left.stop().await?;
    }
    std::fs::remove_dir_all(data_dir).with_context(|| format!("cannot remove {}", data_dir.display()))
}

#[derive(Debug)]
struct Demo<'a> {
    workspace: &'a Workspace,
    binary: PathBuf,
    data_dir: PathBuf,
    listen: String,
}

/// What `hookreel admin create-tenant --json` answers.
#[derive(Debug)]
struct Tenant {
    application_id: String,
    api_key: String,
}

impl Demo<'_> {
    fn start_server(&self) -> Result<Group> {
        let mut command = self.hookreel();
        command.args(["serve", "--listen", &self.listen, "--data-dir"]).arg(&self.data_dir);
        command.args(["--egress-allow", "127.0.0.0/8", "--egress-allow", "::1/128"]);
        if std::env::var_os("HOOKREEL_LOG").is_none() {
            // What the demo says is enough.
            command.env("HOOKREEL_LOG", "warn");
        }
        Group::spawn(&mut command)
    }

    /// The program, always with a database of its own.
    fn hookreel(&self) -> Command {
        let mut command = process::command(&self.binary);
        command.current_dir(&self.workspace.root).env("HOOKREEL_SITE_DIR", self.workspace.site());
        command
    }

    /// Sets up, sends, and then waits for ever.
    async fn tour(&self, receiver: &Receiver) -> Result<()> {
        self.wait_until_ready().await?;
        let tenant = self.create_tenant().await?;
        let stripe = self.create_source(&tenant, "Payments", "stripe", STRIPE_SECRET).await?;
        let github = self.create_source(&tenant, "Repositories", "github", GITHUB_SECRET).await?;
        self.create_endpoint(&tenant, &receiver.url("/healthy"), "Bookkeeping (healthy)").await?;
        self.create_endpoint(&tenant, &receiver.url("/failing"), "Legacy import (always fails)").await?;

        println!();
        println!("Dashboard:  http://{}/sign-in", self.listen.replace("127.0.0.1", "localhost"));
        println!("  e-mail    {EMAIL}");
        println!("  password  {PASSWORD}");
        println!("API key:    {}", tenant.api_key);
        println!("Sources:    {stripe}  (Stripe)");
        println!("            {github}  (GitHub)");
        println!();
        println!("Sending {WEBHOOKS} signed webhooks in the next 20 seconds, then {FORGED} that are forged.");

        for number in 0..WEBHOOKS + FORGED {
            let webhook = if number.is_multiple_of(2) { providers::stripe(number) } else { providers::github(number) };
            let url = if number.is_multiple_of(2) { &stripe } else { &github };
            // Their signature does not fit: they end in quarantine.
            let webhook = if number >= WEBHOOKS { webhook.forged() } else { webhook };
            let answer = http::post(url, &webhook.headers(), webhook.body.as_bytes()).await?;
            println!("  {:30} {} {}", webhook.event_type, answer.status, answer.reason());
            tokio::time::sleep(WEBHOOK_INTERVAL).await;
        }
        println!();
        println!(
            "The healthy endpoint got {} webhooks, the failing one refused {} attempts and is being retried.",
            receiver.healthy(),
            receiver.refused()
        );
        println!("Look at Deliveries, resend one, replay the last minutes. Ctrl-C ends the demo.");
        std::future::pending().await
    }

    async fn wait_until_ready(&self) -> Result<()> {
        let url = format!("http://{}/readyz", self.listen);
        let ready = async {
            loop {
                if http::get(&url).await.is_ok_and(|answer| answer.status == 200) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
        };
        tokio::time::timeout(READY_LIMIT, ready)
            .await
            .with_context(|| format!("{url} did not answer 200 within {} s", READY_LIMIT.as_secs()))
    }

    async fn create_tenant(&self) -> Result<Tenant> {
        let mut command = self.hookreel();
        command.args([
            "admin",
            "create-tenant",
            "--name",
            TENANT,
            "--email",
            EMAIL,
            "--password-stdin",
            "--operator",
            "--json",
        ]);
        command.arg("--data-dir").arg(&self.data_dir);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("hookreel admin could not be started")?;
        let mut stdin = child.stdin.take().context("hookreel admin has no standard input")?;
        stdin.write_all(format!("{PASSWORD}\n").as_bytes()).await?;
        drop(stdin);
        let output = child.wait_with_output().await?;
        if !output.status.success() {
            bail!("hookreel admin create-tenant failed ({})", output.status);
        }
        let printed: Value =
            serde_json::from_slice(&output.stdout).context("hookreel admin create-tenant printed no JSON")?;
        Ok(Tenant { application_id: text(&printed, "application_id")?, api_key: text(&printed, "api_key")? })
    }

    /// Returns the URL to give to the provider.
    async fn create_source(&self, tenant: &Tenant, name: &str, provider: &str, secret: &str) -> Result<String> {
        let body = json!({ "name": name, "provider": provider, "secret": secret });
        text(&self.api(tenant, "/api/v1/source/", &body).await?, "url")
    }

    async fn create_endpoint(&self, tenant: &Tenant, url: &str, description: &str) -> Result<()> {
        let path = format!("/api/v1/app/{}/endpoint/", tenant.application_id);
        self.api(tenant, &path, &json!({ "url": url, "description": description })).await?;
        Ok(())
    }

    async fn api(&self, tenant: &Tenant, path: &str, body: &Value) -> Result<Value> {
        let url = format!("http://{}{path}", self.listen);
        let headers = [
            ("authorization".to_owned(), format!("Bearer {}", tenant.api_key)),
            ("content-type".to_owned(), "application/json".to_owned()),
        ];
        let answer = http::post(&url, &headers, body.to_string().as_bytes()).await?;
        if !(200..300).contains(&answer.status) {
            bail!("POST {path} was answered with {}: {}", answer.status, answer.body);
        }
        serde_json::from_str(&answer.body)
            .with_context(|| format!("POST {path} was answered with something else than JSON"))
    }
}

fn text(value: &Value, key: &str) -> Result<String> {
    Ok(value.get(key).and_then(Value::as_str).with_context(|| format!("no `{key}` in {value}"))?.to_owned())
}
