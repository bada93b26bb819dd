//! Programs that Hookreel's build and tests need from the system: found, else installed, else named.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use hookreel_cluster::{Binaries, ClusterError};

use crate::process;
use crate::progress::announce;

/// Installs Debian packages, where that is possible: with apt-get and as root.
pub(crate) async fn debian_packages(packages: &[&str], purpose: &str) -> Result<()> {
    let list = packages.join(" ");
    if process::on_path("apt-get").is_none() || !rustix::process::geteuid().is_root() {
        bail!("{purpose} is missing. Install it and run this again; on Debian or Ubuntu: sudo apt-get install {list}");
    }
    announce(&format!("Installing {list} for {purpose}"), "usually 1 to 2 minutes");
    let apt = || {
        let mut command = process::command("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    process::run(apt().args(["update", "--quiet"])).await?;
    process::run(apt().args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(packages))
        .await
        .with_context(|| format!("{purpose} could not be installed; on Debian or Ubuntu: apt-get install {list}"))
}

/// PostgreSQL's server programs.
pub(crate) async fn postgres() -> Result<Binaries> {
    match Binaries::find(None) {
        Err(ClusterError::BinariesNotFound { .. }) => {}
        found => return Ok(found?),
    }
    debian_packages(&["postgresql"], "PostgreSQL").await?;
    Ok(Binaries::find(None)?)
}

/// Node and npm, for the browser tests and the mail server that mails are tested with.
pub(crate) async fn npm() -> Result<PathBuf> {
    if let (Some(npm), Some(_)) = (process::on_path("npm"), process::on_path("node")) {
        return Ok(npm);
    }
    debian_packages(&["nodejs", "npm"], "Node.js").await?;
    process::on_path("npm").context("npm is still missing")
}

/// A Chromium to test with; `HOOKREEL_CHROMIUM` names one that is elsewhere.
pub(crate) async fn chromium() -> Result<PathBuf> {
    if let Some(chromium) = find_chromium() {
        return Ok(chromium);
    }
    debian_packages(&["chromium"], "Chromium").await?;
    find_chromium().context("Chromium is still missing; set HOOKREEL_CHROMIUM to its path")
}

fn find_chromium() -> Option<PathBuf> {
    let named = std::env::var_os("HOOKREEL_CHROMIUM").map(PathBuf::from);
    let on_path = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
        .into_iter()
        .filter_map(process::on_path);
    let applications = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ];
    named.into_iter().chain(on_path).chain(applications.map(PathBuf::from)).find(|path| path.is_file())
}
