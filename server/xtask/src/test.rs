//! `cargo xtask test`: everything there is to check, in the order in which it fails fastest.

use anyhow::{Result, bail};
use clap::Args;

use crate::progress::Steps;
use crate::scratch::ScratchCluster;
use crate::workspace::Workspace;
use crate::{end_to_end, install, lint, prepare, process};

#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// Leave out the front end and the browser.
    #[arg(long)]
    quick: bool,
}

/// How many tests passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

pub(crate) async fn run(workspace: &Workspace, arguments: &TestArguments) -> Result<()> {
    let mut steps = Steps::default();
    let metadata = workspace.metadata().await?;
    install::postgres().await?;
    lint::source(workspace, &metadata, &mut steps).await?;
    let scratch = steps.step("PostgreSQL for the tests", "2 seconds", ScratchCluster::start()).await?;
    let fresh = prepare::check(workspace, &metadata, &scratch);
    steps.step("Committed query data", "4 minutes at first, then 40 seconds", fresh).await?;
    lint::clippy(workspace, !arguments.quick, &mut steps).await?;
    end_to_end::packages(workspace, &mut steps).await?;

    let url = scratch.cluster()?.admin_url();
    let usual = "18 minutes at first, then 10";
    let mut total = steps.step("Rust tests", usual, rust_tests(workspace, &url)).await?;
    if !arguments.quick {
        let browser = end_to_end::run(workspace, &url, &[], &mut steps).await?;
        total = Tally { passed: total.passed + browser.passed, failed: total.failed + browser.failed };
    }
    scratch.stop().await?;
    steps.print();
    println!("\n{} passed, {} failed", total.passed, total.failed);
    Ok(())
}

/// Unit and integration tests of everything but the front end, whose code is tested as part of the server and in the
/// browser.
async fn rust_tests(workspace: &Workspace, database_url: &str) -> Result<Tally> {
    let mut probe = workspace.cargo();
    let with_nextest = process::output(probe.args(["nextest", "--version"])).await.is_ok();
    let mut command = workspace.cargo();
    if with_nextest {
        command.args(["nextest", "run", "--no-fail-fast"]);
    } else {
        command.args(["test", "--no-fail-fast"]);
    }
    command.args(["--workspace", "--exclude", "frontend"]);
    command.env("SQLX_OFFLINE", "true").env("HOOKREEL_TEST_DATABASE_URL", database_url);
    command.env("HOOKREEL_SITE_DIR", workspace.site());
    if std::io::IsTerminal::is_terminal(&std::io::stdout()) {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let (status, printed) = process::tee(&mut command).await?;
    let tally = count(&printed);
    if !status.success() {
        bail!("{} passed, {} failed", tally.passed, tally.failed);
    }
    Ok(tally)
}

/// Adds up the summaries of nextest (`Summary [...] 9 tests run: 8 passed, 1 failed`) and of cargo test
/// (`test result: ok. 8 passed; 0 failed; ...`).
fn count(printed: &str) -> Tally {
    let mut tally = Tally::default();
    for line in printed.lines().map(without_colour) {
        let summary = line.trim_start().starts_with("Summary [") && line.contains("run:");
        if summary || line.starts_with("test result:") {
            tally.passed += number_before(&line, "passed");
            tally.failed += number_before(&line, "failed");
        }
    }
    tally
}

/// The number in front of a word: `8` for `passed` in `9 tests run: 8 passed (2 slow), 1 failed`.
pub(crate) fn number_before(line: &str, word: &str) -> u64 {
    let words: Vec<&str> = line.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.windows(2).find(|pair| pair[1] == word).and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

/// A line without the escape sequences that colour it.
pub(crate) fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            // ESC [ ... letter
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summaries_of_both_runners_are_understood() {
        let nextest = "     Summary [  10.500s] 27 tests run: 19 passed (1 slow), 8 failed, 0 skipped";
        assert_eq!(count(nextest), Tally { passed: 19, failed: 8 });
        let coloured =
            "\u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m2\u{1b}[0m tests run: \u{1b}[1m2\u{1b}[0m passed";
        assert_eq!(count(coloured), Tally { passed: 2, failed: 0 });
        let cargo = "test result: ok. 3 passed; 0 failed; 0 ignored\ntest result: FAILED. 1 passed; 2 failed;";
        assert_eq!(count(cargo), Tally { passed: 4, failed: 2 });
    }
}
