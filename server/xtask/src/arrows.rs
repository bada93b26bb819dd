//! Who may depend on whom (`server/docs/architecture.md`, "Arrows"). The architecture is what this check says it is.

use anyhow::{Result, bail};

use crate::workspace::{Metadata, Package, Workspace};

/// Crates of ours that the dashboard may always use: they compile to WebAssembly.
const APP_ALWAYS: [&str; 2] = ["hookreel-contract", "hookreel-kernel"];
/// Crates of ours that the dashboard may use on the server only, so as optional dependencies.
const APP_ON_SERVER: [&str; 2] = ["hookreel-auth", "hookreel-services"];
/// The one crate that may open outgoing connections, and what opens them.
const EGRESS: &str = "hookreel-egress";
const HTTP_CLIENTS: [&str; 5] = ["reqwest", "ureq", "isahc", "awc", "hyper-tls"];
/// The one crate that may send mail, and what sends it: to the server that the operator chose, so not through egress.
const MAIL: &str = "hookreel-mail";
const MAIL_CLIENTS: [&str; 3] = ["lettre", "mail-send", "async-smtp"];
/// The load of the benchmarks, and what it may know of ours: what costs next to nothing to compile with optimisation.
const BENCH: &str = "hookreel-bench";
const BENCH_MAY_KNOW: [&str; 2] = ["hookreel-domain", "hookreel-kernel"];
/// Pure by design: no database, no runtime, no web.
const PURE: [(&str, &[&str]); 4] = [
    ("hookreel-kernel", &["sqlx", "tokio", "axum", "reqwest"]),
    ("hookreel-domain", &["sqlx", "tokio", "axum", "reqwest"]),
    ("hookreel-contract", &["sqlx", "tokio", "axum", "reqwest"]),
    ("hookreel-schemas", &["sqlx", "tokio", "axum", "reqwest"]),
];

/// Fails with every arrow that points the wrong way.
pub(crate) fn check(workspace: &Workspace, metadata: &Metadata) -> Result<()> {
    let members = metadata.members();
    let crates_root = workspace.root.join("server/crates");
    let mut wrong = Vec::new();
    for package in &members {
        let below_server = package.directory.starts_with(&crates_root);
        wrong.extend(violations(package, below_server));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("{}", wrong.join("\n"));
}

fn violations(package: &Package, below_server_crates: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut refuse =
        |target: &str, why: &str| wrong.push(format!("{} must not depend on {target}: {why}", package.name));
    for dependency in &package.dependencies {
        let name = dependency.name.as_str();
        let ours = name.starts_with("hookreel-");
        if name == "app" && !matches!(package.name.as_str(), "server" | "frontend") {
            refuse(name, "only the server binary and the front end know the dashboard");
        }
        if name == "leptos" && below_server_crates {
            refuse(name, "pages belong to app");
        }
        if package.name == "app" && ours && !dependency.dev && !APP_ALWAYS.contains(&name) {
            if !APP_ON_SERVER.contains(&name) {
                refuse(name, "app may use kernel, contract, services and auth only");
            } else if !dependency.optional {
                refuse(name, "it is for the server only, so it must be optional");
            }
        }
        if package.name == "frontend" && ours {
            refuse(name, "the front end sees app alone");
        }
        if package.name == BENCH && ours && !BENCH_MAY_KNOW.contains(&name) {
            refuse(name, "it sends and counts, and is optimised for that alone");
        }
        let production = !dependency.dev && (below_server_crates || matches!(package.name.as_str(), "app" | "server"));
        if HTTP_CLIENTS.contains(&name) && production && package.name != EGRESS {
            refuse(name, "outgoing HTTP goes through hookreel-egress");
        }
        if MAIL_CLIENTS.contains(&name) && production && package.name != MAIL {
            refuse(name, "mail goes through hookreel-mail");
        }
        if name == "hookreel-testing" && !dependency.dev {
            refuse(name, "it is for tests");
        }
        for (pure, excluded) in PURE {
            if package.name == pure && !dependency.dev && excluded.contains(&name) {
                refuse(name, "it is pure: no database, no runtime, no web");
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn check(name: &str, dependency: &str, optional: bool, dev: bool) -> usize {
        let dependencies = vec![Dependency { name: dependency.to_owned(), optional, dev }];
        let package =
            Package { name: name.to_owned(), directory: "/".into(), dependencies, target_sources: Vec::new() };
        violations(&package, name.starts_with("hookreel-")).len()
    }

    #[test]
    fn only_the_server_and_the_front_end_may_know_the_dashboard() {
        assert_eq!(check("server", "app", false, false), 0);
        assert_eq!(check("frontend", "app", false, false), 0);
        assert_eq!(check("hookreel-services", "app", false, false), 1);
        assert_eq!(check("hookreel-testing", "app", false, true), 1);
    }

    #[test]
    fn the_dashboard_sees_services_on_the_server_only_and_no_store() {
        assert_eq!(check("app", "hookreel-kernel", false, false), 0);
        assert_eq!(check("app", "hookreel-services", true, false), 0);
        assert_eq!(check("app", "hookreel-services", false, false), 1);
        assert_eq!(check("app", "hookreel-event-store", true, false), 1);
    }

    #[test]
    fn only_egress_and_tests_may_have_an_http_client() {
        assert_eq!(check("hookreel-egress", "reqwest", false, false), 0);
        assert_eq!(check("hookreel-delivery", "reqwest", false, false), 1);
        assert_eq!(check("hookreel-delivery", "reqwest", false, true), 0);
        assert_eq!(check("server", "reqwest", false, false), 1);
    }

    #[test]
    fn only_mail_may_have_a_mail_client() {
        assert_eq!(check("hookreel-mail", "lettre", false, false), 0);
        assert_eq!(check("hookreel-services", "lettre", false, false), 1);
        assert_eq!(check("server", "lettre", false, false), 1);
    }

    #[test]
    fn the_load_of_the_benchmarks_stays_small() {
        assert_eq!(check("hookreel-bench", "hookreel-domain", false, false), 0);
        assert_eq!(check("hookreel-bench", "hookreel-cluster", false, false), 1);
    }
}
