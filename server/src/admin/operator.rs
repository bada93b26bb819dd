//! `hookreel admin operator`: who may see and steer the whole installation in the dashboard.

use super::{CommonArguments, in_words, print};
use clap::{Args, Subcommand};
use hookreel_kernel::time::rfc3339;
use hookreel_services::operations::Operators;
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(crate) enum OperatorCommand {
    /// Lets a member see and steer the whole installation, under "Operator" in the dashboard.
    Grant(Person),
    /// Takes that right away, from the member's next request on.
    Revoke(Person),
    /// Lists who has it.
    List {
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        common: CommonArguments,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Person {
    /// The member's e-mail address.
    #[arg(long)]
    email: String,
    #[command(flatten)]
    common: CommonArguments,
}

impl OperatorCommand {
    pub(super) const fn common(&self) -> &CommonArguments {
        match self {
            Self::Grant(person) | Self::Revoke(person) => &person.common,
            Self::List { common, .. } => common,
        }
    }
}

pub(super) async fn run(command: OperatorCommand, operators: &Operators) -> anyhow::Result<()> {
    match command {
        OperatorCommand::Grant(Person { email, .. }) => {
            operators.grant(&email).await.map_err(in_words)?;
            print(format_args!("{email} is an operator."))
        }
        OperatorCommand::Revoke(Person { email, .. }) => {
            operators.revoke(&email).await.map_err(in_words)?;
            print(format_args!("{email} is no operator."))
        }
        OperatorCommand::List { json, .. } => list(operators, json).await,
    }
}

async fn list(operators: &Operators, as_json: bool) -> anyhow::Result<()> {
    for operator in operators.list().await.map_err(in_words)? {
        let (tenant, since) = (operator.tenant_id.to_string(), rfc3339(operator.granted_at));
        if as_json {
            let (email, name) = (&operator.email, &operator.tenant_name);
            let line = json!({ "email": email, "tenant_id": tenant, "tenant_name": name, "granted_at": since });
            print(format_args!("{line}"))?;
        } else {
            print(format_args!("{}  of {} ({tenant})  since {since}", operator.email, operator.tenant_name))?;
        }
    }
    Ok(())
}
