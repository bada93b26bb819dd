//! The server's settings, for one small machine that runs Hookreel beside PostgreSQL.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use crate::account::Account;
use crate::binaries::Binaries;
use crate::config::ClusterConfig;
use crate::error::{ClusterError, io_error};
use crate::files;
use crate::layout::{Layout, ServerPath};

const SETTINGS_FILE: &str = "hookreel.conf";
const INCLUDE_LINE: &str = "include_if_exists = 'hookreel.conf'";
/// Only the socket, and there everybody: its directory decides who can reach it.
const HBA: &str = "# Written by Hookreel at each start.\nlocal all all trust\n";

const MIB: u64 = 1024 * 1024;
const SHARED_BUFFERS_MAX_MIB: u64 = 1024;
const SHARED_BUFFERS_MIN_MIB: u64 = 64;
/// Assumed when the machine does not say how much memory it has.
const MEMORY_FALLBACK_MIB: u64 = 1024;

/// Writes the settings and who may connect. Done at each start, so that a new version's settings take effect.
pub(crate) fn write(
    layout: &Layout,
    account: &Account,
    binaries: &Binaries,
    config: &ClusterConfig,
) -> Result<(), ClusterError> {
    let main = layout.pgdata.join("postgresql.conf");
    let text = fs::read_to_string(&main).map_err(io_error("cannot read", &main))?;
    if !text.lines().any(|line| line.trim() == INCLUDE_LINE) {
        files::replace(&main, &format!("{}\n{INCLUDE_LINE}\n", text.trim_end()), account)?;
    }
    files::replace(&layout.pgdata.join("pg_hba.conf"), HBA, account)?;
    let compression = wal_compression(layout, account, binaries)?;
    let text = render(config, memory_mib(), compression)?;
    files::replace(&layout.pgdata.join(SETTINGS_FILE), &text, account)
}

fn render(config: &ClusterConfig, memory_mib: u64, wal_compression: &str) -> Result<String, ClusterError> {
    let shared_buffers = (memory_mib / 4).clamp(SHARED_BUFFERS_MIN_MIB, SHARED_BUFFERS_MAX_MIB);
    let on_if_durable = if config.durable { "on" } else { "off" };
    let sections: [(&str, Vec<(&str, String)>); 6] = [
        (
            "Who can connect: only who can reach the socket",
            vec![("listen_addresses", String::new()), ("port", "5432".into()), ("max_connections", "200".into())],
        ),
        (
            "Durability: an acknowledged message survives a crash",
            vec![
                ("fsync", on_if_durable.into()),
                ("synchronous_commit", on_if_durable.into()),
                ("full_page_writes", on_if_durable.into()),
            ],
        ),
        (
            "Write-ahead log: appending is what Hookreel does most",
            vec![
                ("wal_compression", wal_compression.into()),
                ("wal_buffers", "16MB".into()),
                ("min_wal_size", "256MB".into()),
                ("max_wal_size", "4GB".into()),
                ("checkpoint_timeout", "15min".into()),
                ("checkpoint_completion_target", "0.9".into()),
            ],
        ),
        (
            "Memory and planning: short indexed queries on SSDs",
            vec![
                ("shared_buffers", format!("{shared_buffers}MB")),
                ("effective_cache_size", format!("{}MB", (memory_mib / 2).max(shared_buffers))),
                ("maintenance_work_mem", format!("{}MB", (memory_mib / 16).clamp(32, 256))),
                ("work_mem", "8MB".into()),
                ("random_page_cost", "1.1".into()),
                ("jit", "off".into()),
                // Parallel workers would take the cores that deliver, and need more /dev/shm than a container has.
                ("max_parallel_workers_per_gather", "0".into()),
            ],
        ),
        (
            "Vacuum: queue tables turn over completely many times an hour",
            vec![
                ("autovacuum_naptime", "15s".into()),
                ("autovacuum_vacuum_scale_factor", "0.05".into()),
                ("autovacuum_vacuum_insert_scale_factor", "0.1".into()),
                ("autovacuum_analyze_scale_factor", "0.02".into()),
                ("autovacuum_vacuum_cost_limit", "2000".into()),
            ],
        ),
        (
            "Log: one file a weekday, each replaced a week later",
            vec![
                ("logging_collector", "on".into()),
                ("log_directory", "log".into()),
                ("log_filename", "postgres-%a.log".into()),
                ("log_rotation_age", "1d".into()),
                ("log_rotation_size", "0".into()),
                ("log_truncate_on_rotation", "on".into()),
                ("log_line_prefix", "%m [%p] %u@%d ".into()),
                // Statements, and the details of errors, carry payloads; the log must not.
                ("log_statement", "none".into()),
                ("log_error_verbosity", "terse".into()),
                ("log_min_error_statement", "panic".into()),
                ("log_checkpoints", "off".into()),
                ("log_timezone", "UTC".into()),
                ("timezone", "UTC".into()),
                ("lc_messages", "C".into()),
            ],
        ),
    ];

    let mut text = String::from("# Written by Hookreel at each start: changes made here are lost.\n");
    for (title, settings) in sections {
        let _ = write!(text, "\n# {title}\n");
        for (name, value) in settings {
            let _ = writeln!(text, "{name} = {}", quoted(&value));
        }
    }
    if !config.settings.is_empty() {
        text.push_str("\n# Given by the operator\n");
    }
    for (name, value) in &config.settings {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
        if name.is_empty() || !name.bytes().all(known) {
            return Err(ClusterError::SettingName { name: name.clone() });
        }
        let _ = writeln!(text, "{name} = {}", quoted(value));
    }
    Ok(text)
}

