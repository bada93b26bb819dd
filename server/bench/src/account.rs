//! What a run costs: processor time and memory from `/proc`, the write-ahead log from PostgreSQL itself.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::psql::Psql;

/// `/proc` counts in ticks of this length on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;
/// The machine counts as quiet when less than this share of it was busy.
const QUIET_SHARE: f64 = 0.2;

/// Handlers that need longer than this to catch up are a fault.
const CATCHING_UP_MAX: Duration = Duration::from_mins(5);

/// Whose costs are counted.
#[derive(Debug)]
pub(crate) struct Accountant {
    pub(crate) server_pid: u32,
    pub(crate) postmaster_pid: u32,
    pub(crate) psql: Psql,
}

/// All counters at one moment. Seconds of processor time, bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) at: Instant,
    pub(crate) server_cpu: f64,
    pub(crate) postgres_cpu: f64,
    pub(crate) own_cpu: f64,
    pub(crate) machine_cpu: f64,
    pub(crate) server_memory: u64,
    pub(crate) wal: u64,
    pub(crate) commits: u64,
}

impl Accountant {
    /// Until handlers have caught up with what happened before: they give way to deliveries while it happens, and are not
    /// to catch up while something else is measured.
    pub(crate) async fn wait_for_handlers(&self) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < CATCHING_UP_MAX {
            let behind = "select count(*) from event_store.checkpoints, event_store.head
                          where reader like 'handler.%' and checkpoints.position < head.position";
            if self.psql.ask(behind).await? == "0" {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        bail!("handlers have not caught up within {} s", CATCHING_UP_MAX.as_secs())
    }

    pub(crate) async fn sample(&self) -> Result<Sample> {
        let (wal, commits) = self.ask_postgres().await?;
        let processes = processes();
        let own = |pid: u32| processes.get(&pid).map_or(0, |process| process.ticks);
        // The server's own threads only: the PostgreSQL it started is its child.
        if own(self.server_pid) == 0 {
            bail!("the server (process {}) is gone", self.server_pid);
        }
        Ok(Sample {
            at: Instant::now(),
            server_cpu: own(self.server_pid) as f64 / TICKS_PER_SECOND,
            postgres_cpu: with_descendants(&processes, self.postmaster_pid) as f64 / TICKS_PER_SECOND,
            own_cpu: own(std::process::id()) as f64 / TICKS_PER_SECOND,
            machine_cpu: machine_cpu(),
            server_memory: resident_bytes(self.server_pid),
            wal,
            commits,
        })
    }

    async fn ask_postgres(&self) -> Result<(u64, u64)> {
        let question = "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint, xact_commit \
                        from pg_stat_database where datname = current_database()";
        let text = self.psql.ask(question).await?;
        let mut numbers = text.split_whitespace().map(str::parse::<u64>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(wal)), Some(Ok(commits))) => Ok((wal, commits)),
            _ => bail!("psql answered `{text}`"),
        }
    }
}

/// Waits until the machine was quiet for three seconds, at most so long.
pub(crate) async fn wait_until_quiet(at_most: Duration) {
    let cores = std::thread::available_parallelism().map_or(1.0, |count| count.get() as f64);
    let began = Instant::now();
    while began.elapsed() < at_most {
        let (before, at) = (machine_cpu(), Instant::now());
        tokio::time::sleep(Duration::from_secs(3)).await;
        if (machine_cpu() - before) / at.elapsed().as_secs_f64() < QUIET_SHARE * cores {
            return;
        }
    }
}

#[derive(Debug)]
struct Process {
    parent: u32,
    /// User and system time of its own.
    ticks: u64,
    /// The same of children that have ended and were waited for.
    ended_children: u64,
}

fn processes() -> HashMap<u32, Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return HashMap::new() };
    entries
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter_map(|pid| Some((pid, parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?)))
        .collect()
}

/// The name in parentheses may contain anything, so fields are counted from behind it.
fn parse_stat(text: &str) -> Option<Process> {
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Process {
        parent: u32::try_from(number(1)?).ok()?,
        ticks: number(11)? + number(12)?,
        ended_children: number(13)? + number(14)?,
    })
}

fn with_descendants(processes: &HashMap<u32, Process>, root: u32) -> u64 {
    let mut members: Vec<u32> = vec![root];
    let mut ticks = 0;
    while let Some(pid) = members.pop() {
        let Some(process) = processes.get(&pid) else { continue };
        ticks += process.ticks + process.ended_children;
        members.extend(processes.iter().filter(|(_, child)| child.parent == pid).map(|(child, _)| *child));
    }
    ticks
}

/// Seconds all cores have been busy since the machine started.
fn machine_cpu() -> f64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let fields: Vec<u64> = line.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
    // user nice system idle iowait irq softirq
    let busy: u64 = [0, 1, 2, 5, 6].into_iter().filter_map(|index| fields.get(index)).sum();
    busy as f64 / TICKS_PER_SECOND
}

fn resident_bytes(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_it_is_called() {
        let text = "42 (a) b) (c) S 7 42 42 0 -1 4194560 1 2 3 4 100 20 30 4 20 0 9 0 1 2 3";
        let process = parse_stat(text).unwrap();
        assert_eq!((process.parent, process.ticks, process.ended_children), (7, 120, 34));
    }

    #[test]
    fn a_family_is_added_up() {
        let process = |parent, ticks| Process { parent, ticks, ended_children: 1 };
        let processes =
            HashMap::from([(1, process(0, 5)), (2, process(1, 7)), (3, process(2, 9)), (4, process(0, 100))]);
        assert_eq!(with_descendants(&processes, 1), 24);
    }
}
