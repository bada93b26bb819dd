//! The browser tests: the product as it is, Chromium, and Playwright.

use std::ffi::OsString;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::progress::Steps;
use crate::scratch::ScratchCluster;
use crate::test::{Tally, number_before, without_colour};
use crate::workspace::Workspace;
use crate::{front, install, process};

#[derive(Debug, Args)]
pub(crate) struct EndToEndArguments {
    /// Passed on to Playwright, such as a file name or `--project=chromium`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    playwright: Vec<OsString>,
}

pub(crate) async fn command(workspace: &Workspace, arguments: EndToEndArguments) -> Result<()> {
    let mut steps = Steps::default();
    install::postgres().await?;
    let scratch = ScratchCluster::start().await?;
    let url = scratch.cluster()?.admin_url();
    let tally = run(workspace, &url, &arguments.playwright, &mut steps).await?;
    scratch.stop().await?;
    steps.print();
    println!("\n{} passed, {} failed", tally.passed, tally.failed);
    Ok(())
}

/// Builds what the browser needs and runs the suite.
///
/// The suite starts servers itself, one for each database it wants empty. It gets `HOOKREEL_BINARY`,
/// `HOOKREEL_SITE_DIR`, `HOOKREEL_TEST_DATABASE_URL` (superuser of a scratch server) and `HOOKREEL_CHROMIUM`.
pub(crate) async fn run(
    workspace: &Workspace,
    database_url: &str,
    playwright: &[OsString],
    steps: &mut Steps,
) -> Result<Tally> {
    let directory = workspace.root.join("end2end");
    let chromium = install::chromium().await?;
    steps.step("Front end", "7 minutes at first, then 20 seconds", front::build(workspace, false)).await?;
    let server = build_server(workspace, false);
    steps.step("Server binary", "3 minutes at first, then 20 seconds", server).await?;

    packages(workspace, steps).await?;

    let suite = async {
        let mut command = process::command(directory.join("node_modules/.bin/playwright"));
        command.arg("test").args(playwright).current_dir(&directory);
        command.env("HOOKREEL_BINARY", workspace.server_binary(false));
        command.env("HOOKREEL_SITE_DIR", workspace.site());
        command.env("HOOKREEL_TEST_DATABASE_URL", database_url);
        command.env("HOOKREEL_CHROMIUM", &chromium);
        let (status, printed) = process::tee(&mut command).await.context("is Playwright in end2end/package.json?")?;
        let tally = count(&printed);
        if !status.success() {
            bail!("{} passed, {} failed", tally.passed, tally.failed);
        }
        Ok(tally)
    };
    steps.step("Browser tests", "14 to 18 minutes", suite).await
}

/// The packages that browser tests need, and those Rust tests that talk to a real mail server.
pub(crate) async fn packages(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    let npm = install::npm().await?;
    let directory = workspace.root.join("end2end");
    let packages = async {
        let installed = directory.join("node_modules/.package-lock.json");
        let modified = |path: &std::path::Path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        let wanted = modified(&directory.join("package-lock.json"));
        if wanted.is_some() && modified(&installed) >= wanted {
            return Ok(());
        }
        let mut command = process::command(&npm);
        // Chromium comes from the system.
        command.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1").current_dir(&directory);
        process::run(command.args(["ci", "--no-audit", "--no-fund"])).await
    };
    steps.step("Node packages for the tests", "20 seconds at first", packages).await
}

/// Builds the server and nothing else.
pub(crate) async fn build_server(workspace: &Workspace, release: bool) -> Result<()> {
    let mut command = workspace.cargo();
    command.args(["build", "--package", "server", "--bin", "hookreel"]).env("SQLX_OFFLINE", "true");
    if release {
        command.arg("--release");
    }
    process::run(&mut command).await
}

/// Playwright's closing lines: `  12 passed (34.5s)`, `  1 failed`.
fn count(printed: &str) -> Tally {
    let mut tally = Tally::default();
    for line in printed.lines().map(without_colour) {
        let mut words = line.split_whitespace();
        if words.next().is_some_and(|first| first.parse::<u64>().is_ok()) {
            match words.next() {
                Some("passed") => tally.passed = number_before(&line, "passed"),
                Some("failed") => tally.failed = number_before(&line, "failed"),
                _ => {}
            }
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_lines_of_playwright_are_understood() {
        let printed = "Running 13 tests\n  1 failed\n    [chromium] > a.spec.ts\n  12 passed (34.5s)\n";
        assert_eq!(count(printed), Tally { passed: 12, failed: 1 });
    }
}
