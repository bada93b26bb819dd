//! Which use cases may see all tenants. Tenants' rows are reached through `Database::tenant()`, which row-level security
//! binds to one; whatever uses another pool stands here, with the reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// Where the use cases are.
const SERVICES: &str = "server/crates/services/src";
/// What `Database` hands out besides.
const POOLS: [&str; 4] = ["engine", "auth", "jobs", "delivery"];
/// A file of theirs, the pool it uses, and why it may.
const ALLOWED: [(&str, &str, &str); 14] = [
    ("addresses.rs", "auth", "the link in a mail is looked up before its tenant is known"),
    ("api_keys.rs", "auth", "a key is looked up before its tenant is known"),
    ("idempotency.rs", "engine", "old keys are forgotten, whosever they are"),
    ("members.rs", "auth", "an invitation is looked up before its tenant is known; an address has one account in all"),
    ("operations/handlers.rs", "engine", "operators look after the handlers of the installation"),
    ("operations/mails.rs", "engine", "operators look after the mails of the installation"),
    ("operations/operators.rs", "auth", "operators belong to the installation"),
    ("operations/subscriptions.rs", "engine", "operators let subscriptions be read again, of all tenants"),
    ("operations/vitals.rs", "engine", "how the installation is doing"),
    ("password_resets.rs", "auth", "an address and a link are looked up before their tenant is known"),
    ("people.rs", "auth", "the operator names a person by the address alone"),
    ("plans/worker.rs", "engine", "whoever is to be looked at next, of all tenants"),
    ("retention.rs", "engine", "what is too old is removed, whosever it is"),
    ("sources.rs", "engine", "a source is looked up by its token before its tenant is known"),
];

/// Fails with every use that is not allowed, and with what is allowed and not used.
pub(crate) fn check(root: &Path) -> Result<()> {
    let directory = root.join(SERVICES);
    let mut files = Vec::new();
    find_sources(&directory, &mut files)?;
    let mut used = BTreeSet::new();
    for file in files {
        let source = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = file.strip_prefix(&directory)?.to_string_lossy().into_owned();
        used.extend(pools_of(&source).into_iter().map(|pool| (name.clone(), pool)));
    }
    let faults = faults(&used);
    if faults.is_empty() {
        return Ok(());
    }
    bail!("{}", faults.join("\n"));
}

fn find_sources(directory: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            find_sources(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// The pools that a source names, wherever its lines are broken.
fn pools_of(source: &str) -> Vec<&'static str> {
    let code: String = source.lines().map(str::trim).filter(|line| !line.starts_with("//")).collect();
    let is_used = |pool: &&'static str| {
        let call = format!(".{pool}()");
        // What `self.engine()` is here delivers; it is no pool.
        code.match_indices(call.as_str()).any(|(at, _)| *pool != "engine" || !code[..at].ends_with("self"))
    };
    POOLS.into_iter().filter(is_used).collect()
}

fn faults(used: &BTreeSet<(String, &'static str)>) -> Vec<String> {
    let is_allowed = |file: &str, pool: &str| ALLOWED.iter().any(|one| (one.0, one.1) == (file, pool));
    let is_used = |file: &str, pool: &str| used.iter().any(|one| (one.0.as_str(), one.1) == (file, pool));
    let mut faults = Vec::new();
    for (file, pool) in used {
        if !is_allowed(file, pool) {
            faults.push(format!(
                "{SERVICES}/{file} uses Database::{pool}(), which sees all tenants: use Database::tenant(), or say in \
                 server/xtask/src/pools.rs why not"
            ));
        }
    }
    for (file, pool, reason) in ALLOWED {
        if !is_used(file, pool) {
            faults.push(format!(
                "{SERVICES}/{file} does not use Database::{pool}() any more ({reason}): take it off the list"
            ));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_allowed() -> BTreeSet<(String, &'static str)> {
        ALLOWED.iter().map(|(file, pool, _)| ((*file).to_owned(), *pool)).collect()
    }

    #[test]
    fn a_pool_is_found_however_its_lines_are_broken() {
        assert_eq!(pools_of("let mut tx = self.database.engine().begin().await?;"), ["engine"]);
        assert_eq!(pools_of("let mut tx = self\n    .database\n    .delivery()\n    .begin()"), ["delivery"]);
        assert_eq!(pools_of("find(database.auth(), database.jobs())"), ["auth", "jobs"]);
        let of_one_tenant = "// database.engine()\nself.database.tenant(id).await?;\nself.engine().resend(tx)";
        assert!(pools_of(of_one_tenant).is_empty());
    }

    #[test]
    fn a_use_that_nobody_gave_a_reason_for_is_a_fault() {
        let mut used = as_allowed();
        assert!(faults(&used).is_empty());
        used.insert(("endpoints.rs".to_owned(), "engine"));
        used.insert(("members.rs".to_owned(), "delivery"));
        let faults = faults(&used);
        assert_eq!(faults.len(), 2);
        assert!(faults[0].contains("endpoints.rs uses Database::engine()"), "{}", faults[0]);
        assert!(faults[1].contains("members.rs uses Database::delivery()"), "{}", faults[1]);
    }

    #[test]
    fn a_reason_that_nothing_needs_is_a_fault() {
        let mut used = as_allowed();
        used.remove(&("sources.rs".to_owned(), "engine"));
        assert_eq!(faults(&used).len(), 1);
    }

    #[test]
    fn the_use_cases_are_as_the_list_says() {
        check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
    }
}
