//! `hookreel admin`: what an operator does on the machine itself, whether or not an instance is running on the data.
//!
//! Answers go to standard output, everything else to standard error.

mod billing;
mod handlers;
mod operator;

use crate::config::{Config, LogSettings, Settings, StoreSettings};
use crate::store::Store;
use crate::telemetry;
use anyhow::{Context as _, anyhow, bail};
use billing::WebhookUrlArguments;
use clap::{Args, Subcommand};
use handlers::HandlersCommand;
use hookreel_auth::{Caller, OperatorPermit};
use hookreel_contract::ApiError;
use hookreel_contract::input::SignUp;
use hookreel_database::Database;
use hookreel_kernel::{Clock, Secret, SystemClock};
use hookreel_services::operations::{Handlers, Operators, Subscriptions};
use hookreel_services::{ApiKeys, People};
use operator::OperatorCommand;
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

/// More than any password that is accepted.
const STDIN_BYTES_MAX: u64 = 8 * 1024;

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Makes a tenant with its first member, and an API key.
    CreateTenant {
        /// What the tenant is called.
        #[arg(long)]
        name: String,
        /// The e-mail address of its first member.
        #[arg(long)]
        email: String,
        #[command(flatten)]
        password: PasswordArguments,
        /// Make the member an operator, who may see and steer the whole installation.
        #[arg(long)]
        operator: bool,
        /// Print one JSON object: tenant_id, application_id, api_key.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        common: CommonArguments,
    },
    /// Gives a member a new password and ends all the member's sessions.
    ResetPassword {
        /// The member's e-mail address.
        #[arg(long)]
        email: String,
        #[command(flatten)]
        password: PasswordArguments,
        #[command(flatten)]
        common: CommonArguments,
    },
    /// What handlers do about events: where each stands, and what it could not do.
    Handlers {
        #[command(subcommand)]
        command: HandlersCommand,
    },
    /// Who may see and steer the whole installation in the dashboard.
    Operator {
        #[command(subcommand)]
        command: OperatorCommand,
    },
    /// Prints where Stripe has to send its webhooks about subscriptions to plans.
    BillingWebhookUrl(Box<WebhookUrlArguments>),
    /// Asks Stripe again, at once, about every subscription that could not be read.
    ReadSubscriptions {
        #[command(flatten)]
        common: CommonArguments,
    },
    /// Lists the tenants of this installation and the addresses of their members.
    ListTenants {
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        common: CommonArguments,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PasswordArguments {
    /// Read the password from standard input; a line break at its end does not belong to it.
    #[arg(long, required = true)]
    password_stdin: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct CommonArguments {
    #[command(flatten)]
    store: StoreSettings,
    #[command(flatten)]
    log: LogSettings,
}

/// The services that need no engine.
struct Desk {
    database: Database,
    people: People,
    api_keys: ApiKeys,
    operators: Operators,
    handlers: Handlers,
    subscriptions: Subscriptions,
}

/// Does it.
pub(crate) async fn run(command: AdminCommand, file: Option<&Path>) -> anyhow::Result<()> {
    let common = match &command {
        AdminCommand::BillingWebhookUrl(arguments) => return billing::print_webhook_url(arguments, file),
        AdminCommand::CreateTenant { common, .. }
        | AdminCommand::ResetPassword { common, .. }
        | AdminCommand::ReadSubscriptions { common }
        | AdminCommand::ListTenants { common, .. } => common.clone(),
        AdminCommand::Handlers { command } => command.common().clone(),
        AdminCommand::Operator { command } => command.common().clone(),
    };
    let settings = Settings { store: common.store, log: common.log, ..Settings::default() };
    let config = Config::load(settings, file)?;
    telemetry::start(&config.log)?;
    let store = Store::open_existing(&config.store).await?;
    let done = answer(command, &Desk::new(store.database())).await;
    let closed = store.close().await;
    done.and(closed)
}

async fn answer(command: AdminCommand, desk: &Desk) -> anyhow::Result<()> {
    match command {
        AdminCommand::CreateTenant { name, email, operator, json, password, .. } => {
            let password = password.read()?;
            let input = SignUp { tenant_name: name, email, password: password.expose().clone() };
            desk.create_tenant(input, operator, json).await
        }
        AdminCommand::ResetPassword { email, password, .. } => {
            let password = password.read()?;
            desk.people.reset_password(&email, password).await.map_err(in_words)?;
            print(format_args!("The password of {email} was changed; all its sessions have ended."))
        }
        AdminCommand::ReadSubscriptions { .. } => {
            let permit = OperatorPermit::of_the_machine();
            let count = desk.subscriptions.read_again(&permit).await.map_err(in_words)?;
            print(format_args!("Subscriptions to be read again, by a server that runs: {count}."))
        }
        AdminCommand::ListTenants { json, .. } => desk.list_tenants(json).await,
        // It needs no database, and was answered before there is one.
        AdminCommand::BillingWebhookUrl(_) => Ok(()),
        AdminCommand::Handlers { command } => handlers::run(command, &desk.handlers).await,
        AdminCommand::Operator { command } => operator::run(command, &desk.operators).await,
    }
}

impl Desk {
    fn new(database: &Database) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Self {
            people: People::new(database.clone(), Arc::clone(&clock)),
            api_keys: ApiKeys::new(database.clone(), clock),
            operators: Operators::new(database.clone()),
            handlers: Handlers::new(database.clone(), hookreel_handlers::projections()),
            subscriptions: Subscriptions::new(database.clone()),
            database: database.clone(),
        }
    }

    async fn create_tenant(&self, input: SignUp, is_operator: bool, as_json: bool) -> anyhow::Result<()> {
        let email = input.email.clone();
        let identity = self.people.sign_up_by_operator(input).await.map_err(in_words)?;
        let tenant_id = identity.tenant_id();
        if is_operator {
            self.operators.grant(&email).await.map_err(in_words)?;
        }
        let operator = Caller::operator(tenant_id);
        let application_id = self.people.default_application(&operator).await.map_err(in_words)?;
        let key = self.api_keys.create(&operator, "Made on the command line").await.map_err(in_words)?.key;
        let (tenant_id, application_id, key) = (tenant_id.to_string(), application_id.to_string(), key.as_str());
        if as_json {
            let answer = json!({ "tenant_id": tenant_id, "application_id": application_id, "api_key": key });
            print(format_args!("{answer}"))
        } else {
            print(format_args!("tenant       {tenant_id}\napplication  {application_id}\nAPI key      {key}"))
        }
    }

    async fn list_tenants(&self, as_json: bool) -> anyhow::Result<()> {
        for tenant in hookreel_auth::tenants(self.database.auth()).await? {
            let created_at = hookreel_kernel::time::rfc3339(tenant.created_at);
            let id = tenant.tenant_id.to_string();
            if as_json {
                let (name, members) = (&tenant.name, &tenant.emails);
                let line = json!({ "tenant_id": id, "name": name, "members": members, "created_at": created_at });
                print(format_args!("{line}"))?;
            } else {
                print(format_args!("{id}  {created_at}  {}  {}", tenant.name, tenant.emails.join(" ")))?;
            }
        }
        Ok(())
    }
}

impl PasswordArguments {
    fn read(&self) -> anyhow::Result<Secret<String>> {
        if !self.password_stdin {
            bail!("give the password on standard input, with --password-stdin");
        }
        let mut text = String::new();
        std::io::stdin().take(STDIN_BYTES_MAX).read_to_string(&mut text).context("the password cannot be read")?;
        let without_newline = text.strip_suffix('\n').map_or(text.len(), str::len);
        text.truncate(without_newline);
        if text.ends_with('\r') {
            text.pop();
        }
        Ok(Secret::new(text))
    }
}

/// A refusal, for the person who typed the command.
fn in_words(error: ApiError) -> anyhow::Error {
    anyhow!("{error}")
}

fn print(line: std::fmt::Arguments<'_>) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{line}").context("the answer cannot be written")
}
