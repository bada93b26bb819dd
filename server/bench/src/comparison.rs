//! Scenarios held against each other: receiving against handlers that do less, and whoever has a bad neighbour against
//! the same without one.

use serde_json::{Value, json};

use crate::report::{Latency, Report};

/// A scenario, what it is held against, and what that is.
const PAIRS: [(&str, &str, &str); 6] = [
    ("receive", "read", "receiving : only reading the body"),
    ("receive", "insert", "receiving : inserting one row"),
    ("beside", "receive", "receiving with slow and huge senders beside it : without"),
    ("Drefused", "Dbase", "healthy endpoint with one that refuses beside it : with a healthy one"),
    ("D500", "Dbase", "healthy endpoint with one that fails beside it : with a healthy one"),
    ("Dhang", "Dbase", "healthy endpoint with one that hangs beside it : with a healthy one"),
];

/// Under which [`Comparison::row`] stands.
pub(crate) const HEADER: [&str; 7] = ["compared", "p50 ms", ": ms", "p50 ratio", "p99 ms", ": ms", "p99 ratio"];

/// Milliseconds of a scenario and of what it is held against.
#[derive(Debug, Clone, Copy)]
struct Pair {
    with: f64,
    against: f64,
}

impl Pair {
    fn ratio(self) -> f64 {
        self.with / self.against
    }

    fn cells(self) -> [String; 3] {
        [format!("{:.2}", self.with), format!("{:.2}", self.against), format!("{:.2}", self.ratio())]
    }
}

/// One scenario held against another, by the medians of their runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Comparison {
    scenario: &'static str,
    against: &'static str,
    title: &'static str,
    p50: Pair,
    p99: Pair,
}

impl Comparison {
    /// Its cells under [`HEADER`].
    pub(crate) fn row(&self) -> Vec<String> {
        let cells = [self.p50.cells(), self.p99.cells()].concat();
        std::iter::once(self.title.to_owned()).chain(cells).collect()
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "scenario": self.scenario,
            "against": self.against,
            "title": self.title,
            "p50_ms": self.p50.with,
            "against_p50_ms": self.p50.against,
            "p50_ratio": self.p50.ratio(),
            "p99_ms": self.p99.with,
            "against_p99_ms": self.p99.against,
            "p99_ratio": self.p99.ratio(),
        })
    }
}

/// Everything among these runs that can be held against something else among them.
pub(crate) fn all(reports: &[Report]) -> Vec<Comparison> {
    let comparison = |(scenario, against, title): (&'static str, &'static str, &'static str)| {
        let pair = |quantile: fn(Latency) -> Option<f64>| {
            Some(Pair { with: median(reports, scenario, quantile)?, against: median(reports, against, quantile)? })
        };
        let (p50, p99) = (pair(|latency| latency.p50)?, pair(|latency| latency.p99)?);
        Some(Comparison { scenario, against, title, p50, p99 })
    };
    PAIRS.into_iter().filter_map(comparison).collect()
}

/// Of a scenario's runs; of an even number the lower one of the two in the middle.
fn median(reports: &[Report], scenario: &str, quantile: fn(Latency) -> Option<f64>) -> Option<f64> {
    let runs = reports.iter().filter(|report| report.scenario == scenario);
    let mut values: Vec<f64> = runs.filter_map(|report| quantile(report.latency())).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(scenario: &'static str, p50: f64, p99: f64) -> Report {
        let accept = Latency { p50: Some(p50), p99: Some(p99), ..Latency::default() };
        Report { scenario, accept, ..Report::default() }
    }

    #[test]
    fn receiving_is_a_multiple_of_each_floor_and_neighbours_are_with_and_without() {
        let runs = [
            run("read", 0.1, 0.2),
            run("insert", 0.6, 8.0),
            run("receive", 1.2, 12.0),
            run("receive", 9.9, 99.0),
            run("receive", 0.9, 10.0),
            run("beside", 1.5, 18.0),
        ];
        let rows: Vec<Vec<String>> = all(&runs).iter().map(Comparison::row).collect();
        assert_eq!(rows[0][1..], ["1.20", "0.10", "12.00", "12.00", "0.20", "60.00"]);
        assert_eq!(rows[1][1..], ["1.20", "0.60", "2.00", "12.00", "8.00", "1.50"]);
        assert_eq!(rows[2][1..], ["1.50", "1.20", "1.25", "18.00", "12.00", "1.50"]);
        assert_eq!(rows.len(), 3);
        assert_eq!(HEADER.len(), rows[0].len());
        assert_eq!(all(&runs)[2].json()["against_p99_ms"], 12.0);
    }

    #[test]
    fn where_something_is_delivered_its_arrival_counts() {
        let delivered = |scenario, p50| Report {
            deliveries: 1,
            delivery: Latency { p50: Some(p50), p99: Some(p50), ..Latency::default() },
            ..run(scenario, 0.5, 0.5)
        };
        let rows = all(&[delivered("Dbase", 4.0), delivered("Dhang", 6.0)]);
        assert_eq!(rows[0].row()[1..4], ["6.00", "4.00", "1.50"]);
        assert!(all(&[run("receive", 1.0, 1.0), Report { scenario: "read", ..Report::default() }]).is_empty());
    }
}