/// A value as the configuration file wants it. A line break would end the setting, so it becomes a blank.
fn quoted(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('\'', "''").replace(['\n', '\r'], " ");
    format!("'{escaped}'")
}

/// lz4 where this build of PostgreSQL has it: it costs next to nothing. The older method otherwise.
fn wal_compression(layout: &Layout, account: &Account, binaries: &Binaries) -> Result<&'static str, ClusterError> {
    if binaries.major() < 15 {
        return Ok("on");
    }
    let directory = ServerPath::to(&layout.pgdata, account)?;
    let program = binaries.program("postgres");
    let mut command = Command::new(&program);
    account.apply(&mut command);
    command.arg("-D").arg(&directory.argument);
    // The file of an earlier start may be unusable, which is what is about to be repaired.
    command.args(["-c", "wal_compression=lz4", "-C", "wal_compression"]);
    let output = command.output().map_err(|error| ClusterError::Program { program, detail: error.to_string() })?;
    Ok(if output.status.success() { "lz4" } else { "on" })
}

/// Memory this process may use: the machine's, or the control group's if that is less.
fn memory_mib() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| meminfo_mib(&text)).or_else(|| {
        let output = Command::new("sysctl").args(["-n", "hw.memsize"]).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().parse::<u64>().ok()? / MIB)
    });
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max")
        .ok()
        .and_then(|text| text.trim().parse::<u64>().ok())
        .map(|bytes| bytes / MIB);
    [machine, group].into_iter().flatten().min().unwrap_or(MEMORY_FALLBACK_MIB)
}

fn meminfo_mib(text: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_durable_cluster_syncs_and_a_scratch_one_does_not() {
        let durable = render(&ClusterConfig::new("/data"), 2048, "lz4").unwrap();
        assert!(durable.contains("\nfsync = 'on'\n"));
        assert!(durable.contains("\nshared_buffers = '512MB'\n"));
        assert!(durable.contains("\nlisten_addresses = ''\n"));
        let scratch = render(&ClusterConfig::scratch("/data"), 64_000, "on").unwrap();
        assert!(scratch.contains("\nfsync = 'off'\n"));
        assert!(scratch.contains("\nshared_buffers = '1024MB'\n"));
    }

    #[test]
    fn an_operators_settings_come_last_and_cannot_break_out() {
        let config = ClusterConfig::new("/data").setting("work_mem", "1MB'\nfsync = off #");
        let text = render(&config, 1024, "on").unwrap();
        assert!(text.ends_with("work_mem = '1MB'' fsync = off #'\n"), "{text}");
        let bad = ClusterConfig::new("/data").setting("work_mem = 1\nfsync", "off");
        assert!(matches!(render(&bad, 1024, "on"), Err(ClusterError::SettingName { .. })));
    }

    #[test]
    fn memory_is_read_from_meminfo() {
        assert_eq!(meminfo_mib("MemTotal:        4096000 kB\nMemFree: 1 kB\n"), Some(4000));
        assert_eq!(meminfo_mib("nothing"), None);
    }
}
