//! `cargo xtask run`: from a fresh clone to a product in the browser.

use std::ffi::OsString;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;

use crate::process::{self, Group};
use crate::progress::announce;
use crate::workspace::Workspace;
use crate::{end_to_end, front, install, interruption};

const LISTEN: &str = "127.0.0.1:3000";
/// The server drains for up to 30 s and then stops its PostgreSQL.
const END_LIMIT: Duration = Duration::from_mins(1);

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// Optimised, as in production. The first build takes some ten minutes more.
    #[arg(long)]
    release: bool,
    /// Passed on to `hookreel serve`; a flag given here replaces the one `run` would give.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    serve: Vec<OsString>,
}

pub(crate) async fn run(workspace: &Workspace, arguments: RunArguments) -> Result<()> {
    let build = async {
        install_and_build(workspace, arguments.release).await?;
        Ok(())
    };
    crate::until_interrupted(build).await?;

    let serve = serve_arguments(workspace, &arguments.serve);
    let address = value_of(&serve, "--listen").unwrap_or_else(|| LISTEN.to_owned());
    let data_dir = value_of(&serve, "--data-dir").unwrap_or_default();
    println!();
    println!("Hookreel: http://{}", address.replace("127.0.0.1", "localhost"));
    println!(
        "  1. Sign up there: a tenant name, an e-mail address, a password. It works at once; mails are not needed."
    );
    println!("  2. Add a source and give its URL to Stripe, GitHub or whoever sends you webhooks.");
    println!("  3. Add an endpoint: the URL that should get them. Addresses of this machine are allowed here.");
    println!("  Data is kept in {data_dir}. Ctrl-C stops everything. `cargo xtask demo` shows it all at work.");
    println!();

    let mut command = process::command(workspace.server_binary(arguments.release));
    command.current_dir(&workspace.root).arg("serve").args(serve);
    server_environment(workspace, &mut command);
    let mut server = Group::spawn(&mut command)?;
    tokio::select! {
        status = server.wait() => {
            let status = status?;
            if !status.success() {
                bail!("hookreel ended ({status})");
            }
        }
        name = interruption() => {
            println!("{name}: stopping Hookreel");
            match server.end(END_LIMIT).await? {
                Some(status) if status.success() => {}
                Some(status) => bail!("hookreel ended with {status}"),
                None => bail!("hookreel did not end within {} s and was killed", END_LIMIT.as_secs()),
            }
        }
    }
    Ok(())
}

/// Everything a start needs.
pub(crate) async fn install_and_build(workspace: &Workspace, release: bool) -> Result<()> {
    if std::env::var_os("DATABASE_URL").is_none() {
        install::postgres().await?;
    }
    front::build(workspace, release).await?;
    let usual = if release { "10 minutes at first, then 2 minutes" } else { "4 minutes at first, then 20 seconds" };
    announce("Building the server", usual);
    end_to_end::build_server(workspace, release).await
}

/// Where the built pages are, and the caller's database, which [`process::command`] keeps from builds.
pub(crate) fn server_environment(workspace: &Workspace, command: &mut tokio::process::Command) {
    command.env("HOOKREEL_SITE_DIR", workspace.site());
    if let Some(url) = std::env::var_os("DATABASE_URL") {
        command.env("DATABASE_URL", url);
    }
}

/// What `serve` is called with: the caller's flags, and ours where the caller gave none.
fn serve_arguments(workspace: &Workspace, given: &[OsString]) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    if !has(given, "--listen") {
        arguments.extend(["--listen".into(), LISTEN.into()]);
    }
    if !has(given, "--data-dir") {
        arguments.extend(["--data-dir".into(), workspace.root.join(".hookreel/data").into_os_string()]);
    }
    if !has(given, "--egress-allow") {
        for network in ["127.0.0.0/8", "::1/128"] {
            arguments.extend(["--egress-allow".into(), network.into()]);
        }
    }
    arguments.extend(given.iter().filter(|argument| *argument != "--").cloned());
    arguments
}

fn has(arguments: &[OsString], flag: &str) -> bool {
    arguments.iter().any(|argument| {
        let text = argument.to_string_lossy();
        text == flag || text.strip_prefix(flag).is_some_and(|rest| rest.starts_with('='))
    })
}

fn value_of(arguments: &[OsString], flag: &str) -> Option<String> {
    let texts: Vec<String> = arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let joined = texts.iter().find_map(|text| text.strip_prefix(&format!("{flag}=")).map(str::to_owned));
    joined.or_else(|| texts.windows(2).find(|pair| pair[0] == flag).map(|pair| pair[1].clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> Workspace {
        Workspace { root: "/hookreel".into(), target: "/hookreel/target".into() }
    }

    #[test]
    fn without_flags_it_listens_on_port_3000_and_allows_this_machine() {
        let arguments = serve_arguments(&workspace(), &[]);
        assert_eq!(value_of(&arguments, "--listen").as_deref(), Some("127.0.0.1:3000"));
        assert_eq!(value_of(&arguments, "--data-dir").as_deref(), Some("/hookreel/.hookreel/data"));
        assert!(arguments.contains(&"::1/128".into()));
    }

    #[test]
    fn a_callers_flag_replaces_ours() {
        let arguments = serve_arguments(&workspace(), &["--".into(), "--listen=[::1]:4000".into()]);
        assert_eq!(value_of(&arguments, "--listen").as_deref(), Some("[::1]:4000"));
        assert!(!arguments.contains(&"127.0.0.1:3000".into()));
    }
}
