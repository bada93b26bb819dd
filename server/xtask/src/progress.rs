//! What a task prints about itself.

use std::time::{Duration, Instant};

use anyhow::Result;

/// Announces a step, with how long it usually takes on two cores.
pub(crate) fn announce(title: &str, usual: &str) {
    if usual.is_empty() {
        println!("==> {title}");
    } else {
        println!("==> {title} ({usual})");
    }
}

/// The steps of a task and how long each took.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    done: Vec<(String, Duration)>,
}

impl Steps {
    /// Runs one step; its failure ends the task.
    pub(crate) async fn step<T>(
        &mut self,
        title: &str,
        usual: &str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        announce(title, usual);
        let began = Instant::now();
        let result = work.await;
        let took = began.elapsed();
        let outcome = if result.is_ok() { "ok" } else { "FAILED" };
        println!("    {outcome}: {title}, {}", seconds(took));
        self.done.push((title.to_owned(), took));
        if result.is_err() {
            self.print();
        }
        result.map_err(|error| error.context(format!("{title} failed")))
    }

    /// The table at the end.
    pub(crate) fn print(&self) {
        let width = self.done.iter().map(|(title, _)| title.chars().count()).max().unwrap_or(0);
        println!();
        for (title, took) in &self.done {
            println!("{title:width$}  {:>8}", seconds(*took));
        }
        let total = self.done.iter().map(|(_, took)| *took).sum();
        println!("{:width$}  {:>8}", "total", seconds(total));
    }
}

fn seconds(duration: Duration) -> String {
    let tenths = duration.as_millis() / 100;
    if tenths < 600 {
        format!("{}.{} s", tenths / 10, tenths % 10)
    } else {
        format!("{} m {:02} s", tenths / 600, tenths / 10 % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_printed_in_the_unit_that_reads_best() {
        assert_eq!(seconds(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 m 05 s");
    }
}
