//! The results, for people and for programs.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::comparison::{self, Comparison};
use crate::table;

/// Milliseconds; `None` where nothing was measured.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Latency {
    pub(crate) p50: Option<f64>,
    pub(crate) p95: Option<f64>,
    pub(crate) p99: Option<f64>,
    pub(crate) max: Option<f64>,
}

impl Latency {
    /// Of these durations in nanoseconds.
    pub(crate) fn of(mut durations: Vec<u64>) -> Self {
        durations.sort_unstable();
        let quantile = |share: f64| {
            let rank = ((durations.len() as f64 * share).ceil() as usize).max(1);
            durations.get(rank - 1).map(|nanoseconds| *nanoseconds as f64 / 1e6)
        };
        Self { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99), max: quantile(1.0) }
    }

    pub(crate) fn json(self) -> Value {
        json!({ "p50_ms": self.p50, "p95_ms": self.p95, "p99_ms": self.p99, "max_ms": self.max })
    }

    fn text(self) -> String {
        let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"));
        format!("{} / {} / {}", number(self.p50), number(self.p95), number(self.p99))
    }
}

/// What one run showed. Only healthy endpoints count as deliveries.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report {
    pub(crate) scenario: &'static str,
    pub(crate) title: &'static str,
    pub(crate) messages: usize,
    /// Answered 2xx.
    pub(crate) accepted: usize,
    /// Answered otherwise, or not at all.
    pub(crate) refused: BTreeMap<String, u64>,
    pub(crate) accepted_per_s: f64,
    /// From just before a message is sent to its answer.
    pub(crate) accept: Latency,
    pub(crate) deliveries: usize,
    /// From the first message sent to the last arrival.
    pub(crate) deliveries_per_s: f64,
    /// From just before a message is sent to its arrival at the endpoint.
    pub(crate) delivery: Latency,
    pub(crate) lost: usize,
    pub(crate) duplicates: u64,
    /// Requests at all endpoints, healthy or not.
    pub(crate) attempts: u64,
    pub(crate) strangers: u64,
    pub(crate) sender_lag_ms: f64,
    pub(crate) window_s: f64,
    pub(crate) server_cpu_ms_per_delivery: f64,
    pub(crate) postgres_cpu_ms_per_delivery: f64,
    pub(crate) harness_cpu_s: f64,
    /// What others used of the machine in that time: a run with much of it was disturbed.
    pub(crate) other_cpu_s: f64,
    pub(crate) wal_bytes_per_delivery: f64,
    pub(crate) commits_per_delivery: f64,
    pub(crate) server_memory_mib: f64,
}

impl Report {
    /// One line, as the run ends.
    pub(crate) fn line(&self) -> String {
        let refused: u64 = self.refused.values().sum();
        format!(
            "{:9} {:6.0} deliveries/s, p50/p95/p99 {} ms, accepted in {} ms; lost {}, duplicates {}, refused {refused}",
            self.scenario,
            self.deliveries_per_s,
            self.delivery.text(),
            self.accept.text(),
            self.lost,
            self.duplicates,
        )
    }

    /// How long senders wait for what they want: the arrival, or the answer where nothing is delivered.
    pub(crate) fn latency(&self) -> Latency {
        if self.deliveries > 0 { self.delivery } else { self.accept }
    }

    fn json(&self) -> Value {
        json!({
            "scenario": self.scenario,
            "title": self.title,
            "messages": self.messages,
            "accepted": self.accepted,
            "refused": self.refused,
            "accepted_per_s": self.accepted_per_s,
            "accept": self.accept.json(),
            "deliveries": self.deliveries,
            "deliveries_per_s": self.deliveries_per_s,
            "delivery": self.delivery.json(),
            "lost": self.lost,
            "duplicates": self.duplicates,
            "attempts": self.attempts,
            "strangers": self.strangers,
            "sender_lag_ms": self.sender_lag_ms,
            "window_s": self.window_s,
            "server_cpu_ms_per_delivery": self.server_cpu_ms_per_delivery,
            "postgres_cpu_ms_per_delivery": self.postgres_cpu_ms_per_delivery,
            "harness_cpu_s": self.harness_cpu_s,
            "other_cpu_s": self.other_cpu_s,
            "wal_bytes_per_delivery": self.wal_bytes_per_delivery,
            "commits_per_delivery": self.commits_per_delivery,
            "server_memory_mib": self.server_memory_mib,
        })
    }
}

/// Writes all results as JSON: the runs, and how they compare.
pub(crate) fn write(path: &Path, reports: &[Report]) -> Result<()> {
    let runs: Vec<Value> = reports.iter().map(Report::json).collect();
    let comparisons: Vec<Value> = comparison::all(reports).iter().map(Comparison::json).collect();
    write_json(path, &json!({ "runs": runs, "comparisons": comparisons }))
}

/// Writes a result so that people can read it too.
pub(crate) fn write_json(path: &Path, result: &Value) -> Result<()> {
    let text = serde_json::to_string_pretty(result)?;
    std::fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
}

/// Prints all results, and how they compare.
pub(crate) fn print(reports: &[Report]) {
    let header = [
        "scenario",
        "accepted/s",
        "accept p50/95/99 ms",
        "deliveries/s",
        "delivery p50/95/99 ms",
        "CPU ms server",
        "CPU ms PostgreSQL",
        "WAL bytes",
        "commits",
        "lost",
        "dup",
        "MiB",
        "other CPU s",
    ];
    let row = |report: &Report| {
        vec![
            report.scenario.to_owned(),
            format!("{:.0}", report.accepted_per_s),
            report.accept.text(),
            format!("{:.0}", report.deliveries_per_s),
            report.delivery.text(),
            format!("{:.3}", report.server_cpu_ms_per_delivery),
            format!("{:.3}", report.postgres_cpu_ms_per_delivery),
            format!("{:.0}", report.wal_bytes_per_delivery),
            format!("{:.2}", report.commits_per_delivery),
            report.lost.to_string(),
            report.duplicates.to_string(),
            format!("{:.0}", report.server_memory_mib),
            format!("{:.1}", report.other_cpu_s),
        ]
    };
    println!("\nCPU, WAL and commits are per delivery.\n");
    table::print(&header, reports.iter().map(row).collect());
    let comparisons = comparison::all(reports);
    if !comparisons.is_empty() {
        println!("\nFrom sending to the arrival, or to the answer where nothing is delivered; medians of the runs.\n");
        table::print(&comparison::HEADER, comparisons.iter().map(Comparison::row).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_value_that_was_measured() {
        let latency = Latency::of((1..=200).rev().map(|ms| ms * 1_000_000).collect());
        assert_eq!((latency.p50, latency.p99, latency.max), (Some(100.0), Some(198.0), Some(200.0)));
        assert_eq!(Latency::of(Vec::new()).p50, None);
    }
}
